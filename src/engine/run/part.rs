//! The part being decoded: its columns and their tallies, its names made fit to be shown.

use std::sync::Arc;

use super::pool::{Panicked, Pool};
use crate::aggregate::{self, PartColumn, PathStep, column_path};
use crate::classify::{BatchTally, Heading, Place, Program, ScanError, Worker};
use crate::decode::{Close, Column, Fold, Passed, Segment};
use crate::engine::placeholder;
use crate::model::cells::{CellBatch, ColumnId};
use crate::model::report::Format;
use crate::model::tally::{Confidence, Merge, Tally};

/// Where a part's cells stand, and what the names of its columns say of them.
#[derive(Clone)]
pub(super) struct Site {
    place: Place,
    /// By the column's id.
    headings: Arc<Vec<Arc<Heading>>>,
}

impl Site {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            headings: Arc::default(),
        }
    }
}

/// An open part.
pub(super) struct OpenPart {
    site: Site,
    format: Format,
    columns: Vec<OpenColumn>,
    /// A column of its own for a member name that is data.
    member_names: Vec<PartColumn>,
}

struct OpenColumn {
    path: String,
    kind: String,
    named: Vec<String>,
    tally: BatchTally,
    folded: bool,
}

/// What classification of one batch gave.
pub(super) type Tallied = (ColumnId, BatchTally);

impl OpenPart {
    /// Opens the part of `object` with these member names.
    pub(super) fn new(
        object: &Arc<str>,
        member: &[Vec<u8>],
        format: Format,
        worker: &mut Worker,
    ) -> Result<Self, ScanError> {
        let mut names = Vec::new();
        let mut found = Vec::new();
        for name in member {
            let (shown, classifier) = shown_path(worker, name)?;
            names.push(shown);
            found.extend(classifier);
        }
        let member: Option<Arc<str>> = (!names.is_empty()).then(|| names.join("!").into());
        let place = Place {
            object: object.clone(),
            member,
        };
        let member_names = name_column("$member", found, &place);
        Ok(Self {
            site: Site::new(place),
            format,
            columns: Vec::new(),
            member_names,
        })
    }

    /// Where the part's cells stand.
    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Rows that were seen so far, as the fullest column has them.
    pub(super) fn rows_seen(&self) -> u64 {
        self.columns
            .iter()
            .map(|column| column.tally.column.cells)
            .max()
            .unwrap_or(0)
    }

    /// Adds the next column.
    pub(super) fn add(&mut self, column: Column, worker: &mut Worker) -> Result<(), ScanError> {
        let names = names(&column.path);
        let mut named = Vec::new();
        let mut steps = Vec::with_capacity(column.path.len());
        for segment in column.path {
            steps.push(step(segment, worker, &mut named)?);
        }
        let path = column_path(&steps);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Arc::make_mut(&mut self.site.headings).push(worker.heading(&path, &names));
        self.columns.push(OpenColumn {
            path,
            kind: column.kind,
            named,
            tally: BatchTally::default(),
            folded: false,
        });
        Ok(())
    }

    /// Counts cells that were passed unread.
    pub(super) fn pass(&mut self, passed: Passed) {
        if let Some(column) = self.column(passed.column) {
            column.tally.column.cells += passed.cells;
            column.tally.column.nulls += passed.nulls;
        }
    }

    /// Lets one column flow into another.
    pub(super) fn fold(&mut self, fold: Fold) {
        let Some(from) = self.column(fold.from) else {
            return;
        };
        from.folded = true;
        let tally = std::mem::take(&mut from.tally);
        self.absorb([(fold.into, tally)]);
    }

    /// Adds what batches gave.
    pub(super) fn absorb(&mut self, tallied: impl IntoIterator<Item = Tallied>) {
        for (id, tally) in tallied {
            if let Some(column) = self.column(id) {
                column.tally.merge(tally);
            }
        }
    }

    fn column(&mut self, id: ColumnId) -> Option<&mut OpenColumn> {
        self.columns.get_mut(id.0 as usize)
    }

    /// Ends the part.
    pub(super) fn close(self, close: Close, program: &Program) -> aggregate::Part {
        let name = |index: u16| program.classifiers()[usize::from(index)].id.clone();
        let mut columns: Vec<PartColumn> = self
            .columns
            .into_iter()
            .filter(|column| !column.folded)
            .map(|column| PartColumn {
                path: column.path,
                kind: column.kind,
                cells: column.tally.column,
                found: column
                    .tally
                    .found
                    .into_iter()
                    .map(|(index, tally)| (name(index), tally))
                    .collect(),
                named: column.named,
            })
            .collect();
        columns.extend(self.member_names);
        let member = self.site.place.member.as_deref().map(str::to_owned);
        aggregate::Part {
            member,
            format: self.format,
            rows: close.rows,
            bytes: close.bytes,
            columns,
        }
    }
}

/// Classifies one batch.
pub(super) fn classify(
    pool: &Pool,
    batch: &CellBatch,
    site: &Site,
) -> Result<Result<Tallied, ScanError>, Panicked> {
    let heading = site.headings.get(batch.column.0 as usize);
    pool.with_worker(|worker| {
        let tally = worker.batch(batch, &site.place, heading.map(|heading| &**heading));
        tally.map(|tally| (batch.column, tally))
    })
}

/// The names on a column's path; none if the last step is not one.
fn names(path: &[Segment]) -> Vec<String> {
    let named = path.iter().rev().find(|step| !matches!(step, Segment::Items));
    let named = matches!(named, Some(Segment::Name(_)));
    let name = |step: &Segment| match step {
        Segment::Name(name) if named => Some(name.clone()),
        _ => None,
    };
    path.iter().filter_map(name).collect()
}

fn step(segment: Segment, worker: &mut Worker, named: &mut Vec<String>) -> Result<PathStep, ScanError> {
    Ok(match segment {
        Segment::Root => PathStep::Root,
        Segment::Items => PathStep::Items,
        Segment::MapKey => PathStep::MapKey,
        Segment::MapValue => PathStep::MapValue,
        Segment::Folded => PathStep::Folded,
        Segment::Text => PathStep::Text,
        Segment::Name(name) => {
            let (shown, classifier) = shown_name(worker, name.as_bytes())?;
            named.extend(classifier);
            PathStep::Name(shown)
        }
    })
}

/// Names are data: one that matches a classifier is shown as the classifier. Gives the name to show, and the classifier.
pub(super) fn shown_name(worker: &mut Worker, name: &[u8]) -> Result<(String, Option<String>), ScanError> {
    let found = worker.name(name)?;
    let id = found.map(|span| {
        worker.program().classifiers()[usize::from(span.classifier)]
            .id
            .clone()
    });
    let shown = id
        .as_deref()
        .map_or_else(|| String::from_utf8_lossy(name).into_owned(), placeholder);
    Ok((shown, id))
}

/// The same for a path, segment by segment; a match across segments hides them all.
pub(super) fn shown_path(worker: &mut Worker, path: &[u8]) -> Result<(String, Vec<String>), ScanError> {
    let mut shown = Vec::new();
    let mut found = Vec::new();
    for segment in path.split(|b| *b == b'/') {
        let (name, classifier) = shown_name(worker, segment)?;
        shown.push(name);
        found.extend(classifier);
    }
    let (name, classifier) = shown_name(worker, shown.join("/").as_bytes())?;
    found.extend(classifier);
    Ok((name, found))
}

/// A column for names that are data; nothing where none is.
pub(super) fn name_column(path: &str, found: Vec<String>, place: &Place) -> Vec<PartColumn> {
    if found.is_empty() {
        return Vec::new();
    }
    let mut column = PartColumn {
        path: path.into(),
        kind: "name".into(),
        cells: crate::model::tally::ColumnTally {
            cells: 1,
            ..Default::default()
        },
        found: std::collections::BTreeMap::new(),
        named: Vec::new(),
    };
    for classifier in found {
        let tally: &mut Tally = column.found.entry(classifier).or_default();
        let level = &mut tally.levels[Confidence::Medium as usize];
        level.hits += 1;
        level.rows = 1;
        level.first.offer(crate::model::locator::Locator {
            object: place.object.clone(),
            member: place.member.clone(),
            row: None,
            line: None,
            page: None,
            byte: None,
        });
    }
    vec![column]
}
