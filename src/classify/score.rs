//! Confidence: how likely a match is the thing, as log-odds that add up.
//!
//! - the pattern's weight: the odds of a raw match in ordinary text;
//! - what an accepted check proves: ln(1 / random pass rate);
//! - a keyword near the match: [`KEYWORD`](super::odds::KEYWORD);
//! - a column's or field's name: [`NAME`];
//! - for a column, the share of distinct values that pass, against what chance would give and against what columns of
//!   other things do.
//!
//! The sum becomes a probability through the logistic function, and [`Confidence::of`](crate::model::tally::Confidence::of) gives it a level.

use super::odds::{LOW_CAP, ceiling, logistic, most_excess, of_match, purity};
use super::program::{Rule, TELLING_RATE};
use super::scan::Hit;
use crate::model::tally::{ColumnTally, Tally};

/// Log-odds of a column's name that says so: thirty-three to one.
pub const NAME: f64 = 3.5;
/// Among values of a column that really holds the thing, the share that does not pass: typing errors and blanks.
const NOISE: f64 = 0.03;

/// Distinct names below which a column's are not taken for persons', if on average each is in this many cells.
const FEW: u64 = 8;
const MANY: u64 = 20;

/// The scores that a match of each form can have, worked out once where only its form decides.
pub(crate) struct Table(Vec<Vec<[Scores; 2]>>);

/// A form's scores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scores {
    /// Without a keyword.
    pub(crate) alone: f64,
    /// With a keyword; never less. The same where the score without is `high` already: a keyword is not looked for then.
    pub(crate) keyword: f64,
}

impl Scores {
    /// The score of a match with or without a keyword.
    pub(crate) fn of(self, keyword: bool) -> f64 {
        if keyword { self.keyword } else { self.alone }
    }

    fn new(rule: &Rule, weight: f64, demoted: bool) -> Self {
        let with = |keyword| of_match(weight + rule.check, keyword, demoted, rule.ceiling);
        let alone = with(false);
        let raised = alone < 0.95 && !demoted;
        Self {
            alone,
            keyword: if raised { with(true) } else { alone },
        }
    }
}

impl Table {
    pub(crate) fn of(rules: &[Rule]) -> Self {
        let forms = |rule: &Rule| {
            let weights = rule.shapes.iter().map(|shape| shape.weight);
            weights
                .map(|weight| [false, true].map(|demoted| Scores::new(rule, weight, demoted)))
                .collect()
        };
        Self(rules.iter().map(forms).collect())
    }

    /// The scores of a match whose value is `value`.
    #[inline]
    pub(crate) fn of_hit(&self, rule: &Rule, hit: &Hit, value: &[u8], demoted: bool) -> Scores {
        if rule.has_odds() {
            Scores::new(rule, rule.weight(hit.shape, value), demoted)
        } else {
            self.0[usize::from(hit.classifier)][usize::from(hit.shape)][usize::from(demoted)]
        }
    }
}

/// What a finished column says about one classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnScore {
    /// The probability that the column holds the thing.
    pub score: f64,
    /// The share of distinct values that are valid as a whole.
    pub share: f64,
    /// The share that chance would give.
    pub expected: f64,
    /// The distinct values that the share is of.
    pub distinct: u64,
    /// Whether the column's name says so.
    pub named: bool,
}

/// Judges a column as a whole; `None` where less than half of its distinct values pass, and no more than may by chance.
pub(crate) fn column(
    rule: &Rule,
    rate: f64,
    named: bool,
    column: &ColumnTally,
    tally: &Tally,
) -> Option<ColumnScore> {
    // An estimate may come out above what there is.
    let distinct = column.distinct.estimate().min(column.held());
    let mut valid = tally.whole_cells.estimate().min(distinct);
    // A list of few names has more typing errors than names: where its name says what it is, each cell counts as it comes.
    if named && rule.coverage < 1.0 && column.held() > 0 {
        let cells = tally.whole.rows.min(column.held());
        valid = valid.max((cells as f64 / column.held() as f64 * distinct as f64) as u64);
    }
    let share = if distinct == 0 {
        0.0
    } else {
        valid as f64 / distinct as f64
    };
    // The same few names again and again are those of things: storms, sites, shifts.
    if (rule.has_odds() || rule.coverage < 1.0 && !named)
        && distinct < FEW
        && column.held() >= distinct * MANY
    {
        return None;
    }
    let mixed = share >= several(rate, named) && valid >= FEW;
    // What counts something is no one's number, unless its name says so.
    if share < 0.5 * rule.coverage && !mixed || !named && column.is_sequence() {
        return None;
    }
    let name = if named { NAME } else { 0.0 };
    let mut values = purity(share, rule.coverage, named).min(excess(valid, distinct, rate, rule.coverage));
    if mixed {
        // Those of other kinds do not speak against it.
        values = values.max(0.0);
    }
    let odds = weight_of(rule, tally) + rule.check + values + name;
    let capped = if mostly_demoted(tally) {
        LOW_CAP
    } else {
        ceiling(rule.ceiling)
    };
    Some(ColumnScore {
        score: logistic(odds).min(capped),
        share,
        expected: rate,
        distinct,
        named,
    })
}

/// The share of valid values from which a column holds the thing among others, as one of persons of several countries does: far
/// more than chance makes valid.
fn several(rate: f64, named: bool) -> f64 {
    match named {
        true if rate <= TELLING_RATE => 2.0 * TELLING_RATE,
        _ if rate <= SURE_RATE => 0.2,
        _ => 1.0,
    }
}

/// The share of random values that pass a check which needs no name.
const SURE_RATE: f64 = 0.001;

/// How much better "values of this kind, of which `coverage` can pass, with some noise" explains the passes than chance
/// does, as a log-likelihood ratio. Values of one column are not independent (counters pass in runs), so a column proves at
/// most twice what one accepted value proves.
fn excess(valid: u64, distinct: u64, rate: f64, coverage: f64) -> f64 {
    let rate = rate.clamp(1e-6, 0.999);
    let (valid, failed) = (valid as f64, (distinct - valid) as f64);
    let passes = coverage * (1.0 - NOISE);
    // What chance fails is never taken to be rarer than what the thing does: where nearly all passes, failing says nothing.
    let fails = (1.0 - rate).max(1.0 - passes);
    let ratio = valid * (passes / rate).ln().max(0.0) + failed * ((1.0 - passes) / fails).ln();
    ratio.clamp(-20.0, most_excess(rate))
}

/// The weight of the form that most of the column's values have, as the tally remembers it.
fn weight_of(rule: &Rule, tally: &Tally) -> f64 {
    let commonest = tally
        .shapes
        .iter()
        .max_by_key(|(shape, hits)| (**hits, std::cmp::Reverse(**shape)));
    commonest
        .and_then(|(shape, _)| rule.shapes.get(usize::from(*shape)))
        .map_or(-5.0, |shape| shape.weight)
}

/// The weight of a form that tells by itself: seven to one.
const TELLING: f64 = 2.0;

/// Whether one of twenty of the whole cells has a form that tells by itself.
pub(crate) fn tells_by_form(rule: &Rule, tally: &Tally) -> bool {
    let telling = tally.shapes.iter().filter(|(shape, _)| {
        let shape = rule.shapes.get(usize::from(**shape));
        shape.is_some_and(|shape| shape.weight >= TELLING)
    });
    telling.map(|(_, hits)| hits * 20).sum::<u64>() >= tally.whole.hits.max(1)
}

fn mostly_demoted(tally: &Tally) -> bool {
    tally.demoted * 2 > tally.whole.hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_proves_at_most_twice_one_value() {
        assert!(excess(1000, 1000, 0.889, 1.0) <= 0.25);
        assert!((excess(1000, 1000, 0.09, 1.0) - 2.0 * (1.0f64 / 0.09).ln()).abs() < 1e-9);
        assert!(excess(90, 1000, 0.09, 1.0) < -10.0);
    }

    #[test]
    fn what_no_list_covers_is_no_evidence_against() {
        assert!(excess(65, 100, 0.33, 0.7) > 1.0);
        assert!(excess(65, 100, 0.33, 1.0) < -10.0);
    }

    #[test]
    fn more_valid_values_never_score_less() {
        for rate in [1e-9, 0.01, 0.1, 0.5, 0.9] {
            let scores: Vec<f64> = (0..=100).map(|valid| excess(valid, 100, rate, 1.0)).collect();
            assert!(scores.is_sorted(), "{rate}");
        }
    }
}
