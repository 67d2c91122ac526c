//! Which keywords seem to begin near a candidate: what needs one is not confirmed where there is none.

use std::ops::Range;

use super::gate::BLOCK;
use crate::classify::program::{Callers, NEAR, STEMS};

/// A block and what is around it.
pub(super) const AROUND: usize = NEAR[0] + BLOCK + NEAR[1];
/// Bytes that are not told apart.
const STRETCH: usize = 32;
/// A word of masks, which is also how many bytes are read at once.
const LANES: usize = u64::BITS as usize;
/// Masks of all that is read.
const MASKS: usize = AROUND.div_ceil(LANES);

/// The units that look at the places of a block because of keywords near them. Places are counted from the first before the
/// block.
pub(super) struct Vicinity {
    /// Bytes of ASCII words, and those of other characters, but for those that a cell begins with: what a word goes on with.
    on: [[u64; MASKS + 2]; 2],
    /// Where a word may begin.
    begins: [u64; MASKS],
    /// By stretch: the units of the keywords that begin in it.
    own: [u64; AROUND / STRETCH],
    /// By stretch of the block: the units of those that begin near it.
    near: [u64; BLOCK / STRETCH],
}

impl Vicinity {
    pub(super) fn new() -> Self {
        Self {
            on: [[0; MASKS + 2]; 2],
            begins: [0; MASKS],
            own: [0; AROUND / STRETCH],
            near: [0; BLOCK / STRETCH],
        }
    }

    /// Reads a block of `text` and what is around it; `fresh` says for each of these places whether a cell begins there.
    pub(super) fn read(&mut self, callers: &Callers, text: &[u8], block: Range<usize>, fresh: &[u8; AROUND]) {
        // As if there were spaces before the text.
        let skipped = NEAR[0].saturating_sub(block.start);
        let first = block.start.saturating_sub(NEAR[0]);
        let text = &text[first..text.len().min(block.end + NEAR[1])];
        self.mark(text, skipped, fresh);
        self.own.fill(0);
        for (index, begins) in self.begins.iter().enumerate() {
            let mut begins = *begins;
            while begins != 0 {
                let place = index * LANES + begins.trailing_zeros() as usize;
                begins &= begins - 1;
                let stem = self.stem(text, place, skipped);
                self.own[place / STRETCH] |= callers.units(stem);
            }
        }
        const AT_ONCE: usize = (NEAR[0] + NEAR[1]) / STRETCH + 1;
        for (near, own) in self.near.iter_mut().zip(self.own.windows(AT_ONCE)) {
            *near = own.iter().fold(0, |all, units| all | units);
        }
    }

    /// The units of the keywords near a place of the block.
    #[inline(always)]
    pub(super) fn at(&self, place: usize) -> u64 {
        self.near[place / STRETCH]
    }

    /// Marks where words begin and go on.
    fn mark(&mut self, text: &[u8], skipped: usize, fresh: &[u8; AROUND]) {
        let (fresh, _) = fresh.as_chunks::<LANES>();
        let mut before = 0;
        for (index, fresh) in fresh.iter().enumerate() {
            let mut padded = [b' '; LANES];
            let at = (index * LANES).checked_sub(skipped);
            let bytes = match at.and_then(|at| text.get(at..)?.first_chunk()) {
                Some(bytes) => bytes,
                None => {
                    let from = (index * LANES).saturating_sub(skipped).min(text.len());
                    let to = ((index + 1) * LANES).saturating_sub(skipped).min(text.len());
                    let at = skipped.saturating_sub(index * LANES).min(LANES);
                    padded[at..at + to - from].copy_from_slice(&text[from..to]);
                    &padded
                }
            };
            let fresh = mask(fresh, |fresh| fresh & 1);
            let word = mask(bytes, |byte| {
                u8::from((byte | 0x20).wrapping_sub(b'a') < 26)
                    | u8::from(byte.wrapping_sub(b'0') < 10)
                    | u8::from(byte == b'_')
            });
            self.on[0][index] = word & !fresh;
            self.begins[index] = word & (fresh | !(word << 1 | before));
            before = word >> (LANES - 1);
            self.on[1][index] = 0;
            if !bytes.is_ascii() {
                self.on[1][index] = mask(bytes, |byte| byte >> 7) & !fresh;
                self.begins[index] |= mask(bytes, |byte| u8::from(byte >= 0xc0));
            }
        }
    }

    /// What a word begins with.
    #[inline(always)]
    fn stem(&self, text: &[u8], place: usize, skipped: usize) -> u64 {
        let at = place - skipped;
        let wide = usize::from(text[at] >> 7);
        let on = &self.on[wide];
        let next = place + 1;
        let bits = u128::from(on[next / LANES]) | u128::from(on[next / LANES + 1]) << LANES;
        let bits = (bits >> (next % LANES)) as u32 & ((1 << (STEMS[wide] - 1)) - 1);
        let len = 1 + bits.trailing_ones();
        let bytes = match text[at..].first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => text[at..]
                .iter()
                .rev()
                .fold(0, |stem, byte| stem << 8 | u64::from(*byte)),
        };
        bytes & u64::MAX >> (u64::BITS - 8 * len)
    }
}

/// One bit for each of sixty-four bytes; `of` says 1 or 0.
#[inline(always)]
fn mask(bytes: &[u8; LANES], of: impl Fn(u8) -> u8) -> u64 {
    let mut marks = [[0; 8]; LANES / 8];
    let all = marks.as_flattened_mut().iter_mut().zip(bytes);
    all.for_each(|(mark, byte)| *mark = of(*byte));
    // The lowest bits of eight bytes, side by side.
    let bits = marks.map(|eight| (u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8);
    u64::from_le_bytes(bits)
}
