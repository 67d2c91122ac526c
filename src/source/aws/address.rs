//! Which host answers for which AWS service, region and bucket.

use super::super::SourceError;

/// Where requests for a target go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// `scheme://host[:port]`, without a slash at its end.
    pub(super) base: String,
    /// What comes before the path: `/bucket` in path style, nothing in virtual-host style.
    pub(super) prefix: String,
    /// Whether the bucket is in the host name.
    pub(super) virtual_host: bool,
}

/// Endpoints given in place of AWS's own.
#[derive(Debug, Clone, Default)]
pub(super) struct Endpoints {
    /// For S3.
    pub(super) s3: Option<String>,
    /// For S3 Control.
    pub(super) control: Option<String>,
    /// For STS.
    pub(super) sts: Option<String>,
}

impl Endpoints {
    /// `--endpoint` serves every service; else the variables `AWS_ENDPOINT_URL_S3`, `…_S3_CONTROL` and `…_STS`, then
    /// the one endpoint of the environment or profile.
    pub(super) fn new(
        option: Option<&str>,
        configured: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SourceError> {
        let of = |name: &str| {
            let chosen = option.map(str::to_owned).or_else(|| variable(name));
            chosen
                .or_else(|| configured.map(str::to_owned))
                .map(|url| check(&url))
                .transpose()
        };
        Ok(Self {
            s3: of("AWS_ENDPOINT_URL_S3")?,
            control: of("AWS_ENDPOINT_URL_S3_CONTROL")?,
            sts: of("AWS_ENDPOINT_URL_STS")?,
        })
    }

    /// The bucket, in virtual-host style on AWS where its name allows that, else in path style.
    pub(super) fn bucket(&self, name: &str, region: &str) -> Address {
        let virtual_host = self.s3.is_none() && is_label(name);
        let service = self.service(region);
        if virtual_host {
            return Address {
                base: service.replacen("https://", &format!("https://{name}."), 1),
                prefix: String::new(),
                virtual_host,
            };
        }
        Address {
            base: service,
            prefix: format!("/{name}"),
            virtual_host,
        }
    }

    /// S3 itself.
    pub(super) fn service(&self, region: &str) -> String {
        let own = || format!("https://s3.{region}.{}", domain(region));
        self.s3.clone().unwrap_or_else(own)
    }

    /// S3 Control for an account.
    pub(super) fn control(&self, account: &str, region: &str) -> String {
        let own = || format!("https://{account}.s3-control.{region}.{}", domain(region));
        self.control.clone().unwrap_or_else(own)
    }

    /// STS.
    pub(super) fn sts(&self, region: &str) -> String {
        let own = || format!("https://sts.{region}.{}", domain(region));
        self.sts.clone().unwrap_or_else(own)
    }
}

/// The partition's domain: regions of other partitions have names of their own.
fn domain(region: &str) -> &'static str {
    match region {
        r if r.starts_with("cn-") => "amazonaws.com.cn",
        r if r.starts_with("us-iso-") => "c2s.ic.gov",
        r if r.starts_with("us-isob-") => "sc2s.sgov.gov",
        _ => "amazonaws.com",
    }
}

/// Whether a bucket's name can be one label of a host name covered by the wildcard certificate.
fn is_label(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// An endpoint is `http://` or `https://`, a host and maybe a port.
fn check(url: &str) -> Result<String, SourceError> {
    let trimmed = url.trim_end_matches('/');
    let host = trimmed
        .strip_prefix("http://")
        .or_else(|| trimmed.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(trimmed.to_owned()),
        _ => Err(SourceError::Config {
            what: "the S3 endpoint".to_owned(),
            why: "it must be http://host[:port] or https://host[:port]".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_with_dots_and_custom_endpoints_use_path_style() {
        let aws = Endpoints::default();
        assert_eq!(
            aws.bucket("lake", "eu-west-1").base,
            "https://lake.s3.eu-west-1.amazonaws.com"
        );
        let dotted = aws.bucket("my.lake", "cn-north-1");
        assert_eq!(dotted.base, "https://s3.cn-north-1.amazonaws.com.cn");
        assert_eq!(dotted.prefix, "/my.lake");
        let own = Endpoints::new(Some("http://127.0.0.1:9/"), None, |_| None).unwrap();
        assert_eq!(own.bucket("lake", "x").base, "http://127.0.0.1:9");
        assert_eq!(own.bucket("lake", "x").prefix, "/lake");
    }

    #[test]
    fn the_option_beats_the_service_variable_and_that_beats_the_profile() {
        let variable = |name: &str| (name == "AWS_ENDPOINT_URL_STS").then(|| "http://sts".to_owned());
        let some = Endpoints::new(None, Some("http://all"), variable).unwrap();
        assert_eq!(
            (some.sts.as_deref(), some.s3.as_deref()),
            (Some("http://sts"), Some("http://all"))
        );
        let all = Endpoints::new(Some("http://one"), Some("http://all"), variable).unwrap();
        assert_eq!(all.sts.as_deref(), Some("http://one"));
    }

    #[test]
    fn an_endpoint_with_a_path_or_without_a_scheme_is_refused() {
        for url in ["localhost:9000", "http://", "http://h/p", "ftp://h", "http://u@h"] {
            assert!(matches!(check(url), Err(SourceError::Config { .. })), "{url}");
        }
    }
}
