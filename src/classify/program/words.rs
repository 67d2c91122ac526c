//! Word lists: millions of values in under six bytes each, known again by their hashes.
//!
//! Open addressing over slots of four bytes: with the bits of its place a word is known by 32 and more bits, so that among ten
//! million words another value is taken for one of them once in some hundred million times.

use std::fs::File;
use std::hash::Hasher;
use std::io::{BufRead, BufReader};
use std::path::Path;

use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher13;

use crate::classify::keyed::normalise;
use crate::classify::registry::Normalise;

/// The shortest and longest word, in bytes: the shortest match of any pattern, and what a cell may hold.
const SHORTEST: usize = 4;
const LONGEST: usize = 256;

/// A list of values, normalised.
#[derive(Debug)]
pub(crate) struct Words {
    slots: Vec<u32>,
    how: Normalise,
    longest: usize,
    digest: [u8; 32],
}

impl Words {
    /// Reads a file of one value a line; empty lines and those that begin with `#` are passed.
    pub(crate) fn read(path: &Path, how: Normalise) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("match.words: read {}: {error}", path.display());
        let (mut hashes, mut longest) = (Vec::new(), 0);
        let (mut digest, mut buffer) = (Sha256::new(), Vec::new());
        for (number, line) in BufReader::new(File::open(path).map_err(failed)?)
            .lines()
            .enumerate()
        {
            let line = line.map_err(failed)?;
            let word = line.trim();
            if word.is_empty() || word.starts_with('#') {
                continue;
            }
            if !(SHORTEST..=LONGEST).contains(&word.len()) {
                return Err(format!(
                    "match.words: line {} of {} has {} bytes; words have {SHORTEST} to {LONGEST}",
                    number + 1,
                    path.display(),
                    word.len()
                ));
            }
            normalise(how, word.as_bytes(), &mut buffer);
            digest.update((buffer.len() as u64).to_le_bytes());
            digest.update(&buffer);
            hashes.push(hash(&buffer));
            longest = longest.max(word.len());
        }
        if hashes.is_empty() {
            return Err(format!("match.words: {} holds no words", path.display()));
        }
        Ok(Self {
            slots: slots(&hashes),
            how,
            longest,
            digest: digest.finalize().into(),
        })
    }

    /// Whether a value, normalised, is in the list.
    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        if value.len() > self.longest {
            return false;
        }
        let mut buffer = Vec::with_capacity(value.len());
        normalise(self.how, value, &mut buffer);
        let (mut at, tag) = place(hash(&buffer), self.slots.len());
        while self.slots[at] != 0 {
            if self.slots[at] == tag {
                return true;
            }
            at = (at + 1) % self.slots.len();
        }
        false
    }

    /// The longest word, in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// SHA-256 over the words.
    pub(crate) fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The pattern where a file gives none: any stretch of words that is no longer than the longest.
    pub(crate) fn pattern(&self) -> String {
        let more = (self.longest - 1).max(SHORTEST - 1);
        format!(
            r"(?-u)[0-9A-Za-z_\x80-\xFF][ -~\x80-\xFF]{{{},{more}}}",
            SHORTEST - 1
        )
    }
}

fn hash(word: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(word);
    hasher.finish()
}

/// At most three of four slots are taken.
fn slots(hashes: &[u64]) -> Vec<u32> {
    let mut slots = vec![0; hashes.len() * 4 / 3 + 1];
    let count = slots.len();
    for hash in hashes {
        let (mut at, tag) = place(*hash, count);
        while slots[at] != 0 && slots[at] != tag {
            at = (at + 1) % count;
        }
        slots[at] = tag;
    }
    slots
}

/// Where to look first, and what the slot holds; never 0.
fn place(hash: u64, count: usize) -> (usize, u32) {
    ((hash >> 32) as usize % count, (hash as u32).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Words, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.txt");
        std::fs::write(&path, text).unwrap();
        Words::read(&path, Normalise::Lower)
    }

    #[test]
    fn words_are_known_again_whatever_their_case() {
        let words = list("# projects\nBlue Heron\n\nnightjar-7\n").unwrap();
        assert!(words.contains(b"blue heron") && words.contains(b"NIGHTJAR-7"));
        assert!(!words.contains(b"blue") && !words.contains(b"# projects"));
        assert_eq!(words.longest(), 10);
    }

    #[test]
    fn a_hundred_thousand_words_are_all_found_and_no_others() {
        let text: String = (0..100_000).map(|n| format!("word-{n}\n")).collect();
        let words = list(&text).unwrap();
        assert!((0..100_000).all(|n| words.contains(format!("word-{n}").as_bytes())));
        assert!(!(100_000..200_000).any(|n| words.contains(format!("word-{n}").as_bytes())));
        assert!(words.slots.len() * 4 <= 100_000 * 6);
    }

    #[test]
    fn short_words_and_empty_lists_are_refused_by_line() {
        assert!(list("alpha\nab\n").unwrap_err().contains("line 2 of"));
        assert!(list("# nothing\n").unwrap_err().contains("holds no words"));
    }
}
