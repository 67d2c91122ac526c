//! The compiled classifiers: what a scanner runs.
//!
//! [`Program::compile`] checks and flattens classifiers once; a [`Program`] is valid because it exists. Its id is the
//! hash of what defines its matches and scores, so that a changed rule is a changed program.

mod automaton;
mod bytes;
mod gate;
mod keywords;
pub(super) mod pattern;
mod prefix;
mod units;

use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::registry::{Boundary, Classifier, Named};
use super::validate::{self, Validator};
use crate::model::id::hex;
use crate::model::tally::Confidence;
pub(crate) use automaton::Accept;
pub(crate) use bytes::ByteSet;
pub(crate) use gate::{AHEAD, BANKS, Bank, Gate, WIDTH};
pub(crate) use keywords::{Keywords, Nearby};
pub(crate) use pattern::{Anchor, Shape};
pub(crate) use units::{Around, Forward, Matcher, Member, Unit};

/// Classifiers made ready to run. Cheap to clone.
#[derive(Clone)]
pub struct Program(Arc<Inner>);

struct Inner {
    classifiers: Vec<Classifier>,
    rules: Vec<Rule>,
    keywords: Keywords,
    id: String,
    matcher: OnceLock<Matcher>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("id", &self.0.id)
            .field("classifiers", &self.0.rules.len())
            .finish()
    }
}

/// One classifier, compiled.
pub(crate) struct Rule {
    /// Forms, the likeliest first: where two match the same bytes, the first counts.
    pub(crate) shapes: Vec<Shape>,
    /// Bytes that may not stand before a match.
    pub(crate) before: ByteSet,
    /// Bytes that may not stand after a match.
    pub(crate) after: ByteSet,
    /// The longest match, in bytes.
    pub(crate) max_len: u32,
    /// All must accept.
    pub(crate) validators: Vec<Validator>,
    /// Where one accepts, the match stays at `low`.
    pub(crate) demoters: Vec<Validator>,
    /// Where one accepts, the match is void.
    pub(crate) voids: Vec<Validator>,
    /// Normalised published test values, sorted.
    pub(crate) placeholders: Vec<Vec<u8>>,
    /// The highest confidence in text.
    pub(crate) ceiling: Confidence,
    /// The natural logarithm of what one accepted value proves: ln(1 / random pass rate), capped.
    pub(crate) check: f64,
    /// How far keywords count, in bytes.
    pub(crate) window: u32,
    /// Column names as sequences of words.
    pub(crate) columns: Vec<Vec<String>>,
}

impl Rule {
    /// Whether all of its validators accept.
    #[inline]
    pub(crate) fn validates(&self, value: &[u8]) -> bool {
        self.validators.iter().all(|valid| valid(value).is_valid())
    }
}

/// Why classifiers do not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compile classifier {id}: {why}")]
pub struct CompileError {
    /// The classifier.
    pub id: String,
    /// What is wrong and what to do.
    pub why: String,
}

/// The most that a check can prove: one in ten thousand.
const CHECK_CAP: f64 = 9.2;

impl Program {
    /// Compiles classifiers in the order of their ids.
    ///
    /// # Errors
    ///
    /// The first classifier that cannot be compiled, by id, with the reason.
    pub fn compile(mut classifiers: Vec<Classifier>) -> Result<Self, CompileError> {
        classifiers.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(pair) = classifiers.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(CompileError {
                id: pair[0].id.clone(),
                why: "the id is used twice".into(),
            });
        }
        let rules = classifiers
            .iter()
            .map(Rule::compile)
            .collect::<Result<Vec<_>, _>>()?;
        let keywords = Keywords::compile(&classifiers);
        let id = identity(&classifiers);
        Ok(Self(Arc::new(Inner {
            classifiers,
            rules,
            keywords,
            id,
            matcher: OnceLock::new(),
        })))
    }

    /// 64 hex digits: SHA-256 over everything that defines the program's matches and scores.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The classifiers, in the order of their indexes in hits.
    pub fn classifiers(&self) -> &[Classifier] {
        &self.0.classifiers
    }

    /// The longest match of any classifier, in bytes.
    pub fn max_len(&self) -> usize {
        self.0
            .rules
            .iter()
            .map(|rule| rule.max_len as usize)
            .max()
            .unwrap_or(0)
    }

    /// The bytes of context that a piece needs on both sides so that cutting changes nothing: the largest match plus
    /// the largest keyword window.
    pub fn overlap(&self) -> usize {
        let window = self
            .0
            .rules
            .iter()
            .map(|rule| rule.window as usize)
            .max()
            .unwrap_or(0);
        self.max_len() + window + self.0.keywords.longest() + 1
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.0.rules
    }

    /// What gated scanners run, derived when first asked for.
    pub(crate) fn matcher(&self) -> &Matcher {
        self.0.matcher.get_or_init(|| Matcher::derive(&self.0.rules))
    }

    pub(crate) fn keywords(&self) -> &Keywords {
        &self.0.keywords
    }
}

/// The version of the meaning of programs: raised when the same classifiers come to match or score differently.
const SEMANTICS: u32 = 1;

fn identity(classifiers: &[Classifier]) -> String {
    let mut hash = Sha256::new();
    hash.update(SEMANTICS.to_le_bytes());
    for c in classifiers {
        let text = serde_json::to_string(&(
            &c.id,
            c.severity,
            c.identifies,
            &c.matching,
            &c.validate,
            &c.context,
        ));
        let text = text.unwrap_or_default();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hex(&hash.finalize())
}

impl Rule {
    fn compile(classifier: &Classifier) -> Result<Self, CompileError> {
        let fail = |why: String| CompileError {
            id: classifier.id.clone(),
            why,
        };
        let (before, after) = boundary(&classifier.matching.boundary).map_err(fail)?;
        let mut shapes = classifier
            .matching
            .patterns
            .iter()
            .map(|p| Shape::parse(&p.regex, p.weight))
            .collect::<Result<Vec<_>, _>>()
            .map_err(fail)?;
        shapes.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        if shapes.is_empty() {
            return Err(fail("it has no pattern".into()));
        }
        let rate = classifier.validate.random_pass_rate;
        if !(0.0..=1.0).contains(&rate) {
            return Err(fail(format!(
                "random_pass_rate is {rate}; it is a share between 0 and 1"
            )));
        }
        let mut placeholders: Vec<Vec<u8>> = classifier
            .validate
            .placeholders
            .iter()
            .map(|v| v.clone().into_bytes())
            .collect();
        placeholders.sort();
        Ok(Self {
            shapes,
            before,
            after,
            max_len: classifier.matching.max_len,
            validators: validators(&classifier.validate.all).map_err(fail)?,
            demoters: validators(&classifier.validate.demote).map_err(fail)?,
            voids: validators(&classifier.validate.void).map_err(fail)?,
            placeholders,
            ceiling: classifier.matching.ceiling,
            check: (-rate.ln()).min(CHECK_CAP),
            window: classifier.context.window,
            columns: classifier
                .context
                .columns
                .iter()
                .map(|name| words(name))
                .collect(),
        })
    }
}

/// The lower-case words of a name: split at anything but letters and digits, and where case or digits change.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in name.chars() {
        if c.is_alphanumeric() {
            let camel = c.is_uppercase() && previous.is_lowercase();
            if camel || !previous.is_alphanumeric() || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        previous = c;
    }
    words
}

fn validators(names: &[String]) -> Result<Vec<Validator>, String> {
    names
        .iter()
        .map(|name| {
            validate::find(name).ok_or_else(|| {
                let near = nearest(name, validate::names());
                format!("there is no validator {name:?}{near}")
            })
        })
        .collect()
}

/// `; did you mean "x"?` for the likeliest of `known`, or nothing.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|k| (strsim::jaro_winkler(word, k), k))
        .filter(|(near, _)| *near > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(String::new(), |(_, k)| format!("; did you mean {k:?}?"))
}

/// A class such as `[0-9A-Za-z_]`.
fn class(class: &str) -> Result<ByteSet, String> {
    let hir = pattern::parse(class)?;
    pattern::single_byte_class(&hir)
        .ok_or_else(|| format!("boundary {class:?} is not a class of single bytes"))
}

const WORD: &str = "(?-u)[0-9A-Za-z_]";

fn boundary(boundary: &Boundary) -> Result<(ByteSet, ByteSet), String> {
    match boundary {
        Boundary::Word | Boundary::Named(Named::Word) => Ok((class(WORD)?, class(WORD)?)),
        Boundary::Named(Named::None) => Ok((ByteSet::EMPTY, ByteSet::EMPTY)),
        Boundary::Classes { before, after } => Ok((class(before)?, class(after)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_into_words() {
        assert_eq!(words("customerSSN_no 2"), ["customer", "ssn", "no", "2"]);
        assert_eq!(words("E-mail"), ["e", "mail"]);
        assert_eq!(words("dateOfBirth"), ["date", "of", "birth"]);
        assert_eq!(words("NÚMERO"), ["número"]);
        assert!(words("--").is_empty());
    }
}
