//! Finding candidates: the same tables read one, thirty-two or sixty-four bytes at a time.
//!
//! Whatever the width, a place is a candidate if the eight bytes from one before it agree on a bucket. Wider engines may
//! let more through, never less; confirmation makes them equal.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod classes;
mod portable;

use super::Backend;
use crate::classify::program::Gate;

/// Places handled together: few enough that what is kept of them stays in the cache, enough that their walks are worth taking in step.
pub(super) const BLOCK: usize = 16384;

/// A place that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Where it is in its block.
    pub(super) at: u32,
    /// Whether it passed as a word alone.
    pub(super) words: bool,
}

/// A block of text to look at.
pub(super) struct Block<'a> {
    /// All of it, neighbouring blocks too.
    pub(super) text: &'a [u8],
    /// Where the block begins.
    pub(super) from: usize,
    /// How long it is, at most [`BLOCK`].
    pub(super) len: usize,
    /// For each of its places, 255 where a cell begins and 0 elsewhere: any byte may stand before those.
    pub(super) fresh: &'a [u8],
}

/// What a wide pass over a block leaves: candidates are taken from it afterwards, because a branch on each vector would
/// have to wait for all that led to it.
struct Marks {
    /// One bit for each place that passed.
    any: [u64; WORDS],
    /// One bit for each of them that passed in a bank that is not for words alone.
    others: [u64; WORDS],
    /// One bit for each word of `any` in which any is set: in most there is none.
    some: [u64; WORDS / 64],
}

/// Words of so many bits for the places of a block.
const WORDS: usize = BLOCK / 64;

impl Marks {
    fn new() -> Box<Self> {
        Box::new(Self {
            any: [0; WORDS],
            others: [0; WORDS],
            some: [0; WORDS / 64],
        })
    }

    /// Notes which of the 64 places from `at` on passed. Must come in order, from the block's first place on.
    #[inline(always)]
    fn put(&mut self, at: usize, any: u64, others: u64) {
        let word = at / 64;
        (self.any[word], self.others[word]) = (any, others);
        let some = &mut self.some[word / 64];
        let before = *some & ((1 << (word % 64)) - 1);
        *some = before | u64::from(any != 0) << (word % 64);
    }

    /// Appends the candidates of a block of `len` places, all of which must have been noted.
    fn take(&self, len: usize, out: &mut Vec<Candidate>) {
        for group in 0..len.div_ceil(64 * 64) {
            let mut some = self.some[group];
            while some != 0 {
                let word = 64 * group + some.trailing_zeros() as usize;
                some &= some - 1;
                self.take_word(word, out);
            }
        }
    }

    #[inline(always)]
    fn take_word(&self, word: usize, out: &mut Vec<Candidate>) {
        let others = self.others[word];
        let mut passed = self.any[word];
        while passed != 0 {
            let place = passed.trailing_zeros();
            passed &= passed - 1;
            out.push(Candidate {
                at: (64 * word) as u32 + place,
                words: others >> place & 1 == 0,
            });
        }
    }
}

/// Calls a function that is generic over the number of banks with an array of them.
macro_rules! with_banks {
    ($banks:expr, $none:expr, |$array:ident| $call:expr) => {
        match $banks {
            [] => $none,
            [a] => {
                let $array = [a];
                $call
            }
            [a, b] => {
                let $array = [a, b];
                $call
            }
            [a, b, c] => {
                let $array = [a, b, c];
                $call
            }
            [a, b, c, d] => {
                let $array = [a, b, c, d];
                $call
            }
            [a, b, c, d, e] => {
                let $array = [a, b, c, d, e];
                $call
            }
            [a, b, c, d, e, f] => {
                let $array = [a, b, c, d, e, f];
                $call
            }
            [a, b, c, d, e, f, g] => {
                let $array = [a, b, c, d, e, f, g];
                $call
            }
            [a, b, c, d, e, f, g, h, ..] => {
                let $array = [a, b, c, d, e, f, g, h];
                $call
            }
        }
    };
}
use with_banks;

/// Finds candidates.
pub(super) trait Find: Send {
    /// Appends the block's candidates in order.
    fn find(&mut self, block: &Block<'_>, out: &mut Vec<Candidate>);
}

/// The finder of a backend that can run here; the portable one for every other.
pub(super) fn open(gate: &Gate, backend: Backend) -> Box<dyn Find> {
    let banks = gate.banks();
    let wide: Option<Box<dyn Find>> = match backend {
        #[cfg(target_arch = "x86_64")]
        Backend::Avx2 => avx2::open(banks),
        #[cfg(target_arch = "x86_64")]
        Backend::Avx512 => avx512::open(banks),
        _ => None,
    };
    wide.unwrap_or_else(|| Box::new(portable::Portable::new(banks)))
}

/// Why [`Backend::Avx2`] cannot run here.
pub(super) fn avx2_missing() -> Option<&'static str> {
    #[cfg(target_arch = "x86_64")]
    return (!avx2::available()).then_some("the processor has no AVX2");
    #[cfg(not(target_arch = "x86_64"))]
    return Some("it is for x86-64");
}

/// Why [`Backend::Avx512`] cannot run here.
pub(super) fn avx512_missing() -> Option<&'static str> {
    #[cfg(target_arch = "x86_64")]
    return (!avx512::available()).then_some("the processor has no AVX-512 with BW and VBMI");
    #[cfg(not(target_arch = "x86_64"))]
    return Some("it is for x86-64");
}

#[cfg(test)]
mod tests;
