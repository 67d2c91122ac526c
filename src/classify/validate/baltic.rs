//! Estonia, Latvia and Lithuania: personal, enterprise and VAT numbers.

use super::{Verdict, date, digits};

/// The check of Estonian and Lithuanian numbers: Σ digit × (1 2 … 9 1 2 …) mod 11, or where that is 10 the same with the
/// weights two further on, where 10 is written 0.
fn two_stages(number: &[u8]) -> bool {
    let Some((_, body)) = number.split_last() else {
        return false;
    };
    let sum = |from: u32| -> u32 {
        let weights = (from..).map(|at| at % 9 + 1);
        body.iter()
            .zip(weights)
            .map(|(&digit, weight)| u32::from(digit) * weight)
            .sum()
    };
    let first = sum(0) % 11;
    digits::check_is(number, if first == 10 { sum(2) % 11 % 10 } else { first })
}

/// Whether the first seven digits of an Estonian or Lithuanian number are sex with century, and a birth date.
fn born(number: &[u8; 11]) -> bool {
    let century = match number[0] {
        first @ 1..=8 => 1800 + u32::from(first - 1) / 2 * 100,
        _ => return false,
    };
    date::exists(
        century + digits::pair(number, 1),
        digits::pair(number, 3),
        digits::pair(number, 5),
    )
}

/// An Estonian personal code: sex and century, birth date, serial number and the two-stage check digit modulo 11.
///
/// Source: Siseministeerium, "Isikukood", standard EVS 585.
pub(super) fn ee_personal(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| born(number) && two_stages(number))
}

/// An Estonian registry code: eight digits, the first 1, 7, 8 or 9, and the two-stage check digit modulo 11.
///
/// Source: Registrite ja Infosüsteemide Keskus, "Registrikood".
pub(super) fn ee_registry(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 8]| {
        matches!(number[0], 1 | 7..=9) && two_stages(number)
    })
}

/// An Estonian VAT number: nine digits, Σ digit × (3 7 1 3 7 1 3 7 1) divisible by 10.
///
/// Source: Maksu- ja Tolliamet, "Käibemaksukohustuslase number"; European Commission, VIES.
pub(super) fn ee_vat(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"EE"), |number: &[u8; 9]| {
        digits::weighted(number, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
    })
}

/// A Lithuanian personal code: as the Estonian one; those that begin with 9 hold no date.
///
/// Source: Registrų centras, law on the population register, article 8.
pub(super) fn lt_personal(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        (number[0] == 9 || born(number)) && two_stages(number)
    })
}

/// A Lithuanian VAT number: nine digits with a 1 in the eighth place, or twelve with a 1 in the eleventh, and the two-stage
/// check digit modulo 11.
///
/// Source: Valstybinė mokesčių inspekcija, "PVM mokėtojo kodas"; European Commission, VIES.
pub(super) fn lt_vat(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<12>(digits::without(text, b"LT")) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let mark = number.len().checked_sub(2).map(|at| number[at]);
    (matches!(number.len(), 9 | 12) && mark == Some(1) && !digits::all_equal(number) && two_stages(number))
        .into()
}

/// A Latvian personal code: a birth date and the century's digit, or 32 first since July 2017; 1 + Σ digit × (10 5 8 4 2 1 6 3
/// 7 9), mod 11, is the last digit, with 10 written 0.
///
/// Source: Pilsonības un migrācijas lietu pārvalde, "Personas kods".
pub(super) fn lv_personal(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let century = 1800 + u32::from(number[6]) * 100;
        let born = || {
            date::exists(
                century + digits::pair(number, 4),
                digits::pair(number, 2),
                digits::pair(number, 0),
            )
        };
        let sum = 1 + digits::weighted(&number[..10], &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
        (number[..2] == [3, 2] || born()) && digits::check_is(number, sum % 11 % 10)
    })
}

/// A Latvian VAT number: that of a company begins above 3 and has Σ digit × (9 1 4 8 3 10 2 5 7 6 1) mod 11 = 3; that of a
/// person is the personal code.
///
/// Source: Valsts ieņēmumu dienests, "PVN reģistrācijas numurs"; European Commission, VIES.
pub(super) fn lv_vat(text: &[u8]) -> Verdict {
    let body = digits::without(text, b"LV");
    let company = digits::check(body, |number: &[u8; 11]| {
        number[0] > 3 && digits::weighted(number, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3
    });
    (company.is_valid() || lv_personal(body).is_valid()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            ee_personal,
            &["39403090949"],
            &["39403090941", "09403090949", "3940309094"],
        );
        judges(ee_registry, &["95712269"], &["95712261", "05712269", "9571226"]);
        judges(
            ee_vat,
            &["965553618", "EE090036628"],
            &["965553611", "065553618", "96555361"],
        );
        judges(
            lt_personal,
            &["36701020262"],
            &["36701020261", "06701020262", "3670102026"],
        );
        judges(
            lt_vat,
            &["LT817812811", "LT336373079818"],
            &["LT817812812", "LT017812811", "LT81781281"],
        );
        judges(
            lv_personal,
            &["121257-01694", "32417111715"],
            &["121257-01691", "021257-01694", "121257-0169"],
        );
        judges(
            lv_vat,
            &["LV59029502157", "LV 32038056082"],
            &["LV59029502151", "LV09029502157", "LV5902950215"],
        );
    }
}
