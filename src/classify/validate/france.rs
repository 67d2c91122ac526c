//! France: registration numbers in the directory of persons.

use super::{Verdict, digits};

/// A registration number (NIR, "numéro de sécurité sociale"): sex, year, month, place, order, and a key of 97 − (number
/// mod 97), where the departments 2A and 2B count as 19 and 18.
///
/// The first digit is 1 or 2; 3, 4, 7 and 8 stand for registrations under way. Months above 12 (20, 30–42, 50–99) stand
/// for incomplete birth records. Source: INSEE, "Numéro d'inscription au répertoire" and decree 82-103.
pub(super) fn nir(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_exactly::<15>(text) else {
        return Verdict::Invalid;
    };
    let Some(number) = numeric(symbols) else {
        return Verdict::Invalid;
    };
    let sex = matches!(number[0], 1..=4 | 7 | 8);
    let month = matches!(number[3] * 10 + number[4], 1..=12 | 20 | 30..=42 | 50..=99);
    let key = u64::from(number[13] * 10 + number[14]);
    (sex && month && key == 97 - digits::number(&number[..13]) % 97).into()
}

/// The digit values, with the letters of the Corsican departments replaced as the key wants.
fn numeric(mut symbols: [u8; 15]) -> Option<[u8; 15]> {
    match &mut symbols[5..7] {
        place if place == b"2A" => place.copy_from_slice(b"19"),
        place if place == b"2B" => place.copy_from_slice(b"18"),
        _ => {}
    }
    let mut values = [0u8; 15];
    for (value, symbol) in values.iter_mut().zip(symbols) {
        *value = digits::digit(symbol)?;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_month_and_sex_count() {
        assert!(nir(b"2 95 10 99 126 111 93").is_valid());
        assert!(nir(b"253072B07300470").is_valid());
        assert!(
            !nir(b"253072A07300470").is_valid(),
            "another department, another key"
        );
        assert!(!nir(b"295109912611194").is_valid(), "key");
        assert!(!nir(b"595109912611193").is_valid(), "first digit");
    }
}
