//! Through whose eyes the stores are looked at.

use std::time::Duration;

use crate::model::redact::Secret;

/// Whose eyes: identity, endpoint and manners of every request. The default is each cloud's usual credential chain.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it may hold credentials")]
pub struct Options {
    /// Named profile of the AWS configuration files.
    pub profile: Option<String>,
    /// AWS region, where it cannot be found out by asking.
    pub region: Option<String>,
    /// Another server that speaks the cloud's API: `http://host:port` for S3 and GCS; for Azure the account's own
    /// address, `http://host:port/account` (a bare `http://host:port` gets the account appended).
    pub endpoint: Option<String>,
    /// AWS role to assume on top of the found credentials.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// Google Cloud project whose buckets are listed.
    pub project: Option<String>,
    /// Azure subscription, for the settings of accounts.
    pub subscription: Option<String>,
    /// Send no credentials at all.
    pub anonymous: bool,
    /// Accept to pay for requests to requester-pays buckets.
    pub requester_pays: bool,
    /// The run's id, for the `User-Agent` header and the role session's name.
    pub run: String,
    /// Credentials given outright, in place of the chain.
    pub fixed: Option<Fixed>,
    /// How often a throttled, failed or broken request is sent again.
    pub retries: usize,
    /// How long a server may stay silent before a request counts as failed.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            endpoint: None,
            role_arn: None,
            external_id: None,
            project: None,
            subscription: None,
            anonymous: false,
            requester_pays: false,
            run: "none".to_owned(),
            fixed: None,
            retries: 6,
            patience: Duration::from_secs(60),
        }
    }
}

/// Credentials given outright.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds credentials")]
pub enum Fixed {
    /// An AWS access key.
    Aws {
        /// The key's id.
        id: String,
        /// The secret part.
        secret: Secret<String>,
        /// The session token of temporary credentials.
        token: Option<Secret<String>>,
    },
    /// A Google OAuth 2 access token.
    Google(Secret<String>),
    /// An Azure storage account key, in base64.
    AzureKey(Secret<String>),
    /// An Azure shared access signature (the query string, with or without its `?`).
    AzureSas(Secret<String>),
    /// A Microsoft Entra access token for the storage audience.
    AzureToken(Secret<String>),
}
