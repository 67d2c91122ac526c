//! Where bytes come from: listings with true keys, ranged and streamed reads. Asynchronous; one folder per cloud.
//!
//! [`Location`] says what was asked for, [`Options`] through whose eyes, [`Session`] holds the connections and
//! credentials and opens a [`Source`] for each store.
//!
//! Keys are bytes. Every listing is made by the cloud's own call. A key that object_store carries unchanged is read
//! through object_store, every other one by a signed request whose address is written out byte for byte; a key that
//! no request can carry is [`SourceError::KeyNotAddressable`]. Every reply is compared with the listing (range, size,
//! ETag or generation) before a byte of it is handed on, so that no object's bytes appear under another key.

pub mod aws;
pub mod azure;
mod class;
mod connect;
pub mod gcp;
mod http;
mod key;
mod local;
mod location;
mod options;
mod ordinary;
mod read;
mod session;
#[cfg(test)]
mod stub;
mod xml;

pub use self::http::Answer;
pub use location::Location;
pub use options::{Fixed, Options};
pub use session::Session;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::model::id::{Key, Provider, StoreUri};
use crate::model::privilege::Call;
use crate::model::skip::SkipReason;

/// The calls that list stores and objects at a provider, with the permission for each.
pub fn listing_calls(provider: Provider) -> &'static [&'static Call] {
    match provider {
        Provider::Aws => aws::LISTING,
        Provider::Gcp => gcp::LISTING,
        Provider::Azure => azure::LISTING,
        Provider::Local => &[],
    }
}

/// The calls that read the content of objects at a provider, with the permission for each.
pub fn content_calls(provider: Provider) -> &'static [&'static Call] {
    match provider {
        Provider::Aws => aws::CONTENT,
        Provider::Gcp => gcp::CONTENT,
        Provider::Azure => azure::CONTENT,
        Provider::Local => &[],
    }
}

/// Reads one store: its listing and its objects.
pub trait Source: Send + Sync {
    /// The store's address.
    fn uri(&self) -> &StoreUri;

    /// Every object under `prefix` (all of them for an empty one), with true keys as bytes, in the store's own order.
    /// Pages are fetched as the stream is polled. What cannot be looked at by itself (a folder without permission, say)
    /// is an [`Entry::Unreadable`] and the listing goes on; after a failed page the stream ends with its error.
    fn list(&self, prefix: &[u8]) -> BoxStream<'_, Result<Entry, SourceError>>;

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

/// One line of a listing.
#[derive(Debug)]
pub enum Entry {
    /// An object.
    Object(ObjectMeta),
    /// Something that is there and cannot be listed or read; the rest of the listing is not affected.
    Unreadable {
        /// The key, or the folder's with a trailing `/`.
        key: Key,
        /// Why.
        error: SourceError,
    },
}

/// An object as its listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The true key.
    pub key: Key,
    /// Its size in bytes.
    pub size: u64,
    /// What identifies this content for `If-Match` or its like: ETag without its quotes, generation, or for a file
    /// mtime, size, device and inode.
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
    #[error("{what}: access denied (needs {permission})")]
    AccessDenied {
        /// The call and its target.
        what: String,
        /// The permission or credential that was missing.
        permission: String,
    },
    /// It is not there (any more).
    #[error("{what}: not found")]
    NotFound {
        /// The call and its target.
        what: String,
    },
    /// The object is no longer the one that was listed.
    #[error("{what}: it changed while being read")]
    Changed {
        /// The call and its target.
        what: String,
    },
    /// Throttling, time-outs and server errors that outlasted the retries.
    #[error("{what}: unavailable ({why})")]
    Unavailable {
        /// The call and its target.
        what: String,
        /// Status or kind of failure.
        why: String,
    },
    /// It lies in an archive tier and would first have to be restored, which is never asked for.
    #[error("{what}: archived (a restore would be needed)")]
    Archived {
        /// The call and its target.
        what: String,
    },
    /// It is encrypted with a key that the store does not hold.
    #[error("{what}: encrypted with a key that the caller must supply")]
    Encrypted {
        /// The call and its target.
        what: String,
    },
    /// A symbolic link that leads out of the folder; links are not followed.
    #[error("{what}: a symbolic link that leads out of the folder (name its target to read it)")]
    LinkNotFollowed {
        /// The call and its target.
        what: String,
    },
    /// No request can carry this key unchanged.
    #[error("{what}: no request can carry this key unchanged")]
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

impl SourceError {
    /// The skip to count for an object that could not be read; `None` for an archived one, which coverage counts under
    /// its own heading, and for settings that cannot work, which are no fault of the object.
    pub fn skip_reason(&self) -> Option<SkipReason> {
        match self {
            Self::AccessDenied { .. } => Some(SkipReason::AccessDenied),
            Self::NotFound { .. } => Some(SkipReason::NotFound),
            Self::Changed { .. } => Some(SkipReason::ChangedDuringRead),
            Self::Unavailable { .. } => Some(SkipReason::Unavailable),
            Self::Encrypted { .. } => Some(SkipReason::Encrypted),
            Self::LinkNotFollowed { .. } => Some(SkipReason::UnsupportedFormat),
            Self::KeyNotAddressable { .. } => Some(SkipReason::KeyNotAddressable),
            Self::Archived { .. } | Self::Config { .. } => None,
        }
    }

    /// The credential or permission that was missing, where that is what went wrong.
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::AccessDenied { permission, .. } => Some(permission),
            _ => None,
        }
    }
}
