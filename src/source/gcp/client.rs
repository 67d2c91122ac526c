//! Requests to the JSON API with a bearer token.

use std::ops::Range;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode};
use object_store::StaticCredentialProvider;
use object_store::gcp::{GcpCredential, GcpCredentialProvider, GoogleCloudStorageBuilder};

use super::super::http::{Answer, Authorize, Body, Call, Http, Reply, Unsigned, refusal_code, unavailable};
use super::super::{Fixed, ObjectMeta, Options, SourceError, key, read};
use crate::model::privilege::{Call as Privilege, calls};
use crate::model::redact::Secret;

/// Google's own address.
const GOOGLE: &str = "https://storage.googleapis.com";
/// Variables that may hold an access token: ours, the one of gcloud, the one common among other tools.
const TOKENS: [&str; 3] = [
    "LAKEWARDEN_GCS_TOKEN",
    "CLOUDSDK_AUTH_ACCESS_TOKEN",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
];
/// Objects stored compressed are sent as they are, with ranges and sizes as listed. Source: Cloud Storage,
/// "Transcoding of gzip-compressed files".
pub(super) const AS_STORED: HeaderValue = HeaderValue::from_static("gzip");

calls! {
    /// The calls that list buckets and objects.
    pub(in crate::source) LISTING:
    LIST_OBJECTS = "listing of objects", "storage.objects.list", Store;
    LIST_BUCKETS = "listing of buckets", "storage.buckets.list", Account;
}

calls! {
    /// The call that reads objects.
    pub(in crate::source) CONTENT:
    READ_OBJECT = "content of objects", "storage.objects.get", Content;
}

/// Talks to the JSON API with one set of credentials.
pub struct Client {
    http: Arc<Http>,
    options: Options,
    base: String,
    credentials: Option<GcpCredentialProvider>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client with the credentials that the options lead to: a given token, a token in the environment, else the
    /// application default credentials (service account, `gcloud auth application-default login`, metadata server).
    pub(in crate::source) fn new(options: &Options, http: Arc<Http>) -> Result<Self, SourceError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let base = options
            .endpoint
            .clone()
            .or_else(|| variable("STORAGE_EMULATOR_HOST"));
        let credentials = match (options.anonymous, &options.fixed) {
            (true, _) => None,
            (_, Some(Fixed::Google(token))) => Some(fixed(token.clone())),
            _ => match TOKENS.into_iter().find_map(variable) {
                Some(token) => Some(fixed(Secret::new(token))),
                None => Some(application_default()?),
            },
        };
        Ok(Self {
            http,
            base: base.map_or(Ok(GOOGLE.to_owned()), |base| endpoint(&base))?,
            credentials,
            options: options.clone(),
        })
    }

    /// Sends a `GET` and gives back whatever Google replies, refusals included. `path_and_query` begins with `/`
    /// (`/storage/v1/b/NAME`) and is sent as it is. `unsigned` sends no credentials.
    ///
    /// # Errors
    /// [`SourceError::Unavailable`] when no reply came, [`SourceError::Config`] when there are no credentials.
    pub async fn get(
        &self,
        path_and_query: &str,
        headers: HeaderMap,
        unsigned: bool,
    ) -> Result<Answer, SourceError> {
        let mut call = self.call(path_and_query, "ask Cloud Storage".to_owned());
        call.headers.extend(headers);
        if unsigned {
            return self.http.answer(&call, &Unsigned).await;
        }
        self.http.answer(&call, self).await
    }

    /// Sends a request without a body to another of Google's services, `https://SERVICE.googleapis.com`, and gives back
    /// whatever it replies.
    ///
    /// # Errors
    /// As [`Client::get`]; [`SourceError::Config`] where another server is looked at, which has no such service.
    pub async fn ask_service(
        &self,
        service: &str,
        method: Method,
        path_and_query: &str,
    ) -> Result<Answer, SourceError> {
        if self.base != GOOGLE {
            return Err(SourceError::Config {
                what: format!("Google's service {service}"),
                why: "the endpoint given has none".to_owned(),
            });
        }
        let address = format!("https://{service}.googleapis.com{path_and_query}");
        let mut call = Call::get(address, format!("ask Google's service {service}"));
        call.method = method;
        self.http.answer(&call, self).await
    }

    /// The names of the project's buckets that the credentials can list, sorted.
    pub async fn buckets(&self) -> Result<Vec<String>, SourceError> {
        let project = self.options.project.as_ref().ok_or_else(|| SourceError::Config {
            what: "gs:// for every bucket".to_owned(),
            why: "name the project with --project".to_owned(),
        })?;
        super::list::buckets(self, project).await
    }

    /// A document that must come.
    pub(super) async fn document(
        &self,
        path: &str,
        what: &str,
        need: &'static Privilege,
    ) -> Result<Answer, SourceError> {
        let call = self.call(path, what.to_owned());
        let answer = self.http.answer(&call, self).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refused(
            answer.status,
            &refusal_code(&answer.body),
            call.what,
            need.permission,
        ))
    }

    /// One object's bytes: the whole key is one segment of the address, so nothing in it can be folded.
    pub(super) async fn object(
        &self,
        bucket: &str,
        object: &ObjectMeta,
        range: Range<u64>,
        what: String,
    ) -> Result<Body, SourceError> {
        let path = format!("/storage/v1/b/{bucket}/o/{}", key::segment(object.key.as_bytes()));
        if key::folds(&path) {
            return Err(SourceError::KeyNotAddressable { what });
        }
        let pin = object
            .etag
            .as_ref()
            .map(|generation| format!("&ifGenerationMatch={generation}"));
        let version = object
            .version
            .as_ref()
            .map(|version| format!("&generation={version}"));
        let query = format!(
            "?alt=media{}{}",
            pin.unwrap_or_default(),
            version.unwrap_or_default()
        );
        let uri = self.base.clone() + &self.paid(&(path + &query));
        let mut call = Call::object(uri, what.clone(), object, &range);
        call.headers.insert(ACCEPT_ENCODING, AS_STORED);
        let reply = self.http.send(&call, self).await?;
        if !reply.status.is_success() {
            let status = reply.status;
            return Err(refused(status, &reply.code().await, what, READ_OBJECT.permission));
        }
        let skip = checked(&reply, &range, object, &what)?;
        Ok(read::drop_first(reply.stream(), skip))
    }

    fn call(&self, path: &str, what: String) -> Call {
        Call::get(self.base.clone() + &self.paid(path), what)
    }

    /// The path, with the project that pays where there is one.
    fn paid(&self, path: &str) -> String {
        match self.payer() {
            Some(project) => {
                let joint = if path.contains('?') { '&' } else { '?' };
                format!("{path}{joint}userProject={}", key::segment(project.as_bytes()))
            }
            None => path.to_owned(),
        }
    }

    /// The project that pays for requests, where paying was accepted.
    pub(super) fn payer(&self) -> Option<&str> {
        self.options
            .project
            .as_deref()
            .filter(|_| self.options.requester_pays)
    }

    /// `scheme://host[:port]`.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The credentials, unless requests are anonymous.
    pub(super) fn credentials(&self) -> Option<GcpCredentialProvider> {
        self.credentials.clone()
    }

    /// The options that the client was made with.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// The `User-Agent`.
    pub(super) fn agent(&self) -> &HeaderValue {
        self.http.agent()
    }
}

impl Authorize for Client {
    fn authorize(&self, mut request: Request<()>) -> BoxFuture<'_, Result<Request<()>, SourceError>> {
        Box::pin(async move {
            if let Some(credentials) = &self.credentials {
                let credential = credentials.get_credential().await.map_err(|_| no_token())?;
                let mut value =
                    HeaderValue::try_from(format!("Bearer {}", credential.bearer)).map_err(|_| no_token())?;
                value.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, value);
            }
            Ok(request)
        })
    }
}

/// Whether the reply is for the listed generation and the range asked; the leading bytes to drop.
fn checked(reply: &Reply, range: &Range<u64>, object: &ObjectMeta, what: &str) -> Result<u64, SourceError> {
    let got = reply
        .headers
        .get("x-goog-generation")
        .and_then(|value| value.to_str().ok());
    if let (Some(listed), Some(got)) = (&object.etag, got)
        && got != &**listed
    {
        return Err(SourceError::Changed {
            what: what.to_owned(),
        });
    }
    read::check(reply.status, &reply.headers, range, object, what)
}

/// A token given outright.
fn fixed(token: Secret<String>) -> GcpCredentialProvider {
    let bearer = token.expose().clone();
    Arc::new(StaticCredentialProvider::new(GcpCredential { bearer }))
}

/// No token.
pub(super) fn nobody() -> GcpCredentialProvider {
    fixed(Secret::new(String::new()))
}

/// The chain that object_store knows. The bucket's name is not used: only the credentials are taken.
fn application_default() -> Result<GcpCredentialProvider, SourceError> {
    let store = GoogleCloudStorageBuilder::from_env()
        .with_bucket_name("unused")
        .build();
    let store = store.map_err(|_| SourceError::Config {
        what: "Google credentials".to_owned(),
        why: "the credentials file cannot be used (is GOOGLE_APPLICATION_CREDENTIALS right?)".to_owned(),
    })?;
    Ok(Arc::clone(store.credentials()))
}

/// An endpoint is `http://` or `https://`, a host and maybe a port; `STORAGE_EMULATOR_HOST` may lack the scheme.
fn endpoint(base: &str) -> Result<String, SourceError> {
    let trimmed = base.trim_end_matches('/');
    let full = if trimmed.contains("://") {
        trimmed.to_owned()
    } else {
        format!("http://{trimmed}")
    };
    let host = full
        .strip_prefix("http://")
        .or_else(|| full.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(full),
        _ => Err(SourceError::Config {
            what: "the Cloud Storage endpoint".to_owned(),
            why: "it must be http://host[:port] or https://host[:port]".to_owned(),
        }),
    }
}

fn no_token() -> SourceError {
    SourceError::Config {
        what: "Google credentials".to_owned(),
        why: "no access token could be had; log in with `gcloud auth application-default login`, set \
              GOOGLE_APPLICATION_CREDENTIALS, or look with --anonymous"
            .to_owned(),
    }
}

/// What a refusal means. Source: Cloud Storage JSON API, "HTTP status and error codes".
fn refused(status: StatusCode, code: &str, what: String, permission: &str) -> SourceError {
    let denied = |permission: &str| SourceError::AccessDenied {
        what: what.clone(),
        permission: permission.to_owned(),
    };
    let customer_key = code.eq_ignore_ascii_case("resourceIsEncryptedWithCustomerEncryptionKey");
    match status.as_u16() {
        _ if customer_key => SourceError::Encrypted { what },
        401 if code == "authError" => denied("valid credentials"),
        401 | 403 => denied(permission),
        404 => SourceError::NotFound { what },
        304 | 412 | 416 => SourceError::Changed { what },
        status => unavailable(&what, format!("HTTP {status} {code}").trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_the_caller_can_do() {
        let refused = |status: u16, code: &str| {
            refused(
                StatusCode::from_u16(status).unwrap(),
                code,
                "list x".to_owned(),
                "storage.objects.list",
            )
        };
        assert_eq!(refused(403, "forbidden").missing(), Some("storage.objects.list"));
        assert_eq!(refused(401, "authError").missing(), Some("valid credentials"));
        assert!(matches!(
            refused(412, "conditionNotMet"),
            SourceError::Changed { .. }
        ));
        let encrypted = refused(400, "resourceIsEncryptedWithCustomerEncryptionKey");
        assert!(matches!(encrypted, SourceError::Encrypted { .. }));
        assert_eq!(refused(400, "").to_string(), "list x: unavailable (HTTP 400)");
    }

    #[test]
    fn an_emulator_host_may_lack_its_scheme() {
        assert_eq!(endpoint("localhost:4443/").unwrap(), "http://localhost:4443");
        assert!(endpoint("http://h/path").is_err());
    }
}
