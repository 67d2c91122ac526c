//! Belarus, Moldova, Ukraine, Russia and Azerbaijan: numbers of persons, companies and taxpayers.

use super::{Verdict, date, digits};

/// The letters that begin Belarusian numbers of persons, in the order of their values.
const BY_LETTERS: &[u8; 10] = b"ABCEHKMOPT";

/// The same letters in Cyrillic, by the second byte of each in UTF-8 (the first is `0xD0`).
const BY_CYRILLIC: [u8; 10] = [0x90, 0x92, 0xA1, 0x95, 0x9D, 0x9A, 0x9C, 0x9E, 0xA0, 0xA2];

/// What follows УНП or UNP, the number's name.
fn unnamed(text: &[u8]) -> &[u8] {
    let cyrillic = text.strip_prefix("УНП".as_bytes()).unwrap_or(text);
    digits::without(digits::without(cyrillic, b" "), b"UNP")
}

/// The nine symbols of a number whose letters may be Cyrillic.
fn by_symbols(text: &[u8]) -> Option<[u8; 9]> {
    let (mut symbols, mut len, mut rest) = ([0; 9], 0, text);
    while let [first, after @ ..] = rest {
        let (symbol, left) = match (first, after) {
            (0xD0, [second, left @ ..]) => {
                let place = BY_CYRILLIC.iter().position(|byte| byte == second)?;
                (BY_LETTERS[place], left)
            }
            _ => (first.to_ascii_uppercase(), after),
        };
        *symbols.get_mut(len)? = symbol;
        (len, rest) = (len + 1, left);
    }
    (len == 9).then_some(symbols)
}

/// A Belarusian payer's number (UNP): nine digits, or two letters and seven digits; the value of all but the last in base 36
/// (the second letter as its place among A B C E H K M O P T) × (29 23 19 17 13 7 5 3) mod 11 is the last, never 10.
///
/// Source: Министерство по налогам и сборам, resolution 96 of 2010.
pub(super) fn by_payer(text: &[u8]) -> Verdict {
    by_symbols(unnamed(text))
        .and_then(by_fits)
        .unwrap_or(false)
        .into()
}

fn by_fits(symbols: [u8; 9]) -> Option<bool> {
    let number = digits::values::<7>(&symbols[2..])?;
    let place = |symbol| BY_LETTERS.iter().position(|letter| *letter == symbol);
    let (first, second) = match (symbols[0], symbols[1]) {
        (a @ b'1'..=b'7', b) if b.is_ascii_digit() => (digits::base_36(a)?, digits::base_36(b)?),
        (a, b) => {
            place(a).filter(|at| *at <= 6)?;
            (digits::base_36(a)?, place(b)? as u32)
        }
    };
    let sum = 29 * first + 23 * second + digits::weighted(&number[..6], &[19, 17, 13, 7, 5, 3]);
    Some(digits::check_is(&number, sum % 11))
}

/// A Moldovan number (IDNO, IDNP): thirteen digits, the last Σ digit × (7 3 1 7 3 1 …) mod 10.
///
/// Source: Agenția Servicii Publice, government decision 861/2002.
pub(super) fn md_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        digits::check_is(
            number,
            digits::weighted(&number[..12], &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10,
        )
    })
}

/// A Ukrainian company number (EDRPOU): eight digits, the last Σ digit × (1 … 7) mod 11, or (7 1 2 … 6) where the first is 3, 4
/// or 5; where that is 10 with each weight 2 more, and then 10 written 0.
///
/// Source: Державна служба статистики, "ЄДРПОУ".
pub(super) fn ua_company(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 8]| {
        let weights = if matches!(number[0], 3..=5) {
            [7, 1, 2, 3, 4, 5, 6]
        } else {
            [1, 2, 3, 4, 5, 6, 7]
        };
        let check = match digits::weighted(&number[..7], &weights) % 11 {
            10 => digits::weighted(&number[..7], &weights.map(|weight| weight + 2)) % 11 % 10,
            check => check,
        };
        digits::check_is(number, check)
    })
}

/// A Ukrainian taxpayer's card number (RNTRC): ten digits, the last Σ digit × (−1 5 7 9 4 6 10 5 7) mod 11, with 10 written 0.
///
/// Source: Державна податкова служба, order 822 of 2017.
pub(super) fn ua_taxpayer(text: &[u8]) -> Verdict {
    // −1 and 10 are the same modulo 11.
    digits::check(text, |number: &[u8; 10]| {
        digits::rest_11(number, &[10, 5, 7, 9, 4, 6, 10, 5, 7])
    })
}

/// A Russian taxpayer's number (INN): ten digits of a company, Σ digit × (2 4 10 3 5 9 4 6 8) mod 11 the last; or twelve of a
/// person, with (7 2 4 10 …) for the eleventh and (3 7 2 4 10 …) for the twelfth; 10 is written 0.
///
/// Source: Федеральная налоговая служба, order of 29 June 2012 N ММВ-7-6/435.
pub(super) fn ru_taxpayer(text: &[u8]) -> Verdict {
    let company = digits::check(text, |number: &[u8; 10]| {
        digits::rest_11(number, &[2, 4, 10, 3, 5, 9, 4, 6, 8])
    });
    let person = digits::check(text, |number: &[u8; 12]| {
        digits::rest_11(&number[..11], &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
            && digits::rest_11(number, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
    });
    (company.is_valid() || person.is_valid()).into()
}

/// A Russian state register number: thirteen digits (OGRN), the last the others mod 11 mod 10; or fifteen of a sole trader
/// (OGRNIP), which begin with 3 or 4, the last the others mod 13 mod 10.
///
/// Source: Федеральная налоговая служба, order of 30 October 2017 N 165н.
pub(super) fn ru_register(text: &[u8]) -> Verdict {
    let company = digits::check(text, |number: &[u8; 13]| {
        number[0] != 0 && digits::check_is(number, (digits::number(&number[..12]) % 11 % 10) as u32)
    });
    let trader = digits::check(text, |number: &[u8; 15]| {
        matches!(number[0], 3 | 4)
            && digits::check_is(number, (digits::number(&number[..14]) % 13 % 10) as u32)
    });
    (company.is_valid() || trader.is_valid()).into()
}

/// A Russian insurance number (SNILS): nine digits and two check digits: Σ digit × (9 … 1), modulo 101, with 100 written 00.
///
/// Numbers up to 001-001-998 have no check and are refused here. Source: Социальный фонд России, resolution 192п of 2019.
pub(super) fn ru_insurance(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let sum = digits::weighted(&number[..9], &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
        digits::number(&number[..9]) > 1_001_998 && digits::pair(number, 9) == sum % 101 % 100
    })
}

/// An Azerbaijani taxpayer's number (VÖEN): ten digits (a leading 0 may be left out), the last 1 or 2, the ninth Σ digit × (4 1
/// 8 6 2 7 5 3) mod 11, never 10.
///
/// Source: Dövlət Vergi Xidməti.
pub(super) fn az_taxpayer(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<10>(text) else {
        return Verdict::Invalid;
    };
    let mut number = [0; 10];
    let Some(filled) = 10usize
        .checked_sub(symbols.as_slice().len())
        .filter(|filled| *filled <= 1)
    else {
        return Verdict::Invalid;
    };
    number[filled..].copy_from_slice(symbols.as_slice());
    let check = digits::weighted(&number[..8], &[4, 1, 8, 6, 2, 7, 5, 3]) % 11;
    (matches!(number[9], 1 | 2) && u32::from(number[8]) == check).into()
}

/// A Kazakh individual number (IIN): a birth date, the century with sex, four digits, and Σ digit × (1 … 11) mod 11, or where
/// that is 10 with (3 … 11 1 2), never 10.
///
/// Source: Law of Kazakhstan 223-III on national registers of identification numbers.
pub(super) fn kz_individual(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 12]| {
        let century = match number[6] {
            first @ 1..=6 => 1800 + u32::from(first - 1) / 2 * 100,
            _ => return false,
        };
        let born = date::exists(
            century + digits::pair(number, 0),
            digits::pair(number, 2),
            digits::pair(number, 4),
        );
        let check = match digits::weighted(&number[..11], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11 {
            10 => digits::weighted(&number[..11], &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11,
            check => check,
        };
        born && digits::check_is(number, check)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            az_taxpayer,
            &["022146002"],
            &["022146003", "922146002", "02214600"],
        );
        judges(
            by_payer,
            &["537789907", "CE9242843"],
            &["537789901", "037789907", "53778990"],
        );
        judges(
            kz_individual,
            &["950724615576"],
            &["950724615571", "050724615576", "95072461557"],
        );
        judges(
            md_number,
            &["7227391057142"],
            &["7227391057141", "0227391057142", "722739105714"],
        );
        judges(
            ru_taxpayer,
            &["3013820743", "901089835229"],
            &["3013820741", "0013820743", "301382074"],
        );
        judges(
            ru_register,
            &["2472765575093", "357640919285921"],
            &["2472765575091", "0472765575093", "247276557509"],
        );
        judges(
            ru_insurance,
            &["597-442-258 40", "175-283-617-90"],
            &["597-442-258 41", "097-442-258 40", "597-442-258 4"],
        );
        judges(ua_company, &["59278023"], &["59278021", "09278023", "5927802"]);
        judges(
            ua_taxpayer,
            &["2011607553"],
            &["2011607551", "0011607553", "201160755"],
        );
    }
}
