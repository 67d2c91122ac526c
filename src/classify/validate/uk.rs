//! United Kingdom: National Insurance and NHS numbers.

use super::{Verdict, digits};

/// Prefixes that are kept out of use or were for administration.
const UNUSED_PREFIXES: [&[u8; 2]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];

/// A National Insurance number: two letters, six digits, a suffix A–D. Neither letter is D, F, I, Q, U or V, the second is
/// not O, and seven prefixes are not allocated. There is no check digit.
///
/// Source: HM Revenue & Customs, National Insurance Manual NIM39110.
pub(super) fn nino(text: &[u8]) -> Verdict {
    let Some(number) = digits::alnum_exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let [first, second, body @ .., suffix] = number;
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"DFIQUV".contains(&byte);
    let prefix =
        letter(first) && letter(second) && second != b'O' && !UNUSED_PREFIXES.contains(&&[first, second]);
    (prefix && body.iter().all(u8::is_ascii_digit) && (b'A'..=b'D').contains(&suffix)).into()
}

/// An NHS number: ten digits, the last 11 − (Σ digit × (10…2) mod 11), where 11 is written 0 and 10 is never issued.
///
/// Source: NHS Data Model and Dictionary, "NHS number".
pub(super) fn nhs_number(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<10>(text) else {
        return Verdict::Invalid;
    };
    let sum = digits::weighted(&number, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    (sum.is_multiple_of(11) && !digits::all_equal(&number)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_insurance_prefixes_and_suffixes_count() {
        assert!(nino(b"AB 12 34 56 C").is_valid());
        assert!(nino(b"jg103759a").is_valid());
        for bad in [
            "DB123456C",
            "AO123456C",
            "GB123456C",
            "ZZ123456C",
            "AB123456E",
            "AB12345C",
            "A1123456C",
        ] {
            assert!(!nino(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn nhs_numbers_need_the_check_digit() {
        assert!(nhs_number(b"943 476 5870").is_valid());
        assert!(!nhs_number(b"943 476 5871").is_valid());
        assert!(!nhs_number(b"000 000 0000").is_valid());
        assert!(!nhs_number(b"943 476 587").is_valid());
    }
}
