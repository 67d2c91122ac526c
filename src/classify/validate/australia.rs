//! Australia: tax file numbers.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weighted_sum_decides() {
        assert!(tax_file_number(b"876 543 210").is_valid());
        assert!(!tax_file_number(b"876 543 211").is_valid());
        assert!(!tax_file_number(b"000 000 000").is_valid());
    }
}
