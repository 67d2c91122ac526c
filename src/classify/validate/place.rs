//! Places and addresses: what the words around numbers and capitals may be.

use super::list::{CALENDAR, List};
use super::{Verdict, name};

/// Words of sentences, which no address or place has in these forms; sorted.
static SENTENCE: List = List::of(&[
    b"a", b"an", b"and", b"any", b"are", b"as", b"at", b"be", b"but", b"by", b"can", b"do", b"for", b"from",
    b"have", b"he", b"her", b"his", b"how", b"i", b"if", b"in", b"is", b"it", b"its", b"my", b"no", b"not",
    b"on", b"or", b"our", b"please", b"she", b"that", b"the", b"their", b"they", b"this", b"to", b"was",
    b"we", b"were", b"what", b"when", b"where", b"who", b"will", b"with", b"you", b"your",
]);

/// Ordinary words that addresses are made of, in lower case; sorted.
static OF_ADDRESSES: List = List::of(&[
    b"apartment",
    b"apt",
    b"ave",
    b"avenue",
    b"blvd",
    b"box",
    b"building",
    b"corner",
    b"court",
    b"drive",
    b"east",
    b"flat",
    b"floor",
    b"gate",
    b"house",
    b"lane",
    b"level",
    b"north",
    b"of",
    b"park",
    b"place",
    b"road",
    b"room",
    b"south",
    b"square",
    b"st",
    b"street",
    b"suite",
    b"unit",
    b"way",
    b"west",
]);

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
    // Chinese characters come in one run, whose form says enough.
    let unparted = text.first().is_some_and(|byte| (0xe4..=0xe9).contains(byte));
    (fits && (telling || unparted) && text.iter().any(u8::is_ascii_digit)).into()
}

fn fits_address(word: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(word) else {
        return false;
    };
    let capital = text.chars().next().is_some_and(char::is_uppercase);
    !SENTENCE.holds_lower(word) && (capital || OF_ADDRESSES.holds_lower(word) || name::ordinary(word) < 2)
}

/// Words that begin the names of places although they are ordinary words; sorted.
static OF_PLACES: List = List::of(&[
    b"bay", b"cape", b"costa", b"east", b"fort", b"grand", b"great", b"hong", b"kingdom", b"lake", b"little",
    b"los", b"mount", b"new", b"north", b"port", b"puerto", b"saint", b"san", b"santa", b"south", b"st",
    b"states", b"united", b"upper", b"west",
]);

/// Feasts, which follow the same words as places do; sorted.
static FEASTS: List = List::of(&[b"christmas", b"easter"]);

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
        telling |= capital && (!ordinary || OF_PLACES.holds(lower.as_bytes()));
        !capital
            || ![&SENTENCE, &CALENDAR, &FEASTS]
                .iter()
                .any(|list| list.holds(lower.as_bytes()))
    });
    (fits && telling).into()
}

/// The areas of British postcodes: the letters that they begin with. Source: Royal Mail's list of postcode areas.
static UK_AREAS: List = List::of(&[
    b"AB", b"AL", b"B", b"BA", b"BB", b"BD", b"BH", b"BL", b"BN", b"BR", b"BS", b"BT", b"CA", b"CB", b"CF",
    b"CH", b"CM", b"CO", b"CR", b"CT", b"CV", b"CW", b"DA", b"DD", b"DE", b"DG", b"DH", b"DL", b"DN", b"DT",
    b"DY", b"E", b"EC", b"EH", b"EN", b"EX", b"FK", b"FY", b"G", b"GL", b"GU", b"GY", b"HA", b"HD", b"HG",
    b"HP", b"HR", b"HS", b"HU", b"HX", b"IG", b"IM", b"IP", b"IV", b"JE", b"KA", b"KT", b"KW", b"KY", b"L",
    b"LA", b"LD", b"LE", b"LL", b"LN", b"LS", b"LU", b"M", b"ME", b"MK", b"ML", b"N", b"NE", b"NG", b"NN",
    b"NP", b"NR", b"NW", b"OL", b"OX", b"PA", b"PE", b"PH", b"PL", b"PO", b"PR", b"RG", b"RH", b"RM", b"S",
    b"SA", b"SE", b"SG", b"SK", b"SL", b"SM", b"SN", b"SO", b"SP", b"SR", b"SS", b"ST", b"SW", b"SY", b"TA",
    b"TD", b"TF", b"TN", b"TQ", b"TR", b"TS", b"TW", b"UB", b"W", b"WA", b"WC", b"WD", b"WF", b"WN", b"WR",
    b"WS", b"WV", b"YO", b"ZE",
]);

/// Whether letters and digits make a postcode: digits alone may; a British one begins with an area and does not end in
/// C, I, K, M, O or V; a Canadian one has no D, F, I, O, Q or U and does not begin with W or Z.
pub(super) fn postal_code(text: &[u8]) -> Verdict {
    let Ok(code) = std::str::from_utf8(text) else {
        return Verdict::Invalid;
    };
    if !code.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Verdict::Valid;
    }
    if is_eircode(code) {
        return Verdict::Valid;
    }
    let area = code
        .find(|c: char| c.is_ascii_digit())
        .map_or("", |at| &code[..at]);
    let canadian = code.ends_with(|c: char| c.is_ascii_digit());
    let valid = if canadian {
        !code.contains(['D', 'F', 'I', 'O', 'Q', 'U']) && !code.starts_with(['W', 'Z'])
    } else {
        UK_AREAS.holds(area.as_bytes())
            && !code[code.len().saturating_sub(2)..].contains(['C', 'I', 'K', 'M', 'O', 'V'])
    };
    valid.into()
}

/// Whether it is one of Ireland's: a routing key and four letters and digits. Those of other countries that are as long begin with
/// two letters.
///
/// Source: Eircode, Product guide.
fn is_eircode(code: &str) -> bool {
    let mut symbols = code.bytes().filter(|byte| *byte != b' ');
    let key: [Option<u8>; 3] = std::array::from_fn(|_| symbols.next());
    matches!(
        key,
        [Some(b'A'..=b'Z'), Some(b'0'..=b'9'), Some(b'0'..=b'9' | b'W')]
    ) && symbols.count() == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [&SENTENCE, &OF_ADDRESSES, &OF_PLACES, &FEASTS, &UK_AREAS] {
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
