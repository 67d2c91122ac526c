//! `jsonl`: one object a line, each with its `type`, complete: every store, table, finding, object and skip.

use std::io::Write;

use serde::Serialize;

use super::out::Out;
use super::view::{StoreView, TableView};
use super::{Error, Format, Head, Sink, Tail};
use crate::model::id::{StoreUri, TableId};
use crate::model::report::{
    Control, Coverage, Decision, Finding, Object, Run, Schema, SkippedObject, Store, Summary, Table, Tool,
};

pub(super) const FORMAT: Format = Format {
    name: "jsonl",
    about: "one object a line, complete, for pipes and loaders",
    open: |out, _| Box::new(JsonLines::new(out)),
};

/// A line. Field names are those of the `json` format; a line that would stand inside another there names its
/// parents here (`uri` the store, `table` the table's id, `path` the column).
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Run {
        schema: Schema,
        tool: &'a Tool,
        #[serde(flatten)]
        run: &'a Run,
    },
    Store(StoreView<'a>),
    Table {
        uri: &'a StoreUri,
        #[serde(flatten)]
        table: TableView<'a>,
    },
    Finding {
        uri: &'a StoreUri,
        table: &'a TableId,
        template: &'a str,
        path: &'a str,
        #[serde(flatten)]
        finding: &'a Finding,
    },
    Object {
        uri: &'a StoreUri,
        #[serde(flatten)]
        object: &'a Object,
    },
    Skip(&'a SkippedObject),
    Control(&'a Control),
    Coverage(&'a Coverage),
    Summary {
        #[serde(flatten)]
        summary: &'a Summary,
        #[serde(skip_serializing_if = "Option::is_none")]
        decision: Option<&'a Decision>,
    },
}

struct JsonLines {
    out: Out,
}

impl JsonLines {
    fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out: Out::new(out) }
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), Error> {
        self.out.json(line)?;
        self.out.text("\n")
    }

    fn table(&mut self, uri: &StoreUri, table: &Table) -> Result<(), Error> {
        self.line(&Line::Table {
            uri,
            table: table.into(),
        })?;
        for column in &table.columns {
            for finding in &column.findings {
                let (table, template, path) = (&table.id, table.template.as_str(), column.path.as_str());
                self.line(&Line::Finding {
                    uri,
                    table,
                    template,
                    path,
                    finding,
                })?;
            }
        }
        Ok(())
    }
}

impl Sink for JsonLines {
    fn begin(&mut self, head: &Head<'_>) -> Result<(), Error> {
        self.line(&Line::Run {
            schema: Schema::V1,
            tool: head.tool,
            run: head.run,
        })
    }

    fn store(&mut self, store: &Store) -> Result<(), Error> {
        self.line(&Line::Store(StoreView::alone(store)))?;
        store
            .tables
            .iter()
            .try_for_each(|table| self.table(&store.uri, table))
    }

    fn object(&mut self, uri: &StoreUri, object: &Object) -> Result<(), Error> {
        self.line(&Line::Object { uri, object })
    }

    fn wants_objects(&self) -> bool {
        true
    }

    fn skip(&mut self, skip: &SkippedObject) -> Result<(), Error> {
        self.line(&Line::Skip(skip))
    }

    fn finish(&mut self, tail: &Tail<'_>) -> Result<(), Error> {
        tail.controls
            .iter()
            .try_for_each(|control| self.line(&Line::Control(control)))?;
        self.line(&Line::Coverage(tail.coverage))?;
        self.line(&Line::Summary {
            summary: tail.summary,
            decision: tail.decision,
        })?;
        self.out.flush()
    }
}
