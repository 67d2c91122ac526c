//! Which keywords seem to begin near a candidate: what needs one is not confirmed where there is none.

use super::gate::BLOCK;
use crate::classify::program::{Callers, NEAR, READ, Words, from_before, mask};

/// Bytes that are not told apart.
const STRETCH: usize = 32;
/// Stretches before and behind a candidate's own in which a keyword that is near may begin.
const BEFORE: usize = NEAR[0].div_ceil(STRETCH);
const BEHIND: usize = NEAR[1].div_ceil(STRETCH);
const STRETCHES: usize = BEFORE + BLOCK / STRETCH + BEHIND;

/// Places before a block that are kept in mind.
pub(super) const MARGIN: usize = BEFORE * STRETCH + 1;
/// A block and what is around it.
pub(super) const AROUND: usize = MARGIN + BLOCK + BEHIND * STRETCH + READ;

/// The units that look at the places of a block because of keywords near them, found out where it is asked for.
pub(super) struct Vicinity {
    /// By stretch, from the first of those before the block on: the units of the keywords that begin in it.
    own: Lazily<STRETCHES>,
    /// By stretch of the block: the units of those that begin near it.
    near: Lazily<{ BLOCK / STRETCH }>,
}

/// A block of text.
#[derive(Clone, Copy)]
pub(super) struct Surrounded<'a> {
    pub(super) text: &'a [u8],
    /// Where the block begins in it.
    pub(super) from: usize,
    /// For each place from [`MARGIN`] before the block on, 255 where a cell begins and 0 elsewhere.
    pub(super) fresh: &'a [u8; AROUND],
    /// Whether any does.
    pub(super) parted: bool,
}

impl Vicinity {
    pub(super) fn new() -> Self {
        Self {
            own: Lazily::new(),
            near: Lazily::new(),
        }
    }

    /// Begins another block.
    pub(super) fn reset(&mut self) {
        self.own.forget();
        self.near.forget();
    }

    /// The units of the keywords near a place of the block.
    #[inline(always)]
    pub(super) fn at(&mut self, callers: &Callers, block: Surrounded<'_>, place: usize) -> u64 {
        let stretch = place / STRETCH;
        let own = &mut self.own;
        self.near.get(stretch, || {
            let all = stretch..=stretch + BEFORE + BEHIND;
            all.fold(0, |units, stretch| {
                units | own.get(stretch, || block.read(callers, stretch))
            })
        })
    }
}

impl Surrounded<'_> {
    /// The units of the keywords that begin in a stretch.
    fn read(&self, callers: &Callers, stretch: usize) -> u64 {
        let place = stretch * STRETCH;
        // As if there were spaces before the text.
        let Some(at) = (self.from + place + 1).checked_sub(MARGIN) else {
            return 0;
        };
        let mut padded = [b' '; READ];
        let fresh = self.fresh[place..].first_chunk().filter(|_| self.parted);
        let fresh = fresh.map_or(0, |fresh| mask(fresh, |fresh| fresh & 1));
        let words = Words::of(from_before(self.text, at, &mut padded), fresh);
        callers.units(&words, STRETCH)
    }
}

/// Values that are found out when first asked for.
struct Lazily<const N: usize> {
    values: [u64; N],
    known: [bool; N],
}

impl<const N: usize> Lazily<N> {
    fn new() -> Self {
        Self {
            values: [0; N],
            known: [false; N],
        }
    }

    fn forget(&mut self) {
        self.known.fill(false);
    }

    #[inline(always)]
    fn get(&mut self, index: usize, find: impl FnOnce() -> u64) -> u64 {
        if !self.known[index] {
            self.values[index] = find();
            self.known[index] = true;
        }
        self.values[index]
    }
}
