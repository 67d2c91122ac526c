//! A report, pushed part by part into output formats. One file per format; a new one is its file and a line in
//! [`FORMATS`].
//!
//! The caller pushes in this order, everything sorted as [`crate::model::report`] says:
//!
//! 1. [`Sink::begin`] once;
//! 2. for each store [`Sink::store`], then [`Sink::object`] for each of its objects (complete formats only use it);
//! 3. [`Sink::skip`] for everything that was not read;
//! 4. [`Sink::finish`] once.
//!
//! A sink writes as it goes and keeps no more than its output is allowed to be long, so an estate of any size is
//! written in bounded memory. The same parts give the same bytes. A reader that closes its end of a pipe is not an
//! error: the sink goes quiet.

mod digest;
mod html;
mod json;
mod jsonl;
mod out;
mod table;
mod text;
mod view;

use std::io::{self, Write};

use crate::model::id::StoreUri;
use crate::model::report::{
    Control, Coverage, Decision, Detail, Object, Run, SkippedObject, Store, Summary, Tool,
};

/// A place that a report's parts are pushed to.
pub trait Sink: Send {
    /// Begins the report.
    ///
    /// # Errors
    ///
    /// The output cannot be written to; so in every method.
    fn begin(&mut self, head: &Head<'_>) -> Result<(), Error>;

    /// The next store, with all of its tables and its worst objects.
    ///
    /// # Errors
    ///
    /// As [`Sink::begin`].
    fn store(&mut self, store: &Store) -> Result<(), Error>;

    /// The next object of the store pushed last. Formats that are not complete leave it out.
    ///
    /// # Errors
    ///
    /// As [`Sink::begin`].
    fn object(&mut self, _uri: &StoreUri, _object: &Object) -> Result<(), Error> {
        Ok(())
    }

    /// Whether [`Sink::object`] is wanted, so that a caller need not build objects for nothing.
    fn wants_objects(&self) -> bool {
        false
    }

    /// The next thing that was not read.
    ///
    /// # Errors
    ///
    /// As [`Sink::begin`].
    fn skip(&mut self, skip: &SkippedObject) -> Result<(), Error>;

    /// Ends the report and flushes the output.
    ///
    /// # Errors
    ///
    /// As [`Sink::begin`].
    fn finish(&mut self, tail: &Tail<'_>) -> Result<(), Error>;
}

/// What is known before the first store.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The program.
    pub tool: &'a Tool,
    /// The run.
    pub run: &'a Run,
}

/// What is known after the last store.
#[derive(Debug, Clone, Copy)]
pub struct Tail<'a> {
    /// Controls, in their framework's order.
    pub controls: &'a [Control],
    /// What was read over all stores.
    pub coverage: &'a Coverage,
    /// The gates' outcome, with a gate.
    pub decision: Option<&'a Decision>,
    /// The summary of all stores.
    pub summary: &'a Summary,
}

/// An output format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// The name that `--output` takes.
    pub name: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    open: fn(Box<dyn Write + Send>, &Options) -> Box<dyn Sink>,
}

impl Format {
    /// The format of this name; `None` if there is none ([`FORMATS`] has those there are).
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|f| f.name == name)
    }

    /// A sink of this format that writes to `out`. Buffering is the sink's own.
    pub fn open(&self, out: Box<dyn Write + Send>, options: &Options) -> Box<dyn Sink> {
        (self.open)(out, options)
    }
}

/// Every output format.
pub const FORMATS: &[Format] = &[table::FORMAT, json::FORMAT, jsonl::FORMAT, html::FORMAT];

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How deep `json` and `html` go.
    pub detail: Detail,
    /// How `table` looks.
    pub style: Style,
}

/// How text for a person looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours may be used.
    pub color: bool,
    /// Columns of the terminal. Below 40 counts as 40, above 120 as 120: longer lines are hard to read.
    pub width: u16,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: false,
            width: 80,
        }
    }
}

/// What can go wrong while a report is written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The output refused bytes: a full disk, a lost mount. The report is not whole.
    #[error("write the report: {0}")]
    Write(#[from] io::Error),
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Write(error.into())
    }
}
