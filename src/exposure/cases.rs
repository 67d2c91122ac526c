//! The cases of `fixtures/exposure/`: facts, and the verdict, grants, rule and undecided permissions they must give.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::judge;
use crate::model::exposure::{Exposure, Grant, Rule, Verdict};
use crate::model::facts::{Facts, StoreFacts};

/// One case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The provider's document, or our own principle, that settles it.
    because: String,
    /// A rule that must be among the reasons.
    #[serde(default)]
    rule: Option<Rule>,
    /// The setting that the rule must have been read from.
    #[serde(default)]
    source: Option<String>,
    facts: Value,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    verdict: Verdict,
    /// The permissions named as missing; absent where everything is decided.
    #[serde(default)]
    undecided: Option<Vec<String>>,
    /// Grants in short, see [`short`].
    grants: BTreeSet<String>,
}

/// The files of all cases.
pub(super) fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/exposure");
    let folders = ["aws", "gcp", "azure", "local"].map(|p| root.join(p));
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|f| fs::read_dir(f).unwrap())
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    files
}

/// The facts of one store, as they would stand in a facts file.
pub(super) fn facts(store: &Value) -> StoreFacts {
    let file = serde_json::json!({ "schema": "lakewarden.facts/1", "stores": [store] });
    Facts::parse(&file.to_string()).unwrap().stores.remove(0)
}

/// A grant in one line: `live anyone read prefix public/ via policy`.
pub(super) fn short(grant: &Grant) -> String {
    let mut line = format!("{} {}", word(&grant.state), word(&grant.audience.kind));
    if let Some(name) = &grant.audience.name {
        line += &format!(" {name}");
    }
    line += &format!(" {} {}", word(&grant.permission), word(&grant.scope.kind));
    if let Some(value) = &grant.scope.value {
        line += &format!(" {value}");
    }
    line += &format!(" via {}", word(&grant.via));
    if let Some(condition) = &grant.scope.condition {
        line += &format!(" if {condition}");
    }
    line
}

/// The one word that a plain enum serialises to.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// What is wrong with an exposure, one line each.
fn complaints(case: &Case, got: &Exposure) -> Vec<String> {
    let mut wrong = Vec::new();
    if got.verdict != case.expect.verdict {
        wrong.push(format!(
            "verdict {:?}, expected {:?}",
            got.verdict, case.expect.verdict
        ));
    }
    let missing = got.undecided.as_ref().map(|u| u.missing.clone());
    if missing != case.expect.undecided {
        wrong.push(format!(
            "undecided {missing:?}, expected {:?}",
            case.expect.undecided
        ));
    }
    let grants: BTreeSet<_> = got.grants.iter().map(short).collect();
    if grants != case.expect.grants {
        wrong.push(format!("grants {grants:#?}, expected {:#?}", case.expect.grants));
    }
    if let Some(rule) = case.rule {
        let source = case.source.as_deref().unwrap_or("");
        let there = |r: &crate::model::exposure::Reason| {
            r.rule == rule && r.source.split(" (").next() == Some(source)
        };
        if !got.reasons.iter().any(there) {
            wrong.push(format!(
                "no reason {} from {source}: {:#?}",
                rule.as_str(),
                got.reasons
            ));
        }
    }
    wrong
}

#[test]
fn every_case_is_judged_as_expected() {
    let mut wrong = Vec::new();
    for file in files() {
        let case: Case = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert!(!case.because.is_empty());
        let got = judge(&facts(&case.facts));
        wrong.extend(
            complaints(&case, &got)
                .into_iter()
                .map(|c| format!("{}: {c}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let mut seen = BTreeSet::new();
    for file in files() {
        let case: Case = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        seen.extend(judge(&facts(&case.facts)).reasons.into_iter().map(|r| r.rule));
    }
    // What a probe finds, or what lies in data, is no setting.
    seen.extend([Rule::Probe, Rule::Door]);
    let unseen: Vec<_> = Rule::ALL.iter().filter(|r| !seen.contains(r)).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn private_is_never_said_beside_something_undecided() {
    for file in files() {
        let case: Case = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let got = judge(&facts(&case.facts));
        assert!(
            got.verdict != Verdict::Private || got.undecided.is_none(),
            "{}",
            file.display()
        );
        assert!(
            !got.verdict.is_open_question() || got.undecided.is_some(),
            "{}",
            file.display()
        );
    }
}

#[test]
fn facts_survive_writing_and_reading() {
    for file in files() {
        let case: Case = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let store = facts(&case.facts);
        let again = facts(&serde_json::to_value(&store).unwrap());
        assert_eq!(judge(&again), judge(&store), "{}", file.display());
    }
}
