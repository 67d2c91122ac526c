//! India: numbers of persons, taxpayers, voters, passports and vehicles.

use super::{Verdict, digits};

/// An Aadhaar number: twelve digits, the first 2–9, a Verhoeff check digit, and no palindrome.
///
/// Source: Unique Identification Authority of India, "A UID Numbering Scheme for India".
pub(super) fn aadhaar(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<12>(text) else {
        return Verdict::Invalid;
    };
    let palindrome = (0..6).all(|at| number[at] == number[11 - at]);
    (number[0] >= 2 && !palindrome && digits::verhoeff(&number)).into()
}

/// A permanent account number: five letters, of which the fourth is a holder type, four digits other than 0000, a letter.
///
/// How the last letter is computed is not published. Source: Income Tax Department, "Permanent Account Number".
pub(super) fn pan(text: &[u8]) -> Verdict {
    let Some(number) = digits::alnum_exactly::<10>(text) else {
        return Verdict::Invalid;
    };
    let [head @ .., d1, d2, d3, d4, last] = number;
    let body = [d1, d2, d3, d4];
    let letters = head.iter().all(u8::is_ascii_uppercase) && last.is_ascii_uppercase();
    let holder = b"ABCFGHJKLPT".contains(&head[3]);
    (letters && holder && body.iter().all(u8::is_ascii_digit) && body != *b"0000").into()
}

/// A virtual identity number that stands for an [`aadhaar`] number: sixteen digits, the first 2–9, a Verhoeff check digit, and no palindrome.
///
/// Source: Unique Identification Authority of India, circular 1 of 2018.
pub(super) fn virtual_id(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 16]| {
        let palindrome = (0..8).all(|at| number[at] == number[15 - at]);
        number[0] >= 2 && !palindrome && digits::verhoeff(number)
    })
}

/// A goods and services tax number: a state (01 to 38, or 97 and 99), a [`pan`], an entity number that is not 0, Z, and a check symbol: Luhn in
/// base 36.
///
/// Source: Goods and Services Tax Network, "GSTIN format".
pub(super) fn gstin(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 15]| {
        let state = digits::pair(&digits::values::<2>(&symbols[..2])?, 0);
        let mut values = [0; 15];
        for (value, &symbol) in values.iter_mut().zip(symbols) {
            *value = digits::base_36(symbol)?;
        }
        let entity = symbols[12] != b'0' && symbols[13] == b'Z';
        let holder = pan(&symbols[2..12]).is_valid();
        Some(
            matches!(state, 1..=38 | 97 | 99)
                && entity
                && holder
                && digits::luhn_sum(&values, 36).is_multiple_of(36),
        )
    })
}

/// A voter's card number (EPIC): three letters and seven digits, Luhn.
///
/// Source: Election Commission of India, "EPIC numbering scheme".
pub(super) fn voter_card(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 10]| {
        let number = digits::values::<7>(&symbols[3..])?;
        let letters = symbols[..3].iter().all(u8::is_ascii_uppercase);
        Some(letters && !digits::all_equal(&number) && digits::luhn(&number))
    })
}

/// A passport number: a letter without Q, X or Z, a digit from 1, and six more of which the last is not 0.
///
/// Source: Ministry of External Affairs, Passport Seva.
pub(super) fn passport(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 8]| {
        let number = digits::values::<7>(&symbols[1..])?;
        let series = symbols[0].is_ascii_uppercase() && !b"QXZ".contains(&symbols[0]);
        Some(series && number[0] > 0 && number[6] > 0)
    })
}

/// The codes of the states and union territories on number plates.
const PLATE_STATES: &[u8] =
    b"ANAPARASBRCGCHDDDLDNGAGJHPHRJHJKKAKLLALDMHMLMNMPMZNLODORPBPYRJSKTGTNTRTSUAUKUPWB";

/// A vehicle's registration: a state, one or two digits of the office, up to three letters, and up to four digits that are not all 0.
///
/// Source: Central Motor Vehicles Rules 1989, rule 50 and form 23.
pub(super) fn vehicle_registration(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<11>(text) else {
        return Verdict::Invalid;
    };
    let symbols = symbols.as_slice();
    let state = symbols
        .get(..2)
        .is_some_and(|code| PLATE_STATES.as_chunks::<2>().0.iter().any(|state| state == code));
    let tail = symbols.iter().rev().take_while(|symbol| symbol.is_ascii_digit());
    let filled = tail.clone().any(|digit| *digit != b'0');
    (state && filled && tail.count() <= 4).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn aadhaar_numbers_need_the_check_digit_and_start_at_two() {
        assert!(aadhaar(b"2341 2341 2346").is_valid());
        assert!(!aadhaar(b"2341 2341 2347").is_valid());
        assert!(!aadhaar(b"1341 2341 2346").is_valid());
        assert!(!aadhaar(b"222222222222").is_valid());
    }

    #[test]
    fn account_numbers_need_a_holder_type() {
        assert!(pan(b"ACUPA7085R").is_valid());
        assert!(pan(b"acupa7085r").is_valid());
        for bad in [
            "ACUXA7085R",
            "ACUPA0000R",
            "ACUPA7085",
            "ACUP17085R",
            "ACUPA70857",
        ] {
            assert!(!pan(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            gstin,
            &["30BZAJV7212NHZ4", "03LZNJR2491GBZW"],
            &["30BZAJV7212NHZ1", "00BZAJV7212NHZ4", "30BZAJV7212NHZ"],
        );
        judges(passport, &["J9211025", "I2248797"], &["J9211020", "J921102"]);
        judges(vehicle_registration, &["KA50XA5546", "BR6A7643"], &[]);
        judges(
            virtual_id,
            &["6027269439645795", "8779 0076 9971 4009"],
            &["6027269439645791", "0027269439645795", "602726943964579"],
        );
        judges(
            voter_card,
            &["BTO1423003", "OOR7172166"],
            &["BTO1423001", "BTO0423003", "BTO142300"],
        );
    }
}
