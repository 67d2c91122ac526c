//! Italy: tax codes of persons, VAT numbers.

use super::{Verdict, date, digits};

/// Values of the symbols 0–9 (and of A–J, which count the same) at odd places.
const ODD_DIGITS: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
/// Values of the letters A–Z at odd places.
const ODD_LETTERS: [u32; 26] = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];
/// Letters that stand for the digits 0–9 when two persons would share a code (omocodia).
const SUBSTITUTES: &[u8; 10] = b"LMNPQRSTUV";
/// The month letters, January to December.
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";

/// A person's tax code: six letters of the name, year, month letter, day (40 more for women), place code, and a control
/// letter modulo 26; digits may be written as the letters of omocodia.
///
/// Source: Decreto ministeriale 23 December 1976, n. 13813; Agenzia delle Entrate.
pub(super) fn codice_fiscale(text: &[u8]) -> Verdict {
    let Some(code) = digits::alnum_exactly::<16>(text) else {
        return Verdict::Invalid;
    };
    let letters = code[..6]
        .iter()
        .chain([&code[8], &code[11], &code[15]])
        .all(u8::is_ascii_uppercase);
    (letters && born(&code).is_some() && place(&code) && control(&code) == code[15]).into()
}

/// The birth year within its century, month and day, if they can be a date.
fn born(code: &[u8; 16]) -> Option<()> {
    let year = pair(code[6], code[7])?;
    let month = MONTHS.iter().position(|&letter| letter == code[8])? + 1;
    let day = pair(code[9], code[10])?;
    let day = if day > 40 { day - 40 } else { day };
    // The century is unknown; 2000 and 1900 + year differ only in the leap year of the year 00.
    date::exists(2000 + u32::from(year), month as u32, u32::from(day)).then_some(())
}

/// Whether the place code is a letter and three digits.
fn place(code: &[u8; 16]) -> bool {
    code[12..15].iter().all(|&symbol| value(symbol).is_some())
}

/// Two symbols as a number.
fn pair(tens: u8, ones: u8) -> Option<u8> {
    Some(value(tens)? * 10 + value(ones)?)
}

/// The digit that a digit or a letter of omocodia stands for.
fn value(symbol: u8) -> Option<u8> {
    let substitute = || {
        SUBSTITUTES
            .iter()
            .position(|&letter| letter == symbol)
            .map(|at| at as u8)
    };
    digits::digit(symbol).or_else(substitute)
}

/// The control letter of the first fifteen symbols.
fn control(code: &[u8; 16]) -> u8 {
    let sum: u32 = code[..15]
        .iter()
        .enumerate()
        .map(|(at, &symbol)| if at % 2 == 0 { odd(symbol) } else { even(symbol) })
        .sum();
    b'A' + (sum % 26) as u8
}

/// What a symbol counts at the first, third, … place.
fn odd(symbol: u8) -> u32 {
    match symbol {
        b'0'..=b'9' => ODD_DIGITS[usize::from(symbol - b'0')],
        b'A'..=b'Z' => ODD_LETTERS[usize::from(symbol - b'A')],
        _ => 0,
    }
}

/// What a symbol counts at the second, fourth, … place: digits their value, letters their place in the alphabet.
fn even(symbol: u8) -> u32 {
    match symbol {
        b'0'..=b'9' => u32::from(symbol - b'0'),
        _ => u32::from(symbol.saturating_sub(b'A')),
    }
}

/// A VAT number (partita IVA): seven digits of the taxpayer, not all 0, three of the office (001 to 100, 120, 121, 888 or 999),
/// and a Luhn digit.
///
/// Source: Agenzia delle Entrate, "Partita IVA"; European Commission, VIES.
pub(super) fn vat(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"IT"), |number: &[u8; 11]| {
        let office = matches!(digits::number(&number[7..10]), 1..=100 | 120 | 121 | 888 | 999);
        office && digits::number(&number[..7]) > 0 && digits::luhn(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn control_letter_month_and_day_count() {
        assert!(codice_fiscale(b"RSSMRA85T10A562S").is_valid());
        assert!(codice_fiscale(b"rssmra85t10a562s").is_valid());
        assert!(!codice_fiscale(b"RSSMRA85T10A562T").is_valid(), "control letter");
        assert!(!codice_fiscale(b"RSSMRA85Z10A562S").is_valid(), "month letter");
        assert!(!codice_fiscale(b"RSSMRA85T99A562S").is_valid(), "day");
        assert!(!codice_fiscale(b"RSSMRA85T10A562").is_valid(), "length");
    }

    #[test]
    fn omocodia_letters_stand_for_digits() {
        let mut code = *b"RSSMRA85T10A56NA";
        code[15] = control(&code);
        assert!(codice_fiscale(&code).is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            vat,
            &["83631000649", "IT43516910908"],
            &["83631000641", "03631000649", "8363100064"],
        );
    }
}
