//! The Balkans, Greece, Cyprus, Malta and Romania: numbers of persons, companies and taxpayers.

use super::{Verdict, date, digits};

/// An Albanian tax number (NIPT): a letter of the decade, eight digits, and a control letter.
///
/// How the control letter is computed is not published. Source: Drejtoria e Përgjithshme e Tatimeve; OECD.
pub(super) fn al_tax(text: &[u8]) -> Verdict {
    digits::check_alnum(digits::without(text, b"AL"), |symbols: &[u8; 10]| {
        let [decade, body @ .., control] = symbols;
        let number = digits::values::<8>(body)?;
        Some((b'A'..=b'M').contains(decade) && control.is_ascii_uppercase() && !digits::all_equal(&number))
    })
}

/// A Bulgarian personal number (EGN): a birth date (the month 20 more before 1900, 40 more after 1999), a serial number, and
/// Σ digit × (2 4 8 5 10 9 7 3 6) mod 11, with 10 written 0.
///
/// Source: ГРАО, Civil Registration Act, article 11.
pub(super) fn bg_personal(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let (year, month, day) = (
            digits::pair(number, 0),
            digits::pair(number, 2),
            digits::pair(number, 4),
        );
        let born = match month {
            41.. => date::exists(2000 + year, month - 40, day),
            21..=40 => date::exists(1800 + year, month - 20, day),
            _ => date::exists(1900 + year, month, day),
        };
        born && digits::rest_11(number, &[2, 4, 8, 5, 10, 9, 7, 3, 6])
    })
}

/// A Bulgarian foreigner's number (LNCh): ten digits, the last Σ digit × (21 19 17 13 11 9 7 3 1) mod 10.
///
/// Source: Ministry of Interior, regulation on the register of foreigners.
pub(super) fn bg_foreigner(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        digits::check_is(
            number,
            digits::weighted(&number[..9], &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10,
        )
    })
}

/// A Bulgarian VAT number: nine digits of a company, Σ digit × (1 … 8) mod 11, or where that is 10 with (3 … 10); or ten: of
/// a person, a foreigner, or another with Σ digit × (4 3 2 7 6 5 4 3 2).
///
/// Source: National Revenue Agency; European Commission, VIES.
pub(super) fn bg_vat(text: &[u8]) -> Verdict {
    let body = digits::without(text, b"BG");
    let company = digits::check(body, |number: &[u8; 9]| {
        let check = match digits::weighted(&number[..8], &[1, 2, 3, 4, 5, 6, 7, 8]) % 11 {
            10 => digits::weighted(&number[..8], &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
            check => check,
        };
        digits::check_is(number, check)
    });
    let other = digits::check(body, |number: &[u8; 10]| {
        let sum = digits::weighted(&number[..9], &[4, 3, 2, 7, 6, 5, 4, 3, 2]);
        digits::check_is(number, digits::missing(sum, 11))
    });
    let natural = || bg_personal(body).is_valid() || bg_foreigner(body).is_valid();
    (company.is_valid() || other.is_valid() || natural()).into()
}

/// A Croatian personal number (OIB): eleven digits, ISO/IEC 7064 MOD 11,10.
///
/// Source: Porezna uprava, Zakon o osobnom identifikacijskom broju.
pub(super) fn hr_personal(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"HR"), |number: &[u8; 11]| {
        digits::mod_11_10(number)
    })
}

/// A Serbian tax number (PIB): nine digits, ISO/IEC 7064 MOD 11,10.
///
/// Source: Poreska uprava, "Poreski identifikacioni broj".
pub(super) fn rs_tax(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"RS"), |number: &[u8; 9]| {
        digits::mod_11_10(number)
    })
}

/// A citizen's number of the former Yugoslav republics (EMŠO, JMBG): day, month and three digits of the year of birth, region
/// and serial number, and 11 − Σ digit × (7 6 5 4 3 2 7 6 5 4 3 2) mod 11, with 10 and 11 written 0.
///
/// Source: Centralni register prebivalstva (Slovenia); Law on the unique master citizen number (Serbia).
pub(super) fn master_citizen(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let year = digits::number(&number[4..7]) as u32;
        let year = year + if year < 800 { 2000 } else { 1000 };
        let born = date::exists(year, digits::pair(number, 2), digits::pair(number, 0));
        born && digits::mod_11(number, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
    })
}

/// A Slovenian tax number: eight digits, the first not 0, the last 11 − Σ digit × (8 … 2) mod 11, with 10 written 0 and 11
/// never given.
///
/// Source: Finančna uprava, "Davčna številka"; European Commission, VIES.
pub(super) fn si_tax(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"SI"), |number: &[u8; 8]| {
        let check = 11 - digits::weighted(&number[..7], &[8, 7, 6, 5, 4, 3, 2]) % 11;
        number[0] != 0 && digits::check_is(number, if check == 10 { 0 } else { check })
    })
}

/// A Slovenian business register number: six digits, a check digit (11 − Σ digit × (7 … 2) mod 11, 10 written 0, 11 never
/// given), and perhaps a unit of three symbols.
///
/// Source: AJPES, "Matična številka".
pub(super) fn si_register(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<10>(text) else {
        return Verdict::Invalid;
    };
    let Some((body, unit)) = symbols.as_slice().split_at_checked(7) else {
        return Verdict::Invalid;
    };
    let Some(number) = digits::values::<7>(body) else {
        return Verdict::Invalid;
    };
    let check = 11 - digits::weighted(&number[..6], &[7, 6, 5, 4, 3, 2]) % 11;
    let part = unit.is_empty() || (unit.len() == 3 && unit[1..].iter().all(u8::is_ascii_digit));
    (part && check < 11 && digits::check_is(&number, check % 10)).into()
}

/// A Montenegrin tax number (PIB): eight digits, the last 11 − Σ digit × (8 … 2) mod 11, with 10 and 11 written 0.
///
/// Source: Poreska uprava Crne Gore.
pub(super) fn me_tax(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 8]| {
        digits::mod_11(number, &[8, 7, 6, 5, 4, 3, 2])
    })
}

/// A North Macedonian tax number (EDB): thirteen digits, the last 11 − Σ digit × (7 6 5 4 3 2 7 6 5 4 3 2) mod 11, with 10 and 11
/// written 0.
///
/// Source: Управа за јавни приходи.
pub(super) fn mk_tax(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"MK"), |number: &[u8; 13]| {
        digits::mod_11(number, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
    })
}

/// A Romanian personal number (CNP): sex with century, birth date, county, serial number, and Σ digit × (2 7 9 1 4 6 3 5 8 2 7 9)
/// mod 11, with 10 written 1.
///
/// Source: Direcția Generală pentru Evidența Persoanelor, OUG 97/2005.
pub(super) fn ro_personal(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let century = match number[0] {
            0 => return false,
            3 | 4 => 1800,
            5 | 6 => 2000,
            _ => 1900,
        };
        let born = date::exists(
            century + digits::pair(number, 1),
            digits::pair(number, 3),
            digits::pair(number, 5),
        );
        let county = matches!(digits::pair(number, 7), 1..=48 | 51 | 52 | 70 | 80..=83);
        let check = match digits::weighted(&number[..12], &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
            10 => 1,
            check => check,
        };
        born && county && digits::check_is(number, check)
    })
}

/// A Romanian company number (CUI): two to ten digits, the first not 0, the last 10 × Σ digit × (7 5 3 2 1 7 5 3 2) mod 11 of
/// the others filled to nine, with 10 written 0. The tax number (CF) is this, with RO in front where it is for VAT.
///
/// Source: Oficiul Național al Registrului Comerțului; European Commission, VIES.
pub(super) fn ro_company(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<10>(digits::without(text, b"RO")) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let Some((_, body)) = number.split_last().filter(|(_, body)| !body.is_empty()) else {
        return Verdict::Invalid;
    };
    let weights = &[7, 5, 3, 2, 1, 7, 5, 3, 2][9 - body.len()..];
    let check = 10 * digits::weighted(body, weights) % 11 % 10;
    (number[0] != 0 && digits::check_is(number, check)).into()
}

/// A Romanian trade register number: J, F or C, a county, up to five digits and a year from 1990 to 2024; or since then the
/// letter, the year, six digits, the county, and the sum of the digits (the letter as its code) mod 10.
///
/// Source: Oficiul Național al Registrului Comerțului, Law 265/2022.
pub(super) fn ro_register(text: &[u8]) -> Verdict {
    let county = |county: u64| matches!(county, 1..=40 | 51 | 52);
    let is_mark = |byte: &u8| matches!(byte, b'/' | b' ' | b'-' | b'\\');
    let Some((kind, rest)) = text
        .split_first()
        .filter(|(kind, _)| b"JFC".contains(&kind.to_ascii_uppercase()))
    else {
        return Verdict::Invalid;
    };
    let mut parts = rest.split(is_mark).filter(|part| !part.is_empty());
    let number = |part: Option<&[u8]>, longest: usize| {
        let part = part.filter(|part| part.len() <= longest && part.iter().all(u8::is_ascii_digit))?;
        digits::up_to::<13>(part).map(|symbols| digits::number(symbols.as_slice()))
    };
    if rest.len() == 13 {
        return ro_new_register(*kind, rest).unwrap_or(false).into();
    }
    let old = (
        number(parts.next(), 2),
        number(parts.next(), 5),
        parts.next().map(year_at_end),
        parts.next(),
    );
    matches!(old, (Some(place), Some(_), Some(Some(1990..=2024)), None) if county(place)).into()
}

/// The last four digits of `2005` or `21.05.2005`.
fn year_at_end(part: &[u8]) -> Option<u64> {
    let at = part.len().checked_sub(4).filter(|at| matches!(at, 0 | 6))?;
    digits::values::<4>(&part[at..]).map(|year| digits::number(&year))
}

/// Whether thirteen digits behind the letter are a register number of the form since 2024.
fn ro_new_register(kind: u8, rest: &[u8]) -> Option<bool> {
    let number = digits::values::<13>(rest)?;
    let sum: u32 = number[..12].iter().copied().map(u32::from).sum();
    let (year, county) = (digits::number(&number[..4]), digits::pair(&number, 10));
    let placed = matches!(county, 1..=40 | 51 | 52) && year <= 2024 || county == 0 && year >= 2024;
    let check = (sum + u32::from(kind.to_ascii_uppercase()) % 10) % 10;
    Some(placed && (1990..=2030).contains(&year) && digits::check_is(&number, check))
}

/// A Greek social security number (AMKA): a birth date, four digits, and a Luhn digit.
///
/// Source: ΗΔΙΚΑ, "ΑΜΚΑ".
pub(super) fn gr_social(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let born = date::in_either_century(
            digits::pair(number, 4),
            digits::pair(number, 2),
            digits::pair(number, 0),
        );
        born && digits::luhn(number)
    })
}

/// A Greek tax number (AFM): nine digits (a leading 0 may be left out), the last Σ digit × (256 … 2) mod 11, with 10 written 0.
///
/// Source: Ανεξάρτητη Αρχή Δημοσίων Εσόδων; European Commission, VIES.
pub(super) fn gr_tax(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<9>(digits::without(digits::without(text, b"EL"), b"GR")) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let Some((_, body)) = number.split_last().filter(|(_, body)| body.len() >= 7) else {
        return Verdict::Invalid;
    };
    let sum = body.iter().fold(0, |sum, &digit| 2 * sum + u32::from(digit));
    (!digits::all_equal(number) && digits::check_is(number, 2 * sum % 11 % 10)).into()
}

/// The values of digits at the first, third, … place of [`cy_tax`].
const CY_ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];

/// A Cypriot tax number: eight digits that do not begin with 12, and a letter: the digits, those at odd places by a table,
/// summed modulo 26.
///
/// Source: Τμήμα Φορολογίας; European Commission, VIES, algorithms.
pub(super) fn cy_tax(text: &[u8]) -> Verdict {
    digits::check_alnum(digits::without(text, b"CY"), |symbols: &[u8; 9]| {
        let [body @ .., letter] = symbols;
        let number = digits::values::<8>(body)?;
        let at = |(place, &digit): (usize, &u8)| {
            if place % 2 == 0 {
                CY_ODD[usize::from(digit)]
            } else {
                u32::from(digit)
            }
        };
        let sum: u32 = number.iter().enumerate().map(at).sum();
        Some(number[..2] != [1, 2] && u32::from(*letter) == u32::from(b'A') + sum % 26)
    })
}

/// A Maltese VAT number: eight digits, the first not 0, Σ digit × (3 4 6 7 8 9 10 1) divisible by 37.
///
/// Source: Malta Tax and Customs Administration; European Commission, VIES.
pub(super) fn mt_vat(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"MT"), |number: &[u8; 8]| {
        number[0] != 0 && digits::weighted(number, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(al_tax, &["G68740594L", "I57276265X"], &["G6874059L"]);
        judges(
            bg_personal,
            &["9942062822", "954905 226 7"],
            &["9942062821", "0942062822", "994206282"],
        );
        judges(
            bg_foreigner,
            &["7958857799", "0747 712 253"],
            &["7958857791", "0958857799", "795885779"],
        );
        judges(
            bg_vat,
            &["089248009", "9610112198"],
            &["089248001", "989248009", "08924800"],
        );
        judges(
            cy_tax,
            &["28595093U", "34116307M"],
            &["28595091U", "08595093U", "2859509U"],
        );
        judges(
            gr_tax,
            &["305168458", "EL338896282"],
            &["305168451", "005168458", "30516845"],
        );
        judges(
            gr_social,
            &["27123776273", "310528 52824"],
            &["27123776271", "07123776273", "2712377627"],
        );
        judges(
            hr_personal,
            &["09793892144", "HR08841032702"],
            &["09793892141", "99793892144", "0979389214"],
        );
        judges(me_tax, &["53076079"], &["53076071", "03076079", "5307607"]);
        judges(
            mk_tax,
            &["3724711956351", "MK8894340515919"],
            &["3724711956352", "0724711956351", "372471195635"],
        );
        judges(
            mt_vat,
            &["MT65627570", "MT 91078971"],
            &["MT65627571", "MT05627570", "MT6562757"],
        );
        judges(
            ro_personal,
            &["2310102359728"],
            &["2310102359721", "0310102359728", "231010235972"],
        );
        judges(
            ro_company,
            &["RO74202", "RO 998813593"],
            &["RO74201", "RO04202", "RO7420"],
        );
        judges(
            ro_register,
            &["C/7/500/2019", "F/51/55/03.96.2011"],
            &["C/7/500/2029", "C/7/500/201"],
        );
        judges(rs_tax, &["583990620"], &["583990621", "083990620", "58399062"]);
        judges(
            master_citizen,
            &["0712687694872", "2402986 40 615 6"],
            &["0712687694871", "9712687694872", "071268769487"],
        );
        judges(
            si_register,
            &["9474218815", "9046933"],
            &["9474211815", "0474218815", "947421881"],
        );
        judges(
            si_tax,
            &["64217965", "SI61014621"],
            &["64217961", "04217965", "6421796"],
        );
    }
}
