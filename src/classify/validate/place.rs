//! Places and addresses: what the words around numbers and capitals may be.

use super::{Verdict, name};

/// Words of sentences, which no address or place has in these forms; sorted.
const SENTENCE: &[&str] = &[
    "a", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "do", "for", "from", "have", "he",
    "her", "his", "how", "i", "if", "in", "is", "it", "its", "my", "no", "not", "on", "or", "our", "please",
    "she", "that", "the", "their", "they", "this", "to", "was", "we", "were", "what", "when", "where", "who",
    "will", "with", "you", "your",
];

/// Ordinary words that addresses are made of, in lower case; sorted.
const OF_ADDRESSES: &[&str] = &[
    "apartment",
    "apt",
    "ave",
    "avenue",
    "blvd",
    "box",
    "building",
    "corner",
    "court",
    "drive",
    "east",
    "flat",
    "floor",
    "house",
    "lane",
    "level",
    "north",
    "of",
    "park",
    "place",
    "road",
    "room",
    "south",
    "square",
    "st",
    "street",
    "suite",
    "unit",
    "way",
    "west",
];

fn is_in(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'.'))
        .filter(|word| !word.is_empty())
}

/// Whether a stretch with a number reads like an address: no word of it belongs to a sentence, and it does not end in one.
pub(super) fn street_address(text: &[u8]) -> Verdict {
    let mut telling = false;
    let fits = words(text).all(|word| {
        let digits = word.iter().any(u8::is_ascii_digit);
        let fits = digits || fits_address(word);
        telling |= !digits && word.len() > 2;
        fits
    });
    (fits && telling && text.iter().any(u8::is_ascii_digit)).into()
}

fn fits_address(word: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(word) else {
        return false;
    };
    let lower = text.to_ascii_lowercase();
    let capital = text.chars().next().is_some_and(char::is_uppercase);
    !is_in(SENTENCE, &lower) && (capital || is_in(OF_ADDRESSES, &lower) || name::ordinary(word) < 2)
}

/// Words that begin the names of places although they are ordinary words; sorted.
const OF_PLACES: &[&str] = &[
    "bay", "cape", "costa", "east", "fort", "grand", "great", "hong", "kingdom", "lake", "little", "los",
    "mount", "new", "north", "port", "puerto", "saint", "san", "santa", "south", "st", "states", "united",
    "upper", "west",
];

/// Months, days and other capitals that follow the same words as places do; sorted.
const NO_PLACES: &[&str] = &[
    "april",
    "august",
    "christmas",
    "december",
    "easter",
    "february",
    "friday",
    "january",
    "july",
    "june",
    "march",
    "monday",
    "november",
    "october",
    "saturday",
    "september",
    "sunday",
    "thursday",
    "tuesday",
    "wednesday",
];

/// Whether capitalised words can be the name of a place: none belongs to a sentence or the calendar, and not all are
/// ordinary words.
pub(super) fn place(text: &[u8]) -> Verdict {
    let mut telling = false;
    let fits = words(text).all(|word| {
        let Ok(word) = std::str::from_utf8(word) else {
            return false;
        };
        let lower = word.to_lowercase();
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        let ordinary = name::ordinary(lower.as_bytes()) == 2;
        telling |= capital && (!ordinary || is_in(OF_PLACES, &lower));
        !capital || !is_in(SENTENCE, &lower) && !is_in(NO_PLACES, &lower)
    });
    (fits && telling).into()
}

/// The areas of British postcodes: the letters that they begin with. Source: Royal Mail's list of postcode areas.
const UK_AREAS: &[&str] = &[
    "AB", "AL", "B", "BA", "BB", "BD", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF", "CH", "CM",
    "CO", "CR", "CT", "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT", "DY", "E", "EC", "EH",
    "EN", "EX", "FK", "FY", "G", "GL", "GU", "GY", "HA", "HD", "HG", "HP", "HR", "HS", "HU", "HX", "IG",
    "IM", "IP", "IV", "JE", "KA", "KT", "KW", "KY", "L", "LA", "LD", "LE", "LL", "LN", "LS", "LU", "M", "ME",
    "MK", "ML", "N", "NE", "NG", "NN", "NP", "NR", "NW", "OL", "OX", "PA", "PE", "PH", "PL", "PO", "PR",
    "RG", "RH", "RM", "S", "SA", "SE", "SG", "SK", "SL", "SM", "SN", "SO", "SP", "SR", "SS", "ST", "SW",
    "SY", "TA", "TD", "TF", "TN", "TQ", "TR", "TS", "TW", "UB", "W", "WA", "WC", "WD", "WF", "WN", "WR",
    "WS", "WV", "YO", "ZE",
];

/// Whether letters and digits make a postcode: digits alone may; a British one begins with an area and does not end in
/// C, I, K, M, O or V; a Canadian one has no D, F, I, O, Q or U and does not begin with W or Z.
pub(super) fn postal_code(text: &[u8]) -> Verdict {
    let Ok(code) = std::str::from_utf8(text) else {
        return Verdict::Invalid;
    };
    if !code.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Verdict::Valid;
    }
    let area = code
        .find(|c: char| c.is_ascii_digit())
        .map_or("", |at| &code[..at]);
    let canadian = code.ends_with(|c: char| c.is_ascii_digit());
    let valid = if canadian {
        !code.contains(['D', 'F', 'I', 'O', 'Q', 'U']) && !code.starts_with(['W', 'Z'])
    } else {
        is_in(UK_AREAS, area)
            && !code[code.len().saturating_sub(2)..].contains(['C', 'I', 'K', 'M', 'O', 'V'])
    };
    valid.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [SENTENCE, OF_ADDRESSES, OF_PLACES, NO_PLACES, UK_AREAS] {
            assert!(list.is_sorted());
        }
    }

    #[test]
    fn addresses_hold_no_words_of_sentences() {
        for (text, fits) in [
            ("12 Mlýnská 1540, Trancoso", true),
            ("5 people in Berlin", false),
            ("90 Whitchurch Road", true),
            ("90 Whitchurch Road and then", false),
            ("1 2 3", false),
        ] {
            assert_eq!(street_address(text.as_bytes()).is_valid(), fits, "{text}");
        }
    }

    #[test]
    fn postcodes_have_their_areas() {
        for (code, valid) in [
            ("SW1A 2AA", true),
            ("QQ1 2AA", false),
            ("M1 1CC", false),
            ("K1A 0B1", true),
            ("D1A 0B1", false),
        ] {
            assert_eq!(postal_code(code.as_bytes()).is_valid(), valid, "{code}");
        }
    }
}
