//! Tallies: all that is left of values once they were classified. Associative and commutative, so that any split,
//! merge or order gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::locator::SmallestLocators;
use super::sketch::Sketch;

/// Combines two parts of one whole. Implementations are associative and commutative and hold integers, sketches and
/// bottom-k sets only.
pub trait Merge {
    /// Adds `other` to `self`.
    fn merge(&mut self, other: Self);
}

/// How sure a hit is. `high` is meant to be right 95 times in 100, `medium` 70 times, `low` 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A probability of at least 0.10.
    Low,
    /// At least 0.70.
    Medium,
    /// At least 0.95.
    High,
}

impl Confidence {
    /// All levels, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The level of a probability; `None` below 0.10.
    pub fn of(score: f64) -> Option<Self> {
        match score {
            s if s >= 0.95 => Some(Self::High),
            s if s >= 0.70 => Some(Self::Medium),
            s if s >= 0.10 => Some(Self::Low),
            _ => None,
        }
    }

    /// The word that options and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Neighbouring numbers that are one block.
pub const BLOCK: u64 = 64;
/// Numbers in a block, on average, from which on they were counted. Drawn ones reach it only where a fifth of all there are
/// is in the column.
const CROWDED: u64 = 12;

/// What is known of a column's cells whatever they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnTally {
    /// Cells, nulls and empty ones included.
    pub cells: u64,
    /// Null cells.
    pub nulls: u64,
    /// Cells of no bytes, and those that say that nothing is known (`n/a`, `unknown`).
    pub empty: u64,
    /// Cells that are numbers: digits, with signs and separators between them.
    #[serde(default)]
    pub numbers: u64,
    /// Cells that are one word with a digit in it: numbers of people, of parts, of orders.
    #[serde(default)]
    pub codes: u64,
    /// Those cells that are five to nineteen digits alone.
    #[serde(default)]
    pub integers: u64,
    /// The distinct blocks of neighbouring numbers that those lie in, by keyed hashes: a number itself would be a value.
    #[serde(default)]
    pub blocks: Sketch,
    /// Distinct cells among those that were read and are neither null nor empty.
    pub distinct: Sketch,
}

impl ColumnTally {
    /// Whether nine of ten cells that hold something are numbers.
    pub fn is_numeric(&self) -> bool {
        self.is_mostly(self.numbers)
    }

    /// Whether nine of ten cells that hold something are one word with a digit in it.
    pub fn is_coded(&self) -> bool {
        self.is_mostly(self.codes)
    }

    /// Whether its numbers count something: they lie so near each other that they were not drawn.
    pub fn is_sequence(&self) -> bool {
        const FEWEST: u64 = 30;
        let distinct = self.distinct.estimate();
        self.is_mostly(self.integers) && distinct >= FEWEST && distinct >= self.blocks.estimate() * CROWDED
    }

    /// Cells that hold something.
    pub fn held(&self) -> u64 {
        self.cells.saturating_sub(self.nulls + self.empty)
    }

    fn is_mostly(&self, cells: u64) -> bool {
        let held = self.held();
        held > 0 && cells >= held - held / 10
    }
}

impl Merge for ColumnTally {
    fn merge(&mut self, other: Self) {
        self.cells += other.cells;
        self.nulls += other.nulls;
        self.empty += other.empty;
        self.numbers += other.numbers;
        self.codes += other.codes;
        self.integers += other.integers;
        self.blocks.merge(other.blocks);
        self.distinct.merge(other.distinct);
    }
}

/// What one classifier found in one column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// Cells that are, as a whole, one valid value, whatever else they may be: what a column's verdict rests on.
    pub whole: LevelTally,
    /// Those cells as they stand, to be compared with the column's own distinct cells.
    pub whole_cells: Sketch,
    /// How many of those cells are published test values or otherwise demoted.
    pub demoted: u64,
    /// How many of those cells each of the classifier's forms matched, by the form's index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shapes: BTreeMap<u16, u64>,
    /// Hits by text-level confidence, lowest first; of overlapping matches the best only.
    pub levels: [LevelTally; 3],
    /// Non-secret traits of what was found, from a closed set of names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, BTreeSet<String>>,
}

/// A set of hits of one classifier in one column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelTally {
    /// Valid matches.
    pub hits: u64,
    /// Hits with a keyword near them.
    pub context: u64,
    /// Rows (lines, for text) with at least one such match.
    pub rows: u64,
    /// Distinct normalised values.
    pub distinct: Sketch,
    /// The smallest locations.
    pub first: SmallestLocators,
    /// Fingerprints of a few values; empty without a key.
    #[serde(default, skip_serializing_if = "BottomK::is_empty")]
    pub prints: BottomK,
}

impl LevelTally {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.hits == 0
    }
}

impl Merge for LevelTally {
    fn merge(&mut self, other: Self) {
        self.hits += other.hits;
        self.context += other.context;
        self.rows += other.rows;
        self.distinct.merge(other.distinct);
        self.first.merge(other.first);
        self.prints.merge(other.prints);
    }
}

/// How many values of an attribute are kept.
const ATTRIBUTE_VALUES: usize = 20;

impl Tally {
    /// How many matches there are, of whatever level.
    pub fn hits(&self) -> u64 {
        self.levels.iter().map(|level| level.hits).sum()
    }

    /// Whether most of them are whole cells.
    pub fn is_mostly_whole(&self) -> bool {
        self.whole.hits * 2 > self.hits()
    }

    /// Notes a non-secret trait; the smallest twenty values of each are kept.
    pub fn note(&mut self, name: &str, value: String) {
        let values = self.attributes.entry(name.to_owned()).or_default();
        values.insert(value);
        if values.len() > ATTRIBUTE_VALUES {
            values.pop_last();
        }
    }

    /// The distinct values of all matches, whatever their level.
    pub fn values(&self) -> Sketch {
        let levels = self.levels.iter().map(|level| level.distinct.clone());
        levels.fold(self.whole.distinct.clone(), |mut sum, level| {
            sum.merge(level);
            sum
        })
    }

    /// The sum of the levels at `least` and above.
    pub fn at_least(&self, least: Confidence) -> LevelTally {
        self.levels[least as usize..]
            .iter()
            .cloned()
            .fold(LevelTally::default(), |mut sum, level| {
                sum.merge(level);
                sum
            })
    }
}

impl Merge for Tally {
    fn merge(&mut self, other: Self) {
        self.whole.merge(other.whole);
        self.whole_cells.merge(other.whole_cells);
        self.demoted += other.demoted;
        other
            .shapes
            .into_iter()
            .for_each(|(shape, hits)| *self.shapes.entry(shape).or_default() += hits);
        self.levels
            .iter_mut()
            .zip(other.levels)
            .for_each(|(ours, theirs)| ours.merge(theirs));
        for (name, values) in other.attributes {
            values.into_iter().for_each(|value| self.note(&name, value));
        }
    }
}

/// How many fingerprints a level keeps.
const PRINTS: usize = 16;

/// Fingerprints (keyed, in hex) of the values whose keyed hashes are smallest: a sample that depends on the set of
/// values only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct BottomK(BTreeMap<u64, String>);

impl BottomK {
    /// Offers a value by its hash; `print` is computed only if the value is kept.
    pub fn offer(&mut self, hash: u64, print: impl FnOnce() -> String) {
        let wanted = self.0.len() < PRINTS || self.0.last_key_value().is_some_and(|(last, _)| hash < *last);
        if wanted && !self.0.contains_key(&hash) {
            self.0.insert(hash, print());
            if self.0.len() > PRINTS {
                self.0.pop_last();
            }
        }
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fingerprints, sorted.
    pub fn prints(&self) -> Vec<String> {
        self.0
            .values()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

impl Merge for BottomK {
    fn merge(&mut self, other: Self) {
        other
            .0
            .into_iter()
            .for_each(|(hash, print)| self.offer(hash, || print));
    }
}

#[cfg(test)]
mod tests {
    use super::super::locator::Locator;
    use super::*;
    use proptest::prelude::*;

    fn tally(hits: &[(u64, usize)]) -> Tally {
        let mut tally = Tally::default();
        for (value, level) in hits {
            let hash = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            tally.whole.distinct.insert(hash);
            tally.whole_cells.insert(hash);
            tally.whole.hits += 1;
            *tally.shapes.entry((value % 3) as u16).or_default() += 1;
            let level = &mut tally.levels[*level];
            level.hits += 1;
            level.rows += 1;
            level.distinct.insert(hash);
            level.prints.offer(hash, || format!("{hash:x}"));
            level.first.offer(Locator {
                object: "k".into(),
                member: None,
                row: Some(*value),
                line: None,
                page: None,
                byte: None,
            });
            tally.note("issuer", format!("{}", value % 30));
        }
        tally
    }

    proptest! {
        #[test]
        fn any_split_merge_and_order_gives_the_same_bytes(
            hits in prop::collection::vec((0u64..2000, 0usize..3), 0..1200), cut in 0usize..1200, flip: bool,
        ) {
            let (left, right) = hits.split_at(cut.min(hits.len()));
            let (mut a, mut b) = (tally(left), tally(right));
            if flip {
                std::mem::swap(&mut a, &mut b);
            }
            a.merge(b);
            let bytes = |t: &Tally| serde_json::to_string(t).unwrap();
            prop_assert_eq!(bytes(&a), bytes(&tally(&hits)));
        }

        #[test]
        fn merging_is_associative(
            a in prop::collection::vec((0u64..500, 0usize..3), 0..300),
            b in prop::collection::vec((0u64..500, 0usize..3), 0..300),
            c in prop::collection::vec((0u64..500, 0usize..3), 0..300),
        ) {
            let (mut left, mut bc) = (tally(&a), tally(&b));
            left.merge(tally(&b));
            left.merge(tally(&c));
            bc.merge(tally(&c));
            let mut right = tally(&a);
            right.merge(bc);
            prop_assert_eq!(left, right);
        }
    }
}
