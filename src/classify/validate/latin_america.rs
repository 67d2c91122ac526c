//! Spanish-speaking America: numbers of persons, companies, taxpayers and accounts.

use super::{Verdict, date, digits};

/// The last 11 − Σ digit × weight mod 11, weights rising from 2 at the digit before it; 11 is written 0.
fn rising_check(body: &[u8], weights: impl Iterator<Item = u32>) -> u32 {
    let sum = body
        .iter()
        .rev()
        .zip(weights)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    digits::missing(sum, 11)
}

/// An Argentine account (CBU): bank and branch with a check digit, account with a check digit; each lacks to a multiple of 10
/// what digit × (3 1 7 9 …) from the right sum up to.
///
/// Source: Banco Central de la República Argentina, "Sistema Nacional de Pagos", communication A 2622.
pub(super) fn ar_account(text: &[u8]) -> Verdict {
    let block = |digits: &[u8]| {
        let Some((_, body)) = digits.split_last() else {
            return false;
        };
        let weights = [3u32, 1, 7, 9].into_iter().cycle();
        let sum = body
            .iter()
            .rev()
            .zip(weights)
            .map(|(&digit, weight)| u32::from(digit) * weight)
            .sum();
        digits::check_is(digits, digits::missing(sum, 10))
    };
    digits::check(text, |number: &[u8; 22]| {
        block(&number[..8]) && block(&number[8..])
    })
}

/// An Argentine tax or labour number (CUIT, CUIL): a kind (20 23 24 27 30 33 34 50 51 55), eight digits, and 11 − Σ digit × (5 4
/// 3 2 7 6 5 4 3 2) mod 11, with 10 written 9 and 11 written 0.
///
/// Source: Agencia de Recaudación y Control Aduanero, general resolution 2811.
pub(super) fn ar_tax(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let kind = matches!(
            digits::pair(number, 0),
            20 | 23 | 24 | 27 | 30 | 33 | 34 | 50 | 51 | 55
        );
        let check = digits::missing(
            digits::weighted(&number[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]),
            11,
        );
        kind && digits::check_is(number, check.min(9))
    })
}

/// A Chilean number (RUT, RUN): seven or eight digits, and 11 − Σ digit × (2 … 7 2 …) from the right mod 11, with 10 written K.
///
/// Source: Servicio de Impuestos Internos, "RUT"; Servicio de Registro Civil.
pub(super) fn cl_rut(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<9>(digits::without(text, b"CL")) else {
        return Verdict::Invalid;
    };
    let Some((&check, head)) = symbols
        .as_slice()
        .split_last()
        .filter(|(_, head)| head.len() >= 7)
    else {
        return Verdict::Invalid;
    };
    let Some(body) = digits::up_to::<8>(head) else {
        return Verdict::Invalid;
    };
    let wanted = rising_check(body.as_slice(), (2..=7).cycle());
    let check = if check == b'K' {
        Some(10)
    } else {
        digits::digit(check).map(u32::from)
    };
    (check == Some(wanted) && !digits::all_equal(body.as_slice())).into()
}

/// A Colombian tax number (NIT): up to fifteen digits and a check digit: Σ digit × (3 7 13 17 19 23 29 37 41 43 47 53 59 67 71)
/// from the right mod 11, taken from 11 where it is above 1.
///
/// Source: Dirección de Impuestos y Aduanas Nacionales, "Dígito de verificación".
pub(super) fn co_tax(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<16>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let Some((_, body)) = number.split_last().filter(|(_, body)| body.len() >= 7) else {
        return Verdict::Invalid;
    };
    let weights = [3u32, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let sum: u32 = body
        .iter()
        .rev()
        .zip(weights)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    let check = match sum % 11 {
        rest @ 0..=1 => rest,
        rest => 11 - rest,
    };
    (!digits::all_equal(number) && digits::check_is(number, check)).into()
}

/// A Costa Rican company number: ten digits: 2 with 100, 200, 300 or 400, 3 with 002 to 014 or 101 to 110, 4 with 000, or 5 with 001.
///
/// Source: Registro Nacional, "Cédula jurídica"; Dirección General de Tributación.
pub(super) fn cr_company(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| {
        let class = digits::number(&number[1..4]);
        match number[0] {
            2 => matches!(class, 100 | 200 | 300 | 400),
            3 => matches!(class, 2..=14 | 101..=110),
            4 => class == 0,
            5 => class == 1,
            _ => false,
        }
    })
}

/// A Cuban identity number: a birth date, a digit of the century, and four more.
///
/// Source: Dirección de Identificación, Inmigración y Extranjería, resolution 175 of 2009.
pub(super) fn cu_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let century = match number[6] {
            9 => 1800,
            0..=5 => 1900,
            _ => 2000,
        };
        date::exists(
            century + digits::pair(number, 0),
            digits::pair(number, 2),
            digits::pair(number, 4),
        )
    })
}

/// A Dominican identity number (cédula): eleven digits, Luhn.
///
/// Several hundred were given out with other check digits and are refused here. Source: Junta Central Electoral.
pub(super) fn do_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| digits::luhn(number))
}

/// A Dominican taxpayer's number (RNC): nine digits, the last (10 − Σ digit × (7 9 8 6 5 4 3 2) mod 11) mod 9 + 1.
///
/// Source: Dirección General de Impuestos Internos.
pub(super) fn do_taxpayer(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        let rest = digits::weighted(&number[..8], &[7, 9, 8, 6, 5, 4, 3, 2]) % 11;
        digits::check_is(number, (10 - rest) % 9 + 1)
    })
}

/// Whether a number begins with an Ecuadorian province, or 30 or 50 for those registered abroad.
fn ec_province(number: &[u8]) -> bool {
    matches!(digits::pair(number, 0), 1..=24 | 30 | 50)
}

/// Whether ten digits are an Ecuadorian identity number.
fn ec_person(number: &[u8]) -> bool {
    ec_province(number) && number[2] <= 6 && digits::luhn(number)
}

/// An Ecuadorian identity number (cédula): a province, a digit up to 6, six more, and a Luhn digit.
///
/// Source: Registro Civil del Ecuador.
pub(super) fn ec_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 10]| ec_person(number))
}

/// An Ecuadorian taxpayer's number (RUC): an identity number and three digits; or a province, 6 (public) or 9 (companies) and
/// check digits modulo 11 with the weights 3 2 7 6 5 4 3 2 or 4 3 2 7 6 5 4 3 2.
///
/// Source: Servicio de Rentas Internas, "RUC".
pub(super) fn ec_taxpayer(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 13]| {
        let established = number[10..] != [0, 0, 0];
        let natural = || established && ec_person(&number[..10]);
        let public = || {
            let sum = digits::weighted(number, &[3, 2, 7, 6, 5, 4, 3, 2, 1]);
            number[9..] != [0, 0, 0, 0] && sum.is_multiple_of(11)
        };
        let company = || {
            let sum = digits::weighted(number, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
            established && sum.is_multiple_of(11)
        };
        ec_province(number)
            && match number[2] {
                0..=5 => natural(),
                6 => public() || natural(),
                9 => public() || company(),
                _ => false,
            }
    })
}

/// A Guatemalan tax number (NIT): up to eleven digits and a check: what Σ digit × (2 3 4 …) from the right lacks to a multiple
/// of 11, with 10 written K.
///
/// Source: Superintendencia de Administración Tributaria.
pub(super) fn gt_tax(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<12>(text) else {
        return Verdict::Invalid;
    };
    let Some((&check, head)) = symbols.as_slice().split_last() else {
        return Verdict::Invalid;
    };
    let Some(body) = digits::up_to::<11>(head).filter(|body| body.as_slice().len() >= 3) else {
        return Verdict::Invalid;
    };
    let check = if check == b'K' {
        Some(10)
    } else {
        digits::digit(check).map(u32::from)
    };
    (check == Some(rising_check(body.as_slice(), 2..)) && !digits::all_equal(body.as_slice())).into()
}

/// The Mexican states in identity codes, and NE for those born abroad.
const MX_STATES: &[u8] = b"ASBCBSCCCHCLCMCSDFDGGRGTHGJCMCMNMSNENLNTOCPLQRQTSLSPSRTCTLTSVZYNZS";

/// A Mexican identity code (CURP): four letters of the name, birth date, sex, state, three consonants, a symbol (a digit for
/// those born before 2000, else a letter), and a check digit: 10 − Σ value × (18 … 2) mod 10, letters from 10 with Ñ counted.
///
/// Source: Registro Nacional de Población, "Instructivo normativo para la asignación de la CURP".
pub(super) fn mx_curp(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 18]| {
        let birth = digits::values::<6>(&symbols[4..10])?;
        let letters = symbols[..4]
            .iter()
            .chain(&symbols[10..16])
            .all(u8::is_ascii_uppercase);
        let century = if symbols[16].is_ascii_digit() { 1900 } else { 2000 };
        let born = date::exists(
            century + digits::pair(&birth, 0),
            digits::pair(&birth, 2),
            digits::pair(&birth, 4),
        );
        let state = MX_STATES
            .as_chunks::<2>()
            .0
            .iter()
            .any(|state| state == &symbols[11..13]);
        let sum = symbols[..17]
            .iter()
            .zip((2..=18).rev())
            .try_fold(0, |sum, (&symbol, weight)| {
                let value = digits::base_36(symbol)?;
                // Ñ stands between N and O.
                Some(sum + (value + u32::from(symbol > b'N')) * weight)
            })?;
        let check = u32::from(digits::digit(symbols[17])?) == digits::missing(sum, 10);
        Some(letters && b"HM".contains(&symbols[10]) && born && state && check)
    })
}

/// A Mexican taxpayer's code (RFC): three letters of a company or four of a person, a date, and three symbols, which a person
/// may lack.
///
/// The check digit exists, but many codes in use were given without it, so it decides nothing.
/// Source: Servicio de Administración Tributaria, anexo 1-A, and "Instructivo para la formación del RFC".
pub(super) fn mx_rfc(text: &[u8]) -> Verdict {
    let dated = |at: usize, code: &[u8]| {
        let birth = code.get(at..at + 6).and_then(digits::values::<6>);
        birth.is_some_and(|date| {
            date::exists(
                2000 + digits::pair(&date, 0),
                digits::pair(&date, 2),
                digits::pair(&date, 4),
            )
        })
    };
    let mut code = [0u8; 13];
    let mut len = 0;
    for symbol in Rfc(text) {
        let Some(slot) = code.get_mut(len) else {
            return Verdict::Invalid;
        };
        *slot = symbol;
        len += 1;
    }
    let (code, letters) = (&code[..len], if len == 12 { 3 } else { 4 });
    let named = code
        .iter()
        .take(letters)
        .all(|symbol| symbol.is_ascii_uppercase() || *symbol == b'&');
    let rest = code.iter().skip(letters).all(u8::is_ascii_alphanumeric);
    (matches!(len, 10 | 12 | 13) && named && rest && dated(letters, code)).into()
}

/// The symbols of an [`mx_rfc`]: signs dropped, letters as capitals, Ñ (two bytes in UTF-8) read as N, which has its value
/// nowhere here.
struct Rfc<'a>(&'a [u8]);

impl Iterator for Rfc<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (symbol, taken) = match self.0 {
            [b' ' | b'-' | b'_', rest @ ..] => {
                self.0 = rest;
                return self.next();
            }
            [0xC3, 0x91 | 0xB1, ..] => (b'N', 2),
            [first, ..] => (first.to_ascii_uppercase(), 1),
            [] => return None,
        };
        self.0 = &self.0[taken..];
        Some(symbol)
    }
}

/// A Peruvian identity number (CUI, DNI): eight digits, and a check that is a digit or a letter: 11 − Σ digit × (3 2 7 6 5 4 3 2)
/// mod 11 picks from 6 7 8 9 0 1 1 2 3 4 5 and from K A B C D E F G H I J.
///
/// The check is printed, but often left out; then any eight digits pass. Source: Registro Nacional de Identificación y Estado Civil.
pub(super) fn pe_identity(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 9]| {
        let number = digits::values::<8>(&symbols[..8])?;
        let rest = (digits::weighted(&number, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11) as usize;
        let check = [b"65432110987"[rest], b"KJIHGFEDCBA"[rest]].contains(&symbols[8]);
        Some(check && !digits::all_equal(&number))
    })
}

/// A Peruvian taxpayer's number (RUC): a kind (10, 15, 17, 20), eight digits, and 11 − Σ digit × (5 4 3 2 7 6 5 4 3 2) mod 11, its
/// last figure.
///
/// Source: Superintendencia Nacional de Aduanas y de Administración Tributaria.
pub(super) fn pe_taxpayer(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let check = 11 - digits::weighted(&number[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
        matches!(digits::pair(number, 0), 10 | 15 | 17 | 20) && digits::check_is(number, check % 10)
    })
}

/// A Paraguayan taxpayer's number (RUC): five to eight digits and a check digit: what Σ digit × (2 3 4 …) from the right lacks to
/// a multiple of 11, with 10 written 0.
///
/// Source: Dirección Nacional de Ingresos Tributarios, "Cálculo del dígito verificador".
pub(super) fn py_taxpayer(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::up_to::<9>(text) else {
        return Verdict::Invalid;
    };
    let number = symbols.as_slice();
    let Some((_, body)) = number.split_last().filter(|(_, body)| body.len() >= 5) else {
        return Verdict::Invalid;
    };
    (!digits::all_equal(body) && digits::check_is(number, rising_check(body, 2..) % 10)).into()
}

/// A Salvadoran tax number (NIT): fourteen digits that begin with 0, 1 or 9; the last is Σ digit × (14 … 2) mod 11 mod 10 where the
/// serial is up to 100, else 11 − Σ digit × (2 7 6 5 4 3 2 7 6 5 4 3 2) mod 11 mod 10.
///
/// Source: Ministerio de Hacienda, "NIT".
pub(super) fn sv_tax(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"SV"), |number: &[u8; 14]| {
        let check = if digits::number(&number[10..13]) <= 100 {
            digits::weighted(&number[..13], &[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 % 10
        } else {
            digits::missing(
                digits::weighted(&number[..13], &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]),
                11,
            ) % 10
        };
        matches!(number[0], 0 | 1 | 9) && digits::check_is(number, check)
    })
}

/// A Uruguayan taxpayer's number (RUT): an office from 01 to 22, six digits that are not all 0, 001, and 11 − Σ digit × (4 3 2 9 8 7
/// 6 5 4 3 2) mod 11, never 10.
///
/// Source: Dirección General Impositiva.
pub(super) fn uy_taxpayer(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"UY"), |number: &[u8; 12]| {
        let check = digits::missing(
            digits::weighted(&number[..11], &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
            11,
        );
        let placed = matches!(digits::pair(number, 0), 1..=22) && number[8..11] == [0, 0, 1];
        placed && digits::number(&number[2..8]) > 0 && digits::check_is(number, check)
    })
}

/// A Uruguayan identity number: seven digits (or six) and a check digit: what Σ digit × (2 9 8 7 6 3 4) lacks to a multiple of 10.
///
/// Source: Dirección Nacional de Identificación Civil.
pub(super) fn uy_identity(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 8]| {
        digits::check_is(
            number,
            digits::missing(digits::weighted(&number[..7], &[2, 9, 8, 7, 6, 3, 4]), 10),
        )
    })
}

/// A Venezuelan taxpayer's number (RIF): V, E, J, P or G (4, 8, 12, 16, 20), eight digits, and 11 − (letter + Σ digit × (3 2 7 6 5 4 3
/// 2)) mod 11, with 10 and 11 written 0.
///
/// Source: Servicio Nacional Integrado de Administración Aduanera y Tributaria.
pub(super) fn ve_taxpayer(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 10]| {
        let kind = b"VEJPG".iter().position(|kind| *kind == symbols[0])? as u32;
        let number = digits::values::<9>(&symbols[1..])?;
        let sum = 4 * (kind + 1) + digits::weighted(&number[..8], &[3, 2, 7, 6, 5, 4, 3, 2]);
        Some(digits::check_is(&number, digits::missing(sum, 11) % 10))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            ar_account,
            &["7991699843495898333504", "91871453 47007491379634"],
            &[
                "7991699843495898333501",
                "0991699843495898333504",
                "799169984349589833350",
            ],
        );
        judges(
            ar_tax,
            &["55188850161", "30-51609819-4"],
            &["55188850162", "05188850161", "5518885016"],
        );
        judges(
            cl_rut,
            &["25162382-1", "2418971-6"],
            &["25162382-2", "05162382-1"],
        );
        judges(
            co_tax,
            &["674.256.845-1", "377692996-7"],
            &["674.256.845-2", "074.256.845-1", "674.256.845-"],
        );
        judges(
            cr_company,
            &["3105259532", "3-108-281045"],
            &["3100259532", "310525953"],
        );
        judges(cu_identity, &["05061526590"], &["05063526590", "0506152659"]);
        judges(
            do_identity,
            &["80403400080", "210-7539783-2"],
            &["80403400081", "00403400080", "8040340008"],
        );
        judges(
            do_taxpayer,
            &["708552426", "8-50-12216-3"],
            &["708552421", "008552426", "70855242"],
        );
        judges(
            ec_identity,
            &["0647025808", "083610931-4"],
            &["0647025801", "9647025808", "064702580"],
        );
        judges(
            ec_taxpayer,
            &["1456236593941", "0445223944-866"],
            &["1456236591941", "0456236593941", "145623659394"],
        );
        judges(
            gt_tax,
            &["4914774-9", "7732-1"],
            &["4914774-1", "0914774-9", "4914774-"],
        );
        judges(
            mx_curp,
            &["IIKH901207HMCJFS08", "IEAY991223MDFJQP01"],
            &["IIKH901207HMCJFS01", "IIKH001207HMCJFS08", "IIKH901207HMCJFS0"],
        );
        judges(
            mx_rfc,
            &["DHUU740318LJL", "FGSY981210LEP"],
            &["DHUU740338LJL", "DHUU74031LJL"],
        );
        judges(
            pe_identity,
            &["64933049-8", "14863878-K"],
            &["64933049-1", "04933049-8", "64933049-"],
        );
        judges(
            pe_taxpayer,
            &["17210631429"],
            &["17210631421", "07210631429", "1721063142"],
        );
        judges(
            py_taxpayer,
            &["469797-9", "62085817-6"],
            &["469797-1", "069797-9", "469797-"],
        );
        judges(
            sv_tax,
            &["1016-973167-448-8", "92506981717912"],
            &["1016-973167-448-1", "0016-973167-448-8", "1016-973167-448-"],
        );
        judges(
            uy_identity,
            &["5.779.463-4", "5122864-9"],
            &["5.779.463-1", "9.779.463-4", "5.779.463-"],
        );
        judges(
            uy_taxpayer,
            &["211736280012", "UY08-324689-001-3"],
            &["211736280011", "011736280012", "21173628001"],
        );
        judges(
            ve_taxpayer,
            &["J-42749881-5", "G-39452572-5"],
            &["J-42749881-1", "J-02749881-5", "J-42749881-"],
        );
    }
}
