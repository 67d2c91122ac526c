//! The report, `lakewarden.report/1`: what a run says about an estate, from stores down to columns. These types are
//! the contract: the JSON Schema in `docs/` is generated from them, and every output format is written from them.
//!
//! Fields stand in the order in which they are written. Every list is sorted (stores by address, tables by template,
//! columns by path, findings by classifier, skips by key bytes) by whoever builds the report. Optional fields are left
//! out when there is nothing to say; counters are integers; fractions are rounded to four places by [`fraction`].

mod coverage;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::door::Door;
use super::exposure::Exposure;
use super::id::{FindingId, Provider, StoreUri, TableId};
use super::locator::Locator;
use super::risk::{Category, Combination, Risk, Sensitivity, Severity};
use super::skip::SkipReason;
use super::tally::Confidence;

pub use coverage::{Amount, Coverage, Listing};
pub use summary::{ClassifierSummary, GridCell, Summary, SummaryBuilder};

/// The name and version of the format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This one.
    #[default]
    #[serde(rename = "lakewarden.report/1")]
    V1,
}

/// How deep a report goes. `jsonl` is always complete.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// Stores only.
    Stores,
    /// Stores with their tables, columns and findings.
    #[default]
    Tables,
    /// The same with the worst hundred objects of each store.
    Objects,
}

/// A whole report, as the `json` format writes it. Used to read one back; writers push its parts one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The format.
    pub schema: Schema,
    /// What wrote it.
    pub tool: Tool,
    /// The run that it is about.
    pub run: Run,
    /// How deep `stores` goes.
    pub detail: Detail,
    /// Every store, sorted by address.
    pub stores: Vec<Store>,
    /// What was not read, or not to its end; the first ones only (`coverage` has the totals).
    pub skips: Vec<SkippedObject>,
    /// Controls of a framework, judged on this run.
    pub controls: Vec<Control>,
    /// What was read and what was not, over all stores.
    pub coverage: Coverage,
    /// The gates' outcome; absent without a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The estate in one screen.
    pub summary: Summary,
}

/// The program that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `lakewarden`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the compiled classifiers: the same id, the same matches.
    pub program_id: String,
    /// The matching backend; the one part of the report, times and run id aside, that may differ between machines.
    pub backend: String,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its id, random.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    /// The locations asked for.
    pub locations: Vec<String>,
    /// Whose eyes looked (an ARN, a service account, `anonymous`), where the cloud says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The command line with everything secret taken out, then what `exceptions.toml` leaves out, until when and why.
    pub argv_redacted: Vec<String>,
    /// SHA-256 of the effective configuration.
    pub config_sha256: String,
    /// SHA-256 of the classifier files in use.
    pub catalogue_sha256: String,
    /// SHA-256 of the facts file, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_sha256: Option<String>,
    /// Which key made the hashes (never the key), if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The seed of sampling.
    pub seed: u64,
    /// Whether it ran to its end.
    pub complete: bool,
    /// How the program was built.
    pub build: Build,
}

/// How the program was built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Build {
    /// The target triple.
    pub target: String,
    /// `release` or `debug`.
    pub profile: String,
    /// The features that are on, sorted.
    pub features: Vec<String>,
}

/// One store (bucket, container, folder).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Store {
    /// Its address.
    pub uri: StoreUri,
    /// Its provider.
    pub provider: Provider,
    /// The account, project or subscription that owns it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Where it is, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its tags or labels, classified and redacted like every name.
    pub labels: BTreeMap<String, String>,
    /// Settings that do not decide who can reach it but that a reader wants beside it.
    pub settings: Settings,
    /// Who can reach it.
    pub exposure: Exposure,
    /// How sensitive its data is: as its worst table.
    pub sensitivity: Sensitivity,
    /// What both make together.
    pub risk: Risk,
    /// Credentials found in the data of this run that open it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doors: Vec<Door>,
    /// How many people it tells about, at least.
    pub subjects: Subjects,
    /// What was read whole and holds nothing.
    pub clean: Amount,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Its tables, sorted by template.
    pub tables: Vec<Table>,
    /// Its worst objects, worst first, at most a hundred; empty unless asked for.
    pub objects: Vec<Object>,
}

/// Settings that stand beside the verdict. What was not asked or was refused is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// Encryption at rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Whether old versions are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versioning: Option<Versioning>,
    /// Whether access is logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging: Option<bool>,
    /// Whether it serves a static website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<bool>,
}

/// Encryption at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// None.
    None,
    /// With a key that the provider keeps.
    ProviderKey,
    /// With a key that the customer controls.
    CustomerKey,
}

/// Whether old versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Versioning {
    /// Every overwrite and delete leaves the old version.
    Enabled,
    /// Old versions from before stay; new ones are not made.
    Suspended,
    /// Never switched on.
    Disabled,
}

/// How many people a store tells about: a lower bound, the largest distinct count over classifiers that identify.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Subjects {
    /// At least about this many.
    pub estimate: u64,
    /// The relative standard error of the estimate; 0 where it was counted exactly.
    pub relative_error: f64,
    /// Distinct values of each classifier that identifies a person.
    pub by_classifier: BTreeMap<String, u64>,
}

impl Subjects {
    /// Distinct values of a finding's classifier: over all columns together where it identifies people and so was counted
    /// that way, else in this column.
    pub fn distinct(&self, finding: &Finding) -> u64 {
        let together = self.by_classifier.get(&finding.classifier).copied();
        finding.distinct_estimate.max(together.unwrap_or(0))
    }
}

/// Objects (or members of archives) of one store whose keys have the same template, in the same format and with the
/// same schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Stable over runs.
    pub id: TableId,
    /// The key with partitions, digit runs, dates and hashes as `*`; the template of the archive member after `!`.
    pub template: String,
    /// The format of the data, compression left out.
    pub format: Format,
    /// Objects in it.
    pub objects: u64,
    /// Rows read.
    pub rows: u64,
    /// Stored bytes of its objects.
    pub bytes: u64,
    /// How sensitive its data is.
    pub sensitivity: Sensitivity,
    /// The risk under the store's verdict.
    pub risk: Risk,
    /// Its columns, sorted by path.
    pub columns: Vec<Column>,
    /// What makes it worse than its columns one by one.
    pub combinations: Vec<Combination>,
}

/// A format of data or of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Separated values, tabs aside.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON document.
    Json,
    /// JSON documents one after the other.
    Jsonl,
    /// Text without a structure.
    Text,
    /// A tar archive; its members are in tables of their own.
    Tar,
    /// Anything else.
    Other,
}

impl Format {
    /// The format that a word names; `other` for a word that is not known.
    pub fn named(word: &str) -> Self {
        match word {
            "parquet" => Self::Parquet,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "json" => Self::Json,
            "jsonl" => Self::Jsonl,
            "text" => Self::Text,
            "tar" => Self::Tar,
            _ => Self::Other,
        }
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Text => "text",
            Self::Tar => "tar",
            Self::Other => "other",
        }
    }
}

/// A column or field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// `$.customer.email`, `a.b`, `tags[*]`, `name#2`; `$text` for text, `$key` for object keys.
    pub path: String,
    /// Its type, in the format's own word.
    #[serde(rename = "type")]
    pub kind: String,
    /// Cells, nulls and empty ones included.
    pub rows: u64,
    /// Null cells.
    pub nulls: u64,
    /// Cells of no bytes.
    pub empty: u64,
    /// What was found, sorted by classifier.
    pub findings: Vec<Finding>,
}

/// What one classifier found in one column of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable over runs: no time, version or score is in it.
    pub id: FindingId,
    /// The classifier.
    pub classifier: String,
    /// Its category.
    pub category: Category,
    /// Its severity: with `confidence` and `distinct_estimate` this makes the score, so that it can be checked.
    pub severity: Severity,
    /// The level of `score`.
    pub confidence: Confidence,
    /// The probability that this is what the classifier says, 0 to 1.
    pub score: f64,
    /// What the confidence rests on.
    pub basis: Basis,
    /// Valid matches.
    pub count: u64,
    /// Rows with at least one.
    pub rows: u64,
    /// Distinct values, normalised.
    pub distinct_estimate: u64,
    /// The share of distinct cells that are one valid value, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The share that chance alone would give, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_by_chance: Option<f64>,
    /// Why, in sentences.
    pub evidence: Vec<String>,
    /// Traits of what was found that are no secret: names from a closed list.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, BTreeSet<String>>,
    /// The first places, at most fifteen.
    #[schemars(length(max = 15))]
    pub locations: Vec<Locator>,
    /// Whether there are more places than `locations` has.
    #[serde(default, skip_serializing_if = "is_false")]
    pub truncated: bool,
    /// Keyed fingerprints of a few values, to join reports by; only with a key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fingerprints: Vec<String>,
}

/// What a confidence rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The whole column: share of valid values against chance, its name.
    Column,
    /// Single matches and the words around them.
    Text,
    /// The value stands in a name (key, header, member), not in a cell.
    Name,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Object {
    /// Its key as text, lossy where it is not UTF-8.
    pub key: String,
    /// The key's bytes in base64, where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_b64: Option<String>,
    /// Its version or generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its entity tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Stored bytes.
    pub size: u64,
    /// Its format.
    pub format: Format,
    /// The table that it belongs to; of an archive, the worst of its members' tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableId>,
    /// How sensitive its own data is.
    pub sensitivity: Sensitivity,
    /// The risk under its own or its store's verdict.
    pub risk: Risk,
    /// Who can reach it, where it has grants of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
    /// How far it was read, where that is not to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<Partial>,
}

/// How far a partly read object was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Partial {
    /// Why not further.
    pub reason: SkipReason,
    /// Stored bytes read.
    pub bytes: u64,
    /// Rows read.
    pub rows: u64,
}

/// Something that was not read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedObject {
    /// The store.
    pub uri: StoreUri,
    /// The key as text; empty for the store's listing itself.
    pub key: String,
    /// The key's bytes in base64, where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_b64: Option<String>,
    /// The archive member, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Why.
    pub reason: SkipReason,
    /// Where in the data or which permission; never the data.
    pub detail: String,
}

/// A control of a framework, judged on this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Control {
    /// The framework.
    pub framework: String,
    /// The control's number in it.
    pub id: String,
    /// What it asks.
    pub title: String,
    /// The outcome.
    pub result: Outcome,
    /// The stores that decide it, sorted.
    pub stores: Vec<StoreUri>,
    /// Why, in a sentence.
    pub detail: String,
}

/// Pass, fail, or neither can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// Unread bytes or undecided verdicts could hide a failure.
    NotProven,
}

impl Outcome {
    /// The word a report uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotProven => "not_proven",
        }
    }
}

/// The outcome of the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// The worst of the gates: fail before not proven before pass.
    pub result: Outcome,
    /// Each gate.
    pub gates: Vec<Gate>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// Which.
    pub gate: GateKind,
    /// What was asked for: a level, or a percentage.
    pub limit: String,
    /// Its outcome.
    pub result: Outcome,
}

/// The gates there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// No store at this risk or above (`--fail-on`).
    Risk,
    /// No store at this sensitivity or above (`--fail-on-sensitivity`).
    Sensitivity,
    /// At least this share of bytes read (`--min-coverage`).
    Coverage,
}

impl GateKind {
    /// The word a report uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Sensitivity => "sensitivity",
            Self::Coverage => "coverage",
        }
    }
}

/// A fraction as a report writes it: four places, and 0 for what is no number.
pub fn fraction(value: f64) -> f64 {
    if value.is_finite() {
        (value * 10_000.0).round() / 10_000.0
    } else {
        0.0
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_serde_writes() {
        for format in [
            Format::Parquet,
            Format::Csv,
            Format::Tsv,
            Format::Json,
            Format::Jsonl,
            Format::Text,
            Format::Tar,
        ] {
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
            assert_eq!(Format::named(format.as_str()), format);
        }
        assert_eq!(Format::named("docx"), Format::Other);
        for outcome in [Outcome::Pass, Outcome::Fail, Outcome::NotProven] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }

    #[test]
    fn fractions_are_short_and_always_numbers() {
        assert_eq!(fraction(0.123_456), 0.1235);
        assert_eq!(fraction(f64::NAN), 0.0);
    }
}
