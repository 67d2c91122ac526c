//! Requests to one storage account's Blob service: Shared Key, SAS or bearer token, or none.

use std::ops::Range;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::header::{HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode};
use object_store::azure::{AzureAuthorizer, AzureConfigKey, AzureCredentialProvider, MicrosoftAzureBuilder};
use object_store::client::HttpRequestBody;

use super::super::http::{Answer, Authorize, Body, Call, Http, Unsigned, unavailable};
use super::super::read::{self, bare_etag, quoted_etag};
use super::super::{Fixed, ObjectMeta, Options, SourceError, key};
use crate::model::privilege::{Call as Privilege, calls};

/// The version of the service whose replies are understood here; 2021-02-12 is the first that marks encoded names.
const VERSION: HeaderValue = HeaderValue::from_static("2023-11-03");

/// Talks to one account with one set of credentials.
pub struct Client {
    http: Arc<Http>,
    options: Options,
    account: String,
    base: String,
    credentials: Option<AzureCredentialProvider>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for an account, in the cloud with this domain. Credentials: those given, else from `AZURE_STORAGE_*`
    /// variables (key, SAS, connection string), a client secret, workload identity, the Azure command line where it is
    /// logged in, and the managed identity.
    pub(in crate::source) fn new(
        account: &str,
        domain: &str,
        options: &Options,
        http: Arc<Http>,
    ) -> Result<Self, SourceError> {
        let base = match &options.endpoint {
            Some(endpoint) => own_endpoint(endpoint, account)?,
            None => format!("https://{account}.blob.{domain}"),
        };
        let credentials = if options.anonymous {
            None
        } else {
            Some(credentials(account, &options.fixed)?)
        };
        Ok(Self {
            http,
            options: options.clone(),
            account: account.to_owned(),
            base,
            credentials,
        })
    }

    /// Sends a `GET` and gives back whatever the account replies, refusals included. `path_and_query` begins with `/`,
    /// is relative to the account (`/container?restype=container&comp=acl`) and is sent as it is. `unsigned` sends no
    /// credentials.
    ///
    /// # Errors
    /// [`SourceError::Unavailable`] when no reply came, [`SourceError::Config`] when there are no credentials.
    pub async fn get(
        &self,
        path_and_query: &str,
        headers: HeaderMap,
        unsigned: bool,
    ) -> Result<Answer, SourceError> {
        let mut call = self.call(path_and_query, format!("ask az://{}", self.account));
        call.headers.extend(headers);
        if unsigned {
            return self.http.answer(&call, &Unsigned).await;
        }
        self.http.answer(&call, self).await
    }

    /// As [`Client::get`], signed, for the headers of the reply alone.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn head(&self, path_and_query: &str) -> Result<Answer, SourceError> {
        let mut call = self.call(path_and_query, format!("ask az://{}", self.account));
        call.method = Method::HEAD;
        self.http.answer(&call, self).await
    }

    /// As [`Client::head`], of the account's Data Lake service.
    ///
    /// # Errors
    /// As [`Client::get`]; [`SourceError::Config`] where another server is looked at, which has no such service.
    pub async fn data_lake_head(&self, path_and_query: &str) -> Result<Answer, SourceError> {
        let base = self.base.replacen(".blob.", ".dfs.", 1);
        if self.options.endpoint.is_some() || base == self.base {
            return Err(SourceError::Config {
                what: "the Data Lake service".to_owned(),
                why: "the endpoint given has none".to_owned(),
            });
        }
        let mut call = Call::get(base + path_and_query, format!("ask az://{}", self.account));
        call.method = Method::HEAD;
        call.headers.insert("x-ms-version", VERSION);
        self.http.answer(&call, self).await
    }

    /// The names of the account's containers that the credentials can list, sorted.
    pub async fn containers(&self) -> Result<Vec<String>, SourceError> {
        super::list::containers(self).await
    }

    /// A document that must come.
    pub(super) async fn document(
        &self,
        path: &str,
        what: &str,
        need: &'static Privilege,
    ) -> Result<bytes::Bytes, SourceError> {
        let call = self.call(path, what.to_owned());
        let reply = self.http.send(&call, self).await?;
        if !reply.status.is_success() {
            let status = reply.status;
            return Err(refused(status, &reply.code().await, call.what, need.permission));
        }
        reply.document().await
    }

    /// One blob's bytes by its exact address. Where the key has dot segments its slashes are encoded, which leaves no
    /// segment that could be folded; a key that is nothing but dots cannot be addressed.
    pub(super) async fn object(
        &self,
        container: &str,
        object: &ObjectMeta,
        range: Range<u64>,
        what: String,
    ) -> Result<Body, SourceError> {
        let path = blob_path(container, object.key.as_bytes())
            .ok_or_else(|| SourceError::KeyNotAddressable { what: what.clone() })?;
        let mut call = Call::object(self.base.clone() + &path, what.clone(), object, &range);
        call.headers.insert("x-ms-version", VERSION);
        if let Some(etag) = &object.etag {
            call = call.with("if-match", &quoted_etag(etag))?;
        }
        let reply = self.http.send(&call, self).await?;
        if !reply.status.is_success() {
            let status = reply.status;
            return Err(refused(status, &reply.code().await, what, READ_BLOBS.permission));
        }
        let got = reply.headers.get("etag").and_then(|etag| etag.to_str().ok());
        if let (Some(listed), Some(got)) = (&object.etag, got)
            && bare_etag(got) != &**listed
        {
            return Err(SourceError::Changed { what });
        }
        let skip = read::check(reply.status, &reply.headers, &range, object, &what)?;
        Ok(read::drop_first(reply.stream(), skip))
    }

    fn call(&self, path: &str, what: String) -> Call {
        let mut call = Call::get(self.base.clone() + path, what);
        call.headers.insert("x-ms-version", VERSION);
        call
    }

    /// The account's name.
    pub(super) fn account(&self) -> &str {
        &self.account
    }

    /// The account's address, without a slash at its end.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The credentials, unless requests are anonymous.
    pub(super) fn credentials(&self) -> Option<AzureCredentialProvider> {
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

calls! {
    /// The calls that list containers and blobs. Azure has one right for listing blobs and for reading them.
    pub(in crate::source) LISTING:
    LIST_CONTAINERS = "listing of containers", "Microsoft.Storage/storageAccounts/blobServices/containers/read", Account;
    LIST_BLOBS = "listing of blobs", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Content;
}

calls! {
    /// The call that reads blobs.
    pub(in crate::source) CONTENT:
    READ_BLOBS = "content of blobs", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Content;
}

impl Authorize for Client {
    fn authorize(&self, request: Request<()>) -> BoxFuture<'_, Result<Request<()>, SourceError>> {
        Box::pin(async move {
            let Some(credentials) = &self.credentials else {
                return Ok(request);
            };
            let credential = credentials.get_credential().await.map_err(|_| no_credential())?;
            let mut request = request.map(|()| HttpRequestBody::empty());
            AzureAuthorizer::new(&credential, &self.account)
                .try_authorize(&mut request)
                .map_err(|_| no_credential())?;
            if let Some(value) = request.headers_mut().get_mut(http::header::AUTHORIZATION) {
                value.set_sensitive(true);
            }
            Ok(request.map(|_| ()))
        })
    }
}

/// A blob's path below the account; the authorizer's URL library must have nothing in it to fold.
fn blob_path(container: &str, key: &[u8]) -> Option<String> {
    let plain = format!("/{container}/{}", key::path(key));
    if !key::folds(&plain) {
        return Some(plain);
    }
    let encoded = format!("/{container}/{}", key::segment(key));
    (!key::folds(&encoded)).then_some(encoded)
}

/// The account's address on another server: as given where it has a path or the account is in the host's name, else
/// with the account appended, as Azurite has it.
fn own_endpoint(endpoint: &str, account: &str) -> Result<String, SourceError> {
    let trimmed = endpoint.trim_end_matches('/');
    let rest = trimmed
        .strip_prefix("http://")
        .or_else(|| trimmed.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', '@', ' ']) => {
            let whole = rest.contains('/') || rest.starts_with(&format!("{account}."));
            Ok(if whole {
                trimmed.to_owned()
            } else {
                format!("{trimmed}/{account}")
            })
        }
        _ => Err(SourceError::Config {
            what: "the Azure endpoint".to_owned(),
            why: "it must be http://host[:port][/account] or https://…".to_owned(),
        }),
    }
}

/// The credentials for an account.
fn credentials(account: &str, fixed: &Option<Fixed>) -> Result<AzureCredentialProvider, SourceError> {
    let builder = match fixed {
        Some(Fixed::AzureKey(key)) => MicrosoftAzureBuilder::new().with_access_key(key.expose()),
        Some(Fixed::AzureSas(sas)) => {
            MicrosoftAzureBuilder::new().with_config(AzureConfigKey::SasKey, bare_sas(sas.expose()))
        }
        Some(Fixed::AzureToken(token)) => {
            MicrosoftAzureBuilder::new().with_bearer_token_authorization(token.expose())
        }
        _ => from_environment(|name| std::env::var(name).ok().filter(|value| !value.is_empty())),
    };
    let store = builder
        .with_account(account)
        .with_container_name("unused")
        .build();
    let store = store.map_err(|_| SourceError::Config {
        what: "Azure credentials".to_owned(),
        why: "the key, SAS or token in the environment is malformed".to_owned(),
    })?;
    Ok(Arc::clone(store.credentials()))
}

/// object_store's chain, and what the Azure command line reads besides: `AZURE_STORAGE_KEY`, the connection string, and
/// a login of its own where nothing else is configured.
fn from_environment(variable: impl Fn(&str) -> Option<String>) -> MicrosoftAzureBuilder {
    let mut builder = MicrosoftAzureBuilder::from_env().with_use_emulator(false);
    let connection = variable("AZURE_STORAGE_CONNECTION_STRING").unwrap_or_default();
    let field = |name: &str| {
        let found = connection
            .split(';')
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.map(str::to_owned)
    };
    if let Some(key) = variable("AZURE_STORAGE_KEY").or_else(|| field("AccountKey")) {
        builder = builder.with_access_key(key);
    } else if let Some(sas) = field("SharedAccessSignature") {
        builder = builder.with_config(AzureConfigKey::SasKey, bare_sas(&sas));
    }
    let managed = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"]
        .into_iter()
        .any(|name| variable(name).is_some());
    builder.with_use_azure_cli(!managed && logged_in(variable("AZURE_CONFIG_DIR")))
}

/// Whether the Azure command line has a login.
pub(super) fn logged_in(folder: Option<String>) -> bool {
    let folder = folder.map(std::path::PathBuf::from);
    let folder = folder.or_else(|| Some(std::env::home_dir()?.join(".azure")));
    folder.is_some_and(|folder| folder.join("azureProfile.json").is_file())
}

/// A SAS without the question mark that portals copy with it.
fn bare_sas(sas: &str) -> String {
    sas.trim_start_matches('?').to_owned()
}

fn no_credential() -> SourceError {
    SourceError::Config {
        what: "Azure credentials".to_owned(),
        why: "none could be had; log in with `az login`, set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or look \
              with --anonymous"
            .to_owned(),
    }
}

/// What a refusal means. Codes: Azure Storage REST, "Blob service error codes".
pub(super) fn refused(status: StatusCode, code: &str, what: String, permission: &str) -> SourceError {
    let denied = |permission: &str| SourceError::AccessDenied {
        what: what.clone(),
        permission: permission.to_owned(),
    };
    match (status.as_u16(), code) {
        (_, "BlobArchived" | "BlobBeingRehydrated") => SourceError::Archived { what },
        (_, "BlobUsesCustomerSpecifiedEncryption") => SourceError::Encrypted { what },
        (_, "AuthenticationFailed" | "InvalidAuthenticationInfo") => denied("valid credentials"),
        (_, "PublicAccessNotPermitted" | "NoAuthenticationInformation") => denied("credentials"),
        (401 | 403, _) => denied(permission),
        (404, _) => SourceError::NotFound { what },
        (304 | 412 | 416, _) => SourceError::Changed { what },
        (status, code) => unavailable(&what, format!("HTTP {status} {code}").trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_account_is_appended_only_where_it_is_missing() {
        let own = |endpoint| own_endpoint(endpoint, "acct").unwrap();
        assert_eq!(own("http://127.0.0.1:10000"), "http://127.0.0.1:10000/acct");
        assert_eq!(own("http://127.0.0.1:10000/acct/"), "http://127.0.0.1:10000/acct");
        assert_eq!(own("https://acct.blob.local"), "https://acct.blob.local");
        assert!(own_endpoint("127.0.0.1:10000", "acct").is_err());
    }

    #[test]
    fn dot_segments_are_kept_from_folding_or_refused() {
        assert_eq!(blob_path("c", b"a//b").as_deref(), Some("/c/a//b"));
        assert_eq!(blob_path("c", b"x/../y").as_deref(), Some("/c/x%2F..%2Fy"));
        assert_eq!(blob_path("c", b".."), None);
    }

    #[test]
    fn refusals_say_what_the_caller_can_do() {
        let refused = |status: u16, code: &str| {
            refused(
                StatusCode::from_u16(status).unwrap(),
                code,
                "read x".to_owned(),
                READ_BLOBS.permission,
            )
        };
        assert_eq!(
            refused(403, "AuthorizationPermissionMismatch").missing(),
            Some(READ_BLOBS.permission)
        );
        assert_eq!(
            refused(403, "AuthenticationFailed").missing(),
            Some("valid credentials")
        );
        assert_eq!(
            refused(409, "PublicAccessNotPermitted").missing(),
            Some("credentials")
        );
        assert!(matches!(
            refused(409, "BlobArchived"),
            SourceError::Archived { .. }
        ));
        assert!(matches!(
            refused(412, "ConditionNotMet"),
            SourceError::Changed { .. }
        ));
    }

    proptest! {
        #[test]
        fn no_address_is_folded_by_a_url_library(parts in proptest::collection::vec("\\.{0,3}|[a-z%é]", 1..5)) {
            let key = parts.join("/");
            if let Some(path) = blob_path("c", key.as_bytes()) {
                prop_assert!(key::carried(&path, key.as_bytes()));
                let request = Request::get(format!("http://h/acct{path}")).body(HttpRequestBody::empty());
                prop_assert!(!key::folds(request.unwrap().uri().path()));
            }
        }
    }
}
