//! South and south-east Asia but for India: numbers of persons, companies and taxpayers.

use super::{Verdict, date, digits};

/// Whether a province of Indonesia has this code.
fn id_province(code: u32) -> bool {
    matches!(code, 11..=19 | 21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97)
}

/// An Indonesian identity number (NIK): a province, regency and district, a birth date (the day 40 more for women), and a serial number.
///
/// Source: Ministry of Home Affairs, Permendagri 72/2019 (codes of regions) and Law 24/2013.
pub(super) fn id_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 16]| {
        let day = digits::pair(number, 6);
        let day = if day > 40 { day - 40 } else { day };
        let born = date::in_either_century(digits::pair(number, 10), digits::pair(number, 8), day);
        born && id_province(digits::pair(number, 0))
    })
}

/// An Indonesian taxpayer's number (NPWP): fifteen digits, the first nine Luhn; or sixteen: the same after a 0, or an identity number.
///
/// Source: Direktorat Jenderal Pajak, PER-20/PJ/2013 and PMK-112/PMK.03/2022.
pub(super) fn id_taxpayer(text: &[u8]) -> Verdict {
    let old = digits::check(text, |number: &[u8; 15]| digits::luhn(&number[..9]));
    let new = digits::check(text, |number: &[u8; 16]| {
        number[0] == 0 && digits::luhn(&number[..10])
    });
    (old.is_valid() || new.is_valid() || (id_identity(text).is_valid() && text[0] != b'0')).into()
}

/// A Malaysian identity card number (MyKad): a birth date, a place of birth, and four digits.
///
/// Source: Jabatan Pendaftaran Negara, National Registration Regulations 1990, and its list of places of birth.
pub(super) fn my_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 12]| {
        let born = date::in_either_century(
            digits::pair(number, 0),
            digits::pair(number, 2),
            digits::pair(number, 4),
        );
        let place = matches!(
            digits::pair(number, 6),
            1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99
        );
        born && place
    })
}

/// A Pakistani identity card number: a province from 1 to 7, eleven more digits, and one that is not 0 (odd for men).
///
/// Source: National Database and Registration Authority.
pub(super) fn pk_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        matches!(number[0], 1..=7) && number[12] != 0
    })
}

/// A Singaporean identity number (NRIC, FIN): S, T, F, G or M, seven digits, and a letter that Σ digit × (2 7 6 5 4 3 2), 4 more for T and
/// G, 3 more for M, picks modulo 11.
///
/// The letters are not published officially but are well known. Source: Immigration & Checkpoints Authority, National Registration Act.
pub(super) fn sg_identity(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 9]| {
        let [kind, body @ .., letter] = symbols;
        let number = digits::values::<7>(body)?;
        let (more, letters) = match kind {
            b'S' => (0, b"JZIHGFEDCBA"),
            b'T' => (4, b"JZIHGFEDCBA"),
            b'F' => (0, b"XWUTRQPNMLK"),
            b'G' => (4, b"XWUTRQPNMLK"),
            b'M' => (3, b"XWUTRQPNJLK"),
            _ => return None,
        };
        let sum = digits::weighted(&number, &[2, 7, 6, 5, 4, 3, 2]) + more;
        Some(letters[(sum % 11) as usize] == *letter && !digits::all_equal(&number))
    })
}

/// The kinds of entity in the third form of [`sg_entity`].
const SG_KINDS: &[u8] = b"CCCDCHCLCMCPCSCXDPFBFCFMFNGAGBGSHSLLLPMBMCMDMHMMMQNBNRPAPBPFRFRPSMSSTCTUVHXL";

/// A Singaporean entity number (UEN): eight digits and a letter (businesses); a year, five digits and a letter (companies); or T, S or R,
/// two digits of the year, two letters of the kind, four digits and a letter. The letter comes from a weighted sum modulo 11.
///
/// Source: Accounting and Corporate Regulatory Authority, "Unique Entity Number".
pub(super) fn sg_entity(text: &[u8]) -> Verdict {
    let business = digits::check_alnum(text, |symbols: &[u8; 9]| {
        let number = digits::values::<8>(&symbols[..8])?;
        let sum = digits::weighted(&number, &[10, 4, 9, 3, 8, 2, 7, 1]);
        Some(b"XMKECAWLJDB"[(sum % 11) as usize] == symbols[8])
    });
    let company = digits::check_alnum(text, |symbols: &[u8; 10]| {
        let number = digits::values::<9>(&symbols[..9])?;
        let sum = digits::weighted(&number, &[10, 8, 6, 4, 9, 7, 5, 3, 1]);
        let founded = (1800..=2030).contains(&digits::number(&number[..4]));
        Some(founded && b"ZKCMDNERGWH"[(sum % 11) as usize] == symbols[9])
    });
    let other = digits::check_alnum(text, sg_other);
    (business.is_valid() || company.is_valid() || other.is_valid()).into()
}

fn sg_other(symbols: &[u8; 10]) -> Option<bool> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
    let value = |symbol: u8| ALPHABET.iter().position(|letter| *letter == symbol);
    let year = digits::pair(&digits::values::<2>(&symbols[1..3])?, 0);
    digits::values::<4>(&symbols[5..9])?;
    let kind = SG_KINDS
        .as_chunks::<2>()
        .0
        .iter()
        .any(|kind| kind == &symbols[3..5]);
    let weights = [4, 3, 5, 3, 10, 2, 2, 5, 7];
    let sum = symbols[..9]
        .iter()
        .zip(weights)
        .try_fold(0, |sum, (&symbol, weight)| Some(sum + value(symbol)? * weight))?;
    let issued = matches!(symbols[0], b'R' | b'S') || (symbols[0] == b'T' && year <= 30);
    Some(issued && kind && ALPHABET[(sum + 6) % 11] == symbols[9])
}

/// Whether the last of thirteen digits is (1 − Σ digit × (2 1 0 −1 … −9) mod 11) mod 10.
fn th_check(number: &[u8; 13]) -> bool {
    let weighed = |(at, &digit): (usize, &u8)| (13 - at as u32) * u32::from(digit);
    let sum: u32 = number[..12].iter().enumerate().map(weighed).sum();
    digits::check_is(number, (11 - sum % 11) % 10)
}

/// A Thai identity number: thirteen digits, the first 1 to 8, the last 11 − Σ digit × (13 … 2) mod 11, its last figure.
///
/// Source: Department of Provincial Administration, Bureau of Registration Administration.
pub(super) fn th_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        matches!(number[0], 1..=8) && th_check(number)
    })
}

/// A Thai company number: as the identity number, with 0 first.
///
/// Source: Department of Business Development, "Juristic person registration number".
pub(super) fn th_company(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| number[0] == 0 && th_check(number))
}

/// A Vietnamese tax number (MST): ten digits, the last 10 − Σ digit × (31 29 23 19 17 13 7 5 3) mod 11, never 10, and perhaps three of a branch
/// that are not 000.
///
/// Source: Tổng cục Thuế, circular 105/2020/TT-BTC.
pub(super) fn vn_tax(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<13>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    if !matches!(number.len(), 10 | 13) || digits::all_equal(number) {
        return Verdict::Invalid;
    }
    let rest = digits::weighted(&number[..9], &[31, 29, 23, 19, 17, 13, 7, 5, 3]) % 11;
    let branch = number.len() == 10 || digits::number(&number[10..]) > 0;
    (branch && digits::number(&number[2..9]) > 0 && rest + u32::from(number[9]) == 10).into()
}

/// A Vietnamese citizen's number (CCCD): a province, sex with century, two digits of the year, and six digits.
///
/// Source: Ministry of Public Security, circular 59/2021/TT-BCA.
pub(super) fn vn_citizen(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 12]| {
        matches!(digits::number(&number[..3]), 1..=96) && number[3] <= 3 && digits::number(&number[6..]) > 0
    })
}

/// A Sri Lankan identity number: twelve digits with a birth year first, or nine digits with V or X; days of the year run to 366, and from
/// 501 for women.
///
/// Source: Department for Registration of Persons.
pub(super) fn lk_identity(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<12>(text) else {
        return Verdict::Invalid;
    };
    let day = |ascii: &[u8]| {
        digits::values::<3>(ascii).is_some_and(|day| matches!(digits::number(&day), 1..=366 | 501..=866))
    };
    let whole = match symbols.as_slice() {
        code @ [b'1', b'9', ..] | code @ [b'2', b'0', ..] if code.len() == 12 => {
            day(&code[4..7]) && code.iter().all(u8::is_ascii_digit)
        }
        [code @ .., b'V' | b'X'] if code.len() == 9 => {
            day(&code[2..5]) && code.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    whole.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            id_identity,
            &["1271270602820458", "117286 201020 5393"],
            &["1271270600820458", "127127060282045"],
        );
        judges(
            id_taxpayer,
            &["920247236918621", "52.731.886.9-242.564"],
            &["920247231918621", "020247236918621", "92024723691862"],
        );
        judges(
            lk_identity,
            &["050669931V", "750137994X"],
            &["054669931V", "05066993V"],
        );
        judges(
            my_identity,
            &["331017-61-0783", "860721849731"],
            &["331017-69-0783", "331017-61-078"],
        );
        judges(
            pk_identity,
            &["36409-7734158-5", "3898851829404"],
            &["36409-7734158-0", "36409-7734158-"],
        );
        judges(
            sg_identity,
            &["T9625749F", "T2065377E"],
            &["T9625741F", "T0625749F", "T962574F"],
        );
        judges(
            sg_entity,
            &["38155004D", "08825967J"],
            &["38155001D", "08155004D", "3815500D"],
        );
        judges(
            th_company,
            &["0281529767383", "0-81-3-592-21356-6"],
            &["0281529767381", "9281529767383", "028152976738"],
        );
        judges(
            th_identity,
            &["7652292432465", "1-4122-20346-80-8"],
            &["7652292432461", "0652292432465", "765229243246"],
        );
        judges(vn_citizen, &["071124805346"], &["071424805346", "07112480534"]);
        judges(
            vn_tax,
            &["0661038475", "0436286029011"],
            &["0661038471", "9661038475", "066103847"],
        );
    }
}
