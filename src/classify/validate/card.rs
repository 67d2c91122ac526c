//! Payment cards: the Luhn check. Issuer ranges and lengths stand in the classifier's patterns.

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
