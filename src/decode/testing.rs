//! Driving decoders in tests: everything a decoder says, written down so that it can be compared.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

use super::{Close, Decoder, Format, Options, Piece, Segment, Skipped, Step, Want, open};
use crate::model::cells::{CellBatch, ColumnId, RowMap};

/// Options with small pieces.
pub(super) fn options(piece: usize) -> Options {
    Options {
        piece,
        overlap: 16,
        budget: 64 << 20,
        ..Options::default()
    }
}

/// All that was said about an object. Cells are keyed by member and column path.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Dump {
    pub(super) formats: Vec<(String, Format)>,
    pub(super) columns: Vec<String>,
    pub(super) cells: BTreeMap<String, Vec<(u64, String)>>,
    /// Cells passed and how many of them are null.
    pub(super) passed: BTreeMap<String, (u64, u64)>,
    pub(super) folds: Vec<(String, String)>,
    pub(super) skips: Vec<Skipped>,
    pub(super) no_text: Vec<(String, &'static str)>,
    pub(super) closes: Vec<Close>,
    /// Rows of all parts, failed ones included.
    pub(super) rows: u64,
}

impl Dump {
    /// The texts of the cells of a column, in order.
    pub(super) fn texts(&self, column: &str) -> Vec<&str> {
        self.cells
            .get(column)
            .into_iter()
            .flatten()
            .map(|(_, text)| &text[..])
            .collect()
    }
}

/// What `open` makes of an object that arrives in steps of `step` bytes.
pub(super) fn dump(name: &[u8], object: &[u8], options: &Options, step: usize) -> Dump {
    let mut run = Run::new(object, step);
    run.drive(open(name, Some(object.len() as u64), options).as_mut());
    run.dump
}

/// The same without a known size.
pub(super) fn dump_stream(name: &[u8], object: &[u8], options: &Options, step: usize) -> Dump {
    let mut run = Run::new(object, step);
    run.drive(open(name, None, options).as_mut());
    run.dump
}

/// The own regions of all cells of one text, one after the other.
pub(super) fn text_of(name: &[u8], object: &[u8], options: &Options, step: usize) -> Vec<u8> {
    let dump = dump(name, object, options, step);
    dump.texts("$text").concat().into_bytes()
}

struct Run<'a> {
    object: &'a [u8],
    step: usize,
    at: Option<usize>,
    member: String,
    columns: BTreeMap<ColumnId, String>,
    dump: Dump,
}

impl<'a> Run<'a> {
    fn new(object: &'a [u8], step: usize) -> Self {
        Self {
            object,
            step,
            at: None,
            member: String::new(),
            columns: BTreeMap::new(),
            dump: Dump::default(),
        }
    }

    fn drive(&mut self, decoder: &mut dyn Decoder) {
        // Every step either uses input, gives something or ends: so a decoder that hangs is found here.
        let most = 1000 + 100 * self.object.len() + 4_000_000;
        for _ in 0..most {
            match decoder.step().expect("the object's own failures are skips") {
                Step::Need(want) => {
                    let piece = self.answer(want);
                    decoder.feed(piece);
                }
                Step::Done => return,
                step => self.note(step),
            }
        }
        panic!("the decoder does not end");
    }

    fn answer(&mut self, want: Want) -> Piece {
        match want {
            Want::Ranges(ranges) => {
                Piece::Ranges(ranges.into_iter().map(|range| self.range(range)).collect())
            }
            Want::Stream { from } => {
                let at = self.at.unwrap_or(from as usize);
                let to = (at + self.step).min(self.object.len());
                self.at = Some(to);
                match &self.object[at..to] {
                    [] => Piece::End,
                    bytes => Piece::Bytes(Bytes::copy_from_slice(bytes)),
                }
            }
        }
    }

    fn range(&self, range: Range<u64>) -> Bytes {
        Bytes::copy_from_slice(&self.object[range.start as usize..range.end as usize])
    }

    fn note(&mut self, step: Step) {
        match step {
            Step::Open(part) => {
                let names = part
                    .member
                    .iter()
                    .map(|name| String::from_utf8_lossy(name).into_owned());
                self.member = names.map(|name| name + "!").collect();
                self.columns.clear();
                self.dump.formats.push((self.member.clone(), part.format));
            }
            Step::Column(column) => {
                assert_eq!(column.id.0 as usize, self.columns.len(), "ids count up");
                let path = format!("{}{}", self.member, path(&column.path));
                self.dump.columns.push(path.clone());
                self.columns.insert(column.id, path);
            }
            Step::Cells(batch) => self.cells(&batch),
            Step::Passed(passed) => {
                let sum = self
                    .dump
                    .passed
                    .entry(self.columns[&passed.column].clone())
                    .or_default();
                *sum = (sum.0 + passed.cells, sum.1 + passed.nulls);
            }
            Step::Fold(fold) => {
                let names = (self.columns[&fold.from].clone(), self.columns[&fold.into].clone());
                self.dump.folds.push(names);
            }
            Step::Split(parts) => parts.into_iter().for_each(|mut part| self.drive(part.as_mut())),
            Step::Close(close) => self.close(close),
            Step::Skipped(skipped) => {
                self.dump.rows += skipped.partial.map_or(0, |close| close.rows);
                self.dump.skips.push(skipped);
            }
            Step::NoText(said) => {
                let member = String::from_utf8_lossy(&said.member.join(&b'!')).into_owned();
                self.dump.no_text.push((member, said.mime));
            }
            Step::Need(_) | Step::Done => unreachable!("handled before"),
        }
    }

    fn close(&mut self, close: Close) {
        self.dump.rows += close.rows;
        self.dump.closes.push(close);
    }

    fn cells(&mut self, batch: &CellBatch) {
        let column = self.columns[&batch.column].clone();
        let cells = self.dump.cells.entry(column).or_default();
        for index in 0..batch.cells.len() {
            let bytes = batch.cells.get(index);
            let (before, after) = (batch.cut.before as usize, batch.cut.after as usize);
            let own = String::from_utf8_lossy(&bytes[before..bytes.len() - after]).into_owned();
            let continues = before > 0 || matches!(batch.rows, RowMap::Lines);
            match cells.last_mut() {
                Some((_, text)) if continues => text.push_str(&own),
                _ => cells.push((batch.rows.row(index), own)),
            }
        }
    }
}

fn path(segments: &[Segment]) -> String {
    let word = |segment: &Segment| match segment {
        Segment::Root => "$".to_owned(),
        Segment::Name(name) => format!(".{name}"),
        Segment::Items => "[*]".to_owned(),
        Segment::MapKey => "{key}".to_owned(),
        Segment::MapValue => "{value}".to_owned(),
        Segment::Folded => ".*".to_owned(),
        Segment::Text => "$text".to_owned(),
    };
    segments
        .iter()
        .map(word)
        .collect::<String>()
        .trim_start_matches('.')
        .to_owned()
}
