//! regex-automata's automata that are determinised as they are walked: those of the reference engine.

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::NFA;
use regex_automata::{Anchored, Input, MatchKind};

/// A walker's memory is too small for the patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfStates;

/// An anchored automaton of several patterns that reports every end of each.
#[derive(Clone)]
pub(super) struct Lazy(DFA);

/// What one walker keeps of a [`Lazy`] automaton.
pub(super) struct Memory {
    cache: Cache,
    /// The start state, valid while the cache was cleared `clears` times.
    start: LazyStateID,
    clears: usize,
}

impl Lazy {
    /// `None` if a cache would be too small for the patterns.
    pub(super) fn build(nfa: NFA, capacity: usize) -> Option<Self> {
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(capacity)
            .skip_cache_capacity_check(true);
        DFA::builder()
            .configure(config)
            .build_from_nfa(nfa)
            .ok()
            .map(Self)
    }

    /// A walker's memory.
    ///
    /// # Errors
    ///
    /// It is too small for a single state.
    pub(super) fn memory(&self) -> Result<Memory, OutOfStates> {
        let mut cache = self.0.create_cache();
        let start = self.first(&mut cache)?;
        Ok(Memory {
            clears: cache.clear_count(),
            cache,
            start,
        })
    }

    fn first(&self, cache: &mut Cache) -> Result<LazyStateID, OutOfStates> {
        let start = Input::new("").anchored(Anchored::Yes);
        self.0.start_state_forward(cache, &start).map_err(|_| OutOfStates)
    }

    /// The start state; state ids do not outlive a clearing of the cache.
    fn start(&self, memory: &mut Memory) -> Result<LazyStateID, OutOfStates> {
        if memory.clears != memory.cache.clear_count() {
            memory.start = self.first(&mut memory.cache)?;
            memory.clears = memory.cache.clear_count();
        }
        Ok(memory.start)
    }

    fn next(&self, memory: &mut Memory, state: LazyStateID, byte: u8) -> Result<LazyStateID, OutOfStates> {
        self.0
            .next_state(&mut memory.cache, state, byte)
            .map_err(|_| OutOfStates)
    }

    /// Walks `bytes` until nothing can match any more and calls `found` with the number of bytes read and the pattern for
    /// every match, at one place the greatest pattern first.
    ///
    /// # Errors
    ///
    /// The memory is too small for the patterns.
    pub(super) fn walk<'a>(
        &self,
        memory: &mut Memory,
        bytes: impl Iterator<Item = &'a u8>,
        mut found: impl FnMut(usize, u16),
    ) -> Result<(), OutOfStates> {
        let mut report = |cache: &Cache, state, len| {
            for index in (0..self.0.match_len(cache, state)).rev() {
                found(len, self.0.match_pattern(cache, state, index).as_usize() as u16);
            }
        };
        let mut state = self.start(memory)?;
        let mut len = 0;
        for byte in bytes {
            state = self.next(memory, state, *byte)?;
            if state.is_tagged() {
                if state.is_match() {
                    // The automaton says so one byte late.
                    report(&memory.cache, state, len);
                } else if state.is_dead() {
                    return Ok(());
                }
            }
            len += 1;
        }
        state = self
            .0
            .next_eoi_state(&mut memory.cache, state)
            .map_err(|_| OutOfStates)?;
        if state.is_match() {
            report(&memory.cache, state, len);
        }
        Ok(())
    }

    /// Calls `each` with every pair of bytes that some match begins with.
    ///
    /// # Errors
    ///
    /// As [`Lazy::walk`].
    pub(super) fn pairs(&self, memory: &mut Memory, mut each: impl FnMut(u8, u8)) -> Result<(), OutOfStates> {
        for first in 0..=255u8 {
            let start = self.start(memory)?;
            let after = self.next(memory, start, first)?;
            if after.is_dead() {
                continue;
            }
            for second in 0..=255u8 {
                if !self.next(memory, after, second)?.is_dead() {
                    each(first, second);
                }
            }
        }
        Ok(())
    }
}
