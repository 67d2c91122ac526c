//! JSON: every string and number a cell of the column at its path.
//!
//! A record is a row: a line of JSON lines, an element of an array at the top, or else the document. Numbers are the
//! digits as written; `true`, `false` and `null` are counted.

mod token;
mod tree;

use super::leaf::{Leaf, Out};
use super::{DecodeError, Options};
use crate::model::cells::ColumnId;
use crate::model::skip::SkipReason;
use token::{Container, Events, Fault, Stop, Tokenizer};
use tree::{LONGEST_KEY, NodeId, ROOT, Tree};

/// How documents follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// One document, or several that need not keep to lines. A fault ends it.
    Document,
    /// One document a line. A fault ends the line.
    Lines,
}

/// The mode of a text that begins with `text`, or `None` if it is not JSON. `named_lines` says that its name promises
/// JSON lines.
pub(super) fn sniff(text: &[u8], named_lines: bool) -> Option<Mode> {
    if !matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return None;
    }
    let by_line = Probe::of(text, true);
    let freely = Probe::of(text, false);
    let several = by_line.documents > 1 || (by_line.documents == 1 && !by_line.at_top);
    if by_line.fault.is_none() && (several || named_lines) {
        return Some(Mode::Lines);
    }
    if matches!(freely.fault, None | Some(Fault::TooDeep)) {
        return Some(Mode::Document);
    }
    // Some lines are broken; but a log line may begin like an array.
    let objects = text.trim_ascii_start().starts_with(b"{") && by_line.documents > 1;
    (named_lines || objects).then_some(Mode::Lines)
}

/// What a beginning holds.
struct Probe {
    documents: usize,
    at_top: bool,
    fault: Option<Fault>,
}

impl Probe {
    fn of(text: &[u8], lines: bool) -> Self {
        let mut tokenizer = Tokenizer::new(lines);
        let mut count = Count(0);
        let fault = tokenizer.push(text, &mut count).err().map(|stop| stop.fault);
        Self {
            documents: count.0,
            at_top: tokenizer.at_top(),
            fault,
        }
    }
}

/// Counts documents that are objects or arrays.
struct Count(usize);

impl Events for Count {
    fn begin(&mut self, _: Container) {}
    fn end(&mut self) {}
    fn key_part(&mut self, _: &[u8]) {}
    fn key_end(&mut self) {}
    fn value_part(&mut self, _: &[u8]) {}
    fn value_end(&mut self) {}
    fn literal(&mut self, _: bool) {}
    fn document(&mut self) {
        self.0 += 1;
    }
}

/// JSON as it streams by.
pub(super) struct Json {
    mode: Mode,
    tokenizer: Tokenizer,
    records: Records,
    /// Bytes read.
    at: u64,
    /// Passing over the rest of a broken line.
    skipping: bool,
    /// The first broken line.
    broken: Option<DecodeError>,
}

impl Json {
    /// An empty text.
    pub(super) fn new(mode: Mode, options: &Options) -> Self {
        Self {
            mode,
            tokenizer: Tokenizer::new(mode == Mode::Lines),
            records: Records::new(mode, options),
            at: 0,
            skipping: false,
            broken: None,
        }
    }

    /// Reads until a fault; gives how much was used.
    fn run(&mut self, bytes: &[u8], out: &mut Out) -> Result<usize, DecodeError> {
        let mut sink = Sink {
            records: &mut self.records,
            out,
        };
        match self.tokenizer.push(bytes, &mut sink) {
            Ok(()) => self.check().map(|()| bytes.len()),
            Err(stop) => self.stop(stop, out),
        }
    }

    /// Too many columns end any reading.
    fn check(&self) -> Result<(), DecodeError> {
        if self.records.tree.overfull {
            return Err(DecodeError::new(SkipReason::TooDeep, "json columns", self.at));
        }
        Ok(())
    }

    fn stop(&mut self, stop: Stop, out: &mut Out) -> Result<usize, DecodeError> {
        let error = fault_error(stop.fault, self.at + stop.used as u64);
        self.check()?;
        if self.mode == Mode::Document {
            return Err(error);
        }
        self.broken.get_or_insert(error);
        self.abandon(out);
        self.skipping = true;
        Ok(stop.used)
    }

    /// Gives what is open and starts afresh.
    fn abandon(&mut self, out: &mut Out) {
        let inside = !self.tokenizer.at_top();
        let mut sink = Sink {
            records: &mut self.records,
            out,
        };
        // What was open is broken already; whether it could have ended here does not matter.
        let _ = self.tokenizer.finish(&mut sink);
        self.tokenizer.reset();
        if inside {
            self.records.abandon(out);
        }
    }

    /// Passes over the rest of a broken line; gives how much was used.
    fn skip_line(&mut self, bytes: &[u8]) -> usize {
        match memchr::memchr(b'\n', bytes) {
            Some(end) => {
                self.skipping = false;
                end + 1
            }
            None => bytes.len(),
        }
    }
}

impl Leaf for Json {
    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), DecodeError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = match self.skipping {
                true => self.skip_line(rest),
                false => self.run(rest, out)?,
            };
            self.at += used as u64;
            rest = &rest[used..];
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Out) -> Result<(), DecodeError> {
        let mut sink = Sink {
            records: &mut self.records,
            out,
        };
        let finished = self.tokenizer.finish(&mut sink);
        let complete = finished == Ok(true);
        if !complete {
            self.records.abandon(out);
        }
        self.records.tree.gather.flush(out);
        self.check()?;
        match (self.broken.take(), finished) {
            (Some(error), _) => Err(error),
            (None, Ok(true)) => Ok(()),
            (None, Ok(false)) => Err(DecodeError::new(SkipReason::Truncated, "json", self.at)),
            (None, Err(fault)) => Err(fault_error(fault, self.at)),
        }
    }

    fn rows(&self) -> u64 {
        self.records.row
    }
}

fn fault_error(fault: Fault, at: u64) -> DecodeError {
    match fault {
        Fault::Syntax => DecodeError::new(SkipReason::Corrupt, "json", at),
        Fault::TooDeep => DecodeError::new(SkipReason::TooDeep, "json", at),
    }
}

/// Where values become cells.
struct Records {
    tree: Tree,
    mode: Mode,
    row: u64,
    /// The open objects and arrays.
    stack: Vec<Frame>,
    /// Whether the open document is an array.
    top_array: bool,
    /// Where the value of the key just read belongs.
    keyed: NodeId,
    key: Vec<u8>,
    /// The column of keys, while a key too long to be a name is read.
    long_key: Option<ColumnId>,
    /// The column of the open value, once a part of it came.
    open: Option<ColumnId>,
}

#[derive(Clone, Copy)]
struct Frame {
    node: NodeId,
    kind: Container,
}

impl Records {
    fn new(mode: Mode, options: &Options) -> Self {
        Self {
            tree: Tree::new(options),
            mode,
            row: 0,
            stack: Vec::new(),
            top_array: false,
            keyed: ROOT,
            key: Vec::new(),
            long_key: None,
            open: None,
        }
    }

    /// Where the next value belongs.
    fn place(&mut self) -> NodeId {
        match self.stack.last() {
            None => ROOT,
            Some(Frame {
                node,
                kind: Container::Array,
            }) => self.tree.items(*node),
            Some(_) => self.keyed,
        }
    }

    /// The column of the next value.
    fn column(&mut self, out: &mut Out) -> Option<ColumnId> {
        if self.open.is_some() {
            return self.open;
        }
        let place = self.place();
        self.open = self.tree.column(place, out);
        self.settle();
        self.open
    }

    /// A new path may have folded parents: follows them.
    fn settle(&mut self) {
        if !self.tree.has_moved() {
            return;
        }
        for frame in &mut self.stack {
            frame.node = self.tree.settle(frame.node);
        }
        self.keyed = self.tree.settle(self.keyed);
        self.tree.forget_moved();
    }

    /// A value ended; it may be a record of an array at the top.
    fn after_value(&mut self, out: &mut Out) {
        let array = matches!(
            self.stack[..],
            [Frame {
                kind: Container::Array,
                ..
            }]
        );
        if array && self.mode == Mode::Document {
            self.end_row(out);
        }
    }

    fn end_row(&mut self, out: &mut Out) {
        self.row += 1;
        self.tree.gather.end_row(out);
    }

    /// The open record will not be completed.
    fn abandon(&mut self, out: &mut Out) {
        self.stack.clear();
        self.key.clear();
        self.long_key = None;
        self.open = None;
        self.top_array = false;
        self.end_row(out);
    }

    fn parent(&self) -> NodeId {
        self.stack.last().map_or(ROOT, |frame| frame.node)
    }
}

/// Records and where their steps go.
struct Sink<'a> {
    records: &'a mut Records,
    out: &'a mut Out,
}

impl Sink<'_> {
    /// A key outgrew what a name can be: it is a value of the column of keys.
    fn long_key_part(&mut self, bytes: &[u8]) {
        let records = &mut *self.records;
        let column = match records.long_key {
            Some(column) => column,
            None => {
                let parent = records.parent();
                let column = records.tree.key_column(parent, self.out);
                let begun = std::mem::take(&mut records.key);
                records.tree.gather.append(column, records.row, &begun, self.out);
                column
            }
        };
        records.long_key = Some(column);
        records.tree.gather.append(column, records.row, bytes, self.out);
    }
}

impl Events for Sink<'_> {
    fn begin(&mut self, kind: Container) {
        let node = self.records.place();
        self.records.top_array |= self.records.stack.is_empty() && kind == Container::Array;
        self.records.stack.push(Frame { node, kind });
    }

    fn end(&mut self) {
        self.records.stack.pop();
        self.records.after_value(self.out);
    }

    fn key_part(&mut self, bytes: &[u8]) {
        if self.records.long_key.is_some() || self.records.key.len() + bytes.len() > LONGEST_KEY {
            self.long_key_part(bytes);
        } else {
            self.records.key.extend_from_slice(bytes);
        }
    }

    fn key_end(&mut self) {
        let records = &mut *self.records;
        let parent = records.parent();
        if let Some(column) = records.long_key.take() {
            records.tree.gather.end_cell(column, records.row, self.out);
            records.keyed = records.tree.star(parent);
            return;
        }
        let key = std::mem::take(&mut records.key);
        records.keyed = records.tree.child(parent, &key, records.row, self.out);
        records.settle();
        records.key = key;
        records.key.clear();
    }

    fn value_part(&mut self, bytes: &[u8]) {
        if let Some(column) = self.records.column(self.out) {
            let row = self.records.row;
            self.records.tree.gather.append(column, row, bytes, self.out);
        }
    }

    fn value_end(&mut self) {
        if let Some(column) = self.records.column(self.out) {
            let row = self.records.row;
            self.records.tree.gather.end_cell(column, row, self.out);
        }
        self.records.open = None;
        self.records.after_value(self.out);
    }

    fn literal(&mut self, null: bool) {
        if let Some(column) = self.records.column(self.out) {
            self.records.tree.gather.pass(column, null);
        }
        self.records.open = None;
        self.records.after_value(self.out);
    }

    fn document(&mut self) {
        let element_rows = self.records.mode == Mode::Document && self.records.top_array;
        self.records.top_array = false;
        if !element_rows {
            self.records.end_row(self.out);
        }
    }
}
