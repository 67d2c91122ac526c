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
