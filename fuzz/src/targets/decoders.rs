//! Decoders: any object ends in cells, skips or both, in bounded steps, and how its bytes arrive changes nothing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use bytes::Bytes;
use lakewarden::decode::{Decoder, Options, Piece, Step, Want, open};
use lakewarden::model::cells::CellBatch;

use super::lot;

/// Comma-separated values.
pub(crate) fn csv(data: &[u8]) {
    decodes(b"table.csv", data);
}

/// Compressed streams, by whichever magic number they begin with.
pub(crate) fn inflate(data: &[u8]) {
    decodes(b"object", data);
}

/// JSON and JSON lines.
pub(crate) fn json(data: &[u8]) {
    decodes(b"records.jsonl", data);
}

/// Parquet; the marks at both ends are put right, since without them nothing is read.
pub(crate) fn parquet(data: &[u8]) {
    let mut object = data.to_vec();
    if let (len @ 12.., mark) = (object.len(), b"PAR1") {
        object[..4].copy_from_slice(mark);
        object[len - 4..].copy_from_slice(mark);
        let footer = u32::from_le_bytes([object[len - 8], object[len - 7], object[len - 6], object[len - 5]]);
        if footer as usize > len - 12 {
            object[len - 8..len - 4].copy_from_slice(&(len as u32 - 12).to_le_bytes());
        }
    }
    decodes(b"table.parquet", &object);
}

/// Anything under any name: the first line is the name.
pub(crate) fn sniff(data: &[u8]) {
    let end = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    decodes(&data[..end], data.get(end + 1..).unwrap_or_default());
}

/// Archives; the checksums of headers are put right, since without them nothing is read.
pub(crate) fn tar(data: &[u8]) {
    let mut object = data.to_vec();
    let mut at = 0;
    while let Some(header) = object.get_mut(at..at + 512) {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let digits = header[124..136].iter().take_while(|b| (b'0'..=b'7').contains(b));
        let size = digits.fold(0usize, |size, b| {
            size.saturating_mul(8).saturating_add(usize::from(b - b'0'))
        });
        at = at
            .saturating_add(512)
            .saturating_add(size.div_ceil(512).saturating_mul(512));
    }
    decodes(b"members.tar", &object);
}

/// Text in any encoding.
pub(crate) fn text(data: &[u8]) {
    decodes(b"notes.txt", data);
}

/// Decodes twice, the bytes arriving differently, and compares.
fn decodes(name: &[u8], object: &[u8]) {
    let lot = lot(object);
    let options = Options {
        piece: [64, 4096][lot as usize & 1],
        overlap: 16,
        budget: 8 << 20,
        max_columns: 1000,
        ..Options::default()
    };
    let size = (lot & 2 == 0).then_some(object.len() as u64);
    let step = [1, 7, 100, 5000][(lot >> 2) as usize & 3];
    let [whole, pieces] = [object.len().max(1), step].map(|step| {
        let mut run = Run::new(object, step);
        run.drive(open(name, size, &options).as_mut());
        run.said.finish()
    });
    assert_eq!(
        whole, pieces,
        "the same bytes in steps of {step} give other cells"
    );
}

/// Where a run stops: far more than an honest object of a fuzzer's size holds.
const MOST_CELL_BYTES: usize = 4 << 20;

/// One object being decoded, and a hash of all that was said about it.
struct Run<'a> {
    object: &'a [u8],
    step: usize,
    at: Option<usize>,
    columns: u32,
    cell_bytes: usize,
    said: DefaultHasher,
}

impl<'a> Run<'a> {
    fn new(object: &'a [u8], step: usize) -> Self {
        Self {
            object,
            step,
            at: None,
            columns: 0,
            cell_bytes: 0,
            said: DefaultHasher::new(),
        }
    }

    fn drive(&mut self, decoder: &mut dyn Decoder) {
        // Each step uses input, gives something or ends: a decoder that goes round in circles is found here.
        for _ in 0..100_000 + 100 * self.object.len() {
            if self.cell_bytes > MOST_CELL_BYTES {
                return;
            }
            match decoder.step() {
                Ok(Step::Need(want)) => {
                    let piece = self.answer(want);
                    decoder.feed(piece);
                }
                Ok(Step::Done) => return,
                Ok(step) => self.note(step),
                Err(error) => return self.hear(&error.to_string()),
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

    fn hear(&mut self, what: &(impl Hash + ?Sized)) {
        what.hash(&mut self.said);
    }

    fn note(&mut self, step: Step) {
        match step {
            Step::Open(part) => {
                self.columns = 0;
                self.hear(&(part.member, part.format));
            }
            Step::Column(column) => {
                assert_eq!(column.id.0, self.columns, "column ids count up");
                self.columns += 1;
                self.hear(&(column.path, column.kind));
            }
            Step::Cells(batch) => self.cells(&batch),
            Step::Passed(passed) => {
                assert!(passed.nulls <= passed.cells && passed.column.0 < self.columns);
                self.hear(&(passed.column, passed.cells, passed.nulls));
            }
            Step::Fold(fold) => {
                assert!(fold.from.0 < self.columns && fold.into.0 < self.columns && fold.from != fold.into);
                self.hear(&(fold.from, fold.into));
            }
            Step::Split(parts) => parts.into_iter().for_each(|mut part| self.drive(part.as_mut())),
            Step::Close(close) => self.hear(&(close.rows, close.bytes)),
            Step::Skipped(skipped) => {
                self.hear(&(
                    skipped.member,
                    skipped.error.to_string(),
                    skipped.partial.map(|close| close.rows),
                ));
            }
            Step::NoText(said) => self.hear(&(said.member, said.mime)),
            Step::Need(_) | Step::Done => unreachable!("handled before"),
        }
    }

    fn cells(&mut self, batch: &CellBatch) {
        assert!(batch.column.0 < self.columns, "cells of an announced column");
        let (len, cut) = (batch.cells.len(), batch.cut);
        self.hear(&(batch.column, cut.before, cut.after, batch.at.byte, batch.at.line));
        for index in 0..len {
            let cell = batch.cells.get(index);
            self.cell_bytes += cell.len() + 1;
            self.hear(&(
                cell,
                batch.rows.row(index),
                batch.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)),
            ));
        }
        let own = |index: usize, cut: u32| len == 0 || cut as usize <= batch.cells.get(index).len();
        assert!(
            own(0, cut.before) && own(len.saturating_sub(1), cut.after),
            "a cut is part of its cell"
        );
    }
}
