//! Which units can begin with a number: with so many digits before such a byte.
//!
//! Ordinary data is full of numbers, and most of them are of a length that nothing else has.

use super::automaton::Automata;
use super::units::Neighbours;

/// What may follow the digits that a match begins with, for all units at once, one bit each.
pub(crate) struct Openings {
    /// By the number of digits, at [`RUN`] for so many or more, and by the byte after them.
    next: Box<[[u64; 256]; RUN + 1]>,
    /// By the number of digits, the units that may end with them where a cell ends.
    end: [u64; RUN + 1],
}

/// Where counting digits stops.
const RUN: usize = 16;

impl Default for Openings {
    fn default() -> Self {
        Self {
            next: Box::new([[0; 256]; RUN + 1]),
            end: [0; RUN + 1],
        }
    }
}

impl Openings {
    /// Adds a unit that is walked forward.
    pub(super) fn add(&mut self, unit: usize, automata: &Automata, neighbours: &Neighbours) {
        let bit = 1 << unit;
        automata.after_digits(unit as u16, |count, goes_on| {
            let next = &mut self.next[count.min(RUN)];
            match goes_on {
                Ok(bytes) => bytes.iter().for_each(|byte| next[usize::from(byte)] |= bit),
                Err(after) => {
                    (0..=255u8)
                        .filter(|byte| neighbours.may_end(after, *byte))
                        .for_each(|byte| next[usize::from(byte)] |= bit);
                    self.end[count.min(RUN)] |= bit;
                }
            }
        });
    }

    /// Adds a unit whose candidates are not where its matches begin: it may have any.
    pub(super) fn add_any(&mut self, unit: usize) {
        let units = self.next.iter_mut().flatten().chain(&mut self.end);
        units.for_each(|units| *units |= 1 << unit);
    }

    /// The units of which a match can begin with as many digits as `text` does, and the byte after them.
    #[inline(always)]
    pub(crate) fn units(&self, text: &[u8]) -> u64 {
        let digits = digits(text);
        match text.get(digits) {
            Some(next) => self.next[digits][usize::from(*next)],
            None => self.end[digits],
        }
    }
}

/// How many digits `text` begins with, at most [`RUN`].
#[inline(always)]
fn digits(text: &[u8]) -> usize {
    let Some(first) = text.first_chunk::<8>() else {
        return leading(text);
    };
    let eight = |bytes: &[u8; 8]| {
        // A digit without its high half is at most nine, also after adding six.
        let low = u64::from_le_bytes(*bytes) ^ 0x3030_3030_3030_3030;
        let other = (low | low.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0;
        other.trailing_zeros() as usize / 8
    };
    match eight(first) {
        8 => {
            8 + text[8..]
                .first_chunk::<8>()
                .map_or_else(|| leading(&text[8..]), eight)
        }
        fewer => fewer,
    }
}

fn leading(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::automaton::nfa;
    use crate::classify::program::bytes::ByteSet;
    use crate::classify::program::pattern::parse;

    #[test]
    fn they_say_what_may_follow_so_many_digits() {
        let patterns = ["[0-9]{4,6}", "4[0-9]{2}-[0-9]{10}", "[0-9]{20}x"];
        let hirs = patterns.map(|pattern| parse(pattern).unwrap());
        let mut neighbours = Neighbours::default();
        let after = neighbours
            .after(!b" ".iter().copied().collect::<ByteSet>())
            .unwrap();
        neighbours.index();
        let mut automata = Automata::default();
        automata.add(nfa(&hirs.each_ref(), false).unwrap(), vec![after; 3]);
        let mut openings = Openings::default();
        openings.add(0, &automata, &neighbours);
        openings.add_any(5);
        for (text, admitted) in [
            ("1234", true),
            ("1234 ", true),
            ("1234.", false),
            ("123", false),
            ("123-", true),
            ("1234567 ", false),
            ("1234567890123456", false),
            ("12345678901234567", true),
            ("1234567890123456x", true),
            ("", false),
        ] {
            let units = if admitted { 1 << 5 | 1 } else { 1 << 5 };
            assert_eq!(openings.units(text.as_bytes()), units, "{text}");
        }
    }

    #[test]
    fn digits_are_counted() {
        for (text, count) in [
            ("", 0),
            ("12a", 2),
            ("12345678", 8),
            ("1234567a9", 7),
            ("1234567890123456x", 16),
            ("123456789012", 12),
            ("12345678901234567890", 16),
            ("/1", 0),
            (":", 0),
        ] {
            assert_eq!(digits(text.as_bytes()), count, "{text}");
        }
        assert!((0..=255u8).all(|byte| digits(&[byte; 8]) == if byte.is_ascii_digit() { 8 } else { 0 }));
    }
}
