//! The gate 64 bytes at once, with AVX-512.
//!
//! A first pass turns a block into classes, a second looks up, for each position, what a class admits: one instruction, since a
//! vector register holds a table of 64 bytes.

use std::arch::x86_64::*;

use super::classes::{Classed, Classes, MARGIN, Wide, padded};
use super::{BLOCK, Block, Candidate, Find, Marks, with_banks};
use crate::classify::program::{AHEAD, Banks, WIDTH};

/// Bytes handled at once.
const LANES: usize = 64;

/// Whether the processor can.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi")
}

/// The finder of these banks, if the processor can run it.
pub(super) fn open(banks: &Banks) -> Option<Box<dyn Find>> {
    available().then(|| Box::new(Avx512(Wide::new(banks))) as _)
}

/// The finder; that it exists proves that the processor can run it.
struct Avx512(Wide<LANES>);

impl Find for Avx512 {
    fn find(&mut self, block: &Block<'_>, out: &mut Vec<Candidate>) {
        let Wide {
            classes,
            words,
            block: classed,
            marks,
        } = &mut self.0;
        classed[MARGIN - 1] = classes.before(block);
        // SAFETY: the processor has AVX-512 with BW and VBMI, or `self` would not exist.
        unsafe { classify(&classes.of, block, classed) };
        // SAFETY: as above.
        with_banks!(classes.banks.as_slice(), (), |banks| unsafe {
            run(banks, *words, classed, block, marks)
        });
        marks.take(block.len, out);
    }
}

/// Writes the classes of the block and of the [`AHEAD`] bytes after it.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn classify(classes: &[u8; 256], block: &Block<'_>, out: &mut Classed) {
    let quarter = |index: usize| load(&classes[LANES * index..]);
    let (low, high) = ([quarter(0), quarter(1)], [quarter(2), quarter(3)]);
    for at in (0..block.len + AHEAD).step_by(LANES) {
        // The block after this one is on its way while this one is looked at.
        _mm_prefetch::<_MM_HINT_T0>(block.text.as_ptr().wrapping_add(block.from + BLOCK + at).cast());
        let rest = block.text.get(block.from + at..).unwrap_or_default();
        let valid = u64::MAX
            .checked_shr((LANES - rest.len().min(LANES)) as u32)
            .unwrap_or(0);
        let bytes = load_some(rest);
        let mut class = _mm512_permutex2var_epi8(low[0], bytes, low[1]);
        let outside = _mm512_movepi8_mask(bytes);
        if outside != 0 {
            let other = _mm512_permutex2var_epi8(high[0], bytes, high[1]);
            class = _mm512_mask_blend_epi8(outside, class, other);
        }
        class = _mm512_mask_blend_epi8(valid, _mm512_set1_epi8(Classes::<LANES>::BEYOND as i8), class);
        store(class, &mut out[MARGIN + at..]);
    }
}

/// Finds the candidates of a block from its classes.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn run<const N: usize>(
    banks: [&[[u8; LANES]; WIDTH]; N],
    words: usize,
    classes: &Classed,
    block: &Block<'_>,
    marks: &mut Marks,
) {
    let tables: [[__m512i; N]; WIDTH] =
        std::array::from_fn(|position| std::array::from_fn(|bank| load(&banks[bank][position])));
    let other: [__m512i; N] = std::array::from_fn(|bank| _mm512_set1_epi8(-i8::from(bank >= words)));
    for at in (0..block.len).step_by(LANES) {
        let own = u64::MAX >> (LANES - (block.len - at).min(LANES));
        let before = load(&classes[MARGIN - 1 + at..]);
        let fresh = load_some(&block.fresh[at..]);
        let mut admitted: [__m512i; N] = std::array::from_fn(|bank| {
            _mm512_or_si512(_mm512_permutexvar_epi8(before, tables[0][bank]), fresh)
        });
        for position in 1..WIDTH {
            let class = load(&classes[MARGIN - 1 + at + position..]);
            for bank in 0..N {
                let looked_up = _mm512_permutexvar_epi8(class, tables[position][bank]);
                admitted[bank] = _mm512_and_si512(admitted[bank], looked_up);
            }
        }
        let (mut passed, mut as_other) = (_mm512_setzero_si512(), _mm512_setzero_si512());
        for bank in 0..N {
            passed = _mm512_or_si512(passed, admitted[bank]);
            as_other = _mm512_or_si512(as_other, _mm512_and_si512(admitted[bank], other[bank]));
        }
        let set = |bytes| _mm512_test_epi8_mask(bytes, bytes) & own;
        marks.put(at, set(passed), set(as_other));
    }
}

/// As many bytes as there are, zeros after them.
#[inline]
#[target_feature(enable = "avx512f")]
fn load_some(bytes: &[u8]) -> __m512i {
    if bytes.len() >= LANES {
        load(bytes)
    } else {
        load(&padded::<LANES>(bytes))
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8]) -> __m512i {
    let bytes: &[u8; LANES] = bytes.first_chunk().expect("the caller leaves room");
    // SAFETY: sixty-four bytes are read from an array of sixty-four.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(vector: __m512i, bytes: &mut [u8]) {
    let bytes: &mut [u8; LANES] = bytes.first_chunk_mut().expect("the caller leaves room");
    // SAFETY: sixty-four bytes are written to an array of sixty-four.
    unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), vector) };
}
