//! Azure Blob Storage and Data Lake Storage: listings and odd keys by the Blob service's REST calls, ordinary keys by
//! object_store.

mod client;
mod list;
mod management;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use object_store::azure::MicrosoftAzureBuilder;
use tokio::sync::OnceCell;

pub use client::Client;
pub(super) use client::{CONTENT, LISTING};
pub use management::Management;

use super::http::Body;
use super::ordinary::{self, Ordinary, Pin};
use super::read::{self, Fetch};
use super::{Entry, ObjectMeta, Source, SourceError};
use crate::model::id::StoreUri;
use crate::model::redact::inert;

/// One container.
pub(super) struct Container {
    uri: StoreUri,
    name: String,
    client: Arc<Client>,
    ordinary: OnceCell<Option<Ordinary>>,
}

impl Container {
    /// The container with this name. Nothing is asked yet.
    pub(super) fn new(name: &str, client: Arc<Client>) -> Self {
        Self {
            uri: StoreUri::new(&format!("az://{}/{name}", client.account())),
            name: name.to_owned(),
            client,
            ordinary: OnceCell::new(),
        }
    }

    /// The route for ordinary keys; `None` where object_store refuses the settings.
    async fn ordinary(&self) -> Option<&Ordinary> {
        let made = self.ordinary.get_or_init(|| async {
            let store = self.object_store().build().ok()?;
            Some(Ordinary::new(Arc::new(store), Pin::IfMatch))
        });
        made.await.as_ref()
    }

    fn object_store(&self) -> MicrosoftAzureBuilder {
        let http = self.client.base().starts_with("http://");
        let options = ordinary::client_options(self.client.agent(), self.client.options(), http);
        let builder = MicrosoftAzureBuilder::new()
            .with_account(self.client.account())
            .with_container_name(&self.name)
            .with_endpoint(self.client.base().to_owned())
            .with_client_options(options)
            .with_retry(ordinary::retries());
        match self.client.credentials() {
            Some(credentials) => builder.with_credentials(credentials),
            None => builder.with_skip_signature(true),
        }
    }
}

impl Fetch for Container {
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

impl Source for Container {
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
