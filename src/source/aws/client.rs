//! Signed requests to S3, S3 Control and STS: one helper that can send any of them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use futures::future::BoxFuture;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};

use super::super::http::{Answer, Authorize, Body, Call, Http, Reply, Unsigned, unavailable};
use super::super::read::{self, bare_etag, quoted_etag};
use super::super::xml::Node;
use super::super::{ObjectMeta, Options, SourceError, key};
use super::address::{Address, Endpoints};
use super::identity::{self, Identity};
use crate::model::privilege::{Call as Privilege, calls};

calls! {
    /// The calls that list buckets and objects.
    pub(in crate::source) LISTING:
    LIST_OBJECTS = "listing of objects", "s3:ListBucket", Store;
    LIST_BUCKETS = "listing of buckets", "s3:ListAllMyBuckets", Account;
}

calls! {
    /// The calls that read objects; a key of the owner's is used by S3 on the reader's behalf.
    pub(in crate::source) CONTENT:
    READ_OBJECT = "content of objects", "s3:GetObject", Content;
    USE_KEY = "content of objects encrypted with a key of the owner's", "kms:Decrypt", Key;
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// S3 as a whole (listing buckets).
    Service,
    /// A bucket or what is in it; paths are relative to the bucket.
    Bucket(&'a str),
    /// S3 Control for this account, in this region or the client's own; the `x-amz-account-id` header is added.
    Control(&'a str, Option<&'a str>),
    /// The Security Token Service.
    Sts,
}

/// Talks to S3, S3 Control and STS with one set of credentials.
pub struct Client {
    http: Arc<Http>,
    options: Options,
    identity: Option<Arc<Identity>>,
    region: String,
    endpoints: Endpoints,
    /// Where buckets turned out to be.
    regions: Mutex<HashMap<String, String>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client with the credentials that the options lead to. Credentials are loaded at the first signed request.
    pub(in crate::source) async fn new(options: &Options, http: Arc<Http>) -> Result<Self, SourceError> {
        let settings = identity::settings(options).await;
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let endpoints = Endpoints::new(options.endpoint.as_deref(), settings.endpoint_url(), variable)?;
        Ok(Self {
            http,
            identity: identity::identity(options, &settings).await?,
            region: settings
                .region()
                .map_or("us-east-1", |region| region.as_ref())
                .to_owned(),
            endpoints,
            options: options.clone(),
            regions: Mutex::default(),
        })
    }

    /// Sends a `GET` and gives back whatever the service replies, refusals included. `path_and_query` begins with `/`
    /// and is sent as it is, so it must be percent-encoded; for a bucket it is relative to the bucket (`/?acl`).
    /// `unsigned` sends no credentials.
    ///
    /// # Errors
    /// [`SourceError::Unavailable`] when no reply came, [`SourceError::Config`] when there are no credentials.
    pub async fn get(
        &self,
        target: Target<'_>,
        path_and_query: &str,
        headers: HeaderMap,
        unsigned: bool,
    ) -> Result<Answer, SourceError> {
        let mut call = Call::get(path_and_query.to_owned(), format!("ask {target}"));
        call.headers = headers;
        let (call, signer) = self.place(target, call, unsigned).await?;
        self.http.answer(&call, &signer).await
    }

    /// The account that the credentials belong to, by `sts:GetCallerIdentity`.
    pub async fn account_id(&self) -> Result<String, SourceError> {
        let answer = self
            .get(
                Target::Sts,
                "/?Action=GetCallerIdentity&Version=2011-06-15",
                HeaderMap::new(),
                false,
            )
            .await?;
        let what = "ask STS for the caller's identity";
        if !answer.status.is_success() {
            let code = super::super::http::refusal_code(&answer.body);
            return Err(refused(
                answer.status,
                &code,
                what.to_owned(),
                "sts:GetCallerIdentity",
            ));
        }
        Node::document(&answer.body, "GetCallerIdentityResponse")
            .and_then(|node| {
                Some(
                    node.child("GetCallerIdentityResult")?
                        .value("Account")?
                        .to_owned(),
                )
            })
            .filter(|id| id.bytes().all(|b| b.is_ascii_digit()))
            .ok_or_else(|| unavailable(what, "the reply is not the document asked for"))
    }

    /// The region of a bucket: as configured for a custom endpoint that does not say, else as S3 says.
    pub async fn region_of(&self, bucket: &str) -> Result<String, SourceError> {
        if let Some(region) = self.known_region(bucket) {
            return Ok(region);
        }
        let region = match self
            .options
            .region
            .clone()
            .filter(|_| self.endpoints.s3.is_some())
        {
            Some(given) => given,
            None => self.ask_region(bucket).await?,
        };
        self.learn_region(bucket, &region);
        Ok(region)
    }

    /// `HEAD` on the bucket: S3 names the region in every reply, refusals and redirects included.
    async fn ask_region(&self, bucket: &str) -> Result<String, SourceError> {
        let address = Address {
            base: self.endpoints.service(&self.region),
            prefix: String::new(),
            virtual_host: false,
        };
        let mut call = Call::get(
            format!("{}/{bucket}", address.base),
            format!("find s3://{bucket}"),
        );
        call.method = Method::HEAD;
        let signer = self.signer(&self.region, "s3", false);
        let reply = self.http.send(&call, &signer).await?;
        let named = reply
            .headers
            .get("x-amz-bucket-region")
            .and_then(|value| value.to_str().ok());
        match named {
            Some(region) if is_region(region) => Ok(region.to_owned()),
            None if reply.status == StatusCode::NOT_FOUND => Err(SourceError::NotFound { what: call.what }),
            _ => Ok(self.region.clone()),
        }
    }

    /// One object's bytes by its exact address; the reply is for the listed content or an error.
    pub(super) async fn object(
        &self,
        bucket: &str,
        object: &ObjectMeta,
        range: Range<u64>,
        what: String,
    ) -> Result<Body, SourceError> {
        let mut path = format!("/{}", key::path(object.key.as_bytes()));
        if let Some(version) = &object.version {
            path.push_str(&format!("?versionId={}", key::segment(version.as_bytes())));
        }
        let mut call = Call::object(path, what.clone(), object, &range);
        if let Some(etag) = &object.etag {
            call = call.with("if-match", &quoted_etag(etag))?;
        }
        let reply = self.bucket(bucket, call, READ_OBJECT).await?;
        let got = reply.headers.get("etag").and_then(|etag| etag.to_str().ok());
        if let (Some(listed), Some(got)) = (&object.etag, got)
            && bare_etag(got) != &**listed
        {
            return Err(SourceError::Changed { what });
        }
        let skip = read::check(reply.status, &reply.headers, &range, object, &what)?;
        Ok(read::drop_first(reply.stream(), skip))
    }

    /// A request within a bucket that must succeed; follows the bucket once where S3 says that it is elsewhere.
    pub(super) async fn bucket(
        &self,
        bucket: &str,
        call: Call,
        need: &'static Privilege,
    ) -> Result<Reply, SourceError> {
        let (placed, signer) = self.place(Target::Bucket(bucket), call.clone(), false).await?;
        let mut reply = self.http.send(&placed, &signer).await?;
        if let Some(region) = self.moved(bucket, &reply) {
            self.learn_region(bucket, &region);
            let (placed, signer) = self.place(Target::Bucket(bucket), call.clone(), false).await?;
            reply = self.http.send(&placed, &signer).await?;
        }
        if reply.status.is_success() {
            return Ok(reply);
        }
        let status = reply.status;
        Err(refused(status, &reply.code().await, call.what, need.permission))
    }

    /// The other region that a refusal or redirect names.
    fn moved(&self, bucket: &str, reply: &Reply) -> Option<String> {
        let elsewhere = reply.status.is_redirection() || reply.status == StatusCode::BAD_REQUEST;
        let region = reply.headers.get("x-amz-bucket-region")?.to_str().ok()?;
        let new = elsewhere && is_region(region) && self.known_region(bucket).as_deref() != Some(region);
        new.then(|| region.to_owned())
    }

    /// The names of all buckets that the credentials can list, sorted.
    pub async fn buckets(&self) -> Result<Vec<String>, SourceError> {
        super::list::buckets(self).await
    }

    /// A document about S3 as a whole.
    pub(super) async fn service(
        &self,
        path: &str,
        what: &str,
        need: &'static Privilege,
    ) -> Result<Answer, SourceError> {
        let (call, signer) = self
            .place(Target::Service, Call::get(path.to_owned(), what), false)
            .await?;
        let answer = self.http.answer(&call, &signer).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let code = super::super::http::refusal_code(&answer.body);
        Err(refused(answer.status, &code, call.what, need.permission))
    }

    /// Turns a path relative to the target into an exact address, and finds who signs for it.
    async fn place(
        &self,
        target: Target<'_>,
        mut call: Call,
        unsigned: bool,
    ) -> Result<(Call, Signer), SourceError> {
        let (base, region, service) = match target {
            Target::Service => (self.endpoints.service(&self.region), self.region.clone(), "s3"),
            Target::Bucket(name) => {
                let region = self.region_of(name).await?;
                let address = self.bucket_address(name, &region);
                if self.options.requester_pays && !unsigned {
                    call.headers
                        .insert("x-amz-request-payer", HeaderValue::from_static("requester"));
                }
                (address.base + &address.prefix, region, "s3")
            }
            Target::Control(account, region) => {
                call = call.with("x-amz-account-id", account)?;
                let region = region.filter(|r| is_region(r)).unwrap_or(&self.region);
                (self.endpoints.control(account, region), region.to_owned(), "s3")
            }
            Target::Sts => (self.endpoints.sts(&self.region), self.region.clone(), "sts"),
        };
        call.uri = base + &call.uri;
        let signer = self.signer(&region, service, unsigned);
        Ok((call, signer))
    }

    fn signer(&self, region: &str, service: &'static str, unsigned: bool) -> Signer {
        Signer {
            identity: self.identity.clone().filter(|_| !unsigned),
            region: region.to_owned(),
            service,
        }
    }

    /// Where the bucket's requests go.
    pub(super) fn bucket_address(&self, bucket: &str, region: &str) -> Address {
        self.endpoints.bucket(bucket, region)
    }

    /// The credentials, unless requests are anonymous.
    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.clone()
    }

    /// The options that the client was made with.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// The `User-Agent`.
    pub(super) fn agent(&self) -> &HeaderValue {
        self.http.agent()
    }

    fn known_region(&self, bucket: &str) -> Option<String> {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.get(bucket).cloned()
    }

    /// Remembers a region that a reply named.
    pub(super) fn learn_region(&self, bucket: &str, region: &str) {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.insert(bucket.to_owned(), region.to_owned());
    }
}

impl std::fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service => f.write_str("S3"),
            Self::Bucket(name) => write!(f, "s3://{name}"),
            Self::Control(account, _) => write!(f, "S3 Control for account {account}"),
            Self::Sts => f.write_str("STS"),
        }
    }
}

/// A region's name: it becomes part of a host name, so nothing else is accepted.
pub(super) fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What a refusal means. Codes: Amazon S3 API Reference, "Error responses".
pub(super) fn refused(status: StatusCode, code: &str, what: String, permission: &str) -> SourceError {
    let denied = |permission: String| SourceError::AccessDenied {
        what: what.clone(),
        permission,
    };
    match (status.as_u16(), code) {
        (_, "InvalidObjectState") => SourceError::Archived { what },
        (_, "CustomerKeyNeeded") => SourceError::Encrypted { what },
        (_, "AccessDeniedKms") => denied(USE_KEY.permission.to_owned()),
        (
            _,
            "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "ExpiredToken"
            | "InvalidToken"
            | "RequestTimeTooSkewed"
            | "TokenRefreshRequired",
        ) => denied(format!("valid credentials, not {code}")),
        (401 | 403, _) => denied(permission.to_owned()),
        (404, _) => SourceError::NotFound { what },
        (409 | 412 | 416, _) => SourceError::Changed { what },
        (status, "") => unavailable(&what, format!("HTTP {status}")),
        (status, code) => unavailable(&what, format!("HTTP {status} {code}")),
    }
}

/// Signs with Signature Version 4, or not at all.
struct Signer {
    identity: Option<Arc<Identity>>,
    region: String,
    service: &'static str,
}

impl Authorize for Signer {
    fn authorize(&self, request: Request<()>) -> BoxFuture<'_, Result<Request<()>, SourceError>> {
        Box::pin(async move {
            let Some(identity) = &self.identity else {
                return Unsigned.authorize(request).await;
            };
            let credentials = identity.get().await?;
            self.sign(request, credentials, SystemTime::now())
                .ok_or_else(|| SourceError::Config {
                    what: "AWS credentials".to_owned(),
                    why: "no signature can be made with them".to_owned(),
                })
        })
    }
}

impl Signer {
    /// S3 signs the path as it is sent: encoded once, dot segments and double slashes kept. Other services sign it
    /// encoded twice, which for the paths used here (`/`) is the same.
    fn sign(
        &self,
        mut request: Request<()>,
        credentials: aws_credential_types::Credentials,
        time: SystemTime,
    ) -> Option<Request<()>> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(time)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let uri = request.uri().to_string();
        let headers: Option<Vec<_>> = request
            .headers()
            .iter()
            .map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let signable = SignableRequest::new(
            request.method().as_str(),
            &uri,
            headers?.into_iter(),
            SignableBody::Bytes(&[]),
        )
        .ok()?;
        // The signer logs what it signs; nobody needs that, and it names the session token.
        let quiet = tracing::subscriber::NoSubscriber::default();
        let signed = tracing::subscriber::with_default(quiet, || sign(signable, &params)).ok()?;
        let (instructions, _) = signed.into_parts();
        for (name, value) in instructions.headers() {
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(name != "x-amz-date");
            request
                .headers_mut()
                .insert(HeaderName::try_from(name).ok()?, value);
        }
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn signed(uri: &str) -> Request<()> {
        let signer = Signer {
            identity: None,
            region: "us-east-1".to_owned(),
            service: "s3",
        };
        let key = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let request = Request::get(uri).body(()).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        signer.sign(request, key, time).unwrap()
    }

    #[test]
    fn dot_segments_are_signed_as_they_are_sent() {
        let exact = signed("https://h/b/x/../y");
        let folded = signed("https://h/b/y");
        assert_eq!(exact.uri().path(), "/b/x/../y");
        assert_ne!(
            exact.headers()["authorization"],
            folded.headers()["authorization"]
        );
        assert!(exact.headers()["authorization"].is_sensitive());
    }

    #[test]
    fn refusals_say_what_the_caller_can_do() {
        let refused = |status: u16, code: &str| {
            refused(
                StatusCode::from_u16(status).unwrap(),
                code,
                "read x".to_owned(),
                "s3:GetObject",
            )
        };
        assert_eq!(refused(403, "AccessDenied").missing(), Some("s3:GetObject"));
        assert_eq!(refused(403, "AccessDeniedKms").missing(), Some("kms:Decrypt"));
        assert!(matches!(
            refused(403, "InvalidObjectState"),
            SourceError::Archived { .. }
        ));
        assert!(matches!(
            refused(400, "CustomerKeyNeeded"),
            SourceError::Encrypted { .. }
        ));
        assert!(matches!(
            refused(412, "PreconditionFailed"),
            SourceError::Changed { .. }
        ));
        assert!(matches!(refused(404, "NoSuchKey"), SourceError::NotFound { .. }));
        assert_eq!(
            refused(400, "Odd").to_string(),
            "read x: unavailable (HTTP 400 Odd)"
        );
    }

    #[test]
    fn only_region_names_become_part_of_a_host() {
        assert!(is_region("eu-central-1"));
        assert!(!is_region("evil.example/"));
        assert!(!is_region(""));
    }
}
