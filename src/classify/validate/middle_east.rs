//! Turkey, Israel and the Arab states of the Gulf: numbers of persons, companies and taxpayers.

use super::{Verdict, digits};

/// A Turkish identity number: eleven digits, the first not 0; the tenth is 7 × the odd places less the even ones of the first nine
/// mod 10, the eleventh the sum of the first ten mod 10.
///
/// Source: Nüfus ve Vatandaşlık İşleri Genel Müdürlüğü.
pub(super) fn tr_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let odd: u32 = number[..9].iter().step_by(2).copied().map(u32::from).sum();
        let even: u32 = number[1..9].iter().step_by(2).copied().map(u32::from).sum();
        let all: u32 = number[..10].iter().copied().map(u32::from).sum();
        number[0] != 0
            && (7 * odd + 9 * even) % 10 == u32::from(number[9])
            && digits::check_is(number, all % 10)
    })
}

/// A Turkish tax number: ten digits; each of the first nine, increased by its place from the right mod 10, is multiplied by that power of 2
/// mod 9 (with 0 read as 9); the last is what their sum lacks to a multiple of 10.
///
/// Source: Gelir İdaresi Başkanlığı, "Vergi kimlik numarası".
pub(super) fn tr_tax(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let term = |(place, &digit): (u32, &u8)| match (u32::from(digit) + place) % 10 {
            0 => 0,
            shifted => match shifted * (1 << place) % 9 {
                0 => 9,
                product => product,
            },
        };
        let sum: u32 = (1..).zip(number[..9].iter().rev()).map(term).sum();
        digits::check_is(number, digits::missing(sum, 10))
    })
}

/// An Israeli identity number: up to nine digits, Luhn over nine.
///
/// Source: Population and Immigration Authority.
pub(super) fn il_identity(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<9>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    (number.len() >= 8 && !digits::all_equal(number) && digits::luhn(number)).into()
}

/// An Israeli company number: nine digits that begin with 5, Luhn.
///
/// Source: Israeli Corporations Authority.
pub(super) fn il_company(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| number[0] == 5 && digits::luhn(number))
}

/// An Emirati identity number: 784, a year of birth, seven digits, Luhn.
///
/// Source: Federal Authority for Identity, Citizenship, Customs & Port Security.
pub(super) fn ae_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 15]| {
        let year = digits::number(&number[3..7]);
        number.starts_with(&[7, 8, 4]) && (1900..=2030).contains(&year) && digits::luhn(number)
    })
}

/// A Saudi identity or residence number: ten digits that begin with 1 (citizens) or 2 (residents), Luhn.
///
/// Source: Ministry of Interior, Civil Affairs.
pub(super) fn sa_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        matches!(number[0], 1 | 2) && digits::luhn(number)
    })
}

/// A Kuwaiti civil number: 2 or 3 for the century, a birth date, four digits, and 11 − Σ digit × (2 1 6 3 7 9 10 5 8 4 2) mod 11.
///
/// Source: Public Authority for Civil Information.
pub(super) fn kw_civil(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 12]| {
        let century = match number[0] {
            2 => 1900,
            3 => 2000,
            _ => return false,
        };
        let born = super::date::born(
            century + digits::pair(number, 1),
            digits::pair(number, 3),
            digits::pair(number, 5),
        );
        let sum = digits::weighted(&number[..11], &[2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
        born && digits::check_is(number, 11 - sum % 11)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            ae_identity,
            &["784199094615582", "784-1962-4300378-5"],
            &["784199094615581", "084199094615582", "78419909461558"],
        );
        judges(
            il_company,
            &["534647383", "54-591087-9"],
            &["534647381", "034647383", "53464738"],
        );
        judges(
            il_identity,
            &["160293536", "91665414-8"],
            &["160293531", "060293536", "16029353"],
        );
        judges(
            kw_civil,
            &["293070757182"],
            &["293070757181", "093070757182", "29307075718"],
        );
        judges(
            sa_identity,
            &["2860035977"],
            &["2860035971", "0860035977", "286003597"],
        );
        judges(
            tr_identity,
            &["36746427672"],
            &["36746427671", "06746427672", "3674642767"],
        );
        judges(
            tr_tax,
            &["9508640778"],
            &["9508640771", "0508640778", "950864077"],
        );
    }
}
