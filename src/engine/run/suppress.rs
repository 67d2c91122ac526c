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
    /// What it leaves out, until when and why: a report shows nothing else of it.
    said: String,
}

impl Suppressions {
    /// Compiles them for the chosen classifiers; ids and categories are as in `--enable`.
    pub(super) fn new(rules: &[Suppress], classifiers: &[Classifier]) -> Result<Self, EngineError> {
        let rules = rules.iter().map(|rule| Rule::new(rule, classifiers));
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// What each leaves out, until when and why.
    pub(super) fn said(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|rule| rule.said.as_str())
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
        let covered = classifiers.iter().filter(|c| rule.covers(c));
        let (at, until, reason) = (&rule.path, &rule.until, &rule.reason);
        Ok(Self {
            said: format!("findings at {at} are left out until {until}: {reason}"),
            path: path.compile_matcher(),
            classifiers: covered.map(|c| c.id.clone()).collect(),
        })
    }
}
