//! The estate in one screen, added up store by store.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Finding, Store};
use crate::model::exposure::Verdict;
use crate::model::risk::{Category, Level, Severity};
use crate::model::tally::Confidence;

/// The estate in one screen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Stores.
    pub stores: u64,
    /// Tables.
    pub tables: u64,
    /// Objects listed.
    pub objects: u64,
    /// Bytes listed.
    pub bytes: u64,
    /// Rows read.
    pub rows: u64,
    /// Findings at medium confidence and above.
    pub findings: u64,
    /// People told about in the store with most of them: a lower bound for the estate (the same person may be in
    /// several stores, so stores are not added up).
    pub subjects: u64,
    /// Stores by risk level.
    pub risk: BTreeMap<Level, u64>,
    /// Stores by verdict and sensitivity: the exposure map. Widest reach first, then most sensitive; empty cells are
    /// left out.
    pub grid: Vec<GridCell>,
    /// Findings by classifier, worst first.
    pub classifiers: Vec<ClassifierSummary>,
}

/// A cell of the exposure map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GridCell {
    /// How far the stores can be reached.
    pub verdict: Verdict,
    /// How sensitive they are.
    pub sensitivity: Level,
    /// How many.
    pub stores: u64,
    /// Objects listed in them.
    pub objects: u64,
    /// Bytes listed in them.
    pub bytes: u64,
}

/// What one classifier found in the estate, at medium confidence and above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClassifierSummary {
    /// The classifier.
    pub classifier: String,
    /// Its category.
    pub category: Category,
    /// Its severity.
    pub severity: Severity,
    /// The worst risk of a store that it was found in.
    pub risk: Level,
    /// The widest reach of a store that it was found in.
    pub verdict: Verdict,
    /// Stores with it.
    pub stores: u64,
    /// Columns with it.
    pub columns: u64,
    /// Matches.
    pub count: u64,
    /// Distinct values in the store that has most of them, where they identify people; else in the column that has most.
    pub distinct_estimate: u64,
}

/// Adds a summary up, store by store. The order of the stores does not matter.
#[derive(Debug, Clone, Default)]
pub struct SummaryBuilder {
    totals: Summary,
    grid: BTreeMap<(Verdict, std::cmp::Reverse<Level>), GridCell>,
    classifiers: BTreeMap<String, ClassifierSummary>,
}

impl SummaryBuilder {
    /// Starts with nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a store with all of its tables.
    pub fn add(&mut self, store: &Store) {
        self.add_totals(store);
        self.add_cell(store);
        let mut here: BTreeMap<&str, ()> = BTreeMap::new();
        let columns = store.tables.iter().flat_map(|t| &t.columns);
        for finding in columns
            .flat_map(|c| &c.findings)
            .filter(|f| f.confidence >= Confidence::Medium)
        {
            self.totals.findings += 1;
            let first = here.insert(&finding.classifier, ()).is_none();
            self.add_finding(store, finding, first);
        }
    }

    fn add_totals(&mut self, store: &Store) {
        let t = &mut self.totals;
        t.stores += 1;
        t.tables += store.tables.len() as u64;
        t.objects += store.coverage.listed.objects;
        t.bytes += store.coverage.listed.bytes;
        t.rows += store.tables.iter().map(|t| t.rows).sum::<u64>();
        t.subjects = t.subjects.max(store.subjects.estimate);
        *t.risk.entry(store.risk.level).or_default() += 1;
    }

    fn add_cell(&mut self, store: &Store) {
        let (verdict, sensitivity) = (store.exposure.verdict, store.sensitivity.level);
        let empty = GridCell {
            verdict,
            sensitivity,
            stores: 0,
            objects: 0,
            bytes: 0,
        };
        let cell = self
            .grid
            .entry((verdict, std::cmp::Reverse(sensitivity)))
            .or_insert(empty);
        cell.stores += 1;
        cell.objects += store.coverage.listed.objects;
        cell.bytes += store.coverage.listed.bytes;
    }

    fn add_finding(&mut self, store: &Store, finding: &Finding, first_in_store: bool) {
        let row = self
            .classifiers
            .entry(finding.classifier.clone())
            .or_insert_with(|| ClassifierSummary {
                classifier: finding.classifier.clone(),
                category: finding.category,
                severity: finding.severity,
                risk: Level::None,
                verdict: store.exposure.verdict,
                stores: 0,
                columns: 0,
                count: 0,
                distinct_estimate: 0,
            });
        row.risk = row.risk.max(store.risk.level);
        row.verdict = row.verdict.min(store.exposure.verdict);
        row.stores += u64::from(first_in_store);
        row.columns += 1;
        row.count += finding.count;
        row.distinct_estimate = row.distinct_estimate.max(store.subjects.distinct(finding));
    }

    /// The summary.
    pub fn finish(self) -> Summary {
        let mut classifiers: Vec<_> = self.classifiers.into_values().collect();
        classifiers.sort_by(|a, b| {
            (b.risk, b.severity, b.distinct_estimate)
                .cmp(&(a.risk, a.severity, a.distinct_estimate))
                .then_with(|| a.classifier.cmp(&b.classifier))
        });
        Summary {
            grid: self.grid.into_values().collect(),
            classifiers,
            ..self.totals
        }
    }
}
