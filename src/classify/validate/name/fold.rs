//! Words in one form: lower case and without accents, as the list of names holds them.

/// The longest word that is looked up, in bytes.
const LONGEST: usize = 32;

/// The most small letters before a capital inside a word.
const LONGEST_PREFIX: usize = 3;

/// A folded word.
pub(super) struct Folded {
    bytes: [u8; LONGEST],
    len: usize,
    /// Whether it began with a capital.
    pub(super) capital: bool,
}

impl Folded {
    /// `None` for what is no word: too long, not UTF-8, or with anything but letters, `'`, `-` and a last full stop.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let text = text.strip_suffix(b".").unwrap_or(text);
        if text.is_ascii() {
            return Self::of_ascii(text);
        }
        Self::of_any(std::str::from_utf8(text).ok()?)
    }

    fn of_any(text: &str) -> Option<Self> {
        let mut word = Self {
            bytes: [0; LONGEST],
            len: 0,
            capital: text.chars().next()?.is_uppercase(),
        };
        let mut lower = 0;
        for c in text.chars() {
            // McDonald, MacArthur, DiCaprio and FitzGerald are names; PopupWindow is not.
            if c.is_ascii_uppercase() && lower > LONGEST_PREFIX {
                return None;
            }
            lower = if c.is_lowercase() { lower + 1 } else { 0 };
            word.push(c)?;
        }
        Some(word)
    }

    /// The same for the letters of English.
    fn of_ascii(text: &[u8]) -> Option<Self> {
        let mut word = Self {
            bytes: [0; LONGEST],
            len: text.len(),
            capital: text.first()?.is_ascii_uppercase(),
        };
        let bytes = word.bytes.get_mut(..text.len())?;
        let mut lower = 0;
        for (place, byte) in bytes.iter_mut().zip(text) {
            let folded = SMALL[usize::from(*byte)];
            let capital = folded != *byte;
            if folded == 0 || capital && lower > LONGEST_PREFIX {
                return None;
            }
            *place = folded;
            lower = if folded.is_ascii_lowercase() && !capital {
                lower + 1
            } else {
                0
            };
        }
        Some(word)
    }

    pub(super) fn letters(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, c: char) -> Option<()> {
        match c {
            'a'..='z' | '-' | '\'' => self.put(c as u8),
            'A'..='Z' => self.put(c.to_ascii_lowercase() as u8),
            '\u{2019}' => self.put(b'\''),
            _ if c.is_alphabetic() => base(c).bytes().try_for_each(|byte| self.put(byte)),
            _ => None,
        }
    }

    fn put(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }
}

/// For each byte that a word may hold, itself in lower case; 0 for others.
const SMALL: [u8; 256] = {
    let mut small = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let own = byte as u8;
        if own.is_ascii_alphabetic() || matches!(own, b'-' | b'\'') {
            small[byte] = own.to_ascii_lowercase();
        }
        byte += 1;
    }
    small
};

/// The letters without accents; `?`, which no list holds, for those of other scripts.
fn base(c: char) -> &'static str {
    unaccented(c).unwrap_or("?")
}

/// The small letters without accents for one of Latin-1, Latin Extended-A or Vietnamese.
pub(in crate::classify) fn unaccented(c: char) -> Option<&'static str> {
    Some(match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' | 'Ạ'..='ặ' | 'Ǎ' | 'ǎ' => "a",
        'Æ' | 'æ' => "ae",
        'Ç' | 'ç' | 'Ć'..='č' => "c",
        'Ð' | 'ð' | 'Ď'..='đ' => "d",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' | 'Ẹ'..='ệ' => "e",
        'Ĝ'..='ģ' | 'Ǧ' | 'ǧ' => "g",
        'Ĥ'..='ħ' => "h",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' | 'Ỉ'..='ị' => "i",
        'Ĵ' | 'ĵ' => "j",
        'Ķ' | 'ķ' | 'ĸ' => "k",
        'Ĺ'..='ł' => "l",
        'Ñ' | 'ñ' | 'Ń'..='ŋ' => "n",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' | 'Ơ' | 'ơ' | 'Ọ'..='ợ' => "o",
        'Œ' | 'œ' => "oe",
        'Ŕ'..='ř' => "r",
        'Ś'..='š' | 'Ș' | 'ș' => "s",
        'ß' => "ss",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "t",
        'Þ' | 'þ' => "th",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' | 'Ư' | 'ư' | 'Ụ'..='ự' => "u",
        'Ŵ' | 'ŵ' => "w",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' | 'Ỳ'..='ỹ' => "y",
        'Ź'..='ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_go_and_other_signs_are_refused() {
        let fold = |text: &str| {
            Folded::of(text.as_bytes()).map(|f| String::from_utf8(f.letters().to_vec()).unwrap())
        };
        for (text, folded) in [
            ("Łukasz", "lukasz"),
            ("D’Angelo", "d'angelo"),
            ("Nguyễn", "nguyen"),
            ("Straße", "strasse"),
            ("Jr.", "jr"),
            ("Иван", "????"),
            ("FitzGerald", "fitzgerald"),
        ] {
            assert_eq!(fold(text).as_deref(), Some(folded));
        }
        assert_eq!(fold(""), None);
        assert_eq!(fold("a1"), None);
        assert_eq!(fold("PopupWindow"), None);
        assert_eq!(fold(&"a".repeat(33)), None);
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_for_english_is_the_long_way(text in "[A-Za-z' _1-]{0,34}") {
            let seen = |word: Option<Folded>| word.map(|word| (word.letters().to_vec(), word.capital));
            proptest::prop_assert_eq!(seen(Folded::of_ascii(text.as_bytes())), seen(Folded::of_any(&text)));
        }
    }
}
