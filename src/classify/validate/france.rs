//! France: registration numbers in the directory of persons.

use super::{Verdict, digits};

/// A registration number (NIR, "numéro de sécurité sociale"): sex, year, month, place, order, and a key of 97 − (number
/// mod 97), where the departments 2A and 2B count as 19 and 18.
///
/// The first digit is 1 or 2, and others stand for registrations under way; months above 12 stand for incomplete birth records
/// and differ by the records' age. So neither decides anything.
/// Source: INSEE, "Numéro d'inscription au répertoire" and decree 82-103.
pub(super) fn nir(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_exactly::<15>(text) else {
        return Verdict::Invalid;
    };
    let Some(number) = numeric(symbols) else {
        return Verdict::Invalid;
    };
    let key = u64::from(number[13] * 10 + number[14]);
    (number[0] != 0 && key == 97 - digits::number(&number[..13]) % 97).into()
}

/// The digit values, with the letters of the Corsican departments replaced as the key wants.
fn numeric(mut symbols: [u8; 15]) -> Option<[u8; 15]> {
    match &mut symbols[5..7] {
        place if place == b"2A" => place.copy_from_slice(b"19"),
        place if place == b"2B" => place.copy_from_slice(b"18"),
        _ => {}
    }
    let mut values = [0u8; 15];
    for (value, symbol) in values.iter_mut().zip(symbols) {
        *value = digits::digit(symbol)?;
    }
    Some(values)
}

/// A tax number (numéro fiscal, SPI): thirteen digits, the first 0 to 3, the last three the first ten mod 511.
///
/// Source: Direction générale des Finances publiques; OECD, "Tax identification numbers: France".
pub(super) fn tax_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        number[0] <= 3 && digits::number(&number[..10]) % 511 == digits::number(&number[10..])
    })
}

/// A company number (SIREN): nine digits, Luhn.
///
/// Source: INSEE, "Numéro SIREN", standard ISO/IEC 7812.
pub(super) fn siren(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| digits::luhn(number))
}

/// The company number of La Poste, whose many places outnumber the check digit.
const LA_POSTE: [u8; 9] = [3, 5, 6, 0, 0, 0, 0, 0, 0];

/// The number of a company's place (SIRET): a company number and five more digits, Luhn over all; places of La Poste
/// instead have a sum of digits divisible by 5, but for the seat.
///
/// Source: INSEE, "Numéro SIRET".
pub(super) fn siret(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 14]| {
        let sum: u32 = number.iter().copied().map(u32::from).sum();
        let postal = number[..9] == LA_POSTE && number[9..] != [0, 0, 0, 4, 8];
        digits::luhn(&number[..9])
            && if postal {
                sum.is_multiple_of(5)
            } else {
                digits::luhn(number)
            }
    })
}

/// The alphabet of VAT keys: no I and no O.
const KEY_ALPHABET: &[u8; 34] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A VAT number: a key of two symbols and a company number (in Monaco 000 and six digits). A key of digits is the number
/// followed by 12, mod 97; in one with a letter, its value modulo 11 is (number + 1 + value / 11) mod 11.
///
/// Source: Direction générale des Finances publiques; European Commission, VIES, algorithms.
pub(super) fn vat(text: &[u8]) -> Verdict {
    digits::check_alnum(digits::without(text, b"FR"), |symbols: &[u8; 11]| {
        let number = digits::values::<9>(&symbols[2..])?;
        let body = digits::number(&number);
        let at = |symbol| {
            KEY_ALPHABET
                .iter()
                .position(|letter| *letter == symbol)
                .map(|at| at as u64)
        };
        let (first, second) = (at(symbols[0])?, at(symbols[1])?);
        let key = if first < 10 && second < 10 {
            first * 10 + second == (body * 100 + 12) % 97
        } else {
            let value = if first < 10 {
                first * 24 + second - 10
            } else {
                first * 34 + second - 100
            };
            (body + 1 + value / 11) % 11 == value % 11
        };
        Some(key && (number[..3] == [0, 0, 0] || digits::luhn(&number)) && body != 0)
    })
}

/// A Monaco VAT number: a French one whose company number begins with 000.
///
/// Source: Direction des Services Fiscaux de Monaco.
pub(super) fn monaco_vat(text: &[u8]) -> Verdict {
    let symbols = digits::alnum_up_to::<13>(digits::without(text, b"FR"));
    let national = symbols.is_some_and(|symbols| symbols.as_slice().get(2..5) == Some(b"000".as_slice()));
    (national && vat(text).is_valid()).into()
}

/// An entry in the companies' register: RCS, a town, the letter A or B, and a company number.
///
/// Source: Code de commerce, article R123-237.
pub(super) fn register_entry(text: &[u8]) -> Verdict {
    let start = text.iter().position(u8::is_ascii_digit).unwrap_or(text.len());
    siren(&text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn the_key_counts() {
        assert!(nir(b"2 95 10 99 126 111 93").is_valid());
        assert!(nir(b"253072B07300470").is_valid());
        assert!(
            !nir(b"253072A07300470").is_valid(),
            "another department, another key"
        );
        assert!(!nir(b"295109912611194").is_valid(), "key");
        assert!(!nir(b"095109912611193").is_valid(), "first digit");
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            register_entry,
            &["RCS YVNXRsvyJqBKcQAPdaBc' A 233974112"],
            &[
                "RCS YVNXRsvyJqBKcQAPdaBc' A 233974111",
                "RCS YVNXRsvyJqBKcQAPdaBc' A 033974112",
                "RCS YVNXRsvyJqBKcQAPdaBc' A 23397411",
            ],
        );
        judges(
            siren,
            &["200577047", "652 487 943"],
            &["200577041", "000577047", "20057704"],
        );
        judges(
            siret,
            &["58834685823778", "317 688 471 32631"],
            &["58834685823771", "08834685823778", "5883468582377"],
        );
        judges(
            tax_number,
            &["0793262061480", "29 40 391 385 295"],
            &["0793262061481", "9793262061480", "079326206148"],
        );
        judges(
            vat,
            &["FR8J 807541487", "FR V8750754442"],
            &["FR8J 807541481", "FR0J 807541487", "FR8J 80754148"],
        );
        judges(
            monaco_vat,
            &["FR79 000031321", "FR 26000296760"],
            &["FR79 000031322", "FR09 000031321", "FR79 00003132"],
        );
    }
}
