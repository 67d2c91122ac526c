//! Africa: numbers of persons, companies and taxpayers.

use super::{Verdict, date, digits};

/// A South African identity number: a birth date, a digit for sex and three more, 0 (citizen) or 1 (resident), 8 or 9, Luhn.
///
/// Source: Department of Home Affairs, Identification Act 68 of 1997.
pub(super) fn za_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let born = date::in_either_century(
            digits::pair(number, 0),
            digits::pair(number, 2),
            digits::pair(number, 4),
        );
        born && number[10] <= 1 && digits::luhn(number)
    })
}

/// A South African tax reference: ten digits that begin with 0, 1, 2, 3 or 9, Luhn.
///
/// Source: South African Revenue Service; OECD, "Tax identification numbers: South Africa".
pub(super) fn za_tax(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        matches!(number[0], 0..=3 | 9) && digits::luhn(number)
    })
}

/// A Ghanaian taxpayer's number: P, C, G, Q or V, 00, seven digits, and Σ digit × (1 … 9) mod 11, with 10 written X.
///
/// Source: Ghana Revenue Authority, "TIN".
pub(super) fn gh_taxpayer(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 11]| {
        let [kind, body @ .., check] = symbols;
        let number = digits::values::<9>(body)?;
        let wanted = match digits::weighted(&number, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 {
            10 => b'X',
            rest => b'0' + rest as u8,
        };
        Some(b"PCGQV".contains(kind) && number.starts_with(&[0, 0]) && *check == wanted)
    })
}

/// A Guinean tax number (NIFp): nine digits, Luhn.
///
/// Source: Direction Nationale des Impôts.
pub(super) fn gn_tax(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| digits::luhn(number))
}

/// A Kenyan personal number (PIN): A (persons) or P (others), nine digits, a control letter whose rule is not published.
///
/// Source: Kenya Revenue Authority.
pub(super) fn ke_pin(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 11]| {
        let [kind, body @ .., control] = symbols;
        let number = digits::values::<9>(body)?;
        Some(b"AP".contains(kind) && control.is_ascii_uppercase() && !digits::all_equal(&number))
    })
}

/// A Moroccan enterprise number (ICE): fifteen digits divisible by 97.
///
/// Source: Direction Générale des Impôts, "Identifiant Commun de l'Entreprise".
pub(super) fn ma_enterprise(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 15]| {
        digits::number(number).is_multiple_of(97)
    })
}

/// A Mauritian national number: the surname's initial, a birth date, six digits, and a check symbol in base 17: 17 − Σ value ×
/// (14 … 2) mod 17, letters from 10.
///
/// Source: Civil Status Division, National Identity Card Act.
pub(super) fn mu_national(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 14]| {
        let number = digits::values::<12>(&symbols[1..13])?;
        let born = date::exists(
            2000 + digits::pair(&number, 4),
            digits::pair(&number, 2),
            digits::pair(&number, 0),
        );
        let sum = symbols[..13]
            .iter()
            .zip((2..=14).rev())
            .try_fold(0, |sum, (&symbol, weight)| {
                Some(sum + digits::base_36(symbol)? * weight)
            })?;
        Some(
            symbols[0].is_ascii_uppercase()
                && born
                && digits::base_36(symbols[13])? == digits::missing(sum, 17),
        )
    })
}

/// A Mozambican taxpayer's number (NUIT): nine digits, the last Σ digit × (8 9 4 5 6 7 8 9) mod 11, with 10 written 1.
///
/// Source: Autoridade Tributária de Moçambique.
pub(super) fn mz_taxpayer(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        let rest = digits::weighted(&number[..8], &[8, 9, 4, 5, 6, 7, 8, 9]) % 11;
        digits::check_is(number, if rest == 10 { 1 } else { rest })
    })
}

/// A Senegalese enterprise number (NINEA): seven or nine digits with Σ digit × (1 2 1 2 …) divisible by 10, and perhaps a code of
/// the tax regime: 0 to 2, a letter of the form, a digit.
///
/// Source: Agence Nationale de la Statistique et de la Démographie.
pub(super) fn sn_enterprise(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<12>(text) else {
        return Verdict::Invalid;
    };
    let symbols = symbols.as_slice();
    let (body, regime) = match symbols {
        [body @ .., kind, form, tail] if form.is_ascii_uppercase() => (body, Some([*kind, *form, *tail])),
        body => (body, None),
    };
    let taxed = regime.is_none_or(|[kind, form, tail]| {
        matches!(kind, b'0'..=b'2') && !matches!(form, b'I' | b'O' | b'X' | b'Y') && tail.is_ascii_digit()
    });
    let sum = |number: &[u8]| {
        number
            .iter()
            .rev()
            .zip([1, 2].iter().cycle())
            .map(|(d, w)| u32::from(d * w))
            .sum::<u32>()
    };
    let sound = digits::up_to::<9>(body).is_some_and(|number| {
        let number = number.as_slice();
        matches!(number.len(), 7 | 9) && !digits::all_equal(number) && sum(number).is_multiple_of(10)
    });
    (taxed && sound).into()
}

/// The digits and the rest of a Tunisian tax number.
fn tn_parts(text: &[u8]) -> Option<([u8; 13], usize, usize)> {
    let symbols = digits::alnum_up_to::<13>(text)?;
    let symbols = symbols.as_slice();
    let mut code = [0; 13];
    code[..symbols.len()].copy_from_slice(symbols);
    let digits = symbols
        .iter()
        .take_while(|symbol| symbol.is_ascii_digit())
        .count();
    Some((code, digits, symbols.len()))
}

/// A Tunisian tax number (matricule fiscal): five to seven digits and a control letter (no I, O or U), and perhaps a VAT code (A B D N
/// P), a category (C E M N P) and three digits of the place.
///
/// Source: Direction Générale des Impôts; OECD, "Tax identification numbers: Tunisia".
pub(super) fn tn_tax(text: &[u8]) -> Verdict {
    let Some((code, digits, len)) = tn_parts(text) else {
        return Verdict::Invalid;
    };
    let control = |letter: &u8| letter.is_ascii_uppercase() && !b"IOU".contains(letter);
    let whole = match &code[digits..len] {
        [key] => control(key),
        [key, vat, category, place @ ..] if place.len() == 3 => {
            control(key)
                && b"ABDNP".contains(vat)
                && b"CEMNP".contains(category)
                && place.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    ((5..=7).contains(&digits) && whole).into()
}

/// Holds (as a void) for a Tunisian tax number whose place is not 000 although its category is not E, which alone has further places.
///
/// Source: as [`tn_tax`].
pub(super) fn tn_misplaced(text: &[u8]) -> Verdict {
    let parts = tn_parts(text).map(|(code, digits, len)| {
        code[digits..len].len() == 6 && code[digits + 2] != b'E' && &code[digits + 3..len] != b"000"
    });
    parts.unwrap_or(false).into()
}

/// An Egyptian national number: a century (2 or 3), a birth date, a governorate, four digits, and one whose rule is not published.
///
/// Source: Ministry of Interior, Civil Status Sector.
pub(super) fn eg_national(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 14]| {
        let century = match number[0] {
            2 => 1900,
            3 => 2000,
            _ => return false,
        };
        let born = date::born(
            century + digits::pair(number, 1),
            digits::pair(number, 3),
            digits::pair(number, 5),
        );
        born && matches!(digits::pair(number, 7), 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            eg_national,
            &["22708030310763"],
            &["22708030510763", "02708030310763", "2270803031076"],
        );
        judges(
            gh_taxpayer,
            &["Q0000788929", "G0087761211"],
            &["Q0000788921", "Q9000788929", "Q000078892"],
        );
        judges(
            gn_tax,
            &["584786263", "707-592-648"],
            &["584786261", "084786263", "58478626"],
        );
        judges(ke_pin, &["P214215127S"], &["P21421512S"]);
        judges(
            ma_enterprise,
            &["449947746050340"],
            &["449947746050341", "049947746050340", "44994774605034"],
        );
        judges(
            mz_taxpayer,
            &["968988336", "264 565 189"],
            &["968988331", "068988336", "96898833"],
        );
        judges(
            sn_enterprise,
            &["432179390", "3767102"],
            &["432179391", "032179390", "43217939"],
        );
        judges(
            tn_tax,
            &["08136/X/A/E/245", "503746Y/B/E/924"],
            &["08136/X/A/E/24"],
        );
        judges(
            za_identity,
            &["1506309031198", "400921 9741 07 8"],
            &["1506309031191", "0506309031198", "150630903119"],
        );
        judges(
            za_tax,
            &["1584079493", "3342/610/22/1"],
            &["1584079491", "0584079493", "158407949"],
        );
    }
}
