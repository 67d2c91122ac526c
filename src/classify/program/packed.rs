//! Tables of sets of units, most of whose places hold the same few sets.

use std::collections::HashMap;

/// For each place, a set of units.
pub(super) struct Packed {
    /// For each place, which of `sets`.
    index: Box<[u16]>,
    /// Different sets, the empty one first.
    sets: Vec<u64>,
}

/// Different sets that can be told apart; beyond them a place has every unit.
const SETS: usize = u16::MAX as usize;

impl Packed {
    pub(super) fn of(places: &[u64]) -> Self {
        let (mut sets, mut known) = (vec![0, u64::MAX], HashMap::from([(0, 0), (u64::MAX, 1)]));
        let index = places.iter().map(|units| {
            *known.entry(*units).or_insert_with(|| {
                if sets.len() == SETS {
                    return 1;
                }
                sets.push(*units);
                (sets.len() - 1) as u16
            })
        });
        Self {
            index: index.collect(),
            sets,
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, place: usize) -> u64 {
        self.sets[usize::from(self.index[place])]
    }
}

/// One bit for each place of a table that may be large.
pub(super) struct Bits(Box<[u64]>);

impl Bits {
    /// For `places` places, a multiple of 64.
    pub(super) fn new(places: usize) -> Self {
        Self(vec![0; places / 64].into())
    }

    pub(super) fn set(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    #[inline(always)]
    pub(super) fn has(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_set() {
        let places: Vec<u64> = (0..1000).map(|n| n % 7 * 3).collect();
        let packed = Packed::of(&places);
        assert!(
            places
                .iter()
                .enumerate()
                .all(|(place, set)| packed.at(place) == *set)
        );
        assert_eq!(packed.sets.len(), 8);
    }

    #[test]
    fn beyond_the_room_a_place_has_every_unit() {
        let places: Vec<u64> = (0..70_000).collect();
        let packed = Packed::of(&places);
        assert!(
            places
                .iter()
                .enumerate()
                .all(|(place, set)| packed.at(place) & set == *set)
        );
        assert_eq!(packed.at(69_999), u64::MAX);
    }
}
