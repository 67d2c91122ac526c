//! What was read of every store, added up as objects end, in whatever order.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::object::{End, ObjectRead};
use crate::engine::findings::{Judge, table_id};
use crate::model::exposure::Exposure;
use crate::model::id::{Key, StoreUri};
use crate::model::profile::{ObjectProfile, StoreProfile};
use crate::model::report::{Amount, Listing, Partial, SkippedObject};
use crate::model::risk::Sensitivity;
use crate::model::skip::SkipReason;
use crate::model::tally::{Confidence, Merge};
use crate::source::ObjectMeta;

/// The stores of a run.
#[derive(Debug)]
pub(super) struct Collector {
    stores: Mutex<BTreeMap<StoreUri, StoreProfile>>,
    /// Whether an output lists objects.
    keep_objects: bool,
}

impl Collector {
    pub(super) fn new(keep_objects: bool) -> Self {
        Self {
            stores: Mutex::default(),
            keep_objects,
        }
    }

    /// Does something to a store's profile, which begins as unread.
    pub(super) fn with<T>(&self, uri: &StoreUri, change: impl FnOnce(&mut StoreProfile) -> T) -> T {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let store = stores.entry(uri.clone()).or_insert_with(|| {
            let provider = uri.provider().unwrap_or(crate::model::id::Provider::Local);
            StoreProfile::new(provider, Exposure::not_asked("its settings were not read"))
        });
        change(store)
    }

    /// Counts a listed object into one bucket.
    pub(super) fn count(
        &self,
        uri: &StoreUri,
        size: u64,
        bucket: impl FnOnce(&mut crate::model::report::Coverage) -> &mut Amount,
    ) {
        self.with(uri, |store| {
            store.coverage.listed.merge(Amount::one(size));
            bucket(&mut store.coverage).merge(Amount::one(size));
        });
    }

    /// Notes how far a listing got.
    pub(super) fn listing(&self, uri: &StoreUri, listing: Listing) {
        self.with(uri, |store| {
            store.coverage.listing = store.coverage.listing.max(listing)
        });
    }

    /// Notes something that was there and not read.
    pub(super) fn skip(&self, uri: &StoreUri, key: &Key, size: u64, reason: SkipReason, detail: String) {
        self.count(uri, size, |coverage| coverage.skipped.entry(reason).or_default());
        self.with(uri, |store| {
            store.note_skip(skipped(uri, key, None, reason, detail))
        });
    }

    /// Adds an object that was read. Gives the number of its matches at medium confidence and above.
    pub(super) fn add(
        &self,
        uri: &StoreUri,
        key: &Key,
        meta: &ObjectMeta,
        read: ObjectRead,
        judge: &Judge<'_>,
    ) -> u64 {
        // Judged before the lock is taken: all the workers end their objects here.
        let summary = Summary::of(uri, &read, judge);
        self.with(uri, |store| {
            account(store, uri, key, meta.size, &read);
            for (member, reason, detail) in &read.members {
                store.note_skip(skipped(uri, key, Some(member.clone()), *reason, detail.clone()));
            }
            if matches!(read.end, End::Read) && summary.matches == 0 && summary.sensitivity.score == 0 {
                store.clean.merge(Amount::one(meta.size));
            }
            if self.keep_objects && !matches!(read.end, End::Skipped { .. } | End::NoText(_)) {
                store.objects.push(object(key, meta, &read, &summary));
            }
            read.tables.into_iter().for_each(|table| store.add_table(table));
        });
        summary.matches
    }

    /// Everything, objects in the order of their keys.
    pub(super) fn finish(self) -> BTreeMap<StoreUri, StoreProfile> {
        let mut stores = self.stores.into_inner().unwrap_or_else(PoisonError::into_inner);
        stores.values_mut().for_each(|store| store.objects.sort());
        stores
    }
}

fn account(store: &mut StoreProfile, uri: &StoreUri, key: &Key, size: u64, read: &ObjectRead) {
    let one = Amount::one(size);
    let coverage = &mut store.coverage;
    coverage.listed.merge(one);
    match &read.end {
        End::Read => coverage.read.merge(one),
        End::NoText(mime) => coverage.no_text.entry(mime.clone()).or_default().merge(one),
        End::Partly { reason, detail, .. } => {
            coverage.partly_read.merge(one);
            if read.members.is_empty() {
                store.note_skip(skipped(uri, key, None, *reason, detail.clone()));
            }
        }
        End::Skipped { reason, detail } => {
            coverage.skipped.entry(*reason).or_default().merge(one);
            store.note_skip(skipped(uri, key, None, *reason, detail.clone()));
        }
    }
}

fn skipped(
    uri: &StoreUri,
    key: &Key,
    member: Option<String>,
    reason: SkipReason,
    detail: String,
) -> SkippedObject {
    SkippedObject {
        uri: uri.clone(),
        key: key.to_text(),
        key_b64: key.base64(),
        member,
        reason,
        detail,
    }
}

fn object(key: &Key, meta: &ObjectMeta, read: &ObjectRead, summary: &Summary) -> ObjectProfile {
    let partial = match &read.end {
        End::Partly {
            reason, bytes, rows, ..
        } => Some(Partial {
            reason: *reason,
            bytes: *bytes,
            rows: *rows,
        }),
        _ => None,
    };
    ObjectProfile {
        key: key.to_text(),
        key_b64: key.base64(),
        version: meta.version.as_deref().map(str::to_owned),
        etag: meta.etag.as_deref().map(str::to_owned),
        size: meta.size,
        format: read.format,
        table: summary.table.clone(),
        sensitivity: summary.sensitivity,
        partial,
    }
}

/// What an object's own evidence says.
struct Summary {
    sensitivity: Sensitivity,
    matches: u64,
    table: Option<crate::model::id::TableId>,
}

impl Summary {
    fn of(uri: &StoreUri, read: &ObjectRead, judge: &Judge<'_>) -> Self {
        let judged: Vec<_> = read.tables.iter().map(|table| judge.table(uri, table)).collect();
        let findings = judged.iter().flat_map(|t| &t.columns).flat_map(|c| &c.findings);
        Self {
            sensitivity: judged
                .iter()
                .map(|table| table.sensitivity)
                .max()
                .unwrap_or_default(),
            matches: findings
                .filter(|f| f.confidence >= Confidence::Medium)
                .map(|f| f.count)
                .sum(),
            table: read.tables.first().map(|table| table_id(uri, &table.key)),
        }
    }
}
