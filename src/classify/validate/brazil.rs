//! Brazil: numbers of persons, companies, drivers and workers.

use super::{Verdict, digits};

/// An individual taxpayer number (CPF): eleven digits, the last two each a mod 11 check of all before them.
///
/// Eleven equal digits satisfy the arithmetic but are never issued.
/// Source: Receita Federal, Instrução Normativa on the Cadastro de Pessoas Físicas.
pub(super) fn cpf(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<11>(text) else {
        return Verdict::Invalid;
    };
    let checks = check(&number[..9]) == number[9] && check(&number[..10]) == number[10];
    (checks && !digits::all_equal(&number)).into()
}

/// 11 − (Σ digit × weight mod 11), weights falling to 2 at the last digit; 10 and 11 are written 0.
fn check(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip(2u32..)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => (11 - rest) as u8,
    }
}

/// A company number (CNPJ): twelve digits or, since July 2026, capitals, and two check digits: 11 − Σ value × (5 4 3 2 9 … 2) and (6 5 4 3 2 9
/// … 2) mod 11, with 10 and 11 written 0; a letter's value is its code less 48.
///
/// Source: Receita Federal, Instrução Normativa RFB 2.229/2024.
pub(super) fn cnpj(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 14]| {
        let checks = digits::values::<2>(&symbols[12..])?;
        let check = |end: usize| {
            let weights = (2..=9u32).cycle();
            let sum = symbols[..end]
                .iter()
                .rev()
                .zip(weights)
                .map(|(&s, weight)| u32::from(s - b'0') * weight)
                .sum();
            digits::missing(sum, 11) % 10
        };
        let fits = check(12) == u32::from(checks[0]) && check(13) == u32::from(checks[1]);
        Some(fits && symbols[..12] != *b"000000000000")
    })
}

/// A driving licence's register number (CNH): eleven digits; the tenth is Σ digit × (9 … 1) mod 11 with 10 written 0 and remembered as 2, the
/// eleventh Σ digit × (1 … 9) mod 11 less that, with 10 and below 0 made 0 or 11 more.
///
/// Source: Denatran, Resolução Contran 886/2021.
pub(super) fn driving_licence(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        let (first, carried) = match digits::weighted(&number[..9], &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 {
            10 => (0, 2),
            rest => (rest, 0),
        };
        let second = digits::weighted(&number[..9], &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11;
        let second = if second >= carried {
            second - carried
        } else {
            second + 11 - carried
        };
        first == u32::from(number[9]) && digits::check_is(number, if second > 9 { 0 } else { second })
    })
}

/// A worker's number (PIS, PASEP, NIS): eleven digits, the last 11 − Σ digit × (3 2 9 8 7 6 5 4 3 2) mod 11, with 10 and 11 written 0.
///
/// Source: Caixa Econômica Federal, "Cálculo do dígito verificador do PIS/PASEP".
pub(super) fn worker_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 11]| {
        digits::mod_11(number, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn both_check_digits_count_and_fillers_are_refused() {
        assert!(cpf(b"390.533.447-05").is_valid());
        assert!(!cpf(b"390.533.447-04").is_valid());
        assert!(!cpf(b"390.533.447-15").is_valid());
        assert!(!cpf(b"111.111.111-11").is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            driving_licence,
            &["61704215648"],
            &["61704215641", "01704215648", "6170421564"],
        );
        judges(
            cnpj,
            &["47641483571590", "79.285.999/4360-85"],
            &["47641483571591", "07641483571590", "4764148357159"],
        );
        judges(
            worker_number,
            &["88262151549", "678.00093.79-9"],
            &["88262151541", "08262151549", "8826215154"],
        );
    }
}
