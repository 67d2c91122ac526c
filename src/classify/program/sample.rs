//! A sample of ordinary data, on which it is tried out how often a match seems to begin.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread;

use super::begin::{Begin, Window};
use super::bytes::ByteSet;

/// Ordinary data of several kinds.
pub(crate) const ORDINARY: &[u8] = include_bytes!("sample.txt");

/// [`ORDINARY`] data, on which the gate is tried out. It decides speed only, never what is found.
pub(super) struct Sample {
    text: &'static [u8],
    /// For each set, the places whose own byte is in it, one bit each.
    maps: HashMap<ByteSet, Box<[u64; WORDS]>>,
}

/// Does `work` for each number below `count`, with a sample to try it out on, on as many threads as there are processors: a
/// start is waited for.
pub(super) fn try_out<T: Send>(count: usize, work: impl Fn(usize, &mut Sample) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = count.div_ceil(threads).max(SHARE);
    let part = |from: usize| -> Vec<T> {
        let mut sample = Sample::new();
        let part = from..count.min(from + share);
        part.map(|number| work(number, &mut sample)).collect()
    };
    if count <= share {
        return part(0);
    }
    thread::scope(|scope| {
        let parts = (0..count).step_by(share);
        let parts: Vec<_> = parts.map(|from| scope.spawn(move || part(from))).collect();
        let parts = parts.into_iter();
        parts
            .flat_map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Fewer are not worth a thread.
const SHARE: usize = 64;

impl Sample {
    pub(super) fn new() -> Self {
        Self {
            text: &ORDINARY[..WORDS * 64],
            maps: HashMap::new(),
        }
    }

    /// At how many places of a megabyte of it a match may begin so.
    pub(super) fn per_megabyte(&mut self, begin: &Begin) -> f64 {
        let mut passed = [0; WORDS];
        for window in &begin.windows {
            self.add_places(window, &mut passed);
        }
        let places = passed.iter().enumerate().flat_map(|(word, bits)| {
            let places = (0..64).filter(move |bit| bits >> bit & 1 == 1);
            places.map(move |bit| 64 * word + bit)
        });
        let count = places.filter(|at| begin.admits(&self.text[*at..])).count();
        count as f64 * 1e6 / self.text.len() as f64
    }

    /// A number of places as a share of all.
    pub(super) fn share(&self, places: f64) -> f64 {
        places / self.text.len() as f64
    }

    /// What sets of bytes, from the one before a place on, let through.
    pub(super) fn places(&mut self, sets: &[ByteSet]) -> Places {
        let mut fits = vec![[0; BLOCK]; WORDS.div_ceil(BLOCK) * sets.len()];
        for (position, set) in sets.iter().enumerate() {
            let map = self.map(*set);
            let words: [u64; WORDS] = std::array::from_fn(|word| shifted(map, word, position));
            let blocks = fits[position..].iter_mut().step_by(sets.len());
            for (block, words) in blocks.zip(words.chunks(BLOCK)) {
                block[..words.len()].copy_from_slice(words);
            }
        }
        Places {
            fits,
            sets: sets.to_vec(),
        }
    }

    /// Adds the places that a window lets through.
    fn add_places(&mut self, window: &Window, passed: &mut [u64]) {
        window.iter().for_each(|set| {
            self.map(*set);
        });
        let maps = window.map(|set| &self.maps[&set]);
        for (word, passed) in passed.iter_mut().enumerate() {
            let mut all = !*passed;
            for (position, map) in maps.iter().enumerate() {
                if all == 0 {
                    break;
                }
                all &= shifted(map, word, position);
            }
            *passed |= all;
        }
    }

    /// The places whose own byte is in `set`, one bit each.
    fn map(&mut self, set: ByteSet) -> &[u64; WORDS] {
        self.maps.entry(set).or_insert_with(|| {
            // Whichever are fewer: those in it, or the others.
            let few = set.len() <= 128;
            let mut map = Box::new([0; WORDS]);
            for byte in (if few { set } else { !set }).iter() {
                let places = PLACES[usize::from(byte)].iter();
                map.iter_mut()
                    .zip(places)
                    .for_each(|(sum, places)| *sum |= places);
            }
            if !few {
                map.iter_mut().for_each(|word| *word = !*word);
            }
            map
        })
    }
}

/// Words of 64 places each.
const WORDS: usize = ORDINARY.len() / 64;

/// For each byte, the places where it stands, one bit each.
static PLACES: LazyLock<Box<[[u64; WORDS]]>> = LazyLock::new(|| {
    let mut places = vec![[0; WORDS]; 256];
    for (at, byte) in ORDINARY[..WORDS * 64].iter().enumerate() {
        places[usize::from(*byte)][at / 64] |= 1 << (at % 64);
    }
    places.into()
});

/// Of 64 places, those whose byte at `position` is in a map's set; position 0 is the byte before. The sample goes round in a
/// circle.
#[inline(always)]
fn shifted(map: &[u64; WORDS], word: usize, position: usize) -> u64 {
    let (last, next) = (WORDS - 1, if word + 1 < WORDS { word + 1 } else { 0 });
    match position {
        0 => map[word] << 1 | map[if word > 0 { word - 1 } else { last }] >> 63,
        1 => map[word],
        _ => map[word] >> (position - 1) | map[next] << (65 - position),
    }
}

/// Words of the sample that are looked at together.
const BLOCK: usize = 8;

/// What sets of bytes at neighbouring positions let through of the sample.
#[derive(Default)]
pub(super) struct Places {
    sets: Vec<ByteSet>,
    /// Block after block, for each position, the places that fit there, one bit each.
    fits: Vec<[u64; BLOCK]>,
}

impl Places {
    /// How many places pass; a little more for what a larger sample might show.
    pub(super) fn count(&self) -> f64 {
        self.count_with(self)
    }

    /// How many would pass if another's sets were added.
    pub(super) fn count_with(&self, other: &Self) -> f64 {
        let positions = self.sets.len().max(1);
        let blocks = self.fits.chunks(positions).zip(other.fits.chunks(positions));
        let passed: u32 = blocks.map(|(a, b)| passed(a, b)).sum();
        let both = self.sets.iter().zip(&other.sets);
        let likely: f64 = both.map(|(a, b)| f64::from((*a | *b).len()) / 256.0).product();
        f64::from(passed) + likely * (self.fits.len() / positions * BLOCK) as f64
    }

    /// Adds another's sets.
    pub(super) fn join(&mut self, other: &Self) {
        let both = self.sets.iter_mut().zip(&other.sets);
        both.for_each(|(a, b)| *a |= *b);
        let words = self.fits.as_flattened_mut().iter_mut();
        words.zip(other.fits.as_flattened()).for_each(|(a, b)| *a |= *b);
    }
}

/// How many places of a block pass where either fits at each position.
fn passed(a: &[[u64; BLOCK]], b: &[[u64; BLOCK]]) -> u32 {
    let mut passed = [u64::MAX; BLOCK];
    for (a, b) in a.iter().zip(b) {
        let mut any = 0;
        for (passed, (a, b)) in passed.iter_mut().zip(a.iter().zip(b)) {
            *passed &= a | b;
            any |= *passed;
        }
        // In most blocks it is over soon.
        if any == 0 {
            return 0;
        }
    }
    passed.iter().map(|word| word.count_ones()).sum()
}
