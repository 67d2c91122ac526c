//! What a classifier costs everyone: how often ordinary data looks like the beginning of a match, and the time that takes.

use std::time::Instant;

use super::program::{ORDINARY, Program};
use super::registry::Classifier;
use super::scan::{Backend, Gated, Scanner};
use super::{CompileError, ScanError};
use crate::model::cells::Cells;

/// What one classifier costs by itself, on ordinary data of several kinds.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Its id.
    pub classifier: String,
    /// Table look-ups of its gate for each step of a vector's width.
    pub lookups: usize,
    /// Places in a megabyte at which an automaton has to be walked for it.
    pub candidates: f64,
    /// Time to scan a megabyte, in nanoseconds.
    pub nanoseconds: f64,
    /// Whether no gate could be derived, so that the reference engine reads every byte for it.
    pub ungated: bool,
}

/// Places in a megabyte beyond which a classifier is felt by everyone: one word in ten.
const FELT: f64 = 15_000.0;

impl Cost {
    /// Why it slows every scan, and what would help; `None` for most.
    pub fn complaint(&self) -> Option<String> {
        let id = &self.classifier;
        if self.ungated {
            return Some(format!(
                "{id}: too much of ordinary data looks like its beginning, so every byte is read for it; begin its patterns \
                 with a word, a prefix or a boundary"
            ));
        }
        (self.candidates > FELT).then(|| {
            format!(
                "{id}: one place in {:.0} of ordinary data looks like its beginning; begin its patterns with something rarer",
                1e6 / self.candidates
            )
        })
    }
}

/// Why a classifier's cost is not known.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// It does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The scanner cannot go on.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

/// Bytes that are scanned to find out.
const SCANNED: usize = 1 << 20;
/// Scans of which the fastest counts.
const SCANS: usize = 3;

/// Measures one classifier, by itself, with the best engine that runs here, in a scan that looks for everything.
///
/// # Errors
///
/// It does not compile, or its pattern is too large.
pub fn of(classifier: &Classifier) -> Result<Cost, CostError> {
    let program = Program::compile(vec![classifier.clone()])?;
    let mut scanner = Gated::new(&program, Backend::best())?;
    let text: Vec<u8> = ORDINARY.iter().copied().cycle().take(SCANNED).collect();
    let cells = Cells::one(text);
    let (mut hits, mut fastest) = (Vec::new(), f64::INFINITY);
    for _ in 0..SCANS {
        hits.clear();
        let start = Instant::now();
        scanner.scan(&cells, &mut hits)?;
        fastest = fastest.min(start.elapsed().as_nanos() as f64);
    }
    let megabytes = SCANNED as f64 / 1e6;
    let matcher = program.matcher();
    Ok(Cost {
        classifier: classifier.id.clone(),
        lookups: matcher.gate.lookups(),
        candidates: scanner.candidates() as f64 / SCANS as f64 / megabytes,
        nanoseconds: fastest / megabytes,
        ungated: !matcher.ungated.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::registry::built_in;
    use crate::model::tally::Confidence;

    fn cost(regex: &str) -> Cost {
        let mut classifier = built_in().unwrap().remove(0);
        classifier.matching.patterns.truncate(1);
        classifier.matching.patterns[0].regex = regex.into();
        classifier.matching.patterns[0].lead = None;
        of(&classifier).unwrap()
    }

    #[test]
    fn a_rare_word_costs_nothing_and_any_word_much() {
        let rare = cost("(?-u)qqqq_[0-9]{4}");
        assert_eq!((rare.candidates, rare.complaint()), (0.0, None));
        let words = cost("(?-u)[a-z]{4,9}");
        assert!(words.complaint().is_some(), "{words:?}");
    }

    #[test]
    fn none_of_the_built_in_classifiers_reads_every_byte() {
        for least in [Confidence::Low, Confidence::Medium] {
            let program = Program::compile_with(built_in().unwrap(), &[], least).unwrap();
            let ungated = &program.matcher().ungated;
            let names: Vec<&str> = ungated
                .iter()
                .map(|index| program.classifiers()[usize::from(*index)].id.as_str())
                .collect();
            assert!(names.is_empty(), "{least:?}: {names:?}");
        }
    }
}
