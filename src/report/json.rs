//! `json`: one document, `lakewarden.report/1`, a store a line. What is known last comes last, so it is written in one
//! pass.

use std::io::Write;

use serde::Serialize;

use super::out::Out;
use super::view::StoreView;
use super::{Error, Format, Head, Options, Sink, Tail};
use crate::model::report::{Detail, Schema, SkippedObject, Store};

pub(super) const FORMAT: Format = Format {
    name: "json",
    about: "one document for programs, lakewarden.report/1",
    open: |out, options| Box::new(Json::new(out, *options)),
};

/// Skips that are written; coverage has the totals of all.
const SKIPS: u64 = 10_000;

struct Json {
    out: Out,
    detail: Detail,
    stores: u64,
    skips: u64,
    in_skips: bool,
}

impl Json {
    fn new(out: Box<dyn Write + Send>, options: Options) -> Self {
        Self {
            out: Out::new(out),
            detail: options.detail,
            stores: 0,
            skips: 0,
            in_skips: false,
        }
    }

    /// `,` or nothing, a new line, `"name":value`.
    fn field(&mut self, name: &str, value: &impl Serialize, first: bool) -> Result<(), Error> {
        self.out.text(if first { "{\n\"" } else { ",\n\"" })?;
        self.out.text(name)?;
        self.out.text("\":")?;
        self.out.json(value)
    }

    fn item(&mut self, value: &impl Serialize, first: bool) -> Result<(), Error> {
        self.out.text(if first { "\n" } else { ",\n" })?;
        self.out.json(value)
    }

    /// Ends the list of stores and begins that of skips, once.
    fn turn_to_skips(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.in_skips, true) {
            return Ok(());
        }
        self.out.text("\n],\n\"skips\":[")
    }
}

impl Sink for Json {
    fn begin(&mut self, head: &Head<'_>) -> Result<(), Error> {
        self.field("schema", &Schema::V1, true)?;
        self.field("tool", head.tool, false)?;
        self.field("run", head.run, false)?;
        let detail = self.detail;
        self.field("detail", &detail, false)?;
        self.out.text(",\n\"stores\":[")
    }

    fn store(&mut self, store: &Store) -> Result<(), Error> {
        self.item(&StoreView::detailed(store, self.detail), self.stores == 0)?;
        self.stores += 1;
        Ok(())
    }

    fn skip(&mut self, skip: &SkippedObject) -> Result<(), Error> {
        self.turn_to_skips()?;
        if self.skips < SKIPS {
            self.item(skip, self.skips == 0)?;
            self.skips += 1;
        }
        Ok(())
    }

    fn finish(&mut self, tail: &Tail<'_>) -> Result<(), Error> {
        self.turn_to_skips()?;
        self.out.text("\n]")?;
        self.field("controls", &tail.controls, false)?;
        self.field("coverage", tail.coverage, false)?;
        if let Some(decision) = tail.decision {
            self.field("decision", decision, false)?;
        }
        self.field("summary", tail.summary, false)?;
        self.out.text("\n}\n")?;
        self.out.flush()
    }
}
