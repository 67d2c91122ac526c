//! Azure Blob Storage and Data Lake Storage.

#[cfg(feature = "cloud")]
pub(super) mod client;
pub(super) mod judge;
