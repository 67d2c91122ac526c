//! `table`: the exposure map for a terminal. What is reachable now, what is one setting away, what is not known; then
//! what was found, what was read, and the decision. Keeps a few lines per section, whatever the estate's size.

mod lists;
mod pen;
mod sections;

use std::io::Write;

use super::out::Out;
use super::text::{inert, plural, size};
use super::{Error, Format, Head, Sink, Style, Tail};
use crate::model::report::{SkippedObject, Store};
use lists::Lists;
use pen::{Ink, Pen};

pub(super) const FORMAT: Format = Format {
    name: "table",
    about: "the exposure map for a terminal",
    open: |out, options| Box::new(Table::new(out, options.style)),
};

/// Skips that are shown one by one.
const SKIPS: usize = 5;

struct Table {
    out: Out,
    style: Style,
    head: Vec<String>,
    lists: Lists,
    skips: Vec<SkippedObject>,
    skipped: u64,
}

impl Table {
    fn new(out: Box<dyn Write + Send>, style: Style) -> Self {
        let out = Out::new(out);
        Self {
            out,
            style,
            head: Vec::new(),
            lists: Lists::default(),
            skips: Vec::new(),
            skipped: 0,
        }
    }

    /// The title, and the sentence that most readers came for.
    fn title(&self, pen: &mut Pen, tail: &Tail<'_>) {
        let s = tail.summary;
        pen.blank();
        pen.line(&[(Ink::Bold, "Exposure map")]);
        pen.wrapped(Ink::Dim, &self.head.join(" · "), 0);
        let scale = [
            plural(s.stores, "store"),
            plural(s.objects, "object"),
            size(s.bytes),
            plural(s.tables, "table"),
            plural(s.rows, "row"),
        ];
        pen.wrapped(Ink::Dim, &scale.join(" · "), 0);
        pen.blank();
        let (ink, sentence) = self.lists.headline();
        pen.wrapped(ink, &sentence, 0);
        if let Some(beside) = self.lists.beside() {
            pen.wrapped(Ink::Plain, &beside, 0);
        }
    }
}

impl Sink for Table {
    fn begin(&mut self, head: &Head<'_>) -> Result<(), Error> {
        let when = head.run.finished_at.replace('T', " ");
        let minute = when.get(..16).unwrap_or(&when).to_owned();
        self.head = vec![
            format!("{} {}", head.tool.name, head.tool.version),
            minute + " UTC",
        ];
        if let Some(principal) = &head.run.principal {
            self.head.push(format!("as {}", inert(principal)));
        }
        if !head.run.complete {
            self.head.push("interrupted".to_owned());
        }
        Ok(())
    }

    fn store(&mut self, store: &Store) -> Result<(), Error> {
        self.lists.add(store);
        Ok(())
    }

    fn skip(&mut self, skip: &SkippedObject) -> Result<(), Error> {
        self.skipped += 1;
        if self.skips.len() < SKIPS {
            self.skips.push(skip.clone());
        }
        Ok(())
    }

    fn finish(&mut self, tail: &Tail<'_>) -> Result<(), Error> {
        let mut pen = Pen::new(self.style);
        self.title(&mut pen, tail);
        sections::grid(&mut pen, tail.summary);
        self.lists.write(&mut pen);
        sections::found(&mut pen, tail.summary);
        sections::coverage(&mut pen, tail.coverage);
        sections::skips(&mut pen, &self.skips, self.skipped);
        sections::controls(&mut pen, tail.controls);
        sections::decision(&mut pen, tail.decision);
        pen.blank();
        self.out.text(&pen.finish())?;
        self.out.flush()
    }
}
