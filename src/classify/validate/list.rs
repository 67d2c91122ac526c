//! Lists of words that most words are not in.

/// A sorted list of words with a quick no: most words are in none, and are asked about often.
pub(super) struct List {
    words: &'static [&'static [u8]],
    /// By the length of a word, the letters that follow a letter as its first two.
    pairs: [[u32; 32]; LENGTHS],
}

/// Lengths of words that are told apart.
const LENGTHS: usize = 16;

impl List {
    /// The list of `words`, which must be in order, and none of them empty or longer than [`LONGEST`].
    pub(super) const fn of(words: &'static [&'static [u8]]) -> Self {
        let mut pairs = [[0; 32]; LENGTHS];
        let mut index = 0;
        while index < words.len() {
            let word = words[index];
            assert!(!word.is_empty() && word.len() <= LONGEST);
            let second = if word.len() > 1 { word[1] } else { 0 };
            pairs[word.len() % LENGTHS][(word[0] & 31) as usize] |= 1 << (second & 31);
            index += 1;
        }
        Self { words, pairs }
    }

    /// Whether a word is in the list as it is written there.
    pub(super) fn holds(&self, word: &[u8]) -> bool {
        let [first, rest @ ..] = word else {
            return false;
        };
        let second = rest.first().copied().unwrap_or_default();
        let pairs = &self.pairs[word.len() % LENGTHS];
        pairs[usize::from(first & 31)] >> (second & 31) & 1 == 1 && self.words.binary_search(&word).is_ok()
    }

    /// The same for a word in lower case.
    pub(super) fn holds_lower(&self, word: &[u8]) -> bool {
        let mut lower = [0; LONGEST];
        let Some(lower) = lower.get_mut(..word.len()) else {
            return false;
        };
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        self.holds(lower)
    }

    /// Whether the words are in order.
    #[cfg(test)]
    pub(super) fn is_sorted(&self) -> bool {
        self.words.is_sorted()
    }
}

/// No word of a list is longer.
const LONGEST: usize = 24;

/// Months and days: they are written with a capital, as names are, and are none.
pub(super) static CALENDAR: List = List::of(&[
    b"april",
    b"august",
    b"december",
    b"february",
    b"friday",
    b"january",
    b"july",
    b"june",
    b"march",
    b"monday",
    b"november",
    b"october",
    b"saturday",
    b"september",
    b"sunday",
    b"thursday",
    b"tuesday",
    b"wednesday",
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_its_words_and_no_other() {
        assert!(CALENDAR.is_sorted());
        static LIST: List = List::of(&[b"a", b"lane", b"lanf", b"way"]);
        assert!(LIST.is_sorted());
        for word in ["a", "lane", "lanf", "way"] {
            assert!(LIST.holds(word.as_bytes()), "{word}");
            assert!(LIST.holds_lower(word.to_uppercase().as_bytes()), "{word}");
        }
        for word in [
            "",
            "b",
            "lan",
            "lang",
            "Way",
            "wayway",
            "laneway of the many little gardens",
        ] {
            assert!(!LIST.holds(word.as_bytes()), "{word}");
        }
    }
}
