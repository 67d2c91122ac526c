//! Austria and Switzerland: insurance, tax and enterprise numbers.

use super::{Verdict, digits};

/// An Austrian insurance number: ten digits, the first not 0, and the fourth Σ digit × (3 7 9 – 5 8 4 2 1 6) mod 11, never 10.
/// The last six are a birth date, but may hold months above 12 where a day's numbers ran out, so they decide nothing.
///
/// Source: Dachverband der Sozialversicherungsträger, "Versicherungsnummer".
pub(super) fn at_insurance(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let rest = digits::weighted(number, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
        number[0] != 0 && rest == u32::from(number[3])
    })
}

/// The tax offices' numbers that begin an Austrian tax number.
const AT_OFFICES: [u32; 40] = [
    3, 4, 6, 7, 8, 9, 10, 12, 15, 16, 18, 22, 23, 29, 33, 38, 41, 46, 51, 52, 53, 54, 57, 59, 61, 65, 67, 68,
    69, 71, 72, 81, 82, 83, 84, 90, 91, 93, 97, 98,
];

/// An Austrian tax number (Steuernummer): nine digits, an office's number first, Luhn.
///
/// Source: Bundesministerium für Finanzen, "Prüfziffer der Steuernummer" and its list of tax offices.
pub(super) fn at_tax(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        AT_OFFICES.contains(&digits::pair(number, 0)) && digits::luhn(number)
    })
}

/// An Austrian VAT number: U and eight digits, the last such that the Luhn sum of all eight and 4 is divisible by 10.
///
/// Source: Bundesministerium für Finanzen, "Konstruktionsregeln der UID"; European Commission, VIES.
pub(super) fn at_vat(text: &[u8]) -> Verdict {
    let body = digits::without(digits::without(text, b"AT"), b"U");
    digits::check(body, |number: &[u8; 8]| {
        let [a, b, c, d, e, f, g, check] = number.map(u32::from);
        let crossed = |digit: u32| 2 * digit / 10 + 2 * digit % 10;
        let sum = a + crossed(b) + c + crossed(d) + e + crossed(f) + g + 4;
        digits::missing(sum, 10) == check
    })
}

/// A Swiss insurance number (AHV, AVS): thirteen digits that begin with 756, checked as an EAN-13.
///
/// Source: Zentrale Ausgleichsstelle, "Die Versichertennummer".
pub(super) fn ch_insurance(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let sum = digits::weighted(number, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
        number.starts_with(&[7, 5, 6]) && sum.is_multiple_of(10)
    })
}

/// A Swiss enterprise number (UID): CHE and nine digits, the last 11 − Σ digit × (5 4 3 2 7 6 5 4) mod 11, never 10. What
/// makes it a VAT number (MWST, TVA, IVA, TPV) may follow.
///
/// Source: Bundesamt für Statistik, "Unternehmens-Identifikationsnummer"; standard eCH-0097.
pub(super) fn ch_enterprise(text: &[u8]) -> Verdict {
    let end = text.iter().rposition(u8::is_ascii_digit).map_or(0, |at| at + 1);
    digits::check(digits::without(&text[..end], b"CHE"), |number: &[u8; 9]| {
        let sum = digits::weighted(number, &[5, 4, 3, 2, 7, 6, 5, 4]);
        digits::check_is(number, digits::missing(sum, 11))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            at_insurance,
            &["6336285609", "8677 580533"],
            &["6336285601", "0336285609", "633628560"],
        );
        judges(
            at_tax,
            &["913830931", "65-863/7814"],
            &["913830932", "013830931", "91383093"],
        );
        judges(
            at_vat,
            &["ATU56411467", "AT U82719195"],
            &["ATU56411461", "ATU06411467", "ATU5641146"],
        );
        judges(
            ch_insurance,
            &["7561667871400", "756.7859.8677.56"],
            &["7561667871401", "0561667871400", "756166787140"],
        );
        judges(
            ch_enterprise,
            &["CHE-993.228.920", "CHE011607488"],
            &["CHE-993.228.921", "CHE-093.228.920", "CHE-993.228.92"],
        );
    }
}
