//! New Zealand: tax, health and account numbers.

use super::{Verdict, digits};

/// A tax number (IRD): eight or nine digits between 10,000,000 and 150,000,000; the last lacks to a multiple of 11 what the others × (3 2 7
/// 6 5 4 3 2) add up to, or where that is 10 × (7 4 3 2 5 2 7 6), never 10.
///
/// Source: Inland Revenue, "IRD number validation" in its withholding payroll specification.
pub(super) fn tax(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<9>(digits::without(text, b"NZ")) else {
        return Verdict::Invalid;
    };
    let given = symbols.as_slice();
    let value = digits::number(given);
    if given.len() < 8 || !(10_000_001..150_000_000).contains(&value) {
        return Verdict::Invalid;
    }
    let mut number = [0; 9];
    number[9 - given.len()..].copy_from_slice(given);
    let check = match digits::missing(digits::weighted(&number[..8], &[3, 2, 7, 6, 5, 4, 3, 2]), 11) {
        10 => digits::missing(digits::weighted(&number[..8], &[7, 4, 3, 2, 5, 2, 7, 6]), 11),
        check => check,
    };
    (!digits::all_equal(given) && digits::check_is(&number, check)).into()
}

/// The alphabet of [`health_index`]: no I and no O, from 1.
const NHI_ALPHABET: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A national health index number: three letters without I and O, and four digits; or two digits and two letters. Σ value × (7 … 2) makes the
/// last: 11 − sum mod 11 with 10 written 0, or 24 − sum mod 24 as a letter.
///
/// Source: Health New Zealand, HISO 10046:2022.
pub(super) fn health_index(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 7]| {
        let letter = |symbol: u8| {
            NHI_ALPHABET
                .iter()
                .position(|letter| *letter == symbol)
                .map(|at| at as u32 + 1)
        };
        let value = |symbol: u8| digits::digit(symbol).map(u32::from).or_else(|| letter(symbol));
        let sum = symbols[..6]
            .iter()
            .zip((2..=7).rev())
            .try_fold(0, |sum, (&symbol, weight)| Some(sum + value(symbol)? * weight))?;
        let named = symbols[..3].iter().all(|symbol| letter(*symbol).is_some());
        let numbered = symbols[3..5].iter().all(u8::is_ascii_digit);
        let fits = match (digits::digit(symbols[5]), digits::digit(symbols[6])) {
            (Some(_), Some(check)) => sum % 11 != 0 && (11 - sum % 11) % 10 == u32::from(check),
            (None, None) => letter(symbols[6])? == 24 - sum % 24,
            _ => false,
        };
        Some(named && numbered && fits)
    })
}

/// How an account's check is computed: weights over the last four digits of the branch, the eight of the account and the four of the suffix,
/// what products above it are reduced by, and the divisor.
struct Scheme([u8; 16], u32, u32);

/// The schemes of the banks, by their letters in the registry's rules; B is for accounts from 0990000 of banks that use A.
const SCHEMES: [(u8, Scheme); 6] = [
    (
        b'A',
        Scheme([0, 0, 6, 3, 7, 9, 0, 10, 5, 8, 4, 2, 1, 0, 0, 0], 0, 11),
    ),
    (
        b'B',
        Scheme([0, 0, 0, 0, 0, 0, 0, 10, 5, 8, 4, 2, 1, 0, 0, 0], 0, 11),
    ),
    (
        b'D',
        Scheme([0, 0, 0, 0, 0, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0], 0, 11),
    ),
    (
        b'E',
        Scheme([0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 4, 3, 2, 0, 0, 1], 9, 11),
    ),
    (
        b'F',
        Scheme([0, 0, 0, 0, 0, 0, 1, 7, 3, 1, 7, 3, 1, 0, 0, 0], 0, 10),
    ),
    (
        b'G',
        Scheme([0, 0, 0, 0, 0, 0, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1], 9, 10),
    ),
];

/// A bank account: bank, branch (four digits), account (seven) and suffix (two or three), with the bank's weighted sum divisible by 10 or 11.
///
/// Which branches are open is not checked. Source: Payments NZ, "Bank account number validation"; Inland Revenue's payroll specification.
pub(super) fn account(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<16>(text) else {
        return Verdict::Invalid;
    };
    let given = symbols.as_slice();
    if !matches!(given.len(), 15 | 16) || digits::all_equal(given) {
        return Verdict::Invalid;
    }
    let mut number = [0; 16];
    number[..13].copy_from_slice(&given[..13]);
    number[16 - (given.len() - 13)..].copy_from_slice(&given[13..]);
    let scheme = match digits::pair(&number, 0) {
        1..=3 | 6 | 10..=24 | 27 | 30 | 35 | 38 => {
            if digits::number(&number[6..13]) < 990_000 {
                b'A'
            } else {
                b'B'
            }
        }
        8 => b'D',
        9 => b'E',
        25 | 33 => b'F',
        26 | 28 | 29 => b'G',
        _ => return Verdict::Invalid,
    };
    let fits = |Scheme(weights, reduce, modulus): &Scheme| {
        let reduced = |product: u32| {
            if product > *reduce && *reduce > 0 {
                product % reduce
            } else {
                product
            }
        };
        let products = number
            .iter()
            .zip(weights)
            .map(|(&digit, &weight)| u32::from(digit) * u32::from(weight));
        products.map(reduced).sum::<u32>().is_multiple_of(*modulus)
    };
    SCHEMES
        .iter()
        .any(|(letter, rule)| *letter == scheme && fits(rule))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            account,
            &["22 2587-7756107 71", "09 1972 5008575 41"],
            &["22 2587-7756101 71", "92 2587-7756107 71", "22 2587-7756107 7"],
        );
        judges(
            tax,
            &["88689216", "21-043-036"],
            &["88689211", "08689216", "8868921"],
        );
        judges(
            health_index,
            &["MJY0108", "VEU2746"],
            &["MJY0101", "MJY9108", "MJY010"],
        );
    }
}
