//! Anchored automata, each of several patterns: from a start, all ends of all patterns.
//!
//! They are determinised as they are walked, and what is known so far is a table. What never comes up in a text costs
//! nothing, and what does stays small enough for the cache, however large the whole would be. One table holds what is known of
//! all of them, so that walks of different automata go in step.

use std::collections::HashMap;
use std::sync::Arc;

use regex_automata::nfa::thompson::{self, NFA, State};
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::Hir;

/// The largest automaton before it is determinised.
const NFA_LIMIT: usize = 16 << 20;
/// What is known of all automata may take so many bytes; then it is forgotten.
const KNOWN: usize = 32 << 20;

/// Anchored automata that are walked together.
#[derive(Default)]
pub(crate) struct Automata {
    all: Vec<Automaton>,
    /// For each automaton and byte, its column: all bytes of a column lead to the same.
    columns: Vec<[u8; 256]>,
}

/// An anchored automaton of several patterns.
struct Automaton {
    nfa: NFA,
    /// A byte of each column.
    bytes: Vec<u8>,
    /// For each pattern, the boundary set that may not hold the byte after an end.
    borders: Vec<u32>,
}

/// What one scanner knows of [`Automata`] so far.
#[derive(Default)]
pub(crate) struct Known {
    /// One row after the other: what ends there, what a walk that ends there is asked, which row it is, and for each column the
    /// state that follows.
    next: Vec<u32>,
    /// For each row, the states that it stands for.
    rows: Vec<Arc<[StateID]>>,
    /// By automaton.
    own: Vec<Own>,
    /// The bytes that all this takes.
    size: usize,
    /// For each set of patterns that end together, these in order.
    accepts: Vec<Box<[u16]>>,
    accepted: Vec<Walk>,
}

/// What is known of one automaton.
#[derive(Default)]
struct Own {
    /// The state in which walks begin.
    start: u32,
    names: HashMap<Arc<[StateID]>, u32>,
    /// The sets of patterns that were seen to end together. They are never forgotten.
    together: HashMap<Box<[u16]>, Accept>,
    reach: Reach,
}

/// A set of patterns whose matches end at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accept(u32);

/// Where a walk accepts.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    state: u32,
}

impl Ending {
    /// Whether any pattern can end, given the boundary sets that hold the next byte.
    #[inline(always)]
    pub(crate) fn may_be(self, known: &Known, next: u32) -> bool {
        known.next[place(self.state, 0) - BORDERS] & !next != 0
    }

    /// The patterns that do.
    #[inline(always)]
    pub(crate) fn accept(self, known: &Known) -> Accept {
        known.ending(self.state)
    }
}

/// A walk of an automaton that stands at `at` and goes to `to` at most.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Walk {
    state: u32,
    pub(crate) at: u32,
    pub(crate) to: u32,
    pub(crate) automaton: u16,
    /// Which it is, for whoever asked.
    pub(crate) who: u16,
}

/// How far a step of all walks is: walks looked at, walks that go on, walks that accept.
#[derive(Default)]
struct Round {
    index: usize,
    open: usize,
    ends: usize,
}

/// A step that leads somewhere yet unknown.
struct Unknown {
    automaton: u16,
    state: u32,
    column: u8,
}

/// How far before its first column a row says which patterns end there.
const ENDING: usize = 3;
/// How far before it a row says the boundary sets of all of them.
const BORDERS: usize = 2;
/// How far before it a row says which it is.
const INDEX: usize = 1;

// A state is the place of its row's first column, and two flags.

/// A step that was not taken yet.
const UNKNOWN: u32 = 0;
/// Some pattern ends.
const ACCEPTS: u32 = 1 << 31;
/// No pattern goes on.
const OVER: u32 = 1 << 30;
const FLAGS: u32 = ACCEPTS | OVER;

impl Walk {
    /// A walk to take; `at` must be before `to`.
    pub(crate) fn new(who: u16, automaton: u16, at: u32, to: u32) -> Self {
        Self {
            state: UNKNOWN,
            at,
            to,
            automaton,
            who,
        }
    }
}

/// The place in the table of the step from a state.
#[inline(always)]
fn place(state: u32, column: u8) -> usize {
    (state & !FLAGS) as usize + usize::from(column)
}

impl Automata {
    /// Adds an automaton and gives its index. `borders`: for each pattern, the boundary set that may not hold the byte after an
    /// end, as a bit.
    pub(super) fn add(&mut self, nfa: NFA, borders: Vec<u32>) -> u16 {
        let classes = nfa.byte_classes();
        let mut columns = [0; 256];
        // One of the classes is for the end of a text, which no pattern looks at.
        let mut bytes = vec![0; classes.alphabet_len() - 1];
        for byte in (0..=255u8).rev() {
            columns[usize::from(byte)] = classes.get(byte);
            bytes[usize::from(classes.get(byte))] = byte;
        }
        self.columns.push(columns);
        self.all.push(Automaton { nfa, bytes, borders });
        (self.all.len() - 1) as u16
    }

    /// An automaton as it was added.
    pub(super) fn nfa(&self, automaton: u16) -> &NFA {
        &self.all[usize::from(automaton)].nfa
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
        known.begin(self);
        for walk in &mut *walks {
            walk.state = known.start(self, walk.automaton);
        }
        let mut accepted = std::mem::take(&mut known.accepted);
        accepted.resize(accepted.len().max(walks.len()), Walk::default());
        while !walks.is_empty() {
            let mut round = Round::default();
            while let Some(unknown) = self.step(&known.next, text, walks, &mut accepted, &mut round) {
                known.grow(self, unknown);
            }
            let Round { open, ends, .. } = round;
            walks.truncate(open);
            let mut ended = 0;
            for index in 0..ends {
                let walk = accepted[index];
                accepted[ended] = walk;
                ended += usize::from(known.next[place(walk.state, 0) - BORDERS] & !border(&walk) != 0);
            }
            for walk in &accepted[..ended] {
                found(walk, known.ending(walk.state));
            }
            if known.size > KNOWN {
                known.forget(self, walks);
            }
        }
        known.accepted = accepted;
    }

    /// Takes a step of each walk, or of those before one that leads somewhere yet unknown.
    #[inline(never)]
    fn step(
        &self,
        next: &[u32],
        text: &[u8],
        walks: &mut [Walk],
        accepted: &mut [Walk],
        round: &mut Round,
    ) -> Option<Unknown> {
        let Round {
            mut index,
            mut open,
            mut ends,
        } = *round;
        let mut unknown = None;
        while index < walks.len() {
            let mut walk = walks[index];
            let column = self.columns[usize::from(walk.automaton)][usize::from(text[walk.at as usize])];
            let state = next[place(walk.state, column)];
            if state == UNKNOWN {
                let Walk { automaton, state, .. } = walk;
                unknown = Some(Unknown {
                    automaton,
                    state,
                    column,
                });
                break;
            }
            index += 1;
            walk.state = state;
            walk.at += 1;
            accepted[ends] = walk;
            ends += (walk.state >> ACCEPTS.trailing_zeros()) as usize;
            walks[open] = walk;
            open += usize::from((walk.state & OVER == 0) & (walk.at < walk.to));
        }
        *round = Round { index, open, ends };
        unknown
    }

    /// Takes one walk of an automaton over `bytes` and calls `found` wherever it accepts, with the number of bytes read.
    #[inline(always)]
    pub(crate) fn walk<'a>(
        &self,
        automaton: u16,
        known: &mut Known,
        bytes: impl Iterator<Item = &'a u8>,
        found: impl FnMut(&Known, usize, Ending),
    ) {
        self.run(automaton, known, bytes, found);
    }

    #[inline(always)]
    fn run<'a>(
        &self,
        automaton: u16,
        known: &mut Known,
        bytes: impl Iterator<Item = &'a u8>,
        mut found: impl FnMut(&Known, usize, Ending),
    ) -> u32 {
        known.begin(self);
        if known.size > KNOWN {
            known.forget(self, &mut []);
        }
        let columns = &self.columns[usize::from(automaton)];
        let mut state = known.start(self, automaton);
        for (index, byte) in bytes.enumerate() {
            let column = columns[usize::from(*byte)];
            let mut next = known.next[place(state, column)];
            if next == UNKNOWN {
                next = known.grow(
                    self,
                    Unknown {
                        automaton,
                        state,
                        column,
                    },
                );
            }
            state = next;
            if state & FLAGS != 0 {
                if state & ACCEPTS != 0 {
                    found(known, index + 1, Ending { state });
                }
                if state & OVER != 0 {
                    break;
                }
            }
        }
        state
    }

    /// Takes one walk as [`Automata::walk`] does, and gives the states of the automaton, before it is determinised, in which it
    /// stands at last; none if no pattern goes on.
    pub(super) fn walk_to(
        &self,
        automaton: u16,
        known: &mut Known,
        bytes: &[u8],
        found: impl FnMut(&Known, usize, Ending),
    ) -> Arc<[StateID]> {
        match self.run(automaton, known, bytes.iter(), found) {
            state if state & OVER != 0 => Arc::default(),
            state => known.set(state).clone(),
        }
    }
}

impl Known {
    /// Makes room for what is known of each automaton.
    #[inline(always)]
    fn begin(&mut self, automata: &Automata) {
        if self.own.len() != automata.all.len() {
            self.own.resize_with(automata.all.len(), Own::default);
        }
    }

    /// The state in which walks of an automaton begin.
    #[inline(always)]
    fn start(&mut self, automata: &Automata, automaton: u16) -> u32 {
        match self.own[usize::from(automaton)].start {
            UNKNOWN => self.first(automata, automaton),
            start => start,
        }
    }

    #[cold]
    fn first(&mut self, automata: &Automata, automaton: u16) -> u32 {
        let nfa = &automata.all[usize::from(automaton)].nfa;
        let own = &mut self.own[usize::from(automaton)];
        let set = own.reach.closure(nfa, [nfa.start_anchored()]);
        // No pattern matches nothing.
        let start = self.state(automata, automaton, set);
        self.own[usize::from(automaton)].start = start;
        start
    }

    fn set(&self, state: u32) -> &Arc<[StateID]> {
        &self.rows[self.next[place(state, 0) - INDEX] as usize]
    }

    /// The patterns that end in a state.
    #[inline(always)]
    fn ending(&self, state: u32) -> Accept {
        Accept(self.next[place(state, 0) - ENDING])
    }

    /// Forgets all but the states in which `walks` are.
    #[cold]
    fn forget(&mut self, automata: &Automata, walks: &mut [Walk]) {
        let sets: Vec<_> = walks.iter().map(|walk| self.set(walk.state).clone()).collect();
        self.next.clear();
        self.rows.clear();
        self.size = 0;
        for own in &mut self.own {
            own.start = UNKNOWN;
            own.names.clear();
        }
        for (walk, set) in walks.iter_mut().zip(sets) {
            walk.state = self.state(automata, walk.automaton, set.to_vec());
        }
    }

    /// Takes a step for the first time.
    #[cold]
    fn grow(&mut self, automata: &Automata, unknown: Unknown) -> u32 {
        let Unknown {
            automaton,
            state,
            column,
        } = unknown;
        let Automaton { nfa, bytes, .. } = &automata.all[usize::from(automaton)];
        let byte = bytes[usize::from(column)];
        let set = self.set(state).clone();
        let targets = set.iter().filter_map(|id| after(nfa, *id, byte));
        let targets = self.own[usize::from(automaton)].reach.closure(nfa, targets);
        let next = self.state(automata, automaton, targets);
        self.next[place(state, column)] = next;
        next
    }

    /// The state that stands for a set, which must be in order.
    fn state(&mut self, automata: &Automata, automaton: u16, set: Vec<StateID>) -> u32 {
        if set.is_empty() {
            return OVER;
        }
        let names = &self.own[usize::from(automaton)].names;
        match names.get(set.as_slice()) {
            Some(state) => *state,
            None => self.add(automata, automaton, set.into()),
        }
    }

    fn add(&mut self, automata: &Automata, automaton: u16, set: Arc<[StateID]>) -> u32 {
        let Automaton { nfa, bytes, borders } = &automata.all[usize::from(automaton)];
        let pattern = |id: &StateID| match nfa.state(*id) {
            State::Match { pattern_id } => Some(pattern_id.as_usize() as u16),
            _ => None,
        };
        let mut patterns: Vec<u16> = set.iter().filter_map(pattern).collect();
        patterns.sort_unstable();
        let ends = u32::from(!patterns.is_empty()) * ACCEPTS;
        let over = u32::from(patterns.len() == set.len()) * OVER;
        let borders = patterns.iter().map(|pattern| borders[usize::from(*pattern)]);
        let borders = borders.fold(0, |sum, border| sum | border);
        let Accept(ending) = self.accept(automaton, patterns);
        self.next.extend([ending, borders, self.rows.len() as u32]);
        let state = self.next.len() as u32 | ends | over;
        self.next.resize(self.next.len() + bytes.len(), UNKNOWN);
        self.size += size_of::<u32>() * bytes.len() + ROW + size_of_val(&*set);
        self.own[usize::from(automaton)].names.insert(set.clone(), state);
        self.rows.push(set);
        state
    }

    fn accept(&mut self, automaton: u16, patterns: Vec<u16>) -> Accept {
        let together = &mut self.own[usize::from(automaton)].together;
        if let Some(accept) = together.get(patterns.as_slice()) {
            return *accept;
        }
        let accept = Accept(self.accepts.len() as u32);
        let patterns: Box<[u16]> = patterns.into();
        together.insert(patterns.clone(), accept);
        self.accepts.push(patterns);
        accept
    }

    /// The patterns that end together, in order.
    #[inline(always)]
    pub(crate) fn patterns(&self, accept: Accept) -> &[u16] {
        &self.accepts[accept.0 as usize]
    }
}

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
pub(super) fn after(nfa: &NFA, id: StateID, byte: u8) -> Option<StateID> {
    match nfa.state(id) {
        State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
        State::Sparse(sparse) => sparse.matches_byte(byte),
        State::Dense(dense) => dense.matches_byte(byte),
        _ => None,
    }
}

/// Adds the states that one leads to.
pub(super) fn next_of(state: &State, open: &mut Vec<StateID>) {
    match state {
        State::ByteRange { trans } => open.push(trans.next),
        State::Sparse(sparse) => open.extend(sparse.transitions.iter().map(|trans| trans.next)),
        State::Dense(dense) => open.extend(dense.transitions.iter()),
        State::Look { next, .. } | State::Capture { next, .. } => open.push(*next),
        State::Union { alternates } => open.extend(alternates.iter()),
        State::BinaryUnion { alt1, alt2 } => open.extend([*alt1, *alt2]),
        State::Fail | State::Match { .. } => {}
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

    fn automata(all: &[&[&str]], reverse: bool) -> Automata {
        let mut automata = Automata::default();
        for patterns in all {
            let hirs: Vec<Hir> = patterns.iter().map(|p| parse(p).unwrap()).collect();
            let borders = (0..patterns.len()).map(|pattern| 1 << pattern).collect();
            automata.add(nfa(&hirs.iter().collect::<Vec<_>>(), reverse).unwrap(), borders);
        }
        automata
    }

    fn ends(automata: &Automata, text: &str) -> Vec<(usize, Vec<u16>)> {
        let mut out = Vec::new();
        automata.walk(
            0,
            &mut Known::default(),
            text.as_bytes().iter(),
            |known, end, ending| {
                out.push((end, known.patterns(ending.accept(known)).to_vec()));
            },
        );
        out
    }

    #[test]
    fn every_end_of_every_pattern_is_seen_where_it_is() {
        assert_eq!(
            ends(&automata(&[&["ab{1,3}", "abb"]], false), "abbbb"),
            [(2, vec![0]), (3, vec![0, 1]), (4, vec![0])]
        );
    }

    #[test]
    fn reading_backwards_finds_starts() {
        let automata = automata(&[&["[ab]{1,2}c"]], true);
        let mut starts = Vec::new();
        automata.walk(0, &mut Known::default(), b"bbac".iter().rev(), |_, len, _| {
            starts.push(len)
        });
        assert_eq!(starts, [2, 3]);
    }

    #[test]
    fn walks_in_step_find_what_each_finds_alone() {
        let automata = automata(&[&["[ab]{1,9}c", "b[abc]{2,4}"], &["c+a{0,3}"]], false);
        let text: Vec<u8> = (0..4000u32)
            .map(|n| b'a' + (n.wrapping_mul(2_654_435_761) >> 30) as u8)
            .collect();
        let to = |at: usize| text.len().min(at + 7);
        let all = || (0..text.len()).flat_map(|at| [(at, 0u16), (at, 1)]);
        let mut alone = Vec::new();
        for (at, automaton) in all() {
            automata.walk(
                automaton,
                &mut Known::default(),
                text[at..to(at)].iter(),
                |known, len, ending| {
                    let patterns = known.patterns(ending.accept(known)).to_vec();
                    alone.push((at as u16, automaton, (at + len) as u32, patterns));
                },
            );
        }
        let together = |known: &mut Known| {
            let mut found = Vec::new();
            let walk = |(at, automaton)| Walk::new(at as u16, automaton, at as u32, to(at) as u32);
            let mut walks = all().map(walk).collect();
            automata.walk_all(
                known,
                &text,
                &mut walks,
                |_| 0,
                |walk, accept| found.push((walk.who, walk.automaton, walk.at, accept)),
            );
            let patterns = |accept| known.patterns(accept).to_vec();
            let shown = |(who, automaton, at, accept)| (who, automaton, at, patterns(accept));
            let mut found: Vec<_> = found.into_iter().map(shown).collect();
            found.sort();
            found
        };
        assert!(alone.len() > 1000);
        let mut known = Known::default();
        assert_eq!(together(&mut known), alone);
        // As if it had grown too large: all is forgotten after the next step.
        known.size = KNOWN + 1;
        assert_eq!(together(&mut known), alone);
        assert!(known.size < KNOWN);
    }

    #[test]
    fn what_follows_is_asked_of_each_end() {
        let automata = automata(&[&["a", "ab?"]], false);
        let ends = |border: u32| {
            let mut ends = Vec::new();
            let mut walks = vec![Walk::new(0, 0, 0, 2)];
            automata.walk_all(
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
