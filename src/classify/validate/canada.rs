//! Canada: social insurance numbers.

use super::{Verdict, digits};

/// A social insurance number: nine digits, Luhn, first digit 1–7 or 9 (0 and 8 are not issued, 9 is temporary).
///
/// Source: Employment and Social Development Canada, "Social Insurance Number" and its code of practice.
pub(super) fn sin(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let issued = matches!(number[0], 1..=7 | 9);
    (issued && digits::luhn(&number) && !digits::all_equal(&number)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digit_and_the_check_digit_count() {
        assert!(sin(b"193-456-787").is_valid());
        assert!(!sin(b"193-456-788").is_valid());
        assert!(!sin(b"046 454 286").is_valid(), "0 is not issued");
    }
}
