//! The mergeable profile, `lakewarden.profile/1`: everything that a report is made of, before anything is judged.
//! Shards and runs with the same program and key merge into the profile of the whole.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::exposure::Exposure;
use super::id::{Provider, StoreUri, TableId};
use super::report::{Amount, Coverage, Format, Partial, Settings, SkippedObject};
use super::risk::Sensitivity;
use super::tally::{ColumnTally, Confidence, Merge, Tally};

/// The name and version of the format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This one.
    #[default]
    #[serde(rename = "lakewarden.profile/1")]
    V1,
}

/// What one run, shard or merge of them saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The format.
    pub schema: Schema,
    /// The version of Lakewarden that wrote it.
    pub version: String,
    /// The program that matched: profiles of different programs do not merge.
    pub program_id: String,
    /// Which key made the hashes: profiles of different keys do not merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// What was scanned, as given.
    pub locations: BTreeSet<String>,
    /// What was asked for, as far as it decides the result, and what was left out; nothing secret.
    pub asked: Vec<String>,
    /// SHA-256 of the classifiers.
    pub catalogue_sha256: String,
    /// SHA-256 of the captured settings, if they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_sha256: Option<String>,
    /// The least confidence that reports of it show.
    pub min_confidence: Confidence,
    /// The sampling seed.
    pub seed: u64,
    /// Whether every run ended by itself.
    pub complete: bool,
    /// The stores, by address.
    pub stores: BTreeMap<StoreUri, StoreProfile>,
}

/// One store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreProfile {
    /// The kind of store.
    pub provider: Provider,
    /// The owning account or project, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The region, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Tags of the store.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Settings that stand beside the verdict.
    pub settings: Settings,
    /// Who can reach it.
    pub exposure: Exposure,
    /// Who can reach the objects that no narrower grant covers; absent where no grant is narrower than the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Exposure>,
    /// Objects that are exposed otherwise than their store, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub object_exposures: BTreeMap<String, Exposure>,
    /// What was read.
    pub coverage: Coverage,
    /// Objects in which nothing was found.
    pub clean: Amount,
    /// The tables.
    pub tables: Vec<TableProfile>,
    /// The objects that reports may list, by key and version.
    pub objects: Vec<ObjectProfile>,
    /// What was skipped: the first by key; `coverage` counts them all.
    pub skips: Vec<SkippedObject>,
}

/// What makes objects one table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableKey {
    /// The template of the keys.
    pub template: String,
    /// The template of the member paths, for members of archives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The format.
    pub format: Format,
    /// 80 bits of hash over the columns' paths and types; empty for formats without a schema.
    pub schema: String,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableProfile {
    /// What makes it a table.
    pub key: TableKey,
    /// Objects (members, for archives).
    pub objects: u64,
    /// Rows.
    pub rows: u64,
    /// Decoded bytes.
    pub bytes: u64,
    /// The columns, by path.
    pub columns: BTreeMap<String, ColumnProfile>,
}

impl TableProfile {
    /// An empty table.
    pub fn new(key: TableKey) -> Self {
        Self {
            key,
            objects: 0,
            rows: 0,
            bytes: 0,
            columns: BTreeMap::new(),
        }
    }
}

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    /// Its type in the format's own word; several, joined by `|`, where objects differ.
    pub kind: String,
    /// Its cells.
    pub cells: ColumnTally,
    /// What was found in its cells, by classifier.
    pub found: BTreeMap<String, Tally>,
    /// Classifiers that its own name matches, with the number of objects in which it does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, u64>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectProfile {
    /// The key, as text.
    pub key: String,
    /// The key in base64, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_b64: Option<String>,
    /// The version, where versions were listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What identifies the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Listed bytes.
    pub size: u64,
    /// The format of the object itself.
    pub format: Format,
    /// The table that it is part of; for an archive the first of its members'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableId>,
    /// How sensitive it is by the evidence in it alone.
    pub sensitivity: Sensitivity,
    /// How far it was read, if not to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<Partial>,
}

/// How many skips a store lists.
pub const KEPT_SKIPS: usize = 10_000;

/// Why profiles do not merge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// They were matched by different classifiers.
    #[error(
        "merge profiles: they were made with different classifiers or versions ({ours:.12} and {theirs:.12})"
    )]
    Program {
        /// The program of the first.
        ours: String,
        /// The program of the other.
        theirs: String,
    },
    /// Their hashes were made with different keys, or with keys of one run only.
    #[error(
        "merge profiles: their hashes were made with different keys; run every shard with the same --key"
    )]
    Key,
}

impl Profile {
    /// Adds another profile of the same program and key.
    ///
    /// # Errors
    ///
    /// Their programs or keys differ: nothing was added.
    pub fn merge(&mut self, other: Self) -> Result<(), MergeError> {
        if self.program_id != other.program_id {
            return Err(MergeError::Program {
                ours: self.program_id.clone(),
                theirs: other.program_id,
            });
        }
        if self.key_id.is_none() || self.key_id != other.key_id {
            return Err(MergeError::Key);
        }
        self.locations.extend(other.locations);
        self.complete &= other.complete;
        for (uri, store) in other.stores {
            match self.stores.entry(uri) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(store);
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().merge(store),
            }
        }
        Ok(())
    }
}

impl StoreProfile {
    /// A store of which nothing was read yet.
    pub fn new(provider: Provider, exposure: Exposure) -> Self {
        Self {
            provider,
            account: None,
            region: None,
            labels: BTreeMap::new(),
            settings: Settings::default(),
            exposure,
            beside: None,
            object_exposures: BTreeMap::new(),
            coverage: Coverage::default(),
            clean: Amount::default(),
            tables: Vec::new(),
            objects: Vec::new(),
            skips: Vec::new(),
        }
    }

    /// Notes a skip; the first [`KEPT_SKIPS`] by key, member and reason are kept.
    pub fn note_skip(&mut self, skip: SkippedObject) {
        let at = self
            .skips
            .partition_point(|kept| skip_order(kept) < skip_order(&skip));
        if at < KEPT_SKIPS && self.skips.get(at) != Some(&skip) {
            self.skips.insert(at, skip);
            self.skips.truncate(KEPT_SKIPS);
        }
    }

    /// Adds a table's worth, wherever it belongs.
    pub fn add_table(&mut self, table: TableProfile) {
        match self.tables.binary_search_by(|t| t.key.cmp(&table.key)) {
            Ok(at) => self.tables[at].merge(table),
            Err(at) => self.tables.insert(at, table),
        }
    }
}

fn skip_order(skip: &SkippedObject) -> (&[u8], Option<&str>, &str, &str) {
    (
        skip.key.as_bytes(),
        skip.member.as_deref(),
        skip.reason.as_str(),
        &skip.detail,
    )
}

impl Merge for StoreProfile {
    /// Exposure and settings are those of the worse verdict: both sides looked at the same store.
    fn merge(&mut self, other: Self) {
        if other.exposure.verdict < self.exposure.verdict {
            self.exposure = other.exposure;
            self.beside = other.beside;
            self.settings = other.settings;
        }
        self.account = self.account.take().or(other.account);
        self.region = self.region.take().or(other.region);
        self.labels.extend(other.labels);
        self.object_exposures.extend(other.object_exposures);
        self.coverage.merge(other.coverage);
        self.clean.merge(other.clean);
        other.tables.into_iter().for_each(|table| self.add_table(table));
        self.objects.extend(other.objects);
        self.objects.sort();
        self.objects.dedup();
        other.skips.into_iter().for_each(|skip| self.note_skip(skip));
    }
}

impl Merge for TableProfile {
    fn merge(&mut self, other: Self) {
        self.objects += other.objects;
        self.rows += other.rows;
        self.bytes += other.bytes;
        for (path, column) in other.columns {
            self.columns.entry(path).or_default().merge(column);
        }
    }
}

impl Merge for ColumnProfile {
    fn merge(&mut self, other: Self) {
        let kinds: BTreeSet<&str> = self
            .kind
            .split('|')
            .chain(other.kind.split('|'))
            .filter(|k| !k.is_empty())
            .collect();
        self.kind = kinds.into_iter().collect::<Vec<_>>().join("|");
        self.cells.merge(other.cells);
        for (classifier, tally) in other.found {
            self.found.entry(classifier).or_default().merge(tally);
        }
        for (classifier, objects) in other.named {
            *self.named.entry(classifier).or_default() += objects;
        }
    }
}
