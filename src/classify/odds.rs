//! Log-odds of single matches, and the probability that they amount to.

use crate::model::tally::Confidence;

/// Log-odds of a keyword near a match: twenty to one.
pub const KEYWORD: f64 = 3.0;
/// The highest score that a placeholder, a demoted match or a match under a `low` ceiling can have.
pub(super) const LOW_CAP: f64 = 0.4;
/// The highest score under a `medium` ceiling.
const MEDIUM_CAP: f64 = 0.9;

/// The probability of log-odds.
pub fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

/// The highest score under a ceiling.
pub(super) fn ceiling(level: Confidence) -> f64 {
    match level {
        Confidence::High => 1.0,
        Confidence::Medium => MEDIUM_CAP,
        Confidence::Low => LOW_CAP,
    }
}

/// The score of one match in text: `odds` are those of its form and of the checks that it passed.
pub(super) fn of_match(odds: f64, keyword: bool, demoted: bool, most: Confidence) -> f64 {
    let keyword = if keyword { KEYWORD } else { 0.0 };
    let score = logistic(odds + keyword).min(ceiling(most));
    if demoted { score.min(LOW_CAP) } else { score }
}

/// How much better a column of the thing explains the share of values that pass than any other column does, as the logarithm
/// of a ratio of densities: for the thing a beta distribution that leans to 1 (typing errors and fillers are few), for others
/// a uniform one (a column of numbers may by accident look so in any share of its cells). Where a list decides, the
/// share counts in proportion to what the list covers, and says less. So it does where the column is called what it is asked
/// for: people write numbers in more ways than there are forms, and keep those of other countries beside them.
pub(super) fn purity(share: f64, coverage: f64, named: bool) -> f64 {
    let lean: f64 = match named {
        true => 8.0,
        false if coverage < 1.0 => 10.0,
        false => 20.0,
    };
    lean.ln() + (lean - 1.0) * (share / coverage).min(1.0).ln()
}

/// The most that a share of valid values can say against chance, which makes one valid at `rate`: twice what one accepted
/// value proves.
pub(super) fn most_excess(rate: f64) -> f64 {
    (2.0 * (1.0 / rate.clamp(1e-6, 0.999)).ln()).min(6.0)
}

/// The most that a column's values can say for it.
pub(super) fn best_values(rate: f64, coverage: f64) -> f64 {
    purity(coverage, coverage, false).min(most_excess(rate))
}
