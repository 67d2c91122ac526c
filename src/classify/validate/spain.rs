//! Spain: numbers of persons, companies, accounts and supply points.

use super::{Verdict, digits};

/// The control letter for each remainder modulo 23.
const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// An identity number (DNI): eight digits and the control letter of the number modulo 23.
///
/// Source: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE".
pub(super) fn dni(text: &[u8]) -> Verdict {
    let Some([body @ .., letter]) = digits::alnum_exactly::<9>(digits::without(text, b"ES")) else {
        return Verdict::Invalid;
    };
    (control(&body) == Some(letter) && body != *b"00000000").into()
}

/// A foreigner's number (NIE): X, Y or Z (read as 0, 1, 2), seven digits, and the same control letter.
///
/// Source: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE".
pub(super) fn nie(text: &[u8]) -> Verdict {
    let Some([first, body @ .., letter]) = digits::alnum_exactly::<9>(digits::without(text, b"ES")) else {
        return Verdict::Invalid;
    };
    let Some(series) = b"XYZ".iter().position(|&symbol| symbol == first) else {
        return Verdict::Invalid;
    };
    let mut number = [b'0' + series as u8; 8];
    number[1..].copy_from_slice(&body);
    (control(&number) == Some(letter)).into()
}

/// The control letter of eight ASCII digits.
fn control(number: &[u8; 8]) -> Option<u8> {
    let rest = number.iter().try_fold(0u32, |rest, &byte| {
        Some((rest * 10 + u32::from(digits::digit(byte)?)) % 23)
    })?;
    LETTERS.get(rest as usize).copied()
}

/// A company's tax number (CIF): a letter of its kind, seven digits, and the Luhn digit of these or the letter at that place
/// of J A B C D E F G H I.
///
/// Source: Ministerio de Hacienda, Orden EHA/451/2008 and its annex.
pub(super) fn cif(text: &[u8]) -> Verdict {
    digits::check_alnum(digits::without(text, b"ES"), |symbols: &[u8; 9]| {
        let [kind, body @ .., check] = symbols;
        let number = digits::values::<7>(body)?;
        let digit = luhn_digit(&number);
        let letter = b"JABCDEFGHI"[usize::from(digit)];
        Some(b"ABCDEFGHJNPQRSUVW".contains(kind) && (*check == b'0' + digit || *check == letter))
    })
}

/// The digit that makes a number of seven digits pass the Luhn check.
fn luhn_digit(number: &[u8; 7]) -> u8 {
    let [a, b, c, d, e, f, g] = number.map(u32::from);
    digits::missing(digits::luhn_sum(&[a, b, c, d, e, f, g, 0], 10), 10) as u8
}

/// A tax number of minors (K), of Spaniards abroad (L) or of foreigners without another (M): the letter, seven digits, and
/// the control letter of these.
///
/// Source: Real Decreto 1065/2007, articles 19 and 20.
pub(super) fn nif_special(text: &[u8]) -> Verdict {
    digits::check_alnum(digits::without(text, b"ES"), |symbols: &[u8; 9]| {
        let [kind, body @ .., letter] = symbols;
        let mut number = [b'0'; 8];
        number[1..].copy_from_slice(body);
        Some(b"KLM".contains(kind) && control(&number)? == *letter)
    })
}

/// A bank account (CCC): bank, branch, two check digits, account; each check digit is Σ digit × (1 2 4 8 5 10 9 7 3 6) mod 11,
/// taken from 11 where it is above 1, over 00 with bank and branch, and over the account.
///
/// Source: Banco de España, "Código cuenta cliente".
pub(super) fn bank_account(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 20]| {
        let mut branch = [0; 10];
        branch[2..].copy_from_slice(&number[..8]);
        let check = |digits: &[u8]| match digits::weighted(digits, &[1, 2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 {
            rest @ 0..=1 => rest,
            rest => 11 - rest,
        };
        check(&branch) == u32::from(number[8]) && check(&number[10..]) == u32::from(number[9])
    })
}

/// A social security number (NUSS): province, seven or eight digits, and two check digits: all before them mod 97.
///
/// Numbers below 10,000,000 are read with seven digits. Source: Tesorería General de la Seguridad Social.
pub(super) fn social_security(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<12>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let Some(at) = number.len().checked_sub(2).filter(|at| matches!(at, 9 | 10)) else {
        return Verdict::Invalid;
    };
    let province = digits::number(&number[..2]);
    let body = digits::number(&number[2..at]);
    let joined = if body < 10_000_000 {
        body + province * 10_000_000
    } else {
        digits::number(&number[..at])
    };
    let placed = matches!(province, 1..=53 | 66);
    (placed && joined % 97 == u64::from(digits::pair(number, at)) && body > 0).into()
}

/// An activity code for excise duties (CAE): ES000, an office 01 to 56, a kind of activity, three digits and a letter.
///
/// Source: Ministerio de Hacienda, Orden HAP/2259/2014.
pub(super) fn excise_code(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 13]| {
        let office = digits::pair(&digits::values::<2>(&symbols[5..7])?, 0);
        let serial = symbols[9..12].iter().all(u8::is_ascii_digit);
        let (kind, last) = (&symbols[7..9], symbols[12]);
        let known = EXCISE_KINDS.as_chunks::<2>().0.iter().any(|pair| pair == kind);
        Some(
            symbols.starts_with(b"ES000")
                && (1..=56).contains(&office)
                && known
                && serial
                && last.is_ascii_uppercase(),
        )
    })
}

/// The kinds of activity of [`excise_code`], two symbols each.
const EXCISE_KINDS: &[u8] =
    b"A1B1B9B0BAC1DAECF1V1A7ATB7BTC7DBE7M7OAOBOEOVV7B6A2A6A9A0ACAVAWAXH1H2H4H6H9H0HDHHH7H8HBHFHIHJHKHLHMHN\
HTHUHVHXHZOHHAHCHEHPHQHRHSHWT1OTT7TTL1L2L0L3L7AFDFDMDPORPFRFVD";

/// A supply point of electricity or gas (CUPS): ES, sixteen digits, two control letters (the number mod 529 in base 23), and
/// perhaps a digit and a letter of the measuring point.
///
/// Source: Comisión Nacional de los Mercados y la Competencia, Real Decreto 1435/2002.
pub(super) fn supply_point(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<22>(text) else {
        return Verdict::Invalid;
    };
    let code = symbols.as_slice();
    let whole = match code.get(20..) {
        Some([]) => true,
        Some([point, kind]) => point.is_ascii_digit() && b"FPRCXYZ".contains(kind),
        _ => false,
    };
    let number = code.get(2..18).and_then(digits::values::<16>);
    let fits = number.is_some_and(|number| {
        let rest = (digits::number(&number) % 529) as usize;
        code[18..20] == [LETTERS[rest / 23], LETTERS[rest % 23]]
    });
    (whole && code.starts_with(b"ES") && fits).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn the_control_letter_decides() {
        assert!(dni(b"54362315-K").is_valid());
        assert!(dni(b"54362315k").is_valid());
        assert!(!dni(b"54362315-A").is_valid());
        assert!(!dni(b"5436231-K").is_valid());
        assert!(!dni(b"00000000T").is_valid());
    }

    #[test]
    fn the_series_letter_is_part_of_a_foreigners_number() {
        assert!(nie(b"X-2482300-W").is_valid());
        assert!(!nie(b"Y-2482300-W").is_valid());
        assert!(!nie(b"A2482300W").is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            excise_code,
            &["ES00008A1331R", "ES00028A1104V"],
            &["ES00008A3331R", "ES90008A1331R", "ES00008A133R"],
        );
        judges(
            bank_account,
            &["52475497755399791793", "2176-7799-40-8458777738"],
            &[
                "52475497755399791791",
                "02475497755399791793",
                "5247549775539979179",
            ],
        );
        judges(
            cif,
            &["F41532326", "H43143791"],
            &["F41532321", "F01532326", "F4153232"],
        );
        judges(
            supply_point,
            &["ES0021140426554005CK", "ES0021707459021053SV"],
            &[
                "ES0021140426554001CK",
                "ES9021140426554005CK",
                "ES002114042655400CK",
            ],
        );
        judges(
            nif_special,
            &["M0979254Y", "M6893301V"],
            &["M0979251Y", "M9979254Y", "M097925Y"],
        );
        judges(
            social_security,
            &["072696596850", "20/13946161/54"],
            &["072696596851", "972696596850", "07269659685"],
        );
    }
}
