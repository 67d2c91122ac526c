//! The gate 32 bytes at once, with AVX2.
//!
//! A first pass turns a block into classes, a second looks up, for each position, what a class admits. An instruction looks up
//! 32 bytes in a table of 16: a table of more is several of them, of which each answers for its own places and gives zero for
//! the others.

use std::arch::x86_64::*;

use super::classes::{Classed, Classes, MARGIN, Wide, padded};
use super::{BLOCK, Block, Candidate, Find, Marks, with_banks};
use crate::classify::program::{AHEAD, Banks, WIDTH};

/// Bytes handled at once.
const LANES: usize = 32;
/// Places of one table.
const PLACES: usize = 16;

/// Whether the processor can.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2")
}

/// Banks up to which tables are small: with few, looking up is most of the work; with more, what is let through is.
const FEW: usize = 4;

/// The finder of these banks, if the processor can run it.
pub(super) fn open(banks: &Banks) -> Option<Box<dyn Find>> {
    available().then(|| match banks.all.len() {
        0..=FEW => Box::new(Avx2::<{ 2 * PLACES }>(Wide::new(banks))) as _,
        _ => Box::new(Avx2::<{ 4 * PLACES }>(Wide::new(banks))) as _,
    })
}

/// The finder, with tables of one position that have `CLASSES` places together; that it exists proves that the processor can run it.
struct Avx2<const CLASSES: usize>(Wide<CLASSES>);

impl<const CLASSES: usize> Find for Avx2<CLASSES> {
    fn find(&mut self, block: &Block<'_>, out: &mut Vec<Candidate>) {
        let Wide {
            classes,
            words,
            block: classed,
            marks,
        } = &mut self.0;
        classed[MARGIN - 1] = classes.before(block);
        // SAFETY: the processor has AVX2, or `self` would not exist.
        unsafe { classify(&classes.of, Classes::<CLASSES>::BEYOND, block, classed) };
        // SAFETY: as above.
        with_banks!(classes.banks.as_slice(), (), |banks| unsafe {
            run(banks, *words, classed, block, marks)
        });
        marks.take(block.len, out);
    }
}

/// Writes the classes of the block and of the [`AHEAD`] bytes after it.
#[target_feature(enable = "avx2")]
fn classify(classes: &[u8; 256], beyond: u8, block: &Block<'_>, out: &mut Classed) {
    for at in (0..block.len + AHEAD).step_by(LANES) {
        _mm_prefetch::<_MM_HINT_T0>(block.text.as_ptr().wrapping_add(block.from + BLOCK + at).cast());
        let rest = block.text.get(block.from + at..).unwrap_or_default();
        let bytes = load_some(rest);
        let mut class = looked_up(&classes[..128], 0, bytes);
        if _mm256_movemask_epi8(bytes) != 0 {
            class = _mm256_or_si256(class, looked_up(&classes[128..], 128, bytes));
        }
        let out = &mut out[MARGIN + at..];
        store(class, out);
        if let Some(out) = out[..LANES].get_mut(rest.len()..) {
            out.fill(beyond);
        }
    }
}

/// What stands at the places of `bytes` in `tables`, which are for the bytes from `first` on; zero for all others.
#[inline]
#[target_feature(enable = "avx2")]
fn looked_up(tables: &[u8], first: u8, bytes: __m256i) -> __m256i {
    let mut found = _mm256_setzero_si256();
    for (index, table) in tables.as_chunks::<PLACES>().0.iter().enumerate() {
        let places = places(bytes, first + (PLACES * index) as u8);
        found = _mm256_or_si256(found, _mm256_shuffle_epi8(broadcast(table), places));
    }
    found
}

/// For bytes from `first` on their places in a table, for others one that gives zero.
#[inline]
#[target_feature(enable = "avx2")]
fn places(bytes: __m256i, first: u8) -> __m256i {
    // What is not below 16 comes to have its highest bit.
    let own = _mm256_xor_si256(bytes, _mm256_set1_epi8(first as i8));
    _mm256_adds_epu8(own, _mm256_set1_epi8(0x70))
}

/// Finds the candidates of a block from its classes.
#[target_feature(enable = "avx2")]
fn run<const N: usize, const CLASSES: usize>(
    banks: [&[[u8; CLASSES]; WIDTH]; N],
    words: usize,
    classes: &Classed,
    block: &Block<'_>,
    marks: &mut Marks,
) {
    let other: [__m256i; N] = std::array::from_fn(|bank| _mm256_set1_epi8(-i8::from(bank >= words)));
    for at in (0..block.len).step_by(2 * LANES) {
        let own = u64::MAX >> (2 * LANES - (block.len - at).min(2 * LANES));
        let here = &classes[MARGIN - 1 + at..];
        let fresh = |half: usize| block.fresh.get(at + half..).unwrap_or_default();
        let fresh = [load_some(fresh(0)), load_some(fresh(LANES))];
        let admitted = admitted(banks, here, fresh);
        let (mut any, mut others) = ([_mm256_setzero_si256(); 2], [_mm256_setzero_si256(); 2]);
        for half in 0..2 {
            for bank in 0..N {
                any[half] = _mm256_or_si256(any[half], admitted[bank][half]);
                let as_other = _mm256_and_si256(admitted[bank][half], other[bank]);
                others[half] = _mm256_or_si256(others[half], as_other);
            }
        }
        marks.put(at, set(any) & own, set(others) & own);
    }
}

/// For each bank, what 64 places admit; `here` begins one class before the first. Two vectors at once, so that a table is read
/// once for both.
#[inline]
#[target_feature(enable = "avx2")]
fn admitted<const N: usize, const CLASSES: usize>(
    banks: [&[[u8; CLASSES]; WIDTH]; N],
    here: &[u8],
    fresh: [__m256i; 2],
) -> [[__m256i; 2]; N] {
    let mut admitted = [[_mm256_set1_epi8(-1); 2]; N];
    for position in 0..WIDTH {
        let classes = [load(&here[position..]), load(&here[LANES + position..])];
        let before = if position == 0 {
            fresh
        } else {
            [_mm256_setzero_si256(); 2]
        };
        for (admitted, bank) in admitted.iter_mut().zip(banks) {
            let [mut first, mut second] = before;
            for (index, table) in bank[position].as_chunks::<PLACES>().0.iter().enumerate() {
                let table = broadcast(table);
                let from = (PLACES * index) as u8;
                first = _mm256_or_si256(first, _mm256_shuffle_epi8(table, places(classes[0], from)));
                second = _mm256_or_si256(second, _mm256_shuffle_epi8(table, places(classes[1], from)));
            }
            *admitted = [
                _mm256_and_si256(admitted[0], first),
                _mm256_and_si256(admitted[1], second),
            ];
        }
    }
    admitted
}

/// One bit for each byte that is not zero.
#[inline]
#[target_feature(enable = "avx2")]
fn set(bytes: [__m256i; 2]) -> u64 {
    let first = _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes[0], _mm256_setzero_si256())) as u32;
    let second = _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes[1], _mm256_setzero_si256())) as u32;
    !(u64::from(first) | u64::from(second) << LANES)
}

#[inline]
#[target_feature(enable = "avx2")]
fn broadcast(table: &[u8; PLACES]) -> __m256i {
    // SAFETY: sixteen bytes are read from an array of sixteen.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}

/// As many bytes as there are, zeros after them.
#[inline]
#[target_feature(enable = "avx2")]
fn load_some(bytes: &[u8]) -> __m256i {
    if bytes.len() >= LANES {
        load(bytes)
    } else {
        load(&padded::<LANES>(bytes))
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8]) -> __m256i {
    let bytes: &[u8; LANES] = bytes.first_chunk().expect("the caller leaves room");
    // SAFETY: thirty-two bytes are read from an array of thirty-two.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(vector: __m256i, bytes: &mut [u8]) {
    let bytes: &mut [u8; LANES] = bytes.first_chunk_mut().expect("the caller leaves room");
    // SAFETY: thirty-two bytes are written to an array of thirty-two.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), vector) };
}
