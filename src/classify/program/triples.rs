//! What matches begin with, three bytes at a time: for every three bytes, exactly the units of which a match may begin so.
//!
//! A window looks further but knows of each byte for itself, and holds the patterns of many units; here bytes are looked at
//! together. Bytes that no pattern tells apart at a position are one class there, so that the table stays small.

use std::collections::HashMap;

use super::begin::{Begin, each};
use super::bytes::ByteSet;
use super::classes::Classes;
use super::packed::Packed;

/// The bytes that are looked at together.
pub(super) const LENGTH: usize = 3;

/// For every three bytes, the units of which a match may begin so.
pub(super) struct Triples {
    /// For each position and byte, its class.
    classes: Box<[[u8; 256]; LENGTH]>,
    /// For the first two bytes, which row says what may follow: most have one of a few.
    rows: Box<[u16]>,
    /// For each row, one bit for each class of the third byte: whether any unit may begin so.
    any: Vec<u64>,
    /// For each row and class of the third byte, the units.
    units: Packed,
}

/// Classes of a position: as many as a word has bits.
const CLASSES: usize = u64::BITS as usize;

impl Triples {
    pub(super) fn of(units: &[Vec<Begin>]) -> Self {
        let ways: Vec<(u64, [ByteSet; LENGTH])> = each(units)
            .flat_map(|(unit, begin)| begin.ways.iter().map(move |way| (1 << unit, *way)))
            .collect();
        let classes: [Classes; LENGTH] =
            std::array::from_fn(|position| Classes::of(ways.iter().map(|(_, way)| way[position]), CLASSES));
        let mut places = vec![[0u64; CLASSES]; CLASSES * CLASSES];
        for (unit, way) in &ways {
            let [first, second, third]: [Vec<usize>; LENGTH] =
                std::array::from_fn(|position| classes[position].holding(way[position]).collect());
            for ab in first
                .iter()
                .flat_map(|a| second.iter().map(move |b| CLASSES * a + b))
            {
                third.iter().for_each(|c| places[ab][*c] |= unit);
            }
        }
        let mut known: HashMap<&[u64; CLASSES], u16> = HashMap::new();
        let mut different = Vec::new();
        let rows = places.iter().map(|row| {
            *known.entry(row).or_insert_with(|| {
                different.push(row);
                (different.len() - 1) as u16
            })
        });
        let rows = rows.collect();
        let bits = |row: &&[u64; CLASSES]| {
            let taken = row.iter().rev();
            taken.fold(0, |bits, units| bits << 1 | u64::from(*units != 0))
        };
        let all: Vec<u64> = different.iter().copied().flatten().copied().collect();
        Self {
            any: different.iter().map(bits).collect(),
            units: Packed::of(&all),
            classes: Box::new(std::array::from_fn(|position| {
                classes[position].table(|class| class as u8)
            })),
            rows,
        }
    }

    /// The row of the first two bytes, and the class of the third.
    #[inline(always)]
    fn place(&self, [a, b, c]: [u8; LENGTH]) -> (usize, usize) {
        let [first, second, third] = &*self.classes;
        let (a, b) = (first[usize::from(a)], second[usize::from(b)]);
        let row = self.rows[CLASSES * usize::from(a) + usize::from(b)];
        (usize::from(row), usize::from(third[usize::from(c)]))
    }

    /// Whether a match of any unit may begin so.
    #[inline(always)]
    pub(super) fn any(&self, bytes: [u8; LENGTH]) -> bool {
        let (row, class) = self.place(bytes);
        self.any[row] >> class & 1 == 1
    }

    /// The units of which a match may begin so.
    #[inline(always)]
    pub(super) fn units(&self, bytes: [u8; LENGTH]) -> u64 {
        let (row, class) = self.place(bytes);
        self.units.at(CLASSES * row + class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    fn triples(units: &[&[&str]]) -> Triples {
        let begin = |pattern: &&str| Begin::of(&parse(pattern).unwrap(), ByteSet::ANY).unwrap();
        let units: Vec<Vec<Begin>> = units
            .iter()
            .map(|patterns| patterns.iter().map(begin).collect())
            .collect();
        Triples::of(&units)
    }

    #[test]
    fn three_bytes_are_looked_at_together() {
        let known = triples(&[&["jan[0-9]{2}", "feb[0-9]{2}"], &["[a-f]{9}"]]);
        for (text, units) in [(b"jan", 1), (b"feb", 3), (b"jab", 0), (b"abc", 2), (b"fan", 0)] {
            assert_eq!((known.units(*text), known.any(*text)), (units, units != 0));
        }
    }

    #[test]
    fn after_the_end_of_a_short_match_anything_may_stand() {
        let known = triples(&[&["ab?"], &["cd"]]);
        assert!((0..=255u8).all(|byte| known.units([b'a', byte, 0]) == 1));
        assert!((0..=255u8).all(|byte| known.units([b'c', b'd', byte]) == 2));
        assert_eq!(known.units(*b"cxd"), 0);
    }

    #[test]
    fn where_bytes_are_too_many_none_is_missed() {
        let apart: Vec<String> = (1..=255u8)
            .map(|byte| format!("(?-u:\\x{byte:02x}){{4}}"))
            .collect();
        let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
        let known = triples(&[&apart]);
        assert!((1..=255u8).all(|byte| known.any([byte; LENGTH])));
        assert!((1..=255u8).filter(|byte| known.any([*byte, 0, 0])).count() < 255);
    }
}
