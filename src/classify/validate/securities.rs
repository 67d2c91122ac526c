//! Identifiers of securities, instruments and legal entities.

use super::{Verdict, bic, digits};

/// The sum of the figures of value × (1 2 1 2 …), from the left.
fn double_add_double(values: impl Iterator<Item = u32>) -> u32 {
    let doubled = |(place, value): (usize, u32)| if place % 2 == 1 { 2 * value } else { value };
    values
        .enumerate()
        .map(doubled)
        .map(|product| product / 10 + product % 10)
        .sum()
}

/// An ISIN: a country (or EU, XS and others that numbering agencies use), nine symbols, and Luhn over all, letters written as two digits from 10.
///
/// Source: ISO 6166; ANNA, ISIN guidelines.
pub(super) fn isin(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 12]| {
        let country = bic::country([symbols[0], symbols[1]])
            || matches!(
                &symbols[..2],
                b"EU" | b"QS" | b"QT" | b"AN" | b"CS" | b"XA" | b"XB" | b"XC" | b"XD" | b"XF" | b"XS"
            );
        digits::digit(symbols[11])?;
        let (mut expanded, mut len) = ([0u8; 24], 0);
        for &symbol in symbols {
            let value = digits::base_36(symbol)? as u8;
            if value > 9 {
                expanded[len] = value / 10;
                len += 1;
            }
            expanded[len] = value % 10;
            len += 1;
        }
        Some(country && digits::luhn(&expanded[..len]))
    })
}

/// A CUSIP: eight symbols (letters from 10, * @ # from 36) and what the figures of value × (1 2 1 2 …) lack to a multiple of 10.
///
/// Source: CUSIP Global Services, ANSI X9.6.
pub(super) fn cusip(text: &[u8]) -> Verdict {
    let value = |byte: &u8| match byte {
        b'*' => Some(36),
        b'@' => Some(37),
        b'#' => Some(38),
        byte => digits::base_36(*byte),
    };
    let fits = || {
        let (check, body) = text.split_last().filter(|(_, body)| body.len() == 8)?;
        let mut values = [0; 8];
        for (slot, byte) in values.iter_mut().zip(body) {
            *slot = value(byte)?;
        }
        let sum = double_add_double(values.into_iter());
        Some(digits::missing(sum, 10) == u32::from(digits::digit(*check)?) && !digits::all_equal(body))
    };
    fits().unwrap_or(false).into()
}

/// A SEDOL: six digits or consonants and what value × (1 3 1 7 3 9), letters from 10, lacks to a multiple of 10. Old ones are all digits.
///
/// Source: London Stock Exchange, "SEDOL Masterfile technical specification".
pub(super) fn sedol(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 7]| {
        let numeric = symbols.iter().all(u8::is_ascii_digit);
        let consonants = !symbols.iter().any(|symbol| b"AEIOU".contains(symbol));
        let sum = symbols[..6]
            .iter()
            .zip([1, 3, 1, 7, 3, 9])
            .try_fold(0, |sum, (&symbol, weight)| {
                Some(sum + digits::base_36(symbol)? * weight)
            })?;
        let check = u32::from(digits::digit(symbols[6])?) == digits::missing(sum, 10);
        Some(check && consonants && (numeric || !symbols[0].is_ascii_digit()) && !digits::all_equal(symbols))
    })
}

/// A legal entity identifier (LEI): eighteen symbols and two check digits, ISO/IEC 7064 MOD 97-10.
///
/// Source: ISO 17442-1.
pub(super) fn lei(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 20]| {
        digits::values::<2>(&symbols[18..])?;
        Some(digits::mod_97(symbols)? == 1 && !digits::all_equal(symbols))
    })
}

/// A financial instrument global identifier (FIGI): two consonants that are no country of numbering agencies, G, eight digits or consonants, and
/// what the figures of value × (1 2 1 2 …) lack to a multiple of 10.
///
/// Source: Object Management Group, "Financial Instrument Global Identifier" 1.1.
pub(super) fn figi(text: &[u8]) -> Verdict {
    digits::check_alnum(text, |symbols: &[u8; 12]| {
        let head = symbols[..2].iter().all(u8::is_ascii_uppercase) && symbols[2] == b'G';
        let free = !matches!(
            &symbols[..2],
            b"BS" | b"BM" | b"GG" | b"GB" | b"GH" | b"KY" | b"VG"
        );
        let consonants = !symbols.iter().any(|symbol| b"AEIOU".contains(symbol));
        let values = symbols[..11]
            .iter()
            .map(|&symbol| digits::base_36(symbol).unwrap_or(0));
        let check = digits::missing(double_add_double(values), 10);
        Some(head && free && consonants && u32::from(digits::digit(symbols[11])?) == check)
    })
}

/// A creditor reference: RF, two check digits, up to 21 symbols; ISO/IEC 7064 MOD 97-10 after moving the first four to the end.
///
/// Source: ISO 11649.
pub(super) fn creditor_reference(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<25>(text) else {
        return Verdict::Invalid;
    };
    let fits = || {
        let (head, body) = symbols.as_slice().split_at_checked(4)?;
        digits::values::<2>(&head[2..])?;
        Some(head.starts_with(b"RF") && !body.is_empty() && digits::mod_97(body.iter().chain(head))? == 1)
    };
    fits().unwrap_or(false).into()
}

/// A SEPA creditor identifier: a country, two check digits, three symbols of the creditor's choice, and a national identifier; ISO/IEC 7064 MOD 97-10
/// over the last and the first four.
///
/// Source: European Payments Council, "Creditor Identifier Overview" EPC262-08.
pub(super) fn sepa_creditor(text: &[u8]) -> Verdict {
    let Some(symbols) = digits::alnum_up_to::<35>(text) else {
        return Verdict::Invalid;
    };
    let fits = || {
        let (head, rest) = symbols.as_slice().split_at_checked(4)?;
        let national = rest.get(3..).filter(|national| !national.is_empty())?;
        digits::values::<2>(&head[2..])?;
        Some(bic::country([head[0], head[1]]) && digits::mod_97(national.iter().chain(head))? == 1)
    };
    fits().unwrap_or(false).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn numbers_are_told_from_near_misses() {
        judges(
            creditor_reference,
            &["RF76DPFN", "RF24S"],
            &["RF71DPFN", "RF7DPFN"],
        );
        judges(
            cusip,
            &["44491USI9", "96882KPB6"],
            &["44491USI1", "04491USI9", "44491USI"],
        );
        judges(
            figi,
            &["BBG0NLCTKFC2", "BBG0H9BLYF11"],
            &["BBG0NLCTKFC1", "BBG0NLCTKFC"],
        );
        judges(
            isin,
            &["DE0VSEZPKDE1", "UST4DYQNYBD9"],
            &["DE0VSEZPKDE2", "DE0VSEZPKDE"],
        );
        judges(
            lei,
            &["549341SBRUJO3UX1V786", "54932HJUHAO8AY860O79"],
            &[
                "549341SBRUJO3UX1V781",
                "049341SBRUJO3UX1V786",
                "549341SBRUJO3UX1V78",
            ],
        );
        judges(sedol, &["QV1NFS2", "JDG5WR2"], &["QV1NFS1", "QV1NFS"]);
        judges(
            sepa_creditor,
            &["DE58ZZZ00832809012", "NL89ZZZ05589619720"],
            &["DE58ZZZ00832809011", "DE08ZZZ00832809012", "DE58ZZZ0083280901"],
        );
    }
}
