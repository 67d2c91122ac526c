//! Bytes by class, for engines that look up many at once in tables too small for all bytes.
//!
//! Bytes that no window tells apart are one class. There are as many as an engine's tables have places but one, which is for
//! what lies beyond the text.

use super::{BLOCK, Block, Marks};
use crate::classify::program::{Bank, Banks, WIDTH};

/// What is kept before a block's classes, and after them.
pub(super) const MARGIN: usize = 64;

/// The classes of a block, after one of the byte before it and before those of what follows.
pub(super) type Classed = [u8; MARGIN + BLOCK + MARGIN];

/// As many bytes as there are, and zeros after them.
pub(super) fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut padded = [0; N];
    padded[..bytes.len()].copy_from_slice(bytes);
    padded
}

/// What the engines that look up classes run on.
pub(super) struct Wide<const N: usize> {
    pub(super) classes: Classes<N>,
    /// How many of the banks are for words alone.
    pub(super) words: usize,
    pub(super) block: Box<Classed>,
    pub(super) marks: Box<Marks>,
}

impl<const N: usize> Wide<N> {
    pub(super) fn new(banks: &Banks) -> Self {
        Self {
            classes: Classes::new(&banks.all),
            words: banks.words,
            block: Box::new([Classes::<N>::BEYOND; MARGIN + BLOCK + MARGIN]),
            marks: Marks::new(),
        }
    }
}

/// The classes of bytes, fewer than `N`, and what they admit.
pub(super) struct Classes<const N: usize> {
    /// The class of each byte.
    pub(super) of: [u8; 256],
    /// For each bank and position, what each class admits.
    pub(super) banks: Vec<[[u8; N]; WIDTH]>,
}

impl<const N: usize> Classes<N> {
    /// The class of what lies beyond the text: it may be anything.
    pub(super) const BEYOND: u8 = N as u8 - 1;

    pub(super) fn new(banks: &[Bank]) -> Self {
        let (of, admits) = classes(banks, usize::from(Self::BEYOND));
        let table = |bank: usize| {
            std::array::from_fn(|position| {
                std::array::from_fn(|class| match admits.get(class) {
                    Some(lanes) => lanes[bank].to_le_bytes()[position],
                    None => u8::MAX,
                })
            })
        };
        Self {
            of,
            banks: (0..banks.len()).map(table).collect(),
        }
    }

    /// The class of the byte before a block.
    pub(super) fn before(&self, block: &Block<'_>) -> u8 {
        let before = block.from.checked_sub(1);
        before.map_or(Self::BEYOND, |before| self.of[usize::from(block.text[before])])
    }
}

/// A class for each byte, and what each class admits: bytes that all windows treat alike share one, and so do those
/// that differ least where there are more than `most`.
fn classes(banks: &[Bank], most: usize) -> ([u8; 256], Vec<Vec<u64>>) {
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
    while admits.len() > most {
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
