//! Poland: numbers of persons, taxpayers and businesses.

use super::{Verdict, date, digits};

/// A registration number (PESEL): eleven digits, a birth date whose month carries the century, and Σ digit × (1 3 7 9 1 3 7
/// 9 1 3 1) divisible by 10.
///
/// Source: Act on Population Registration of 24 September 2010, and the description of the number on gov.pl.
pub(super) fn pesel(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<11>(text) else {
        return Verdict::Invalid;
    };
    let sum = digits::weighted(&number, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    (sum.is_multiple_of(10) && born(&number)).into()
}

/// Whether the first six digits are a date; months are 80 more in the 1800s, 20, 40 and 60 more after 1999, 2099, 2199.
fn born(number: &[u8; 11]) -> bool {
    let part = |at: usize| u32::from(number[at] * 10 + number[at + 1]);
    let century = match part(2) / 20 {
        0 => 1900,
        1 => 2000,
        2 => 2100,
        3 => 2200,
        _ => 1800,
    };
    date::exists(century + part(0), part(2) % 20, part(4))
}

/// A tax number (NIP): ten digits, Σ digit × (6 5 7 2 3 4 5 6 7) mod 11 the last, never 10.
///
/// Source: Ministerstwo Finansów, act of 13 October 1995 on taxpayers' registration; European Commission, VIES.
pub(super) fn nip(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"PL"), |number: &[u8; 10]| {
        digits::check_is(
            number,
            digits::weighted(&number[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11,
        )
    })
}

/// A register number (REGON): nine digits with Σ digit × (8 9 2 3 4 5 6 7) mod 11 last, 10 written 0; or fourteen, which begin
/// with such a number, with the weights 2 4 8 5 0 9 7 3 6 1 2 4 8.
///
/// Source: Główny Urząd Statystyczny, "Numer REGON".
pub(super) fn regon(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<14>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let short = |number: &[u8]| digits::rest_11(number, &[8, 9, 2, 3, 4, 5, 6, 7]);
    let fits = match number.len() {
        9 => short(number),
        14 => short(&number[..9]) && digits::rest_11(number, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]),
        _ => false,
    };
    (fits && !digits::all_equal(number)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn check_digit_and_birth_date_count() {
        assert!(pesel(b"44051401359").is_valid());
        assert!(pesel(b"04222901350").is_valid(), "born on 29 February 2004");
        assert!(!pesel(b"44051401358").is_valid(), "check digit");
        assert!(!pesel(b"02222901356").is_valid(), "2002 was no leap year");
        assert!(!pesel(b"00000000000").is_valid(), "no such month");
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            nip,
            &["9572378046", "579-784-93-32"],
            &["9572378041", "0572378046", "957237804"],
        );
        judges(
            regon,
            &["087849182", "87394923181439"],
            &["087849181", "987849182", "08784918"],
        );
    }
}
