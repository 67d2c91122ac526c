//! Hits of a batch → tallies: rows, locations, distinct values, levels. Values end here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keyed::{Keyed, normalise};
use super::program::Program;
use super::scan::Hit;
use super::spans::{Span, resolve};
use super::{Worker, registry::Normalise};
use crate::model::cells::{CellBatch, Cells, RowMap};
use crate::model::locator::Locator;
use crate::model::tally::{ColumnTally, LevelTally, Merge, Tally};

/// Where a batch stands: the object, and the member inside it, as reports show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The object's key.
    pub object: Arc<str>,
    /// The path inside the archive.
    pub member: Option<Arc<str>>,
}

/// What is left of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchTally {
    /// The cells, whatever they hold.
    pub column: ColumnTally,
    /// What was found, by the classifier's index in the program.
    pub found: BTreeMap<u16, Tally>,
}

impl Merge for BatchTally {
    fn merge(&mut self, other: Self) {
        self.column.merge(other.column);
        for (classifier, tally) in other.found {
            self.found.entry(classifier).or_default().merge(tally);
        }
    }
}

/// Distinct counting stops at cells longer than this: no identifier is, and free text has no use for it.
const LONGEST_DISTINCT: usize = 512;

/// Tallies `hits`, which are those of all the batch's cells (values, for a dictionary), ordered by cell.
pub(super) fn batch(worker: &mut Worker, batch: &CellBatch, place: &Place, hits: &mut [Hit]) -> BatchTally {
    let mut out = BatchTally::default();
    let judged = judge(worker, batch, hits);
    let context = Context {
        program: worker.program.clone(),
        keyed: worker.keyed.clone(),
        batch,
        place,
    };
    match &batch.cells {
        Cells::Dict { keys, values } => {
            context.count_dictionary(keys, values, &judged, &mut out);
        }
        _ => context.count_plain(&judged, &mut out),
    }
    out
}

/// A hit that belongs to the batch, with what later steps need of its value.
struct Judged {
    cell: u32,
    span: Span,
    /// Whether it is the best of those that overlap it.
    stands: bool,
    /// Whether it is, spaces aside, the whole cell; with the cell's hash.
    whole: Option<u64>,
    demoted: bool,
    /// The hash of the normalised value.
    hash: u64,
}

/// Scores the hits cell by cell, resolves overlaps, and drops those that the neighbouring pieces own.
fn judge(worker: &mut Worker, batch: &CellBatch, hits: &[Hit]) -> Vec<Judged> {
    let cells = match &batch.cells {
        Cells::Dict { values, .. } => values,
        plain => plain,
    };
    let mut judged = Vec::with_capacity(hits.len());
    let (mut spans, mut all): (Vec<Span>, Vec<Span>) = (Vec::new(), Vec::new());
    for run in hits.chunk_by(|a, b| a.cell == b.cell) {
        let text = cells.get(run[0].cell as usize);
        spans.clear();
        spans.extend(run.iter().filter_map(|hit| worker.span(text, hit)));
        all.clone_from(&spans);
        resolve(&mut spans);
        spans.sort_unstable_by_key(place);
        let owned = owned(batch, run[0].cell as usize, text.len());
        for span in all.iter().filter(|span| owned.contains(&span.start)) {
            let stands = spans.binary_search_by_key(&place(span), place).is_ok();
            judged.push(value(worker, batch, run[0].cell, text, *span, stands));
        }
    }
    judged
}

/// What tells two spans of one cell apart.
fn place(span: &Span) -> (usize, usize, u16) {
    (span.start, span.end, span.classifier)
}

/// The starts that belong to this piece.
fn owned(batch: &CellBatch, cell: usize, len: usize) -> std::ops::Range<usize> {
    let from = if cell == 0 { batch.cut.before as usize } else { 0 };
    let to = if cell + 1 == batch.cells.len() {
        len - (batch.cut.after as usize).min(len)
    } else {
        len
    };
    from..to
}

/// Looks at the value for the last time.
fn value(worker: &mut Worker, batch: &CellBatch, cell: u32, text: &[u8], span: Span, stands: bool) -> Judged {
    let bytes = &text[span.start..span.end];
    let classifier = &worker.program.classifiers()[usize::from(span.classifier)];
    let how: Normalise = classifier.matching.normalise;
    let cut = batch.cut.before != 0 || batch.cut.after != 0;
    let is_whole = !cut && !matches!(batch.rows, RowMap::Lines) && text.trim_ascii().len() == bytes.len();
    let demoted = is_whole && worker.is_demoted(span.classifier, bytes);
    normalise(how, bytes, &mut worker.buffer);
    let hash = worker.keyed.hash(&worker.buffer);
    Judged {
        cell,
        span,
        stands,
        whole: is_whole.then(|| worker.keyed.hash(text)),
        demoted,
        hash,
    }
}

struct Context<'a> {
    program: Program,
    keyed: Keyed,
    batch: &'a CellBatch,
    place: &'a Place,
}

impl Context<'_> {
    fn is_null(&self, cell: usize) -> bool {
        self.batch.nulls.as_ref().is_some_and(|nulls| nulls.is_null(cell))
    }

    fn count_plain(&self, judged: &[Judged], out: &mut BatchTally) {
        let cells = &self.batch.cells;
        if matches!(self.batch.rows, RowMap::Lines) {
            return self.count_text(judged, out);
        }
        // A long cell arrives in several pieces: the first counts.
        let continued = usize::from(self.batch.cut.before > 0);
        out.column.cells = (cells.len() - continued) as u64;
        for cell in continued..cells.len() {
            if self.is_null(cell) {
                out.column.nulls += 1;
            } else {
                self.count_value(cells.get(cell), &mut out.column);
            }
        }
        let mut rows = Rows::default();
        for hit in judged.iter().filter(|hit| !self.is_null(hit.cell as usize)) {
            self.count_hit(hit, hit.cell as usize, &mut rows, out);
        }
    }

    fn count_value(&self, text: &[u8], column: &mut ColumnTally) {
        column.numbers += u64::from(is_number(text));
        if text.is_empty() {
            column.empty += 1;
        } else if text.len() <= LONGEST_DISTINCT {
            column.distinct.insert(self.keyed.hash(text));
        }
    }

    /// Counts values once and cells by key.
    fn count_dictionary(&self, keys: &[i32], values: &Cells, judged: &[Judged], out: &mut BatchTally) {
        let mut by_value: Vec<std::ops::Range<usize>> = vec![0..0; values.len()];
        let mut from = 0;
        for run in judged.chunk_by(|a, b| a.cell == b.cell) {
            by_value[run[0].cell as usize] = from..from + run.len();
            from += run.len();
        }
        let mut used = vec![false; values.len()];
        let mut rows = Rows::default();
        out.column.cells = keys.len() as u64;
        for (cell, key) in keys.iter().enumerate() {
            let value = usize::try_from(*key).ok().filter(|v| *v < values.len());
            let Some(value) = value.filter(|_| !self.is_null(cell)) else {
                out.column.nulls += 1;
                continue;
            };
            if !std::mem::replace(&mut used[value], true) {
                self.count_value(values.get(value), &mut out.column);
            } else {
                out.column.empty += u64::from(values.get(value).is_empty());
                out.column.numbers += u64::from(is_number(values.get(value)));
            }
            for hit in &judged[by_value[value].clone()] {
                self.count_hit(hit, cell, &mut rows, out);
            }
        }
    }

    /// Text: rows are lines, and every location has its line and byte.
    fn count_text(&self, judged: &[Judged], out: &mut BatchTally) {
        let text = self.batch.cells.get(0);
        let before = self.batch.cut.before as usize;
        out.column.cells = own_lines(text, self.batch);
        let mut lines = Lines {
            text,
            at: before,
            line: self.batch.at.line,
        };
        let mut rows = Rows::default();
        let mut ordered: Vec<&Judged> = judged.iter().collect();
        ordered.sort_by_key(|hit| (hit.span.start, hit.span.end, hit.span.classifier));
        for hit in ordered {
            let line = lines.of(hit.span.start);
            let byte = self.batch.at.byte + (hit.span.start - before) as u64;
            let new_row = rows.is_new(hit.span.classifier, line, hit.span.confidence as usize);
            let locator = || self.locator(None, Some(line), Some(byte));
            self.add(hit, new_row, locator, out);
        }
    }

    fn count_hit(&self, hit: &Judged, cell: usize, rows: &mut Rows, out: &mut BatchTally) {
        let row = self.batch.rows.row(cell);
        let level = hit.span.confidence as usize;
        let new_row = rows.is_new(hit.span.classifier, row, level);
        if let Some(whole) = hit.whole {
            let tally = out.found.entry(hit.span.classifier).or_default();
            tally.demoted += u64::from(hit.demoted);
            *tally.shapes.entry(hit.span.shape).or_default() += 1;
            let new_whole = rows.is_new(hit.span.classifier, row, WHOLE);
            let locator = || self.locator(Some(row), None, None);
            tally.whole_cells.insert(whole);
            self.note(&mut tally.whole, hit, new_whole, locator);
        }
        self.add(hit, new_row, || self.locator(Some(row), None, None), out);
    }

    fn add(&self, hit: &Judged, new_row: bool, locator: impl FnOnce() -> Locator, out: &mut BatchTally) {
        if !hit.stands {
            return;
        }
        let tally = out.found.entry(hit.span.classifier).or_default();
        self.note(
            &mut tally.levels[hit.span.confidence as usize],
            hit,
            new_row,
            locator,
        );
    }

    fn note(&self, level: &mut LevelTally, hit: &Judged, new_row: bool, locator: impl FnOnce() -> Locator) {
        level.hits += 1;
        level.context += u64::from(hit.span.keyword);
        level.rows += u64::from(new_row);
        level.distinct.insert(hit.hash);
        // Within a batch places only grow: once full, none that follows can be among the smallest.
        if !level.first.is_full() {
            level.first.offer(locator());
        }
        if self.keyed.id().is_some() {
            level.prints.offer(hit.hash, || self.print(hit));
        }
    }

    fn print(&self, hit: &Judged) -> String {
        let cells = match &self.batch.cells {
            Cells::Dict { values, .. } => values,
            plain => plain,
        };
        let classifier = &self.program.classifiers()[usize::from(hit.span.classifier)];
        let mut value = Vec::new();
        let text = &cells.get(hit.cell as usize)[hit.span.start..hit.span.end];
        normalise(classifier.matching.normalise, text, &mut value);
        self.keyed.print(&classifier.id, &value).unwrap_or_default()
    }

    fn locator(&self, row: Option<u64>, line: Option<u64>, byte: Option<u64>) -> Locator {
        let (object, member) = (self.place.object.clone(), self.place.member.clone());
        Locator {
            object,
            member,
            row,
            line,
            page: None,
            byte,
        }
    }
}

/// Digits, with signs and separators between them, as in numbers, telephone numbers and dates.
fn is_number(text: &[u8]) -> bool {
    let mut digits = 0;
    let fits = text.iter().all(|byte| {
        digits += usize::from(byte.is_ascii_digit());
        matches!(
            byte,
            b'0'..=b'9' | b' ' | b'-' | b'+' | b'.' | b',' | b'/' | b'(' | b')' | b':'
        )
    });
    fits && digits > 0
}

/// The slot of [`Rows`] for whole cells, after those of the three levels.
const WHOLE: usize = 3;

/// The last row counted, by classifier and slot: rows come in order, so that is all it takes to count each once.
#[derive(Default)]
struct Rows(Vec<[Option<u64>; 4]>);

impl Rows {
    fn is_new(&mut self, classifier: u16, row: u64, slot: usize) -> bool {
        let index = usize::from(classifier);
        if self.0.len() <= index {
            self.0.resize(index + 1, [None; 4]);
        }
        self.0[index][slot].replace(row) != Some(row)
    }
}

/// The lines that end in the piece's own bytes; the last line of all may lack its end.
fn own_lines(text: &[u8], batch: &CellBatch) -> u64 {
    let own = &text[batch.cut.before as usize..text.len() - batch.cut.after as usize];
    let unended = batch.cut.after == 0 && own.last().is_some_and(|byte| *byte != b'\n');
    memchr::memchr_iter(b'\n', own).count() as u64 + u64::from(unended)
}

/// Counts lines as it goes.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, byte: usize) -> u64 {
        if byte > self.at {
            self.line += memchr::memchr_iter(b'\n', &self.text[self.at..byte]).count() as u64;
            self.at = byte;
        }
        self.line
    }
}
