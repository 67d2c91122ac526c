//! Germany: tax identification numbers.

use super::{Verdict, digits};

/// A tax identification number (steuerliche Identifikationsnummer): eleven digits, the first not 0; among the first ten
/// exactly one digit occurs twice or three times and the others at most once; ISO/IEC 7064 MOD 11,10.
///
/// Source: Bundeszentralamt für Steuern, § 139b Abgabenordnung and the ministry's description of the check digit.
pub(super) fn tax_id(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<11>(text) else {
        return Verdict::Invalid;
    };
    (number[0] != 0 && one_digit_repeats(&number[..10]) && digits::mod_11_10(&number)).into()
}

/// Whether exactly one digit occurs two or three times and none more often.
fn one_digit_repeats(digits: &[u8]) -> bool {
    let mut counts = [0u8; 10];
    for &digit in digits {
        counts[usize::from(digit)] += 1;
    }
    let repeated = counts.iter().filter(|&&count| count > 1).count();
    repeated == 1 && counts.iter().all(|&count| count <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_first_digit_and_check_digit_count() {
        assert!(tax_id(b"36 574 261 809").is_valid());
        assert!(!tax_id(b"36 574 261 890").is_valid());
        assert!(!tax_id(b"36554266806").is_valid());
        assert!(!tax_id(b"01234567890").is_valid());
        assert!(!one_digit_repeats(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 0]));
        assert!(one_digit_repeats(&[1, 1, 1, 4, 5, 6, 7, 8, 9, 0]));
        assert!(!one_digit_repeats(&[1, 1, 2, 2, 5, 6, 7, 8, 9, 0]));
    }
}
