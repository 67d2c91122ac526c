//! What words begin with: four bytes, letters in either case and digits alike, and what may stand before them.

use super::begin::{Begin, each, fold};
use super::bytes::ByteSet;
use super::classes::Classes;
use super::packed::{Bits, Packed};

/// Which units have a match that begins with four given bytes.
pub(super) struct Heads {
    /// For each byte, what its class is worth in the place of a bit of `any`.
    before: [u32; 256],
    /// For each hash of four bytes and of the class of the byte before, whether any unit may begin so: all that most places
    /// need.
    any: Bits,
    /// For each hash of four bytes, the units that may begin so.
    units: Packed,
    /// The units with patterns that have no heads: they may begin with any.
    free: u64,
}

/// The logarithms of how many hashes of four bytes there are, without and with what stands before.
const UNITS: u32 = 16;
const ANY: u32 = 19;
/// Classes of bytes before, the last for where a cell begins.
const CLASSES: usize = 8;
const FRESH: usize = CLASSES - 1;

impl Heads {
    pub(super) fn of(units: &[Vec<Begin>]) -> Self {
        let all = || each(units).map(|(unit, begin)| (1 << unit, begin));
        let classes = Classes::of(all().map(|(_, begin)| before(begin)), FRESH);
        let (mut free, mut any, mut places) = (0, Bits::new(1 << ANY), vec![0u64; 1 << UNITS]);
        for (unit, begin) in all() {
            let Some(heads) = &begin.heads else {
                free |= unit;
                continue;
            };
            let before = classes.holding(before(begin)).chain([FRESH]);
            let before: Vec<u32> = before.map(worth).collect();
            for hash in heads.iter().copied().map(hash) {
                places[(hash >> (u32::BITS - UNITS)) as usize] |= unit;
                before.iter().for_each(|worth| any.set(place(hash, *worth)));
            }
        }
        Self {
            before: classes.table(worth),
            any,
            units: Packed::of(&places),
            free,
        }
    }

    /// Whether a word of any unit may begin so, behind such a byte, or where a cell begins.
    #[inline(always)]
    pub(super) fn any(&self, before: Option<u8>, head: [u8; 4]) -> bool {
        let worth = before.map_or(worth(FRESH), |before| self.before[usize::from(before)]);
        self.any.has(place(hash(fold(head)), worth))
    }

    /// The units of which a match may begin so; those of words alone if it is about `words`.
    #[inline(always)]
    pub(super) fn units(&self, head: [u8; 4], words: bool) -> u64 {
        let free = if words { 0 } else { self.free };
        self.units.at((hash(fold(head)) >> (u32::BITS - UNITS)) as usize) | free
    }
}

/// The bytes that may stand before.
fn before(begin: &Begin) -> ByteSet {
    let windows = begin.windows.iter();
    windows.fold(ByteSet::EMPTY, |sum, window| sum | window[0])
}

#[inline(always)]
fn hash(head: u32) -> u32 {
    head.wrapping_mul(0x9e37_79b1)
}

/// What a class of bytes before changes in the place of a bit.
#[inline(always)]
fn worth(class: usize) -> u32 {
    (class as u32).wrapping_mul(0x85eb_ca6b)
}

#[inline(always)]
fn place(hash: u32, worth: u32) -> usize {
    ((hash ^ worth) >> (u32::BITS - ANY)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    #[test]
    fn words_are_known_by_four_bytes_and_the_one_before() {
        let begin = |pattern, before| Begin::of(&parse(pattern).unwrap(), before).unwrap();
        let digits: ByteSet = (b'0'..=b'9').collect();
        let heads = Heads::of(&[
            vec![begin("(?i:secret)=[0-9]", !digits)],
            vec![begin("token[0-9]", ByteSet::ANY)],
            vec![begin("[0-9]{9}", !digits)],
        ]);
        for (before, head, known) in [
            (Some(b' '), b"SECR", true),
            (Some(b'7'), b"secr", false),
            (None, b"secr", true),
            (Some(b'7'), b"toke", true),
            (Some(b' '), b"sect", false),
        ] {
            assert_eq!(heads.any(before, *head), known, "{before:?} {head:?}");
        }
        assert_eq!(heads.units(*b"SECR", true), 1);
        assert_eq!(heads.units(*b"secr", false), 1 | 4);
        assert_eq!(heads.units(*b"abcd", true), 0);
    }
}
