//! China, Hong Kong, Taiwan, Japan and Korea: numbers of persons and companies.

use super::{Verdict, date, digits};

/// A Chinese resident's number: a region, a birth date, three digits, and ISO/IEC 7064 MOD 11-2 with 10 written X.
///
/// Only the first two digits of the region are checked, for counties come and go; and of the date only that it exists.
/// Source: GB 11643-1999, GB/T 2260.
pub(super) fn cn_resident(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 18]| {
        let [body @ .., check] = symbols;
        let number = digits::values::<17>(body)?;
        let province = matches!(digits::pair(&number, 0), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91);
        let year = digits::number(&number[6..10]) as u32;
        let born = date::exists(year, digits::pair(&number, 10), digits::pair(&number, 12));
        let rest = number
            .iter()
            .fold(0, |rest, &digit| (rest + u32::from(digit)) * 2 % 11);
        let check = if *check == b'X' {
            10
        } else {
            u32::from(digits::digit(*check)?)
        };
        Some(province && born && (rest + check) % 11 == 1)
    })
}

/// The alphabet of Chinese credit codes: no I, O, S, V or Z.
const CN_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A Chinese unified social credit code: eight digits, nine symbols, and what Σ value × 3ⁿ lacks to a multiple of 31.
///
/// Source: GB 32100-2015.
pub(super) fn cn_credit_code(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 18]| {
        digits::values::<6>(&symbols[2..8])?;
        digits::values::<2>(&symbols[..2])?;
        let value = |symbol: u8| CN_ALPHABET.iter().position(|letter| *letter == symbol);
        let (_, sum) = symbols[..17].iter().try_fold((1, 0), |(weight, sum), &symbol| {
            Some((weight * 3 % 31, sum + value(symbol)? * weight))
        })?;
        Some(value(symbols[17])? == (31 - sum % 31) % 31)
    })
}

/// A Hong Kong identity card number: one or two letters, six digits, and a check digit or A for 10: Σ value × (9 … 2), letters from
/// 10 and 36 for a missing one, and the check, divisible by 11.
///
/// Source: Immigration Department; HKSARG Common Schema Standards.
pub(super) fn hk_identity(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<9>(text) else {
        return Verdict::Invalid;
    };
    let (prefix, rest) = match symbols.as_slice() {
        [first, rest @ ..] if rest.len() == 7 => ([36, u32::from(*first)], rest),
        [first, second, rest @ ..] if rest.len() == 7 => ([u32::from(*first), u32::from(*second)], rest),
        _ => return Verdict::Invalid,
    };
    hk_fits(prefix, rest).unwrap_or(false).into()
}

fn hk_fits(prefix: [u32; 2], rest: &[u8]) -> Option<bool> {
    let [body @ .., check] = rest else { return None };
    let number = digits::values::<6>(body)?;
    let letter = |code: u32| match u8::try_from(code) {
        Ok(code @ b'A'..=b'Z') => Some(u32::from(code - b'A') + 10),
        _ => (code == 36).then_some(36),
    };
    let check = if *check == b'A' {
        10
    } else {
        u32::from(digits::digit(*check)?)
    };
    let sum = 9 * letter(prefix[0])?
        + 8 * letter(prefix[1])?
        + digits::weighted(&number, &[7, 6, 5, 4, 3, 2])
        + check;
    Some(sum.is_multiple_of(11))
}

/// The values of the letters A to Z that begin Taiwanese identity numbers.
const TW_LETTERS: [u32; 26] = [
    10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33,
];

/// A Taiwanese identity number, or resident certificate number: a letter of the place, a digit of sex or status (1, 2, 8, 9; or a
/// letter A to D in old certificates), seven digits and a check digit: the place's tens and 9 × ones, and Σ digit × (8 … 1), and the
/// check, divisible by 10.
///
/// Source: Ministry of the Interior, Department of Household Registration; National Immigration Agency.
pub(super) fn tw_identity(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 10]| {
        let place = TW_LETTERS.get(usize::from(symbols[0].checked_sub(b'A')?))?;
        let kind = match symbols[1] {
            kind @ (b'1' | b'2' | b'8' | b'9') => u32::from(kind - b'0'),
            kind @ b'A'..=b'D' => TW_LETTERS[usize::from(kind - b'A')] % 10,
            _ => return None,
        };
        let number = digits::values::<8>(&symbols[2..])?;
        let sum =
            place / 10 + place % 10 * 9 + 8 * kind + digits::weighted(&number, &[7, 6, 5, 4, 3, 2, 1, 1]);
        Some(sum.is_multiple_of(10) && !digits::all_equal(&number))
    })
}

/// A Taiwanese business number: eight digits; the figures of digit × (1 2 1 2 1 2 4 1) add up to a multiple of 10, or to one less
/// where the seventh digit is 7.
///
/// Since April 2023 a multiple of 5 suffices for new numbers; those of that kind are not seen yet.
/// Source: Ministry of Finance, Fiscal Information Agency.
pub(super) fn tw_business(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 8]| {
        let weights = [1u32, 2, 1, 2, 1, 2, 4, 1];
        let products = number
            .iter()
            .zip(weights)
            .map(|(&digit, weight)| u32::from(digit) * weight);
        let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
        sum.is_multiple_of(10) || (number[6] == 7 && sum % 10 == 9)
    })
}

/// A Japanese individual number (My Number): twelve digits, the last 11 − Σ digit × (6 5 4 3 2 7 6 5 4 3 2) mod 11, with 10 and 11
/// written 0.
///
/// Source: Ministry of Internal Affairs and Communications, ordinance 85 of 2014, article 5.
pub(super) fn jp_individual(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 12]| {
        digits::mod_11(number, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
    })
}

/// A Japanese corporate number: thirteen digits, the first 9 − Σ digit × (2 1 2 1 … 2 1) mod 9 of the others.
///
/// Source: Ministry of Finance, ordinance on the designation of corporate numbers.
pub(super) fn jp_corporate(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let sum = digits::weighted(&number[1..], &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]);
        u32::from(number[0]) == 9 - sum % 9
    })
}

/// Whether the first seven digits of a Korean number are a birth date, and sex with century and nationality.
fn kr_born(number: &[u8; 13]) -> bool {
    let century = match number[6] {
        1 | 2 | 5 | 6 => 1900,
        3 | 4 | 7 | 8 => 2000,
        _ => 1800,
    };
    date::exists(
        century + digits::pair(number, 0),
        digits::pair(number, 2),
        digits::pair(number, 4),
    )
}

/// A South Korean resident number: a birth date, sex with century, a place up to 96, three digits, and 11 − Σ digit × (2 … 9 2 … 5)
/// mod 11, its last figure.
///
/// Those given since October 2020 are random after the seventh digit and are refused here.
/// Source: Ministry of the Interior and Safety, Resident Registration Act, enforcement rules.
pub(super) fn kr_resident(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let sum = digits::weighted(&number[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
        kr_born(number) && digits::pair(number, 7) <= 96 && digits::check_is(number, (11 - sum % 11) % 10)
    })
}

/// A South Korean business number: three digits of an office from 101, two of the kind that are not 00, four that are not 0000, and a
/// check digit that old numbers do not keep, so it decides nothing.
///
/// Source: National Tax Service, "Business registration number".
pub(super) fn kr_business(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        digits::number(&number[..3]) >= 101
            && digits::pair(number, 3) > 0
            && digits::number(&number[5..9]) > 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            cn_credit_code,
            &["2359157483LN5B9HQJ", "08543952Y7YD2CMET2"],
            &["2359157483LN5B1HQJ", "0359157483LN5B9HQJ", "2359157483LN5BHQJ"],
        );
        judges(
            cn_resident,
            &["310104198512195017", "549469 18270904 8298"],
            &["310104198512195011", "010104198512195017", "31010419851219501"],
        );
        judges(
            hk_identity,
            &["JC298401(3)", "V115405(2)"],
            &["JC298401(1)", "JC098401(3)", "JC298401()"],
        );
        judges(
            jp_corporate,
            &["2640572010962", "4-9150-0122-3354"],
            &["2640572010961", "0640572010962", "264057201096"],
        );
        judges(
            jp_individual,
            &["963133245637", "6937 8015 2120"],
            &["963133245631", "063133245637", "96313324563"],
        );
        judges(
            kr_business,
            &["608-55-69042", "223 - 91 - 20459"],
            &["008-55-69042", "608-55-6904"],
        );
        judges(
            kr_resident,
            &["8411232815064", "6912062-276142"],
            &["8411232815061", "0411232815064", "841123281506"],
        );
        judges(tw_business, &["00968992"], &["00968991", "90968992", "0096899"]);
        judges(
            tw_identity,
            &["L808318058", "D265376174"],
            &["L808318051", "L008318058", "L80831805"],
        );
    }
}
