//! United States: social security, taxpayer and employer numbers, bank routing numbers.

use super::{Verdict, digits};

/// Numbers that were printed in advertisements or specimens and are void.
const VOID_SSN: [u64; 3] = [78_051_120, 219_099_999, 457_555_462];

/// A social security number: area not 000, 666 or 900–999; group not 00; serial not 0000; not a voided specimen.
///
/// There is no check digit, and since 25 June 2011 areas are assigned at random, so most nine-digit numbers pass.
/// Source: Social Security Administration, POMS RM 10201.035 and "Social Security Number Randomization".
pub(super) fn ssn(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let value = digits::number(&number);
    let (area, group, serial) = (value / 1_000_000, value / 10_000 % 100, value % 10_000);
    let issued = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
    (issued && !digits::all_equal(&number) && !VOID_SSN.contains(&value)).into()
}

/// An individual taxpayer number: 9 first, and the fourth and fifth digit in 50–65, 70–88, 90–92 or 94–99.
///
/// Source: Internal Revenue Service, Publication 4757 (93 is kept for adoption taxpayer numbers).
pub(super) fn itin(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let group = number[3] * 10 + number[4];
    let assigned = matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    (number[0] == 9 && assigned && !digits::all_equal(&number)).into()
}

/// First two digits that no campus of the Internal Revenue Service assigns.
const NO_EIN_CAMPUS: [u8; 17] = [0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97];

/// An employer identification number: nine digits whose first two belong to an assigning campus; no check digit.
///
/// Source: Internal Revenue Service, "How EINs are assigned and valid EIN prefixes".
pub(super) fn ein(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    let prefix = number[0] * 10 + number[1];
    (!NO_EIN_CAMPUS.contains(&prefix) && !digits::all_equal(&number)).into()
}

/// A routing transit number: 3(d1+d4+d7) + 7(d2+d5+d8) + (d3+d6+d9) divisible by 10.
///
/// The first two digits, 00–12, 21–32, 61–72 or 80, are for the classifier to weigh.
/// Source: American Bankers Association, routing number policy; the prefixes are Federal Reserve routing symbols.
pub(super) fn aba_routing(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        digits::weighted(number, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
    })
}

/// A preparer's number (PTIN): P and eight digits.
///
/// Source: Internal Revenue Service, "PTIN requirements for tax return preparers".
pub(super) fn ptin(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"P"), |_: &[u8; 8]| true)
}

/// An adoption taxpayer number: 9 first, and 93 as the fourth and fifth digit.
///
/// Source: Internal Revenue Service, "Adoption Taxpayer Identification Number".
pub(super) fn atin(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        number[0] == 9 && digits::pair(number, 3) == 93
    })
}

/// A Medicare beneficiary identifier: eleven symbols without S, L, O, I, B and Z: a digit from 1, a letter, either, a digit, a letter, either, a
/// digit, two letters, two digits.
///
/// Source: Centers for Medicare & Medicaid Services, "Understanding the Medicare Beneficiary Identifier format".
pub(super) fn medicare_beneficiary(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 11]| {
        let fits = |(symbol, kind): (&u8, &u8)| {
            let letter = symbol.is_ascii_uppercase() && !b"SLOIBZ".contains(symbol);
            match kind {
                b'N' => symbol.is_ascii_digit(),
                b'A' => letter,
                _ => letter || symbol.is_ascii_digit(),
            }
        };
        Some(symbols[0] != b'0' && symbols.iter().zip(b"NAENAENAANN").all(fits))
    })
}

/// A provider identifier (NPI): ten digits, the first 1 or 2, Luhn with 80840 in front.
///
/// Source: Centers for Medicare & Medicaid Services, "Requirements for NPI and NPI check digit".
pub(super) fn provider(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let mut whole = [8, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        whole[5..].copy_from_slice(number);
        matches!(number[0], 1 | 2) && digits::luhn(&whole)
    })
}

/// A registration of the Drug Enforcement Administration: a letter of the kind, the surname's initial or 9, and seven digits: first, third and fifth,
/// and twice second, fourth and sixth, add up to a number that ends in the seventh.
///
/// Source: Drug Enforcement Administration, "Practitioner's Manual"; 21 CFR 1301.
pub(super) fn dea(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 9]| {
        let number = digits::values::<7>(&symbols[2..])?;
        let kind = b"ABCDEFGHJKLMPRSTUX".contains(&symbols[0]);
        let sum = digits::weighted(&number[..6], &[1, 2, 1, 2, 1, 2]);
        let named = symbols[1].is_ascii_uppercase() || symbols[1] == b'9';
        Some(kind && named && !digits::all_equal(&number) && digits::check_is(&number, sum % 10))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn social_security_numbers_outside_the_issued_ranges_are_refused() {
        assert!(ssn(b"536-90-4399").is_valid());
        for bad in [
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "536-00-4399",
            "536-90-0000",
            "078-05-1120",
        ] {
            assert!(!ssn(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn taxpayer_groups_follow_the_current_publication() {
        for good in [
            "912-50-3456",
            "912-65-3456",
            "912-70-3456",
            "912-88-3456",
            "912-92-3456",
            "912-99-3456",
        ] {
            assert!(itin(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "912-49-3456",
            "912-66-3456",
            "912-69-3456",
            "912-89-3456",
            "912-93-3456",
            "812-70-3456",
        ] {
            assert!(!itin(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn employer_numbers_need_an_assigning_campus() {
        assert!(ein(b"91-1144442").is_valid());
        assert!(!ein(b"07-1144442").is_valid());
        assert!(!ein(b"91-114444").is_valid());
    }

    #[test]
    fn routing_numbers_need_the_checksum() {
        assert!(aba_routing(b"111000025").is_valid());
        assert!(!aba_routing(b"111000026").is_valid());
        assert!(!aba_routing(b"000000000").is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            dea,
            &["AV4335003", "XE9977363"],
            &["AV4335001", "AV0335003", "AV433500"],
        );
        judges(
            atin,
            &["950-93-5007", "980 93 7916"],
            &["950-91-5007", "950-93-500"],
        );
        judges(
            medicare_beneficiary,
            &["5U76VJ7QY42", "6VX0TT7VX78"],
            &["0U76VJ7QY42", "5U76VJ7QY4"],
        );
        judges(
            provider,
            &["2527070009"],
            &["2527070001", "0527070009", "252707000"],
        );
        judges(ptin, &["P03141731", "P-86269622"], &["P0314173"]);
    }
}
