//! The gate one byte at a time: eight positions side by side in one word, as in the shift-and method.

use super::{Block, Candidate, Find, with_banks};
use crate::classify::program::{AHEAD, Bank, Banks, WORD_BANKS};

/// One word per byte and bank: [`WORD_BANKS`] for words alone, then the others. How many of the former there are is fixed, because an array
/// of states is kept in registers only where the compiler knows each index.
pub(super) struct Portable {
    banks: Vec<[u64; 256]>,
}

/// The lane of the first position: new windows begin there.
const FIRST: u64 = 0xff;
/// Where the lane of the last position begins: windows that have passed end up there.
const LAST: u32 = 56;

impl Portable {
    pub(super) fn new(banks: &Banks) -> Self {
        let lanes = |banks: &[Bank]| -> Vec<[u64; 256]> { banks.iter().map(|bank| *bank.lanes).collect() };
        let (words, others) = banks.all.split_at(banks.words);
        let mut all = lanes(words);
        if !banks.all.is_empty() {
            all.resize(WORD_BANKS, [0; 256]);
        }
        all.extend(lanes(others));
        Self { banks: all }
    }

    /// Lane k of a state: the buckets whose windows fit up to position k, ending at the last byte read. The windows that
    /// end there began [`AHEAD`] before it, so reading runs ahead of the block by as much.
    fn run<const N: usize>(lanes: [&[u64; 256]; N], block: &Block<'_>, out: &mut Vec<Candidate>) {
        let Block {
            text,
            from,
            len,
            fresh,
        } = *block;
        let mut states = [0u64; N];
        if from > 0 {
            let byte = usize::from(text[from - 1]);
            states = std::array::from_fn(|bank| FIRST & lanes[bank][byte]);
        }
        let mut step = |at: usize, start: u8, admits: [u64; N]| {
            let mut any = 0;
            for bank in 0..N {
                states[bank] = (((states[bank] | u64::from(start)) << 8) | FIRST) & admits[bank];
                any |= states[bank];
            }
            if any >> LAST != 0 && at >= AHEAD {
                let others = states
                    .iter()
                    .skip(WORD_BANKS)
                    .fold(0, |any, state| any | state >> LAST);
                out.push(Candidate {
                    at: (at - AHEAD) as u32,
                    words: others == 0,
                });
            }
        };
        let all = (len + AHEAD).min(text.len() - from);
        let own = all.min(len);
        for (at, (byte, start)) in text[from..from + own].iter().zip(&fresh[..own]).enumerate() {
            step(
                at,
                *start,
                std::array::from_fn(|bank| lanes[bank][usize::from(*byte)]),
            );
        }
        for at in own..all {
            let byte = usize::from(text[from + at]);
            step(at, 0, std::array::from_fn(|bank| lanes[bank][byte]));
        }
        for at in all..len + AHEAD {
            // Beyond the text anything may stand.
            step(at, 0, [u64::MAX; N]);
        }
    }
}

impl Find for Portable {
    fn find(&mut self, block: &Block<'_>, out: &mut Vec<Candidate>) {
        with_banks!(self.banks.as_slice(), (), |banks| Self::run(banks, block, out));
    }
}
