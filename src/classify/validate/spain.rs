//! Spain: identity numbers of citizens and of foreigners.

use super::{Verdict, digits};

/// The control letter for each remainder modulo 23.
const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// An identity number (DNI): eight digits and the control letter of the number modulo 23.
///
/// Source: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE".
pub(super) fn dni(text: &[u8]) -> Verdict {
    let Some([body @ .., letter]) = digits::alnum_exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    (control(&body) == Some(letter) && body != *b"00000000").into()
}

/// A foreigner's number (NIE): X, Y or Z (read as 0, 1, 2), seven digits, and the same control letter.
///
/// Source: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE".
pub(super) fn nie(text: &[u8]) -> Verdict {
    let Some([first, body @ .., letter]) = digits::alnum_exactly::<9>(text) else {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
