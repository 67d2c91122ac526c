//! All classifiers' keywords: which of them stand near a match as whole words.
//!
//! Words are looked up by their first bytes where a word begins, so that a stretch of text is read once, whatever the number
//! of keywords; neighbouring matches share what was found.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::classify::registry::Classifier;

/// The keywords of a program.
pub(crate) struct Keywords {
    words: Vec<Word>,
    /// For each hash of a word's first bytes, where the words that begin so are in `sharing`.
    heads: Box<[Range<u32>]>,
    sharing: Vec<u32>,
    /// Which two bytes some word begins with, letters in either case: one bit for each pair.
    pairs: Box<[u64; 1024]>,
    /// For each byte, how many bytes are hashed of the words that begin with it: one bit for each number.
    lengths: Box<[u8; 256]>,
    longest: usize,
    /// Whether a classifier has any.
    has: Vec<bool>,
}

struct Word {
    /// Its bytes; ASCII letters stand for both cases.
    bytes: Box<[u8]>,
    /// The classifiers that list it, one bit each.
    owners: Box<[u64]>,
}

impl Keywords {
    const BITS: u32 = 12;
    /// Bytes that are hashed; shorter words are hashed whole.
    const HEAD: usize = 3;

    pub(crate) fn compile(classifiers: &[Classifier]) -> Self {
        let mut owners: BTreeMap<String, Box<[u64]>> = BTreeMap::new();
        for (index, classifier) in classifiers.iter().enumerate() {
            let words = classifier.context.keywords.iter().flat_map(|word| cases(word));
            for word in words {
                let none = || vec![0; classifiers.len().div_ceil(64)].into();
                owners.entry(word).or_insert_with(none)[index / 64] |= 1 << (index % 64);
            }
        }
        let mut heads = vec![Vec::new(); 1 << Self::BITS];
        let mut lengths = Box::new([0; 256]);
        let mut pairs = Box::new([0; 1024]);
        let mut words = Vec::new();
        for (word, owners) in owners.into_iter().filter(|(word, _)| !word.is_empty()) {
            let head = &word.as_bytes()[..word.len().min(Self::HEAD)];
            heads[Self::hash(head)].push(words.len() as u32);
            for first in [head[0].to_ascii_lowercase(), head[0].to_ascii_uppercase()] {
                lengths[usize::from(first)] |= 1 << head.len();
            }
            for second in 0..=255u8 {
                if head.get(1).is_none_or(|byte| byte | 0x20 == second | 0x20) {
                    let (word, bit) = pair(head[0], second);
                    pairs[word] |= bit;
                }
            }
            words.push(Word {
                bytes: word.into_bytes().into(),
                owners,
            });
        }
        let mut sharing = Vec::with_capacity(words.len());
        let ranges = heads.into_iter().map(|words| {
            let from = sharing.len() as u32;
            sharing.extend(words);
            from..sharing.len() as u32
        });
        Self {
            longest: words.iter().map(|word| word.bytes.len()).max().unwrap_or(0),
            heads: ranges.collect(),
            sharing,
            pairs,
            lengths,
            words,
            has: classifiers
                .iter()
                .map(|c| !c.context.keywords.is_empty())
                .collect(),
        }
    }

    /// The longest keyword, in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether a classifier has keywords.
    pub(crate) fn has_any(&self, classifier: u16) -> bool {
        self.has[usize::from(classifier)]
    }

    /// Every word, with the classifiers that list it, one bit each.
    pub(super) fn words(&self) -> impl Iterator<Item = (&[u8], &[u64])> {
        self.words.iter().map(|word| (&*word.bytes, &*word.owners))
    }

    fn hash(head: &[u8]) -> usize {
        let folded = head
            .iter()
            .fold(0u32, |sum, byte| sum << 8 | u32::from(byte | 0x20));
        (folded.wrapping_mul(0x9e37_79b1) >> (32 - Self::BITS)) as usize
    }

    /// Whether a keyword may begin with two bytes.
    #[inline(always)]
    fn may_begin(&self, first: u8, second: u8) -> bool {
        let (word, bit) = pair(first, second);
        self.pairs[word] & bit != 0
    }

    /// Calls `each` with every keyword that begins at `at` and ends where a word ends.
    fn at(&self, text: &[u8], at: usize, mut each: impl FnMut(usize, u32)) {
        let rest = &text[at..];
        let lengths = self.lengths[usize::from(rest[0])];
        for len in (1..=Self::HEAD.min(rest.len())).filter(|len| lengths >> len & 1 == 1) {
            let Range { start, end } = self.heads[Self::hash(&rest[..len])];
            for index in &self.sharing[start as usize..end as usize] {
                let word = &self.words[*index as usize].bytes;
                let fits = word.len().min(Self::HEAD) == len
                    && rest.len() >= word.len()
                    && rest[..word.len()].eq_ignore_ascii_case(word);
                if fits && is_border(text, at + word.len()) {
                    each(at + word.len(), *index);
                }
            }
        }
    }
}

/// Where two bytes are among [`Keywords::pairs`].
#[inline(always)]
fn pair(first: u8, second: u8) -> (usize, u64) {
    let pair = usize::from(first | 0x20) << 8 | usize::from(second | 0x20);
    (pair / 64, 1 << (pair % 64))
}

/// A keyword in the cases in which it is written. ASCII letters are compared in any case; words with others are looked for
/// in lower case, in capitals, and with a capital first.
fn cases(word: &str) -> Vec<String> {
    let lower = word.to_lowercase();
    if lower.is_ascii() {
        return vec![lower];
    }
    let mut chars = lower.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let mut cases = vec![lower.to_uppercase(), first + chars.as_str(), lower.clone()];
    cases.sort();
    cases.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    cases
}

#[inline(always)]
fn is_word(byte: u8) -> bool {
    WORDS[usize::from(byte)]
}

/// For each byte, whether it can be part of an ASCII word.
const WORDS: [bool; 256] = {
    let mut words = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        words[byte] = (byte as u8).is_ascii_alphanumeric() || byte == b'_' as usize;
        byte += 1;
    }
    words
};

/// Whether no ASCII word goes on across `at`.
fn is_border(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| is_word(*byte));
    !(word(before) && word(text.get(at)))
}

/// The keywords found in the part of a text that matches have asked about.
#[derive(Default)]
pub(crate) struct Nearby {
    from: usize,
    to: usize,
    /// In the order of their starts.
    found: Vec<Occurrence>,
    /// The first of them that is not left behind, where the last question began.
    first: usize,
    /// Start, end and window of the last question.
    asked: Option<(usize, usize, usize)>,
    /// Its answer: the classifiers that have a keyword there, one bit each.
    near: Vec<u64>,
}

struct Occurrence {
    start: usize,
    end: usize,
    word: u32,
}

/// Occurrences kept before those left behind are dropped.
const KEPT: usize = 4096;

impl Nearby {
    /// Begins another text.
    pub(crate) fn reset(&mut self) {
        (self.from, self.to, self.first) = (0, 0, 0);
        self.found.clear();
        self.asked = None;
    }

    /// Whether a keyword of `classifier` stands as a whole word within `window` bytes before `start` or after `end`.
    /// Cheapest if asked in the order of the starts, and for all classifiers at one place in turn.
    pub(crate) fn holds(
        &mut self,
        keywords: &Keywords,
        text: &[u8],
        (start, end): (usize, usize),
        window: usize,
        classifier: u16,
    ) -> bool {
        if self.asked != Some((start, end, window)) {
            self.ask(keywords, text, (start, end), window);
            self.asked = Some((start, end, window));
        }
        let (word, bit) = (usize::from(classifier) / 64, classifier % 64);
        self.near.get(word).is_some_and(|bits| bits >> bit & 1 == 1)
    }

    /// Finds the classifiers that have a keyword around a place.
    fn ask(&mut self, keywords: &Keywords, text: &[u8], (start, end): (usize, usize), window: usize) {
        let (from, to) = (start.saturating_sub(window), text.len().min(end + window));
        if from < self.from || from > self.to {
            self.reset();
            (self.from, self.to) = (from, from);
        }
        self.read(keywords, text, to);
        if self.found.len() > KEPT {
            self.found.retain(|found| found.start >= from);
            (self.from, self.first) = (from, 0);
        }
        while self.first > 0 && self.found[self.first - 1].start >= from {
            self.first -= 1;
        }
        while self.found.get(self.first).is_some_and(|found| found.start < from) {
            self.first += 1;
        }
        self.near.clear();
        let around = |found: &&Occurrence| found.end <= to && (found.end <= start || found.start >= end);
        let here = self.found[self.first..]
            .iter()
            .take_while(|found| found.start < to);
        for found in here.filter(around) {
            let owners = &keywords.words[found.word as usize].owners;
            self.near.resize(owners.len(), 0);
            self.near
                .iter_mut()
                .zip(owners)
                .for_each(|(near, owners)| *near |= owners);
        }
    }

    /// Reads on up to `to`.
    fn read(&mut self, keywords: &Keywords, text: &[u8], to: usize) {
        let mut places = [0; AT_ONCE];
        while self.to < to {
            let from = self.to;
            self.to = to.min(from + AT_ONCE);
            let mut goes_on = from > 0 && is_word(text[from - 1]);
            let mut count = 0;
            for at in from..self.to {
                let word = is_word(text[at]);
                let next = text.get(at + 1).copied().unwrap_or_default();
                // Without a branch: words begin everywhere, keywords seldom.
                places[count] = at;
                count += usize::from(!(goes_on & word) & keywords.may_begin(text[at], next));
                goes_on = word;
            }
            for start in places[..count].iter().copied() {
                keywords.at(text, start, |end, word| {
                    self.found.push(Occurrence { start, end, word });
                });
            }
        }
    }
}

/// Bytes in which words are looked for before they are looked at.
const AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::registry::built_in;

    fn keywords(words: &[&str]) -> Keywords {
        let mut classifier = built_in().unwrap().remove(0);
        classifier.context.keywords = words.iter().map(|word| word.to_string()).collect();
        Keywords::compile(&[classifier])
    }

    fn holds(words: &[&str], text: &str, value: &str, window: usize) -> bool {
        let start = text.find(value).unwrap();
        let place = (start, start + value.len());
        Nearby::default().holds(&keywords(words), text.as_bytes(), place, window, 0)
    }

    #[test]
    fn keywords_are_whole_words_in_any_case() {
        assert!(holds(&["tel"], "Tel: 123", "123", 48));
        assert!(!holds(&["tel"], "hotel 123", "123", 48));
        assert!(!holds(&["lic"], "public 123", "123", 48));
        assert!(holds(&["soc sec"], "123 is the SOC SEC", "123", 48));
        assert!(holds(&["ss#"], "ss#123", "123", 48));
    }

    #[test]
    fn letters_outside_ascii_have_case_and_no_borders() {
        assert!(holds(&["téléphone"], "TÉLÉPHONE 123", "123", 48));
        assert!(holds(&["État"], "état 123", "123", 48));
        assert!(holds(&["電話"], "私の電話は123", "123", 48));
    }

    #[test]
    fn a_keyword_counts_if_all_of_it_is_within_the_window() {
        let text = format!("ssn{}123", " ".repeat(10));
        assert!(holds(&["ssn"], &text, "123", 13));
        assert!(!holds(&["ssn"], &text, "123", 12));
    }

    #[test]
    fn what_was_read_is_shared_and_forgotten() {
        let keywords = keywords(&["ssn"]);
        let text = "ssn 111 ... ".repeat(5000) + "222 ................................. 333";
        let mut nearby = Nearby::default();
        let mut near = |value: &str| {
            let start = text.rfind(value).unwrap();
            nearby.holds(&keywords, text.as_bytes(), (start, start + 3), 12, 0)
        };
        assert_eq!(
            [near("111"), near("222"), near("333"), near("111")],
            [true, true, false, true]
        );
        assert!(nearby.found.len() <= KEPT);
    }
}
