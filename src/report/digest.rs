//! A store in a few words: what it holds, worst first.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::report::{Finding, Store};
use crate::model::risk::{Level, Severity};
use crate::model::tally::Confidence;

/// What one classifier found in one store, at medium confidence and above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Holding {
    pub(super) classifier: String,
    pub(super) severity: Severity,
    pub(super) columns: u64,
    /// Distinct values: in the whole store for what identifies people, else in the column that has most of them.
    pub(super) distinct: u64,
}

/// What the store holds: most severe first, then most distinct values.
pub(super) fn holdings(store: &Store) -> Vec<Holding> {
    let mut by_classifier: BTreeMap<&str, Holding> = BTreeMap::new();
    let findings = store
        .tables
        .iter()
        .flat_map(|t| &t.columns)
        .flat_map(|c| &c.findings);
    for finding in findings.filter(|f| f.confidence >= Confidence::Medium) {
        let holding = by_classifier
            .entry(&finding.classifier)
            .or_insert_with(|| Holding::none(finding));
        holding.columns += 1;
        holding.distinct = holding.distinct.max(store.subjects.distinct(finding));
    }
    let mut out: Vec<_> = by_classifier.into_values().collect();
    out.sort_by_key(|h| std::cmp::Reverse((h.severity, h.distinct)));
    out
}

impl Holding {
    fn none(finding: &Finding) -> Self {
        Self {
            classifier: finding.classifier.clone(),
            severity: finding.severity,
            columns: 0,
            distinct: 0,
        }
    }
}

/// The order of stores in a list for people: worst risk first by what is possible, then by what is known, then by
/// address.
pub(super) fn urgency(store: &Store) -> (std::cmp::Reverse<(Level, Level, u8)>, &str) {
    let risk = &store.risk;
    (
        std::cmp::Reverse((risk.at_worst(), risk.level, store.sensitivity.score)),
        store.uri.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::report::Report;

    #[test]
    fn what_identifies_people_is_counted_over_all_columns() {
        let sample = include_str!("../../fixtures/report/sample.json");
        let mut report: Report = serde_json::from_str(sample).unwrap();
        let store = report
            .stores
            .iter_mut()
            .find(|store| !store.subjects.by_classifier.is_empty())
            .unwrap();
        let (classifier, people) = store.subjects.by_classifier.iter_mut().next().unwrap();
        *people *= 3;
        let (classifier, people) = (classifier.clone(), *people);
        let held = holdings(store);
        let held = held.iter().find(|held| held.classifier == classifier).unwrap();
        assert_eq!(held.distinct, people);
    }
}
