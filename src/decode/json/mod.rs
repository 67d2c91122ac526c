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
    if freely.fault.is_none() {
        return Some(Mode::Document);
    }
    // Some lines are broken; but a log line may begin like an array.
    let objects = text.trim_ascii_start().starts_with(b"{") && by_line.documents > 1;
    if named_lines || objects {
        return Some(Mode::Lines);
    }
    (freely.fault == Some(Fault::TooDeep)).then_some(Mode::Document)
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
    fn value_begin(&mut self) {}
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
            Ok(()) => Ok(bytes.len()),
            Err(stop) => self.stop(stop, out),
        }
    }

    fn stop(&mut self, stop: Stop, out: &mut Out) -> Result<usize, DecodeError> {
        let error = fault_error(stop.fault, self.at + stop.used as u64);
        if self.mode == Mode::Document || stop.fault == Fault::Full {
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
        Fault::Full => DecodeError::new(SkipReason::TooDeep, "json columns", at),
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
    /// The column of the open value.
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

    /// Finds the column of the next value.
    fn resolve(&mut self, out: &mut Out) -> Option<ColumnId> {
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

    fn value_begin(&mut self) {
        self.records.resolve(self.out);
    }

    #[inline]
    fn value_part(&mut self, bytes: &[u8]) {
        if let Some(column) = self.records.open {
            let row = self.records.row;
            self.records.tree.gather.append(column, row, bytes, self.out);
        }
    }

    fn value_end(&mut self) {
        if let Some(column) = self.records.open.take() {
            let row = self.records.row;
            self.records.tree.gather.end_cell(column, row, self.out);
        }
        self.records.after_value(self.out);
    }

    fn literal(&mut self, null: bool) {
        if let Some(column) = self.records.resolve(self.out) {
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

    fn is_full(&self) -> bool {
        self.records.tree.overfull
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{Dump, dump, options};
    use crate::decode::window::LONG;
    use crate::decode::{Format, Options};
    use proptest::prelude::*;

    fn read(name: &str, text: &str) -> Dump {
        dump(name.as_bytes(), text.as_bytes(), &options(64), 7)
    }

    fn cells(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
        rows.iter()
            .map(|(row, text)| (*row, (*text).to_owned()))
            .collect()
    }

    fn few_keys(max_keys: usize, max_columns: usize) -> Options {
        Options {
            max_keys,
            max_columns,
            ..options(64)
        }
    }

    #[test]
    fn a_document_is_one_row_and_nested_fields_are_columns() {
        let got = read(
            "a.json",
            r#"{"id": 7, "who": {"mail": "a@b.example", "tags": ["x", "y"]}, "on": true, "off": null}"#,
        );
        assert_eq!(
            got.columns,
            ["$.id", "$.who.mail", "$.who.tags[*]", "$.on", "$.off"]
        );
        assert_eq!(got.cells["$.id"], cells(&[(0, "7")]));
        assert_eq!(got.cells["$.who.tags[*]"], cells(&[(0, "x"), (0, "y")]));
        assert_eq!((got.passed["$.on"], got.passed["$.off"]), ((1, 0), (1, 1)));
        assert_eq!((got.rows, got.formats[0].1), (1, Format::Json));
    }

    #[test]
    fn elements_of_an_array_at_the_top_are_rows() {
        let got = read("a.json", r#"[{"a": 1}, {"a": 2, "b": [3, 4]}, 5]"#);
        assert_eq!(got.cells["$[*].a"], cells(&[(0, "1"), (1, "2")]));
        assert_eq!(got.cells["$[*].b[*]"], cells(&[(1, "3"), (1, "4")]));
        assert_eq!((got.cells["$[*]"].clone(), got.rows), (cells(&[(2, "5")]), 3));
    }

    #[test]
    fn lines_are_rows() {
        let got = read("a.jsonl", "{\"a\": \"x\"}\n\n{\"a\": \"y\"}\n[1, 2]\n");
        assert_eq!(got.cells["$.a"], cells(&[(0, "x"), (1, "y")]));
        assert_eq!(got.cells["$[*]"], cells(&[(2, "1"), (2, "2")]));
        assert_eq!((got.rows, got.formats[0].1), (3, Format::JsonLines));
    }

    #[test]
    fn documents_that_do_not_keep_to_lines_are_rows_too() {
        let got = read("a.json", "{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n");
        assert_eq!(got.cells["$.a"], cells(&[(0, "1"), (1, "2")]));
    }

    #[test]
    fn a_broken_line_is_reported_and_the_others_are_read() {
        let got = read(
            "a.jsonl",
            "{\"a\": 1}\n{\"a\": \"cut\n{\"a\": 3}\n{\"a\" 4}\n{\"a\": 5}\n",
        );
        assert_eq!(
            got.cells["$.a"],
            cells(&[(0, "1"), (1, "cut"), (2, "3"), (4, "5")])
        );
        let [skip] = &got.skips[..] else {
            panic!("one report")
        };
        assert_eq!((skip.error.reason, skip.error.at), (SkipReason::Corrupt, 19));
        assert_eq!(skip.partial.map(|close| close.rows), Some(5));
    }

    #[test]
    fn a_document_cut_short_gives_what_it_has() {
        let got = read("a.json", r#"{"a": "whole", "b": "par"#);
        assert_eq!(got.texts("$.b"), ["par"]);
        assert_eq!(got.skips[0].error.reason, SkipReason::Truncated);
    }

    #[test]
    fn deep_nesting_is_too_deep() {
        let got = read("a.json", &"{\"a\":".repeat(60_000));
        assert_eq!(got.skips[0].error.reason, SkipReason::TooDeep);
        let lines = format!("{}\n{{\"a\": 1}}\n", "[".repeat(1000));
        let got = read("a.jsonl", &lines);
        assert_eq!(
            (got.texts("$.a"), got.skips[0].error.reason),
            (vec!["1"], SkipReason::TooDeep)
        );
    }

    #[test]
    fn log_lines_that_begin_like_json_are_text() {
        for text in [
            "[1] [2] started\n[1] [3] done\n",
            "[INFO] up\n",
            "{{ template }}\n",
            "[2024-05-01] x\n",
        ] {
            assert_eq!(read("a.log", text).formats[0].1, Format::Text, "{text}");
        }
    }

    #[test]
    fn dynamic_keys_fold_and_become_values() {
        let people: Vec<String> = (0..6)
            .map(|n| format!(r#""p{n}": {{"mail": "m{n}", "v": [{n}]}}"#))
            .collect();
        let text = format!(r#"{{"by": {{{}}}, "n": 1}}"#, people.join(","));
        let got = dump(b"a.json", text.as_bytes(), &few_keys(4, 100), 7);
        let keys = ["p0", "p1", "p2", "p3", "p4", "p5"];
        assert_eq!(got.texts("$.by{key}"), keys);
        assert_eq!(got.texts("$.by.*.mail"), ["m4", "m5"]);
        assert_eq!(got.texts("$.by.*.v[*]"), ["4", "5"]);
        let folded = |n: usize| (format!("$.by.p{n}.mail"), "$.by.*.mail".to_owned());
        assert!((0..4).all(|n| got.folds.contains(&folded(n))));
        assert_eq!(got.texts("$.n"), ["1"]);
    }

    #[test]
    fn nested_dynamic_keys_fold_when_their_parents_meet() {
        let group = |g: usize| {
            let keys: Vec<String> = (0..3).map(|n| format!(r#""k{g}{n}": {n}"#)).collect();
            format!(r#""g{g}": {{{}}}"#, keys.join(","))
        };
        let text = format!("{{{}}}", (0..6).map(group).collect::<Vec<_>>().join(","));
        let got = dump(b"a.json", text.as_bytes(), &few_keys(4, 100), 7);
        assert_eq!(got.texts("$.*{key}").len(), 18);
        assert!(got.columns.contains(&"$.*.*".to_owned()));
    }

    #[test]
    fn parents_with_many_keys_fold_before_columns_run_out() {
        let person = |n: usize| format!(r#""p{n}": {{"a": {n}, "b": 1, "c": 2}}"#);
        let text = format!(
            r#"{{"by": {{{}}}}}"#,
            (0..90).map(person).collect::<Vec<_>>().join(",")
        );
        let got = dump(b"a.json", text.as_bytes(), &few_keys(1000, 100), 7);
        assert_eq!(got.skips, []);
        assert_eq!(got.texts("$.by{key}").len(), 90);
        let total: usize = got
            .cells
            .iter()
            .filter(|(path, _)| path.ends_with(".a"))
            .map(|(_, c)| c.len())
            .sum();
        assert_eq!(total, 90);
    }

    #[test]
    fn columns_that_cannot_fold_are_too_deep() {
        let text = r#"{"a": {"b": 1, "c": 2}, "d": {"e": 3, "f": 4}}"#;
        let got = dump(b"a.json", text.as_bytes(), &few_keys(1000, 3), 7);
        assert_eq!(got.skips[0].error.reason, SkipReason::TooDeep);
        assert_eq!(got.texts("$.a.b"), ["1"]);
    }

    #[test]
    fn a_key_too_long_to_be_a_name_is_a_value() {
        let key = "k".repeat(tree::LONGEST_KEY + 1);
        let got = read("a.json", &format!(r#"{{"{key}": "v", "a": 1}}"#));
        assert_eq!(
            (got.texts("${key}"), got.texts("$.*")),
            (vec![&key[..]], vec!["v"])
        );
        assert_eq!(got.texts("$.a"), ["1"]);
    }

    #[test]
    fn repeated_keys_give_all_their_values() {
        assert_eq!(read("a.json", r#"{"a": "1", "a": "2"}"#).texts("$.a"), ["1", "2"]);
    }

    #[test]
    fn a_long_string_is_whole_when_its_segments_are_joined() {
        let long = "e ".repeat(LONG);
        let text = format!(r#"{{"a": "{long}", "b": "x"}}"#);
        for step in [99_999, 1 << 23] {
            let got = dump(b"a.json", text.as_bytes(), &options(1000), step);
            assert!(got.texts("$.a") == [&long], "step {step}");
        }
    }

    proptest! {
        #[test]
        fn neither_pieces_nor_arrival_change_the_cells(
            text in r#"([\[\]{}:,\n]|"[ab]{1,3}"|"a\\u00e9"|"a|12|true|null|nope){0,60}"#,
            piece in 1usize..300, step in 1usize..20, lines: bool, max_columns in 1usize..9,
        ) {
            let name = if lines { "a.jsonl" } else { "a.json" };
            let text = format!("{{\"first\": 1}}\n{text}");
            let small = Options { max_keys: 3, max_columns, ..options(piece) };
            let large = Options { max_keys: 3, max_columns, ..options(1 << 20) };
            let want = dump(name.as_bytes(), text.as_bytes(), &large, 1 << 20);
            prop_assert_eq!(dump(name.as_bytes(), text.as_bytes(), &small, step), want);
        }
    }
}
