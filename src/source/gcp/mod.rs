//! Google Cloud Storage: listings and odd keys by the JSON API, ordinary keys by object_store (the XML API).

mod client;
mod list;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use object_store::gcp::GoogleCloudStorageBuilder;
use tokio::sync::OnceCell;

pub use client::Client;
pub(super) use client::{CONTENT, LISTING};

use super::http::Body;
use super::ordinary::{self, Ordinary, Pin};
use super::read::{self, Fetch};
use super::{Entry, ObjectMeta, Source, SourceError};
use crate::model::id::StoreUri;
use crate::model::redact::inert;

/// One bucket. An object's `etag` is its generation.
pub(super) struct Bucket {
    uri: StoreUri,
    name: String,
    client: Arc<Client>,
    ordinary: OnceCell<Option<Ordinary>>,
}

impl Bucket {
    /// The bucket with this name. Nothing is asked yet.
    pub(super) fn new(name: &str, client: Arc<Client>) -> Self {
        Self {
            uri: StoreUri::new(&format!("gs://{name}")),
            name: name.to_owned(),
            client,
            ordinary: OnceCell::new(),
        }
    }

    /// The route for ordinary keys; `None` where object_store refuses the settings, and for a requester who pays,
    /// whose project it cannot name.
    async fn ordinary(&self) -> Option<&Ordinary> {
        let made = self.ordinary.get_or_init(|| async {
            let store = self.object_store().build().ok()?;
            let pays = self.client.payer().is_some();
            (!pays).then(|| Ordinary::new(Arc::new(store), Pin::Generation))
        });
        made.await.as_ref()
    }

    fn object_store(&self) -> GoogleCloudStorageBuilder {
        let http = self.client.base().starts_with("http://");
        let mut as_stored = http::HeaderMap::new();
        as_stored.insert(http::header::ACCEPT_ENCODING, client::AS_STORED);
        let options = ordinary::client_options(self.client.agent(), self.client.options(), http)
            .with_default_headers(as_stored);
        let builder = GoogleCloudStorageBuilder::new()
            .with_bucket_name(&self.name)
            .with_base_url(self.client.base())
            .with_client_options(options)
            .with_retry(ordinary::retries());
        match self.client.credentials() {
            Some(credentials) => builder.with_credentials(credentials),
            // A credential of any kind keeps the builder from looking for one; it is never asked for.
            None => builder
                .with_credentials(client::nobody())
                .with_skip_signature(true),
        }
    }
}

impl Fetch for Bucket {
    fn fetch<'a>(
        &'a self,
        object: &'a ObjectMeta,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Body, SourceError>> {
        Box::pin(async move {
            let what = self.what(object);
            if let Some(ordinary) = self.ordinary().await
                && let Some(body) = ordinary.fetch(object, range.clone(), &what).await
            {
                return Ok(body);
            }
            self.client.object(&self.name, object, range, what).await
        })
    }

    fn what(&self, object: &ObjectMeta) -> String {
        format!("read {}/{}", self.uri, inert(&object.key.to_text()))
    }
}

impl Source for Bucket {
    fn uri(&self) -> &StoreUri {
        &self.uri
    }

    fn list(&self, prefix: &[u8]) -> BoxStream<'_, Result<Entry, SourceError>> {
        list::objects(&self.client, &self.name, prefix)
    }

    fn read<'a>(
        &'a self,
        object: &'a ObjectMeta,
        ranges: &'a [Range<u64>],
    ) -> BoxFuture<'a, Result<Vec<Bytes>, SourceError>> {
        Box::pin(read::ranges(self, object, ranges))
    }

    fn stream<'a>(&'a self, object: &'a ObjectMeta, from: u64) -> BoxStream<'a, Result<Bytes, SourceError>> {
        read::to_end(self, object, from)
    }
}
