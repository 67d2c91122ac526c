//! Machine-readable zones of passports, visas and identity cards.

use super::Verdict;

/// The check digit over a field: Σ value × (7 3 1 7 3 1 …) mod 10, digits as they are, letters from 10, `<` as 0.
///
/// Source: ICAO Doc 9303 part 3, section 4.9.
pub(super) fn check(field: &[u8]) -> Option<u32> {
    let sum = field
        .iter()
        .zip([7, 3, 1].iter().cycle())
        .try_fold(0, |sum, (&symbol, weight)| {
            let value = match symbol {
                b'<' => 0,
                symbol => (symbol as char)
                    .to_digit(36)
                    .filter(|_| !symbol.is_ascii_lowercase())?,
            };
            Some(sum + value * weight)
        })?;
    Some(sum % 10)
}

/// Whether a field is followed by its check digit; an empty optional field may have `<` for it.
fn checked(field: &[u8], digit: u8) -> bool {
    let empty = digit == b'<' && field.iter().all(|symbol| *symbol == b'<');
    empty || check(field) == (digit as char).to_digit(10)
}

/// Whether six digits hold a month and a day; unknown parts are `<<`.
fn dated(field: &[u8]) -> bool {
    let part = |at: usize, most: u32| match field.get(at..at + 2) {
        Some(b"<<") => true,
        Some([tens, ones]) => {
            let value = (*tens as char)
                .to_digit(10)
                .zip((*ones as char).to_digit(10))
                .map(|(t, o)| 10 * t + o);
            value.is_some_and(|value| (1..=most).contains(&value))
        }
        _ => false,
    };
    part(2, 12) && part(4, 31)
}

/// The line of a machine-readable zone that carries check digits: the second of a passport or visa (44 symbols, or 36 of the older cards), or the
/// first or second of a card (30).
///
/// Source: ICAO Doc 9303 parts 4 to 7.
pub(super) fn line(text: &[u8]) -> Verdict {
    let Some(first) = text.first() else {
        return Verdict::Invalid;
    };
    match text.len() {
        44 | 36 => document_line(text),
        30 if first.is_ascii_digit() => {
            checked(&text[..6], text[6]) && checked(&text[8..14], text[14]) && dated(&text[..6])
        }
        30 => {
            b"ACI".contains(first)
                && checked(&text[5..14], text[14])
                && text[5..14].iter().any(u8::is_ascii_digit)
        }
        _ => false,
    }
    .into()
}

/// Document number, birth date and expiry, each with its check digit; the last digit is over all of them and the optional field, but in visas.
fn document_line(line: &[u8]) -> bool {
    let fields =
        checked(&line[..9], line[9]) && checked(&line[13..19], line[19]) && checked(&line[21..27], line[27]);
    fields
        && dated(&line[13..19])
        && line[10..13]
            .iter()
            .all(|symbol| symbol.is_ascii_uppercase() || *symbol == b'<')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn checksums_decide() {
        judges(
            line,
            &[
                "X4RTBPFW46UTO7102062F3102064<<<<<<<<<<<<<<08",
                "X4RTBPFW46UTO7102062F3102064<<<<<<<<<<<<<<08",
                "C01X0006H1D<<6408125F3110315<<<<<<<6",
                "I<UTOT220001293<<<<<<<<<<<<<<<",
                "6408125F3110315UTO<<<<<<<<<<<2",
            ],
            &[
                "X4RTBPFW41UTO7102062F3102064<<<<<<<<<<<<<<08",
                "X4RTBPFW46UTO7102061F3102064<<<<<<<<<<<<<<08",
            ],
        );
    }
}
