//! Cells: what decoding hands to classification, in Arrow's own layouts, without copies.

use arrow::array::{Array, BinaryViewArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

/// A column of the part being decoded; ids count from 0 in the order the decoder announced them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

/// A run of cells of one column.
#[derive(Debug, Clone)]
pub struct CellBatch {
    /// The column that the cells belong to.
    pub column: ColumnId,
    /// The cells' bytes.
    pub cells: Cells,
    /// Which cells are null (as long as the cells; for a dictionary, as long as its keys). `None`: none is.
    pub nulls: Option<NullBuffer>,
    /// The row of each cell.
    pub rows: RowMap,
    /// Neighbouring bytes that stand in the first and last cell as context only.
    pub cut: Cut,
    /// Where the batch stands in the decoded stream.
    pub at: Position,
}

/// Cell bytes in one of Arrow's layouts.
#[derive(Debug, Clone)]
pub enum Cells {
    /// `values[offsets[i]..offsets[i + 1]]`, 32-bit offsets (Arrow `Utf8`, `Binary`).
    Offsets32 {
        /// One more than there are cells.
        offsets: OffsetBuffer<i32>,
        /// The bytes of all cells.
        values: Buffer,
    },
    /// The same with 64-bit offsets (`LargeUtf8`, `LargeBinary`).
    Offsets64 {
        /// One more than there are cells.
        offsets: OffsetBuffer<i64>,
        /// The bytes of all cells.
        values: Buffer,
    },
    /// Views (`Utf8View` as its binary twin, `BinaryView`).
    View(BinaryViewArray),
    /// A dictionary: `values` is scanned once and counted by key.
    Dict {
        /// For each cell, its index into `values`; arbitrary where the cell is null.
        keys: ScalarBuffer<i32>,
        /// The distinct values; never itself a dictionary.
        values: Box<Cells>,
    },
}

impl Cells {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Offsets32 { offsets, .. } => offsets.len() - 1,
            Self::Offsets64 { offsets, .. } => offsets.len() - 1,
            Self::View(array) => array.len(),
            Self::Dict { keys, .. } => keys.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of cell `index`. For a dictionary whose key is out of range (a null's key may be) nothing.
    pub fn get(&self, index: usize) -> &[u8] {
        match self {
            Self::Offsets32 { offsets, values } => {
                &values[offsets[index] as usize..offsets[index + 1] as usize]
            }
            Self::Offsets64 { offsets, values } => {
                &values[offsets[index] as usize..offsets[index + 1] as usize]
            }
            Self::View(array) => array.value(index),
            Self::Dict { keys, values } => usize::try_from(keys[index])
                .ok()
                .filter(|k| *k < values.len())
                .map_or(&[], |k| values.get(k)),
        }
    }

    /// What a scan reads, each once: the values of a dictionary, otherwise the cells.
    pub fn values(&self) -> &Self {
        match self {
            Self::Dict { values, .. } => values,
            plain => plain,
        }
    }

    /// `len` cells from cell `from` on; their bytes are shared.
    #[must_use]
    pub fn slice(&self, from: usize, len: usize) -> Self {
        match self {
            Self::Offsets32 { offsets, values } => Self::Offsets32 {
                offsets: offsets.slice(from, len),
                values: values.clone(),
            },
            Self::Offsets64 { offsets, values } => Self::Offsets64 {
                offsets: offsets.slice(from, len),
                values: values.clone(),
            },
            Self::View(array) => Self::View(array.slice(from, len)),
            Self::Dict { keys, values } => Self::Dict {
                keys: keys.slice(from, len),
                values: values.clone(),
            },
        }
    }

    /// One cell that holds all of `bytes`.
    pub fn one(bytes: impl Into<Buffer>) -> Self {
        let values: Buffer = bytes.into();
        let end = values.len() as i64;
        Self::Offsets64 {
            offsets: OffsetBuffer::new(ScalarBuffer::from(vec![0, end])),
            values,
        }
    }

    /// About how many bytes of memory these cells take.
    pub fn memory(&self) -> usize {
        let beside = match self {
            Self::Offsets32 { offsets, .. } => size_of_val(&offsets[..]),
            Self::Offsets64 { offsets, .. } => size_of_val(&offsets[..]),
            Self::View(array) => size_of_val(&array.views()[..]),
            Self::Dict { keys, values } => size_of_val(&keys[..]) + values.memory(),
        };
        match self {
            Self::Dict { .. } => beside,
            plain => beside + plain.scanned_bytes(),
        }
    }

    /// The bytes that a scan of these cells reads.
    pub fn scanned_bytes(&self) -> usize {
        match self {
            Self::Offsets32 { offsets, .. } => (offsets[offsets.len() - 1] - offsets[0]) as usize,
            Self::Offsets64 { offsets, .. } => (offsets[offsets.len() - 1] - offsets[0]) as usize,
            Self::View(array) => array.lengths().map(|l| l as usize).sum(),
            Self::Dict { values, .. } => values.scanned_bytes(),
        }
    }
}

/// Which row each cell belongs to; rows count from 0 over the whole part.
#[derive(Debug, Clone)]
pub enum RowMap {
    /// Cell `i` is row `first + i`.
    OnePerRow {
        /// The row of the first cell.
        first: u64,
    },
    /// Cell `i` is row `rows[i]`; not decreasing. Lists and maps (several cells share a row), sparse JSON fields.
    PerCell(ScalarBuffer<u64>),
    /// Text: the one cell is a run of lines and rows are lines.
    Lines,
}

impl RowMap {
    /// The row of cell `index`; for text the first line's number less one.
    pub fn row(&self, index: usize) -> u64 {
        match self {
            Self::OnePerRow { first } => first + index as u64,
            Self::PerCell(rows) => rows[index],
            Self::Lines => 0,
        }
    }
}

/// Bytes of the neighbouring pieces that stand in a batch as context: a hit belongs to the piece in which it starts.
/// A cut is never a field border.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut {
    /// How many bytes at the start of the first cell belong to the piece before.
    pub before: u32,
    /// How many bytes at the end of the last cell belong to the piece after.
    pub after: u32,
}

/// Where a batch stands in the decoded stream of its part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The 0-based byte in the decoded UTF-8 of the batch's first byte of its own (after `cut.before`), for text.
    pub byte: u64,
    /// The 1-based line of that byte; 0 where lines mean nothing.
    pub line: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<&'static [u8]> {
        vec![b"", b"one", b"a value longer than an inlined view", b"\xff\x00"]
    }

    fn offsets<T: arrow::datatypes::ArrowNativeType>(cast: impl Fn(usize) -> T) -> (ScalarBuffer<T>, Buffer) {
        let mut ends = vec![cast(0)];
        let mut values = Vec::new();
        for word in words() {
            values.extend_from_slice(word);
            ends.push(cast(values.len()));
        }
        (ScalarBuffer::from(ends), Buffer::from(values))
    }

    fn reads_back(cells: &Cells) {
        let last = cells.slice(cells.len() - 1, 1);
        assert_eq!((last.len(), last.get(0)), (1, cells.get(cells.len() - 1)));
        assert_eq!(
            (0..cells.len()).map(|i| cells.get(i)).collect::<Vec<_>>(),
            words()
        );
        assert_eq!(
            cells.scanned_bytes(),
            words().iter().map(|w| w.len()).sum::<usize>()
        );
    }

    #[test]
    fn offsets32_reads_back() {
        let (ends, values) = offsets(|n| n as i32);
        reads_back(&Cells::Offsets32 {
            offsets: OffsetBuffer::new(ends),
            values,
        });
    }

    #[test]
    fn offsets64_reads_back() {
        let (ends, values) = offsets(|n| n as i64);
        reads_back(&Cells::Offsets64 {
            offsets: OffsetBuffer::new(ends),
            values,
        });
    }

    #[test]
    fn offsets_may_start_past_the_buffer_start() {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![2i32, 4, 5]));
        let cells = Cells::Offsets32 {
            offsets,
            values: Buffer::from(b"xxabcxx".to_vec()),
        };
        assert_eq!(
            (cells.get(0), cells.get(1), cells.scanned_bytes()),
            (&b"ab"[..], &b"c"[..], 3)
        );
    }

    #[test]
    fn views_read_back() {
        reads_back(&Cells::View(BinaryViewArray::from_iter_values(words())));
    }

    #[test]
    fn a_dictionary_reads_through_its_keys_and_survives_a_null_key() {
        let values = Box::new(Cells::View(BinaryViewArray::from_iter_values(words())));
        let cells = Cells::Dict {
            keys: ScalarBuffer::from(vec![1, 1, -1, 3, 99]),
            values,
        };
        assert_eq!(
            (0..5).map(|i| cells.get(i)).collect::<Vec<_>>(),
            [&b"one"[..], b"one", b"", b"\xff\x00", b""]
        );
    }

    #[test]
    fn one_cell_is_the_whole_piece() {
        let cells = Cells::one(b"all of it".to_vec());
        assert_eq!((cells.len(), cells.get(0)), (1, &b"all of it"[..]));
    }
}
