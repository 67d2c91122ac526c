//! India: Aadhaar and permanent account numbers.

use super::{Verdict, digits};

/// An Aadhaar number: twelve digits, the first 2–9, a Verhoeff check digit, and no palindrome.
///
/// Source: Unique Identification Authority of India, "A UID Numbering Scheme for India".
pub(super) fn aadhaar(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<12>(text) else {
        return Verdict::Invalid;
    };
    let palindrome = (0..6).all(|at| number[at] == number[11 - at]);
    (number[0] >= 2 && !palindrome && digits::verhoeff(&number)).into()
}

/// A permanent account number: five letters, of which the fourth is a holder type, four digits other than 0000, a letter.
///
/// How the last letter is computed is not published. Source: Income Tax Department, "Permanent Account Number".
pub(super) fn pan(text: &[u8]) -> Verdict {
    let Some(number) = digits::alnum_exactly::<10>(text) else {
        return Verdict::Invalid;
    };
    let [head @ .., d1, d2, d3, d4, last] = number;
    let body = [d1, d2, d3, d4];
    let letters = head.iter().all(u8::is_ascii_uppercase) && last.is_ascii_uppercase();
    let holder = b"ABCFGHJKLPT".contains(&head[3]);
    (letters && holder && body.iter().all(u8::is_ascii_digit) && body != *b"0000").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aadhaar_numbers_need_the_check_digit_and_start_at_two() {
        assert!(aadhaar(b"2341 2341 2346").is_valid());
        assert!(!aadhaar(b"2341 2341 2347").is_valid());
        assert!(!aadhaar(b"1341 2341 2346").is_valid());
        assert!(!aadhaar(b"222222222222").is_valid());
    }

    #[test]
    fn account_numbers_need_a_holder_type() {
        assert!(pan(b"ACUPA7085R").is_valid());
        assert!(pan(b"acupa7085r").is_valid());
        for bad in [
            "ACUXA7085R",
            "ACUPA0000R",
            "ACUPA7085",
            "ACUP17085R",
            "ACUPA70857",
        ] {
            assert!(!pan(bad.as_bytes()).is_valid(), "{bad}");
        }
    }
}
