//! Asking a cloud for settings: questions, replies, and the transport that carries them.
//!
//! This module knows what to ask and how to read the replies. Who signs and sends is the transport's affair
//! ([`Ask`]): it has the credentials, the endpoints and the retries.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::xml::Node;
use crate::model::privilege::Call;

/// Carries questions to a cloud. Retrying on throttling is the transport's task.
pub trait Ask: Send + Sync {
    /// Sends a question and gives back the reply, refusals included.
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, AskError>>;
}

/// One request that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which of the calls it is, and so which permission it takes; none for what is sent without a credential.
    pub call: Option<&'static Call>,
    /// `GET`; `HEAD` where headers are all that matters; `POST` where a service reads that way only (never a body).
    pub method: Method,
    /// Where to.
    pub to: To,
    /// Path and query, percent-encoded, beginning with `/`. For a bucket relative to the bucket (`/?acl`), for an
    /// Azure account relative to the account (`/container?restype=container`), else absolute.
    pub path: String,
    /// Headers besides those of signing.
    pub headers: Vec<(&'static str, String)>,
}

/// Which service is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum To {
    /// An S3 bucket.
    Bucket(String),
    /// S3 Control, for this account (which goes into the header `x-amz-account-id`), in this region or the client's.
    Control(String, Option<String>),
    /// The JSON API of Cloud Storage.
    Gcs,
    /// Another of Google's services: the host's first label (`iam`).
    Google(&'static str),
    /// The Blob service of this Azure account.
    Blob(String),
    /// The Data Lake service of this Azure account.
    Dfs(String),
    /// Azure's management API.
    Arm,
}

impl Question {
    /// A signed `GET` without headers of its own, for one of the calls that are listed.
    pub(super) fn new(call: &'static Call, to: To, path: impl Into<String>) -> Self {
        Self {
            call: Some(call),
            ..Self::unsigned(to, path)
        }
    }

    /// A `GET` without a credential.
    pub(super) fn unsigned(to: To, path: impl Into<String>) -> Self {
        Self {
            call: None,
            method: Method::GET,
            to,
            path: path.into(),
            headers: Vec::new(),
        }
    }

    /// Whether it goes without a credential.
    pub fn is_unsigned(&self) -> bool {
        self.call.is_none()
    }

    /// The same by another method.
    pub(super) fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The same with another header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A reply, read whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The transport has no way to this service (no subscription named, no such endpoint): the setting counts as not
    /// asked.
    #[error("reach a service that is not configured")]
    NotConfigured,
    /// There are no credentials for it.
    #[error("find credentials")]
    NoCredentials,
    /// No reply came, retries included.
    #[error("get a reply")]
    Unavailable,
}

impl AskError {
    /// The code under which it stands in facts.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "NotConfigured",
            Self::NoCredentials => "NoCredentials",
            Self::Unavailable => "Unavailable",
        }
    }
}

/// A reply that is not the document asked for.
pub(super) const OTHER_DOCUMENT: &str = "NotTheAskedDocument";

impl Reply {
    /// The code of a refusal: the provider's, if the reply has one that looks like a code, else the status.
    pub(super) fn code(&self) -> String {
        let header = self
            .headers
            .get("x-ms-error-code")
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned);
        let code = header.or_else(|| self.json_code()).or_else(|| self.xml_code());
        let plain = |c: &String| {
            (1..=64).contains(&c.len())
                && c.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        code.filter(plain)
            .unwrap_or_else(|| format!("HTTP{}", self.status.as_u16()))
    }

    fn xml_code(&self) -> Option<String> {
        let root = Node::parse(&self.body)?;
        let error = root.child("Error").unwrap_or(&root);
        error.child("Code").map(|c| c.text.clone())
    }

    fn json_code(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let error = body.get("error")?;
        let code = error
            .get("status")
            .or(error.pointer("/errors/0/reason"))
            .or(error.get("code"))?;
        code.as_str().map(str::to_owned)
    }
}

/// What a URL path segment may not hold as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A key as a path: every reserved byte encoded, slashes kept.
pub(super) fn path_of(key: &[u8]) -> String {
    key.split(|&b| b == b'/')
        .map(segment)
        .collect::<Vec<_>>()
        .join("/")
}

/// A name as one path segment, slashes encoded.
pub(super) fn segment(name: &[u8]) -> String {
    percent_encode(name, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        let status = StatusCode::from_u16(status).unwrap();
        Reply {
            status,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn codes_are_found_in_every_cloud_s_form() {
        assert_eq!(
            reply(403, "<Error><Code>AccessDenied</Code></Error>").code(),
            "AccessDenied"
        );
        assert_eq!(
            reply(403, "<R><Error><Code>AccessDenied</Code></Error></R>").code(),
            "AccessDenied"
        );
        let google = r#"{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}"#;
        assert_eq!(reply(403, google).code(), "forbidden");
        assert_eq!(
            reply(403, r#"{"error":{"code":"AuthorizationFailed"}}"#).code(),
            "AuthorizationFailed"
        );
        let mut azure = reply(403, "");
        azure
            .headers
            .insert("x-ms-error-code", "AuthorizationFailure".parse().unwrap());
        assert_eq!(azure.code(), "AuthorizationFailure");
    }

    #[test]
    fn a_code_never_carries_text() {
        assert_eq!(reply(500, "<html>4111 1111 1111 1111</html>").code(), "HTTP500");
        assert_eq!(
            reply(403, "<Error><Code>no such user bob@example.com</Code></Error>").code(),
            "HTTP403"
        );
    }

    #[test]
    fn keys_are_encoded_whole() {
        assert_eq!(path_of(b"a b/%2F+\xff?"), "a%20b/%252F%2B%FF%3F");
        assert_eq!(segment(b"a/b"), "a%2Fb");
        assert_eq!(path_of(b"a//./.."), "a//./..");
    }
}
