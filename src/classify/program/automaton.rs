//! Anchored automata in flat tables: from a start, all ends of all patterns.
//!
//! regex-automata determinises; equal states are then made one and the tables laid out for walking: states that accept stand
//! last, so that one comparison finds them, the dead state is 0, and a state accepts where its match ends, not one byte later.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson::{self, NFA};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;

use super::bytes::ByteSet;

/// The largest tables that one automaton may have; beyond that its patterns are split or matched otherwise.
const LARGEST: usize = 4 << 20;

/// The largest automaton before it is determinised.
const NFA_LIMIT: usize = 16 << 20;

/// An anchored automaton of several patterns.
pub(crate) struct Automaton {
    /// For each byte, its column.
    columns: Box<[u8; 256]>,
    next: Next,
    /// The logarithm of the table's width.
    width: u32,
    start: usize,
    /// States from here on accept.
    accepting: usize,
    /// For each accepting state, its patterns in `patterns`.
    accepts: Vec<Range<u32>>,
    patterns: Vec<u16>,
}

/// For each state's row and column, the next state.
enum Next {
    Small(Vec<u16>),
    Large(Vec<u32>),
}

/// The state in which nothing can match any more.
const DEAD: usize = 0;

/// A set of patterns whose matches end at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accept(u32);

impl Automaton {
    /// Determinises patterns; `None` if the tables would be too large.
    pub(super) fn build(nfa: &NFA) -> Option<Self> {
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .accelerate(false)
            .dfa_size_limit(Some(LARGEST))
            .determinize_size_limit(Some(2 * LARGEST));
        let dfa = dense::Builder::new().configure(config).build_from_nfa(nfa).ok()?;
        let start = dfa
            .start_state_forward(&Input::new("").anchored(Anchored::Yes))
            .ok()?;
        let mut layout = Layout::of(&dfa);
        let start = layout.row(start);
        Some(layout.tables(start))
    }

    /// Walks from the start of `text` and calls `found` wherever it accepts, with the number of bytes read.
    #[inline(always)]
    pub(crate) fn walk(&self, text: &[u8], found: impl FnMut(usize, Accept)) {
        match &self.next {
            Next::Small(next) => self.walk_in(next, text.iter(), found),
            Next::Large(next) => self.walk_in(next, text.iter(), found),
        }
    }

    /// The same from the end of `text` backwards.
    #[inline(always)]
    pub(crate) fn walk_back(&self, text: &[u8], found: impl FnMut(usize, Accept)) {
        match &self.next {
            Next::Small(next) => self.walk_in(next, text.iter().rev(), found),
            Next::Large(next) => self.walk_in(next, text.iter().rev(), found),
        }
    }

    #[inline(always)]
    fn walk_in<'a, T: Copy + Into<u32>>(
        &self,
        next: &[T],
        bytes: impl Iterator<Item = &'a u8>,
        mut found: impl FnMut(usize, Accept),
    ) {
        let mut state = self.start;
        for (index, byte) in bytes.enumerate() {
            let column = usize::from(self.columns[usize::from(*byte)]);
            state = next[(state << self.width) + column].into() as usize;
            match self.special(state) {
                None => {}
                Some(None) => return,
                Some(Some(accept)) => found(index + 1, accept),
            }
        }
    }

    /// `None` for an ordinary state, `Some(None)` for the dead one.
    #[inline(always)]
    fn special(&self, state: usize) -> Option<Option<Accept>> {
        // One comparison for the ordinary case: the dead state becomes the greatest.
        if state.wrapping_sub(1) < self.accepting - 1 {
            None
        } else if state == DEAD {
            Some(None)
        } else {
            Some(Some(Accept((state - self.accepting) as u32)))
        }
    }

    fn step(&self, state: usize, byte: u8) -> usize {
        let at = (state << self.width) + usize::from(self.columns[usize::from(byte)]);
        match &self.next {
            Next::Small(next) => usize::from(next[at]),
            Next::Large(next) => next[at] as usize,
        }
    }

    /// The patterns of an accepting state, in order.
    #[inline(always)]
    pub(crate) fn patterns(&self, accept: Accept) -> &[u16] {
        let range = &self.accepts[accept.index()];
        &self.patterns[range.start as usize..range.end as usize]
    }

    /// Which bytes may follow the digits that a match begins with; `may_end` says whether a match can end before a byte, or
    /// at the end of a cell.
    pub(super) fn openings(&self, may_end: impl Fn(Accept, Option<u8>) -> bool) -> Openings {
        let others = (0..=255u8).filter(|byte| !byte.is_ascii_digit());
        let ends = |state: &usize, next: Option<u8>| match self.special(*state) {
            Some(Some(accept)) => may_end(accept, next),
            _ => false,
        };
        let mut openings = Openings {
            next: [ByteSet::EMPTY; RUN + 1],
            end: 0,
        };
        let mut states = BTreeSet::from([self.start]);
        for length in 0.. {
            if states.is_empty() {
                break;
            }
            let goes_on = |byte: &u8| {
                let on = |state: &usize| self.step(*state, *byte) != DEAD || ends(state, Some(*byte));
                states.iter().any(on)
            };
            let place = RUN.min(length);
            openings.next[place] |= others.clone().filter(goes_on).collect();
            openings.end |= u32::from(states.iter().any(|state| ends(state, None))) << place;
            let digits = |state: usize| (b'0'..=b'9').map(move |digit| self.step(state, digit));
            states = states
                .into_iter()
                .flat_map(digits)
                .filter(|state| *state != DEAD)
                .collect();
        }
        openings
    }

    /// All accepting states.
    pub(crate) fn accepts(&self) -> impl Iterator<Item = Accept> + use<> {
        (0..self.accepts.len() as u32).map(Accept)
    }
}

impl Accept {
    /// Its place among the accepting states.
    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What may follow the digits that a match begins with, by their number; at [`RUN`], what may follow so many or more.
pub(super) struct Openings {
    next: [ByteSet; RUN + 1],
    /// For each number of digits, whether a cell may end after them.
    end: u32,
}

impl Openings {
    /// Whether a match can begin with as many digits as `text` does, and the byte after them.
    #[inline(always)]
    pub(super) fn admit(&self, text: &[u8]) -> bool {
        let digits = digits(text);
        match text.get(digits) {
            Some(next) if digits < RUN => self.next[digits].contains(*next),
            Some(_) => !self.next[RUN].is_empty(),
            None => self.end >> digits & 1 == 1,
        }
    }
}

/// Where counting digits stops.
pub(crate) const RUN: usize = 16;

/// How many digits `text` begins with, at most [`RUN`].
#[inline(always)]
pub(crate) fn digits(text: &[u8]) -> usize {
    let Some(first) = text.first_chunk::<8>() else {
        return leading(text);
    };
    let eight = |bytes: &[u8; 8]| {
        // A digit without its high half is at most nine, also after adding six.
        let low = u64::from_le_bytes(*bytes) ^ 0x3030_3030_3030_3030;
        let other = (low | low.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0;
        other.trailing_zeros() as usize / 8
    };
    match eight(first) {
        8 => {
            8 + text[8..]
                .first_chunk::<8>()
                .map_or_else(|| leading(&text[8..]), eight)
        }
        fewer => fewer,
    }
}

fn leading(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Patterns as one automaton over bytes, read backwards if wanted; `None` if it would be too large.
pub(crate) fn nfa(patterns: &[&Hir], reverse: bool) -> Option<NFA> {
    let config = thompson::Config::new()
        .utf8(false)
        .reverse(reverse)
        .which_captures(thompson::WhichCaptures::None)
        .nfa_size_limit(Some(NFA_LIMIT));
    thompson::Compiler::new()
        .configure(config)
        .build_many_from_hir(patterns)
        .ok()
}

/// A determinised automaton on its way into tables.
///
/// Patterns are bounded, so no state comes back to itself: once all that follow a state are known, so is which other state
/// is its equal, and one pass from the ends makes the automaton as small as can be.
struct Layout<'a> {
    dfa: &'a dense::DFA<Vec<u32>>,
    /// A byte of each column.
    bytes: Vec<u8>,
    columns: Box<[u8; 256]>,
    /// The row that stands for each of the automaton's states; [`NOWHERE`] for those that lead nowhere.
    rows_of: HashMap<StateID, u32>,
    rows: Vec<Row>,
    known: HashMap<Row, u32>,
}

/// What leads nowhere.
const NOWHERE: u32 = u32::MAX;

/// What a state is: the patterns that end in it, and the rows that follow, one for each column.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Row {
    ends: Vec<u16>,
    next: Vec<u32>,
}

impl<'a> Layout<'a> {
    fn of(dfa: &'a dense::DFA<Vec<u32>>) -> Self {
        let classes = dfa.byte_classes();
        let mut columns = Box::new([0; 256]);
        let mut bytes = vec![0; classes.alphabet_len() - 1];
        for byte in (0..=255u8).rev() {
            columns[usize::from(byte)] = classes.get(byte);
            bytes[usize::from(classes.get(byte))] = byte;
        }
        Self {
            dfa,
            bytes,
            columns,
            rows_of: HashMap::new(),
            rows: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Makes the row of a state and of all that follow it; they are visited before it.
    fn row(&mut self, start: StateID) -> u32 {
        let mut stack = vec![(start, false)];
        while let Some((state, follows_known)) = stack.pop() {
            if self.rows_of.contains_key(&state) {
                continue;
            }
            let nexts: Vec<StateID> = self
                .bytes
                .iter()
                .map(|byte| self.dfa.next_state(state, *byte))
                .collect();
            if follows_known {
                let next = nexts
                    .iter()
                    .map(|next| self.rows_of.get(next).copied().unwrap_or(NOWHERE))
                    .collect();
                let row = Row {
                    ends: self.ends(state),
                    next,
                };
                let place = self.place(row);
                self.rows_of.insert(state, place);
            } else {
                stack.push((state, true));
                let open = nexts.into_iter().filter(|next| !self.dfa.is_dead_state(*next));
                stack.extend(
                    open.filter(|next| !self.rows_of.contains_key(next))
                        .map(|next| (next, false)),
                );
            }
        }
        match self.rows_of[&start] {
            NOWHERE => 0,
            row => row,
        }
    }

    /// Where a row is, or its equal; [`NOWHERE`] if it leads nowhere, as the automaton's states do that only say that a match
    /// ended one byte ago.
    fn place(&mut self, row: Row) -> u32 {
        if row.ends.is_empty() && row.next.iter().all(|next| *next == NOWHERE) {
            return NOWHERE;
        }
        if let Some(place) = self.known.get(&row) {
            return *place;
        }
        let place = self.rows.len() as u32;
        self.known.insert(row.clone(), place);
        self.rows.push(row);
        place
    }

    /// The patterns that end in a state; the automaton itself says so one byte late.
    fn ends(&self, state: StateID) -> Vec<u16> {
        let over = self.dfa.next_eoi_state(state);
        if !self.dfa.is_match_state(over) {
            return Vec::new();
        }
        let count = self.dfa.match_len(over);
        let mut ends: Vec<u16> = (0..count)
            .map(|index| self.dfa.match_pattern(over, index).as_usize() as u16)
            .collect();
        ends.sort_unstable();
        ends
    }

    fn tables(self, start: u32) -> Automaton {
        let width = self.bytes.len().next_power_of_two().trailing_zeros();
        // From the start outwards, so that what is walked together lies together.
        let (open, accepting): (Vec<usize>, Vec<usize>) = (0..self.rows.len())
            .rev()
            .partition(|row| self.rows[*row].ends.is_empty());
        let mut names = vec![DEAD; self.rows.len()];
        for (place, row) in open.iter().chain(&accepting).enumerate() {
            names[*row] = place + 1;
        }
        let mut next = vec![DEAD as u32; (self.rows.len() + 1) << width];
        for (row, name) in self.rows.iter().zip(&names) {
            for (column, target) in row.next.iter().enumerate() {
                next[(name << width) + column] = *names.get(*target as usize).unwrap_or(&DEAD) as u32;
            }
        }
        let mut patterns = Vec::new();
        let mut accepts = Vec::new();
        for row in &accepting {
            let from = patterns.len() as u32;
            patterns.extend_from_slice(&self.rows[*row].ends);
            accepts.push(from..patterns.len() as u32);
        }
        let small: Result<Vec<u16>, _> = next.iter().map(|state| u16::try_from(*state)).collect();
        Automaton {
            start: names[start as usize],
            accepting: open.len() + 1,
            columns: self.columns,
            next: small.map_or(Next::Large(next), Next::Small),
            width,
            accepts,
            patterns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    fn automaton(patterns: &[&str], reverse: bool) -> Automaton {
        let hirs: Vec<Hir> = patterns.iter().map(|p| parse(p).unwrap()).collect();
        Automaton::build(&nfa(&hirs.iter().collect::<Vec<_>>(), reverse).unwrap()).unwrap()
    }

    fn ends(automaton: &Automaton, text: &str) -> Vec<(usize, Vec<u16>)> {
        let mut out = Vec::new();
        automaton.walk(text.as_bytes(), |end, accept| {
            out.push((end, automaton.patterns(accept).to_vec()))
        });
        out
    }

    #[test]
    fn every_end_of_every_pattern_is_seen_where_it_is() {
        assert_eq!(
            ends(&automaton(&["ab{1,3}", "abb"], false), "abbbb"),
            [(2, vec![0]), (3, vec![0, 1]), (4, vec![0])]
        );
    }

    #[test]
    fn reading_backwards_finds_starts() {
        let automaton = automaton(&["[ab]{1,2}c"], true);
        let mut starts = Vec::new();
        automaton.walk_back(b"bbac", |len, _| starts.push(len));
        assert_eq!(starts, [2, 3]);
    }

    #[test]
    fn openings_say_what_may_follow_so_many_digits() {
        let automaton = automaton(&["[0-9]{4,6}", "4[0-9]{2}-[0-9]{10}", "[0-9]{20}x"], false);
        let openings = automaton.openings(|_, next| next.is_none_or(|next| next == b' '));
        for (text, admitted) in [
            ("1234", true),
            ("1234 ", true),
            ("1234.", false),
            ("123", false),
            ("123-", true),
            ("1234567 ", false),
            ("12345678901234567890123", true),
        ] {
            assert_eq!(openings.admit(text.as_bytes()), admitted, "{text}");
        }
    }

    #[test]
    fn digits_are_counted() {
        for (text, count) in [
            ("", 0),
            ("12a", 2),
            ("12345678", 8),
            ("1234567a9", 7),
            ("1234567890123456x", 16),
            ("123456789012", 12),
            ("12345678901234567890", 16),
            ("/1", 0),
            (":", 0),
        ] {
            assert_eq!(digits(text.as_bytes()), count, "{text}");
        }
        assert!((0..=255u8).all(|byte| digits(&[byte; 8]) == if byte.is_ascii_digit() { 8 } else { 0 }));
    }

    #[test]
    fn patterns_that_are_too_large_are_refused() {
        let hir = parse("[ab]{0,40}a[ab]{20}c").unwrap();
        assert!(Automaton::build(&nfa(&[&hir], false).unwrap()).is_none());
    }
}
