//! Where something was found: bytes, rows, lines and members, never values.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tally::Merge;

/// A place in an object. Ordered by object, member, row, line, page and byte, so that "the smallest fifteen" mean the
/// same in every run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Locator {
    /// The object's key, as the report shows it.
    pub object: Arc<str>,
    /// The path inside the archive, `!` between nested members.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<Arc<str>>,
    /// 0-based data row: a CSV header does not count; the record of JSON lines; cells of a list share their row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<u64>,
    /// 1-based line, text only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// 1-based page of a document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page: Option<u64>,
    /// 0-based byte in the decoded UTF-8 of the innermost member.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub byte: Option<u64>,
}

/// How many locations a finding keeps.
pub const KEPT: usize = 15;

/// The smallest [`KEPT`] locators offered, whatever the order they came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SmallestLocators(BTreeSet<Locator>);

impl SmallestLocators {
    /// Offers one; it is built only if it can still be among the smallest.
    pub fn offer(&mut self, locator: Locator) {
        if self.0.len() < KEPT || self.0.last().is_some_and(|largest| locator < *largest) {
            self.0.insert(locator);
            if self.0.len() > KEPT {
                self.0.pop_last();
            }
        }
    }

    /// Smallest first.
    pub fn iter(&self) -> impl Iterator<Item = &Locator> {
        self.0.iter()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the set is full and everything at or past `row` of the same part would be refused. Lets the hot path
    /// skip building locators that cannot be kept.
    pub fn is_full(&self) -> bool {
        self.0.len() == KEPT
    }
}

impl Merge for SmallestLocators {
    fn merge(&mut self, other: Self) {
        for locator in other.0 {
            self.offer(locator);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(row: u64) -> Locator {
        Locator {
            object: "k".into(),
            member: None,
            row: Some(row),
            line: None,
            page: None,
            byte: None,
        }
    }

    proptest! {
        #[test]
        fn any_order_and_split_keeps_the_same_fifteen(rows in prop::collection::vec(0u64..50, 0..80), cut in 0usize..80) {
            let mut whole = SmallestLocators::default();
            rows.iter().for_each(|r| whole.offer(at(*r)));
            let (a, b) = rows.split_at(cut.min(rows.len()));
            let (mut left, mut right) = (SmallestLocators::default(), SmallestLocators::default());
            a.iter().rev().for_each(|r| left.offer(at(*r)));
            b.iter().for_each(|r| right.offer(at(*r)));
            right.merge(left);
            prop_assert_eq!(whole, right);
        }
    }
}
