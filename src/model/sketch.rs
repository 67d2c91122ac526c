//! Distinct counts that merge: exact while small, HyperLogLog after that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tally::Merge;

/// Registers of the dense form: a standard error of 1.04 / √4096 = 1.6 %.
const REGISTERS: usize = 1 << PRECISION;
const PRECISION: u32 = 12;
/// Distinct hashes that are kept exactly.
const EXACT: usize = 512;

/// Counts distinct keyed hashes. The state depends only on the set of hashes offered, never on their order or on how
/// they were split, so merged sketches equal the sketch of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "Wire", try_from = "Wire")]
#[schemars(with = "Wire")]
pub struct Sketch(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// Sorted, no duplicates.
    Exact(Vec<u64>),
    Dense(Box<[u8; REGISTERS]>),
}

impl Default for Sketch {
    fn default() -> Self {
        Self(Form::Exact(Vec::new()))
    }
}

impl Sketch {
    /// Offers a hash, uniform over 64 bits.
    pub fn insert(&mut self, hash: u64) {
        match &mut self.0 {
            Form::Exact(sorted) => {
                if let Err(at) = place(sorted, hash) {
                    sorted.insert(at, hash);
                    if sorted.len() > EXACT {
                        self.densify();
                    }
                }
            }
            Form::Dense(registers) => raise(registers, hash),
        }
    }

    /// How many distinct hashes were offered: exact up to 512, an estimate with 1.6 % standard error above.
    pub fn estimate(&self) -> u64 {
        match &self.0 {
            Form::Exact(sorted) => sorted.len() as u64,
            Form::Dense(registers) => estimate(registers),
        }
    }

    /// The relative standard error of [`Sketch::estimate`]: 0 while exact.
    pub fn relative_error(&self) -> f64 {
        match self.0 {
            Form::Exact(_) => 0.0,
            Form::Dense(_) => 0.01625,
        }
    }

    fn densify(&mut self) {
        if let Form::Exact(sorted) = &self.0 {
            let mut registers = Box::new([0; REGISTERS]);
            sorted.iter().for_each(|hash| raise(&mut registers, *hash));
            self.0 = Form::Dense(registers);
        }
    }
}

/// Where a hash is among sorted ones, or belongs. They are uniform: it is not far from where its size puts it.
fn place(sorted: &[u64], hash: u64) -> Result<usize, usize> {
    let mut at = ((u128::from(hash) * sorted.len() as u128) >> 64) as usize;
    while at > 0 && sorted[at - 1] >= hash {
        at -= 1;
    }
    while at < sorted.len() && sorted[at] < hash {
        at += 1;
    }
    match sorted.get(at) {
        Some(found) if *found == hash => Ok(at),
        _ => Err(at),
    }
}

fn raise(registers: &mut [u8; REGISTERS], hash: u64) {
    let index = (hash >> (64 - PRECISION)) as usize;
    // A guard bit bounds the rank where all remaining bits are zero.
    let rank = ((hash << PRECISION) | (1 << (PRECISION - 1))).leading_zeros() as u8 + 1;
    registers[index] = registers[index].max(rank);
}

/// O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6: unbiased over the
/// whole range without correction tables.
fn estimate(registers: &[u8; REGISTERS]) -> u64 {
    const Q: usize = (64 - PRECISION) as usize;
    let mut counts = [0u32; Q + 2];
    registers.iter().for_each(|rank| counts[usize::from(*rank)] += 1);
    let m = REGISTERS as f64;
    let mut z = m * tau(1.0 - f64::from(counts[Q + 1]) / m);
    for count in counts[1..=Q].iter().rev() {
        z = 0.5 * (z + f64::from(*count));
    }
    z += m * sigma(f64::from(counts[0]) / m);
    (m * m / (2.0 * std::f64::consts::LN_2 * z)).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

impl Merge for Sketch {
    fn merge(&mut self, mut other: Self) {
        if let (Form::Exact(_), Form::Dense(_)) = (&self.0, &other.0) {
            std::mem::swap(self, &mut other);
        }
        match other.0 {
            Form::Exact(sorted) => sorted.into_iter().for_each(|hash| self.insert(hash)),
            Form::Dense(theirs) => {
                self.densify();
                if let Form::Dense(ours) = &mut self.0 {
                    ours.iter_mut()
                        .zip(theirs.iter())
                        .for_each(|(a, b)| *a = (*a).max(*b));
                }
            }
        }
    }
}

/// The serialised form: `{"exact": base64 of little-endian hashes}` or `{"hll12": base64 of registers}`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Wire {
    /// At most 512 keyed hashes.
    Exact(String),
    /// 4,096 registers of one byte.
    Hll12(String),
}

impl From<Sketch> for Wire {
    fn from(sketch: Sketch) -> Self {
        match sketch.0 {
            Form::Exact(sorted) => {
                let bytes: Vec<u8> = sorted.iter().flat_map(|h| h.to_le_bytes()).collect();
                Self::Exact(STANDARD_NO_PAD.encode(bytes))
            }
            Form::Dense(registers) => Self::Hll12(STANDARD_NO_PAD.encode(&registers[..])),
        }
    }
}

impl TryFrom<Wire> for Sketch {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        const BAD: &str = "a sketch that is not well-formed";
        match wire {
            Wire::Exact(text) => {
                let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| BAD)?;
                let (hashes, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() || hashes.len() > EXACT {
                    return Err(BAD);
                }
                let mut sketch = Self::default();
                hashes.iter().for_each(|h| sketch.insert(u64::from_le_bytes(*h)));
                Ok(sketch)
            }
            Wire::Hll12(text) => {
                let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| BAD)?;
                let registers: Box<[u8; REGISTERS]> = bytes.into_boxed_slice().try_into().map_err(|_| BAD)?;
                let highest = (64 - PRECISION + 1) as u8;
                if registers.iter().any(|r| *r > highest) {
                    Err(BAD)
                } else {
                    Ok(Self(Form::Dense(registers)))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(n: u64) -> u64 {
        // SplitMix64: uniform and dependency-free.
        let mut z = n
            .wrapping_add(0x9e37_79b9_7f4a_7c15)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 30)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn of(values: impl IntoIterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::default();
        values.into_iter().for_each(|v| sketch.insert(hash(v)));
        sketch
    }

    #[test]
    fn small_counts_are_exact() {
        assert_eq!(of((0..400).chain(0..400)).estimate(), 400);
    }

    #[test]
    fn large_counts_are_within_five_standard_errors() {
        for n in [600, 5_000, 100_000, 1_000_000] {
            let error = of(0..n).estimate() as f64 / n as f64 - 1.0;
            assert!(error.abs() < 5.0 * 0.01625, "{n}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_split_and_order_gives_the_same_state(n in 0u64..1500, split in 0u64..1500) {
            let split = split.min(n);
            let (mut a, b) = (of((0..split).rev()), of(split..n));
            let mut ba = b.clone();
            ba.merge(a.clone());
            a.merge(b);
            prop_assert_eq!(&a, &of(0..n));
            prop_assert_eq!(a, ba);
        }

        #[test]
        fn what_is_written_reads_back(n in 0u64..1500) {
            let sketch = of(0..n);
            let text = serde_json::to_string(&sketch).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sketch>(&text).unwrap(), sketch);
        }
    }

    #[test]
    fn malformed_sketches_are_refused() {
        for text in [r#"{"exact":"AAA"}"#, r#"{"hll12":"AAAA"}"#, r#"{"exact":"!"}"#] {
            assert!(serde_json::from_str::<Sketch>(text).is_err());
        }
    }
}
