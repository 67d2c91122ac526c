//! International bank account numbers.

use super::{Verdict, digits};

/// The longest number in the registry (Saint Lucia has 32); the standard allows 34.
const LONGEST: usize = 34;

/// Country, total length, and the classes of the account part: `n` digits, `a` letters, `c` both.
///
/// Source: SWIFT, IBAN Registry (the registration authority of ISO 13616).
const REGISTRY: &[(&[u8; 2], usize, &str)] = &[
    (b"AD", 24, "8n12c"),
    (b"AE", 23, "19n"),
    (b"AL", 28, "8n16c"),
    (b"AT", 20, "16n"),
    (b"AZ", 28, "4a20c"),
    (b"BA", 20, "16n"),
    (b"BE", 16, "12n"),
    (b"BG", 22, "4a6n8c"),
    (b"BH", 22, "4a14c"),
    (b"BI", 27, "23n"),
    (b"BR", 29, "23n1a1c"),
    (b"BY", 28, "4c4n16c"),
    (b"CH", 21, "5n12c"),
    (b"CR", 22, "18n"),
    (b"CY", 28, "8n16c"),
    (b"CZ", 24, "20n"),
    (b"DE", 22, "18n"),
    (b"DJ", 27, "23n"),
    (b"DK", 18, "14n"),
    (b"DO", 28, "4c20n"),
    (b"EE", 20, "16n"),
    (b"EG", 29, "25n"),
    (b"ES", 24, "20n"),
    (b"FI", 18, "14n"),
    (b"FK", 18, "2a12n"),
    (b"FO", 18, "14n"),
    (b"FR", 27, "10n11c2n"),
    (b"GB", 22, "4a14n"),
    (b"GE", 22, "2a16n"),
    (b"GI", 23, "4a15c"),
    (b"GL", 18, "14n"),
    (b"GR", 27, "7n16c"),
    (b"GT", 28, "24c"),
    (b"HN", 28, "4a20n"),
    (b"HR", 21, "17n"),
    (b"HU", 28, "24n"),
    (b"IE", 22, "4a14n"),
    (b"IL", 23, "19n"),
    (b"IQ", 23, "4a15n"),
    (b"IS", 26, "22n"),
    (b"IT", 27, "1a10n12c"),
    (b"JO", 30, "4a4n18c"),
    (b"KW", 30, "4a22c"),
    (b"KZ", 20, "3n13c"),
    (b"LB", 28, "4n20c"),
    (b"LC", 32, "4a24c"),
    (b"LI", 21, "5n12c"),
    (b"LT", 20, "16n"),
    (b"LU", 20, "3n13c"),
    (b"LV", 21, "4a13c"),
    (b"LY", 25, "21n"),
    (b"MC", 27, "10n11c2n"),
    (b"MD", 24, "20c"),
    (b"ME", 22, "18n"),
    (b"MK", 19, "3n10c2n"),
    (b"MN", 20, "16n"),
    (b"MR", 27, "23n"),
    (b"MT", 31, "4a5n18c"),
    (b"MU", 30, "4a19n3a"),
    (b"NI", 28, "4a20n"),
    (b"NL", 18, "4a10n"),
    (b"NO", 15, "11n"),
    (b"OM", 23, "3n16c"),
    (b"PK", 24, "4a16c"),
    (b"PL", 28, "24n"),
    (b"PS", 29, "4a21c"),
    (b"PT", 25, "21n"),
    (b"QA", 29, "4a21c"),
    (b"RO", 24, "4a16c"),
    (b"RS", 22, "18n"),
    (b"RU", 33, "14n15c"),
    (b"SA", 24, "2n18c"),
    (b"SC", 31, "4a20n3a"),
    (b"SD", 18, "14n"),
    (b"SE", 24, "20n"),
    (b"SI", 19, "15n"),
    (b"SK", 24, "20n"),
    (b"SM", 27, "1a10n12c"),
    (b"SO", 23, "19n"),
    (b"ST", 25, "21n"),
    (b"SV", 28, "4a20n"),
    (b"TL", 23, "19n"),
    (b"TN", 24, "20n"),
    (b"TR", 26, "6n16c"),
    (b"UA", 29, "6n19c"),
    (b"VA", 22, "18n"),
    (b"VG", 24, "4a16n"),
    (b"XK", 20, "16n"),
    (b"YE", 30, "4a4n18c"),
];

/// An IBAN: a registered country at its exact length and classes, check digits 02–98, and mod 97 = 1 after moving
/// the first four symbols to the end and writing letters as 10–35.
///
/// Source: ISO 13616-1, ISO/IEC 7064 (MOD 97-10).
pub(super) fn iban(text: &[u8]) -> Verdict {
    let Some(number) = digits::alnum_up_to::<LONGEST>(text) else {
        return Verdict::Invalid;
    };
    let number = number.as_slice();
    let Some((head, account)) = number.split_first_chunk::<4>() else {
        return Verdict::Invalid;
    };
    (registered(head, account) && mod_97(account.iter().chain(head)) == 1).into()
}

/// Whether the head names a registered country whose length and classes the account part has.
fn registered(head: &[u8; 4], account: &[u8]) -> bool {
    let country = [head[0], head[1]];
    let check = [head[2], head[3]];
    let row = REGISTRY
        .binary_search_by_key(&country, |row| *row.0)
        .ok()
        .map(|at| REGISTRY[at]);
    let Some((_, length, classes)) = row else {
        return false;
    };
    let in_range = check.iter().all(u8::is_ascii_digit) && (*b"02"..=*b"98").contains(&check);
    in_range && account.len() + 4 == length && follows(account, classes)
}

/// Whether `account` consists of the runs that `classes` (such as `4a14n`) names.
fn follows(account: &[u8], classes: &str) -> bool {
    let (mut rest, mut count) = (account, 0usize);
    for class in classes.bytes() {
        if class.is_ascii_digit() {
            count = count * 10 + usize::from(class - b'0');
            continue;
        }
        let Some((run, after)) = rest.split_at_checked(count) else {
            return false;
        };
        if !run.iter().all(|&symbol| belongs(symbol, class)) {
            return false;
        }
        (rest, count) = (after, 0);
    }
    rest.is_empty()
}

/// Whether an upper-case letter or digit belongs to the registry's class `n`, `a` or `c`.
fn belongs(symbol: u8, class: u8) -> bool {
    match class {
        b'n' => symbol.is_ascii_digit(),
        b'a' => symbol.is_ascii_uppercase(),
        _ => true,
    }
}

/// The remainder modulo 97 of the number that the symbols spell, letters written as 10–35.
fn mod_97<'a>(symbols: impl Iterator<Item = &'a u8>) -> u32 {
    symbols.fold(0, |rest, &symbol| match symbol {
        b'0'..=b'9' => (rest * 10 + u32::from(symbol - b'0')) % 97,
        _ => (rest * 100 + u32::from(symbol.saturating_sub(b'A')) + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_sorted_and_its_lengths_agree_with_its_classes() {
        assert!(REGISTRY.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (country, length, classes) in REGISTRY {
            let runs = classes
                .split(|c: char| c.is_ascii_alphabetic())
                .filter(|run| !run.is_empty());
            let sum: usize = runs.map(|run| run.parse::<usize>().unwrap()).sum();
            assert_eq!(sum + 4, *length, "{}", String::from_utf8_lossy(*country));
        }
    }

    #[test]
    fn check_digits_length_country_and_classes_count() {
        assert!(iban(b"GB82 WEST 1234 5698 7654 32").is_valid());
        assert!(iban(b"de89370400440532013000").is_valid());
        assert!(!iban(b"DE89370400440532013001").is_valid(), "check digits");
        assert!(!iban(b"DE8937040044053201300").is_valid(), "length");
        assert!(!iban(b"ZZ89370400440532013000").is_valid(), "country");
        assert!(!iban(b"").is_valid());
    }
}
