//! Payment cards: numbers, stripe data, expiry dates.

use super::{Verdict, digits};

/// The Luhn check over 8 to 19 digits that are not all the same.
///
/// Source: ISO/IEC 7812-1, annex B (a primary account number has at most 19 digits).
pub(super) fn luhn(text: &[u8]) -> Verdict {
    let Some(number) = digits::up_to::<19>(text) else {
        return Verdict::Invalid;
    };
    let number = number.as_slice();
    (number.len() >= 8 && !digits::all_equal(number) && digits::luhn(number)).into()
}

/// Magnetic stripe data: a card number that passes Luhn, behind `%B` or `;`, and four digits of an expiry whose month exists.
///
/// Source: ISO/IEC 7813, tracks 1 and 2.
pub(super) fn track(text: &[u8]) -> Verdict {
    let body = text
        .strip_prefix(b"%B")
        .or(text.strip_prefix(b";"))
        .unwrap_or(text);
    let number = body
        .split(|byte| !byte.is_ascii_digit())
        .next()
        .unwrap_or_default();
    // Track 1 puts the name between the number and the expiry, track 2 a sign.
    let after = body
        .iter()
        .rposition(|byte| matches!(byte, b'^' | b'='))
        .map_or(body.len(), |at| at + 1);
    let expiry = body.get(after..after + 4).and_then(digits::values::<4>);
    let month = expiry.is_some_and(|expiry| matches!(digits::pair(&expiry, 2), 1..=12));
    (month && luhn(number).is_valid()).into()
}

/// A month and a year to which a card is valid: 01 to 12, and a year from 2015 to 2045 of two or four digits, which may
/// stand first.
///
/// Source: ISO/IEC 7813 section 4.2; PCI DSS glossary, "cardholder data".
pub(super) fn expiry(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<6>(text) else {
        return Verdict::Invalid;
    };
    let (month, year) = match symbols.as_slice() {
        [2, 0, y1, y2, month @ ..] if month.len() == 2 => {
            (digits::pair(month, 0), digits::pair(&[*y1, *y2], 0))
        }
        [m1, m2, 2, 0, year @ ..] if year.len() == 2 => (digits::pair(&[*m1, *m2], 0), digits::pair(year, 0)),
        [m1, m2, year @ ..] if year.len() == 2 => (digits::pair(&[*m1, *m2], 0), digits::pair(year, 0)),
        _ => return Verdict::Invalid,
    };
    (matches!(month, 1..=12) && matches!(year, 15..=45)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn the_check_digit_decides_whatever_the_separators() {
        assert!(luhn(b"4539 5787 6362 1486").is_valid());
        assert!(luhn(b"3714-496353-98431").is_valid());
        assert!(!luhn(b"4539 5787 6362 1487").is_valid());
    }

    #[test]
    fn fillers_short_and_overlong_runs_are_refused() {
        assert!(!luhn(b"0000000000000000").is_valid());
        assert!(!luhn(b"").is_valid());
        assert!(!luhn(b"18").is_valid());
        assert!(!luhn(b"45395787636214860000").is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            track,
            &[
                ";4371127006203495=2710101708362",
                ";963188957541=6011243864858887092",
            ],
            &[
                ";4371127006203495=2713101708362",
                ";0371127006203495=2710101708362",
            ],
        );
    }
}
