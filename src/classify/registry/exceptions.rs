//! What users know to be harmless: values that are allowed everywhere, and paths where findings are expected.
//!
//! They stand in `exceptions.toml` beside users' classifiers. Each says why, and can say until when: an exception that has
//! run out counts for nothing, so that none outlives its reason unseen.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Classifier, RegistryError, malformed, refuse_unknown};

/// The file's name in a folder of classifiers.
pub(super) const FILE: &str = "exceptions.toml";

/// The exceptions of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exceptions {
    /// Values that are no findings.
    pub allow: Vec<Allow>,
    /// Paths where findings are left out.
    pub suppress: Vec<Suppress>,
}

/// Values that are no findings, by hash or by pattern.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// Why.
    pub reason: String,
    /// The classifiers it is for; empty: all.
    #[serde(default)]
    pub classifiers: Vec<String>,
    /// SHA-256 of allowed values, normalised as the classifier does, in hex: a list that gives nothing away.
    #[serde(default)]
    pub sha256: Vec<String>,
    /// Patterns that allowed values match from end to end.
    #[serde(default)]
    pub patterns: Vec<String>,
    /// The last day on which it counts, as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A path where findings are left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Suppress {
    /// Why.
    pub reason: String,
    /// A glob over store and key: `s3://bucket/fixtures/**`.
    pub path: String,
    /// The classifiers it is for; empty: all.
    #[serde(default)]
    pub classifiers: Vec<String>,
    /// The last day on which it counts, as `2027-01-31`.
    pub until: String,
}

impl Exceptions {
    /// Those of a folder; none where it has no such file.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is not one of exceptions; a date is none.
    pub fn of_folder(folder: &Path) -> Result<Self, RegistryError> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path).map_err(|source| RegistryError::Unreadable {
            path: path.clone(),
            source,
        })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// As [`Exceptions::of_folder`].
    pub fn parse(file: &str, text: &str) -> Result<Self, RegistryError> {
        let parsed: Self = toml::from_str(text).map_err(|error| malformed(file, text, &error))?;
        let days = parsed.allow.iter().filter_map(|allow| allow.until.as_ref());
        let mut days = days.chain(parsed.suppress.iter().map(|suppress| &suppress.until));
        match days.find(|day| !is_day(day)) {
            Some(day) => Err(RegistryError::Malformed {
                file: file.to_owned(),
                line: text
                    .lines()
                    .position(|line| line.contains(day.as_str()))
                    .map_or(1, |at| at + 1),
                why: format!("until = {day:?} is no day; write it as \"2027-01-31\""),
            }),
            None => Ok(parsed),
        }
    }

    /// Checks the names in them against the classifiers that there are, chosen or not.
    ///
    /// # Errors
    ///
    /// A name that is neither a classifier nor a category, with a suggestion.
    pub fn check(&self, all: &[Classifier]) -> Result<(), RegistryError> {
        let allowed = self.allow.iter();
        let allowed = allowed.map(|rule| ("what allows values", &rule.reason, &rule.classifiers));
        let suppressed = self.suppress.iter();
        let suppressed = suppressed.map(|rule| ("what suppresses findings", &rule.reason, &rule.classifiers));
        for (what, reason, names) in allowed.chain(suppressed) {
            refuse_unknown(names.iter(), all, || format!("apply {what} ({reason})"))?;
        }
        Ok(())
    }

    /// Adds those of another folder.
    pub fn extend(&mut self, other: Self) {
        self.allow.extend(other.allow);
        self.suppress.extend(other.suppress);
    }

    /// Takes out those that have run out before `today` (`2027-01-31`), and gives their reasons.
    pub fn expire(&mut self, today: &str) -> Vec<String> {
        let mut gone = Vec::new();
        self.allow.retain(|allow| {
            let counts = allow.until.as_deref().is_none_or(|until| until >= today);
            gone.extend((!counts).then(|| allow.reason.clone()));
            counts
        });
        self.suppress.retain(|suppress| {
            let counts = suppress.until.as_str() >= today;
            gone.extend((!counts).then(|| suppress.reason.clone()));
            counts
        });
        gone
    }
}

impl Allow {
    /// Whether it is for a classifier.
    pub fn covers(&self, classifier: &Classifier) -> bool {
        self.classifiers.is_empty() || classifier.is_named_in(&self.classifiers)
    }
}

impl Suppress {
    /// Whether it is for a classifier.
    pub fn covers(&self, classifier: &Classifier) -> bool {
        self.classifiers.is_empty() || classifier.is_named_in(&self.classifiers)
    }
}

/// Days in this form compare as text.
fn is_day(text: &str) -> bool {
    let shape = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let part = |range: std::ops::Range<usize>| text[range].parse::<u8>().unwrap_or(0);
    text.len() == 10
        && text.bytes().enumerate().all(shape)
        && (1..=12).contains(&part(5..7))
        && (1..=31).contains(&part(8..10))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE_TEXT: &str = r#"
[[allow]]
reason = "our switchboard"
classifiers = ["phone"]
patterns = ['\+44 20 7946 0\d{3}']
until = "2027-01-31"

[[suppress]]
reason = "test data"
path = "s3://lake/fixtures/**"
until = "2026-12-31"
"#;

    #[test]
    fn what_has_run_out_counts_for_nothing() {
        let all = Exceptions::parse("e.toml", FILE_TEXT).unwrap();
        let after = |today| {
            let mut left = all.clone();
            let gone = left.expire(today);
            (left.allow.len(), left.suppress.len(), gone)
        };
        assert_eq!(after("2026-12-31"), (1, 1, vec![]));
        assert_eq!(after("2027-01-01"), (1, 0, vec!["test data".to_owned()]));
        assert_eq!(after("2027-02-01").0, 0);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let broken = |from: &str, to: &str| {
            Exceptions::parse("e.toml", &FILE_TEXT.replace(from, to))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            broken("2026-12-31", "soon"),
            "read classifier e.toml:11: until = \"soon\" is no day; write it as \"2027-01-31\""
        );
        assert!(broken("reason = \"test data\"", "raison = \"x\"").contains("did you mean \"reason\"?"));
        assert!(broken("until = \"2026-12-31\"", "").contains("until"));
    }
}
