//! The TOML form of a classifier: what a rule file may hold. Unknown keys are refused with a suggestion.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::risk::{Category, Severity};
use crate::model::tally::Confidence;

/// One classifier, as its file gives it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Classifier {
    /// What reports call it: lower-case words joined by `_`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The kind of data.
    pub category: Category,
    /// ISO 3166 codes of the countries that issue it; empty: worldwide.
    #[serde(default)]
    pub regions: Vec<String>,
    /// How bad one is in the wrong hands.
    pub severity: Severity,
    /// Whether distinct values count people.
    #[serde(default)]
    pub identifies: bool,
    /// What it is, why it matters, and the limits of this rule.
    pub summary: String,
    /// The issuer's own rule.
    #[serde(default)]
    pub references: Vec<String>,
    /// The same thing's name in other tools.
    #[serde(default)]
    pub aliases: BTreeMap<String, Alias>,
    /// What it looks like.
    #[serde(rename = "match")]
    pub matching: Match,
    /// What must hold beyond its shape.
    #[serde(default)]
    pub validate: Validate,
    /// The words that stand near it.
    #[serde(default)]
    pub context: Context,
    /// Texts in which it is found.
    #[serde(default)]
    pub accept: Vec<Accept>,
    /// Texts in which it is not.
    #[serde(default)]
    pub reject: Vec<Reject>,
}

/// One name, or several, in another tool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Alias {
    /// One name.
    One(String),
    /// Several names that this one stands for.
    Many(Vec<String>),
}

impl Classifier {
    /// Whether one of `names` is its id or its category.
    pub(crate) fn is_named_in(&self, names: &[String]) -> bool {
        names
            .iter()
            .any(|name| *name == self.id || *name == self.category.as_str())
    }
}

/// What a classifier's values look like.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The forms it is written in. Left out with `words`: any stretch of text that is as long as a word of the list.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
    /// A file of the only values there are, one a line, beside the classifier's own file. A form then is where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<std::path::PathBuf>,
    /// What may not stand beside it.
    #[serde(default)]
    pub boundary: Boundary,
    /// The longest match, in bytes. Left out with `words`: the longest word.
    #[serde(default)]
    pub max_len: u32,
    /// How two ways to write one value are made equal.
    #[serde(default)]
    pub normalise: Normalise,
    /// The highest confidence that a match in text can reach.
    #[serde(default = "high")]
    pub ceiling: Confidence,
}

fn high() -> Confidence {
    Confidence::High
}

/// One form.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// In regex-automata's syntax, over bytes, without look-around.
    pub regex: String,
    /// What must stand right before it and is no part of the value: `my name is `. The left boundary and `max_len`
    /// count from its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// The natural logarithm of the odds that a match of this form in ordinary text is the thing, before any check,
    /// keyword or name.
    pub weight: f64,
}

/// What may not stand beside a match.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(
    untagged,
    expecting = "`boundary` is \"word\", \"none\" or { before = \"[…]\", after = \"[…]\" }"
)]
pub enum Boundary {
    /// The neighbours are not in `[0-9A-Za-z_]`.
    #[default]
    Word,
    /// One of the names `word` and `none`.
    Named(Named),
    /// Classes of bytes that may not stand before and after.
    Classes {
        /// A regex class, such as `[0-9A-Za-z_.-]`.
        before: String,
        /// The same for the byte after.
        after: String,
    },
}

/// Named boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Named {
    /// The neighbours are not in `[0-9A-Za-z_]`.
    Word,
    /// Anything may stand beside it.
    None,
}

/// How values are made comparable before they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Digits alone.
    Digits,
    /// Letters and digits, letters in upper case.
    AlnumUpper,
    /// Lower case.
    Lower,
    /// As it stands.
    #[default]
    None,
}

/// What must hold beyond the shape.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Validate {
    /// Validators that must all accept.
    pub all: Vec<String>,
    /// The shape of the random strings from which `random_pass_rate` is measured, a regex; left out: the first pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<String>,
    /// The share of random strings of that shape that pass, measured.
    pub random_pass_rate: f64,
    /// Validators that, where they accept, keep the match at `low`: private addresses, reserved domains.
    pub demote: Vec<String>,
    /// The share of real values that pass, where a list decides: no list has all names.
    pub coverage: f64,
    /// What a value's own words weigh, as log-odds that are added to the pattern's: a name of the list of such weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odds: Option<String>,
    /// Validators that, where they accept, make the match void: it is not reported, and nothing else of this classifier is
    /// found in its bytes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub void: Vec<String>,
    /// Validators that, where they accept, leave the match to its column: it counts where it is all of a cell and the column
    /// is called so, and nowhere else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubt: Vec<String>,
    /// Published test values, normalised: a match stays at `low`.
    pub placeholders: Vec<String>,
}

impl Default for Validate {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            random: None,
            random_pass_rate: 1.0,
            demote: Vec::new(),
            coverage: 1.0,
            odds: None,
            void: Vec::new(),
            doubt: Vec::new(),
            placeholders: Vec::new(),
        }
    }
}

/// The words that stand near it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Context {
    /// Column names, as whole lower-case words joined by `_`; behind `=`, those that are all of a name.
    pub columns: Vec<String>,
    /// Names of columns that hold something else that looks so; a name of several words among `columns` goes before them.
    pub not_columns: Vec<String>,
    /// Whole words in the text near a match.
    pub keywords: Vec<String>,
    /// How far keywords count, in bytes on each side, inside the cell.
    pub window: u32,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            not_columns: Vec::new(),
            keywords: Vec::new(),
            window: 48,
        }
    }
}

/// A text in which the classifier finds something.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The text.
    pub text: String,
    /// The least confidence that the best match must reach.
    #[serde(default = "low")]
    pub confidence: Confidence,
    /// What the case shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

fn low() -> Confidence {
    Confidence::Low
}

/// A text in which the classifier finds nothing.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The text.
    pub text: String,
    /// What makes it something else.
    pub why: String,
}
