//! Ireland: personal public service numbers, VAT numbers.

use super::{Verdict, digits};

/// The check letters, by the remainder modulo 23.
const LETTERS: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";

/// The check letter of seven digits × (8 … 2), and 9 times the place of a further letter.
fn check_letter(number: &[u8; 7], further: u8) -> Option<u8> {
    let place = LETTERS.iter().position(|letter| *letter == further)?;
    let sum = digits::weighted(number, &[8, 7, 6, 5, 4, 3, 2]) as usize + 9 * place;
    Some(LETTERS[sum % 23])
}

/// A personal public service number: seven digits, a check letter, and perhaps a letter: A, B and H count in the check, T, W
/// and X (of old numbers) do not.
///
/// Source: Department of Social Protection, S.I. 148/2013; the letter B since 2024.
pub(super) fn pps(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<9>(text) else {
        return Verdict::Invalid;
    };
    let (body, further) = match symbols.as_slice() {
        [body @ .., further @ (b'A' | b'B' | b'H')] if body.len() == 8 => (body, *further),
        [body @ .., b'T' | b'W' | b'X'] if body.len() == 8 => (body, b'W'),
        body => (body, b'W'),
    };
    let fits = || {
        let (letter, number) = body.split_last()?;
        Some(check_letter(&digits::values::<7>(number)?, further)? == *letter)
    };
    fits().unwrap_or(false).into()
}

/// A VAT number: seven digits, a check letter and perhaps one that counts in it; or of the old form, whose second symbol is a
/// letter and whose first digit stands behind the other five in the check.
///
/// Source: Office of the Revenue Commissioners; European Commission, VIES.
pub(super) fn vat(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<9>(digits::without(text, b"IE")) else {
        return Verdict::Invalid;
    };
    vat_fits(symbols.as_slice()).unwrap_or(false).into()
}

fn vat_fits(symbols: &[u8]) -> Option<bool> {
    let (head, tail) = symbols.split_at_checked(7)?;
    let (letter, further) = match tail {
        [letter] => (*letter, b'W'),
        [letter, further] => (*letter, *further),
        _ => return None,
    };
    let number = match digits::values::<7>(head) {
        Some(number) => number,
        None => old_form(head)?,
    };
    Some(check_letter(&number, further)? == letter)
}

/// The number of the old form, as the check reads it.
fn old_form(head: &[u8]) -> Option<[u8; 7]> {
    let [first, letter, body @ ..] = head else {
        return None;
    };
    letter.is_ascii_uppercase().then_some(())?;
    let [a, b, c, d, e] = digits::values::<5>(body)?;
    Some([0, a, b, c, d, e, digits::digit(*first)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            pps,
            &["1948013OA", "6591834GW"],
            &["1948011OA", "0948013OA", "194801OA"],
        );
        judges(
            vat,
            &["IE1Y39734QT", "IE 0694939CF"],
            &["IE1Y39731QT", "IE0Y39734QT", "IE1Y3973QT"],
        );
    }
}
