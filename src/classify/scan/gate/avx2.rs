//! The gate 32 bytes at once, with AVX2.
//!
//! Which buckets a byte admits is looked up by its two halves: a byte admits what both halves admit. That is as good as
//! a table of bytes for sets that are rows and columns of the ASCII table, such as the digits, and admits too much for
//! others, above all for what is no letter and no digit. So what passes is looked up once more, byte by byte.

use std::arch::x86_64::*;

use super::portable::Portable;
use super::{BLOCK, Block, Candidate, Find, Marks, with_banks};
use crate::classify::program::{AHEAD, Bank, WIDTH, WORD_BANKS};

/// Bytes handled at once.
const LANES: usize = 32;

/// Whether the processor can.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2")
}

/// The finder; that it exists proves that the processor can run it.
pub(super) struct Avx2 {
    /// For each bank and position, what the low and the high half of a byte admit.
    banks: Vec<[Halves; WIDTH]>,
    /// For each position and byte, the buckets that may have it there; eight bits for each bank.
    exact: Box<[[u64; 256]; WIDTH]>,
    edges: Portable,
    marks: Box<Marks>,
}

#[derive(Clone, Copy)]
struct Halves {
    low: [u8; 16],
    high: [u8; 16],
}

impl Halves {
    fn of(bank: &Bank, position: usize) -> Self {
        let mut halves = Self {
            low: [0; 16],
            high: [0; 16],
        };
        for (byte, lanes) in bank.lanes.iter().enumerate() {
            let buckets = lanes.to_le_bytes()[position];
            halves.low[byte & 15] |= buckets;
            halves.high[byte >> 4] |= buckets;
        }
        halves
    }
}

impl Avx2 {
    /// `edges` finds what lies too close to the ends of a text.
    pub(super) fn new(banks: &[Bank], edges: Portable) -> Option<Self> {
        let halves = |bank| std::array::from_fn(|position| Halves::of(bank, position));
        available().then(|| Self {
            banks: banks.iter().map(halves).collect(),
            exact: exact(banks),
            edges,
            marks: Marks::new(),
        })
    }

    /// Finds the candidates of whole vectors, from place `from` on. Gives where it stopped.
    fn wide<const N: usize>(
        &mut self,
        banks: [&[Halves; WIDTH]; N],
        from: usize,
        block: &Block<'_>,
        out: &mut Vec<Candidate>,
    ) -> usize {
        let readable = block.text.len().saturating_sub(block.from + AHEAD).min(block.len);
        let to = readable.max(from) / (2 * LANES) * (2 * LANES);
        if to > from {
            // SAFETY: the processor has AVX2, or `self` would not exist.
            unsafe { run(banks, from, to, block, &mut self.marks) };
            let found = out.len();
            self.marks.take(from, to, out);
            self.look_again(block, out, found);
        }
        to.max(from)
    }

    /// Keeps those of the candidates from `found` on whose bytes really agree on a bucket.
    fn look_again(&self, block: &Block<'_>, out: &mut Vec<Candidate>, found: usize) {
        let mut kept = found;
        for index in found..out.len() {
            let Candidate { at, .. } = out[index];
            let place = block.from + at as usize;
            let window = block.text[place - 1..].first_chunk::<WIDTH>();
            let window = window.expect("candidates have a byte before them and enough after them");
            let admitted = |(table, byte): (&[u64; 256], &u8)| table[usize::from(*byte)];
            let mut each = self.exact.iter().zip(window).map(admitted);
            let before = each.next().filter(|_| block.fresh[at as usize] == 0);
            let buckets = each.fold(before.unwrap_or(u64::MAX), |all, buckets| all & buckets);
            out[kept] = Candidate {
                at,
                words: buckets >> (8 * WORD_BANKS) == 0,
            };
            kept += usize::from(buckets != 0);
        }
        out.truncate(kept);
    }
}

/// The tables of all banks side by side.
fn exact(banks: &[Bank]) -> Box<[[u64; 256]; WIDTH]> {
    let mut exact = Box::new([[0; 256]; WIDTH]);
    for (index, bank) in banks.iter().enumerate() {
        for (byte, lanes) in bank.lanes.iter().enumerate() {
            for (position, buckets) in lanes.to_le_bytes().into_iter().enumerate() {
                exact[position][byte] |= u64::from(buckets) << (8 * index);
            }
        }
    }
    exact
}

impl Find for Avx2 {
    fn find(&mut self, block: &Block<'_>, out: &mut Vec<Candidate>) {
        // The text's first place has no byte before it, and its last ones lack bytes after them.
        let head = if block.from == 0 {
            block.len.min(2 * LANES)
        } else {
            0
        };
        if head > 0 {
            self.edges.find(&block.part(0, head), out);
        }
        let banks = std::mem::take(&mut self.banks);
        let done = with_banks!(banks.as_slice(), block.len, |banks| self
            .wide(banks, head, block, out));
        self.banks = banks;
        if done < block.len {
            let from = out.len();
            self.edges.find(&block.part(done, block.len - done), out);
            out[from..]
                .iter_mut()
                .for_each(|candidate| candidate.at += done as u32);
        }
    }
}

/// The places from `from` to `to`, both multiples of two vectors. One byte before them and [`AHEAD`] after them are in the text.
#[target_feature(enable = "avx2")]
fn run<const N: usize>(
    banks: [&[Halves; WIDTH]; N],
    from: usize,
    to: usize,
    block: &Block<'_>,
    marks: &mut Marks,
) {
    let text = &block.text[block.from + from - 1..block.from + to + AHEAD];
    for at in (from..to).step_by(2 * LANES) {
        _mm_prefetch::<_MM_HINT_T0>(text.as_ptr().wrapping_add(BLOCK + at - from).cast());
        let (mut words, mut others) = (0, 0);
        for half in [0, LANES] {
            let here = &text[at - from + half..];
            let admitted = admitted(banks, here, &block.fresh[at + half..]);
            let (word, other) = admitted.split_at(WORD_BANKS.min(N));
            words |= u64::from(passed(word)) << half;
            others |= u64::from(passed(other)) << half;
        }
        marks.put(at, words, others);
    }
}

/// One bit for each place that any of the banks admits.
#[inline]
#[target_feature(enable = "avx2")]
fn passed(banks: &[__m256i]) -> u32 {
    let mut any = _mm256_setzero_si256();
    for bank in banks {
        any = _mm256_or_si256(any, *bank);
    }
    !_mm256_movemask_epi8(_mm256_cmpeq_epi8(any, _mm256_setzero_si256())) as u32
}

/// For each bank, what 32 places admit; `here` begins one byte before the first.
#[inline]
#[target_feature(enable = "avx2")]
fn admitted<const N: usize>(banks: [&[Halves; WIDTH]; N], here: &[u8], fresh: &[u8]) -> [__m256i; N] {
    let here: &[u8; LANES + WIDTH - 1] = here.first_chunk().expect("the caller leaves room");
    let nibble = _mm256_set1_epi8(15);
    let mut admitted = [_mm256_set1_epi8(-1); N];
    for position in 0..WIDTH {
        let bytes = load(&here[position..]);
        let low = _mm256_and_si256(bytes, nibble);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble);
        for (admitted, bank) in admitted.iter_mut().zip(banks) {
            let halves = &bank[position];
            let by_low = _mm256_shuffle_epi8(table(&halves.low), low);
            let by_high = _mm256_shuffle_epi8(table(&halves.high), high);
            let mut both = _mm256_and_si256(by_low, by_high);
            if position == 0 {
                both = _mm256_or_si256(both, load(fresh));
            }
            *admitted = _mm256_and_si256(*admitted, both);
        }
    }
    admitted
}

#[inline]
#[target_feature(enable = "avx2")]
fn table(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: sixteen bytes are read from an array of sixteen.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8]) -> __m256i {
    let bytes: &[u8; LANES] = bytes.first_chunk().expect("the caller leaves room");
    // SAFETY: thirty-two bytes are read from an array of thirty-two.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}
