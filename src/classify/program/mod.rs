//! The compiled classifiers: what a scanner runs.
//!
//! [`Program::compile`] checks and flattens classifiers once; a [`Program`] is valid because it exists. Its id is the
//! hash of what defines its matches and scores, so that a changed rule is a changed program.

mod allow;
mod automaton;
mod begin;
mod bytes;
mod callers;
mod classes;
mod column_names;
mod form;
mod gate;
mod heads;
mod joining;
mod keywords;
mod packed;
pub(super) mod pattern;
mod plans;
mod prefix;
mod sample;
mod shapes;
mod stems;
mod triples;
mod units;
mod words;

use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::odds::{best_values, logistic, of_match};
use super::registry::{Allow, Boundary, Classifier, Named, Normalise, Pattern};
use super::validate::{self, Odds, Validator};
use crate::model::id::hex;
use crate::model::spelling::nearest;
use crate::model::tally::Confidence;
pub(crate) use automaton::{Accept, Known, Walk, nfa};
pub(crate) use begin::{AHEAD, WIDTH, opens_number};
pub(crate) use bytes::ByteSet;
pub(crate) use callers::Callers;
pub(crate) use column_names::{Called, ColumnNames, Heard, TELLING_RATE, words};
pub(crate) use form::NEAR;
pub(crate) use gate::{Bank, Banks, Gate, WORD_BANKS};
pub(crate) use keywords::{Keywords, Nearby};
pub(crate) use pattern::{Anchor, Needs, Shape};
pub(crate) use plans::{Plan, Plans};
pub(crate) use sample::ORDINARY;
pub(crate) use shapes::Seen;
pub(crate) use stems::{READ, Words, from_before, mask};
pub(crate) use units::{Matcher, Member};

/// Classifiers made ready to run. Cheap to clone.
#[derive(Clone)]
pub struct Program(Arc<Inner>);

struct Inner {
    classifiers: Vec<Classifier>,
    rules: Vec<Rule>,
    keywords: Keywords,
    allowed: allow::Allowed,
    id: String,
    least: Confidence,
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
    /// The share of real values that pass.
    pub(crate) coverage: f64,
    /// Whether it is known by its digits alone.
    pub(crate) digits: bool,
    /// Whether it finds credentials.
    pub(crate) secret: bool,
    /// The only values there are.
    words: Option<words::Words>,
    /// What a value's own words weigh.
    odds: Option<Odds>,
    /// Where one accepts, the match is void.
    pub(crate) voids: Vec<Validator>,
    /// Where one accepts, the match counts only in a column that is called so.
    pub(crate) doubts: Vec<Validator>,
    /// Published test values.
    pub(crate) placeholders: Placeholders,
    /// The highest confidence in text.
    pub(crate) ceiling: Confidence,
    /// The natural logarithm of what one accepted value proves: ln(1 / random pass rate), capped.
    pub(crate) check: f64,
    /// Whether no share of valid cells makes a column what is asked for, unless its name says so.
    pub(crate) by_name: bool,
    /// How far keywords count, in bytes.
    pub(crate) window: u32,
    pub(crate) names: ColumnNames,
}

/// Some of a program's classifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classifiers(Box<[u64]>);

impl Classifiers {
    /// Those whose rules are so.
    pub(crate) fn of(rules: &[Rule], so: impl Fn(&Rule) -> bool) -> Self {
        let words = rules.chunks(64).map(|rules| {
            let bits = rules.iter().zip(0u32..);
            bits.fold(0, |word, (rule, bit)| word | u64::from(so(rule)) << bit)
        });
        Self(words.collect())
    }

    pub(crate) fn without(mut self, others: &Self) -> Self {
        let words = self.0.iter_mut().zip(&others.0);
        words.for_each(|(word, other)| *word &= !other);
        self
    }

    #[inline(always)]
    pub(crate) fn contain(&self, classifier: u16) -> bool {
        self.0[usize::from(classifier) / 64] >> (classifier % 64) & 1 == 1
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
    pub fn compile(classifiers: Vec<Classifier>) -> Result<Self, CompileError> {
        Self::compile_with(classifiers, &[], Confidence::Low)
    }

    /// Compiles classifiers whose matches with allowed values are no findings, and of which only findings at `least` or above are
    /// wanted: forms that are less by themselves are then looked for only where a keyword stands near, and in cells that hold
    /// nothing else, which are judged by their column.
    ///
    /// # Errors
    ///
    /// As [`Program::compile`]; or a pattern of allowed values that does not parse.
    pub fn compile_with(
        mut classifiers: Vec<Classifier>,
        allow: &[Allow],
        least: Confidence,
    ) -> Result<Self, CompileError> {
        // What is a value by its name alone, as a column's or a member's, is so at medium.
        let least = least.min(Confidence::Medium);
        classifiers.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(pair) = classifiers.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(CompileError {
                id: pair[0].id.clone(),
                why: "the id is used twice".into(),
            });
        }
        let rules = classifiers
            .iter()
            .map(|classifier| Rule::compile(classifier, least))
            .collect::<Result<Vec<_>, _>>()?;
        let keywords = Keywords::compile(&classifiers);
        let allowed = allow::Allowed::compile(allow, &classifiers)?;
        let id = identity(&classifiers, &rules, allow, least);
        Ok(Self(Arc::new(Inner {
            classifiers,
            rules,
            keywords,
            allowed,
            id,
            least,
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

    /// The least confidence at which all that is found counts; below it only what columns are judged by.
    pub fn least(&self) -> Confidence {
        self.0.least
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
        self.0
            .matcher
            .get_or_init(|| Matcher::derive(&self.0.rules, &self.0.keywords))
    }

    pub(crate) fn allowed(&self) -> &allow::Allowed {
        &self.0.allowed
    }

    pub(crate) fn keywords(&self) -> &Keywords {
        &self.0.keywords
    }
}

/// The version of the meaning of programs: raised when the same classifiers come to match or score differently.
const SEMANTICS: u32 = 6;

fn identity(classifiers: &[Classifier], rules: &[Rule], allow: &[Allow], least: Confidence) -> String {
    let mut hash = Sha256::new();
    hash.update(SEMANTICS.to_le_bytes());
    for (c, rule) in classifiers.iter().zip(rules) {
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
        hash.update(rule.words.as_ref().map_or(&[][..], |words| words.digest()));
    }
    hash.update([least as u8]);
    if !allow.is_empty() {
        hash.update(serde_json::to_string(allow).unwrap_or_default());
    }
    hex(&hash.finalize())
}

impl Rule {
    fn compile(classifier: &Classifier, least: Confidence) -> Result<Self, CompileError> {
        let fail = |why: String| CompileError {
            id: classifier.id.clone(),
            why,
        };
        let (before, after) = boundary(&classifier.matching.boundary).map_err(fail)?;
        let list = classifier.matching.words.as_deref();
        let list = list.map(|path| words::Words::read(path, classifier.matching.normalise));
        let list = list.transpose().map_err(fail)?;
        let mut shapes = patterns(classifier, list.as_ref())
            .iter()
            .map(|p| Shape::parse(&p.regex, p.lead.as_deref(), p.weight))
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
        let check = (-rate.ln()).min(CHECK_CAP);
        let coverage = classifier.validate.coverage.clamp(0.1, 1.0);
        if classifier.validate.odds.is_none() {
            for shape in &mut shapes {
                shape.needs = needs(classifier, shape.weight + check, least);
            }
        }
        let by_name = classifier.validate.odds.is_none() && {
            // The first form is the likeliest.
            let odds = shapes[0].weight + check + best_values(rate, coverage);
            Confidence::of(logistic(odds)) < Some(least)
        };
        Ok(Self {
            shapes,
            before,
            after,
            max_len: match (&list, classifier.matching.max_len) {
                (Some(list), 0) => list.longest() as u32,
                (_, given) => given,
            },
            validators: validators(&classifier.validate.all).map_err(fail)?,
            demoters: validators(&classifier.validate.demote).map_err(fail)?,
            words: list,
            coverage,
            digits: classifier.matching.normalise == Normalise::Digits,
            secret: classifier.category.is_secret(),
            odds: odds(classifier.validate.odds.as_deref()).map_err(fail)?,
            voids: validators(&classifier.validate.void).map_err(fail)?,
            doubts: validators(&classifier.validate.doubt).map_err(fail)?,
            placeholders: Placeholders::of(&classifier.validate.placeholders),
            ceiling: classifier.matching.ceiling,
            check,
            by_name,
            window: classifier.context.window,
            names: ColumnNames::of(classifier),
        })
    }
}

/// Published test values, normalised.
pub(crate) struct Placeholders {
    /// In order.
    all: Vec<Vec<u8>>,
    /// One bit for each first and last byte of one: most values have neither.
    marks: u64,
}

impl Placeholders {
    fn of(values: &[String]) -> Self {
        let mut all: Vec<_> = values.iter().map(|value| value.clone().into_bytes()).collect();
        all.sort();
        let marks = all.iter().fold(0, |marks, value| marks | mark(value));
        Self { all, marks }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a normalised value is one.
    #[inline]
    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        self.marks & mark(value) != 0 && self.all.binary_search_by(|own| own.as_slice().cmp(value)).is_ok()
    }
}

/// The bit of a value's ends.
fn mark(value: &[u8]) -> u64 {
    let ends = value.first().zip(value.last());
    ends.map_or(0, |(first, last)| 1 << ((first.wrapping_mul(7) ^ last) % 64))
}

/// What a match needs whose form and checks give it `odds`, to be at `least` or above.
fn needs(classifier: &Classifier, odds: f64, least: Confidence) -> Needs {
    let reaches = |keyword| {
        let score = of_match(odds, keyword, false, classifier.matching.ceiling);
        Confidence::of(score) >= Some(least)
    };
    // At the lowest level everything is looked for.
    if least == Confidence::Low || reaches(false) {
        Needs::Nothing
    } else if !classifier.context.keywords.is_empty() && reaches(true) {
        Needs::Keyword
    } else {
        Needs::Column
    }
}

/// The odds of a listed word where the file gives no pattern: it is one of the user's own list.
const LISTED: f64 = 3.5;

/// The forms of a classifier; one for any text where a list of words decides alone.
fn patterns(classifier: &Classifier, words: Option<&words::Words>) -> Vec<Pattern> {
    match (classifier.matching.patterns.as_slice(), words) {
        ([], Some(words)) => vec![Pattern {
            regex: words.pattern(),
            lead: None,
            weight: LISTED,
        }],
        (given, _) => given.to_vec(),
    }
}

impl Rule {
    /// Where the value begins in a match of one of the rule's shapes: after the words that lead to it.
    pub(crate) fn value_start(&self, shape: u16, matched: &[u8]) -> usize {
        self.shapes[usize::from(shape)].value_start(matched)
    }

    /// The log-odds of a value in the form that matched, before checks and context.
    pub(crate) fn weight(&self, shape: u16, value: &[u8]) -> f64 {
        self.shapes[usize::from(shape)].weight + self.odds.map_or(0.0, |odds| odds(value))
    }

    /// Whether a value's own words weigh.
    pub(crate) fn has_odds(&self) -> bool {
        self.odds.is_some()
    }

    /// Whether a match counts only where it is all of a cell in a column that is called so.
    pub(crate) fn is_doubtful(&self, matched: &[u8]) -> bool {
        self.doubts.iter().any(|doubt| doubt(matched).is_valid())
    }

    /// Whether all that must hold for the value of a match holds.
    #[inline]
    pub(crate) fn is_valid(&self, value: &[u8]) -> bool {
        self.validators.iter().all(|valid| valid(value).is_valid())
            && self.words.as_ref().is_none_or(|words| words.contains(value))
    }
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

fn odds(name: Option<&str>) -> Result<Option<Odds>, String> {
    let Some(name) = name else { return Ok(None) };
    let known = validate::find_odds(name);
    known
        .map(Some)
        .ok_or_else(|| format!("validate.odds: there are no odds {name:?}"))
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
