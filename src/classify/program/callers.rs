//! Words that call units up: a unit whose forms need a keyword looks at a place only if one of them seems to begin near it.

use super::Keywords;
use super::stems::{Stem, Stems, Words};

/// The units that keywords call up, by the keywords' stems.
pub(crate) struct Callers {
    known: Stems,
    /// By the head of a stem, where its units are.
    heads: Box<[u8; Stem::HEADS]>,
    units: Vec<u64>,
}

impl Callers {
    /// Whether all of a classifier's keywords can be told by their stems.
    pub(super) fn can_tell(keywords: &Keywords, classifier: u16) -> bool {
        keywords.of(classifier).all(|word| Stem::of(word).is_some())
    }

    /// `called`: the units that are called up, each with its classifiers.
    pub(super) fn of(keywords: &Keywords, called: &[(usize, Vec<u16>)]) -> Self {
        let mut calls = vec![0u64; Stem::HEADS];
        let mut known = Stems::new();
        for (unit, classifiers) in called {
            let words = classifiers.iter().flat_map(|index| keywords.of(*index));
            for stem in words.filter_map(Stem::of) {
                calls[stem.head()] |= 1 << unit;
                known.add(stem);
            }
        }
        let mut units = vec![0];
        let mut heads = Box::new([0; Stem::HEADS]);
        for (head, call) in heads.iter_mut().zip(calls) {
            let same = units.iter().position(|units| *units == call);
            let index = same.unwrap_or_else(|| {
                // The last takes what there is no more room for.
                if units.len() <= usize::from(u8::MAX) {
                    units.push(0);
                }
                units.len() - 1
            });
            units[index] |= call;
            *head = index as u8;
        }
        Self { known, heads, units }
    }

    /// The units that the words call up which begin in the first `count` places from 1 on.
    #[inline(always)]
    pub(crate) fn units(&self, words: &Words<'_>, count: usize) -> u64 {
        words.first(count).fold(0, |units, (_, stem)| {
            let own = self.units[usize::from(self.heads[stem.head()])];
            units | own & self.known.holds(stem).wrapping_neg()
        })
    }
}
