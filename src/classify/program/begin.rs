//! How the matches of a pattern begin: what is known of them before any automaton is walked.

use regex_syntax::hir::Hir;

use super::automaton::nfa;
use super::bytes::ByteSet;
use super::prefix::{Prefix, prefixes};
use super::triples;
use crate::classify::digits_at_once::zeroed;

/// The positions of a window: one byte before the candidate, then the candidate and what follows.
pub(crate) const WIDTH: usize = 8;
/// Bytes of a window after the candidate's first.
pub(crate) const AHEAD: usize = WIDTH - 2;
/// How far a candidate is looked at before any automaton is walked.
pub(crate) const DEPTH: usize = 16;

/// The bytes that may stand around a candidate.
pub(super) type Window = [ByteSet; WIDTH];

/// What the matches of one pattern begin with. Each part may admit too much and never too little.
pub(super) struct Begin {
    /// The ways to begin.
    pub(super) windows: Vec<Window>,
    /// The first four bytes, folded, if there are few: words, not numbers.
    pub(super) heads: Option<Vec<u32>>,
    /// The first three bytes.
    pub(super) ways: Vec<[ByteSet; triples::LENGTH]>,
    /// All ways together, as far as [`DEPTH`].
    pub(super) prefix: Prefix,
    /// The states of the pattern's automaton before it is determinised.
    pub(super) states: usize,
}

/// The most windows of one pattern.
const WINDOWS: usize = 24;
/// The bytes of a head.
const HEAD: usize = 4;
/// The most ways to begin by which a pattern is told apart.
const HEADS: usize = 1024;

impl Begin {
    /// `before`: the bytes that may stand before a match.
    pub(super) fn of(hir: &Hir, before: ByteSet) -> Option<Self> {
        let nfa = nfa(&[hir], false)?;
        let windows = prefixes(&nfa, WIDTH - 1, WINDOWS);
        let ways = prefixes(&nfa, HEAD, HEADS);
        let prefix = prefixes(&nfa, DEPTH, 1).swap_remove(0);
        Some(Self {
            heads: heads(&ways),
            windows: windows.iter().map(|prefix| window(before, prefix)).collect(),
            ways: ways.iter().map(first).collect(),
            prefix,
            states: nfa.states().len(),
        })
    }

    /// The bytes that a match may begin with.
    pub(super) fn first(&self) -> ByteSet {
        self.prefix.first().copied().unwrap_or(ByteSet::ANY)
    }

    /// Whether a byte may stand before a match.
    pub(super) fn may_follow(&self, byte: u8) -> bool {
        self.windows.iter().any(|window| window[0].contains(byte))
    }

    /// Whether it begins as numbers do.
    pub(super) fn is_number(&self) -> bool {
        self.first().iter().all(opens_number)
    }

    /// Whether a match may begin with `text`, what stands before it aside.
    pub(super) fn admits(&self, text: &[u8]) -> bool {
        let known = |heads: &Vec<u32>| {
            text.first_chunk()
                .is_none_or(|head| heads.binary_search(&fold(*head)).is_ok())
        };
        self.heads.as_ref().is_none_or(known)
            && text
                .iter()
                .zip(&self.prefix)
                .all(|(byte, set)| set.contains(*byte))
    }
}

/// Whether a number may begin with a byte.
#[inline(always)]
pub(crate) fn opens_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b'(')
}

/// All patterns with their units.
pub(super) fn each(units: &[Vec<Begin>]) -> impl Iterator<Item = (usize, &Begin)> {
    units
        .iter()
        .enumerate()
        .flat_map(|(unit, begins)| begins.iter().map(move |begin| (unit, begin)))
}

fn window(before: ByteSet, prefix: &Prefix) -> Window {
    std::array::from_fn(|at| match at {
        0 => before,
        _ => prefix.get(at - 1).copied().unwrap_or(ByteSet::ANY),
    })
}

/// The first bytes of a prefix.
fn first<const N: usize>(prefix: &Prefix) -> [ByteSet; N] {
    std::array::from_fn(|at| prefix.get(at).copied().unwrap_or(ByteSet::ANY))
}

/// Four bytes as one number, letters in either case, all digits as zeros.
#[inline(always)]
pub(super) fn fold(head: [u8; HEAD]) -> u32 {
    zeroed(u128::from(u32::from_le_bytes(head) | 0x2020_2020)) as u32
}

/// Every head, folded; `None` if there are too many, if one is a number, or if a match may be shorter.
fn heads(prefixes: &[Prefix]) -> Option<Vec<u32>> {
    let mut heads = Vec::new();
    for prefix in prefixes {
        let sets: &[ByteSet; HEAD] = prefix.as_slice().try_into().ok()?;
        let sets = sets.map(folded);
        let ways: usize = sets.iter().map(Vec::len).product();
        let number = sets[0].iter().any(u8::is_ascii_digit);
        if number || heads.len() + ways > HEADS {
            return None;
        }
        heads.extend((0..ways).map(|mut way| {
            fold(std::array::from_fn(|at| {
                let byte = sets[at][way % sets[at].len()];
                way /= sets[at].len();
                byte
            }))
        }));
    }
    heads.sort_unstable();
    heads.dedup();
    Some(heads)
}

/// The members of a set, folded as [`fold`] folds them.
fn folded(set: ByteSet) -> Vec<u8> {
    let mut bytes: Vec<u8> = set.iter().map(|byte| fold([byte; HEAD]) as u8).collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    fn begin(pattern: &str) -> Begin {
        Begin::of(&parse(pattern).unwrap(), ByteSet::ANY).unwrap()
    }

    #[test]
    fn words_have_heads_and_other_things_have_none() {
        let known = begin("(?i:secret|token)=[0-9a-z]{9}");
        assert_eq!(known.heads.as_ref().unwrap().len(), 2);
        assert!(known.admits(b"SECRET=abcdefghi"));
        assert!(!known.admits(b"section=abcdefghi"));
        assert!(begin("[0-9]{9}").heads.is_none());
        assert!(begin("ab[0-9]?").heads.is_none());
    }

    #[test]
    fn what_stands_further_on_is_looked_at_too() {
        let known = begin("[0-9a-z]{12}:[0-9]{4}");
        assert!(known.admits(b"0123456789ab:1234"));
        assert!(!known.admits(b"0123456789ab-1234"));
        assert!(known.admits(b"0123"));
    }
}
