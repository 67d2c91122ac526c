//! Doors: what a credential found in data opens, without the credential.
//!
//! A door is written as one line of a closed form, so that it can stand among a finding's attributes and be read back:
//! `az://account/container: read, list until 2051-01-01T00:00:00Z (shared access signature)`. Names are taken over only
//! if they have the letters that the cloud allows in them; nothing else of the credential is in it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::id::StoreUri;
use super::locator::Locator;

/// The attribute of a finding under which doors stand.
pub const ATTRIBUTE: &str = "opens";

/// What a credential opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The store, or for a whole account `az://account`; `None` where the credential alone does not tell.
    pub store: Option<String>,
    /// What it may do, each once, in the order of [`PERMISSIONS`]; empty where a policy elsewhere says so.
    pub permissions: Vec<&'static str>,
    /// Until when, as `YYYY-MM-DDThh:mm:ssZ`; `None` where it has no end of its own.
    pub until: Option<String>,
    /// What kind of credential it is.
    pub kind: Kind,
}

/// The words for what a credential may do.
pub const PERMISSIONS: [&str; 4] = ["read", "list", "write", "delete"];

/// Kinds of credentials that open a store to whoever holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An Azure shared access signature, made with an account key.
    SharedAccessSignature,
    /// An Azure shared access signature, made with a user's own key.
    UserDelegationSignature,
    /// An address signed for one request to one object.
    PresignedUrl,
    /// A storage account's own key.
    AccountKey,
}

impl Kind {
    const ALL: [Self; 4] = [
        Self::SharedAccessSignature,
        Self::UserDelegationSignature,
        Self::PresignedUrl,
        Self::AccountKey,
    ];

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SharedAccessSignature => "shared access signature",
            Self::UserDelegationSignature => "user delegation signature",
            Self::PresignedUrl => "presigned address",
            Self::AccountKey => "account key",
        }
    }
}

impl Key {
    /// Whether it opens this store, by name.
    pub fn opens(&self, store: &StoreUri) -> bool {
        let Some(named) = &self.store else { return false };
        let rest = store.as_str().strip_prefix(named.as_str());
        rest.is_some_and(|rest| rest.is_empty() || (self.is_account() && rest.starts_with('/')))
    }

    /// Whether it is for a whole account.
    fn is_account(&self) -> bool {
        let named = self.store.as_deref().and_then(|s| s.strip_prefix("az://"));
        named.is_some_and(|rest| !rest.contains('/'))
    }

    /// Whether it is still good at this time (`YYYY-MM-DDThh:mm:ssZ`), as far as it says itself.
    pub fn is_valid_at(&self, now: &str) -> bool {
        self.until.as_deref().is_none_or(|until| now < until)
    }

    /// What it may do, in words.
    pub fn may(&self) -> String {
        match self.permissions.as_slice() {
            [] => "what a stored policy says".to_owned(),
            some => some.join(", "),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let store = self.store.as_deref().unwrap_or("?");
        write!(f, "{store}: {}", self.may())?;
        if let Some(until) = &self.until {
            write!(f, " until {until}")?;
        }
        write!(f, " ({})", self.kind.as_str())
    }
}

/// The text is no door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a door")]
pub struct NoDoor;

impl FromStr for Key {
    type Err = NoDoor;

    fn from_str(text: &str) -> Result<Self, NoDoor> {
        let (store, rest) = text.split_once(": ").ok_or(NoDoor)?;
        let (rest, kind) = rest
            .strip_suffix(')')
            .and_then(|r| r.rsplit_once(" ("))
            .ok_or(NoDoor)?;
        let kind = Kind::ALL.into_iter().find(|k| k.as_str() == kind).ok_or(NoDoor)?;
        let (may, until) = match rest.split_once(" until ") {
            Some((may, until)) => (may, Some(until.to_owned())),
            None => (rest, None),
        };
        let permissions = PERMISSIONS
            .into_iter()
            .filter(|p| may.split(", ").any(|m| m == *p));
        Ok(Self {
            store: (store != "?").then(|| store.to_owned()),
            permissions: permissions.collect(),
            until,
            kind,
        })
    }
}

/// A door to a store: a credential that opens it and where that lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Door {
    /// The store in which it lies.
    pub found_in: StoreUri,
    /// The object in which it lies, or the first of those with the finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Locator>,
    /// The classifier that found it.
    pub classifier: String,
    /// What it is.
    pub kind: Kind,
    /// What it may do: `read`, `list`, `write`, `delete`; empty where a policy elsewhere says so.
    pub permissions: Vec<String>,
    /// Until when (RFC 3339, UTC); absent where it has no end of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether it was still good when the report was made, as far as it says itself. It was not tried.
    pub valid: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(store: Option<&str>, permissions: &[&'static str], until: Option<&str>, kind: Kind) -> Key {
        Key {
            store: store.map(str::to_owned),
            permissions: permissions.to_vec(),
            until: until.map(str::to_owned),
            kind,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for key in [
            key(
                Some("az://acct/c"),
                &["read", "list"],
                Some("2051-01-01T00:00:00Z"),
                Kind::SharedAccessSignature,
            ),
            key(None, &[], None, Kind::UserDelegationSignature),
            key(
                Some("s3://b"),
                &["read"],
                Some("2026-01-01T00:00:00Z"),
                Kind::PresignedUrl,
            ),
            key(Some("az://acct"), &PERMISSIONS, None, Kind::AccountKey),
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        assert_eq!("nothing".parse::<Key>(), Err(NoDoor));
    }

    #[test]
    fn an_account_s_key_opens_all_its_containers_and_a_container_s_only_that() {
        let account = key(Some("az://acct"), &[], None, Kind::AccountKey);
        assert!(
            account.opens(&StoreUri::new("az://acct/c")) && !account.opens(&StoreUri::new("az://acct2/c"))
        );
        let one = key(Some("az://acct/c"), &[], None, Kind::SharedAccessSignature);
        assert!(one.opens(&StoreUri::new("az://acct/c")) && !one.opens(&StoreUri::new("az://acct/cc")));
        assert!(!key(Some("s3://b"), &[], None, Kind::PresignedUrl).opens(&StoreUri::new("s3://b2")));
    }

    #[test]
    fn validity_is_by_the_credential_s_own_end() {
        let until = |u| key(None, &[], u, Kind::PresignedUrl);
        assert!(until(Some("2051-01-01T00:00:00Z")).is_valid_at("2026-11-26T00:00:00Z"));
        assert!(!until(Some("2021-01-01T00:00:00Z")).is_valid_at("2026-11-26T00:00:00Z"));
        assert!(until(None).is_valid_at("2026-11-26T00:00:00Z"));
    }
}
