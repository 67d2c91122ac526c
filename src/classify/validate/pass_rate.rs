//! The random pass rate: the share of random strings of a shape that validators accept.
//!
//! It is what a check proves: one in ten nine-digit numbers passes a check digit, so passing one is weak evidence. The
//! same shape and validators give the same figure on every machine.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::Validator;

/// Random strings tried at most, and how many accepted ones are enough to know the rate within 6 % (twice the standard
/// error).
const DRAWS: u32 = 50_000;
const ENOUGH: u32 = 1_000;

/// Below this all rates count as "almost never": the confidence model caps what a check can prove there.
const NEVER: f64 = 1e-4;

/// The share of random strings of `shape` that all of `validators` accept; 0 where none of 50,000 does.
pub fn measure(shape: &Hir, validators: &[Validator]) -> f64 {
    let (mut random, mut text) = (Random(1), Vec::new());
    let (mut drawn, mut passed) = (0u32, 0u32);
    while drawn < DRAWS && passed < ENOUGH {
        text.clear();
        draw(shape, &mut random, &mut text);
        drawn += 1;
        passed += u32::from(validators.iter().all(|valid| valid(&text).is_valid()));
    }
    f64::from(passed) / f64::from(drawn)
}

/// Whether a stated rate is the measured one: within a fifth, or both almost never.
pub fn agrees(stated: f64, measured: f64) -> bool {
    (stated < NEVER && measured < NEVER) || (stated - measured).abs() <= 0.2 * measured
}

/// SplitMix64 (S. Vigna): small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where there is none.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Writes one random string of a pattern: each alternative, each member of a class and each count of a repetition is
/// equally likely. A repetition without an end stops at its least count.
fn draw(hir: &Hir, random: &mut Random, text: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.extend_from_slice(&literal.0),
        HirKind::Class(class) => member(class, random, text),
        HirKind::Capture(capture) => draw(&capture.sub, random, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| draw(part, random, text)),
        HirKind::Alternation(parts) => draw(&parts[random.below(parts.len())], random, text),
        HirKind::Repetition(repetition) => {
            let more = repetition.max.unwrap_or(repetition.min) - repetition.min;
            let count = repetition.min as usize + random.below(more as usize + 1);
            (0..count).for_each(|_| draw(&repetition.sub, random, text));
        }
    }
}

/// Writes a random member of a class, in UTF-8 where it is one of characters.
fn member(class: &Class, random: &mut Random, text: &mut Vec<u8>) {
    match class {
        Class::Bytes(class) => {
            let ranges = || {
                class
                    .iter()
                    .map(|range| (range.start().into(), range.end().into()))
            };
            text.extend(one_of(ranges, random).and_then(|byte| u8::try_from(byte).ok()));
        }
        Class::Unicode(class) => {
            let ranges = || {
                class
                    .iter()
                    .map(|range| (range.start().into(), range.end().into()))
            };
            if let Some(c) = one_of(ranges, random).and_then(char::from_u32) {
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
}

/// A random member of ranges that include both ends.
fn one_of<I: Iterator<Item = (u32, u32)>>(ranges: impl Fn() -> I, random: &mut Random) -> Option<u32> {
    let count: u32 = ranges().map(|(first, last)| last - first + 1).sum();
    let mut nth = random.below(count as usize) as u32;
    for (first, last) in ranges() {
        if nth <= last - first {
            return Some(first + nth);
        }
        nth -= last - first + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::{Verdict, find};

    fn shape(regex: &str) -> Hir {
        regex_syntax::ParserBuilder::new()
            .utf8(false)
            .unicode(false)
            .build()
            .parse(regex)
            .unwrap()
    }

    #[test]
    fn a_rate_is_the_share_that_passes() {
        let rate = |name| measure(&shape("[0-9]{9}"), &[find(name).unwrap()]);
        assert!((0.87..0.91).contains(&rate("us_ssn")), "{}", rate("us_ssn"));
        assert!((0.09..0.11).contains(&rate("luhn")), "{}", rate("luhn"));
        assert_eq!(measure(&shape("[a-z]{9}"), &[find("us_ssn").unwrap()]), 0.0);
    }

    #[test]
    fn every_string_drawn_has_the_shape() {
        let regex = "(?:AB|C[0-9x]{2,4})-?(?:[a-f]|12)(?:q){0,2}";
        let whole = regex_automata::meta::Regex::new(&format!("^(?:{regex})$")).unwrap();
        let (hir, mut random, mut seen) = (shape(regex), Random(7), std::collections::BTreeSet::new());
        for _ in 0..500 {
            let mut text = Vec::new();
            draw(&hir, &mut random, &mut text);
            assert!(whole.is_match(&text), "{}", text.escape_ascii());
            seen.insert(text);
        }
        assert!(seen.len() > 200, "{}", seen.len());
    }

    #[test]
    fn a_wrong_rate_is_noticed() {
        assert!(agrees(0.1, 0.1099) && agrees(0.0, 1e-5));
        assert!(!agrees(0.1, 0.2) && !agrees(1e-5, 0.01) && !agrees(1.0, 0.0));
    }

    #[test]
    fn without_an_accepting_validator_the_rate_is_zero() {
        assert_eq!(measure(&shape("[0-9]{4}"), &[|_| Verdict::Invalid]), 0.0);
        assert_eq!(measure(&shape("[0-9]{4}"), &[]), 1.0);
    }
}
