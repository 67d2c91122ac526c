//! The Netherlands: citizen service numbers.

use super::{Verdict, digits};

/// A citizen service number (BSN): nine digits, Σ digit × (9 8 7 6 5 4 3 2 −1) divisible by 11 (the "elfproef").
///
/// Source: Rijksdienst voor Identiteitsgegevens, Logisch Ontwerp BSN.
pub(super) fn bsn(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    // −1 and 10 are the same modulo 11.
    let sum = digits::weighted(&number, &[9, 8, 7, 6, 5, 4, 3, 2, 10]);
    (sum.is_multiple_of(11) && !digits::all_equal(&number)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleven_test_decides() {
        assert!(bsn(b"111222333").is_valid());
        assert!(bsn(b"1112.22.333").is_valid());
        assert!(!bsn(b"111222334").is_valid());
        assert!(!bsn(b"000000000").is_valid());
    }
}
