//! Why a command could not do what was asked.

use std::path::PathBuf;

use crate::classify::{CompileError, registry::RegistryError};
use crate::model::profile::MergeError;

/// Why a command failed as a whole; what happens to single objects and stores is in the report instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// What was asked cannot be done as asked; nothing was done.
    #[error("{0}")]
    Usage(String),
    /// The classifiers cannot be used; nothing was done.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The classifiers do not compile; nothing was done.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A file that was named cannot be read or written.
    #[error("{what} {path}: {source}")]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that was named is not what it should be; nothing was done.
    #[error("read {path}: {why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the place.
        why: String,
    },
    /// Profiles that do not belong together; nothing was done.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The report could not be written.
    #[error("write the report: {0}")]
    Report(String),
    /// The operating system refused what any run needs.
    #[error("start: {0}")]
    Start(String),
}

impl EngineError {
    /// Whether nothing was done because what was asked cannot be done as asked.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Report(_) | Self::Start(_))
    }
}
