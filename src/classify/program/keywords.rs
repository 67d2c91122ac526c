//! All classifiers' keywords: which of them stand near a match as whole words.
//!
//! Words are looked up by their stems where a word begins, so that a stretch of text is read once, whatever the number of
//! keywords; neighbouring matches share what was found.

use std::collections::BTreeMap;
use std::ops::Range;

use super::stems::{READ, Stem, Stems, Words, from_before, is_word};
use crate::classify::registry::Classifier;

/// The keywords of a program.
pub(crate) struct Keywords {
    /// ASCII letters stand for both cases.
    words: Vec<Box<[u8]>>,
    /// By word, the classifiers that list it, one bit each: so many numbers for each word.
    owners: Vec<u64>,
    width: usize,
    /// The stems of all words that have one.
    known: Stems,
    /// By the head of a stem, where the words that have it are in `sharing`.
    heads: Box<[Range<u32>]>,
    sharing: Vec<Opening>,
    /// The words without a stem.
    odd: Vec<Opening>,
    longest: usize,
    /// Whether every word has a letter.
    lettered: bool,
    /// Whether a classifier has any.
    has: Vec<bool>,
}

/// What a word begins with.
#[derive(Clone, Copy)]
struct Opening {
    /// Its first bytes, with [`CASE`].
    bytes: u128,
    /// Those that are its own.
    mask: u128,
    word: u32,
}

/// The bit that tells small ASCII letters from capitals, for each byte.
const CASE: u128 = u128::from_le_bytes([0x20; size_of::<u128>()]);

impl Opening {
    fn of(word: u32, bytes: &[u8]) -> Self {
        let own = bytes.len().min(size_of::<u128>());
        let mut first = [0; size_of::<u128>()];
        first[..own].copy_from_slice(&bytes[..own]);
        let mut mask = [0; size_of::<u128>()];
        let kept = mask.iter_mut().zip(bytes);
        // In its place may stand what names have there.
        kept.for_each(|(mask, byte)| *mask = if *byte == b' ' { 0 } else { u8::MAX });
        let mask = u128::from_le_bytes(mask);
        Self {
            bytes: (u128::from_le_bytes(first) | CASE) & mask,
            mask,
            word,
        }
    }

    /// Whether a text that begins with `first`, with [`CASE`], may begin with the word.
    #[inline(always)]
    fn fits(&self, first: u128) -> bool {
        first & self.mask == self.bytes
    }
}

impl Keywords {
    pub(crate) fn compile(classifiers: &[Classifier]) -> Self {
        let width = classifiers.len().div_ceil(64);
        let mut listed: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (index, classifier) in classifiers.iter().enumerate() {
            let words = classifier.context.keywords.iter();
            let words = words.flat_map(|word| joined(word)).flat_map(|word| cases(&word));
            for word in words {
                listed.entry(word).or_insert_with(|| vec![0; width])[index / 64] |= 1 << (index % 64);
            }
        }
        let mut heads = vec![Vec::new(); Stem::HEADS];
        let (mut known, mut odd, mut words) = (Stems::new(), Vec::new(), Vec::new());
        let mut owners = Vec::new();
        for (word, own) in listed.into_iter().filter(|(word, _)| !word.is_empty()) {
            let index = words.len() as u32;
            let opening = Opening::of(index, word.as_bytes());
            match Stem::of(word.as_bytes()) {
                Some(stem) => {
                    known.add(stem);
                    heads[stem.head()].push(opening);
                }
                None => odd.push(opening),
            }
            words.push(word.into_bytes().into_boxed_slice());
            owners.extend(own);
        }
        let mut sharing = Vec::with_capacity(words.len());
        let ranges = heads.into_iter().map(|words| {
            let from = sharing.len() as u32;
            sharing.extend(words);
            from..sharing.len() as u32
        });
        Self {
            longest: words.iter().map(|word| word.len()).max().unwrap_or(0),
            lettered: words.iter().all(|word| has_letter(word)),
            heads: ranges.collect(),
            sharing,
            known,
            odd,
            words,
            owners,
            width,
            has: classifiers
                .iter()
                .map(|c| !c.context.keywords.is_empty())
                .collect(),
        }
    }

    /// Whether every keyword has a letter, so that no text without one can hold any.
    pub(super) fn are_lettered(&self) -> bool {
        self.lettered
    }

    /// The longest keyword, in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether a classifier has keywords.
    pub(crate) fn has_any(&self, classifier: u16) -> bool {
        self.has[usize::from(classifier)]
    }

    /// The words that a classifier lists.
    pub(super) fn of(&self, classifier: u16) -> impl Iterator<Item = &[u8]> {
        let own = (0u32..).zip(&self.words);
        own.filter(move |(word, _)| self.lists(classifier, *word))
            .map(|(_, bytes)| &**bytes)
    }

    fn owners(&self, word: u32) -> &[u64] {
        &self.owners[word as usize * self.width..][..self.width]
    }

    /// Whether a classifier lists a word.
    fn lists(&self, classifier: u16, word: u32) -> bool {
        self.owners(word)[usize::from(classifier) / 64] >> (classifier % 64) & 1 == 1
    }

    /// Adds every keyword that begins in `range` and stands as a whole word, in the order of their starts.
    fn find(&self, text: &[u8], range: Range<usize>, found: &mut Vec<Occurrence>) {
        let reach = text.len().min(range.end + self.longest);
        // Many cells hold numbers and nothing else.
        if self.lettered && !has_letter(&text[range.start..reach]) {
            return;
        }
        let already = found.len();
        for from in range.clone().step_by(Words::LAST) {
            let mut padded = [b' '; READ];
            let words = Words::of(from_before(text, from, &mut padded), 0);
            for (at, stem) in words.first(Words::LAST.min(range.end - from)) {
                if self.known.holds(stem) == 1 {
                    let Range { start, end } = self.heads[stem.head()];
                    let same = &self.sharing[start as usize..end as usize];
                    self.add(text, from + at - 1, same, found);
                }
            }
        }
        // They begin with what is no part of an ASCII word: before it a word may always begin.
        for odd in &self.odd {
            let first = self.words[odd.word as usize][0];
            for at in memchr::memchr_iter(first, &text[range.clone()]) {
                self.add(text, range.start + at, std::slice::from_ref(odd), found);
            }
        }
        if !self.odd.is_empty() {
            found[already..].sort_by_key(|occurrence| occurrence.start);
        }
    }

    /// Adds those of some words that begin at `start` and end where a word ends.
    fn add(&self, text: &[u8], start: usize, words: &[Opening], found: &mut Vec<Occurrence>) {
        let first = match text[start..].first_chunk() {
            Some(first) => u128::from_le_bytes(*first),
            None => (text[start..].iter().rev()).fold(0, |first, byte| first << 8 | u128::from(*byte)),
        };
        let first = first | CASE;
        for Opening { word, .. } in words.iter().filter(|opening| opening.fits(first)) {
            let bytes = &self.words[*word as usize];
            let end = start + bytes.len();
            let fits = text.get(start..end).is_some_and(|text| says(text, bytes));
            if fits && is_border(text, end) {
                found.push(Occurrence {
                    start,
                    end,
                    word: *word,
                });
            }
        }
    }
}

/// A keyword as it stands in text, and as names are written that begin each further word with a capital: `card number`,
/// `cardNumber`.
fn joined(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if word.contains(' ') {
        all.push(word.replace(' ', ""));
    }
    all
}

/// Whether a text is a keyword in whatever case, or as other names are written: `card_number`, `card-number`.
fn says(text: &[u8], word: &[u8]) -> bool {
    let fits = |(text, word): (&u8, &u8)| {
        text.eq_ignore_ascii_case(word) || *word == b' ' && matches!(text, b'_' | b'-')
    };
    text.iter().zip(word).all(fits)
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

/// Whether there is a letter of any script, or one of the few signs that stand among them.
pub(super) fn has_letter(text: &[u8]) -> bool {
    text.iter().any(|byte| *byte >= b'@')
}

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

    /// The same of a match that begins at `start` and where keywords may begin up to `reach` bytes away: cheapest if asked for all ends
    /// of all classifiers' matches with this start in turn.
    pub(crate) fn holds_from(
        &mut self,
        keywords: &Keywords,
        text: &[u8],
        (start, end): (usize, usize),
        (window, reach): (usize, usize),
        classifier: u16,
    ) -> bool {
        let (from, to) = (start.saturating_sub(window), end + window);
        self.holds(keywords, text, (start, start), reach, classifier)
            && (self.found[self.first..].iter())
                .take_while(|found| found.start < to)
                .any(|found| {
                    let inside = found.start >= from && found.end <= to;
                    let beside = found.end <= start || found.start >= end;
                    inside && beside && keywords.lists(classifier, found.word)
                })
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
        self.near.resize(keywords.width, 0);
        let around = |found: &&Occurrence| found.end <= to && (found.end <= start || found.start >= end);
        let here = self.found[self.first..]
            .iter()
            .take_while(|found| found.start < to);
        for found in here.filter(around) {
            let owners = keywords.owners(found.word);
            self.near
                .iter_mut()
                .zip(owners)
                .for_each(|(near, owners)| *near |= owners);
        }
    }

    /// Reads on up to `to`.
    fn read(&mut self, keywords: &Keywords, text: &[u8], to: usize) {
        if self.to < to {
            keywords.find(text, self.to..to, &mut self.found);
            self.to = to;
        }
    }
}

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
        assert!(holds(&["#ssn", "ssn"], "a #SSN: 123", "123", 48));
        assert!(holds(&["//ssn", "号"], "a//ssn 123", "123", 48));
        assert!(holds(&["//ssn", "号"], "我的号123", "123", 48));
        assert!(!holds(&["//ssn", "号"], "a/ssn 123, //ssns", "123", 48));
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
