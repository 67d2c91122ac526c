//! What to do with a column chunk, decided from the footer alone.

use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

use super::schema::{Leaf, Meaning};
use super::text;
use crate::model::skip::SkipReason;

/// What to do with a column chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Nothing that anyone looks for is in it, and the footer tells how many nulls.
    Pass {
        /// Its nulls.
        nulls: u64,
    },
    /// Nothing that anyone looks for is in it, but its nulls are only known by reading.
    Count,
    /// Read it.
    Scan,
    /// It cannot be read.
    Fail(SkipReason),
}

impl Plan {
    /// Whether bytes of the chunk are asked for.
    pub(super) fn reads(self) -> bool {
        matches!(self, Self::Count | Self::Scan)
    }
}

/// The plan for a chunk of `cells` cells of `leaf`, when identifiers have `min_digits` digits or more.
pub(super) fn of(leaf: &Leaf, meta: &ColumnChunkMetaData, cells: u64, min_digits: u32) -> Plan {
    if matches!(leaf.meaning, Meaning::Decimal { scale, .. } if !(0..=text::MAX_SCALE).contains(&scale)) {
        return Plan::Fail(SkipReason::Corrupt);
    }
    let nulls = nulls(leaf, meta.statistics(), cells);
    let nothing = nulls == Some(cells) || excluded(leaf.meaning, meta.statistics(), min_digits);
    match (nothing, nulls) {
        (true, Some(nulls)) => Plan::Pass { nulls },
        (true, None) => Plan::Count,
        (false, _) => Plan::Scan,
    }
}

fn nulls(leaf: &Leaf, statistics: Option<&Statistics>, cells: u64) -> Option<u64> {
    if leaf.max_def() == 0 || cells == 0 {
        return Some(0);
    }
    // A column of this type is all null by definition.
    if leaf.meaning == Meaning::Never("null") {
        return Some(cells);
    }
    statistics?.null_count_opt().filter(|nulls| *nulls <= cells)
}

/// Whether no value can show `min_digits` digits.
fn excluded(meaning: Meaning, statistics: Option<&Statistics>, min_digits: u32) -> bool {
    match meaning {
        Meaning::Never(_) => true,
        // 65,504 is the largest.
        Meaning::Float("float16") => min_digits > 5,
        Meaning::Int { signed, .. } => {
            integers(statistics, signed).is_some_and(|most| shown(most, 0) < min_digits)
        }
        Meaning::Decimal { scale, .. } => {
            unscaled(statistics).is_some_and(|most| shown(most, scale) < min_digits)
        }
        // Below one there is still 0, which shows one digit.
        Meaning::Float(_) if min_digits > 1 => {
            floats(statistics).is_some_and(|most| most < 10f64.powi(min_digits as i32 - 1))
        }
        _ => false,
    }
}

/// Digits of an unscaled number with its point set: `0.05` shows three.
fn shown(magnitude: u128, scale: i32) -> u32 {
    let digits = magnitude.checked_ilog10().unwrap_or(0) + 1;
    digits.max(scale.max(0) as u32 + 1)
}

/// The largest magnitude between two bounds.
fn most(min: i128, max: i128) -> Option<u128> {
    (min <= max).then(|| min.unsigned_abs().max(max.unsigned_abs()))
}

fn integers(statistics: Option<&Statistics>, signed: bool) -> Option<u128> {
    let statistics = statistics?;
    let (min, max) = match statistics {
        Statistics::Int32(s) if signed => (i128::from(*s.min_opt()?), i128::from(*s.max_opt()?)),
        Statistics::Int64(s) if signed => (i128::from(*s.min_opt()?), i128::from(*s.max_opt()?)),
        // Older writers ordered unsigned numbers by sign, so their bounds prove nothing.
        _ if statistics.is_min_max_deprecated() => return None,
        Statistics::Int32(s) => (i128::from(*s.min_opt()? as u32), i128::from(*s.max_opt()? as u32)),
        Statistics::Int64(s) => (i128::from(*s.min_opt()? as u64), i128::from(*s.max_opt()? as u64)),
        _ => return None,
    };
    most(min, max)
}

fn unscaled(statistics: Option<&Statistics>) -> Option<u128> {
    match statistics? {
        Statistics::Int32(_) | Statistics::Int64(_) => integers(statistics, true),
        // Older writers ordered these as unsigned bytes.
        other if other.is_min_max_deprecated() || !other.min_is_exact() || !other.max_is_exact() => None,
        other => most(
            text::big_endian(other.min_bytes_opt()?)?,
            text::big_endian(other.max_bytes_opt()?)?,
        ),
    }
}

fn floats(statistics: Option<&Statistics>) -> Option<f64> {
    let (min, max) = match statistics? {
        Statistics::Float(s) => (f64::from(*s.min_opt()?), f64::from(*s.max_opt()?)),
        Statistics::Double(s) => (*s.min_opt()?, *s.max_opt()?),
        _ => return None,
    };
    (min <= max).then(|| min.abs().max(max.abs()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::{Repetition, Type as Physical};
    use parquet::data_type::{ByteArray, FixedLenByteArray};

    use super::*;

    fn leaf(physical: Physical, meaning: Meaning, repetition: Repetition) -> Leaf {
        Leaf {
            path: Vec::new(),
            meaning,
            physical,
            width: if physical == Physical::FIXED_LEN_BYTE_ARRAY {
                2
            } else {
                0
            },
            repetitions: vec![repetition],
        }
    }

    fn plan(leaf: &Leaf, statistics: Option<Statistics>) -> Plan {
        let column = leaf.bare().unwrap().column(0);
        let mut meta = ColumnChunkMetaData::builder(Arc::clone(&column)).set_num_values(10);
        if let Some(statistics) = statistics {
            meta = meta.set_statistics(statistics);
        }
        of(leaf, &meta.build().unwrap(), 10, 7)
    }

    const INT: Meaning = Meaning::Int {
        bits: 64,
        signed: true,
    };

    fn int64(min: i64, max: i64, nulls: Option<u64>) -> Option<Statistics> {
        Some(Statistics::int64(Some(min), Some(max), None, nulls, false))
    }

    #[test]
    fn numbers_pass_when_their_bounds_stay_below_the_shortest_identifier() {
        let column = leaf(Physical::INT64, INT, Repetition::OPTIONAL);
        let pass = Plan::Pass { nulls: 3 };
        assert_eq!(plan(&column, int64(-999_999, 999_999, Some(3))), pass);
        assert_eq!(plan(&column, int64(-1_000_000, 0, Some(3))), Plan::Scan);
        assert_eq!(plan(&column, int64(0, 1_000_000, Some(3))), Plan::Scan);
        assert_eq!(plan(&column, int64(0, 9, None)), Plan::Count);
        assert_eq!(plan(&column, None), Plan::Scan);
    }

    #[test]
    fn bounds_that_contradict_themselves_prove_nothing() {
        let column = leaf(Physical::INT64, INT, Repetition::OPTIONAL);
        assert_eq!(plan(&column, int64(9, 0, Some(0))), Plan::Scan);
        assert_eq!(plan(&column, int64(0, 9, Some(11))), Plan::Count);
    }

    #[test]
    fn a_column_of_nulls_passes_whatever_its_type() {
        let column = leaf(
            Physical::BYTE_ARRAY,
            Meaning::Bytes("string"),
            Repetition::OPTIONAL,
        );
        let nulls = |n| Some(Statistics::byte_array(None, None, None, Some(n), false));
        assert_eq!(plan(&column, nulls(10)), Plan::Pass { nulls: 10 });
        assert_eq!(plan(&column, nulls(9)), Plan::Scan);
    }

    #[test]
    fn a_required_column_has_no_nulls_without_saying_so() {
        let column = leaf(Physical::BOOLEAN, Meaning::Never("boolean"), Repetition::REQUIRED);
        assert_eq!(plan(&column, None), Plan::Pass { nulls: 0 });
        let column = leaf(Physical::BOOLEAN, Meaning::Never("boolean"), Repetition::OPTIONAL);
        assert_eq!(plan(&column, None), Plan::Count);
    }

    #[test]
    fn unsigned_bounds_count_only_where_they_were_ordered_as_such() {
        let unsigned = Meaning::Int {
            bits: 32,
            signed: false,
        };
        let column = leaf(Physical::INT32, unsigned, Repetition::REQUIRED);
        let bounds = |old| Some(Statistics::int32(Some(1), Some(2), None, None, old));
        assert_eq!(plan(&column, bounds(false)), Plan::Pass { nulls: 0 });
        assert_eq!(plan(&column, bounds(true)), Plan::Scan);
    }

    #[test]
    fn decimals_count_all_digits_shown() {
        let decimal = |scale| Meaning::Decimal { precision: 9, scale };
        let bounds = || int64(0, 5, Some(0));
        let column = |scale| leaf(Physical::INT64, decimal(scale), Repetition::OPTIONAL);
        assert_eq!(plan(&column(2), bounds()), Plan::Pass { nulls: 0 });
        assert_eq!(plan(&column(6), bounds()), Plan::Scan);
        assert_eq!(plan(&column(-1), bounds()), Plan::Fail(SkipReason::Corrupt));
        assert_eq!(plan(&column(i32::MAX), bounds()), Plan::Fail(SkipReason::Corrupt));
    }

    #[test]
    fn decimals_in_bytes_are_bounded_by_their_numbers() {
        let decimal = Meaning::Decimal {
            precision: 4,
            scale: 0,
        };
        let column = leaf(Physical::FIXED_LEN_BYTE_ARRAY, decimal, Repetition::REQUIRED);
        let bytes = |b: [u8; 2]| Some(FixedLenByteArray::from(ByteArray::from(b.to_vec())));
        let bounds = |old| {
            let (min, max) = (bytes([0xff, 0x00]), bytes([0x01, 0x00]));
            Statistics::fixed_len_byte_array(min, max, None, Some(0), old)
        };
        assert_eq!(plan(&column, Some(bounds(true))), Plan::Scan);
        assert_eq!(plan(&column, Some(bounds(false))), Plan::Pass { nulls: 0 });
    }

    #[test]
    fn floats_pass_by_magnitude_and_a_nan_bound_proves_nothing() {
        let column = leaf(Physical::DOUBLE, Meaning::Float("double"), Repetition::REQUIRED);
        let bounds = |min, max| Some(Statistics::double(Some(min), Some(max), None, None, false));
        assert_eq!(plan(&column, bounds(-1.5, 99.5)), Plan::Pass { nulls: 0 });
        assert_eq!(plan(&column, bounds(-1.5, 1e6)), Plan::Scan);
        assert_eq!(plan(&column, bounds(f64::NAN, 1.0)), Plan::Scan);
    }
}
