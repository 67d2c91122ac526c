//! Where bytes come from: listings with true keys, ranged and streamed reads. Asynchronous; one folder per cloud.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::model::id::{Key, StoreUri};

/// Reads one store: its listing and its objects.
pub trait Source: Send + Sync {
    /// The store's address.
    fn uri(&self) -> &StoreUri;

    /// Every object under `prefix` (all of them for an empty one), with true keys as bytes, in the store's own order.
    /// Pages are fetched as the stream is polled. After a failed page the stream ends with its error.
    fn list(&self, prefix: &[u8]) -> BoxStream<'_, Result<ObjectMeta, SourceError>>;

    /// The bytes of `ranges`, in order, each exactly as long as asked. Fails with [`SourceError::Changed`] when the
    /// object is no longer the one listed.
    fn read<'a>(
        &'a self,
        object: &'a ObjectMeta,
        ranges: &'a [Range<u64>],
    ) -> BoxFuture<'a, Result<Vec<Bytes>, SourceError>>;

    /// The object's bytes from `from` to its end, in pieces of the transport's size (at most a few MiB each). Broken
    /// connections are resumed where they stopped.
    fn stream<'a>(&'a self, object: &'a ObjectMeta, from: u64) -> BoxStream<'a, Result<Bytes, SourceError>>;
}

/// An object as its listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The true key.
    pub key: Key,
    /// Its size in bytes.
    pub size: u64,
    /// What identifies this content for `If-Match` or its like: ETag, generation, or for a file mtime, size and inode.
    pub etag: Option<Arc<str>>,
    /// The version, where versions were listed.
    pub version: Option<Arc<str>>,
    /// Last change, in seconds since 1970-01-01 UTC.
    pub modified: Option<i64>,
    /// The provider's own word for the storage class.
    pub class: Option<Arc<str>>,
    /// Whether reading it needs a restore or costs a retrieval fee.
    pub tier: Tier,
}

/// Whether an object can be read without paying for its retrieval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Read by default.
    Online,
    /// Readable at once, for a retrieval fee.
    Fee,
    /// Readable only after a restore, which is never asked for.
    Archived,
}

/// Why a source call failed, by what the caller can do. Messages name the call and the store, never content or
/// credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The store refused; `permission` is what was missing.
    #[error("read {what}: access denied (needs {permission})")]
    AccessDenied {
        /// The call and its target.
        what: String,
        /// The permission or credential that was missing.
        permission: String,
    },
    /// It is not there (any more).
    #[error("read {what}: not found")]
    NotFound {
        /// The call and its target.
        what: String,
    },
    /// The object is no longer the one that was listed.
    #[error("read {what}: it changed while being read")]
    Changed {
        /// The call and its target.
        what: String,
    },
    /// Throttling, time-outs and server errors that outlasted the retries.
    #[error("read {what}: unavailable ({why})")]
    Unavailable {
        /// The call and its target.
        what: String,
        /// Status or kind of failure.
        why: String,
    },
    /// No request can carry this key unchanged.
    #[error("read {what}: no request can carry this key unchanged")]
    KeyNotAddressable {
        /// The call and its target.
        what: String,
    },
    /// Credentials or options that cannot work.
    #[error("use {what}: {why}")]
    Config {
        /// The setting.
        what: String,
        /// What is wrong and what to do.
        why: String,
    },
}
