//! Requests to Azure's management API, which has tokens of its own: a storage key or signature does not open it.
//!
//! Tokens come from, in this order: `LAKEWARDEN_ARM_TOKEN`; a client secret or a federated token (`AZURE_TENANT_ID`,
//! `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` or `AZURE_FEDERATED_TOKEN_FILE`); the App Service's identity; the Azure
//! command line where it is logged in; the machine's own identity.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request};
use serde_json::Value;
use tokio::sync::Mutex;

use super::super::http::{Answer, Authorize, Call, Http, Unsigned, unavailable};
use super::super::{Options, SourceError, key};
use super::client::logged_in;
use crate::model::redact::Secret;

/// Where a machine asks for its own identity's tokens.
const MACHINE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
/// A machine without an identity service does not answer at all.
const MACHINE_PATIENCE: Duration = Duration::from_secs(2);
/// Renew a token this long before its end.
const MARGIN: Duration = Duration::from_secs(300);
/// Where no end is given, as with the command line.
const LIFETIME: Duration = Duration::from_secs(900);

/// Talks to the management API with one identity.
pub struct Management {
    http: Arc<Http>,
    base: String,
    /// The base as tokens name it.
    audience: String,
    origin: Origin,
    kept: Mutex<Option<Token>>,
}

impl std::fmt::Debug for Management {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Management")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// Where tokens come from.
enum Origin {
    /// Given outright.
    Given(Secret<String>),
    /// A sign-in with a secret or with another identity's token, by the form that does it.
    SignIn {
        uri: String,
        proof: Proof,
        client: String,
    },
    /// An identity that the host gives: its address, and the header that it wants.
    Host {
        uri: String,
        header: (&'static str, Secret<String>),
        patience: Duration,
    },
    /// The Azure command line.
    CommandLine,
}

enum Proof {
    Secret(Secret<String>),
    /// The file with the other identity's token, which is renewed there.
    Federated(String),
}

#[derive(Clone)]
struct Token {
    bearer: Secret<String>,
    until: Instant,
}

impl Management {
    /// A client for the cloud whose storage has this domain (`core.windows.net`); `None` where nothing may be asked:
    /// anonymous, or another server is looked at.
    pub(in crate::source) fn new(domain: &str, options: &Options, http: Arc<Http>) -> Option<Self> {
        if options.anonymous || options.endpoint.is_some() {
            return None;
        }
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (base, authority) = cloud(domain)?;
        Some(Self::at(base, authority, http, variable))
    }

    fn at(base: &str, authority: &str, http: Arc<Http>, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            http,
            audience: base.to_owned(),
            origin: origin(base, authority, variable),
            base: base.to_owned(),
            kept: Mutex::new(None),
        }
    }

    /// Sends a `GET` and gives back whatever the service replies, refusals included. `path_and_query` begins with `/`
    /// and is sent as it is.
    ///
    /// # Errors
    /// [`SourceError::Unavailable`] when no reply came, [`SourceError::Config`] when no token could be had.
    pub async fn get(&self, path_and_query: &str, headers: HeaderMap) -> Result<Answer, SourceError> {
        let mut call = Call::get(self.base.clone() + path_and_query, "ask Azure's management API");
        call.headers = headers;
        self.http.answer(&call, self).await
    }

    async fn token(&self) -> Result<Secret<String>, SourceError> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| Instant::now() < token.until) {
            return Ok(token.bearer.clone());
        }
        let token = self.fetch().await?;
        *kept = Some(token.clone());
        Ok(token.bearer)
    }

    async fn fetch(&self) -> Result<Token, SourceError> {
        match &self.origin {
            Origin::Given(token) => Ok(Token {
                bearer: token.clone(),
                until: Instant::now() + LIFETIME,
            }),
            Origin::SignIn { uri, proof, client } => {
                let mut call = Call::get(uri.clone(), "sign in to Azure");
                call.method = Method::POST;
                let form = HeaderValue::from_static("application/x-www-form-urlencoded");
                call.headers.insert(CONTENT_TYPE, form);
                call.body = sign_in(proof, client, &self.audience)?.into();
                self.ask_for_token(&call).await
            }
            Origin::Host {
                uri,
                header: (name, value),
                patience,
            } => {
                let mut call = Call::get(uri.clone(), "ask for the machine's identity");
                let mut value = HeaderValue::from_str(value.expose()).map_err(|_| no_token())?;
                value.set_sensitive(true);
                call.headers.insert(*name, value);
                let asked = tokio::time::timeout(*patience, self.ask_for_token(&call));
                asked.await.map_err(|_| no_token())?
            }
            Origin::CommandLine => {
                let audience = self.audience.clone();
                let asked = tokio::task::spawn_blocking(move || command_line(&audience));
                asked.await.ok().flatten().ok_or_else(no_token)
            }
        }
    }

    async fn ask_for_token(&self, call: &Call) -> Result<Token, SourceError> {
        let answer = self.http.answer(call, &Unsigned).await?;
        if !answer.status.is_success() {
            return Err(no_token());
        }
        let document: Value = serde_json::from_slice(&answer.body)
            .map_err(|_| unavailable(&call.what, "the reply is no token"))?;
        token(&document).ok_or_else(no_token)
    }
}

impl Authorize for Management {
    fn authorize(&self, mut request: Request<()>) -> BoxFuture<'_, Result<Request<()>, SourceError>> {
        Box::pin(async move {
            let bearer = self.token().await?;
            let value = HeaderValue::try_from(format!("Bearer {}", bearer.expose()));
            let mut value = value.map_err(|_| no_token())?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
            Ok(request)
        })
    }
}

/// The management API and the sign-in service that belong to a storage domain.
fn cloud(domain: &str) -> Option<(&'static str, &'static str)> {
    match domain {
        "core.windows.net" => Some((
            "https://management.azure.com",
            "https://login.microsoftonline.com",
        )),
        "core.usgovcloudapi.net" => Some((
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
        )),
        "core.chinacloudapi.cn" => Some((
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
        )),
        _ => None,
    }
}

/// The first of the places that have something.
fn origin(base: &str, authority: &str, variable: impl Fn(&str) -> Option<String>) -> Origin {
    if let Some(token) = variable("LAKEWARDEN_ARM_TOKEN") {
        return Origin::Given(Secret::new(token));
    }
    let secret = variable("AZURE_CLIENT_SECRET").map(|secret| Proof::Secret(Secret::new(secret)));
    let proof = secret.or_else(|| variable("AZURE_FEDERATED_TOKEN_FILE").map(Proof::Federated));
    let named = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
    if let ((Some(tenant), Some(client)), Some(proof)) = (named, proof) {
        let authority = variable("AZURE_AUTHORITY_HOST").unwrap_or_else(|| authority.to_owned());
        let tenant = key::segment(tenant.as_bytes());
        let uri = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        return Origin::SignIn { uri, proof, client };
    }
    let query = |version| {
        format!(
            "?api-version={version}&resource={}",
            key::segment(base.as_bytes())
        )
    };
    if let (Some(uri), Some(header)) = (variable("IDENTITY_ENDPOINT"), variable("IDENTITY_HEADER")) {
        return Origin::Host {
            uri: uri + &query("2019-08-01"),
            header: ("x-identity-header", Secret::new(header)),
            patience: LIFETIME,
        };
    }
    if logged_in(variable("AZURE_CONFIG_DIR")) {
        return Origin::CommandLine;
    }
    Origin::Host {
        uri: format!("{MACHINE}{}", query("2018-02-01")),
        header: ("metadata", Secret::new("true".to_owned())),
        patience: MACHINE_PATIENCE,
    }
}

/// The form of a sign-in. Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
fn sign_in(proof: &Proof, client: &str, audience: &str) -> Result<String, SourceError> {
    let field = |text: &str| key::segment(text.trim().as_bytes());
    let proof = match proof {
        Proof::Secret(secret) => format!("client_secret={}", field(secret.expose())),
        Proof::Federated(path) => {
            let token = std::fs::read_to_string(path).map_err(|_| no_token())?;
            format!(
                "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
                 &client_assertion={}",
                field(&token)
            )
        }
    };
    let scope = field(&format!("{audience}/.default"));
    Ok(format!(
        "grant_type=client_credentials&client_id={}&scope={scope}&{proof}",
        field(client)
    ))
}

/// The token in a reply; its end is a number of seconds, written as a number or as a text.
fn token(document: &Value) -> Option<Token> {
    let bearer = document
        .get("access_token")
        .or_else(|| document.get("accessToken"))?;
    let seconds = document.get("expires_in").and_then(|v| match v {
        Value::Number(n) => n.as_u64(),
        Value::String(s) => s.parse().ok(),
        _ => None,
    });
    let life = seconds.map_or(LIFETIME, |s| {
        Duration::from_secs(s.min(86_400)).saturating_sub(MARGIN)
    });
    Some(Token {
        bearer: Secret::new(bearer.as_str()?.to_owned()),
        until: Instant::now() + life,
    })
}

/// A token of the login of the Azure command line.
fn command_line(audience: &str) -> Option<Token> {
    let asked = [
        "account",
        "get-access-token",
        "--output",
        "json",
        "--resource",
        audience,
    ];
    let program = if cfg!(windows) { "az.cmd" } else { "az" };
    let output = std::process::Command::new(program)
        .args(asked)
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    token(&serde_json::from_slice(&output.stdout).ok()?)
}

fn no_token() -> SourceError {
    SourceError::Config {
        what: "credentials for Azure's management API".to_owned(),
        why: "no token could be had; log in with `az login`, or give the account's settings with --facts"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::stub::{Sent, Stub};
    use super::*;

    fn management(stub: &Stub, variables: &'static [(&'static str, &'static str)]) -> Management {
        let options = Options {
            retries: 0,
            ..Options::default()
        };
        let http = Http::new(&options).unwrap();
        Management::at(&stub.endpoint, &stub.endpoint, http, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[tokio::test]
    async fn a_client_secret_is_traded_for_a_token_once() {
        let stub = Stub::new(|_, seen| match seen.method.as_str() {
            "POST" => Sent::new(200, r#"{"access_token":"PLANTED","expires_in":3600}"#),
            _ => Sent::new(200, r#"{"value":[]}"#),
        });
        let variables = &[
            ("AZURE_TENANT_ID", "t/1"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_CLIENT_SECRET", "s&=1"),
        ];
        let management = management(&stub, variables);
        for _ in 0..2 {
            let answer = management
                .get("/subscriptions?api-version=1", HeaderMap::new())
                .await
                .unwrap();
            assert_eq!(answer.status, 200);
        }
        let seen = stub.seen();
        assert_eq!(seen[0].target, "/t%2F1/oauth2/v2.0/token");
        assert_eq!(seen.iter().filter(|s| s.method == "POST").count(), 1);
        assert_eq!(seen[1].header("authorization"), Some("Bearer PLANTED"));
        assert!(!format!("{management:?}").contains("s&=1"));
        let form = sign_in(&Proof::Secret(Secret::new("s&=1".to_owned())), "c", "https://m").unwrap();
        assert!(form.contains("client_secret=s%26%3D1") && form.contains("scope=https%3A%2F%2Fm%2F.default"));
    }

    #[tokio::test]
    async fn a_refused_sign_in_is_a_lack_of_credentials() {
        let stub =
            Stub::new(|_, _| Sent::new(401, r#"{"error":"invalid_client","error_description":"PLANTED"}"#));
        let variables = &[
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_CLIENT_SECRET", "s"),
        ];
        let error = management(&stub, variables)
            .get("/x", HeaderMap::new())
            .await
            .unwrap_err();
        assert!(matches!(error, SourceError::Config { .. }) && !error.to_string().contains("PLANTED"));
    }

    #[tokio::test]
    async fn an_app_service_s_identity_is_asked_with_its_header() {
        let stub = Stub::new(|n, _| match n {
            0 => Sent::new(200, r#"{"access_token":"PLANTED","expires_in":"86400"}"#),
            _ => Sent::new(200, "{}"),
        });
        let mut management = management(&stub, &[("LAKEWARDEN_ARM_TOKEN", "x")]);
        management.origin = Origin::Host {
            uri: format!("{}/msi?api-version=2019-08-01&resource=r", stub.endpoint),
            header: ("x-identity-header", Secret::new("h".to_owned())),
            patience: LIFETIME,
        };
        management.get("/x", HeaderMap::new()).await.unwrap();
        let seen = stub.seen();
        assert_eq!(seen[0].header("x-identity-header"), Some("h"));
        assert_eq!(seen[1].header("authorization"), Some("Bearer PLANTED"));
    }

    #[test]
    fn places_are_tried_in_their_order() {
        let of = |variables: &'static [(&'static str, &'static str)]| {
            origin("https://m", "https://a", |name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(matches!(of(&[("LAKEWARDEN_ARM_TOKEN", "t")]), Origin::Given(_)));
        let federated = &[
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/f"),
        ];
        assert!(matches!(
            of(federated),
            Origin::SignIn {
                proof: Proof::Federated(_),
                ..
            }
        ));
        let app = &[("IDENTITY_ENDPOINT", "http://i"), ("IDENTITY_HEADER", "h")];
        assert!(matches!(of(app), Origin::Host { .. }));
        let machine = of(&[("AZURE_CONFIG_DIR", "/nowhere")]);
        assert!(matches!(machine, Origin::Host { uri, .. } if uri.starts_with(MACHINE)));
        assert_eq!(cloud("example.com"), None);
    }
}
