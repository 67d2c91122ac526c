//! The gate 64 bytes at once, with AVX-512.
//!
//! Bytes that no window tells apart are one class; there are at most 63, and one more for what lies beyond the text. A first
//! pass turns a block into classes, a second looks up, for each position, what a class admits: one instruction, since a
//! vector register holds a table of 64 bytes.

use std::arch::x86_64::*;

use super::portable::Portable;
use super::{BLOCK, Block, Candidate, Find, Marks, with_banks};
use crate::classify::program::{AHEAD, Bank, WIDTH, WORD_BANKS};

/// Bytes handled at once.
const LANES: usize = 64;
/// The class of what lies beyond the text: it may be anything.
const BEYOND: u8 = 63;

/// Whether the processor can.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi")
}

/// The finder; that it exists proves that the processor can run it.
pub(super) struct Avx512 {
    /// The class of each byte.
    classes: [u8; 256],
    /// For each bank and position, what each class admits.
    banks: Vec<[[u8; LANES]; WIDTH]>,
    /// The block's classes, after one of the byte before it and before a vector of what follows.
    block: Box<[u8; LANES + BLOCK + LANES]>,
    marks: Box<Marks>,
}

impl Avx512 {
    pub(super) fn new(banks: &[Bank], _edges: Portable) -> Option<Self> {
        let (classes, admits) = classes(banks);
        let of = |bank: usize| {
            std::array::from_fn(|position| {
                std::array::from_fn(|class| match admits.get(class) {
                    Some(lanes) => lanes[bank].to_le_bytes()[position],
                    None => u8::MAX,
                })
            })
        };
        available().then(|| Self {
            classes,
            banks: (0..banks.len()).map(of).collect(),
            block: Box::new([BEYOND; LANES + BLOCK + LANES]),
            marks: Marks::new(),
        })
    }
}

/// A class for each byte, and what each class admits: bytes that all windows treat alike share one, and so do those
/// that differ least where there are too many.
fn classes(banks: &[Bank]) -> ([u8; 256], Vec<Vec<u64>>) {
    let mut admits: Vec<Vec<u64>> = Vec::new();
    let mut class_of = [0usize; 256];
    for (byte, class) in class_of.iter_mut().enumerate() {
        let lanes: Vec<u64> = banks.iter().map(|bank| bank.lanes[byte]).collect();
        *class = admits
            .iter()
            .position(|known| *known == lanes)
            .unwrap_or_else(|| {
                admits.push(lanes);
                admits.len() - 1
            });
    }
    let difference = |a: &[u64], b: &[u64]| a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
    while admits.len() > usize::from(BEYOND) {
        let pairs = (0..admits.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let Some((a, b)) = pairs.min_by_key(|(a, b)| difference(&admits[*a], &admits[*b])) else {
            break;
        };
        let gone = admits.remove(b);
        admits[a]
            .iter_mut()
            .zip(gone)
            .for_each(|(ours, theirs)| *ours |= theirs);
        for class in &mut class_of {
            *class = match *class {
                class if class == b => a,
                class => class - usize::from(class > b),
            };
        }
    }
    (class_of.map(|class| class as u8), admits)
}

impl Find for Avx512 {
    fn find(&mut self, block: &Block<'_>, out: &mut Vec<Candidate>) {
        self.block[LANES - 1] = match block.from.checked_sub(1) {
            Some(before) => self.classes[usize::from(block.text[before])],
            None => BEYOND,
        };
        // SAFETY: the processor has AVX-512 with BW and VBMI, or `self` would not exist.
        unsafe { classify(&self.classes, block, &mut self.block) };
        let banks = std::mem::take(&mut self.banks);
        with_banks!(banks.as_slice(), (), |banks| self.passes(banks, block, out));
        self.banks = banks;
    }
}

impl Avx512 {
    fn passes<const N: usize>(
        &mut self,
        banks: [&[[u8; LANES]; WIDTH]; N],
        block: &Block<'_>,
        out: &mut Vec<Candidate>,
    ) {
        // SAFETY: the processor has AVX-512 with BW and VBMI, or `self` would not exist.
        unsafe { run(banks, &self.block, block, &mut self.marks) };
        self.marks.take(0, block.len, out);
    }
}

/// Writes the classes of the block and of the [`AHEAD`] bytes after it.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn classify(classes: &[u8; 256], block: &Block<'_>, out: &mut [u8; LANES + BLOCK + LANES]) {
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
        class = _mm512_mask_blend_epi8(valid, _mm512_set1_epi8(BEYOND as i8), class);
        store(class, &mut out[LANES + at..]);
    }
}

/// Finds the candidates of a block from its classes.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn run<const N: usize>(
    banks: [&[[u8; LANES]; WIDTH]; N],
    classes: &[u8; LANES + BLOCK + LANES],
    block: &Block<'_>,
    marks: &mut Marks,
) {
    let tables: [[__m512i; N]; WIDTH] =
        std::array::from_fn(|position| std::array::from_fn(|bank| load(&banks[bank][position])));
    for at in (0..block.len).step_by(LANES) {
        let own = u64::MAX >> (LANES - (block.len - at).min(LANES));
        let before = load(&classes[LANES - 1 + at..]);
        let fresh = load_some(&block.fresh[at..]);
        let mut admitted: [__m512i; N] = std::array::from_fn(|bank| {
            _mm512_or_si512(_mm512_permutexvar_epi8(before, tables[0][bank]), fresh)
        });
        for position in 1..WIDTH {
            let class = load(&classes[LANES - 1 + at + position..]);
            for bank in 0..N {
                let looked_up = _mm512_permutexvar_epi8(class, tables[position][bank]);
                admitted[bank] = _mm512_and_si512(admitted[bank], looked_up);
            }
        }
        let (words, others) = admitted.split_at(WORD_BANKS.min(N));
        marks.put(at, passed(words) & own, passed(others) & own);
    }
}

/// One bit for each place that any of the banks admits.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn passed(banks: &[__m512i]) -> u64 {
    let mut any = _mm512_setzero_si512();
    for bank in banks {
        any = _mm512_or_si512(any, *bank);
    }
    _mm512_test_epi8_mask(any, any)
}

/// As many bytes as there are, zeros after them.
#[inline]
#[target_feature(enable = "avx512f")]
fn load_some(bytes: &[u8]) -> __m512i {
    if bytes.len() >= LANES {
        return load(bytes);
    }
    let mut padded = [0; LANES];
    padded[..bytes.len()].copy_from_slice(bytes);
    load(&padded)
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
