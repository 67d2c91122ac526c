//! What a user names: a bucket, a prefix in it, every bucket of an account, a folder or a file.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

use super::SourceError;
use crate::model::id::StoreUri;
use crate::model::redact;

/// Azure's public cloud.
const AZURE_PUBLIC: &str = "core.windows.net";

/// A parsed `LOCATION`. Prefixes are plain beginnings of keys, taken literally: `s3://b/log` covers `logs/x` too, and
/// `%41` is not `A`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// `s3://bucket[/prefix]`; without a bucket every bucket that the credentials can list.
    S3 {
        /// The bucket.
        bucket: Option<String>,
        /// The beginning of the keys.
        prefix: String,
    },
    /// `gs://bucket[/prefix]`; without a bucket every bucket of the project.
    Gcs {
        /// The bucket.
        bucket: Option<String>,
        /// The beginning of the keys.
        prefix: String,
    },
    /// `az://account[/container[/prefix]]` or `abfss://container@account.dfs.core.windows.net[/prefix]`; without a
    /// container every container of the account.
    Azure {
        /// The storage account.
        account: String,
        /// The cloud's domain, `core.windows.net` for the public one.
        domain: String,
        /// The container.
        container: Option<String>,
        /// The beginning of the keys.
        prefix: String,
    },
    /// A path or `file://` address.
    Local {
        /// As given, less the scheme.
        path: PathBuf,
    },
}

impl Location {
    /// Reads a location as the user wrote it. Anything without a scheme is a path, text or not.
    ///
    /// # Errors
    /// [`SourceError::Config`] with what was probably meant.
    pub fn parse(given: impl AsRef<OsStr>) -> Result<Self, SourceError> {
        let given = given.as_ref();
        let Some(text) = given.to_str() else {
            return Ok(Self::Local { path: given.into() });
        };
        if redact::holds_credentials(text) {
            return Err(wrong(text, CREDENTIALS));
        }
        match text.split_once("://") {
            Some(("s3", rest)) => bucket(text, rest, "").map(|(bucket, prefix)| Self::S3 { bucket, prefix }),
            Some(("gs", rest)) => bucket(text, rest, "").map(|(bucket, prefix)| Self::Gcs { bucket, prefix }),
            Some(("az", rest)) => azure(text, rest),
            Some(("abfss" | "abfs", rest)) => data_lake(text, rest),
            Some(("file", rest)) => file(text, rest),
            Some((scheme, rest)) => Err(unknown(text, scheme, rest)),
            None => path(text),
        }
    }

    /// The beginning of the keys that are meant.
    pub fn prefix(&self) -> &[u8] {
        match self {
            Self::S3 { prefix, .. } | Self::Gcs { prefix, .. } | Self::Azure { prefix, .. } => {
                prefix.as_bytes()
            }
            Self::Local { .. } => b"",
        }
    }

    /// The store, where the location names one; `None` for a whole account, and for a path, whose address is known
    /// only once it is opened.
    pub fn store(&self) -> Option<StoreUri> {
        match self {
            Self::S3 {
                bucket: Some(bucket), ..
            } => Some(StoreUri::new(&format!("s3://{bucket}"))),
            Self::Gcs {
                bucket: Some(bucket), ..
            } => Some(StoreUri::new(&format!("gs://{bucket}"))),
            Self::Azure {
                account,
                container: Some(container),
                ..
            } => Some(StoreUri::new(&format!("az://{account}/{container}"))),
            _ => None,
        }
    }

    /// Whether it stands for every store of an account or project.
    pub fn is_account(&self) -> bool {
        self.store().is_none() && !matches!(self, Self::Local { .. })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = |text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("/{text}")
            }
        };
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        match self {
            Self::S3 { bucket, prefix } => write!(f, "s3://{}{}", name(bucket), slash(prefix)),
            Self::Gcs { bucket, prefix } => write!(f, "gs://{}{}", name(bucket), slash(prefix)),
            Self::Azure {
                account,
                container,
                prefix,
                ..
            } => write!(f, "az://{account}{}{}", slash(&name(container)), slash(prefix)),
            Self::Local { path } => write!(f, "{}", path.display()),
        }
    }
}

/// `bucket/prefix`; nothing at all is every bucket.
fn bucket(text: &str, rest: &str, also: &str) -> Result<(Option<String>, String), SourceError> {
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() && prefix.is_empty() {
        return Ok((None, String::new()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c) || also.contains(c);
    if name.is_empty() || !name.chars().all(allowed) || name.chars().all(|c| c == '.') {
        return Err(wrong(text, "the part after // is not a bucket's name"));
    }
    Ok((Some(name.to_owned()), prefix.to_owned()))
}

/// `account/container/prefix`.
fn azure(text: &str, rest: &str) -> Result<Location, SourceError> {
    let (account, rest) = rest.split_once('/').unwrap_or((rest, ""));
    if account.contains('@') || account.contains('.') {
        return Err(wrong(
            text,
            "write az://ACCOUNT/CONTAINER with the account's short name",
        ));
    }
    check_account(text, account)?;
    let (container, prefix) = bucket(text, rest, "$")?;
    Ok(Location::Azure {
        account: account.to_owned(),
        domain: AZURE_PUBLIC.to_owned(),
        container,
        prefix,
    })
}

/// `container@account.dfs.DOMAIN/prefix`.
fn data_lake(text: &str, rest: &str) -> Result<Location, SourceError> {
    let shape = "write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX";
    let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let (container, host) = authority.split_once('@').ok_or_else(|| wrong(text, shape))?;
    let (account, service) = host.split_once('.').ok_or_else(|| wrong(text, shape))?;
    let domain = service
        .strip_prefix("dfs.")
        .or_else(|| service.strip_prefix("blob."));
    let domain = domain
        .filter(|domain| is_domain(domain))
        .ok_or_else(|| wrong(text, shape))?;
    check_account(text, account)?;
    let (container, _) = bucket(text, container, "$")?;
    Ok(Location::Azure {
        account: account.to_owned(),
        domain: domain.to_owned(),
        container: Some(container.ok_or_else(|| wrong(text, shape))?),
        prefix: prefix.to_owned(),
    })
}

/// A storage account's name becomes part of a host name: nothing but letters and digits.
fn check_account(text: &str, account: &str) -> Result<(), SourceError> {
    if account.is_empty()
        || !account
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    {
        return Err(wrong(
            text,
            "a storage account's name is lower-case letters and digits",
        ));
    }
    Ok(())
}

fn is_domain(domain: &str) -> bool {
    domain.contains('.')
        && domain
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
}

/// `/path` or `localhost/path`, percent-encoded or not: a file that exists under the literal name is meant literally.
fn file(text: &str, rest: &str) -> Result<Location, SourceError> {
    let rest = rest
        .strip_prefix("localhost/")
        .map_or(rest.to_owned(), |path| format!("/{path}"));
    if !rest.starts_with('/') {
        return Err(wrong(text, "write file:///absolute/path"));
    }
    let literal = PathBuf::from(&rest);
    if !rest.contains('%') || literal.symlink_metadata().is_ok() {
        return Ok(Location::Local { path: literal });
    }
    let decoded = super::key::decode(&rest);
    Ok(Location::Local {
        path: super::local::path_of(&decoded).to_owned(),
    })
}

/// A path, unless it is a mistyped address.
fn path(text: &str) -> Result<Location, SourceError> {
    if text.is_empty() {
        return Err(wrong("", "it is empty"));
    }
    for scheme in ["s3", "gs", "az", "abfss"] {
        let rest = text.strip_prefix(scheme).and_then(|rest| rest.strip_prefix(':'));
        if let Some(rest) = rest {
            return Err(mean(
                text,
                &format!("{scheme}://{}", rest.trim_start_matches('/')),
            ));
        }
    }
    Ok(Location::Local { path: text.into() })
}

/// An unknown scheme, with the one that was probably meant.
fn unknown(text: &str, scheme: &str, rest: &str) -> SourceError {
    let lower = scheme.to_ascii_lowercase();
    let meant = match lower.as_str() {
        "s3a" | "s3n" => "s3",
        "gcs" => "gs",
        "azure" | "adl" | "wasb" | "wasbs" => "az",
        "http" | "https" => return wrong(text, "name the store itself: s3://, gs://, az:// or abfss://"),
        lower => ["s3", "gs", "az", "abfss", "file"]
            .into_iter()
            .min_by_key(|known| strsim::damerau_levenshtein(known, lower))
            .unwrap_or("s3"),
    };
    mean(text, &format!("{meant}://{rest}"))
}

/// Reports say what was scanned, so that nothing secret may be in it.
const CREDENTIALS: &str = "a location holds no password and no signature; give those as each cloud's own tools take them, in the \
                           environment or a profile";

fn mean(text: &str, suggestion: &str) -> SourceError {
    wrong(
        text,
        &format!(
            "did you mean {}",
            redact::inert(&redact::without_credentials(suggestion))
        ),
    )
}

fn wrong(text: &str, why: &str) -> SourceError {
    SourceError::Config {
        what: format!(
            "the location {:?}",
            redact::inert(&redact::without_credentials(text))
        ),
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(bucket: Option<&str>, prefix: &str) -> Location {
        Location::S3 {
            bucket: bucket.map(str::to_owned),
            prefix: prefix.to_owned(),
        }
    }

    #[test]
    fn prefixes_are_literal() {
        assert_eq!(Location::parse("s3://b").unwrap(), s3(Some("b"), ""));
        assert_eq!(Location::parse("s3://b/").unwrap(), s3(Some("b"), ""));
        assert_eq!(
            Location::parse("s3://b/x/../%41//").unwrap(),
            s3(Some("b"), "x/../%41//")
        );
        assert_eq!(Location::parse("s3://").unwrap(), s3(None, ""));
        assert!(Location::parse("gs://").unwrap().is_account());
    }

    #[test]
    fn both_spellings_of_azure_are_one_store() {
        let short = Location::parse("az://acct/cont/p/q").unwrap();
        let long = Location::parse("abfss://cont@acct.dfs.core.windows.net/p/q").unwrap();
        assert_eq!(short, long);
        assert_eq!(short.store().unwrap().as_str(), "az://acct/cont");
        assert!(Location::parse("az://acct").unwrap().is_account());
        assert_eq!(
            Location::parse("az://acct/$web").unwrap().to_string(),
            "az://acct/$web"
        );
        let china = Location::parse("abfss://c@acct.dfs.core.chinacloudapi.cn").unwrap();
        assert!(matches!(china, Location::Azure { domain, .. } if domain == "core.chinacloudapi.cn"));
    }

    #[test]
    fn paths_are_whatever_has_no_scheme() {
        for text in ["lake", "./a:b", "/x y", "C:/data"] {
            assert_eq!(
                Location::parse(text).unwrap(),
                Location::Local { path: text.into() }
            );
        }
        let file = Location::parse("file:///no%20such/folder").unwrap();
        assert_eq!(
            file,
            Location::Local {
                path: "/no such/folder".into()
            }
        );
    }

    #[test]
    fn mistakes_get_a_suggestion() {
        for (text, suggestion) in [
            ("s3:/b/x", "did you mean s3://b/x"),
            ("S3://b", "did you mean s3://b"),
            ("s3a://b/x", "did you mean s3://b/x"),
            ("gcs://b", "did you mean gs://b"),
            ("abfssl://c", "did you mean abfss://c"),
            ("https://b.example/x", "name the store itself"),
            ("abfss://cont/x", "abfss://CONTAINER@ACCOUNT"),
            ("az://acct.blob.core.windows.net/c", "short name"),
            ("az://", "lower-case letters"),
            ("s3:///x", "not a bucket's name"),
            ("s3://..", "not a bucket's name"),
            ("s3://a?b", "not a bucket's name"),
            ("file://x", "file:///absolute"),
            ("", "empty"),
        ] {
            let error = Location::parse(text).unwrap_err().to_string();
            assert!(error.contains(suggestion), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_parses_is_written_back_as_the_same_location(text in "(s3|gs|az)://[a-z$./-]{0,8}/?[ -~]{0,8}") {
            if let Ok(location) = Location::parse(&text) {
                proptest::prop_assert_eq!(Location::parse(location.to_string()).unwrap(), location);
            }
        }
    }
}
