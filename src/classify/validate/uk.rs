//! United Kingdom: National Insurance and NHS numbers.

use super::{Verdict, date, digits};

/// Prefixes that are kept out of use or were for administration.
const UNUSED_PREFIXES: [&[u8; 2]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];

/// A National Insurance number: two letters, six digits, a suffix A–D. Neither letter is D, F, I, Q, U or V, the second is
/// not O, and seven prefixes are not allocated. There is no check digit.
///
/// Source: HM Revenue & Customs, National Insurance Manual NIM39110.
pub(super) fn nino(text: &[u8]) -> Verdict {
    let Some(number) = digits::alnum_exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let [first, second, body @ .., suffix] = number;
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"DFIQUV".contains(&byte);
    let prefix =
        letter(first) && letter(second) && second != b'O' && !UNUSED_PREFIXES.contains(&&[first, second]);
    (prefix && body.iter().all(u8::is_ascii_digit) && (b'A'..=b'D').contains(&suffix)).into()
}

/// An NHS number: ten digits, the last 11 − (Σ digit × (10…2) mod 11), where 11 is written 0 and 10 is never issued.
///
/// Source: NHS Data Model and Dictionary, "NHS number".
pub(super) fn nhs_number(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<10>(text) else {
        return Verdict::Invalid;
    };
    let sum = digits::weighted(&number, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    (sum.is_multiple_of(11) && !digits::all_equal(&number)).into()
}

/// A unique taxpayer reference: ten digits, the first a check digit that Σ digit × (6 7 8 9 10 5 4 3 2) mod 11 of the others
/// picks from 2 1 9 8 7 6 5 4 3 2 1.
///
/// Source: OECD, "Tax identification numbers: United Kingdom"; HM Revenue & Customs.
pub(super) fn taxpayer_reference(text: &[u8]) -> Verdict {
    let body = text
        .strip_suffix(b"K")
        .or(text.strip_prefix(b"K"))
        .unwrap_or(text);
    digits::check(body, |number: &[u8; 10]| {
        let rest = digits::weighted(&number[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
        number[0] == [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1][rest as usize]
    })
}

/// A VAT number: nine digits with Σ digit × (8 7 6 5 4 3 2 10 1) mod 97 = 0, or from 100 in the first three also 42 or 55, and
/// perhaps three digits of a branch; GD below 500 or HA from 500 for authorities, with 8888 and a check mod 97 in the long form.
///
/// Source: HM Revenue & Customs, "VAT numbers"; European Commission, VIES.
pub(super) fn vat(text: &[u8]) -> Verdict {
    let body = digits::without(digits::without(text, b"GB"), b"XI");
    let authority = digits::alnum_up_to::<11>(body);
    if let Some(symbols) = authority.filter(|all| all.as_slice().first().is_some_and(u8::is_ascii_uppercase))
    {
        return authority_vat(symbols.as_slice()).unwrap_or(false).into();
    }
    let Some(symbols) = digits::up_to::<12>(body) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    if !matches!(number.len(), 9 | 12) || digits::all_equal(number) {
        return Verdict::Invalid;
    }
    let rest = digits::weighted(&number[..9], &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    (rest == 0 || (digits::number(&number[..3]) >= 100 && matches!(rest, 42 | 55))).into()
}

/// Whether symbols are the VAT number of a government department (GD) or a health authority (HA).
fn authority_vat(symbols: &[u8]) -> Option<bool> {
    let (kind, rest) = symbols.split_at_checked(2)?;
    let (body, check) = match rest {
        [b'8', b'8', b'8', b'8', body @ .., c1, c2] => (body, Some([*c1, *c2])),
        body => (body, None),
    };
    let number = digits::number(&digits::values::<3>(body)?);
    let check = match check {
        Some(check) => number % 97 == digits::number(&digits::values::<2>(&check)?),
        None => true,
    };
    Some(check && ((kind == b"GD" && number < 500) || (kind == b"HA" && number >= 500)))
}

/// The alphabet of [`pupil_number`]: no I, O or S.
const UPN_ALPHABET: &[u8; 33] = b"ABCDEFGHJKLMNPQRTUVWXYZ0123456789";

/// A unique pupil number: a check letter, three digits of a local authority, four of a school, two of a year, three more
/// and a digit or letter; Σ value × (2 … 13) mod 23 picks the check letter.
///
/// Authorities are numbered from 201 to 938, with gaps that change. Source: Department for Education, "Unique pupil numbers".
pub(super) fn pupil_number(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 13]| {
        let authority = digits::number(&digits::values::<3>(&symbols[1..4])?);
        let digits_inside = symbols[1..12].iter().all(u8::is_ascii_digit);
        let value = |symbol: &u8| UPN_ALPHABET.iter().position(|letter| letter == symbol);
        let sum = symbols[1..]
            .iter()
            .zip(2..)
            .try_fold(0, |sum, (symbol, weight)| Some(sum + value(symbol)? * weight))?;
        Some(digits_inside && la_exists(authority) && UPN_ALPHABET[sum % 23] == symbols[0])
    })
}

/// Whether a local authority of England or Wales has, or had, this number.
fn la_exists(number: u64) -> bool {
    matches!(number, 201..=213 | 301..=320 | 330..=336 | 340..=344 | 350..=359 | 370..=373 | 380..=384 | 390..=394 | 420
        | 660..=681 | 800..=803 | 805..=808 | 810..=813 | 815 | 816 | 821..=823 | 825 | 826 | 830 | 831 | 835..=841
        | 845 | 846 | 850..=852 | 855..=857 | 860 | 861 | 865..=874 | 876..=896 | 908 | 909 | 916 | 919 | 921 | 925 | 926 | 928
        | 929 | 931 | 933 | 935..=938 | 940..=943)
}

/// A driving licence number: five symbols of the surname filled with 9, the decade, the month (50 more for women), the day and
/// the year's last digit of birth, two initials or 9, a digit, and two more symbols.
///
/// Source: Driver and Vehicle Licensing Agency, INF 45/1 "Driver number".
pub(super) fn driving_licence(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 16]| {
        let (surname, rest) = symbols.split_at(5);
        let letters = surname
            .iter()
            .take_while(|symbol| symbol.is_ascii_uppercase())
            .count();
        let filled = letters > 0 && surname[letters..].iter().all(|symbol| *symbol == b'9');
        let birth = digits::values::<6>(&rest[..6])?;
        let month = match digits::pair(&birth, 1) {
            month @ 51..=62 => month - 50,
            month => month,
        };
        let year = u32::from(birth[0]) * 10 + u32::from(birth[5]);
        let initials = rest[6..8]
            .iter()
            .all(|symbol| symbol.is_ascii_uppercase() || *symbol == b'9');
        let born = date::in_either_century(year, month, digits::pair(&birth, 3));
        Some(filled && born && initials && rest[6] != b'9' && rest[9..].iter().all(u8::is_ascii_uppercase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn national_insurance_prefixes_and_suffixes_count() {
        assert!(nino(b"AB 12 34 56 C").is_valid());
        assert!(nino(b"jg103759a").is_valid());
        for bad in [
            "DB123456C",
            "AO123456C",
            "GB123456C",
            "ZZ123456C",
            "AB123456E",
            "AB12345C",
            "A1123456C",
        ] {
            assert!(!nino(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn nhs_numbers_need_the_check_digit() {
        assert!(nhs_number(b"943 476 5870").is_valid());
        assert!(!nhs_number(b"943 476 5871").is_valid());
        assert!(!nhs_number(b"000 000 0000").is_valid());
        assert!(!nhs_number(b"943 476 587").is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            driving_licence,
            &["SMITH910154H93CU", "SMITH711242Y9HWK"],
            &["SMITH910154H13CU", "SMITH900154H93CU", "SMITH910154H9CU"],
        );
        judges(
            pupil_number,
            &["E88545824165N", "K33184733545W"],
            &["E88545824161N", "E08545824165N", "E8854582416N"],
        );
        judges(
            taxpayer_reference,
            &["2223667618", "26657 70452"],
            &["2223667611", "0223667618", "222366761"],
        );
        judges(
            vat,
            &["GB803376401", "GB 346789599"],
            &["GB803376402", "GB003376401", "GB80337640"],
        );
    }
}
