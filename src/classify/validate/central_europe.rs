//! Czechia, Slovakia and Hungary: birth, tax and account numbers.

use super::{Verdict, date, digits};

/// A Czech or Slovak birth number: a birth date (the month 50 more for women, and 20 more once a day's numbers ran out since
/// 2004), and three digits until 1953 or four after it, whose last is the first nine mod 11, with 10 written 0.
///
/// Source: Act 133/2000 § 13 (Czechia), act 301/1995 § 2 (Slovakia).
pub(super) fn birth_number(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<10>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    if !matches!(number.len(), 9 | 10) || digits::all_equal(number) {
        return Verdict::Invalid;
    }
    let (year, month, day) = (
        digits::pair(number, 0),
        digits::pair(number, 2),
        digits::pair(number, 4),
    );
    let century = match (number.len(), year) {
        (9, 54..80) => return Verdict::Invalid,
        (9, 80..) => 1800,
        (10, 0..54) => 2000,
        _ => 1900,
    };
    let check =
        number.len() == 9 || digits::check_is(number, (digits::number(&number[..9]) % 11 % 10) as u32);
    (date::exists(century + year, month % 50 % 20, day) && check).into()
}

/// A Czech tax number (DIČ): eight digits of a company, the first not 9, check 11 − Σ digit × (8 … 2) mod 11 with 10 and 11
/// written 0 and 1; nine that begin with 6; or a birth number.
///
/// Source: Generální finanční ředitelství, "Daňové identifikační číslo"; European Commission, VIES.
pub(super) fn cz_tax(text: &[u8]) -> Verdict {
    let body = digits::without(text, b"CZ");
    let company = digits::check(body, |number: &[u8; 8]| {
        let check = digits::missing(digits::weighted(&number[..7], &[8, 7, 6, 5, 4, 3, 2]), 11);
        number[0] != 9 && digits::check_is(number, if check == 0 { 1 } else { check % 10 })
    });
    let special = digits::check(body, |number: &[u8; 9]| {
        let sum = digits::weighted(&number[1..8], &[8, 7, 6, 5, 4, 3, 2]) % 11;
        number[0] == 6 && digits::check_is(number, (8 + sum) % 10)
    });
    (company.is_valid() || special.is_valid() || birth_number(body).is_valid()).into()
}

/// The codes of payment institutions in Czechia.
const CZ_BANKS: [u32; 51] = [
    100, 300, 600, 710, 800, 2010, 2060, 2070, 2100, 2200, 2220, 2250, 2260, 2275, 2600, 2700, 3030, 3050,
    3060, 3500, 4300, 5500, 5800, 6000, 6200, 6210, 6300, 6363, 6700, 6800, 7910, 7950, 7960, 7970, 7990,
    8030, 8040, 8060, 8090, 8150, 8190, 8198, 8220, 8250, 8255, 8265, 8280, 8293, 8500, 8610, 8660,
];

/// A Czech account: a prefix of up to six digits and a number of two to ten, each with Σ digit × (… 6 3 7 9 10 5 8 4 2 1)
/// divisible by 11, and the code of a bank behind a stroke.
///
/// Source: Česká národní banka, decree 169/2011 and its list of bank codes.
pub(super) fn cz_account(text: &[u8]) -> Verdict {
    let mut parts = text.rsplitn(2, |byte| *byte == b'/');
    let (bank, account) = (parts.next(), parts.next());
    let Some(bank) = bank.and_then(digits::exactly::<4>) else {
        return Verdict::Invalid;
    };
    let sound = |part: &[u8]| {
        digits::up_to::<10>(part).is_some_and(|symbols| {
            let number = symbols.as_slice();
            let weights = &[6, 3, 7, 9, 10, 5, 8, 4, 2, 1][10 - number.len()..];
            digits::weighted(number, weights).is_multiple_of(11)
        })
    };
    let parts_are_sound = account.is_some_and(|account| {
        let filled = account.iter().any(|byte| matches!(byte, b'1'..=b'9'));
        filled && account.split(|byte| *byte == b'-').all(sound)
    });
    (parts_are_sound && CZ_BANKS.contains(&(digits::number(&bank) as u32))).into()
}

/// A Slovak VAT number: ten digits divisible by 11, the first not 0, the third 2, 3, 4, 7, 8 or 9; or a birth number.
///
/// Source: Finančná správa, "IČ DPH"; European Commission, VIES.
pub(super) fn sk_vat(text: &[u8]) -> Verdict {
    let body = digits::without(text, b"SK");
    let assigned = digits::check(body, |number: &[u8; 10]| {
        number[0] != 0 && matches!(number[2], 2..=4 | 7..=9) && digits::number(number).is_multiple_of(11)
    });
    let born = digits::check(body, |_: &[u8; 10]| birth_number(body).is_valid());
    (assigned.is_valid() || born.is_valid()).into()
}

/// A Hungarian tax number's first eight digits: Σ digit × (9 7 3 1 9 7 3 1) divisible by 10. VAT code and county may follow.
///
/// Source: Nemzeti Adó- és Vámhivatal, "Adószám"; European Commission, VIES.
pub(super) fn hu_tax(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<11>(digits::without(text, b"HU")) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let whole = match number.len() {
        8 => true,
        // The VAT code is 1 to 5; counties run to 44, and 51 stands for the central office.
        11 => matches!(number[8], 1..=5) && matches!(digits::pair(number, 9), 2..=44 | 51),
        _ => false,
    };
    let sum = || digits::weighted(&number[..8], &[9, 7, 3, 1, 9, 7, 3, 1]);
    (whole && !digits::all_equal(number) && sum().is_multiple_of(10)).into()
}

/// A Hungarian social security number (TAJ): nine digits, the last Σ digit × (3 7 3 7 3 7 3 7) mod 10.
///
/// Source: Act XX of 1996 on identification, annex 2.
pub(super) fn hu_social(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        digits::check_is(
            number,
            digits::weighted(&number[..8], &[3, 7, 3, 7, 3, 7, 3, 7]) % 10,
        )
    })
}

/// A Hungarian personal tax identifier: ten digits that begin with 8, then the days since 1867 to the birth, and
/// Σ digit × (1 2 … 9) mod 11 last, never 10.
///
/// Source: Act XX of 1996 on identification, annex 1.
pub(super) fn hu_personal_tax(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let sum = digits::weighted(&number[..9], &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        number[0] == 8 && digits::check_is(number, sum % 11)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            cz_account,
            &["609/6700", "79083039/4300"],
            &["609/6701", "009/6700", "609/670"],
        );
        judges(
            cz_tax,
            &["CZ14982471", "CZ 52504654"],
            &["CZ14982472", "CZ04982471", "CZ1498247"],
        );
        judges(
            birth_number,
            &["291009306", "169808/8887"],
            &["291000306", "29100930"],
        );
        judges(
            hu_personal_tax,
            &["8241397925"],
            &["8241397921", "0241397925", "824139792"],
        );
        judges(
            hu_social,
            &["382893036", "294 089 039"],
            &["382893031", "082893036", "38289303"],
        );
        judges(
            hu_tax,
            &["HU-32766297", "HU55830089"],
            &["HU-32766291", "HU-02766297", "HU-3276629"],
        );
        judges(
            sk_vat,
            &["SK1771828278", "SK 3697694737"],
            &["SK1771828271", "SK0771828278", "SK177182827"],
        );
    }
}
