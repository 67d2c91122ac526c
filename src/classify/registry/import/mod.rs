//! Other tools' rules → classifiers, with every part that could not be carried over named by its line.
//!
//! What comes out is a beginning: it compiles, but has no examples yet, which `classifiers check` asks for.

mod gitleaks;
mod pattern;
mod presidio;

use super::{Accept, Boundary, Classifier, Context, Match, Named, Normalise, Pattern, Reject, Validate};
use crate::model::risk::{Category, Severity};
use crate::model::tally::Confidence;

/// What became of a file of rules.
#[derive(Debug, Default)]
pub struct Imported {
    /// One for each rule that could be carried over.
    pub classifiers: Vec<Classifier>,
    /// What could not be, by line.
    pub notes: Vec<Note>,
}

/// Something that was not carried over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The 1-based line.
    pub line: usize,
    /// The rule.
    pub rule: String,
    /// What was left out and what it means.
    pub what: String,
}

/// Why a file gives nothing at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("import {file}: {why}")]
pub struct ImportError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
}

/// Reads the rules of gitleaks (`.toml`) or the recognisers of Presidio (`.yaml`, `.yml`).
///
/// # Errors
///
/// The file is of neither kind, does not parse or holds no rules.
pub fn import(file: &str, text: &str) -> Result<Imported, ImportError> {
    let fail = |why: String| ImportError {
        file: file.to_owned(),
        why,
    };
    let extension = file.rsplit('.').next().unwrap_or_default();
    let mut imported = match extension {
        "toml" => gitleaks::import(text).map_err(fail)?,
        "yaml" | "yml" => presidio::import(text).map_err(fail)?,
        _ => {
            return Err(fail(
                "it is neither rules of gitleaks (.toml) nor recognisers of Presidio (.yaml)".into(),
            ));
        }
    };
    imported.notes.sort();
    Ok(imported)
}

/// Collects one rule's notes.
struct Notes<'a> {
    text: &'a str,
    rule: String,
    /// The line at which the rule begins, from 0.
    from: usize,
    all: &'a mut Vec<Note>,
}

impl Notes<'_> {
    /// Notes something about the line below the rule's first that holds `near`; the rule's first where none does.
    fn add(&mut self, near: &str, what: impl Into<String>) {
        let mut lines = self.text.lines().skip(self.from);
        self.all.push(Note {
            line: self.from + 1 + lines.position(|line| line.contains(near)).unwrap_or(0),
            rule: self.rule.clone(),
            what: what.into(),
        });
    }
}

/// The line, from 0, at or after `from` that holds all of `parts`.
fn line_of(text: &str, from: usize, parts: &[&str]) -> usize {
    let lines = text.lines().enumerate().skip(from);
    let mut fitting = lines.filter(|(_, line)| parts.iter().all(|part| line.contains(part)));
    fitting.next().map_or(from, |(at, _)| at)
}

/// An id from a name: lower-case words joined by `_`.
fn id(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    match words.join("_") {
        id if id.starts_with(|c: char| c.is_ascii_lowercase()) => id,
        id => format!("rule_{id}"),
    }
}

/// A classifier with the parts that rules of other tools have.
fn classifier(
    id: String,
    name: String,
    category: Category,
    patterns: Vec<Pattern>,
    max_len: u32,
) -> Classifier {
    Classifier {
        id,
        name: name.clone(),
        category,
        regions: Vec::new(),
        severity: match category {
            Category::Credential => Severity::Critical,
            _ => Severity::Medium,
        },
        identifies: false,
        summary: name,
        references: Vec::new(),
        aliases: Default::default(),
        matching: Match {
            patterns,
            words: None,
            boundary: Boundary::Named(Named::Word),
            max_len,
            normalise: Normalise::None,
            ceiling: Confidence::High,
        },
        validate: Validate::default(),
        context: Context::default(),
        accept: Vec::<Accept>::new(),
        reject: Vec::<Reject>::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Program;

    fn lines(imported: &Imported) -> Vec<String> {
        imported
            .notes
            .iter()
            .map(|n| format!("{}: {}: {}", n.line, n.rule, n.what))
            .collect()
    }

    #[test]
    fn rules_of_gitleaks_become_classifiers() {
        let text = r#"title = "mine"

[[rules]]
id = "acme-token"
description = "Acme token"
regex = '''\b(acme_[a-z0-9]{20,})(?:['|\"|\s]|$)'''
entropy = 3.5
keywords = ["acme_"]

[[rules]]
id = "by-path"
description = "A file"
path = '''\.p12$'''
"#;
        let imported = import("rules.toml", text).unwrap();
        assert_eq!(imported.classifiers.len(), 1);
        assert_eq!(imported.classifiers[0].id, "acme_token");
        assert!(Program::compile(imported.classifiers.clone()).is_ok());
        let said = lines(&imported).join("\n");
        for part in [
            "6: acme-token: a repetition without an end",
            "7: acme-token: entropy",
            "11: by-path: it has no regex",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }

    #[test]
    fn recognisers_of_presidio_become_classifiers() {
        let text = r#"recognizers:
  - name: "Ticket recogniser"
    supported_entity: "TICKET_NO"
    supported_languages: [en]
    patterns:
      - name: "ticket"
        regex: '\bTK\d{6}\b'
        score: 0.6
      - name: "behind"
        regex: '(?<=no )\d{6}'
        score: 0.3
    context: [ticket, case]
  - name: "Project names"
    supported_entity: "PROJECT"
    deny_list: ["Blue Heron", "Nightjar"]
"#;
        let imported = import("recognizers.yaml", text).unwrap();
        let ids: Vec<&str> = imported.classifiers.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids, ["ticket_no", "project"]);
        assert_eq!(imported.classifiers[0].context.keywords, ["ticket", "case"]);
        assert!(Program::compile(imported.classifiers.clone()).is_ok());
        let said = lines(&imported).join("\n");
        assert!(
            said.contains("10: TICKET_NO: this regex is not carried over"),
            "{said}"
        );
    }

    #[test]
    fn other_files_are_refused() {
        assert!(import("x.json", "{}").is_err());
        assert!(
            import("x.toml", "a = 1")
                .unwrap_err()
                .to_string()
                .contains("no [[rules]]")
        );
        assert!(
            import("x.yaml", "a: 1")
                .unwrap_err()
                .to_string()
                .contains("no list of recognizers")
        );
    }
}
