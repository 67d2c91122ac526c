//! Allowed values, compiled: matches that are no findings.

use std::collections::HashSet;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use sha2::{Digest, Sha256};

use super::CompileError;
use crate::classify::registry::{Allow, Classifier};
use crate::model::id::hex;

/// The allowed values of all classifiers.
#[derive(Debug, Default)]
pub(crate) struct Allowed(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// For each classifier of the program, whether the rule is for it.
    covers: Vec<bool>,
    sha256: HashSet<String>,
    patterns: Option<Regex>,
}

impl Allowed {
    pub(crate) fn compile(allow: &[Allow], classifiers: &[Classifier]) -> Result<Self, CompileError> {
        allow
            .iter()
            .map(|rule| Rule::compile(rule, classifiers))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the value of a match of `classifier` is allowed; `normalised` as the classifier normalises it.
    pub(crate) fn contains(
        &self,
        classifier: u16,
        value: &[u8],
        normalised: impl FnOnce() -> Vec<u8>,
    ) -> bool {
        let mut rules = self
            .0
            .iter()
            .filter(|rule| rule.covers[usize::from(classifier)])
            .peekable();
        if rules.peek().is_none() {
            return false;
        }
        let hash = hex(&Sha256::digest(normalised()));
        rules.any(|rule| {
            rule.sha256.contains(&hash) || rule.patterns.as_ref().is_some_and(|p| p.is_match(value))
        })
    }
}

impl Rule {
    fn compile(allow: &Allow, classifiers: &[Classifier]) -> Result<Self, CompileError> {
        let fail = |why: String| CompileError {
            id: format!("allow ({})", allow.reason),
            why,
        };
        let hashes = allow.sha256.iter().map(|hash| hash.to_ascii_lowercase());
        Ok(Self {
            covers: classifiers.iter().map(|c| allow.covers(c)).collect(),
            sha256: hashes.collect(),
            patterns: patterns(&allow.patterns).map_err(fail)?,
        })
    }
}

fn patterns(patterns: &[String]) -> Result<Option<Regex>, String> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let whole: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("^(?:{pattern})$"))
        .collect();
    Regex::builder()
        .syntax(syntax::Config::new().utf8(false))
        .configure(Regex::config().utf8_empty(false))
        .build_many(&whole)
        .map(Some)
        .map_err(|_| "one of its patterns does not parse".into())
}
