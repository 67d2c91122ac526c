//! Germany: tax, insurance, register and document numbers.

use super::{Verdict, date, digits, mrz};

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

/// A VAT number: nine digits, the first not 0, ISO/IEC 7064 MOD 11,10.
///
/// Source: Bundeszentralamt für Steuern, "Aufbau der USt-IdNr."; European Commission, VIES.
pub(super) fn vat(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"DE"), |number: &[u8; 9]| {
        number[0] != 0 && digits::mod_11_10(number)
    })
}

/// A tax number of a tax office (Steuernummer): ten or eleven digits as the states write it, or thirteen with the state's
/// number first and a 0 in the fifth place.
///
/// The states' check digits differ by office and are not published whole, so only the form counts.
/// Source: ELSTER, "Prüfung der Steuer- und Steueridentifikationsnummer".
pub(super) fn tax_number(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<13>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let whole = match number {
        // Bavaria 9 and North Rhine-Westphalia 5, then three digits of the office; the others two and two.
        [9 | 5, _, _, _, 0, ..] if number.len() == 13 => true,
        [a, b, _, _, 0, ..] if number.len() == 13 => {
            matches!(a * 10 + b, 10 | 11 | 21..=24 | 26..=28 | 30..=32 | 40 | 41)
        }
        _ => matches!(number.len(), 10 | 11),
    };
    (whole && !digits::all_equal(number)).into()
}

/// A pension insurance number (Rentenversicherungsnummer): area, birth date (the day 50 more where numbers ran out), the
/// initial of the birth name, two digits, and the cross sums of digit × (2 1 2 5 7 1 2 1 2 1 2 1) mod 10, the letter read as
/// two digits from 01.
///
/// Source: § 147 SGB VI and the Verordnung über die Versicherungsnummer (VKVV) § 2 and § 4.
pub(super) fn pension_number(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 12]| {
        let initial = symbols[8].checked_sub(b'A').filter(|at| *at < 26)? + 1;
        let head = digits::values::<8>(&symbols[..8])?;
        let tail = digits::values::<3>(&symbols[9..])?;
        let mut number = [0; 12];
        number[..8].copy_from_slice(&head);
        number[8..10].copy_from_slice(&[initial / 10, initial % 10]);
        number[10..].copy_from_slice(&tail[..2]);
        let weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
        let sum: u32 = number
            .iter()
            .zip(weights)
            .map(|(&digit, weight)| cross_sum(digit * weight))
            .sum();
        let (day, month, year) = (
            digits::pair(&head, 2),
            digits::pair(&head, 4),
            digits::pair(&head, 6),
        );
        let day = if day > 50 { day - 50 } else { day };
        // Unknown days and months are written 00.
        let born = date::in_either_century(year, month.max(1), day.max(1));
        Some(born && digits::pair(&head, 0) > 1 && sum % 10 == u32::from(tail[2]))
    })
}

/// A health insurance number (Krankenversichertennummer): a letter, eight digits, and the cross sums of digit × (1 2 1 2 …)
/// mod 10, the letter read as two digits from 01.
///
/// Source: § 290 SGB V and the directive of the GKV-Spitzenverband on it, annex 1.
pub(super) fn health_number(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 10]| {
        let initial = symbols[0].checked_sub(b'A').filter(|at| *at < 26)? + 1;
        let rest = digits::values::<9>(&symbols[1..])?;
        let mut number = [0; 10];
        number[..2].copy_from_slice(&[initial / 10, initial % 10]);
        number[2..].copy_from_slice(&rest[..8]);
        let sum: u32 = number
            .iter()
            .zip([1, 2].iter().cycle())
            .map(|(digit, weight)| cross_sum(digit * weight))
            .sum();
        Some(!digits::all_equal(&rest) && sum % 10 == u32::from(rest[8]))
    })
}

/// The sum of the figures of a number below 100.
fn cross_sum(number: u8) -> u32 {
    u32::from(number / 10 + number % 10)
}

/// A serial number of an identity card or passport: nine symbols of digits and the consonants without B, D, Q and S, of which
/// the first is a letter of an issuing office, and a check digit: the sum of value × (7 3 1 …) mod 10, letters from 10.
///
/// Source: Personalausweisverordnung, annex 3; ICAO Doc 9303 part 3 for the check digit.
pub(super) fn identity_document(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 10]| {
        let (check, serial) = symbols.split_last()?;
        let office = b"CFGHJKLMNPRTVWXYZ".contains(&serial[0]);
        let drawn = |symbol: &u8| symbol.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(symbol);
        let digit = serial.iter().any(u8::is_ascii_digit);
        let sum = mrz::check(serial)?;
        Some(office && digit && serial.iter().all(drawn) && u32::from(digits::digit(*check)?) == sum)
    })
}

/// A register number: the register (HRA, HRB, GnR, PR, VR), up to six digits that do not begin with 0, and letters. Where it
/// is and the court's name decide nothing here.
///
/// Source: Handelsregisterverordnung § 4 and § 13.
pub(super) fn register_number(text: &[u8]) -> Verdict {
    let number = text
        .iter()
        .position(u8::is_ascii_digit)
        .map_or(&text[..0], |at| &text[at..]);
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    ((1..=6).contains(&digits) && number[0] != b'0').into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

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

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            health_number,
            &["Q862485741", "O925529178"],
            &["Q862485742", "Q062485741", "Q86248574"],
        );
        judges(
            identity_document,
            &["YXV7C8WT91", "K8N4L2JY38"],
            &["YXV7C8WT92", "YXV0C8WT91", "YXV7C8WT9"],
        );
        judges(
            pension_number,
            &["53140381J671", "65090780L788"],
            &["53140381J672", "03140381J671", "53140381J67"],
        );
        judges(tax_number, &["33/442/60537", "393/661/29524"], &["33/442/6053"]);
        judges(
            vat,
            &["DE965535785", "DE 126137970"],
            &["DE965535781", "DE065535785", "DE96553578"],
        );
    }
}
