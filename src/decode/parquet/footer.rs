//! The footer: looked over first, parsed by the parquet crate, then boiled down to what reading needs.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use parquet::basic::Compression;
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
    ParquetStatisticsPolicy, RowGroupMetaData,
};

use super::plan::{self, Plan};
use super::schema::{self, Leaf};
use super::thrift::{Reader, Stop};
use super::{Failure, guarded};
use crate::decode::{DecodeError, Options};
use crate::model::skip::SkipReason;

/// How deep a schema may nest. The parquet crate recurses over it, and a stack overflow cannot be caught.
const MAX_NESTING: usize = 100;

/// A file boiled down. It is kept as long as any row group is being read, so it holds no statistics and no names that
/// reading does not need.
#[derive(Debug)]
pub(super) struct File {
    /// Leaf columns in order; a column's id is its index.
    pub(super) leaves: Vec<Leaf>,
    /// Row groups in order.
    pub(super) groups: Vec<Group>,
    /// Rows of all groups.
    pub(super) rows: u64,
}

/// A row group.
#[derive(Debug)]
pub(super) struct Group {
    /// Its first row, counted over the file.
    pub(super) first: u64,
    /// Its rows.
    pub(super) rows: u64,
    /// One chunk per leaf.
    pub(super) chunks: Vec<Chunk>,
}

/// A column chunk.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// Where its pages are; inside the file.
    pub(super) range: Range<u64>,
    /// Its cells, nulls included.
    pub(super) cells: u64,
    /// How its pages are compressed.
    pub(super) codec: Compression,
    /// What to do with it.
    pub(super) plan: Plan,
}

/// Parses the footer `bytes`, which begin at `at` in a file of `size` bytes.
pub(super) fn parse(bytes: &[u8], at: u64, size: u64, options: &Options) -> Result<File, DecodeError> {
    let fail = |reason| DecodeError::new(reason, "parquet footer", at);
    let seen = look_over(bytes).map_err(|_| fail(SkipReason::Corrupt))?;
    if seen.leaves > options.max_columns || seen.nesting > MAX_NESTING {
        return Err(fail(SkipReason::TooDeep));
    }
    let metadata = guarded(|| decode(&repaired(bytes, &seen))).map_err(|failure| fail(failure.reason()))?;
    boil_down(&metadata, &seen, size, options).ok_or_else(|| fail(SkipReason::Corrupt))
}

/// Early C++ writers annotated columns of nothing but nulls with a converted type that never made it into the format;
/// the parquet crate refuses such a file whole. They stored the column as 32-bit integers.
const CONVERTED_NULL: i64 = 24;

/// The converted type `INT_32` (17) as a zigzag number, of the same length as [`CONVERTED_NULL`].
const CONVERTED_INT32: u8 = 34;

fn repaired<'a>(bytes: &'a [u8], seen: &Seen) -> Cow<'a, [u8]> {
    let mut bytes = Cow::Borrowed(bytes);
    for at in &seen.converted_nulls {
        bytes.to_mut()[*at] = CONVERTED_INT32;
    }
    bytes
}

fn decode(bytes: &[u8]) -> Result<ParquetMetaData, Failure> {
    let options = ParquetMetaDataOptions::new()
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
    Ok(ParquetMetaDataReader::decode_metadata_with_options(
        bytes,
        Some(&options),
    )?)
}

/// What a first look at a footer tells.
#[derive(Debug, Default)]
struct Seen {
    leaves: usize,
    nesting: usize,
    /// Chunks that are encrypted, as (row group, column).
    encrypted: BTreeSet<(usize, usize)>,
    groups: usize,
    /// Where a schema element is annotated with [`CONVERTED_NULL`].
    converted_nulls: Vec<usize>,
}

/// Walks over a footer without allocating by its claims. Field numbers are those of `FileMetaData` in
/// <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.
fn look_over(bytes: &[u8]) -> Result<Seen, Stop> {
    let mut seen = Seen::default();
    Reader::new(bytes).fields(|r, id, kind| match id {
        2 => schema_elements(r, kind, &mut seen),
        4 => r.structs(kind, |r| row_group(r, &mut seen)),
        _ => r.skip(kind),
    })?;
    Ok(seen)
}

/// The schema is a tree flattened depth first: each element says how many children follow it.
fn schema_elements(r: &mut Reader<'_>, kind: u8, seen: &mut Seen) -> Result<(), Stop> {
    let mut open: Vec<u32> = Vec::new();
    let mut elements = 0u32;
    let mut promised = 1u64;
    r.structs(kind, |r| {
        let children = schema_element(r, seen)?;
        elements += 1;
        promised += u64::from(children);
        if children == 0 {
            seen.leaves += 1;
            while let Some(left) = open.last_mut() {
                *left -= 1;
                if *left > 0 {
                    break;
                }
                open.pop();
            }
        } else {
            open.push(children);
            seen.nesting = seen.nesting.max(open.len());
        }
        Ok(())
    })?;
    // More children promised than there are elements would be allocated for before it is noticed.
    if promised == u64::from(elements) {
        Ok(())
    } else {
        Err(Stop::Bad)
    }
}

fn schema_element(r: &mut Reader<'_>, seen: &mut Seen) -> Result<u32, Stop> {
    let mut children = 0;
    r.fields(|r, id, kind| match id {
        5 => r.size().map(|n| children = n),
        6 => {
            let at = r.position();
            if r.int()? == CONVERTED_NULL && r.position() == at + 1 {
                seen.converted_nulls.push(at);
            }
            Ok(())
        }
        _ => r.skip(kind),
    })?;
    Ok(children)
}

fn row_group(r: &mut Reader<'_>, seen: &mut Seen) -> Result<(), Stop> {
    let group = seen.groups;
    seen.groups += 1;
    r.fields(|r, id, kind| match id {
        1 => {
            let mut column = 0;
            r.structs(kind, |r| {
                if column_chunk(r)? {
                    seen.encrypted.insert((group, column));
                }
                column += 1;
                Ok(())
            })
        }
        _ => r.skip(kind),
    })
}

/// Whether the chunk has crypto metadata: in a file with a readable footer some columns can be encrypted.
fn column_chunk(r: &mut Reader<'_>) -> Result<bool, Stop> {
    let mut encrypted = false;
    r.fields(|r, id, kind| {
        encrypted |= matches!(id, 8 | 9);
        r.skip(kind)
    })?;
    Ok(encrypted)
}

/// `None`: the numbers contradict each other or the file's size.
fn boil_down(metadata: &ParquetMetaData, seen: &Seen, size: u64, options: &Options) -> Option<File> {
    let schema = metadata.file_metadata().schema_descr();
    let leaves = schema::leaves(schema.root_schema());
    if leaves.len() != schema.num_columns() {
        return None;
    }
    let mut groups = Vec::with_capacity(metadata.num_row_groups());
    let mut first = 0u64;
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let rows = u64::try_from(group.num_rows()).ok()?;
        let chunks = chunks(group, index, &leaves, seen, size, options)?;
        groups.push(Group { first, rows, chunks });
        first = first.checked_add(rows)?;
    }
    let file = File {
        leaves,
        groups,
        rows: first,
    };
    disjoint(&file, size).then_some(file)
}

fn chunks(
    group: &RowGroupMetaData,
    index: usize,
    leaves: &[Leaf],
    seen: &Seen,
    size: u64,
    options: &Options,
) -> Option<Vec<Chunk>> {
    if group.num_columns() != leaves.len() {
        return None;
    }
    let rows = u64::try_from(group.num_rows()).ok()?;
    let columns = leaves.iter().zip(group.columns()).enumerate();
    columns
        .map(|(column, (leaf, meta))| {
            let mut chunk = chunk(leaf, meta, rows, size, options)?;
            if seen.encrypted.contains(&(index, column)) {
                chunk.plan = Plan::Fail(SkipReason::Encrypted);
            }
            Some(chunk)
        })
        .collect()
}

fn chunk(leaf: &Leaf, meta: &ColumnChunkMetaData, rows: u64, size: u64, options: &Options) -> Option<Chunk> {
    // Without lists around it, a column has a cell for every row, whatever a writer counted.
    let cells = match leaf.max_rep() {
        0 => rows,
        _ => u64::try_from(meta.num_values()).ok()?,
    };
    let data = u64::try_from(meta.data_page_offset()).ok()?;
    // Some writers put 0 where there is no dictionary; no page starts at the magic.
    let start = meta
        .dictionary_page_offset()
        .and_then(|at| u64::try_from(at).ok())
        .filter(|at| *at > 0 && *at < data)
        .unwrap_or(data);
    let end = start.checked_add(u64::try_from(meta.compressed_size()).ok()?)?;
    let plan = if meta.file_path().is_some_and(|path| !path.is_empty()) {
        // The pages are in another file.
        Plan::Fail(SkipReason::UnsupportedFormat)
    } else {
        plan::of(leaf, meta, cells, options.min_digits)
    };
    let plan = match plan {
        Plan::Scan | Plan::Count if end > size => Plan::Fail(SkipReason::Truncated),
        other => other,
    };
    Some(Chunk {
        range: start..end,
        cells,
        codec: meta.compression(),
        plan,
    })
}

/// Chunks do not overlap: a small file in which thousands share the same bytes would be read thousands of times.
fn disjoint(file: &File, size: u64) -> bool {
    let read: u128 = file
        .groups
        .iter()
        .flat_map(|group| &group.chunks)
        .filter(|chunk| chunk.plan.reads())
        .map(|chunk| u128::from(chunk.range.end - chunk.range.start))
        .sum();
    read <= u128::from(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema list of structs with the given numbers of children, as field 2 of a footer.
    fn footer(children: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x29, 0xfc, children.len() as u8];
        for n in children {
            match n {
                0 => bytes.push(0),
                n => bytes.extend([0x55, n * 2, 0]),
            }
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn a_look_counts_leaves_and_depth() {
        let seen = look_over(&footer(&[2, 0, 1, 1, 0])).unwrap();
        assert_eq!((seen.leaves, seen.nesting), (2, 3));
    }

    #[test]
    fn promised_children_must_exist() {
        assert_eq!(look_over(&footer(&[5, 0])).unwrap_err(), Stop::Bad);
    }

    #[test]
    fn a_schema_too_deep_for_the_stack_is_refused_before_parsing() {
        let mut children = vec![1; 120];
        children.push(0);
        let error = parse(&footer(&children), 9, 400, &Options::default()).unwrap_err();
        assert_eq!((error.reason, error.at), (SkipReason::TooDeep, 9));
    }

    #[test]
    fn too_many_columns_are_refused_before_parsing() {
        let options = Options {
            max_columns: 2,
            ..Options::default()
        };
        let error = parse(&footer(&[3, 0, 0, 0]), 0, 400, &options).unwrap_err();
        assert_eq!(error.reason, SkipReason::TooDeep);
    }

    #[test]
    fn the_annotation_for_nulls_of_early_writers_is_replaced() {
        let mut bytes = vec![0x29, 0x2c, 0x55, 2, 0, 0x65, 48, 0, 0];
        let seen = look_over(&bytes).unwrap();
        let repaired = repaired(&bytes, &seen).into_owned();
        bytes[6] = CONVERTED_INT32;
        assert_eq!(repaired, bytes);
    }

    #[test]
    fn crypto_metadata_marks_its_chunk() {
        // Row groups (field 4): one; its columns (field 1): the first plain, the second with field 8.
        let bytes = [0x49, 0x1c, 0x19, 0x2c, 0, 0x8c, 0, 0, 0, 0];
        assert_eq!(look_over(&bytes).unwrap().encrypted, BTreeSet::from([(0, 1)]));
    }
}
