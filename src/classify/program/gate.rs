//! The gate: where a match may begin, and of which units.
//!
//! A *window* says which bytes may stand at the eight positions from one before a candidate to six after its first byte.
//! Windows are gathered into *buckets*, one bit each, eight to a *bank*; for each bank a table says, for every byte, in which
//! buckets it may stand at which position. A place passes if all its eight bytes agree on a bucket. So the gate may let
//! through too much and never misses; it has no state, so that cutting and vector width cannot change it.
//!
//! Which windows share a bucket decides how often the gate is wrong. That is tried out on a sample of ordinary data.
//!
//! Many words in one bucket admit nearly every word. So the first banks are for words alone, and every place that passed is
//! looked at again: [`Gate::may_begin`] asks for a bit whether anything begins with its first bytes, [`Gate::units`] which units
//! these are, and [`Gate::further`] goes on byte by byte further than a window reaches.

use super::begin::{Begin, DEPTH, WIDTH, Window, each};
use super::bytes::ByteSet;
use super::heads::Heads;
use super::joining::{Join, Joining};
use super::sample::{Places, Sample};
use super::triples::Triples;

/// Buckets of one bank.
const BUCKETS: usize = 8;
/// The most banks.
const BANKS: usize = 8;
/// The most of them that are for words alone.
pub(crate) const WORD_BANKS: usize = 2;

/// The gate's tables.
pub(crate) struct Gate {
    banks: Banks,
    /// For each byte, the units that may have it before a match.
    before: Box<[u64; 256]>,
    triples: Triples,
    heads: Heads,
    /// For each place from a candidate's first byte on, by byte, the units that may have it there.
    deep: Box<[[u64; 256]; DEPTH]>,
}

/// The banks of a gate; none if there is nothing to look for.
#[derive(Default)]
pub(crate) struct Banks {
    pub(crate) all: Vec<Bank>,
    /// How many of them, the first, are for words alone.
    pub(crate) words: usize,
}

/// Eight buckets.
pub(crate) struct Bank {
    /// For each byte, one byte for each position: the buckets in which it may stand there.
    pub(crate) lanes: Box<[u64; 256]>,
}

impl Gate {
    /// The gate of banks gathered from what the units' patterns begin with.
    pub(super) fn of(banks: Banks, units: &[Vec<Begin>]) -> Self {
        Self {
            banks,
            before: before(units),
            triples: Triples::of(units),
            heads: Heads::of(units),
            deep: deep(units),
        }
    }

    pub(crate) fn banks(&self) -> &Banks {
        &self.banks
    }

    /// How many tables are looked at for each step.
    pub(crate) fn lookups(&self) -> usize {
        self.banks.all.len() * WIDTH
    }

    /// Whether a match of any unit may begin at `at`, as far as its first bytes say; parameters as of [`Gate::units`].
    #[inline(always)]
    pub(crate) fn may_begin(&self, text: &[u8], at: usize, fresh: bool, words: bool) -> bool {
        let Some(head) = text[at..].first_chunk() else {
            return true;
        };
        let [a, b, c, _] = *head;
        let other = !words & self.triples.any([a, b, c]);
        self.heads.any(behind(text, at, fresh), *head) | other
    }

    /// The units of which a match may begin at `at`, as far as its first bytes say. It is where a cell begins if it is
    /// `fresh`; what passed in the banks of words alone is asked about `words` only.
    #[inline(always)]
    pub(crate) fn units(&self, text: &[u8], at: usize, fresh: bool, words: bool) -> u64 {
        let before = behind(text, at, fresh).map_or(u64::MAX, |before| self.before[usize::from(before)]);
        let Some(head) = text[at..].first_chunk() else {
            return before;
        };
        let [a, b, c, _] = *head;
        before & self.triples.units([a, b, c]) & self.heads.units(*head, words)
    }

    /// Those of `units` that may have what stands further on.
    #[inline(always)]
    pub(crate) fn further(&self, text: &[u8], at: usize, units: u64) -> u64 {
        let those = |rest: &[u8]| {
            let allowed = self.deep.iter().zip(rest);
            allowed.fold(units, |units, (place, byte)| units & place[usize::from(*byte)])
        };
        let rest = &text[at..];
        match rest.first_chunk::<DEPTH>() {
            // The same, but that it is known how many there are.
            Some(rest) => those(rest),
            None => those(rest),
        }
    }
}

/// The byte before `at`; none where a cell begins.
#[inline(always)]
fn behind(text: &[u8], at: usize, fresh: bool) -> Option<u8> {
    let before = at.checked_sub(1).map(|before| text[before]);
    before.filter(|_| !fresh)
}

/// What is to be gathered into banks.
#[derive(Default)]
pub(super) struct Windows {
    /// Of what begins with words.
    words: Vec<Window>,
    others: Vec<Window>,
}

impl Windows {
    pub(super) fn of<'a>(begins: impl Iterator<Item = &'a Begin>) -> Self {
        let mut all = Self::default();
        for begin in begins {
            let kind = match begin.heads {
                Some(_) => &mut all.words,
                None => &mut all.others,
            };
            kind.extend_from_slice(&begin.windows);
        }
        all
    }

    /// The banks of all windows.
    pub(super) fn gather(self) -> Banks {
        if self.words.is_empty() && self.others.is_empty() {
            return Banks::default();
        }
        let mut sample = Sample::new();
        let words = gather(self.words, WORD_BANKS, &mut sample);
        let others = gather(self.others, BANKS - WORD_BANKS, &mut sample);
        let all = words.chunks(BUCKETS).chain(others.chunks(BUCKETS));
        Banks {
            all: all.map(Bank::of).collect(),
            words: words.chunks(BUCKETS).len(),
        }
    }
}

/// How many clusters for each bank it is tried out for which of them fit together. More windows than that are joined to
/// neighbours before: what passes is looked at again anyway.
const ASKED: usize = 40;

/// For each byte, the units that may have it before a match.
fn before(units: &[Vec<Begin>]) -> Box<[u64; 256]> {
    let mut before = Box::new([0; 256]);
    for (unit, begin) in each(units) {
        let bytes = begin.windows.iter().flat_map(|window| window[0].iter());
        bytes.for_each(|byte| before[usize::from(byte)] |= 1 << unit);
    }
    before
}

/// For each place and byte, the units that may have it there.
fn deep(units: &[Vec<Begin>]) -> Box<[[u64; 256]; DEPTH]> {
    let mut deep = Box::new([[0; 256]; DEPTH]);
    for (unit, begin) in each(units) {
        for (at, units) in deep.iter_mut().enumerate() {
            let set = begin.prefix.get(at).copied().unwrap_or(ByteSet::ANY);
            set.iter().for_each(|byte| units[usize::from(byte)] |= 1 << unit);
        }
    }
    deep
}

impl Bank {
    fn of(buckets: &[Window]) -> Self {
        let mut lanes = Box::new([0; 256]);
        for (bit, window) in buckets.iter().enumerate() {
            for (position, set) in window.iter().enumerate() {
                for byte in set.iter() {
                    lanes[usize::from(byte)] |= 1 << (8 * position + bit);
                }
            }
        }
        Self { lanes }
    }
}

/// Gathers windows into the buckets of at most `most` banks: again and again the two that cost least together are joined.
/// Where to stop is a matter of what a bank costs every byte against what wrong candidates cost.
fn gather(mut windows: Vec<Window>, most: usize, sample: &mut Sample) -> Vec<Window> {
    windows.sort_unstable();
    windows.dedup();
    let unasked = (windows.len() / (ASKED * most)).max(1);
    let mut joining = Joining::of(begin(&windows, unasked, sample));
    let mut best: (f64, Vec<Window>) = (f64::INFINITY, Vec::new());
    loop {
        let (count, full) = (joining.count(), most * BUCKETS);
        if count.is_multiple_of(BUCKETS) && count <= full || best.1.is_empty() && count < BUCKETS {
            let wrong: f64 = joining.open().iter().map(|cluster| cluster.cost).sum();
            let cost = sample.share(wrong) * CANDIDATE + count.div_ceil(BUCKETS) as f64 * BANK;
            if cost < best.0 {
                best = (
                    cost,
                    joining
                        .open()
                        .iter()
                        .filter_map(|cluster| cluster.window)
                        .collect(),
                );
            }
        }
        match joining.cheapest() {
            Some(pair) if pair.cost < APART || count > full => joining.join(pair),
            _ => break,
        }
    }
    if best.1.is_empty() {
        best.1 = joining
            .open()
            .iter()
            .filter_map(|cluster| cluster.window)
            .collect();
    }
    best.1
}

/// What a candidate costs, in nanoseconds.
const CANDIDATE: f64 = 30.0;
/// What a bank costs a byte, in nanoseconds.
const BANK: f64 = 0.03;

/// The clusters to begin with: windows that are joined without a thought.
fn begin(windows: &[Window], unasked: usize, sample: &mut Sample) -> Vec<Cluster> {
    let mut open: Vec<Cluster> = Vec::new();
    for window in windows {
        let mut cluster = Cluster::of(window, sample);
        let home = open.iter_mut().rev().find(|other| {
            other.is_fresh() == cluster.is_fresh()
                && (other.members < unasked && other.opening() == cluster.opening()
                    || cluster.added_to(other) < FREE)
        });
        match home {
            Some(home) => home.join(cluster),
            None => {
                cluster.cost = cluster.places.count();
                open.push(cluster);
            }
        }
    }
    open
}

/// What joining may cost without a thought.
const FREE: f64 = 1e-3;
/// What joining different kinds costs more: than any that are alike.
const APART: f64 = 1e9;

/// Windows on their way into a bucket.
#[derive(Default)]
struct Cluster {
    /// All together; `None` for what was joined to another.
    window: Option<Window>,
    members: usize,
    places: Places,
    cost: f64,
}

impl Cluster {
    fn of(window: &Window, sample: &mut Sample) -> Self {
        Self {
            window: Some(*window),
            members: 1,
            places: sample.places(window),
            cost: 0.0,
        }
    }

    /// The byte before and the first. Where those are joined to more, what comes in long runs passes at each of its bytes, and the
    /// sample shows little of that.
    fn opening(&self) -> Option<[ByteSet; 2]> {
        self.window.map(|window| [window[0], window[1]])
    }

    /// Whether it is for places where a cell begins only. Those are joined with others only where there are more of them
    /// than buckets.
    fn is_fresh(&self) -> bool {
        self.window.is_some_and(|window| window[0].is_empty())
    }

    /// What the places of `other` and of this one cost together, over what `other` costs alone.
    fn added_to(&self, other: &Self) -> f64 {
        other.places.count_with(&self.places) - other.cost
    }
}

impl Join for Cluster {
    fn cost_with(&self, other: &Self) -> f64 {
        if self.window.is_none() || other.window.is_none() {
            return f64::INFINITY;
        }
        let apart = if self.is_fresh() == other.is_fresh() {
            0.0
        } else {
            APART
        };
        self.added_to(other) - self.cost + apart
    }

    fn join(&mut self, other: Self) {
        if let (Some(window), Some(other)) = (&mut self.window, other.window) {
            window.iter_mut().zip(other).for_each(|(sum, set)| *sum |= set);
        }
        self.places.join(&other.places);
        self.cost = self.places.count();
        self.members += other.members;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    fn begin(pattern: &str, before: ByteSet) -> Begin {
        Begin::of(&parse(pattern).unwrap(), before).unwrap()
    }

    /// Whether every window is part of a bucket.
    fn hold(buckets: &[Window], windows: &[Window]) -> bool {
        let within = |window: &Window, bucket: &Window| {
            let sets = window.iter().zip(bucket);
            sets.into_iter().all(|(part, whole)| (*part & !*whole).is_empty())
        };
        windows
            .iter()
            .all(|window| buckets.iter().any(|bucket| within(window, bucket)))
    }

    #[test]
    fn no_window_is_lost_however_many_there_are() {
        let patterns = ["key[0-9]{4}", "[0-9]{2,4}-[01][0-9]", "x[yz]{4}"];
        let windows: Vec<Window> = (0..60u8)
            .flat_map(|n| patterns.map(|pattern| (n, pattern)))
            .map(|(n, pattern)| {
                let before = [n, n + 1].into_iter().filter(|_| n % 3 > 0).collect();
                begin(pattern, before).windows[0]
            })
            .collect();
        for most in [1, 7] {
            let buckets = gather(windows.clone(), most, &mut Sample::new());
            assert!(buckets.len() <= most * BUCKETS, "{}", buckets.len());
            assert!(hold(&buckets, &windows));
        }
    }

    #[test]
    fn candidates_are_looked_at_twice() {
        let numbers = begin("[0-9]{12}:", !(b'0'..=b'9').collect::<ByteSet>());
        let units = [vec![begin("(?i:secret)=[0-9]{4}", ByteSet::ANY)], vec![numbers]];
        let gate = Gate::of(Windows::of(units.iter().flatten()).gather(), &units);
        let asked = |text: &[u8], at, fresh, words| {
            let units = gate.units(text, at, fresh, words);
            assert!(gate.may_begin(text, at, fresh, words) || units == 0);
            gate.further(text, at, units)
        };
        assert_eq!(asked(b"SECRET=1", 0, false, true), 1);
        assert_eq!(asked(b"section=", 0, false, true), 0);
        assert_eq!(asked(b"sec", 0, false, true), 1);
        assert_eq!(asked(b"123456789012:", 0, false, false), 2);
        assert_eq!(asked(b"123456789012:", 0, false, true), 0);
        assert_eq!(asked(b"123456789012-", 0, false, false), 0);
        assert_eq!(asked(b"1123456789012:", 1, false, false), 0);
        assert_eq!(asked(b"1123456789012:", 1, true, false), 2);
    }
}
