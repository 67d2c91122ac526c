//! Google Cloud Storage.

#[cfg(feature = "cloud")]
pub(super) mod client;
mod iam;
pub(super) mod judge;
