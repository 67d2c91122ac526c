//! Reading digits and letters out of a match, and the check-digit arithmetic that several families share.

use super::Verdict;
use crate::classify::digits_at_once::{LANES, all, others};

/// Bytes that may stand between the digits of a written number: signs, and those of which the no-break space
/// (`0xC2 0xA0`) and the dashes U+2010 to U+2015 (`0xE2 0x80 0x90` and on) consist in UTF-8.
const fn is_separator(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'-' | b'.' | b',' | b':' | b'/' | b'(' | b')' | 0xC2 | 0xA0 | 0xE2 | 0x80 | 0x90..=0x95
    )
}

/// At most `N` symbols taken out of a match, on the stack.
#[derive(Clone, Copy)]
pub(super) struct Symbols<const N: usize> {
    values: [u8; N],
    len: usize,
}

impl<const N: usize> Symbols<N> {
    /// The symbols in reading order.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.values[..self.len]
    }

    /// Gathers the symbols of all bytes that are no separators; `None` when one is neither or there are more than `N`.
    fn gather(text: &[u8], symbols: &[u8; 256]) -> Option<Self> {
        let mut all = Self {
            values: [0; N],
            len: 0,
        };
        for &byte in text {
            let symbol = symbols[usize::from(byte)];
            match all.values.get_mut(all.len) {
                // The next symbol takes a separator's place.
                Some(place) if symbol != REFUSED => *place = symbol,
                None if symbol == SEPARATOR => {}
                _ => return None,
            }
            all.len += usize::from(symbol != SEPARATOR);
        }
        Some(all)
    }
}

/// In a table of symbols, a byte that stands between them.
const SEPARATOR: u8 = 254;
/// A byte that no number holds.
const REFUSED: u8 = 255;

/// The value of every digit.
const DIGITS: [u8; 256] = symbols(false);
/// Every digit, and every letter as upper case.
const ALNUM: [u8; 256] = symbols(true);

const fn symbols(letters: bool) -> [u8; 256] {
    let mut symbols = [REFUSED; 256];
    let mut byte = 0;
    while byte < 256 {
        let own = byte as u8;
        symbols[byte] = match own {
            _ if is_separator(own) => SEPARATOR,
            b'0'..=b'9' if !letters => own - b'0',
            _ if letters && own.is_ascii_alphanumeric() => own.to_ascii_uppercase(),
            _ => REFUSED,
        };
        byte += 1;
    }
    symbols
}

/// The value 0 to 9 of an ASCII digit.
pub(super) fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

/// At most `N` digit values; `None` when anything but digits and separators is present.
pub(super) fn up_to<const N: usize>(text: &[u8]) -> Option<Symbols<N>> {
    // Most numbers are written without separators.
    let Some(plain) = plain(text).filter(|_| text.len() <= N) else {
        return Symbols::gather(text, &DIGITS);
    };
    let mut values = [0; N];
    let len = N.min(SHORT);
    values[..len].copy_from_slice(&plain[..len]);
    Some(Symbols {
        values,
        len: text.len(),
    })
}

/// The digits of most numbers.
const SHORT: usize = LANES;

/// The digit values of a short number without separators, all looked at together, and zeros behind them.
#[inline]
fn plain(text: &[u8]) -> Option<[u8; SHORT]> {
    let mut bytes = [b'0'; SHORT];
    bytes.get_mut(..text.len())?.copy_from_slice(text);
    let word = u128::from_le_bytes(bytes);
    (others(word) == 0).then(|| (word ^ all(b'0')).to_le_bytes())
}

/// At most `N` digit values of two stretches of one number.
pub(super) fn joined<const N: usize>(head: &[u8], tail: &[u8]) -> Option<Symbols<N>> {
    let mut all = up_to::<N>(head)?;
    for &value in up_to::<N>(tail)?.as_slice() {
        *all.values.get_mut(all.len)? = value;
        all.len += 1;
    }
    Some(all)
}

/// Exactly `N` digit values; `None` when anything but digits and separators is present.
pub(super) fn exactly<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    // Most numbers are written without separators.
    values(text).or_else(|| {
        let all = up_to::<N>(text)?;
        (all.len == N).then_some(all.values)
    })
}

/// At most `N` ASCII letters (as upper case) and digits; `None` when anything but these and separators is present.
pub(super) fn alnum_up_to<const N: usize>(text: &[u8]) -> Option<Symbols<N>> {
    Symbols::gather(text, &ALNUM)
}

/// Exactly `N` ASCII letters (as upper case) and digits.
pub(super) fn alnum_exactly<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let all = alnum_up_to::<N>(text)?;
    (all.len == N).then_some(all.values)
}

/// Judges a number of exactly `N` digits; a filler of equal digits is never one.
pub(super) fn check<const N: usize>(text: &[u8], rule: impl Fn(&[u8; N]) -> bool) -> Verdict {
    exactly::<N>(text)
        .is_some_and(|number| !all_equal(&number) && rule(&number))
        .into()
}

/// Judges `N` ASCII letters, as upper case, and digits.
pub(super) fn check_alnum<const N: usize>(text: &[u8], rule: impl Fn(&[u8; N]) -> Option<bool>) -> Verdict {
    alnum_exactly::<N>(text)
        .and_then(|symbols| rule(&symbols))
        .unwrap_or(false)
        .into()
}

/// The digit values of `N` ASCII bytes; `None` where one is no digit.
pub(super) fn values<const N: usize>(ascii: &[u8]) -> Option<[u8; N]> {
    let mut values = [0; N];
    (ascii.len() == N).then_some(())?;
    if N <= SHORT {
        values.copy_from_slice(&plain(ascii)?[..N]);
    } else {
        for (value, &byte) in values.iter_mut().zip(ascii) {
            *value = digit(byte)?;
        }
    }
    Some(values)
}

/// What follows a country's code, in whichever case, and the signs after it; all of the text where it does not begin so.
pub(super) fn without<'a>(text: &'a [u8], code: &[u8]) -> &'a [u8] {
    match text.split_at_checked(code.len()) {
        Some((head, mut rest)) if head.eq_ignore_ascii_case(code) => {
            while let [first, after @ ..] = rest
                && is_separator(*first)
            {
                rest = after;
            }
            rest
        }
        _ => text,
    }
}

/// The number 0 to 99 that the two digits at `at` and after it spell.
pub(super) fn pair(digits: &[u8], at: usize) -> u32 {
    u32::from(digits[at]) * 10 + u32::from(digits[at + 1])
}

/// The decimal number that digit values spell; at most 19 of them, so that it fits.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .take(19)
        .fold(0, |sum, &digit| sum * 10 + u64::from(digit))
}

/// Whether every symbol is the same, as in the fillers `000000000` and `111111111`.
pub(super) fn all_equal(symbols: &[u8]) -> bool {
    symbols.windows(2).all(|pair| pair[0] == pair[1])
}

/// Σ digit × weight over the shorter of the two.
pub(super) fn weighted(digits: &[u8], weights: &[u8]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(&digit, &weight)| u32::from(digit) * u32::from(weight))
        .sum()
}

/// What a sum lacks to the next multiple of `modulus`: the check digit of most weighted sums. 10 equals no digit.
pub(super) fn missing(sum: u32, modulus: u32) -> u32 {
    (modulus - sum % modulus) % modulus
}

/// Whether the last digit is what the weighted sum of those before it lacks to a multiple of 11, with 10 written 0.
pub(super) fn mod_11(digits: &[u8], weights: &[u8]) -> bool {
    let body = digits.split_last().map_or(digits, |(_, body)| body);
    check_is(digits, missing(weighted(body, weights), 11) % 10)
}

/// Whether the last digit is the weighted sum of those before it modulo 11, with 10 written 0.
pub(super) fn rest_11(digits: &[u8], weights: &[u8]) -> bool {
    let body = digits.split_last().map_or(digits, |(_, body)| body);
    check_is(digits, weighted(body, weights) % 11 % 10)
}

/// Whether the last digit is `check`.
pub(super) fn check_is(digits: &[u8], check: u32) -> bool {
    digits.last().is_some_and(|&last| u32::from(last) == check)
}

/// The value of a symbol in base 36: digits as they are, capitals from 10.
pub(super) fn base_36(symbol: u8) -> Option<u32> {
    (symbol as char).to_digit(36)
}

/// The number that letters and digits spell, modulo 97, each letter written as two digits from 10 (ISO/IEC 7064 MOD 97-10
/// wants 1).
pub(super) fn mod_97<'a>(symbols: impl IntoIterator<Item = &'a u8>) -> Option<u32> {
    symbols.into_iter().try_fold(0, |rest, &symbol| {
        let value = base_36(symbol)?;
        Some((rest * if value < 10 { 10 } else { 100 } + value) % 97)
    })
}

/// The Luhn sum over symbols of an alphabet of `size`: from the right every second value is doubled and its two figures in
/// that base added. Valid where it is a multiple of `size`.
pub(super) fn luhn_sum(values: &[u32], size: u32) -> u32 {
    let doubled = |value: u32| 2 * value / size + 2 * value % size;
    let at = |(place, &value): (usize, &u32)| if place % 2 == 1 { doubled(value) } else { value };
    values.iter().rev().enumerate().map(at).sum()
}

/// The Luhn check of ISO/IEC 7812-1 annex B: from the right every second digit is doubled and its digits added.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| u32::from(if place % 2 == 1 { doubled(digit) } else { digit }))
        .sum();
    sum.is_multiple_of(10)
}

/// Multiplication in the dihedral group D5, row times column (J. Verhoeff, Error Detecting Decimal Codes, 1969).
const DIHEDRAL: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// Verhoeff's permutation, as often as one may use it: the place `n` from the right uses it `n` times over.
const PERMUTATIONS: [[u8; 10]; 8] = {
    let once = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut all = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]; 8];
    let mut place = 1;
    while place < all.len() {
        let mut value = 0;
        while value < 10 {
            all[place][value] = once[all[place - 1][value] as usize];
            value += 1;
        }
        place += 1;
    }
    all
};

/// The Verhoeff check over digit values, check digit last.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    let permuted = |place: usize, digit: u8| PERMUTATIONS[place % 8][usize::from(digit % 10)];
    let state = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0u8, |state, (place, &digit)| {
            DIHEDRAL[usize::from(state)][usize::from(permuted(place, digit))]
        });
    state == 0
}

/// The hybrid check MOD 11,10 of ISO/IEC 7064, check digit last.
pub(super) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((&check, body)) = digits.split_last() else {
        return false;
    };
    let product = body.iter().fold(10u32, |product, &digit| {
        let sum = (product + u32::from(digit)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + u32::from(check)) % 10 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_dropped_and_other_bytes_refused() {
        assert_eq!(exactly::<4>(b"1-2 3.4"), Some([1, 2, 3, 4]));
        assert_eq!(exactly::<4>("1\u{a0}234".as_bytes()), Some([1, 2, 3, 4]));
        assert_eq!(exactly::<4>(b"123"), None);
        assert_eq!(exactly::<4>(b"12345"), None);
        assert_eq!(exactly::<4>(b"12a4"), None);
    }

    #[test]
    fn luhn_accepts_the_standard_example_and_refuses_each_single_digit_error() {
        let good = [7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 3];
        assert!(luhn(&good));
        for place in 0..good.len() {
            let mut bad = good;
            bad[place] = (bad[place] + 1) % 10;
            assert!(!luhn(&bad), "place {place}");
        }
    }

    #[test]
    fn verhoeff_accepts_its_example_and_refuses_every_adjacent_swap() {
        let good = [2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 6];
        assert!(verhoeff(&[2, 3, 6, 3]));
        assert!(verhoeff(&good));
        for place in 1..good.len() {
            let mut bad = good;
            bad.swap(place - 1, place);
            assert!(bad == good || !verhoeff(&bad), "place {place}");
        }
    }

    #[test]
    fn mod_11_10_accepts_the_example_of_the_standard() {
        assert!(mod_11_10(&[0, 7, 9, 4, 5]));
        assert!(!mod_11_10(&[0, 7, 9, 4, 6]));
        assert!(!mod_11_10(&[]));
    }
}
