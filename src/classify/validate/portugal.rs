//! Portugal and Andorra: tax and document numbers.

use super::{Verdict, digits};

/// A Portuguese tax number (NIF): nine digits, the first not 0, the last 11 − Σ digit × (9 … 2) mod 11, with 10 and 11 written 0.
///
/// Source: Autoridade Tributária e Aduaneira, decree-law 14/2013; European Commission, VIES.
pub(super) fn pt_tax(text: &[u8]) -> Verdict {
    digits::check(digits::without(text, b"PT"), |number: &[u8; 9]| {
        number[0] != 0 && digits::mod_11(number, &[9, 8, 7, 6, 5, 4, 3, 2])
    })
}

/// A Portuguese citizen card's document number: nine digits, two symbols of the version, and a digit, such that the Luhn sum
/// of all twelve, letters from 10 and doubled values above 9 less 9, is divisible by 10.
///
/// Source: Agência para a Modernização Administrativa, "Validação de Número de Documento do Cartão de Cidadão".
pub(super) fn pt_citizen_card(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 12]| {
        digits::values::<9>(&symbols[..9])?;
        digits::digit(symbols[11])?;
        let doubled = |value: u32| if value > 4 { 2 * value - 9 } else { 2 * value };
        let sum = symbols.iter().enumerate().try_fold(0, |sum, (at, &symbol)| {
            let value = digits::base_36(symbol)?;
            Some(sum + if at % 2 == 0 { doubled(value) } else { value })
        })?;
        Some(sum.is_multiple_of(10))
    })
}

/// An Andorran tax number (NRT): a letter of the kind of holder, six digits, and a control letter. F begins numbers up to
/// 699999, A and L those in the 700000s.
///
/// How the control letter is computed is not published. Source: Departament de Tributs i de Fronteres; OECD.
pub(super) fn ad_tax(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 8]| {
        let [kind, body @ .., control] = symbols;
        let number = digits::number(&digits::values::<6>(body)?);
        let range = match kind {
            b'F' => number <= 699_999,
            b'A' | b'L' => (700_000..=799_999).contains(&number),
            _ => b"CDEGOPU".contains(kind),
        };
        Some(range && control.is_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(ad_tax, &["U030780I", "D718826D"], &["U03078I"]);
        judges(
            pt_citizen_card,
            &["712112554FF5", "765063216DE2"],
            &["712112554FF1", "012112554FF5", "712112554FF"],
        );
        judges(
            pt_tax,
            &["471280364", "635 545 624"],
            &["471280361", "071280364", "47128036"],
        );
    }
}
