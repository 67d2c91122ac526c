//! Identifiers of telephones, their cards and their subscribers.

use super::{Verdict, digits};

/// An equipment identity: fifteen digits with a Luhn digit (IMEI), or fourteen without it, or sixteen with a software version (IMEISV), which begin
/// with a reporting body's number.
///
/// Source: 3GPP TS 23.003 section 6; GSMA TS.06 for the reporting bodies.
pub(super) fn imei(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<15>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    (number.len() == 15 && digits::luhn(number) && !digits::all_equal(number)).into()
}

/// Fourteen digits of an equipment identity without its check digit, or sixteen with the version of its software in place of
/// it: nothing can be checked but that the digits differ.
///
/// Source: 3GPP TS 23.003 section 6.2.
pub(super) fn imei_unchecked(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<16>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    (matches!(number.len(), 14 | 16) && !digits::all_equal(number)).into()
}

/// A CDMA equipment identity (MEID): fourteen hexadecimal digits, or eighteen decimal ones (ten up to 2³² − 1 and eight up to
/// 2²⁴ − 1), and perhaps a check digit, which is [`meid_unchecked`]'s.
///
/// Source: 3GPP2 S.R0048-A, C.S0072.
pub(super) fn meid(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<19>(text) else {
        return Verdict::Invalid;
    };
    meid_fits(symbols.as_slice()).unwrap_or(false).into()
}

/// Holds (as a void) for a CDMA equipment identity whose check digit is wrong: Luhn in base 16, or in base 10 where all digits are
/// decimal.
///
/// Source: 3GPP2 S.R0048-A, annex B.
pub(super) fn meid_unchecked(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<19>(text) else {
        return Verdict::Invalid;
    };
    let symbols = symbols.as_slice();
    let mut values = [0u32; 19];
    for (value, &symbol) in values.iter_mut().zip(symbols) {
        *value = digits::base_36(symbol).unwrap_or(0);
    }
    let values = &values[..symbols.len()];
    let base = if values.iter().all(|value| *value < 10) {
        10
    } else {
        16
    };
    (matches!(values.len(), 15 | 19) && !digits::luhn_sum(values, base).is_multiple_of(base)).into()
}

fn meid_fits(symbols: &[u8]) -> Option<bool> {
    let mut values = [0u32; 19];
    for (value, &symbol) in values.iter_mut().zip(symbols) {
        *value = digits::base_36(symbol).filter(|value| *value < 16)?;
    }
    let values = &values[..symbols.len()];
    let decimal = values.iter().all(|value| *value < 10);
    let number = |values: &[u32]| {
        values
            .iter()
            .fold(0u64, |sum, value| sum * 10 + u64::from(*value))
    };
    Some(match values.len() {
        14 => !decimal || values[0] < 10,
        15 => true,
        18 | 19 if decimal => {
            number(&values[..10]) <= u64::from(u32::MAX) && number(&values[10..18]) < 1 << 24
        }
        _ => false,
    })
}

/// A SIM card's number (ICCID): eighteen to twenty digits that begin with 89, Luhn.
///
/// Some operators leave the check digit out; those are found where chance lets them pass. Source: ITU-T E.118.
pub(super) fn iccid(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<20>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    (number.len() >= 19 && number.starts_with(&[8, 9]) && digits::luhn(number)).into()
}

/// Mobile country codes in use, as ranges.
const COUNTRY_CODES: &[(u32, u32)] = &[
    (1, 1),
    (202, 202),
    (204, 204),
    (206, 206),
    (208, 208),
    (212, 214),
    (216, 216),
    (218, 222),
    (226, 226),
    (228, 228),
    (230, 232),
    (234, 235),
    (238, 238),
    (240, 240),
    (242, 242),
    (244, 244),
    (246, 248),
    (250, 250),
    (255, 255),
    (257, 257),
    (259, 260),
    (262, 262),
    (266, 266),
    (268, 268),
    (270, 270),
    (272, 272),
    (274, 274),
    (276, 276),
    (278, 278),
    (280, 280),
    (282, 284),
    (286, 286),
    (288, 290),
    (292, 295),
    (297, 297),
    (302, 302),
    (308, 308),
    (310, 314),
    (316, 316),
    (330, 330),
    (334, 334),
    (338, 338),
    (340, 340),
    (342, 342),
    (344, 344),
    (346, 346),
    (348, 348),
    (350, 350),
    (352, 352),
    (354, 354),
    (356, 356),
    (358, 358),
    (360, 360),
    (362, 366),
    (368, 368),
    (370, 370),
    (372, 372),
    (374, 374),
    (376, 376),
    (400, 402),
    (404, 405),
    (410, 410),
    (412, 422),
    (424, 429),
    (432, 432),
    (434, 434),
    (436, 438),
    (440, 441),
    (450, 450),
    (452, 452),
    (454, 457),
    (460, 460),
    (466, 467),
    (470, 470),
    (472, 472),
    (502, 502),
    (505, 505),
    (510, 510),
    (514, 515),
    (520, 520),
    (525, 525),
    (528, 528),
    (530, 530),
    (536, 537),
    (539, 555),
    (602, 643),
    (645, 655),
    (657, 659),
    (702, 702),
    (704, 704),
    (706, 706),
    (708, 708),
    (710, 710),
    (712, 712),
    (714, 714),
    (716, 716),
    (722, 722),
    (724, 724),
    (730, 730),
    (732, 732),
    (734, 734),
    (736, 736),
    (738, 738),
    (740, 740),
    (742, 742),
    (744, 744),
    (746, 746),
    (748, 748),
    (750, 750),
    (901, 902),
    (991, 991),
    (995, 995),
    (999, 999),
];

/// A subscriber identity (IMSI): fourteen or fifteen digits that begin with a mobile country code.
///
/// Source: ITU-T E.212, list of mobile country codes.
pub(super) fn imsi(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<15>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    if !matches!(number.len(), 14 | 15) || digits::all_equal(number) {
        return Verdict::Invalid;
    }
    let country = digits::number(&number[..3]) as u32;
    COUNTRY_CODES
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&country))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn a_wrong_check_digit_is_known() {
        judges(
            meid_unchecked,
            &["AF 55 53 14 5A BC DE D"],
            &["AF 55 53 14 5A BC DE C"],
        );
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            iccid,
            &["8963464760476434195", "8922 7969 7527 3318 0010"],
            &["8963464760476434191", "0963464760476434195", "896346476047643419"],
        );
        judges(
            imei,
            &["321263172849180", "42-742850-926508-6"],
            &["321263172849181", "021263172849180"],
        );
        judges(
            imsi,
            &["61651895247716", "421 78 3017544443"],
            &["65651895247716", "6165189524771"],
        );
        judges(meid, &["8a312B12dF9ddd", "1DF7EbE74bc5FB"], &["8a312B12dFddd"]);
    }
}
