//! The gate: where a match may begin, decided from eight neighbouring bytes.
//!
//! A *window* says which bytes may stand at the eight positions from one before a candidate to six after its first byte.
//! Windows are gathered into *buckets*, one bit each, eight to a *bank*; for each bank a table says, for every byte, in which
//! buckets it may stand at which position. A place passes if all its eight bytes agree on a bucket. So the gate may let
//! through too much and never misses; it has no state, so that cutting and vector width cannot change it.
//!
//! Which windows share a bucket decides how often the gate is wrong. That is tried out on a sample of ordinary data.

use std::collections::HashMap;
use std::rc::Rc;

use super::bytes::ByteSet;
use super::prefix::Prefix;

/// The positions of a window: one byte before the candidate, then the candidate and what follows.
pub(crate) const WIDTH: usize = 8;
/// Bytes of a window after the candidate's first.
pub(crate) const AHEAD: usize = WIDTH - 2;
/// Buckets of one bank.
pub(crate) const BUCKETS: usize = 8;
/// The most banks.
pub(crate) const BANKS: usize = 8;

/// The bytes that may stand around a candidate.
pub(super) type Window = [ByteSet; WIDTH];

/// A window, and the unit that confirms what it lets through.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) unit: usize,
    pub(super) window: Window,
}

/// The window of a match that begins with `prefix` after one of the bytes `before`.
pub(super) fn window(before: ByteSet, prefix: &Prefix) -> Window {
    std::array::from_fn(|at| match at {
        0 => before,
        _ => prefix.get(at - 1).copied().unwrap_or(ByteSet::ANY),
    })
}

/// The gate's tables.
pub(crate) struct Gate {
    banks: Vec<Bank>,
    /// For each bank and set of its buckets, the units to ask, one bit each.
    units: Vec<[u64; 256]>,
    heads: Heads,
}

/// Eight buckets.
pub(crate) struct Bank {
    /// For each byte, one byte for each position: the buckets in which it may stand there.
    pub(crate) lanes: Box<[u64; 256]>,
}

impl Gate {
    /// Gathers windows into buckets.
    pub(super) fn build(mut items: Vec<Item>, sample: &mut Sample) -> Self {
        items.sort();
        items.dedup();
        let buckets = gather(&items, sample);
        let banks = buckets.chunks(BUCKETS).map(Bank::of).collect();
        Self {
            banks,
            units: buckets.chunks(BUCKETS).map(units_of).collect(),
            heads: Heads::of(&items, &buckets),
        }
    }

    /// The banks; none if there is nothing to look for.
    pub(crate) fn banks(&self) -> &[Bank] {
        &self.banks
    }

    /// The units that have to look at a candidate in these buckets, given the four bytes that it begins with.
    #[inline(always)]
    pub(crate) fn units(&self, buckets: u64, head: Option<[u8; 4]>) -> u64 {
        let buckets = match head {
            Some(head) => buckets & self.heads.buckets(head),
            None => buckets,
        };
        let banks = self.units.iter().zip(buckets.to_le_bytes());
        banks.fold(0, |units, (of_bank, buckets)| {
            units | of_bank[usize::from(buckets)]
        })
    }
}

/// For each set of a bank's buckets, their units.
fn units_of(buckets: &[Bucket]) -> [u64; 256] {
    std::array::from_fn(|set| {
        let chosen = buckets.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
        chosen.fold(0, |units, (_, bucket)| units | 1 << bucket.unit)
    })
}

impl Bank {
    fn of(buckets: &[Bucket]) -> Self {
        let mut lanes = Box::new([0; 256]);
        for (bit, bucket) in buckets.iter().enumerate() {
            for (position, set) in bucket.window.iter().enumerate() {
                for byte in set.iter() {
                    lanes[usize::from(byte)] |= 1 << (8 * position + bit);
                }
            }
        }
        Self { lanes }
    }
}

/// A second look at buckets of literals: whether a candidate's first four bytes, letters in either case, are among
/// theirs. Many literals in one bucket admit many words that are none of them.
struct Heads {
    /// For each hash of four bytes, the buckets that may begin so.
    table: Box<[u64; 1 << Heads::BITS]>,
}

impl Heads {
    const BITS: u32 = 12;

    fn of(items: &[Item], buckets: &[Bucket]) -> Self {
        let mut table = Box::new([0; 1 << Self::BITS]);
        let mut free = 0;
        for (bit, bucket) in buckets.iter().enumerate() {
            if !bucket.literal {
                free |= 1 << bit;
                continue;
            }
            for item in bucket.members.iter().map(|member| &items[*member]) {
                heads(&item.window).for_each(|head| table[Self::hash(head)] |= 1 << bit);
            }
        }
        table.iter_mut().for_each(|buckets| *buckets |= free);
        Self { table }
    }

    #[inline(always)]
    fn hash(head: [u8; 4]) -> usize {
        let folded = u32::from_le_bytes(head) | 0x2020_2020;
        (folded.wrapping_mul(0x9e37_79b1) >> (32 - Self::BITS)) as usize
    }

    #[inline(always)]
    fn buckets(&self, head: [u8; 4]) -> u64 {
        self.table[Self::hash(head)]
    }
}

/// The most ways to begin that still count as a literal.
const LITERAL: usize = 64;

/// Whether a window begins with one of few words that are no numbers.
fn is_literal(window: &Window) -> bool {
    let digits: ByteSet = (b'0'..=b'9').collect();
    if !(window[1] & digits).is_empty() {
        return false;
    }
    let ways: usize = window[1..5].iter().map(|set| folded(*set).len()).product();
    (1..=LITERAL).contains(&ways)
}

/// The members of a set with letters folded as [`Heads::hash`] folds them.
fn folded(set: ByteSet) -> Vec<u8> {
    let mut bytes: Vec<u8> = set.iter().map(|byte| byte | 0x20).collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes
}

/// The four bytes that a literal window may begin with, folded.
fn heads(window: &Window) -> impl Iterator<Item = [u8; 4]> {
    let sets: [Vec<u8>; 4] = std::array::from_fn(|at| folded(window[at + 1]));
    let ways = sets.iter().map(Vec::len).product();
    (0..ways).map(move |mut way: usize| {
        std::array::from_fn(|at| {
            let byte = sets[at][way % sets[at].len()];
            way /= sets[at].len();
            byte
        })
    })
}

/// Windows that share a bit.
struct Bucket {
    unit: usize,
    literal: bool,
    window: Window,
    members: Vec<usize>,
}

/// Gathers items into buckets: again and again the two that cost least together are joined. Where to stop is a matter of
/// what a bank costs every byte against what wrong candidates cost.
fn gather(items: &[Item], sample: &mut Sample) -> Vec<Bucket> {
    let mut open = begin(items, sample);
    let mut joins = Joins::of(&open);
    let mut count = open.len();
    let mut best: (f64, Vec<Vec<usize>>) = (f64::INFINITY, Vec::new());
    loop {
        if count.is_multiple_of(BUCKETS) && count <= BANKS * BUCKETS || best.1.is_empty() && count < BUCKETS {
            let wrong: f64 = open.iter().map(|cluster| cluster.cost).sum();
            let cost = sample.share(wrong) * CANDIDATE + count.div_ceil(BUCKETS) as f64 * BANK;
            if cost < best.0 {
                best = (cost, open.iter().map(|cluster| cluster.members.clone()).collect());
            }
        }
        let Some((cost, into, from)) = joins.cheapest() else {
            break;
        };
        if cost >= APART && count <= BANKS * BUCKETS {
            break;
        }
        let gone = std::mem::take(&mut open[from]);
        open[into].join(gone);
        joins.renew(&open, into, from);
        count -= 1;
    }
    if best.1.is_empty() {
        best.1 = open.iter().map(|cluster| cluster.members.clone()).collect();
    }
    let gathered = best.1.into_iter().filter(|members| !members.is_empty());
    gathered.map(|members| bucket(items, members)).collect()
}

/// What a candidate costs, in nanoseconds.
const CANDIDATE: f64 = 30.0;
/// What a bank costs a byte, in nanoseconds.
const BANK: f64 = 0.03;

/// The clusters to begin with: items that are joined without a thought, and literals that are neighbours in their order.
fn begin(items: &[Item], sample: &mut Sample) -> Vec<Cluster> {
    let mut open: Vec<Cluster> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let mut cluster = Cluster::of(index, item, sample);
        let neighbour = |other: &Cluster| cluster.kind.1 && other.members.len() < LITERALS;
        let home = open
            .iter_mut()
            .rev()
            .find(|other| other.kind == cluster.kind && (neighbour(other) || cluster.added_to(other) < FREE));
        match home {
            Some(home) => home.join(cluster),
            None => {
                cluster.cost = cluster.places.cost(None);
                open.push(cluster);
            }
        }
    }
    open
}

/// Literals that are joined before it is tried out which fit together: they are looked at twice anyway.
const LITERALS: usize = 12;

/// What joining may cost without a thought.
const FREE: f64 = 1e-3;
/// What joining different kinds costs more: than any that are alike.
const APART: f64 = 1e9;

/// Items on their way into a bucket.
#[derive(Default)]
struct Cluster {
    /// The unit, whether all are literals, and whether all stand where a cell begins only. Units are never joined; the other
    /// kinds only where there are more of them than buckets.
    kind: (usize, bool, bool),
    places: Places,
    cost: f64,
    members: Vec<usize>,
}

impl Cluster {
    fn of(index: usize, item: &Item, sample: &mut Sample) -> Self {
        Self {
            kind: (item.unit, is_literal(&item.window), item.window[0].is_empty()),
            places: sample.places(&item.window),
            cost: 0.0,
            members: vec![index],
        }
    }

    /// What the places of `other` and of this one cost together, over what `other` costs alone.
    fn added_to(&self, other: &Self) -> f64 {
        other.places.cost(Some(&self.places)) - other.cost
    }

    fn join(&mut self, other: Self) {
        self.kind.1 &= other.kind.1;
        self.kind.2 &= other.kind.2;
        self.places.join(&other.places);
        self.cost = self.places.cost(None);
        self.members.extend(other.members);
    }
}

/// What joining any two clusters would cost more than leaving them apart.
struct Joins {
    /// For each cluster, its best partner among those before it.
    best: Vec<Option<(f64, usize)>>,
    costs: Vec<Vec<f64>>,
}

impl Joins {
    fn of(open: &[Cluster]) -> Self {
        let cost = |a: usize, b: usize| Self::cost(&open[a], &open[b]);
        let costs: Vec<Vec<f64>> = (0..open.len())
            .map(|a| (0..a).map(|b| cost(a, b)).collect())
            .collect();
        let mut joins = Self {
            best: vec![None; open.len()],
            costs,
        };
        (0..open.len()).for_each(|cluster| joins.choose(cluster));
        joins
    }

    fn cost(a: &Cluster, b: &Cluster) -> f64 {
        if a.kind.0 != b.kind.0 || a.members.is_empty() || b.members.is_empty() {
            return f64::INFINITY;
        }
        let apart = if a.kind == b.kind { 0.0 } else { APART };
        a.places.cost(Some(&b.places)) - a.cost - b.cost + apart
    }

    fn choose(&mut self, cluster: usize) {
        let partners = self.costs[cluster]
            .iter()
            .enumerate()
            .filter(|(_, cost)| cost.is_finite());
        let best = partners.min_by(|a, b| a.1.total_cmp(b.1));
        self.best[cluster] = best.map(|(partner, cost)| (*cost, partner));
    }

    /// The two to join next, the earlier one first, after what it costs.
    fn cheapest(&self) -> Option<(f64, usize, usize)> {
        let pairs = self
            .best
            .iter()
            .enumerate()
            .filter_map(|(from, best)| best.map(|(cost, into)| (cost, into, from)));
        pairs.min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Works out anew what has to do with a cluster that grew and one that is gone.
    fn renew(&mut self, open: &[Cluster], grown: usize, gone: usize) {
        for a in 0..open.len() {
            for b in [grown, gone] {
                if a != b {
                    self.costs[a.max(b)][a.min(b)] = Self::cost(&open[a], &open[b]);
                }
            }
        }
        (0..open.len()).for_each(|cluster| self.choose(cluster));
    }
}

fn bucket(items: &[Item], members: Vec<usize>) -> Bucket {
    let first = &items[members[0]];
    let mut window = [ByteSet::EMPTY; WIDTH];
    for member in &members {
        for (sum, set) in window.iter_mut().zip(items[*member].window) {
            *sum |= set;
        }
    }
    Bucket {
        unit: first.unit,
        literal: members.iter().all(|member| is_literal(&items[*member].window)),
        window,
        members,
    }
}

/// Ordinary data of several kinds, on which the gate is tried out. It decides speed only, never what is found.
pub(super) struct Sample {
    text: &'static [u8],
    maps: HashMap<(ByteSet, usize), Rc<[u64]>>,
}

impl Sample {
    pub(super) fn new() -> Self {
        let text = include_bytes!("sample.txt");
        Self {
            text: &text[..text.len() / 64 * 64],
            maps: HashMap::new(),
        }
    }

    /// How many places of a megabyte of it these windows let through.
    pub(super) fn per_megabyte(&mut self, windows: &[Window]) -> f64 {
        let places = windows
            .iter()
            .map(|window| self.places(window).cost(None))
            .sum::<f64>();
        places * 1e6 / self.text.len() as f64
    }

    /// A number of places as a share of all.
    fn share(&self, places: f64) -> f64 {
        places / self.text.len() as f64
    }

    fn places(&mut self, window: &Window) -> Places {
        Places {
            window: *window,
            fits: (0..WIDTH)
                .flat_map(|at| self.map(window[at], at).to_vec())
                .collect(),
        }
    }

    /// The places whose byte at `position` is in `set`, one bit each.
    fn map(&mut self, set: ByteSet, position: usize) -> Rc<[u64]> {
        let text = self.text;
        let map = self.maps.entry((set, position)).or_insert_with(|| {
            let at = |place: usize| text[(place + text.len() + position - 1) % text.len()];
            let word = |word: usize| {
                (0..64).fold(0, |bits, bit| {
                    bits | u64::from(set.contains(at(64 * word + bit))) << bit
                })
            };
            (0..text.len() / 64).map(word).collect()
        });
        map.clone()
    }
}

/// What a window lets through of the sample.
#[derive(Clone)]
struct Places {
    window: Window,
    /// For each position, the places that fit there, one bit each.
    fits: Vec<u64>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            window: [ByteSet::EMPTY; WIDTH],
            fits: Vec::new(),
        }
    }
}

impl Places {
    /// How many places pass, alone or together with another's; a little more for what a larger sample might show.
    fn cost(&self, other: Option<&Self>) -> f64 {
        let other = other.unwrap_or(self);
        let words = self.fits.len() / WIDTH;
        let passed: u32 = (0..words)
            .map(|word| {
                let fits =
                    |position| self.fits[position * words + word] | other.fits[position * words + word];
                (0..WIDTH)
                    .fold(u64::MAX, |passed, position| passed & fits(position))
                    .count_ones()
            })
            .sum();
        let both = self.window.iter().zip(&other.window);
        let likely: f64 = both.map(|(a, b)| f64::from((*a | *b).len()) / 256.0).product();
        f64::from(passed) + likely * words as f64
    }

    fn join(&mut self, other: &Self) {
        self.fits.iter_mut().zip(&other.fits).for_each(|(a, b)| *a |= b);
        self.window
            .iter_mut()
            .zip(other.window)
            .for_each(|(a, b)| *a |= b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(unit: usize, words: &[&str]) -> Item {
        let prefix = words.iter().map(|bytes| bytes.bytes().collect()).collect();
        Item {
            unit,
            window: window(ByteSet::ANY, &prefix),
        }
    }

    #[test]
    fn every_bucket_belongs_to_one_unit_and_no_item_is_lost() {
        let words: Vec<String> = (0..100).map(|n| format!("k{n:02}_")).collect();
        let items: Vec<Item> = (0..100)
            .map(|n| {
                let sets: Vec<&str> = words[n].split("").filter(|s| !s.is_empty()).collect();
                item(n % 3, &sets)
            })
            .collect();
        let buckets = gather(&items, &mut Sample::new());
        let mut members: Vec<usize> = buckets.iter().flat_map(|b| b.members.clone()).collect();
        members.sort_unstable();
        assert_eq!(members, (0..100).collect::<Vec<_>>());
        assert!(buckets.len() <= BANKS * BUCKETS);
        let alone = |b: &Bucket| b.members.iter().all(|m| items[*m].unit == b.unit);
        assert!(buckets.iter().all(alone));
    }

    #[test]
    fn more_kinds_than_buckets_share_them_and_none_is_lost() {
        let kinds: [&[&str]; 3] = [&["k", "e", "y", "_"], &["0123456789", "-", "01"], &["x", "yz"]];
        let mut items: Vec<Item> = (0..60)
            .flat_map(|unit| kinds.map(|words| item(unit, words)))
            .collect();
        for fresh in items.iter_mut().step_by(3) {
            fresh.window[0] = ByteSet::EMPTY;
        }
        let buckets = gather(&items, &mut Sample::new());
        assert!(buckets.len() <= BANKS * BUCKETS, "{}", buckets.len());
        assert_eq!(
            buckets.iter().map(|bucket| bucket.members.len()).sum::<usize>(),
            items.len()
        );
        let literal = |member: &usize| is_literal(&items[*member].window);
        assert!(
            buckets
                .iter()
                .all(|bucket| !bucket.literal || bucket.members.iter().all(literal))
        );
    }

    #[test]
    fn literals_are_looked_at_twice() {
        let gate = Gate::build(vec![item(0, &["s", "e", "c", "r"])], &mut Sample::new());
        assert_eq!(gate.units(1, Some(*b"SECR")), 1);
        assert_eq!(gate.units(1, Some(*b"sacr")), 0);
        assert_eq!(gate.units(1, None), 1);
    }
}
