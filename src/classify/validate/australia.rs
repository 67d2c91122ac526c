//! Australia: tax, business, company and Medicare numbers.

use super::{Verdict, digits};

/// A tax file number: nine digits, Σ digit × (1 4 3 7 5 8 6 9 10) divisible by 11.
///
/// Source: Australian Taxation Office, tax file number algorithm as published in its software developer guides.
pub(super) fn tax_file_number(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let sum = digits::weighted(&number, &[1, 4, 3, 7, 5, 8, 6, 9, 10]);
    (sum.is_multiple_of(11) && !digits::all_equal(&number)).into()
}

/// A business number (ABN): eleven digits; with the first reduced by 1, Σ digit × (10 1 3 5 … 19) divisible by 89.
///
/// Source: Australian Business Register, "Format of the ABN".
pub(super) fn business_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let sum = digits::weighted(number, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
        number[0] > 0 && (sum - 10).is_multiple_of(89)
    })
}

/// A company number (ACN): nine digits, the last what Σ digit × (8 … 1) lacks to a multiple of 10.
///
/// Source: Australian Securities and Investments Commission, "Australian Company Number Digit Check".
pub(super) fn company_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        digits::check_is(
            number,
            digits::missing(digits::weighted(&number[..8], &[8, 7, 6, 5, 4, 3, 2, 1]), 10),
        )
    })
}

/// A Medicare card number: the first digit 2 to 6, the ninth Σ digit × (1 3 7 9 1 3 7 9) mod 10, the tenth the issue from 1, and perhaps
/// the place of the person on the card, 1 to 9.
///
/// Source: Services Australia; National Health Data Dictionary, METEOR 270101.
pub(super) fn medicare(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<11>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    if !matches!(number.len(), 10 | 11) || digits::all_equal(number) {
        return Verdict::Invalid;
    }
    let check = digits::weighted(&number[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    (matches!(number[0], 2..=6)
        && check == u32::from(number[8])
        && number[9..].iter().all(|digit| *digit > 0))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn the_weighted_sum_decides() {
        assert!(tax_file_number(b"876 543 210").is_valid());
        assert!(!tax_file_number(b"876 543 211").is_valid());
        assert!(!tax_file_number(b"000 000 000").is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            business_number,
            &["61882732796", "21 322 948 140"],
            &["61882732791", "01882732796", "6188273279"],
        );
        judges(
            company_number,
            &["380402899", "536 826 605"],
            &["380402891", "080402899", "38040289"],
        );
        judges(
            medicare,
            &["2927347824", "4840 57437 5"],
            &["2927347820", "0927347824", "292734782"],
        );
    }
}
