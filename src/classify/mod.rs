//! Cells → hits → tallies. The one place where values are looked at; nothing that leaves it holds any.
//!
//! `README.md` in this folder explains the way from bytes to a verdict in plain words.

pub mod cost;
mod digits_at_once;
mod doors;
mod heading;
mod judging;
mod keyed;
pub mod odds;
mod portions;
pub mod program;
pub mod registry;
mod repeats;
pub mod scan;
pub mod score;
mod spans;
mod tallying;
pub mod validate;
mod value;

pub use heading::Heading;
pub use keyed::Keyed;
use program::{Called, Heard, Nearby, Needs};
pub use program::{CompileError, Program};
use registry::Normalise;
pub use scan::ScanError;
pub use score::ColumnScore;
pub use spans::{Overlaps, Span};
pub use tallying::{BatchTally, Place};

use std::ops::Range;
use std::sync::Arc;

use crate::model::cells::{CellBatch, Cells, Cut, RowMap};
use crate::model::risk::{Category, Severity};
use crate::model::tally::{ColumnTally, Confidence, Merge as _, Tally};
use scan::{Backend, Hit, Scanner};

/// One worker's classifier: a scanner and its scratch space over a shared [`Program`].
pub struct Worker {
    program: Program,
    keyed: Keyed,
    scanner: Box<dyn Scanner>,
    scores: score::Table,
    nearby: Nearby,
    values: value::Values,
    hits: Vec<Hit>,
    normalised: keyed::Normalised,
    headings: heading::Headings,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("program", &self.program)
            .field("backend", &self.scanner.backend())
            .finish()
    }
}

impl Worker {
    /// A worker that scans with the best engine that can run here.
    ///
    /// # Errors
    ///
    /// The program's patterns are too large together for the engine.
    pub fn new(program: &Program, keyed: &Keyed) -> Result<Self, CompileError> {
        Self::with_backend(program, keyed, Backend::best())
    }

    /// A worker that scans with a given engine, which must be able to run here.
    ///
    /// # Errors
    ///
    /// As [`Worker::new`].
    ///
    /// # Panics
    ///
    /// As [`scan::open`].
    pub fn with_backend(program: &Program, keyed: &Keyed, backend: Backend) -> Result<Self, CompileError> {
        Ok(Self {
            scanner: scan::open(program, backend)?,
            scores: score::Table::of(program.rules()),
            nearby: Nearby::default(),
            program: program.clone(),
            keyed: keyed.clone(),
            values: value::Values::default(),
            hits: Vec::new(),
            normalised: keyed::Normalised::default(),
            headings: heading::Headings::default(),
        })
    }

    /// The program that it runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What the name of a column says of its cells: its path as reports show it, and the names on it, its own last.
    pub fn heading(&mut self, path: &str, names: &[&str]) -> Arc<Heading> {
        self.headings.of(&self.program, path, names)
    }

    /// Classifies one batch of cells that stands at `place`, in a column with `heading`; without one, nothing is taken from
    /// its name, whatever that may be.
    ///
    /// # Errors
    ///
    /// The scanner cannot go on.
    pub fn batch(
        &mut self,
        batch: &CellBatch,
        place: &Place,
        heading: Option<&Heading>,
    ) -> Result<BatchTally, ScanError> {
        if let Some(condensed) = repeats::condensed(batch) {
            return self.look(&condensed, place, heading);
        }
        let Some(portions) = portions::of(batch) else {
            return self.look(batch, place, heading);
        };
        let mut all = BatchTally::default();
        for portion in portions {
            all.merge(self.look(&portion, place, heading)?);
        }
        Ok(all)
    }

    fn look(
        &mut self,
        batch: &CellBatch,
        place: &Place,
        heading: Option<&Heading>,
    ) -> Result<BatchTally, ScanError> {
        let columnar = !matches!(batch.rows, RowMap::Lines) && batch.cut == Cut::default();
        let heading = heading.filter(|_| columnar);
        let headed = match heading {
            Some(heading) => heading.find(self, &batch.cells)?,
            None => Vec::new(),
        };
        self.hits.clear();
        (self.scanner).scan_column(&batch.cells, heading.map(Heading::idle), &mut self.hits)?;
        if let Some(heading) = heading {
            heading.sift(&self.program, &batch.cells, &mut self.hits);
        }
        let hits = std::mem::take(&mut self.hits);
        let tally = tallying::batch(self, batch, place, &hits, &headed);
        self.hits = hits;
        Ok(tally)
    }

    /// Every match in one text with its score, ordered by start, then end, then classifier.
    ///
    /// # Errors
    ///
    /// The scanner cannot go on.
    pub fn text(
        &mut self,
        text: &[u8],
        least: Confidence,
        overlaps: Overlaps,
    ) -> Result<Vec<Span>, ScanError> {
        self.spans(text, least, overlaps, false)
    }

    /// `faint`: also what only a column can make something of.
    fn spans(
        &mut self,
        text: &[u8],
        least: Confidence,
        overlaps: Overlaps,
        faint: bool,
    ) -> Result<Vec<Span>, ScanError> {
        self.hits.clear();
        self.scanner.scan(&Cells::one(text.to_vec()), &mut self.hits)?;
        let hits = std::mem::take(&mut self.hits);
        self.begin_cell();
        let mut spans: Vec<Span> = hits
            .iter()
            .filter_map(|hit| self.score(text, hit))
            .filter(|scored| faint || !scored.faint)
            .map(|scored| scored.span)
            .collect();
        self.hits = hits;
        spans.sort_by_key(|span| (span.start, span.end, span.classifier));
        if overlaps == Overlaps::Best {
            spans::resolve(&mut spans);
        }
        spans.retain(|span| span.confidence >= least);
        Ok(spans)
    }

    /// As [`Worker::text`] for one cell of a column; matches may overlap. At `low`, all that its column can have been judged by.
    ///
    /// # Errors
    ///
    /// The scanner cannot go on.
    pub(crate) fn cell(
        &mut self,
        text: &[u8],
        heading: &Heading,
        least: Confidence,
    ) -> Result<Vec<Span>, ScanError> {
        let mut spans = self.spans(text, least, Overlaps::All, least == Confidence::Low)?;
        let headed = heading.find(self, &Cells::one(text.to_vec()))?;
        let headed = headed.into_iter().map(|headed| headed.scored.span);
        spans.extend(headed.filter(|span| span.confidence >= least));
        Ok(spans)
    }

    /// The classifier that a name (a column, a JSON key, an archive member) matches at `medium` or above: such a name
    /// is data and must not be shown.
    ///
    /// # Errors
    ///
    /// The scanner cannot go on.
    pub fn name(&mut self, name: &[u8]) -> Result<Option<Span>, ScanError> {
        let mut spans = self.text(name, Confidence::Medium, Overlaps::Best)?;
        // Columns are called after countries and years; that is no one's data.
        let tells =
            |c: &registry::Classifier| c.severity > Severity::Low || c.category != Category::Demographic;
        spans.retain(|span| tells(&self.program.classifiers()[usize::from(span.classifier)]));
        Ok(spans
            .into_iter()
            .max_by(|a, b| a.score.total_cmp(&b.score).then(b.start.cmp(&a.start))))
    }

    /// Begins another cell.
    fn begin_cell(&mut self) {
        self.nearby.reset();
        self.normalised.forget();
    }

    /// The score of one hit in its cell, at the value inside it; `None` below `low` and for a void one. Hits of one
    /// cell must come in the order of their starts, and the cell must have been begun by [`Worker::begin_cell`].
    fn score(&mut self, text: &[u8], hit: &Hit) -> Option<Scored> {
        let rule = &self.program.rules()[usize::from(hit.classifier)];
        let (start, end) = (hit.value as usize, hit.end as usize);
        let place = (start, end);
        let mut scores = self.scores.of_hit(rule, hit, &text[start..end], false);
        // A keyword can only raise the score: where nothing is left to raise, it is not looked for. Nor is it where nothing else
        // is, or where there was no match without one.
        let keywords = self.program.keywords();
        let shape = &rule.shapes[usize::from(hit.shape)];
        let alone = scan::is_alone(text, end - start);
        let mut keyword = scores.keyword > scores.alone
            && keywords.has_any(hit.classifier)
            && !alone
            && (shape.needs == Needs::Keyword
                || (self.nearby).holds(keywords, text, place, rule.window as usize, hit.classifier));
        // What follows can only lower it.
        let by_column = alone && !rule.has_odds();
        if Confidence::of(scores.of(keyword)).is_none() && !by_column {
            return None;
        }
        let form = (hit.classifier, hit.shape);
        let needs = shape.needs;
        let inner = self.values.find(form, &shape.hir, &text[start..end]);
        let value = start + inner.start..start + inner.end;
        if rule.voids.iter().any(|void| void(&text[start..end]).is_valid())
            || self.is_allowed(hit.classifier, &text[value.clone()])
        {
            return None;
        }
        let doubtful = rule.is_doubtful(&text[start..end]);
        if doubtful && !by_column {
            return None;
        }
        let demoted = self.is_demoted(hit.classifier, &text[start..end])
            || self.is_placeholder(hit.classifier, text, value.clone());
        let rule = &self.program.rules()[usize::from(hit.classifier)];
        if demoted {
            scores = self.scores.of_hit(rule, hit, &text[start..end], true);
            keyword = false;
        }
        let score = scores.of(keyword);
        let known = Confidence::of(score).filter(|_| !doubtful);
        let confidence = known.or(by_column.then_some(Confidence::Low));
        confidence.map(|confidence| Scored {
            span: Span {
                start: value.start,
                end: value.end,
                classifier: hit.classifier,
                shape: hit.shape,
                confidence,
                score,
                keyword,
                secret: rule.secret,
            },
            demoted,
            faint: known.is_none(),
            counts: known.is_some() && (needs == Needs::Nothing || confidence >= self.program.least()),
        })
    }

    fn is_allowed(&self, classifier: u16, value: &[u8]) -> bool {
        let how = self.program.classifiers()[usize::from(classifier)]
            .matching
            .normalise;
        self.program.allowed().contains(classifier, value, || {
            let mut normalised = Vec::new();
            keyed::normalise(how, value, &mut normalised);
            normalised
        })
    }

    fn is_demoted(&self, classifier: u16, matched: &[u8]) -> bool {
        let rule = &self.program.rules()[usize::from(classifier)];
        rule.demoters.iter().any(|demote| demote(matched).is_valid())
    }

    fn is_placeholder(&mut self, classifier: u16, text: &[u8], value: Range<usize>) -> bool {
        let rule = &self.program.rules()[usize::from(classifier)];
        if rule.placeholders.is_empty() {
            return false;
        }
        let how = self.program.classifiers()[usize::from(classifier)]
            .matching
            .normalise;
        (rule.placeholders).contains(self.normalised.of(how, text, value))
    }
}

/// A hit with its score.
#[derive(Clone, Copy)]
struct Scored {
    span: Span,
    /// Whether it is a published test value, or a demoting validator accepted it.
    demoted: bool,
    /// Whether it is less than `low` by itself: a whole cell, of which its column may make more.
    faint: bool,
    /// Whether it counts where it stands; if not, only by its column.
    counts: bool,
}

/// Whether a column's name says that it holds what `classifier` finds (`Some(true)`), or something else.
pub fn is_named(program: &Program, classifier: u16, name: &str) -> Option<bool> {
    match program.rules()[usize::from(classifier)]
        .names
        .say(&Heard::of(name))
    {
        Called::So => Some(true),
        Called::Otherwise => Some(false),
        Called::Nothing => None,
    }
}

/// Judges a finished column as a whole; `None` where less than half of its distinct values are valid, and no more than may be
/// so by chance.
pub fn column_score(
    program: &Program,
    classifier: u16,
    named: bool,
    column: &ColumnTally,
    tally: &Tally,
) -> Option<ColumnScore> {
    let index = usize::from(classifier);
    let rate = program.classifiers()[index].validate.random_pass_rate;
    score::column(&program.rules()[index], rate, named, column, tally)
}

/// How much commoner valid values must be among codes than chance makes them.
const MORE: f64 = 5.0;

/// Whether single matches in the text of a column's cells prove nothing, because cells of other things match by chance.
///
/// In a column of numbers, what is known by its digits alone is judged by the column: one of ten random numbers passes a
/// check digit. But numbers with a telephone's `+` are none by chance. In a column of codes, so is what is not much commoner in
/// it than among random values of its form: numbers of parts look like those of people. What rests on words alone must be in
/// one of fifty cells, or, where it is the whole cell, in three of ten.
pub fn is_chance(program: &Program, classifier: u16, column: &ColumnTally, tally: &Tally) -> bool {
    let rule = &program.rules()[usize::from(classifier)];
    let checked = rule.check > 0.0 && !rule.secret;
    if column.is_numeric() && (rule.digits || checked && tally.is_mostly_whole()) {
        return !score::tells_by_form(rule, tally);
    }
    let classifier = &program.classifiers()[usize::from(classifier)];
    if classifier.matching.normalise == Normalise::AlnumUpper && checked && column.is_coded() {
        let rate = classifier.validate.random_pass_rate;
        let share = (MORE * rate).min((1.0 + rate) / 2.0);
        let rare = (tally.whole_cells.estimate() as f64) < share * column.distinct.estimate() as f64;
        return rare && tally.is_mostly_whole();
    }
    if rule.digits {
        return false;
    }
    let text = tally.hits();
    let sure = tally.levels[Confidence::High as usize].hits * 2 >= text;
    let filled = match tally.is_mostly_whole() {
        true => tally.whole_cells.estimate() * 10 / 3,
        false => text * 50,
    };
    rule.check == 0.0 && !sure && filled < column.distinct.estimate()
}
