//! Words that call units up: a unit whose forms need a keyword looks at a place only if one of them seems to begin near it.
//!
//! A word is told by its *stem*: what it begins with, up to eight bytes of an ASCII word, letters in either case, or
//! up to four of other characters.

use super::Keywords;

/// Bytes of a stem, of an ASCII word and of other characters. The latter are not parted by spaces everywhere: a longer one would
/// take in what follows a short word.
pub(crate) const STEMS: [usize; 2] = [8, 4];
/// Places that a hash names twice, to tell whether a word is known at all.
const PLACES: usize = 1 << 16;
/// Hashes that are told apart among those of known words.
const HEADS: usize = 1 << 14;

/// The kinds of bytes that a stem does not mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// ASCII letters, digits and `_`.
    Word,
    /// Bytes of characters beyond ASCII.
    Wide,
    Other,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' => Self::Word,
            0x80.. => Self::Wide,
            _ => Self::Other,
        }
    }
}

/// The units that keywords call up, by the keywords' stems.
pub(crate) struct Callers {
    /// The places of all stems, one bit each.
    known: Box<[u64; PLACES / 64]>,
    /// By the hash of a stem, where its units are.
    heads: Box<[u8; HEADS]>,
    units: Vec<u64>,
}

impl Callers {
    /// Whether all of a classifier's keywords can be told by their stems.
    pub(super) fn can_tell(keywords: &Keywords, classifier: u16) -> bool {
        words_of(keywords, classifier).all(|word| stem(word).is_some())
    }

    /// `listed`: for each unit that is called up, its classifiers.
    pub(super) fn of(keywords: &Keywords, listed: &[(usize, Vec<u16>)]) -> Self {
        let mut calls = vec![0u64; HEADS];
        let mut known = Box::new([0; PLACES / 64]);
        for (unit, classifiers) in listed {
            let words = classifiers.iter().flat_map(|index| words_of(keywords, *index));
            for stem in words.filter_map(stem) {
                let hash = Hash::of(stem);
                calls[hash.head()] |= 1 << unit;
                for place in hash.places() {
                    known[place / 64] |= 1u64 << (place % 64);
                }
            }
        }
        let mut units = vec![0];
        let mut heads = Box::new([0; HEADS]);
        for (head, call) in heads.iter_mut().zip(calls) {
            let same = units.iter().position(|units| *units == call);
            let index = same.unwrap_or_else(|| {
                // The last takes what there is no more room for.
                if units.len() <= usize::from(u8::MAX) {
                    units.push(0);
                }
                units.len() - 1
            });
            units[index] |= call;
            *head = index as u8;
        }
        Self { known, heads, units }
    }

    /// The units that words with such a stem call up: its bytes, the first lowest, zeros where it is shorter.
    #[inline(always)]
    pub(crate) fn units(&self, stem: u64) -> u64 {
        let hash = Hash::of(fold(stem));
        let [a, b] = hash.places();
        let is_known = self.known[a / 64] >> (a % 64) & self.known[b / 64] >> (b % 64) & 1;
        self.units[usize::from(self.heads[hash.head()])] & is_known.wrapping_neg()
    }
}

fn words_of(keywords: &Keywords, classifier: u16) -> impl Iterator<Item = &[u8]> {
    let (word, bit) = (usize::from(classifier) / 64, classifier % 64);
    let lists = move |owners: &[u64]| owners[word] >> bit & 1 == 1;
    let all = keywords.words().filter(move |(_, owners)| lists(owners));
    all.map(|(word, _)| word)
}

/// ASCII letters become small; other bytes become whatever, but always the same.
#[inline(always)]
fn fold(stem: u64) -> u64 {
    stem | 0x2020_2020_2020_2020
}

/// The hash of a folded stem.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    #[inline(always)]
    fn of(folded: u64) -> Self {
        Self(folded.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    #[inline(always)]
    fn places(self) -> [usize; 2] {
        [(self.0 >> 48) as usize % PLACES, (self.0 >> 32) as usize % PLACES]
    }

    #[inline(always)]
    fn head(self) -> usize {
        (self.0 >> 40) as usize % HEADS
    }
}

/// The folded stem of a keyword; `None` where a text may go on after it so that it has another one there.
fn stem(word: &[u8]) -> Option<u64> {
    let kind = Kind::of(*word.first()?);
    let same = word.iter().take_while(|byte| Kind::of(**byte) == kind).count();
    let begins = match kind {
        Kind::Word => true,
        // Such characters may stand side by side with others of another word.
        Kind::Wide => word[0] >= 0xc0 && (same < word.len() || same >= STEMS[1]),
        Kind::Other => false,
    };
    begins.then(|| {
        let longest = STEMS[usize::from(kind == Kind::Wide)];
        let bytes = word[..same.min(longest)].iter().rev();
        fold(bytes.fold(0, |stem, byte| stem << 8 | u64::from(*byte)))
    })
}
