//! The Netherlands: numbers of persons, pupils, taxpayers and documents.

use super::{Verdict, digits};

/// A citizen service number (BSN): nine digits, Σ digit × (9 8 7 6 5 4 3 2 −1) divisible by 11 (the "elfproef").
///
/// Source: Rijksdienst voor Identiteitsgegevens, Logisch Ontwerp BSN.
pub(super) fn bsn(text: &[u8]) -> Verdict {
    let Some(number) = digits::exactly::<9>(text) else {
        return Verdict::Invalid;
    };
    // −1 and 10 are the same modulo 11.
    let sum = digits::weighted(&number, &[9, 8, 7, 6, 5, 4, 3, 2, 10]);
    (sum.is_multiple_of(11) && !digits::all_equal(&number)).into()
}

/// A VAT number: nine digits, B, and two digits from 01; either the nine pass the test of the [`bsn`], or the whole with NL in
/// front is 1 modulo 97 (sole traders since 2020).
///
/// Source: Belastingdienst, "Btw-identificatienummer"; European Commission, VIES.
pub(super) fn vat(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<12>(digits::without(text, b"NL")) else {
        return Verdict::Invalid;
    };
    let code = symbols.as_slice();
    let Some((body, [b'B', t1, t2])) = code.len().checked_sub(3).and_then(|at| code.split_at_checked(at))
    else {
        return Verdict::Invalid;
    };
    let suffix = t1.is_ascii_digit() && t2.is_ascii_digit() && [*t1, *t2] != *b"00";
    let filled =
        body.len() <= 9 && body.iter().any(|byte| *byte != b'0') && body.iter().all(u8::is_ascii_digit);
    let elevens = eleven_rest(body) == 0;
    // A body with fewer digits has zeros in front, which change neither sum.
    let sole = digits::mod_97(b"NL".iter().chain(&[b'0'; 9][body.len().min(9)..]).chain(code)) == Some(1);
    (body.len() >= 7 && suffix && filled && (elevens || sole)).into()
}

/// Σ digit × (9 8 7 6 5 4 3 2 −1) mod 11 over the last nine ASCII digits.
fn eleven_rest(ascii: &[u8]) -> u32 {
    let weights = [10, 2, 3, 4, 5, 6, 7, 8, 9];
    ascii
        .iter()
        .rev()
        .zip(weights)
        .map(|(byte, weight)| u32::from(byte & 0xF) * weight)
        .sum::<u32>()
        % 11
}

/// An education number (onderwijsnummer), for pupils without a citizen number: nine digits that begin with 10, and a sum of
/// the [`bsn`] test of 5.
///
/// Source: Dienst Uitvoering Onderwijs, "Onderwijsnummer".
pub(super) fn education_number(text: &[u8]) -> Verdict {
    digits::check(text, |number: &[u8; 9]| {
        let rest = digits::weighted(number, &[9, 8, 7, 6, 5, 4, 3, 2, 10]) % 11;
        number.starts_with(&[1, 0]) && rest == 5
    })
}

/// A number of an identity card or passport: two letters, six letters or digits, a digit; no letter O.
///
/// Source: Rijksdienst voor Identiteitsgegevens, "Documentnummer".
pub(super) fn document_number(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 9]| {
        let letters = symbols[..2].iter().all(u8::is_ascii_uppercase);
        Some(letters && symbols[8].is_ascii_digit() && !symbols.contains(&b'O'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn the_eleven_test_decides() {
        assert!(bsn(b"111222333").is_valid());
        assert!(bsn(b"1112.22.333").is_valid());
        assert!(!bsn(b"111222334").is_valid());
        assert!(!bsn(b"000000000").is_valid());
    }

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(document_number, &["JCN31P7Y2", "SDZB5C9F0"], &["JCN31P7Y"]);
        judges(
            education_number,
            &["103267809", "1098.47.307"],
            &["103267801", "003267809", "10326780"],
        );
        judges(
            vat,
            &["NL 6158596B84", "NL 089886756B42"],
            &["NL 6158591B84", "NL 0158596B84", "NL 6158596B8"],
        );
    }
}
