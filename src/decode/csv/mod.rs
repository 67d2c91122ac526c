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
    fn end_field(&mut self) -> bool {
        if self.table.header.is_some() {
            self.table.header_part(&[]);
        } else if let Some(id) = self.table.id(self.out) {
            self.table.gather.end_cell(id, self.table.row, self.out);
        }
        self.table.column += 1;
        !self.table.overfull
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

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Dump, dump, options};
    use crate::decode::window::LONG;
    use crate::decode::{Format, Options};
    use crate::model::skip::SkipReason;
    use proptest::prelude::*;

    fn read(text: &str) -> Dump {
        dump(b"t.csv", text.as_bytes(), &options(64), 10)
    }

    fn cells(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
        rows.iter()
            .map(|(row, text)| (*row, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn fields_become_cells_of_named_columns_and_rows_count_without_the_header() {
        let got = read("id,name\n1,\"Ada, B.\"\n2,Bob\n");
        assert_eq!(got.columns, ["id", "name"]);
        assert_eq!(got.cells["name"], cells(&[(0, "Ada, B."), (1, "Bob")]));
        assert_eq!((got.rows, got.formats[0].1), (2, Format::Csv));
    }

    #[test]
    fn a_table_without_a_header_has_numbered_columns_and_loses_no_row() {
        let got = read("1,Ada,x@y.example\n2,Bob,z@y.example\n");
        assert_eq!(got.columns, ["#1", "#2", "#3"]);
        assert_eq!(got.cells["#2"], cells(&[(0, "Ada"), (1, "Bob")]));
    }

    #[test]
    fn ragged_rows_are_read_and_what_they_lack_is_null() {
        let got = read("a,b\n1,2\n3\n4,5,6\n");
        assert_eq!(got.columns, ["a", "b", "#3"]);
        assert_eq!(got.cells["b"], cells(&[(0, "2"), (2, "5")]));
        assert_eq!(got.cells["#3"], cells(&[(2, "6")]));
        assert_eq!((got.passed["b"], got.passed["#3"]), ((1, 1), (2, 2)));
    }

    #[test]
    fn empty_fields_are_cells() {
        let got = read("a,b,c\n,,\nx,,z\n");
        assert_eq!(got.cells["b"], cells(&[(0, ""), (1, "")]));
        assert!(got.passed.is_empty());
    }

    #[test]
    fn tabs_and_bare_carriage_returns_are_understood() {
        let got = dump(b"t.tsv", b"a\tb\r1\t2\r3\t4\r", &options(64), 3);
        assert_eq!(got.cells["b"], cells(&[(0, "2"), (1, "4")]));
        assert_eq!(got.formats[0].1, Format::Tsv);
    }

    #[test]
    fn other_character_sets_are_converted() {
        let text = "name;town\nJosé;Köln\nZoë;Århus\n";
        let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [latin, wide, marked] {
            let got = dump(b"t.csv", &bytes, &options(64), 5);
            assert_eq!(got.columns, ["name", "town"]);
            assert_eq!(got.texts("town"), ["Köln", "Århus"]);
        }
    }

    #[test]
    fn invalid_bytes_do_not_end_the_table() {
        let mut text = "a,b\né,é\né,é\n".to_owned().into_bytes();
        text.extend(b"\xff\xfe,x\nlast,y\n");
        assert_eq!(dump(b"t.csv", &text, &options(64), 5).rows, 4);
    }

    #[test]
    fn too_many_columns_are_too_deep() {
        let few = Options {
            max_columns: 3,
            ..options(64)
        };
        for text in ["a,b,c,d\n1,2,3,4\n", "a,b\n1,2\n1,2\n1,2\n1,2,3,4\n"] {
            let got = dump(b"t.csv", text.as_bytes(), &few, 4);
            assert_eq!(got.skips[0].error.reason, SkipReason::TooDeep, "{text}");
        }
    }

    #[test]
    fn a_long_field_is_whole_when_its_segments_are_joined() {
        let long = "long ".repeat(LONG / 2);
        let text = format!("a,b\n1,\"{long}\"\n2,short\n");
        for step in [100_000, 1 << 23] {
            let got = dump(b"t.csv", text.as_bytes(), &options(1000), step);
            assert_eq!(got.cells["b"], cells(&[(0, &long), (1, "short")]));
        }
    }

    proptest! {
        #[test]
        fn neither_pieces_nor_arrival_change_the_cells(
            text in "[ab1,;\"\r\n]{0,200}", piece in 1usize..300, step in 1usize..50, max_columns in 2usize..30,
        ) {
            let text = format!("k,v\n1,2\n{text}");
            let small = Options { max_columns, ..options(piece) };
            let large = Options { max_columns, ..options(1 << 20) };
            let want = dump(b"t.csv", text.as_bytes(), &large, 1 << 20);
            prop_assert_eq!(dump(b"t.csv", text.as_bytes(), &small, step), want);
        }
    }
}
