//! Amazon S3 and servers that speak its API.

mod address;
mod client;
mod identity;
mod list;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use tokio::sync::OnceCell;

pub(super) use client::{CONTENT, LISTING};
pub use client::{Client, Target};

use super::http::Body;
use super::ordinary::{self, Ordinary, Pin};
use super::read::{self, Fetch};
use super::{Entry, ObjectMeta, Source, SourceError};
use crate::model::id::StoreUri;
use crate::model::redact::inert;

/// One bucket.
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
            uri: StoreUri::new(&format!("s3://{name}")),
            name: name.to_owned(),
            client,
            ordinary: OnceCell::new(),
        }
    }

    /// The route for ordinary keys, made at the first read; `None` where object_store refuses the settings.
    async fn ordinary(&self) -> Option<&Ordinary> {
        let made = self
            .ordinary
            .get_or_init(|| async { self.object_store().await.ok() });
        made.await.as_ref()
    }

    async fn object_store(&self) -> Result<Ordinary, SourceError> {
        let region = self.client.region_of(&self.name).await?;
        let place = self.client.bucket_address(&self.name, &region);
        let http = place.base.starts_with("http://");
        let endpoint = if place.virtual_host {
            place.base.clone()
        } else {
            place.base.trim_end_matches('/').to_owned()
        };
        let options = self.client.options();
        let builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(region)
            .with_endpoint(endpoint)
            .with_virtual_hosted_style_request(place.virtual_host)
            .with_request_payer(options.requester_pays)
            .with_client_options(ordinary::client_options(self.client.agent(), options, http))
            .with_retry(ordinary::retries());
        let builder = match self.client.identity() {
            Some(identity) => builder.with_credentials(identity),
            None => builder.with_skip_signature(true),
        };
        let store = builder.build().map_err(|_| SourceError::Config {
            what: "the endpoint and region".to_owned(),
            why: "no S3 client can be made of them".to_owned(),
        })?;
        Ok(Ordinary::new(Arc::new(store), Pin::IfMatch))
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
