//! Brazil: individual taxpayer numbers.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_check_digits_count_and_fillers_are_refused() {
        assert!(cpf(b"390.533.447-05").is_valid());
        assert!(!cpf(b"390.533.447-04").is_valid());
        assert!(!cpf(b"390.533.447-15").is_valid());
        assert!(!cpf(b"111.111.111-11").is_valid());
    }
}
