//! Bytes → cells. Sans-I/O: a decoder says what it needs and is fed; it never reads, so it can be tested, fuzzed and
//! bounded without a runtime.
//!
//! A decoder is a small machine: [`Decoder::step`] is called until it returns [`Step::Done`] or an error. When it
//! returns [`Step::Need`], the caller obtains those bytes and hands them over with [`Decoder::feed`].

mod archive;
mod buffered;
mod charset;
#[cfg(all(feature = "cli", feature = "cloud"))]
pub(crate) use charset::whole_text;
mod csv;
mod detect;
#[cfg(test)]
mod fixtures;
mod gather;
mod inflate;
#[cfg(feature = "cloud")]
pub(crate) use inflate::gunzip;
mod json;
mod leaf;
mod parquet;
mod sniff;
#[cfg(test)]
mod testing;
mod text;
mod window;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::model::cells::{CellBatch, ColumnId};
use crate::model::skip::SkipReason;

/// The decoder for an object called `name` (its key), of `size` bytes if that is known. What the object is is decided
/// by its content first, by its name second.
///
/// It asks for the head as a range first, then for the rest as a stream or, for Parquet, as ranges; without a size it
/// asks for a stream from the beginning.
pub fn open(name: &[u8], size: Option<u64>, options: &Options) -> Box<dyn Decoder> {
    let place = detect::Place {
        member: Vec::new(),
        name: name.to_vec(),
        depth: 0,
        meter: None,
        options: Arc::new(options.clone()),
    };
    Box::new(detect::Root::new(place, size))
}

/// One object (or a part of one) on its way from bytes to cells.
pub trait Decoder: Send {
    /// Hands over what the last [`Step::Need`] asked for.
    fn feed(&mut self, piece: Piece);

    /// Goes on until something can be said. After `Done` or an error it is not called again.
    ///
    /// # Errors
    ///
    /// The object or the part of it that this decoder stands for cannot be decoded further; cells already given stay
    /// valid. Members that fail inside a container are [`Step::Skipped`] instead, and the rest goes on.
    fn step(&mut self) -> Result<Step, DecodeError>;
}

/// What a decoder says next.
#[expect(
    missing_debug_implementations,
    reason = "cells are content and decoders have no printable form"
)]
pub enum Step {
    /// Bytes are needed.
    Need(Want),
    /// The object itself, or the next innermost member of it, begins; columns and cells that follow belong to it.
    Open(Part),
    /// A column of the open part; ids count from 0 in this order, and each is announced before its first batch.
    Column(Column),
    /// Cells of an announced column. Batches break between rows, or inside a row only at places that do not depend on
    /// how the bytes arrived.
    Cells(CellBatch),
    /// Cells that need no reading: nothing that anyone looks for can be in them.
    Passed(Passed),
    /// A column turned out to be one of very many under dynamic names: all that was tallied under it belongs to
    /// another column, and no more cells of it follow.
    Fold(Fold),
    /// Independent parts of the open part, in any order or at once; each gives only `Need`, `Cells`, `Passed`, `Done`.
    Split(Vec<Box<dyn Decoder>>),
    /// The open part ended.
    Close(Close),
    /// A member (or the open part, which this closes) was not read, or not to its end.
    Skipped(Skipped),
    /// The object itself, or a member, is of a kind that holds no text (an image, audio); it is not opened.
    NoText(NoText),
    /// Nothing follows.
    Done,
}

/// The bytes that a decoder wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The next piece of the object as a stream that begins at byte `from`; `from` is the same in every call.
    Stream {
        /// Where the stream begins.
        from: u64,
    },
    /// These ranges, in this order.
    Ranges(Vec<Range<u64>>),
}

impl Want {
    /// One range.
    pub fn range(range: Range<u64>) -> Self {
        Self::Ranges(std::iter::once(range).collect())
    }
}

/// Bytes for a decoder.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The next bytes of the stream; never empty.
    Bytes(Bytes),
    /// The stream ended.
    End,
    /// The stream broke off for this reason, which is not the decoder's: what was read is given, and the rest is
    /// reported as [`Step::Skipped`] with this error.
    Broken(DecodeError),
    /// The ranges asked for; each as long as its range.
    Ranges(Vec<Bytes>),
}

/// An innermost file: the object itself, or a member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The member path inside the object, from the outside in; empty for the object itself. Names are data: they may
    /// hold anything.
    pub member: Vec<Vec<u8>>,
    /// What it is.
    pub format: Format,
}

/// A format that is decoded, with the compression around it left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-, semicolon-, pipe- or otherwise separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON document.
    Json,
    /// JSON documents one after the other, by custom one a line.
    JsonLines,
    /// Text without a structure of its own; its one column is `$text`.
    Text,
}

impl Format {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Text => "text",
        }
    }
}

/// A column as its decoder announces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its id in the open part.
    pub id: ColumnId,
    /// Its path, as segments; names are data and may hold anything.
    pub path: Vec<Segment>,
    /// The physical or logical type in the format's own word: `string`, `int64`, `decimal(9,2)` …
    pub kind: String,
}

/// One step of a column path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The document itself: `$`, first in JSON paths.
    Root,
    /// A named field.
    Name(String),
    /// The elements of a list: `[*]`.
    Items,
    /// The keys of a map: `{key}`.
    MapKey,
    /// The values of a map: `{value}`.
    MapValue,
    /// Any of very many keys: `*`.
    Folded,
    /// The text of an object without a structure: `$text`.
    Text,
}

/// Cells that were counted without being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Their column.
    pub column: ColumnId,
    /// How many, nulls included.
    pub cells: u64,
    /// How many of them are null.
    pub nulls: u64,
}

/// A column that ends by flowing into another: JSON keys that turn out to be data (see [`Segment::Folded`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// The column that is no more; announced before.
    pub from: ColumnId,
    /// The column that takes over its tallies; announced before.
    pub into: ColumnId,
}

/// How a part ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Close {
    /// Rows (lines of text, records of JSON lines) in the part.
    pub rows: u64,
    /// Decoded bytes of the part, before any conversion of its encoding.
    pub bytes: u64,
}

/// A member or part that was not read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path inside the object; empty for the object itself.
    pub member: Vec<Vec<u8>>,
    /// Why.
    pub error: DecodeError,
    /// Whether cells of it were given before: then it is partly read.
    pub partial: Option<Close>,
}

/// A member of a kind that holds no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoText {
    /// Its path inside the object; empty for the object itself.
    pub member: Vec<Vec<u8>>,
    /// Its media type, `image/png`.
    pub mime: &'static str,
}

/// Why bytes cannot be decoded. It holds a reason and a position, never content and never a parser's own message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("decode {what} at byte {at}: {reason}")]
pub struct DecodeError {
    /// The closed reason.
    pub reason: SkipReason,
    /// What was being decoded, in the format's own terms: `gzip stream`, `parquet footer` …
    pub what: &'static str,
    /// The 0-based byte in the innermost stream at which it failed, as far as known.
    pub at: u64,
}

impl DecodeError {
    /// An error of `what` at `at`.
    pub fn new(reason: SkipReason, what: &'static str, at: u64) -> Self {
        Self { reason, what, at }
    }
}

/// Limits and sizes that decoders keep to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The byte budget of the whole run; a unit above half of it is `unit_too_large`.
    pub budget: u64,
    /// How large batches are made, in bytes, where the decoder can choose.
    pub piece: usize,
    /// Bytes of context on both sides of a cut: the program's largest span plus its window.
    pub overlap: usize,
    /// How deep archives and compression may nest.
    pub max_depth: u32,
    /// Columns that one object may have; more is `too_deep`.
    pub max_columns: usize,
    /// Distinct JSON keys under one parent before they fold to `*`.
    pub max_keys: usize,
    /// The fewest digits of any identifier that numeric columns could hold; columns whose statistics stay below are
    /// passed unread.
    pub min_digits: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            budget: 512 << 20,
            piece: 4 << 20,
            overlap: 8 << 10,
            max_depth: 10,
            max_columns: 10_000,
            max_keys: 1_000,
            min_digits: 7,
        }
    }
}
