//! Separated values: every field a cell of its column, at its row.

pub(super) mod dialect;
pub(super) mod header;
pub(super) mod split;

use super::gather::Gather;
use super::leaf::{Leaf, Out};
use super::{DecodeError, Options, Segment};
use crate::model::cells::ColumnId;
use crate::model::skip::SkipReason;
use header::Names;
use split::{Dialect, Fields, Splitter, records};

/// Records that decide whether there is a header.
const HEADER_SAMPLE: usize = 50;
/// Bytes that they are taken from.
const HEADER_BYTES: usize = 32 << 10;
/// The longest header.
const LONGEST_HEADER: usize = 8 << 20;

/// A table as it streams by.
pub(super) struct Csv {
    splitter: Splitter,
    table: Table,
    /// Bytes split.
    at: u64,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// How fields are set apart.
    pub(super) dialect: Dialect,
    /// Whether the first record names the columns.
    pub(super) header: bool,
}

impl Layout {
    /// The layout of the table that begins with `text`.
    pub(super) fn of(text: &[u8], whole: bool, dialect: Dialect) -> Self {
        let sample = &text[..text.len().min(HEADER_BYTES)];
        let whole = whole && sample.len() == text.len();
        let mut sampled = records(sample, dialect, HEADER_SAMPLE, whole);
        if sampled.is_empty() {
            sampled = records(sample, dialect, 1, true);
        }
        Self {
            dialect,
            header: header::has_header(&sampled),
        }
    }
}

impl Csv {
    /// An empty table.
    pub(super) fn new(layout: Layout, options: &Options) -> Self {
        Self {
            splitter: Splitter::new(layout.dialect),
            table: Table {
                gather: Gather::new(options),
                names: Names::default(),
                header: layout.header.then(Vec::new),
                header_len: 0,
                row: 0,
                column: 0,
                most: options.max_columns,
                overfull: false,
            },
            at: 0,
        }
    }

    /// Whether the table has outgrown the limit of columns.
    fn check(&self) -> Result<(), DecodeError> {
        if self.table.overfull {
            return Err(DecodeError::new(SkipReason::TooDeep, "csv columns", self.at));
        }
        Ok(())
    }
}

impl Leaf for Csv {
    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), DecodeError> {
        let mut sink = Sink {
            table: &mut self.table,
            out,
        };
        self.at += self.splitter.push(bytes, &mut sink) as u64;
        self.check()
    }

    fn finish(&mut self, out: &mut Out) -> Result<(), DecodeError> {
        let mut sink = Sink {
            table: &mut self.table,
            out,
        };
        if !sink.table.overfull {
            self.splitter.finish(&mut sink);
        }
        sink.table.announce_header(sink.out);
        self.table.gather.fill(self.table.row);
        self.table.gather.flush(out);
        self.check()
    }

    fn rows(&self) -> u64 {
        self.table.row
    }
}

/// Where fields become cells.
struct Table {
    gather: Gather,
    names: Names,
    /// The header while it is read; `None` once rows are.
    header: Option<Vec<Vec<u8>>>,
    header_len: usize,
    row: u64,
    /// The column of the open field.
    column: usize,
    most: usize,
    overfull: bool,
}

impl Table {
    /// The id of the column of the open field.
    #[inline]
    fn id(&mut self, out: &mut Out) -> Option<ColumnId> {
        if self.column >= self.gather.len() {
            self.announce(&[], out);
        }
        (!self.overfull).then_some(ColumnId(self.column as u32))
    }

    /// Announces the next column.
    #[cold]
    fn announce(&mut self, header: &[u8], out: &mut Out) {
        let index = self.gather.len();
        if index >= self.most {
            self.overfull = true;
            return;
        }
        let name = self.names.name(index, header);
        self.gather.column(vec![Segment::Name(name)], "text", out);
    }

    fn announce_header(&mut self, out: &mut Out) {
        for name in self.header.take().unwrap_or_default() {
            self.announce(&name, out);
        }
    }

    /// More of the header. It was decided on its beginning and must not grow without bounds behind that.
    #[cold]
    fn header_part(&mut self, bytes: &[u8]) {
        self.header_len += bytes.len();
        self.overfull |= self.column >= self.most || self.header_len > LONGEST_HEADER;
        if let Some(header) = self.header.as_mut().filter(|_| !self.overfull) {
            header.resize(self.column + 1, Vec::new());
            header[self.column].extend_from_slice(bytes);
        }
    }
}

/// A table and where its steps go.
struct Sink<'a> {
    table: &'a mut Table,
    out: &'a mut Out,
}

impl Fields for Sink<'_> {
    #[inline]
    fn part(&mut self, bytes: &[u8]) {
        if self.table.header.is_some() {
            self.table.header_part(bytes);
        } else if let Some(id) = self.table.id(self.out) {
            self.table.gather.append(id, self.table.row, bytes, self.out);
        }
    }

    #[inline]
    fn end_field(&mut self) {
        if self.table.header.is_some() {
            self.table.header_part(&[]);
        } else if let Some(id) = self.table.id(self.out) {
            self.table.gather.end_cell(id, self.table.row, self.out);
        }
        self.table.column += 1;
    }

    #[inline]
    fn end_record(&mut self) -> bool {
        self.table.column = 0;
        if self.table.header.is_some() {
            self.table.announce_header(self.out);
        } else {
            self.table.row += 1;
            self.table.gather.end_row(self.out);
        }
        !self.table.overfull
    }
}
