//! What a run has done so far, for whoever shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use tokio::sync::watch;

/// Counters of a run; they only grow.
#[derive(Debug, Default)]
pub struct Progress {
    /// Objects that listings gave.
    pub listed: AtomicU64,
    /// Bytes that listings gave.
    pub listed_bytes: AtomicU64,
    /// Objects that are done.
    pub objects: AtomicU64,
    /// Stored bytes that are done.
    pub bytes: AtomicU64,
    /// Matches at medium confidence and above.
    pub findings: AtomicU64,
    /// Whether all listings ended, so that what is left is known.
    pub listing_done: AtomicBool,
}

impl Progress {
    pub(super) fn list(&self, bytes: u64) {
        self.listed.fetch_add(1, Relaxed);
        self.listed_bytes.fetch_add(bytes, Relaxed);
    }

    pub(super) fn done(&self, bytes: u64, findings: u64) {
        self.objects.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
        self.findings.fetch_add(findings, Relaxed);
    }
}

/// Asks a run to end: what is under way is closed as it is, and a valid, partial report is written.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::channel(false).0))
    }
}

impl Stop {
    /// Asks.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was asked.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}
