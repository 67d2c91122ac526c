//! One small HTTP client for everything that object_store does not send: exact addresses, retries with backoff,
//! streamed bodies.
//!
//! Addresses go to the wire byte for byte; no URL library that folds or re-encodes them is involved. Log lines carry
//! the method, the host and the status, never a path, a query or a header, because those hold signatures, tokens and
//! names.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use http::header::{HeaderMap, HeaderValue, RANGE, RETRY_AFTER, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::proxy::matcher::Matcher;

use super::connect::Connections;
use super::{ObjectMeta, Options, SourceError};
use crate::model::id::Key;

/// A settings document larger than this is not one.
const DOCUMENT_LIMIT: usize = 16 << 20;
/// Of an error reply only the beginning is read, for its code.
const REFUSAL_LIMIT: usize = 64 << 10;

/// Pieces of a body.
pub(super) type Body = BoxStream<'static, Result<Bytes, SourceError>>;

/// The reply to one settings request, read whole.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// One request, before it is signed.
#[derive(Clone)]
pub(super) struct Call {
    /// `GET`, `HEAD`, or `POST` where a service reads that way only.
    pub(super) method: Method,
    /// The exact address.
    pub(super) uri: String,
    /// Headers besides those that signing adds.
    pub(super) headers: HeaderMap,
    /// What is sent with it; nothing but for a sign-in.
    pub(super) body: Bytes,
    /// The key that the path must carry.
    pub(super) key: Option<Key>,
    /// The call and its target, for errors.
    pub(super) what: String,
}

impl Call {
    /// A `GET` without headers.
    pub(super) fn get(uri: String, what: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            uri,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            key: None,
            what: what.into(),
        }
    }

    /// A `GET` for an object's bytes: its range, and its key, which the address must carry.
    pub(super) fn object(uri: String, what: String, object: &ObjectMeta, range: &Range<u64>) -> Self {
        let mut call = Self::get(uri, what);
        let range = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        call.headers
            .extend(HeaderValue::try_from(range).ok().map(|range| (RANGE, range)));
        call.key = Some(object.key.clone());
        call
    }

    /// The same call with one more header, whose value must be visible ASCII.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Result<Self, SourceError> {
        let value = HeaderValue::from_str(value).map_err(|_| SourceError::Config {
            what: format!("a value for the header {name}"),
            why: "it has characters that no header can carry".to_owned(),
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// The request; fails where the address would not reach the wire unchanged.
    fn request(&self) -> Result<Request<()>, SourceError> {
        let uri: Uri = self.uri.parse().map_err(|_| self.unaddressable())?;
        let carried = |key: &Key| super::key::carried(uri.path(), key.as_bytes());
        if uri.to_string() != self.uri || !self.key.as_ref().is_none_or(carried) {
            return Err(self.unaddressable());
        }
        let mut request = Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    fn unaddressable(&self) -> SourceError {
        SourceError::KeyNotAddressable {
            what: self.what.clone(),
        }
    }
}

/// Adds credentials to a request; asked anew for every attempt.
pub(super) trait Authorize: Send + Sync {
    /// The request with credentials. The path must not change.
    fn authorize(&self, request: Request<()>) -> BoxFuture<'_, Result<Request<()>, SourceError>>;
}

/// Sends requests as they are.
pub(super) struct Unsigned;

impl Authorize for Unsigned {
    fn authorize(&self, request: Request<()>) -> BoxFuture<'_, Result<Request<()>, SourceError>> {
        Box::pin(async move { Ok(request) })
    }
}

/// A reply whose body has not been read.
pub(super) struct Reply {
    /// The status.
    pub(super) status: StatusCode,
    /// The headers.
    pub(super) headers: HeaderMap,
    body: Incoming,
    patience: Duration,
    what: String,
}

impl Reply {
    /// The body, piece by piece. A server that falls silent for too long ends it with an error.
    pub(super) fn stream(self) -> Body {
        let (patience, what) = (self.patience, self.what);
        futures::stream::try_unfold(self.body, move |mut body| {
            let what = what.clone();
            async move {
                loop {
                    let frame = tokio::time::timeout(patience, body.frame()).await;
                    match frame.map_err(|_| unavailable(&what, "the server fell silent"))? {
                        None => return Ok(None),
                        Some(Err(_)) => return Err(unavailable(&what, "the connection broke")),
                        Some(Ok(frame)) => match frame.into_data() {
                            Ok(data) => return Ok(Some((data, body))),
                            Err(_) => continue,
                        },
                    }
                }
            }
        })
        .boxed()
    }

    /// The body whole, where it is a document.
    pub(super) async fn document(self) -> Result<Bytes, SourceError> {
        self.bytes(DOCUMENT_LIMIT).await
    }

    /// The body whole, at most `limit` bytes of it.
    async fn bytes(self, limit: usize) -> Result<Bytes, SourceError> {
        let what = self.what.clone();
        let mut all = BytesMut::new();
        let mut pieces = self.stream();
        while let Some(piece) = pieces.try_next().await? {
            if all.len() + piece.len() > limit {
                return Err(unavailable(
                    &what,
                    "the reply is too large to be the document asked for",
                ));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    /// The error code of a refusal: the word in `<Code>`, or for JSON in `reason`; only its safe characters.
    pub(super) async fn code(self) -> String {
        match self.headers.get("x-ms-error-code").and_then(|v| v.to_str().ok()) {
            Some(code) => safe_word(code),
            None => refusal_code(&self.bytes(REFUSAL_LIMIT).await.unwrap_or_default()),
        }
    }
}

/// The word of the first `<Code>` element or `"reason"` member.
pub(super) fn refusal_code(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let xml = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once('<'));
    let json = || {
        let (_, rest) = text.split_once("\"reason\"")?;
        rest.trim_start_matches([':', ' ', '\n'])
            .strip_prefix('"')?
            .split_once('"')
    };
    let code = xml
        .or_else(json)
        .map_or_else(String::new, |(code, _)| safe_word(code));
    match code.as_str() {
        // The message alone tells these apart from a plain refusal; none of its words is passed on.
        "AccessDenied" if text.contains("kms:Decrypt") => "AccessDeniedKms".to_owned(),
        "InvalidRequest" if text.contains("Server Side Encryption") => "CustomerKeyNeeded".to_owned(),
        _ => code,
    }
}

/// A server's word, cut down to what a code can be made of.
fn safe_word(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.' || *c == '_')
        .take(64)
        .collect()
}

/// [`SourceError::Unavailable`] for this call.
pub(super) fn unavailable(what: &str, why: impl Into<String>) -> SourceError {
    SourceError::Unavailable {
        what: what.to_owned(),
        why: why.into(),
    }
}

/// A failed attempt, and whether another can help.
struct Failure {
    error: SourceError,
    again: bool,
    after: Option<Duration>,
}

/// The client. Connections are kept and reused.
pub(super) struct Http {
    connections: Connections,
    agent: HeaderValue,
    patience: Duration,
    retries: usize,
}

impl Http {
    /// A client with the system's certificates.
    pub(super) fn new(options: &Options) -> Result<Arc<Self>, SourceError> {
        Ok(Arc::new(Self {
            connections: Connections::new(Matcher::from_env())?,
            agent: agent(&options.run),
            patience: options.patience,
            retries: options.retries,
        }))
    }

    /// What every request names itself: `lakewarden/VERSION run=ID`.
    pub(super) fn agent(&self) -> &HeaderValue {
        &self.agent
    }

    /// Sends a call, signed anew for each attempt, until a reply comes that is no server failure. Redirects are replies.
    pub(super) async fn send(&self, call: &Call, sign: &dyn Authorize) -> Result<Reply, SourceError> {
        let waits = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(20))
            .with_max_times(self.retries)
            .with_jitter();
        (|| self.attempt(call, sign))
            .retry(waits)
            .when(|failure: &Failure| failure.again)
            .adjust(|failure, wait| wait.map(|wait| wait.max(failure.after.unwrap_or_default())))
            .await
            .map_err(|failure| failure.error)
    }

    /// As [`Http::send`], with the body read whole.
    pub(super) async fn answer(&self, call: &Call, sign: &dyn Authorize) -> Result<Answer, SourceError> {
        let reply = self.send(call, sign).await?;
        let (status, headers) = (reply.status, reply.headers.clone());
        let body = reply.bytes(DOCUMENT_LIMIT).await?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    async fn attempt(&self, call: &Call, sign: &dyn Authorize) -> Result<Reply, Failure> {
        let request = self.prepare(call, sign).await.map_err(|error| Failure {
            error,
            again: false,
            after: None,
        })?;
        let host = request.uri().host().unwrap_or_default().to_owned();
        let reply = tokio::time::timeout(self.patience, self.connections.send(request)).await;
        let reply = match reply {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => return Err(self.broken(call, &host, connection_failure(&error))),
            Err(_) => return Err(self.broken(call, &host, "timed out")),
        };
        tracing::debug!(method = %call.method, host, status = reply.status().as_u16(), "replied");
        let (parts, body) = reply.into_parts();
        if is_server_failure(parts.status) {
            return Err(Failure {
                error: unavailable(&call.what, format!("HTTP {}", parts.status.as_u16())),
                again: true,
                after: retry_after(&parts.headers),
            });
        }
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body,
            patience: self.patience,
            what: call.what.clone(),
        })
    }

    /// The signed request, whose path is still the one asked for.
    async fn prepare(&self, call: &Call, sign: &dyn Authorize) -> Result<Request<Full<Bytes>>, SourceError> {
        let mut request = call.request()?;
        request.headers_mut().insert(USER_AGENT, self.agent.clone());
        let path = request.uri().path().to_owned();
        let signed = sign.authorize(request).await?;
        if signed.uri().path() != path {
            return Err(call.unaddressable());
        }
        Ok(signed.map(|()| Full::new(call.body.clone())))
    }

    fn broken(&self, call: &Call, host: &str, why: &str) -> Failure {
        tracing::debug!(method = %call.method, host, why, "no reply");
        Failure {
            error: unavailable(&call.what, why),
            again: true,
            after: None,
        }
    }
}

/// The `User-Agent`: the run's id, less what a header cannot carry.
fn agent(run: &str) -> HeaderValue {
    let run: String = run.chars().filter(char::is_ascii_graphic).collect();
    HeaderValue::try_from(format!("lakewarden/{} run={run}", env!("CARGO_PKG_VERSION")))
        .unwrap_or_else(|_| HeaderValue::from_static("lakewarden"))
}

/// Statuses that another attempt can change.
fn is_server_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// The wait that the server asks for, at most half a minute.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(30)))
}

/// Our own words for a failed connection.
fn connection_failure(error: &hyper_util::client::legacy::Error) -> &'static str {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => return "connection refused",
                std::io::ErrorKind::TimedOut => return "timed out",
                std::io::ErrorKind::InvalidData => return "no trusted TLS connection",
                _ => {}
            }
        }
        cause = current.source();
    }
    if error.is_connect() {
        "no connection (is the host name right?)"
    } else {
        "the connection broke"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_words_whatever_the_server_sends() {
        assert_eq!(
            refusal_code(b"<Error><Code>NoSuchKey</Code></Error>"),
            "NoSuchKey"
        );
        assert_eq!(
            refusal_code(b"{\"errors\":[{\"reason\": \"forbidden\"}]}"),
            "forbidden"
        );
        assert_eq!(refusal_code(b"<Code>a\x1b[31m b</Code>"), "a31mb");
        assert_eq!(refusal_code(b"not a refusal"), "");
        let kms = b"<Code>AccessDenied</Code><Message>not authorized to perform: kms:Decrypt on x</Message>";
        assert_eq!(refusal_code(kms), "AccessDeniedKms");
    }

    #[test]
    fn requests_keep_their_address_or_are_not_made() {
        for path in ["/b/x/../y", "/b//z", "/b/%2E", "/b/a%0Ab?versionId=1", "/."] {
            let uri = format!("http://localhost:1{path}");
            assert_eq!(
                Call::get(uri.clone(), "t").request().unwrap().uri().to_string(),
                uri
            );
        }
        let lossy = Call::get("http://localhost:1/a#b".to_owned(), "t").request();
        assert!(matches!(lossy, Err(SourceError::KeyNotAddressable { .. })));
    }

    #[test]
    fn a_request_that_lost_its_key_is_not_made() {
        let mut call = Call::get("http://localhost:1/b/y".to_owned(), "t");
        call.key = Some(Key::new("x/../y"));
        assert!(matches!(
            call.request(),
            Err(SourceError::KeyNotAddressable { .. })
        ));
    }

    #[test]
    fn the_agent_names_version_and_run() {
        let expected = format!("lakewarden/{} run=r1", env!("CARGO_PKG_VERSION"));
        assert_eq!(agent("r\n1").to_str().unwrap(), expected);
    }

    #[test]
    fn a_wait_asked_for_is_bounded() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("3600"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(30)));
    }
}
