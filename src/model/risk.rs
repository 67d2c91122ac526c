//! How sensitive, how reachable, and what the two make together. Everything here is a pure function on integers, so a
//! reader can check a score by hand and the same findings give the same risk on every machine.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::exposure::Verdict;
use super::tally::Confidence;

/// How bad it is if one value of a classifier gets out. Fixed per classifier, in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Says little about a person by itself (an IP address).
    Low,
    /// Reaches a person or tells them apart (an e-mail address).
    Medium,
    /// Allows fraud or impersonation (a payment card, a national id).
    High,
    /// Opens a door at once (a private key, a cloud key).
    Critical,
}

impl Severity {
    /// The points it gives a table.
    pub const fn points(self) -> u8 {
        match self {
            Self::Low => 10,
            Self::Medium => 30,
            Self::High => 60,
            Self::Critical => 80,
        }
    }

    /// The word a report uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What kind of thing a classifier finds. The list is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Ways to reach a person: e-mail, telephone.
    Contact,
    /// Numbers that a state gives its people.
    NationalId,
    /// Cards, accounts, banks.
    Financial,
    /// Health and care.
    Health,
    /// Keys, tokens, passwords.
    Credential,
    /// Addresses of machines.
    Network,
    /// What a person is: date of birth, gender.
    Demographic,
    /// Traces of model training and use.
    Ai,
}

impl Category {
    /// Whether it counts before what merely holds it: keys of all kinds, and what is planted for models.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Credential | Self::Ai)
    }

    /// Every category.
    pub const ALL: [Self; 8] = [
        Self::Contact,
        Self::NationalId,
        Self::Financial,
        Self::Health,
        Self::Credential,
        Self::Network,
        Self::Demographic,
        Self::Ai,
    ];

    /// The word that classifier files, flags and reports use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::NationalId => "national_id",
            Self::Financial => "financial",
            Self::Health => "health",
            Self::Credential => "credential",
            Self::Network => "network",
            Self::Demographic => "demographic",
            Self::Ai => "ai",
        }
    }
}

/// Categories that are worse in one table than apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// A credential beside a way to reach its holder: an account can be taken over.
    AccountTakeover,
    /// A health attribute beside something that names the person.
    HealthOfNamedPeople,
    /// A national id beside who the person is: enough to open an account in their name.
    IdentityTheft,
    /// A card or account beside a way to reach its holder: enough to pay or to phish with.
    PaymentFraud,
}

impl Combination {
    /// Every combination.
    pub const ALL: [Self; 4] = [
        Self::AccountTakeover,
        Self::HealthOfNamedPeople,
        Self::IdentityTheft,
        Self::PaymentFraud,
    ];

    /// Those that a table with these categories makes, sorted. More categories never take one away.
    pub fn among(categories: &BTreeSet<Category>) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|c| c.sides().iter().all(|side| touches(categories, side)))
            .collect()
    }

    /// One of each side must be there.
    const fn sides(self) -> [&'static [Category]; 2] {
        use Category::{Contact, Credential, Demographic, Financial, Health, NationalId};
        match self {
            Self::AccountTakeover => [&[Credential], &[Contact]],
            Self::HealthOfNamedPeople => [&[Health], &[Contact, NationalId]],
            Self::IdentityTheft => [&[NationalId], &[Contact, Demographic]],
            Self::PaymentFraud => [&[Financial], &[Contact]],
        }
    }

    /// In a sentence.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::AccountTakeover => "credentials beside contact data",
            Self::HealthOfNamedPeople => "health data beside data that names the person",
            Self::IdentityTheft => "national ids beside contact or demographic data",
            Self::PaymentFraud => "payment data beside contact data",
        }
    }
}

fn touches(categories: &BTreeSet<Category>, side: &[Category]) -> bool {
    side.iter().any(|c| categories.contains(c))
}

/// A step of sensitivity or of risk; both use the same five words and bands.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing: score 0.
    #[default]
    None,
    /// Score 1 to 29.
    Low,
    /// Score 30 to 59.
    Medium,
    /// Score 60 to 79.
    High,
    /// Score 80 to 100.
    Critical,
}

impl Level {
    /// Every level, worst last.
    pub const ALL: [Self; 5] = [Self::None, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The level of a score.
    pub const fn of(score: u8) -> Self {
        match score {
            0 => Self::None,
            1..=29 => Self::Low,
            30..=59 => Self::Medium,
            60..=79 => Self::High,
            _ => Self::Critical,
        }
    }

    /// The scores that belong to it.
    const fn band(self) -> (u8, u8) {
        match self {
            Self::None => (0, 0),
            Self::Low => (1, 29),
            Self::Medium => (30, 59),
            Self::High => (60, 79),
            Self::Critical => (80, 100),
        }
    }

    /// The word a report uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sensitive the data of a table, object or store is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// 0 to 100.
    #[schemars(range(max = 100))]
    pub score: u8,
    /// The level that the score falls in.
    pub level: Level,
}

impl Sensitivity {
    /// With this score; above 100 counts as 100.
    pub fn new(score: u8) -> Self {
        let score = score.min(100);
        Self {
            score,
            level: Level::of(score),
        }
    }

    /// Of a table: the highest over what was found of severity plus volume, plus ten for each toxic combination, at
    /// most twenty. Findings below medium confidence do not count.
    pub fn of_table(found: impl IntoIterator<Item = Found>) -> Self {
        let mut worst = 0;
        let mut categories = BTreeSet::new();
        for f in found.into_iter().filter(|f| f.confidence >= Confidence::Medium) {
            worst = worst.max(f.severity.points() + volume_points(f.distinct));
            categories.insert(f.category);
        }
        let together = (Combination::among(&categories).len().min(2) as u8) * 10;
        Self::new(worst + together)
    }

    /// Of a store: its worst table's.
    pub fn of_store(tables: impl IntoIterator<Item = Self>) -> Self {
        tables.into_iter().max().unwrap_or_default()
    }
}

/// What one classifier found in a table, as far as it counts for the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The classifier's severity.
    pub severity: Severity,
    /// The classifier's category.
    pub category: Category,
    /// The finding's confidence.
    pub confidence: Confidence,
    /// Distinct values, estimated.
    pub distinct: u64,
}

/// The step that volume adds.
const fn volume_points(distinct: u64) -> u8 {
    match distinct {
        0..=99 => 0,
        100..=9_999 => 5,
        10_000..=999_999 => 10,
        _ => 15,
    }
}

/// What sensitivity and reach make together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// 0 to 100, within the level's band by sensitivity, so that sorting by it is sorting by level first.
    #[schemars(range(max = 100))]
    pub score: u8,
    /// The risk table's answer for what is known.
    pub level: Level,
    /// The answer if what could not be read of the settings were bad: as if any customer of the cloud had access.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upper: Option<Level>,
    /// The steps to the level, in sentences.
    pub why: Vec<String>,
}

impl Risk {
    /// The level that sorting and gates go by: the upper one where there is one.
    pub fn at_worst(&self) -> Level {
        self.upper.unwrap_or(self.level).max(self.level)
    }
}

/// A column of the risk table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Private,
    Latent,
    External,
    Broad,
    Public,
    Writable,
}

impl From<Verdict> for Reach {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::PublicWrite => Self::Writable,
            Verdict::PublicList | Verdict::PublicRead => Self::Public,
            Verdict::PublicKeys | Verdict::AnyAuthenticated => Self::Broad,
            Verdict::External => Self::External,
            Verdict::Latent => Self::Latent,
            Verdict::Private | Verdict::Unknown | Verdict::Inconclusive => Self::Private,
        }
    }
}

/// The risk table: row by sensitivity, column by reach.
const fn table(sensitivity: Level, reach: Reach) -> Level {
    use Level::{Critical, High, Low, Medium, None};
    let row = match sensitivity {
        None => [None, None, None, None, Low, Medium],
        Low => [None, Low, Low, Medium, Medium, High],
        Medium => [Low, Medium, Medium, High, High, High],
        High => [Low, High, High, Critical, Critical, Critical],
        Critical => [Medium, High, Critical, Critical, Critical, Critical],
    };
    row[reach as usize]
}

/// The level for a sensitivity and a verdict. `unknown` and `inconclusive` count as private here; see [`upper`].
pub fn level(sensitivity: Level, verdict: Verdict) -> Level {
    table(sensitivity, Reach::from(verdict))
}

/// The level if what is undecided were as if any customer of the cloud had access. `None` where all is decided or
/// where no worse is possible by it.
pub fn upper(sensitivity: Level, verdict: Verdict, undecided: bool) -> Option<Level> {
    let open = undecided || matches!(verdict, Verdict::Unknown | Verdict::Inconclusive);
    (open && Reach::from(verdict) < Reach::Broad).then(|| table(sensitivity, Reach::Broad))
}

/// The risk of data this sensitive under this verdict. `undecided` says that a source of grants could not be read;
/// `holds` names what the score comes from (`"payment_card, about 41200 distinct values"`), empty if nothing was found.
pub fn judge(sensitivity: Sensitivity, verdict: Verdict, undecided: bool, holds: &[String]) -> Risk {
    let level = level(sensitivity.level, verdict);
    let upper = upper(sensitivity.level, verdict, undecided);
    Risk {
        score: score(level, sensitivity),
        level,
        upper,
        why: why(sensitivity, verdict, level, upper, holds),
    }
}

/// The place in the level's band that the sensitivity gives.
fn score(level: Level, sensitivity: Sensitivity) -> u8 {
    let (low, high) = level.band();
    low + (u16::from(high - low) * u16::from(sensitivity.score) / 100) as u8
}

/// The sentences of `why`: what is there, who reaches it, what follows, what is not known.
fn why(
    s: Sensitivity,
    verdict: Verdict,
    level: Level,
    upper: Option<Level>,
    holds: &[String],
) -> Vec<String> {
    let mut out = vec![what_is_there(s, holds), reach_sentence(verdict).to_owned()];
    out.push(format!(
        "{} sensitivity × {} is {} risk",
        s.level.as_str(),
        verdict.as_str(),
        level.as_str()
    ));
    if let Some(upper) = upper {
        out.push(format!(
            "up to {} risk if what could not be read grants access",
            upper.as_str()
        ));
    }
    out
}

fn what_is_there(s: Sensitivity, holds: &[String]) -> String {
    match (s.level, holds) {
        (Level::None, _) => "nothing sensitive was found in what was read".to_owned(),
        (level, []) => format!("{} sensitivity, score {}", level.as_str(), s.score),
        (level, holds) => format!(
            "{} sensitivity, score {}: {}",
            level.as_str(),
            s.score,
            holds.join("; ")
        ),
    }
}

/// Who can reach a store with this verdict, in a sentence.
pub const fn reach_sentence(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::PublicWrite => "anyone on the internet can write to it",
        Verdict::PublicList => "anyone on the internet can list and read it",
        Verdict::PublicRead => "anyone on the internet who knows a key can read it",
        Verdict::PublicKeys => "anyone on the internet can list its keys",
        Verdict::AnyAuthenticated => "any customer of the cloud can reach it",
        Verdict::External => "named outsiders can reach it",
        Verdict::Latent => "public access is granted, and another setting switches it off for now",
        Verdict::Private => "no one outside can reach it",
        Verdict::Unknown => "who can reach it is not known: settings could not be read",
        Verdict::Inconclusive => {
            "no grant is known, but single objects may carry their own and were not all read"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERDICTS: [Verdict; 10] = [
        Verdict::Private,
        Verdict::Unknown,
        Verdict::Inconclusive,
        Verdict::Latent,
        Verdict::External,
        Verdict::AnyAuthenticated,
        Verdict::PublicKeys,
        Verdict::PublicRead,
        Verdict::PublicList,
        Verdict::PublicWrite,
    ];

    #[test]
    fn the_whole_grid_is_as_published() {
        let lines: Vec<String> = Level::ALL
            .iter()
            .map(|s| VERDICTS.map(|v| level(*s, v).as_str()).join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "none none none none none none none low low medium",
                "none none none low low medium medium medium medium high",
                "low low low medium medium high high high high high",
                "low low low high high critical critical critical critical critical",
                "medium medium medium high critical critical critical critical critical critical",
            ]
        );
    }

    #[test]
    fn what_is_not_known_is_judged_as_private_with_an_upper_bound() {
        let risk = judge(Sensitivity::new(85), Verdict::Unknown, true, &[]);
        assert_eq!((risk.level, risk.upper), (Level::Medium, Some(Level::Critical)));
        assert_eq!(risk.at_worst(), Level::Critical);
        assert_eq!(upper(Level::Critical, Verdict::Private, false), None);
        assert_eq!(upper(Level::Medium, Verdict::Latent, true), Some(Level::High));
        assert_eq!(upper(Level::Medium, Verdict::PublicRead, true), None);
    }

    #[test]
    fn a_table_scores_severity_volume_and_combinations() {
        let card = Found {
            severity: Severity::High,
            category: Category::Financial,
            confidence: Confidence::High,
            distinct: 41_200,
        };
        let mail = Found {
            severity: Severity::Medium,
            category: Category::Contact,
            confidence: Confidence::Medium,
            distinct: 99,
        };
        assert_eq!(Sensitivity::of_table([]).score, 0);
        assert_eq!(Sensitivity::of_table([mail]).score, 30);
        assert_eq!(Sensitivity::of_table([card]).score, 70);
        assert_eq!(Sensitivity::of_table([card, mail]).score, 80);
        assert_eq!(
            Sensitivity::of_table([Found {
                confidence: Confidence::Low,
                ..card
            }])
            .score,
            0
        );
        assert_eq!(
            Sensitivity::of_table([Found {
                distinct: 1_000_000,
                ..card
            }])
            .score,
            75
        );
    }

    #[test]
    fn why_tells_what_who_and_what_follows() {
        let risk = judge(
            Sensitivity::new(70),
            Verdict::PublicList,
            false,
            &["payment_card".to_owned()],
        );
        assert_eq!(
            risk.why,
            [
                "high sensitivity, score 70: payment_card",
                "anyone on the internet can list and read it",
                "high sensitivity × public_list is critical risk",
            ]
        );
        assert_eq!(risk.score, 94);
    }

    fn found() -> impl Strategy<Value = Found> {
        let severity = prop::sample::select(vec![
            Severity::Low,
            Severity::Medium,
            Severity::High,
            Severity::Critical,
        ]);
        let confidence = prop::sample::select(vec![Confidence::Low, Confidence::Medium, Confidence::High]);
        let category = prop::sample::select(Category::ALL.to_vec());
        (severity, category, confidence, 0u64..3_000_000).prop_map(
            |(severity, category, confidence, distinct)| Found {
                severity,
                category,
                confidence,
                distinct,
            },
        )
    }

    proptest! {
        #[test]
        fn more_findings_never_lower_a_score(some in prop::collection::vec(found(), 0..12), more in prop::collection::vec(found(), 0..12)) {
            let few = Sensitivity::of_table(some.iter().copied());
            let all = Sensitivity::of_table(some.iter().chain(&more).copied());
            prop_assert!(all >= few);
            prop_assert!(all.score <= 100);
            for verdict in VERDICTS {
                let (a, b) = (judge(few, verdict, false, &[]), judge(all, verdict, false, &[]));
                prop_assert!(b.score >= a.score && b.level >= a.level);
                prop_assert_eq!(Level::of(b.score), b.level);
            }
        }

        #[test]
        fn more_values_and_a_wider_reach_never_lower_a_score(f in found(), extra in 0u64..2_000_000) {
            let more = Found { distinct: f.distinct + extra, ..f };
            let (few, many) = (Sensitivity::of_table([f]), Sensitivity::of_table([more]));
            prop_assert!(many >= few);
            let by_reach = VERDICTS.map(|v| judge(many, v, false, &[]).level);
            prop_assert!(by_reach.is_sorted());
        }

        #[test]
        fn a_store_scores_as_its_worst_table(scores in prop::collection::vec(0u8..=100, 1..20)) {
            let store = Sensitivity::of_store(scores.iter().map(|s| Sensitivity::new(*s)));
            prop_assert_eq!(store.score, *scores.iter().max().unwrap());
        }
    }
}
