//! Canada: social insurance, business and health numbers.

use super::{Verdict, date, digits};

/// A social insurance number: nine digits, Luhn, first digit 1–7 or 9 (0 and 8 are not issued, 9 is temporary).
///
/// Source: Employment and Social Development Canada, "Social Insurance Number" and its code of practice.
pub(super) fn sin(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let issued = matches!(number[0], 1..=7 | 9);
    (issued && digits::luhn(&number) && !digits::all_equal(&number)).into()
}

/// A business number: nine digits, Luhn, and perhaps RC, RM, RP or RT with four digits of an account.
///
/// Source: Canada Revenue Agency, "Business number".
pub(super) fn business_number(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<15>(text) else {
        return Verdict::Invalid;
    };
    let Some((body, account)) = symbols.as_slice().split_at_checked(9) else {
        return Verdict::Invalid;
    };
    let program = match account {
        [] => true,
        [b'R', b'C' | b'M' | b'P' | b'T', rest @ ..] => {
            rest.len() == 4 && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let number = digits::values::<9>(body);
    (program && number.is_some_and(|number| digits::luhn(&number) && !digits::all_equal(&number))).into()
}

/// A personal health number of British Columbia: ten digits that begin with 9, the last what Σ (digit × (2 4 8 5 10 9 7 3) mod 11) lacks to
/// a multiple of 11, never 10.
///
/// Source: Government of British Columbia, "Professional and Software Conformance Standards: PHN".
pub(super) fn bc_health_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let sum = digits::weighted(&number[1..9], &[2, 4, 8, 5, 10, 9, 7, 3]);
        number[0] == 9 && digits::check_is(number, digits::missing(sum, 11))
    })
}

/// A health number of Ontario: ten digits, Luhn, the first not 0, and perhaps two letters of a version.
///
/// Source: Ministry of Health of Ontario, "Health number validation" technical specification.
pub(super) fn ontario_health_number(text: &[u8]) -> Verdict {
    let end = text.iter().rposition(u8::is_ascii_digit).map_or(0, |at| at + 1);
    digits::check(&text[..end], |number: &[u8; 10]| {
        number[0] != 0 && digits::luhn(number)
    })
}

/// A health number of Quebec (RAMQ): three letters of the surname, one of the first name, and a birth date (the month 50 more for women) with two
/// digits behind it.
///
/// Source: Régie de l'assurance maladie du Québec, "Numéro d'assurance maladie".
pub(super) fn quebec_health_number(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 12]| {
        let birth = digits::values::<8>(&symbols[4..])?;
        let month = digits::pair(&birth, 2);
        let month = if month > 50 { month - 50 } else { month };
        let named = symbols[..4].iter().all(u8::is_ascii_uppercase);
        Some(named && date::in_either_century(digits::pair(&birth, 0), month, digits::pair(&birth, 4)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn the_first_digit_and_the_check_digit_count() {
        assert!(sin(b"193-456-787").is_valid());
        assert!(!sin(b"193-456-788").is_valid());
        assert!(!sin(b"046 454 286").is_valid(), "0 is not issued");
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            bc_health_number,
            &["9986815653", "9110 032 151"],
            &["9986815651", "0986815653", "998681565"],
        );
        judges(
            business_number,
            &["998727499RC6427", "712044981RT9637"],
            &["998727491RC6427", "098727499RC6427", "998727499RC642"],
        );
        judges(
            ontario_health_number,
            &["3692152709", "3521-460-042"],
            &["3692152701", "0692152709", "369215270"],
        );
        judges(
            quebec_health_number,
            &["PWMK78101088", "TQGL85071548"],
            &["PWMK78104088", "PWMK7810108"],
        );
    }
}
