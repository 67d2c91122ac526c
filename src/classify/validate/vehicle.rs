//! Vehicle identification numbers.

use super::{Verdict, digits};

/// The values of letters: A to H as 1 to 8, J to R as 1 to 9 but for O and Q, S to Z as 2 to 9.
fn value(symbol: u8) -> Option<u32> {
    match symbol {
        b'0'..=b'9' => Some(u32::from(symbol - b'0')),
        b'A'..=b'H' => Some(u32::from(symbol - b'A') + 1),
        b'J'..=b'N' | b'P' | b'R' => Some(u32::from(symbol - b'J') + 1),
        b'S'..=b'Z' => Some(u32::from(symbol - b'S') + 2),
        _ => None,
    }
}

/// A vehicle identification number: seventeen symbols without I, O and Q. Those of North America and China (first 1 to 5 or L) have a check digit in
/// the ninth place: Σ value × (8 7 6 5 4 3 2 10 0 9 8 7 6 5 4 3 2) mod 11, with 10 written X; others end in four digits.
///
/// Source: ISO 3779; 49 CFR 565.15 for the check digit; GB 16735.
pub(super) fn vin(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 17]| {
        let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
        let sum = symbols
            .iter()
            .zip(weights)
            .try_fold(0, |sum, (&symbol, weight)| Some(sum + value(symbol)? * weight))?;
        let check = match sum % 11 {
            10 => b'X',
            rest => b'0' + rest as u8,
        };
        let serial = symbols[13..].iter().all(u8::is_ascii_digit);
        let mixed = symbols.iter().any(u8::is_ascii_digit) && symbols.iter().any(u8::is_ascii_uppercase);
        // The maker's code is not all that has letters: then it is a number with a prefix.
        let mixed = mixed && symbols[3..13].iter().any(u8::is_ascii_uppercase);
        let checked = matches!(symbols[0], b'1'..=b'5' | b'L');
        Some(
            mixed
                && if checked {
                    symbols[8] == check
                } else {
                    serial || symbols[8] == check
                },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            vin,
            &["K34XCS6M3Z7AD6EDG", "PFUV3UBN7TVVGGZ09"],
            &["K34XCS6M3Z7AD1EDG", "K04XCS6M3Z7AD6EDG", "K34XCS6M3Z7ADEDG"],
        );
    }
}
