//! The memory budget: bytes that are read or being decoded, never more than `--memory`.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits are counted in units, so that budgets beyond 4 GiB fit the semaphore.
const UNIT: u64 = 4096;

/// A budget of bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    units: Arc<Semaphore>,
    total: u64,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Share(#[expect(dead_code, reason = "held for its drop")] Option<OwnedSemaphorePermit>);

impl Budget {
    /// A budget of `bytes`.
    pub(super) fn new(bytes: u64) -> Self {
        let total = (bytes / UNIT).clamp(1, u64::from(u32::MAX / 2));
        Self {
            units: Arc::new(Semaphore::new(total as usize)),
            total,
        }
    }

    /// Waits for a share of `bytes`; a share above the whole budget is the whole budget.
    pub(super) async fn take(&self, bytes: u64) -> Share {
        let units = bytes.div_ceil(UNIT).clamp(1, self.total) as u32;
        // The semaphore is never closed, so a share is always granted in the end.
        Share(self.units.clone().acquire_many_owned(units).await.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_wait_for_each_other_and_never_exceed_the_whole() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let budget = Budget::new(8 * UNIT);
            let whole = budget.take(u64::MAX).await;
            assert_eq!(budget.units.available_permits(), 0);
            let waiting = budget.take(1);
            drop(whole);
            let one = waiting.await;
            assert_eq!(budget.units.available_permits(), 7);
            drop(one);
            assert_eq!(budget.units.available_permits(), 8);
        });
    }
}
