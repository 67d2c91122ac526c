//! Suppressions: paths where the user expects what is found, and says why and until when.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use super::EngineError;
use crate::classify::registry::{Classifier, Suppress};
use crate::model::id::StoreUri;
use crate::model::profile::TableProfile;

/// The suppressions of a run.
#[derive(Debug, Default)]
pub(super) struct Suppressions(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    path: GlobMatcher,
    /// The ids of the classifiers it is for.
    classifiers: BTreeSet<String>,
}

impl Suppressions {
    /// Compiles them for the chosen classifiers; ids and categories are as in `--enable`.
    pub(super) fn new(rules: &[Suppress], classifiers: &[Classifier]) -> Result<Self, EngineError> {
        let rules = rules.iter().map(|rule| Rule::new(rule, classifiers));
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// Takes out of an object's tables what is suppressed at its path.
    pub(super) fn apply(&self, store: &StoreUri, key: &str, tables: &mut [TableProfile]) {
        if self.0.is_empty() {
            return;
        }
        let path = format!("{store}/{key}");
        for rule in self.0.iter().filter(|rule| rule.path.is_match(&path)) {
            let columns = tables.iter_mut().flat_map(|table| table.columns.values_mut());
            for column in columns {
                column.found.retain(|id, _| !rule.classifiers.contains(id));
                column.named.retain(|id, _| !rule.classifiers.contains(id));
            }
        }
    }
}

impl Rule {
    fn new(rule: &Suppress, classifiers: &[Classifier]) -> Result<Self, EngineError> {
        let path = GlobBuilder::new(&rule.path)
            .literal_separator(true)
            .build()
            .map_err(|error| EngineError::Usage(format!("suppress ({}): {error}", rule.reason)))?;
        let named = |c: &Classifier| {
            rule.classifiers
                .iter()
                .any(|n| *n == c.id || n == c.category.as_str())
        };
        let is_for = |c: &&Classifier| rule.classifiers.is_empty() || named(c);
        Ok(Self {
            path: path.compile_matcher(),
            classifiers: classifiers.iter().filter(is_for).map(|c| c.id.clone()).collect(),
        })
    }
}
