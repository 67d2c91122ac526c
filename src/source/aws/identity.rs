//! AWS credentials: the default chain, a role on top of it, or a key given outright; kept until shortly before they
//! expire, and shared with object_store.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use futures::future::BoxFuture;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

use super::super::{Fixed, Options, SourceError};

/// Renew this long before the end.
const MARGIN: Duration = Duration::from_secs(300);
/// Ask again after this long where no end is given (a profile file may be edited).
const LIFETIME: Duration = Duration::from_secs(900);

/// Credentials, renewed as needed.
pub(super) struct Identity {
    provider: SharedCredentialsProvider,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    credentials: Credentials,
    until: SystemTime,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// Credentials from this provider.
    fn new(provider: SharedCredentialsProvider) -> Arc<Self> {
        Arc::new(Self {
            provider,
            kept: Mutex::new(None),
        })
    }

    /// Valid credentials.
    pub(super) async fn get(&self) -> Result<Credentials, SourceError> {
        let mut kept = self.kept.lock().await;
        let now = SystemTime::now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.until) {
            return Ok(kept.credentials.clone());
        }
        let found = self.provider.provide_credentials().await;
        let credentials = found.map_err(|error| missing(&error))?;
        let until = match credentials.expiry() {
            Some(end) => end.checked_sub(MARGIN).unwrap_or(now),
            None => now + LIFETIME,
        };
        *kept = Some(Kept {
            credentials: credentials.clone(),
            until,
        });
        Ok(credentials)
    }
}

impl CredentialProvider for Identity {
    type Credential = AwsCredential;

    // The signature that object_store's `async_trait` asks for.
    fn get_credential<'a, 'b>(&'a self) -> BoxFuture<'b, object_store::Result<Arc<AwsCredential>>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let credentials = self.get().await.map_err(|error| object_store::Error::Generic {
                store: "S3",
                source: Box::new(error),
            })?;
            Ok(Arc::new(AwsCredential {
                key_id: credentials.access_key_id().to_owned(),
                secret_key: credentials.secret_access_key().to_owned(),
                token: credentials.session_token().map(str::to_owned),
            }))
        })
    }
}

/// The environment's and profile's settings. Instance metadata is asked for credentials, never for the region.
pub(super) async fn settings(options: &Options) -> SdkConfig {
    let mut loader: ConfigLoader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if options.anonymous || options.fixed.is_some() {
        loader = loader.no_credentials();
    }
    loader.region(region_chain(options)).load().await
}

/// `--region`, the environment, the profile, `us-east-1`.
fn region_chain(options: &Options) -> impl aws_config::meta::region::ProvideRegion + 'static {
    use aws_config::{environment, meta::region::RegionProviderChain, profile};
    let mut profile = profile::ProfileFileRegionProvider::builder();
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(environment::EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(Region::new("us-east-1"))
}

/// Who signs: nobody, the given key, the chain, or a role assumed by them.
pub(super) async fn identity(
    options: &Options,
    settings: &SdkConfig,
) -> Result<Option<Arc<Identity>>, SourceError> {
    if options.anonymous {
        return Ok(None);
    }
    let base = match &options.fixed {
        Some(Fixed::Aws { id, secret, token }) => {
            let token = token.as_ref().map(|token| token.expose().clone());
            let key = Credentials::new(id, secret.expose(), token, None, "given");
            Some(SharedCredentialsProvider::new(key))
        }
        _ => settings.credentials_provider(),
    };
    let base = base.ok_or_else(|| SourceError::Config {
        what: "AWS credentials".to_owned(),
        why: NONE_FOUND.to_owned(),
    })?;
    Ok(Some(Identity::new(match &options.role_arn {
        Some(role) => SharedCredentialsProvider::new(assume(role, options, settings, base).await),
        None => base,
    })))
}

/// The role, assumed by the base credentials under a session named for the run.
async fn assume(
    role: &str,
    options: &Options,
    settings: &SdkConfig,
    base: SharedCredentialsProvider,
) -> AssumeRoleProvider {
    let run: String = options
        .run
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(40)
        .collect();
    let mut builder = AssumeRoleProvider::builder(role)
        .session_name(format!("lakewarden-{run}"))
        .configure(settings);
    if let Some(id) = &options.external_id {
        builder = builder.external_id(id);
    }
    builder.build_from_provider(base).await
}

const NONE_FOUND: &str = "none found in the environment, the profile, SSO, the container or the instance; \
                          log in, name a --profile, or look with --anonymous";

/// Our own words for credentials that could not be had.
fn missing(error: &CredentialsError) -> SourceError {
    let why = match error {
        CredentialsError::CredentialsNotLoaded(_) => NONE_FOUND,
        CredentialsError::ProviderTimedOut(_) => "their source did not answer in time",
        CredentialsError::InvalidConfiguration(_) => "their configuration is invalid",
        _ => "their source refused (an expired login, a role that may not be assumed)",
    };
    SourceError::Config {
        what: "AWS credentials".to_owned(),
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redact::Secret;

    #[tokio::test]
    async fn a_given_key_is_used_as_it_is() {
        let options = Options {
            fixed: Some(Fixed::Aws {
                id: "AKIDEXAMPLE".to_owned(),
                secret: Secret::new("secret".to_owned()),
                token: None,
            }),
            ..Options::default()
        };
        let settings = SdkConfig::builder().build();
        let identity = identity(&options, &settings).await.unwrap().unwrap();
        assert_eq!(identity.get().await.unwrap().access_key_id(), "AKIDEXAMPLE");
        assert_eq!(format!("{identity:?}"), "Identity");
    }

    #[tokio::test]
    async fn without_credentials_the_error_says_what_to_do() {
        let settings = SdkConfig::builder().build();
        let error = identity(&Options::default(), &settings).await.err().unwrap();
        assert!(error.to_string().contains("--anonymous"), "{error}");
    }
}
