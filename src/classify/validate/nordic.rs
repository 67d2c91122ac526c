//! Denmark, Finland, Iceland, Norway and Sweden: personal, enterprise and account numbers.

use super::{Verdict, date, digits};

/// A Danish personal number (CPR): a birth date whose century the seventh digit tells, and a serial number.
///
/// The old check modulo 11 was given up in 2007 and decides nothing. Source: CPR-kontoret, "Personnummeret i CPR".
pub(super) fn dk_personal(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let year = digits::pair(number, 4);
        let century = match (number[6], year) {
            (5..=8, 58..) => 1800,
            (0..=3, _) | (4 | 9, 37..) => 1900,
            _ => 2000,
        };
        date::born(century + year, digits::pair(number, 2), digits::pair(number, 0))
    })
}

/// A Danish enterprise number (CVR): eight digits, the first not 0, Σ digit × (2 7 6 5 4 3 2 1) divisible by 11.
///
/// Source: Erhvervsstyrelsen, "Modulus 11-kontrol af CVR-numre".
pub(super) fn dk_enterprise(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"DK"), |number: &[u8; 8]| {
        number[0] != 0 && digits::weighted(number, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
    })
}

/// The check characters of a Finnish personal identity code, by the remainder modulo 31.
const FI_CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// A Finnish personal identity code (HETU): a birth date, the century's sign, a number from 002 to 899, and a check
/// character of all nine digits modulo 31.
///
/// Source: Digi- ja väestötietovirasto, "The personal identity code", with the signs added in 2023.
pub(super) fn fi_personal(text: &[u8]) -> Verdict {
    let &[ref birth @ .., sign, i1, i2, i3, check] = text else {
        return Verdict::Invalid;
    };
    let Some(symbols) = digits::joined::<9>(birth, &[i1, i2, i3]) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    if number.len() != 9 {
        return Verdict::Invalid;
    }
    let century = match sign.to_ascii_uppercase() {
        b'+' => 1800,
        b'-' | b'U'..=b'Y' => 1900,
        b'A'..=b'F' => 2000,
        _ => return Verdict::Invalid,
    };
    let born = date::exists(
        century + digits::pair(number, 4),
        digits::pair(number, 2),
        digits::pair(number, 0),
    );
    let issued = (2..=899).contains(&digits::number(&number[6..]));
    let at = (digits::number(number) % 31) as usize;
    (born && issued && FI_CHECKS[at] == check.to_ascii_uppercase()).into()
}

/// A Finnish business and VAT number: eight digits, Σ digit × (7 9 10 5 8 4 2 1) divisible by 11.
///
/// Source: Verohallinto, "Tarkistusmerkin laskenta".
pub(super) fn fi_business(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"FI"), |number: &[u8; 8]| {
        digits::weighted(number, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11)
    })
}

/// An Icelandic number (kennitala): a date (the day 40 more for companies), two digits, a check digit, and the century;
/// Σ digit × (3 2 7 6 5 4 3 2 1) divisible by 11.
///
/// Source: Þjóðskrá, "Um kennitölur".
pub(super) fn is_kennitala(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let day = digits::pair(number, 0);
        let day = if day > 40 { day - 40 } else { day };
        let century = match number[9] {
            9 => 1900,
            0 => 2000,
            _ => return false,
        };
        let born = date::exists(century + digits::pair(number, 4), digits::pair(number, 2), day);
        born && digits::weighted(number, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
    })
}

/// A Norwegian birth number: a birth date (the day 40 more for temporary residents, the month 40 or 80 more in test and
/// synthetic registers), an individual number that tells the century, and two check digits modulo 11.
///
/// Source: Skatteetaten, "Fødselsnummer", and regulation on the national registry § 2-2.
pub(super) fn no_birth_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let first = digits::missing(digits::weighted(&number[..9], &[3, 7, 6, 1, 8, 9, 4, 5, 2]), 11);
        let second = digits::missing(
            digits::weighted(&number[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]),
            11,
        );
        first == u32::from(number[9]) && digits::check_is(number, second) && no_birth_date(number)
    })
}

/// Whether the birth date of a Norwegian number exists in the century of its individual number.
fn no_birth_date(number: &[u8; 11]) -> bool {
    let (day, month, year) = (
        digits::pair(number, 0),
        digits::pair(number, 2),
        digits::pair(number, 4),
    );
    let century = match (digits::number(&number[6..9]), year) {
        (0..500, _) | (900.., 40..) => 1900,
        (500..750, 54..) => 1800,
        (500.., 0..40) => 2000,
        _ => return false,
    };
    let day = if day > 40 { day - 40 } else { day };
    date::born(century + year, if month > 40 { month - 40 } else { month }, day)
}

/// A Norwegian organisation number: nine digits, Σ digit × (3 2 7 6 5 4 3 2 1) divisible by 11. What makes it a VAT number
/// (MVA) may follow.
///
/// Source: Brønnøysundregistrene, "Organisasjonsnummeret".
pub(super) fn no_organisation(text: &[u8]) -> Verdict {
    let end = text.iter().rposition(u8::is_ascii_digit).map_or(0, |at| at + 1);
    digits::check(digits::without(&text[..end], b"NO"), |number: &[u8; 9]| {
        digits::weighted(number, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
    })
}

/// A Norwegian bank account: eleven digits, Σ digit × (5 4 3 2 7 6 5 4 3 2 1) divisible by 11; those of the postal bank begin
/// with 0000 and have a Luhn check digit over the other seven.
///
/// Source: Finans Norge, "Kontonummer i norske banker" (Norsk Standard NS 9402).
pub(super) fn no_account(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        if let [0, 0, 0, 0, postal @ ..] = number {
            return digits::luhn(postal);
        }
        digits::weighted(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
    })
}

/// A Swedish personal number: a birth date, three digits, and a Luhn digit over the ten without the century.
///
/// Source: Skatteverket, "Personnummer", SFS 1991:481 § 18.
pub(super) fn se_personal(text: &[u8]) -> Verdict {
    se_born(text, 0)
}

/// A Swedish coordination number: as the personal number, with the day 60 more.
///
/// Source: Skatteverket, "Samordningsnummer".
pub(super) fn se_coordination(text: &[u8]) -> Verdict {
    se_born(text, 60)
}

/// A Swedish number of ten or twelve digits whose day is `more` than a day of birth.
fn se_born(text: &[u8], more: u32) -> Verdict {
    let plain = text.iter().rposition(|byte| *byte == b'+');
    let joined = match plain {
        Some(at) => digits::joined::<12>(&text[..at], &text[at + 1..]),
        None => digits::up_to::<12>(text),
    };
    let Some(symbols) = joined else {
        return Verdict::Invalid;
    };
    let (century, number) = match symbols.as_slice() {
        [c1, c2, number @ ..] if number.len() == 10 => (Some(digits::pair(&[*c1, *c2], 0) * 100), number),
        number if number.len() == 10 => (None, number),
        _ => return Verdict::Invalid,
    };
    let (year, month) = (digits::pair(number, 0), digits::pair(number, 2));
    let Some(day) = digits::pair(number, 4).checked_sub(more) else {
        return Verdict::Invalid;
    };
    let born = match century {
        Some(century) => (1800..=2000).contains(&century) && date::born(century + year, month, day),
        None => date::in_either_century(year, month, day),
    };
    (born && digits::luhn(number) && !digits::all_equal(number)).into()
}

/// A Swedish organisation number: ten digits, Luhn.
///
/// Real ones have a third digit above 1, but those of sole traders are personal numbers, so it decides nothing.
/// Source: Skatteverket, "Organisationsnummer" (SKV 709), SFS 1974:174.
pub(super) fn se_organisation(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| digits::luhn(number))
}

/// A Swedish VAT number: an organisation number and 01.
///
/// Source: Skatteverket, "Momsregistreringsnummer"; European Commission, VIES.
pub(super) fn se_vat(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"SE"), |number: &[u8; 12]| {
        number[10..] == [0, 1] && digits::luhn(&number[..10])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            dk_personal,
            &["131116-4135", "2001768280"],
            &["131136-4135", "131116-413"],
        );
        judges(
            dk_enterprise,
            &["67297660", "DK22122797"],
            &["67297661", "07297660", "6729766"],
        );
        judges(
            fi_business,
            &["2624552-4", "FI93789513"],
            &["2624552-1", "0624552-4", "2624552-"],
        );
        judges(
            fi_personal,
            &["061233W6888", "241054Y850w"],
            &["061233W6881", "961233W6888", "061233W688"],
        );
        judges(
            is_kennitala,
            &["080235-0469", "1409322649"],
            &["080235-0461", "980235-0469", "080235-046"],
        );
        judges(
            no_account,
            &["7558.80.87557", "9014 96 14221"],
            &["7558.80.87551", "0558.80.87557", "7558.80.8755"],
        );
        judges(
            no_birth_number,
            &["42423509508", "074168 65692"],
            &["42423509501", "02423509508", "4242350950"],
        );
        judges(
            no_organisation,
            &["701099192", "486 587 776"],
            &["701099191", "001099192", "70109919"],
        );
        judges(
            se_coordination,
            &["190789-8843", "4206623599"],
            &["190789-8841", "090789-8843", "190789-884"],
        );
        judges(
            se_organisation,
            &["297968-7296", "0265451385"],
            &["297968-7291", "097968-7296", "297968-729"],
        );
        judges(
            se_personal,
            &["351006-7063", "4211030913"],
            &["351006-7061", "051006-7063", "351006-706"],
        );
        judges(
            se_vat,
            &["SE965043281901", "SE 150326370701"],
            &["SE965043281902", "SE065043281901", "SE96504328190"],
        );
    }
}
