//! Anchored automata of several patterns: from a start, all ends of all patterns.
//!
//! They are determinised as they are walked, and what is known so far is a table. What never comes up in a text costs
//! nothing, and what does stays small enough for the cache, however large the whole would be.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use regex_automata::nfa::thompson::{self, NFA, State};
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::Hir;

use super::bytes::ByteSet;

/// The largest automaton before it is determinised.
const NFA_LIMIT: usize = 16 << 20;
/// What is known of an automaton may take so many bytes; then it is forgotten.
const KNOWN: usize = 1 << 20;

/// An anchored automaton of several patterns.
pub(crate) struct Automaton {
    nfa: NFA,
    /// For each byte, its column: all bytes of a column lead to the same.
    columns: Box<[u8; 256]>,
    /// A byte of each column.
    bytes: Vec<u8>,
    /// The logarithm of a row's length.
    width: u32,
    /// For each pattern, the boundary set that may not hold the byte after an end.
    borders: Vec<u32>,
}

/// What one scanner knows of an [`Automaton`] so far.
#[derive(Default)]
pub(crate) struct Known {
    /// For each row and column, the state that follows.
    next: Vec<u32>,
    rows: Vec<Row>,
    names: HashMap<Arc<[StateID]>, u32>,
    /// The bytes that `rows` and `names` take.
    size: usize,
    accepts: Vec<Accepting>,
    reach: Reach,
    accepted: Vec<Walk>,
}

/// One determinised state.
struct Row {
    /// What it stands for.
    set: Arc<[StateID]>,
    accept: Accept,
}

/// Patterns that end together.
struct Accepting {
    /// In order.
    patterns: Box<[u16]>,
    /// The boundary sets of all: while the next byte is in all of them, none can end.
    borders: u32,
}

/// A set of patterns whose matches end at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accept(u32);

/// A walk that stands at `at` and goes to `to` at most.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Walk {
    state: u32,
    pub(crate) at: u32,
    pub(crate) to: u32,
    /// Which it is, for whoever asked.
    pub(crate) who: u32,
}

/// How far a step of all walks is: walks looked at, walks that go on, walks that accept.
#[derive(Default)]
struct Round {
    index: usize,
    open: usize,
    ends: usize,
}

// A state is its row and two flags.

/// A step that was not taken yet.
const UNKNOWN: u32 = 0;
/// Some pattern ends.
const ACCEPTS: u32 = 1 << 31;
/// No pattern goes on.
const OVER: u32 = 1 << 30;
const FLAGS: u32 = ACCEPTS | OVER;

impl Walk {
    /// A walk to take; `at` must be before `to`.
    pub(crate) fn new(who: u32, at: u32, to: u32) -> Self {
        Self {
            state: UNKNOWN,
            at,
            to,
            who,
        }
    }
}

impl Automaton {
    /// `borders`: for each pattern, the boundary set that may not hold the byte after an end, as a bit.
    pub(super) fn new(nfa: NFA, borders: Vec<u32>) -> Self {
        let classes = nfa.byte_classes();
        let mut columns = Box::new([0; 256]);
        // One of the classes is for the end of a text, which no pattern looks at.
        let mut bytes = vec![0; classes.alphabet_len() - 1];
        for byte in (0..=255u8).rev() {
            columns[usize::from(byte)] = classes.get(byte);
            bytes[usize::from(classes.get(byte))] = byte;
        }
        Self {
            width: bytes.len().next_power_of_two().trailing_zeros(),
            nfa,
            columns,
            bytes,
            borders,
        }
    }

    #[inline(always)]
    fn place(&self, state: u32, byte: u8) -> usize {
        (((state & !FLAGS) as usize) << self.width) + usize::from(self.columns[usize::from(byte)])
    }

    /// Takes all walks through `text`, which leaves none, and calls `found` with each place where one may end; `border` says
    /// which boundary sets hold the byte that a walk stands before.
    ///
    /// They go in step, and no step branches on what it finds: nobody can tell where a walk ends, and a wrong guess costs more
    /// than many steps; the steps of others are taken while one waits for memory.
    pub(crate) fn walk_all(
        &self,
        known: &mut Known,
        text: &[u8],
        walks: &mut Vec<Walk>,
        border: impl Fn(&Walk) -> u32,
        mut found: impl FnMut(&Walk, Accept),
    ) {
        let start = known.start(self);
        walks.iter_mut().for_each(|walk| walk.state = start);
        let mut accepted = std::mem::take(&mut known.accepted);
        accepted.resize(accepted.len().max(walks.len()), Walk::default());
        while !walks.is_empty() {
            let mut round = Round::default();
            while let Some(place) = self.step(&known.next, text, walks, &mut accepted, &mut round) {
                known.grow(self, place);
            }
            let Round { open, ends, .. } = round;
            walks.truncate(open);
            for walk in &accepted[..ends] {
                let accept = known.rows[(walk.state & !FLAGS) as usize].accept;
                if known.may_end(accept, border(walk)) {
                    found(walk, accept);
                }
            }
            if known.size > KNOWN {
                known.forget(self, walks);
            }
        }
        known.accepted = accepted;
    }

    /// Takes a step of each walk, or of those before one that leads somewhere yet unknown: says where that is to be written.
    #[inline(never)]
    fn step(
        &self,
        next: &[u32],
        text: &[u8],
        walks: &mut [Walk],
        accepted: &mut [Walk],
        round: &mut Round,
    ) -> Option<usize> {
        let Round {
            mut index,
            mut open,
            mut ends,
        } = *round;
        let mut unknown = None;
        while index < walks.len() {
            let mut walk = walks[index];
            let place = self.place(walk.state, text[walk.at as usize]);
            walk.state = next[place];
            if walk.state == UNKNOWN {
                unknown = Some(place);
                break;
            }
            index += 1;
            walk.at += 1;
            accepted[ends] = walk;
            ends += (walk.state >> ACCEPTS.trailing_zeros()) as usize;
            walks[open] = walk;
            open += usize::from((walk.state & OVER == 0) & (walk.at < walk.to));
        }
        *round = Round { index, open, ends };
        unknown
    }

    /// Takes one walk over `bytes` and calls `found` wherever it accepts, with the number of bytes read.
    #[inline(always)]
    pub(crate) fn walk<'a>(
        &self,
        known: &mut Known,
        bytes: impl Iterator<Item = &'a u8>,
        mut found: impl FnMut(&Known, usize, Accept),
    ) {
        if known.size > KNOWN {
            known.forget(self, &mut []);
        }
        let mut state = known.start(self);
        for (index, byte) in bytes.enumerate() {
            let place = self.place(state, *byte);
            state = known.next[place];
            if state == UNKNOWN {
                state = known.grow(self, place);
            }
            if state & FLAGS != 0 {
                if state & ACCEPTS != 0 {
                    found(known, index + 1, known.rows[(state & !FLAGS) as usize].accept);
                }
                if state & OVER != 0 {
                    return;
                }
            }
        }
    }

    /// Calls `each` with what a match may go on with after so many digits at its start: the bytes of a step, or the boundary set
    /// that may not hold the byte after an end.
    pub(super) fn after_digits(&self, mut each: impl FnMut(usize, Result<ByteSet, u32>)) {
        let digits: ByteSet = (b'0'..=b'9').collect();
        let mut reach = Reach::default();
        let mut states = reach.closure(&self.nfa, [self.nfa.start_anchored()]);
        for count in 0.. {
            if states.is_empty() {
                break;
            }
            let mut targets = BTreeSet::new();
            for id in &states {
                if let State::Match { pattern_id } = self.nfa.state(*id) {
                    each(count, Err(self.borders[pattern_id.as_usize()]));
                }
                for (bytes, target) in transitions(&self.nfa, *id) {
                    each(count, Ok(bytes));
                    if !(bytes & digits).is_empty() {
                        targets.insert(target);
                    }
                }
            }
            states = reach.closure(&self.nfa, targets);
        }
    }
}

impl Known {
    /// The state in which walks begin.
    #[inline(always)]
    fn start(&mut self, automaton: &Automaton) -> u32 {
        if self.rows.is_empty() {
            self.clear(automaton);
        }
        START
    }

    #[cold]
    fn clear(&mut self, automaton: &Automaton) {
        self.next.clear();
        self.rows.clear();
        self.names.clear();
        self.size = 0;
        // The first row is for what is over and matches nothing.
        self.add(automaton, Arc::default());
        let start = self
            .reach
            .closure(&automaton.nfa, [automaton.nfa.start_anchored()]);
        self.state(automaton, start);
    }

    /// Forgets all but the states in which `walks` are.
    #[cold]
    fn forget(&mut self, automaton: &Automaton, walks: &mut [Walk]) {
        let sets: Vec<_> = walks
            .iter()
            .map(|walk| self.rows[(walk.state & !FLAGS) as usize].set.clone())
            .collect();
        self.clear(automaton);
        for (walk, set) in walks.iter_mut().zip(sets) {
            walk.state = self.state(automaton, set.to_vec());
        }
    }

    /// Takes the step at `place` of the table for the first time.
    #[cold]
    fn grow(&mut self, automaton: &Automaton, place: usize) -> u32 {
        let set = self.rows[place >> automaton.width].set.clone();
        let column = place & ((1 << automaton.width) - 1);
        let byte = automaton.bytes[column];
        let targets = set.iter().filter_map(|id| after(&automaton.nfa, *id, byte));
        let targets = self.reach.closure(&automaton.nfa, targets);
        let state = self.state(automaton, targets);
        self.next[place] = state;
        state
    }

    /// The state that stands for a set, which must be in order.
    fn state(&mut self, automaton: &Automaton, set: Vec<StateID>) -> u32 {
        if set.is_empty() {
            return OVER;
        }
        if let Some(state) = self.names.get(set.as_slice()) {
            return *state;
        }
        self.add(automaton, set.into())
    }

    fn add(&mut self, automaton: &Automaton, set: Arc<[StateID]>) -> u32 {
        let pattern = |id: &StateID| match automaton.nfa.state(*id) {
            State::Match { pattern_id } => Some(pattern_id.as_usize() as u16),
            _ => None,
        };
        let mut patterns: Vec<u16> = set.iter().filter_map(pattern).collect();
        patterns.sort_unstable();
        let ends = u32::from(!patterns.is_empty()) * ACCEPTS;
        let over = u32::from(patterns.len() == set.len()) * OVER;
        let state = self.rows.len() as u32 | ends | over;
        self.size += (size_of::<u32>() << automaton.width) + ROW + size_of_val(&*set);
        self.next
            .resize(self.next.len() + (1 << automaton.width), UNKNOWN);
        self.names.insert(set.clone(), state);
        let accept = self.accept(automaton, patterns);
        self.rows.push(Row { set, accept });
        state
    }

    fn accept(&mut self, automaton: &Automaton, patterns: Vec<u16>) -> Accept {
        let known = self
            .accepts
            .iter()
            .position(|accept| *accept.patterns == *patterns);
        let index = known.unwrap_or_else(|| {
            let borders = patterns
                .iter()
                .map(|pattern| automaton.borders[usize::from(*pattern)]);
            self.accepts.push(Accepting {
                borders: borders.fold(0, |sum, border| sum | border),
                patterns: patterns.into(),
            });
            self.accepts.len() - 1
        });
        Accept(index as u32)
    }

    /// Whether any of the patterns can end, given the boundary sets that hold the next byte.
    #[inline(always)]
    pub(crate) fn may_end(&self, accept: Accept, next: u32) -> bool {
        self.accepts[accept.0 as usize].borders & !next != 0
    }

    /// The patterns that end together, in order.
    #[inline(always)]
    pub(crate) fn patterns(&self, accept: Accept) -> &[u16] {
        &self.accepts[accept.0 as usize].patterns
    }
}

/// The state in which walks begin: the first row but one. No pattern matches nothing.
const START: u32 = 1;
/// What a row takes beside its part of the table, about.
const ROW: usize = 64;

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

/// Where a state leads with a byte.
fn after(nfa: &NFA, id: StateID, byte: u8) -> Option<StateID> {
    match nfa.state(id) {
        State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
        State::Sparse(sparse) => sparse.matches_byte(byte),
        State::Dense(dense) => dense.matches_byte(byte),
        _ => None,
    }
}

/// Where a state leads, and with which bytes.
pub(super) fn transitions(nfa: &NFA, id: StateID) -> Vec<(ByteSet, StateID)> {
    match nfa.state(id) {
        State::ByteRange { trans } => vec![((trans.start..=trans.end).collect(), trans.next)],
        State::Sparse(sparse) => {
            let parts = sparse.transitions.iter();
            parts
                .map(|part| ((part.start..=part.end).collect(), part.next))
                .collect()
        }
        State::Dense(dense) => {
            let step = |byte| {
                dense
                    .matches_byte(byte)
                    .map(|next| ([byte].into_iter().collect(), next))
            };
            (0..=255u8).filter_map(step).collect()
        }
        _ => Vec::new(),
    }
}

/// Finds the states that are reached without consuming a byte. Kept for the next time, because there are many.
#[derive(Default)]
pub(super) struct Reach {
    /// For each state, when it was last seen.
    seen: Vec<u32>,
    now: u32,
    stack: Vec<StateID>,
}

impl Reach {
    /// The states that consume a byte or match, reached from `from`, in order.
    pub(super) fn closure(&mut self, nfa: &NFA, from: impl IntoIterator<Item = StateID>) -> Vec<StateID> {
        if self.now == u32::MAX {
            self.seen.clear();
            self.now = 0;
        }
        self.seen.resize(nfa.states().len(), 0);
        self.now += 1;
        self.stack.clear();
        self.stack.extend(from);
        let mut out = Vec::new();
        while let Some(id) = self.stack.pop() {
            if std::mem::replace(&mut self.seen[id.as_usize()], self.now) == self.now {
                continue;
            }
            match nfa.state(id) {
                State::Union { alternates } => self.stack.extend(alternates.iter()),
                State::BinaryUnion { alt1, alt2 } => self.stack.extend([*alt1, *alt2]),
                // Patterns look at nothing around them: they are checked for that.
                State::Capture { next, .. } | State::Look { next, .. } => self.stack.push(*next),
                State::Fail => {}
                _ => out.push(id),
            }
        }
        out.sort_unstable();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    fn automaton(patterns: &[&str], reverse: bool) -> Automaton {
        let hirs: Vec<Hir> = patterns.iter().map(|p| parse(p).unwrap()).collect();
        let borders = (0..patterns.len()).map(|pattern| 1 << pattern).collect();
        Automaton::new(nfa(&hirs.iter().collect::<Vec<_>>(), reverse).unwrap(), borders)
    }

    fn ends(automaton: &Automaton, text: &str) -> Vec<(usize, Vec<u16>)> {
        let mut out = Vec::new();
        automaton.walk(
            &mut Known::default(),
            text.as_bytes().iter(),
            |known, end, accept| {
                out.push((end, known.patterns(accept).to_vec()));
            },
        );
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
        automaton.walk(&mut Known::default(), b"bbac".iter().rev(), |_, len, _| {
            starts.push(len)
        });
        assert_eq!(starts, [2, 3]);
    }

    #[test]
    fn walks_in_step_find_what_each_finds_alone() {
        let automaton = automaton(&["[ab]{1,9}c", "b[abc]{2,4}", "c+a{0,3}"], false);
        let text: Vec<u8> = (0..4000u32)
            .map(|n| b'a' + (n.wrapping_mul(2_654_435_761) >> 30) as u8)
            .collect();
        let to = |at: usize| text.len().min(at + 7);
        let mut alone = Vec::new();
        for at in 0..text.len() {
            automaton.walk(
                &mut Known::default(),
                text[at..to(at)].iter(),
                |known, len, accept| {
                    alone.push((at as u32, (at + len) as u32, known.patterns(accept).to_vec()));
                },
            );
        }
        let all = |known: &mut Known| {
            let mut found = Vec::new();
            let walk = |at| Walk::new(at as u32, at as u32, to(at) as u32);
            let mut walks = (0..text.len()).map(walk).collect();
            automaton.walk_all(
                known,
                &text,
                &mut walks,
                |_| 0,
                |walk, accept| {
                    found.push((walk.who, walk.at, accept));
                },
            );
            let shown = |(who, at, accept)| (who, at, known.patterns(accept).to_vec());
            let mut found: Vec<_> = found.into_iter().map(shown).collect();
            found.sort();
            found
        };
        assert!(alone.len() > 1000);
        let mut known = Known::default();
        assert_eq!(all(&mut known), alone);
        // As if it had grown too large: all is forgotten after the next step.
        known.size = KNOWN + 1;
        assert_eq!(all(&mut known), alone);
        assert!(known.size < KNOWN);
    }

    #[test]
    fn what_follows_is_asked_of_each_end() {
        let automaton = automaton(&["a", "ab?"], false);
        let ends = |border: u32| {
            let mut ends = Vec::new();
            let mut walks = vec![Walk::new(0, 0, 2)];
            automaton.walk_all(
                &mut Known::default(),
                b"ab",
                &mut walks,
                |_| border,
                |walk, _| ends.push(walk.at),
            );
            ends
        };
        assert_eq!(
            [ends(0), ends(1), ends(2), ends(3)],
            [vec![1, 2], vec![1, 2], vec![1], vec![]]
        );
    }
}
