//! Gathering cells that arrive row by row into batches per column.

use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::leaf::Out;
use super::window::{LONG, LongCell};
use super::{Column, Fold, Options, Passed, Segment, Step};
use crate::model::cells::{CellBatch, Cells, ColumnId, Cut, Position, RowMap};

/// The largest batch, whatever the options say: offsets are 32 bits.
const MOST: usize = 256 << 20;

/// The columns of one part and the cells not yet given.
pub(super) struct Gather {
    columns: Vec<Builder>,
    live: usize,
    held: usize,
    /// Bytes held or given of the row that is open.
    in_row: usize,
    /// `in_row` at which the open row is broken.
    row_limit: usize,
    piece: usize,
    overlap: usize,
}

#[derive(Default)]
struct Builder {
    ends: Vec<i32>,
    values: Vec<u8>,
    rows: Rows,
    /// Where the open cell begins in `values`.
    open: usize,
    long: Option<LongCell>,
    given: u64,
    passed: u64,
    nulls: u64,
    folded: bool,
}

enum Rows {
    /// Cell `i` is row `first + i`.
    Dense(u64),
    Sparse(Vec<u64>),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Dense(0)
    }
}

/// Digits from which on a number names something: as a fraction, and behind an apostrophe.
const NAMING: [usize; 2] = [7, 4];

/// Takes from the number in the last cell what programs put there: `.0`, where a column of whole numbers with blanks was
/// kept as one of fractions, and the apostrophe that keeps a spreadsheet from reading digits as a number.
#[inline]
fn strip(values: &mut Vec<u8>, open: usize) {
    let is_number = |digits: &[u8], least| digits.len() >= least && digits.iter().all(u8::is_ascii_digit);
    match &values[open..] {
        [digits @ .., b'.', b'0'] if is_number(digits, NAMING[0]) => values.truncate(values.len() - 2),
        [b'\'', digits @ ..] if is_number(digits, NAMING[1]) => {
            values.remove(open);
        }
        _ => {}
    }
}

impl Gather {
    /// No columns yet.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            columns: Vec::new(),
            live: 0,
            held: 0,
            in_row: 0,
            row_limit: LONG,
            piece: options.piece.clamp(1, MOST),
            overlap: options.overlap.max(1),
        }
    }

    /// Announces a column.
    pub(super) fn column(&mut self, path: Vec<Segment>, kind: &'static str, out: &mut Out) -> ColumnId {
        let id = ColumnId(self.columns.len() as u32);
        self.columns.push(Builder::default());
        self.live += 1;
        out.push_back(Step::Column(Column {
            id,
            path,
            kind: kind.to_owned(),
        }));
        id
    }

    /// Columns that are not folded away.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// Columns announced.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Adds bytes to the open cell of a column.
    #[inline]
    pub(super) fn append(&mut self, column: ColumnId, row: u64, bytes: &[u8], out: &mut Out) {
        let builder = &mut self.columns[column.0 as usize];
        if builder.long.is_none() && builder.values.len() - builder.open + bytes.len() <= LONG {
            builder.values.extend_from_slice(bytes);
        } else {
            self.append_long(column, row, bytes, out);
        }
    }

    /// Ends the open cell of a column, at `row`.
    #[inline]
    pub(super) fn end_cell(&mut self, column: ColumnId, row: u64, out: &mut Out) {
        let builder = &mut self.columns[column.0 as usize];
        if builder.long.is_some() {
            self.end_long(column, row, out);
            return;
        }
        builder.place(row);
        strip(&mut builder.values, builder.open);
        let len = builder.values.len();
        let size = len - builder.open + size_of::<i32>();
        builder.open = len;
        builder.ends.push(len as i32);
        self.held += size;
        self.in_row += size;
        if self.in_row >= self.row_limit {
            self.break_row(out);
        }
    }

    /// Counts a cell that needs no reading.
    pub(super) fn pass(&mut self, column: ColumnId, null: bool) {
        let builder = &mut self.columns[column.0 as usize];
        builder.passed += 1;
        builder.nulls += u64::from(null);
    }

    /// Ends a row, where batches may break.
    #[inline]
    pub(super) fn end_row(&mut self, out: &mut Out) {
        self.in_row = 0;
        self.row_limit = LONG;
        if self.held >= self.piece {
            self.flush(out);
        }
    }

    /// Gives all complete cells.
    pub(super) fn flush(&mut self, out: &mut Out) {
        for (index, builder) in self.columns.iter_mut().enumerate() {
            builder.flush(ColumnId(index as u32), out);
        }
        self.held = 0;
    }

    /// Counts, for columns that have one cell a row, those that rows lack; they are null.
    pub(super) fn fill(&mut self, rows: u64) {
        for builder in &mut self.columns {
            let missing = rows.saturating_sub(builder.given + (builder.ends.len() as u64) + builder.passed);
            builder.passed += missing;
            builder.nulls += missing;
        }
    }

    /// Gives what is held and lets `from` flow into `into`.
    pub(super) fn fold(&mut self, from: ColumnId, into: ColumnId, out: &mut Out) {
        self.columns[from.0 as usize].flush(from, out);
        if !std::mem::replace(&mut self.columns[from.0 as usize].folded, true) {
            self.live -= 1;
        }
        out.push_back(Step::Fold(Fold { from, into }));
    }

    #[cold]
    fn append_long(&mut self, column: ColumnId, row: u64, bytes: &[u8], out: &mut Out) {
        let overlap = self.overlap;
        let builder = &mut self.columns[column.0 as usize];
        let mut long = builder.long.take().unwrap_or_default();
        let begun = builder.values.split_off(builder.open);
        builder.flush(column, out);
        let mut give = |bytes, cut| out.push_back(Step::Cells(segment(column, row, bytes, cut)));
        long.push(&begun, overlap, &mut give);
        long.push(bytes, overlap, &mut give);
        builder.long = Some(long);
    }

    #[cold]
    fn end_long(&mut self, column: ColumnId, row: u64, out: &mut Out) {
        let overlap = self.overlap;
        let builder = &mut self.columns[column.0 as usize];
        builder.given += 1;
        if let Some(long) = builder.long.take() {
            let give = |bytes, cut| out.push_back(Step::Cells(segment(column, row, bytes, cut)));
            long.finish(overlap, give);
        }
    }

    /// A row may be far larger than a piece; it is broken where its own length says, never where memory does.
    #[cold]
    fn break_row(&mut self, out: &mut Out) {
        self.row_limit = self.in_row + LONG;
        self.flush(out);
    }
}

impl Builder {
    /// Notes the row of the next cell.
    #[inline]
    fn place(&mut self, row: u64) {
        let count = self.ends.len() as u64;
        match &mut self.rows {
            Rows::Dense(first) if count == 0 => *first = row,
            Rows::Dense(first) if *first + count == row => {}
            Rows::Dense(first) => {
                let mut rows: Vec<u64> = (*first..*first + count).collect();
                rows.push(row);
                self.rows = Rows::Sparse(rows);
            }
            Rows::Sparse(rows) => rows.push(row),
        }
    }

    /// Gives the complete cells; an open one stays.
    fn flush(&mut self, column: ColumnId, out: &mut Out) {
        if !self.ends.is_empty() {
            self.given += self.ends.len() as u64;
            out.push_back(Step::Cells(self.take_batch(column)));
        }
        if self.passed > 0 {
            self.given += self.passed;
            out.push_back(Step::Passed(Passed {
                column,
                cells: std::mem::take(&mut self.passed),
                nulls: std::mem::take(&mut self.nulls),
            }));
        }
    }

    fn take_batch(&mut self, column: ColumnId) -> CellBatch {
        let begun = self.values.split_off(self.open);
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let values = std::mem::replace(&mut self.values, begun);
        self.values.reserve(values.len().min(LONG));
        self.open = 0;
        let rows = match std::mem::take(&mut self.rows) {
            Rows::Dense(first) => RowMap::OnePerRow { first },
            Rows::Sparse(rows) => RowMap::PerCell(ScalarBuffer::from(rows)),
        };
        CellBatch {
            column,
            cells: Cells::Offsets32 {
                offsets: OffsetBuffer::new(ScalarBuffer::from(offsets)),
                values: Buffer::from_vec(values),
            },
            nulls: None,
            rows,
            cut: Cut::default(),
            at: Position::default(),
        }
    }
}

/// A segment of a long cell, as a batch of its own.
fn segment(column: ColumnId, row: u64, bytes: Vec<u8>, cut: Cut) -> CellBatch {
    CellBatch {
        column,
        cells: Cells::one(bytes),
        nulls: None,
        rows: RowMap::OnePerRow { first: row },
        cut,
        at: Position::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::options;

    fn gather(piece: usize) -> (Gather, ColumnId, Out) {
        let (mut gather, mut out) = (Gather::new(&options(piece)), Out::new());
        let id = gather.column(vec![Segment::Root], "text", &mut out);
        out.clear();
        (gather, id, out)
    }

    fn batches(out: Out) -> Vec<CellBatch> {
        out.into_iter()
            .filter_map(|step| match step {
                Step::Cells(batch) => Some(batch),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn cells_of_consecutive_rows_are_one_per_row_and_others_carry_their_rows() {
        let (mut gather, id, mut out) = gather(1000);
        for row in [4, 5, 9, 9] {
            gather.append(id, row, b"x", &mut out);
            gather.end_cell(id, row, &mut out);
            if row == 5 {
                gather.flush(&mut out);
            }
        }
        gather.flush(&mut out);
        let got = batches(out);
        assert!(matches!(got[0].rows, RowMap::OnePerRow { first: 4 }));
        assert_eq!((got[1].rows.row(0), got[1].rows.row(1)), (9, 9));
    }

    #[test]
    fn what_programs_put_around_numbers_is_taken_off() {
        let (mut gather, id, mut out) = gather(1000);
        let cells = [
            "536904399.0",
            "'3035066805",
            "'01234",
            "12.0",
            "'quoted",
            "x536904399.0",
            ".0",
            "'",
        ];
        for (row, cell) in (0..).zip(cells) {
            gather.append(id, row, cell.as_bytes(), &mut out);
            gather.end_cell(id, row, &mut out);
        }
        gather.flush(&mut out);
        let got = &batches(out)[0].cells;
        let got: Vec<&[u8]> = (0..got.len()).map(|cell| got.get(cell)).collect();
        let expected = [
            "536904399",
            "3035066805",
            "01234",
            "12.0",
            "'quoted",
            "x536904399.0",
            ".0",
            "'",
        ];
        assert_eq!(got, expected.map(str::as_bytes));
    }

    #[test]
    fn an_open_cell_survives_a_flush() {
        let (mut gather, id, mut out) = gather(1000);
        gather.append(id, 0, b"a", &mut out);
        gather.end_cell(id, 0, &mut out);
        gather.append(id, 1, b"b", &mut out);
        gather.flush(&mut out);
        gather.append(id, 1, b"c", &mut out);
        gather.end_cell(id, 1, &mut out);
        gather.flush(&mut out);
        let cells: Vec<Vec<u8>> = batches(out).iter().map(|b| b.cells.get(0).to_vec()).collect();
        assert_eq!(cells, [b"a".to_vec(), b"bc".to_vec()]);
    }

    #[test]
    fn a_long_cell_is_cut_and_the_cells_around_it_stay_in_order() {
        let (mut gather, id, mut out) = gather(1 << 30);
        gather.append(id, 0, b"first", &mut out);
        gather.end_cell(id, 0, &mut out);
        for _ in 0..3 {
            gather.append(id, 1, &vec![b'x'; LONG / 2], &mut out);
        }
        gather.append(id, 1, b"end", &mut out);
        gather.end_cell(id, 1, &mut out);
        gather.append(id, 2, b"last", &mut out);
        gather.end_cell(id, 2, &mut out);
        gather.flush(&mut out);
        let rows: Vec<u64> = batches(out).iter().map(|b| b.rows.row(0)).collect();
        assert_eq!(rows, [0, 1, 1, 2]);
    }

    #[test]
    fn a_row_is_broken_at_a_fixed_length_however_large_the_piece() {
        for piece in [1 << 10, 1 << 30] {
            let (mut gather, id, mut out) = gather(piece);
            for _ in 0..2000 {
                gather.append(id, 7, &[b'x'; 1020], &mut out);
                gather.end_cell(id, 7, &mut out);
            }
            assert_eq!(batches(out)[0].cells.len(), 1024);
        }
    }

    #[test]
    fn rows_without_a_cell_are_counted_as_nulls() {
        let (mut gather, id, mut out) = gather(1000);
        gather.append(id, 3, b"x", &mut out);
        gather.end_cell(id, 3, &mut out);
        gather.fill(10);
        gather.flush(&mut out);
        let passed = out.iter().find_map(|step| match step {
            Step::Passed(passed) => Some((passed.cells, passed.nulls)),
            _ => None,
        });
        assert_eq!(passed, Some((9, 9)));
    }
}
