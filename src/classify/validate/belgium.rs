//! Belgium and Luxembourg: national, enterprise and tax numbers.

use super::{Verdict, date, digits};

/// A Belgian national number: eleven digits with a month up to 12, and [`key`].
///
/// Months and days may be 0 where they are not known. Source: SPF Intérieur, Royal Decree of 3 April 1984.
pub(super) fn be_national(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        digits::pair(number, 2) <= 12 && key(number)
    })
}

/// A Belgian BIS number, for people who are not in the national register: the month is 20 more, or 40 where the sex is known.
///
/// Source: Banque Carrefour de la Sécurité Sociale, Royal Decree of 8 February 1991.
pub(super) fn be_bis(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        matches!(digits::pair(number, 2), 20..=32 | 40..=52) && key(number)
    })
}

/// Whether the last two digits are 97 − (the first nine mod 97), with a 2 in front for those born after 1999.
fn key(number: &[u8; 11]) -> bool {
    let body = digits::number(&number[..9]);
    let key = u64::from(digits::pair(number, 9));
    let fits = |body: u64| 97 - body % 97 == key;
    fits(body) || (date::born(2000 + digits::pair(number, 0), 1, 1) && fits(2_000_000_000 + body))
}

/// A Belgian identity card's number: twelve digits, the last two the first ten mod 97, with 0 written 97.
///
/// Source: IBZ, "Documentation on the electronic identity card".
pub(super) fn be_identity_card(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 12]| {
        let rest = digits::number(&number[..10]) % 97;
        u64::from(digits::pair(number, 10)) == if rest == 0 { 97 } else { rest }
    })
}

/// A Belgian enterprise and VAT number: ten digits, of which a leading 0 may be left out, the first 0 or 1, and the last
/// two 97 − (the first eight mod 97).
///
/// Source: SPF Économie, Banque-Carrefour des Entreprises, Royal Decree of 24 June 2003.
pub(super) fn be_enterprise(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<10>(digits::without(text, b"BE")) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let Some(at) = number.len().checked_sub(2).filter(|at| *at >= 7) else {
        return Verdict::Invalid;
    };
    let issued = number.len() == 9 || number[0] <= 1;
    let sum = digits::number(&number[..at]) + u64::from(digits::pair(number, at));
    (issued && !digits::all_equal(number) && sum.is_multiple_of(97)).into()
}

/// A Belgian payment reference: twelve digits, the last two the first ten mod 97, with 0 written 97.
///
/// Source: Febelfin, "Structured communication".
pub(super) fn be_payment_reference(text: &[u8]) -> Verdict {
    let inner = text.strip_prefix(b"+++").unwrap_or(text);
    be_identity_card(inner.strip_suffix(b"+++").unwrap_or(inner))
}

/// A Luxembourg national number: thirteen digits, a birth date first, then three of sequence; the twelfth is a Luhn and the
/// thirteenth a Verhoeff check digit of the first eleven.
///
/// Source: Centre des technologies de l'information de l'État, Grand-Ducal Regulation of 21 June 2013.
pub(super) fn lu_national(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let year = digits::number(&number[..4]) as u32;
        let born = year >= 1850 && date::born(year, digits::pair(number, 4), digits::pair(number, 6));
        let mut second = [0; 12];
        second[..11].copy_from_slice(&number[..11]);
        second[11] = number[12];
        born && digits::luhn(&number[..12]) && digits::verhoeff(&second)
    })
}

/// A Luxembourg VAT number: eight digits, the last two the first six mod 89.
///
/// Source: Administration de l'enregistrement, des domaines et de la TVA; European Commission, VIES.
pub(super) fn lu_vat(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"LU"), |number: &[u8; 8]| {
        digits::number(&number[..6]) % 89 == u64::from(digits::pair(number, 6))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            be_bis,
            &["93458290468", "18.31.13-069.39"],
            &["93458290461", "03458290468", "9345829046"],
        );
        judges(
            be_enterprise,
            &["1051953221", "753204208"],
            &["1051953222", "0051953221", "105195322"],
        );
        judges(
            be_identity_card,
            &["491693894622", "198-6862193-38"],
            &["491693894621", "091693894622", "49169389462"],
        );
        judges(
            be_national,
            &["33022271214", "78.04.15-340.03"],
            &["33022271211", "03022271214", "3302227121"],
        );
        judges(
            be_payment_reference,
            &["357997548372", "428/1383/08289"],
            &["357997548371", "057997548372", "35799754837"],
        );
        judges(
            lu_national,
            &["1952012466816"],
            &["1952012466811", "0952012466816", "195201246681"],
        );
        judges(
            lu_vat,
            &["LU49674435", "LU 39848128"],
            &["LU49674431", "LU09674435", "LU4967443"],
        );
    }
}
