//! Ordinary keys through object_store: its clients, with our credentials, manners and checks.

use std::ops::Range;
use std::sync::Arc;

use futures::stream::{StreamExt, TryStreamExt};
use object_store::{BackoffConfig, ClientOptions, GetOptions, GetRange, GetResult, ObjectStore, RetryConfig};

use super::http::{Body, unavailable};
use super::read::bare_etag;
use super::{ObjectMeta, Options, key};

/// How object_store pins what it reads.
#[derive(Clone, Copy)]
pub(super) enum Pin {
    /// By the listing's ETag.
    IfMatch,
    /// By the listing's generation.
    Generation,
}

/// Reads ordinary keys of one store.
pub(super) struct Ordinary {
    store: Arc<dyn ObjectStore>,
    pin: Pin,
}

impl Ordinary {
    /// Reads through this client.
    pub(super) fn new(store: Arc<dyn ObjectStore>, pin: Pin) -> Self {
        Self { store, pin }
    }

    /// The bytes of `range`, where the key is ordinary and the reply is for the listed object. `None` leaves the object
    /// to the exact route, which also finds the precise reason of a refusal: object_store gives up on, for example,
    /// objects whose user metadata is not ASCII.
    pub(super) async fn fetch(&self, object: &ObjectMeta, range: Range<u64>, what: &str) -> Option<Body> {
        let path = key::ordinary(object.key.as_bytes())?;
        let reply = self.store.get_opts(&path, self.wish(object, &range)).await;
        let reply = reply
            .inspect_err(|_| tracing::debug!("left to the exact route"))
            .ok()?;
        if !self.is_listed(&reply, object) || reply.range != range {
            return None;
        }
        let what = what.to_owned();
        let body = reply.into_stream();
        Some(
            body.map_err(move |_| unavailable(&what, "the connection broke"))
                .boxed(),
        )
    }

    fn wish(&self, object: &ObjectMeta, range: &Range<u64>) -> GetOptions {
        let pin = object.etag.as_ref().map(|etag| etag.to_string());
        let (if_match, version) = match self.pin {
            Pin::IfMatch => (pin, object.version.as_ref().map(|version| version.to_string())),
            Pin::Generation => (None, pin),
        };
        GetOptions {
            range: Some(GetRange::Bounded(range.clone())),
            if_match: if_match.map(|etag| super::read::quoted_etag(&etag)),
            version,
            ..GetOptions::default()
        }
    }

    fn is_listed(&self, reply: &GetResult, object: &ObjectMeta) -> bool {
        let got = match self.pin {
            Pin::IfMatch => reply.meta.e_tag.as_deref().map(bare_etag),
            Pin::Generation => reply.meta.version.as_deref(),
        };
        let same_content = object
            .etag
            .as_deref()
            .zip(got)
            .is_none_or(|(listed, got)| listed == got);
        same_content && reply.meta.size == object.size
    }
}

/// Connection settings: our `User-Agent`, plain HTTP only for endpoints that are, no limit on the length of a body.
pub(super) fn client_options(agent: &http::HeaderValue, options: &Options, http: bool) -> ClientOptions {
    ClientOptions::new()
        .with_user_agent(agent.clone())
        .with_allow_http(http)
        .with_timeout_disabled()
        .with_read_timeout(options.patience)
}

/// A few quick attempts: what outlasts them goes to the exact route, which has the patience.
pub(super) fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 2,
        retry_timeout: std::time::Duration::from_secs(30),
    }
}
