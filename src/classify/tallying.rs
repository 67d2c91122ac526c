//! What counts of a batch → tallies: rows, locations, distinct values, levels. Values end here.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::Worker;
use super::doors;
use super::heading::Headed;
use super::judging::{Judged, judge};
use super::keyed::{Keyed, normalise};
use super::program::Program;
use super::scan::Hit;
use crate::model::cells::{CellBatch, Cells, RowMap};
use crate::model::door;
use crate::model::locator::Locator;
use crate::model::tally::{BLOCK, ColumnTally, LevelTally, Merge, Tally};

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

/// Tallies `hits`, which are those of all the batch's cells (values, for a dictionary), ordered by cell and start, and
/// what its heading leads to.
pub(super) fn batch(
    worker: &mut Worker,
    batch: &CellBatch,
    place: &Place,
    hits: &[Hit],
    headed: &[Headed],
) -> BatchTally {
    let judged = judge(worker, batch, hits, headed);
    let worker = &*worker;
    let mut count = Count {
        program: &worker.program,
        keyed: &worker.keyed,
        batch,
        place,
        column: ColumnTally::default(),
        found: Found::new(worker.program.rules().len()),
    };
    match &batch.cells {
        Cells::Dict { keys, values } => count.dictionary(keys, values, &judged),
        _ if matches!(batch.rows, RowMap::Lines) => count.text(&judged),
        _ => count.plain(&judged),
    }
    BatchTally {
        column: count.column,
        found: count.found.finish(),
    }
}

/// Tallies of a batch under way, by classifier.
struct Found {
    /// For each classifier, one more than its place in `tallies`; 0: nothing was found.
    index: Vec<u32>,
    tallies: Vec<Counting>,
}

/// The tally of one classifier.
#[derive(Default)]
struct Counting {
    classifier: u16,
    tally: Tally,
    /// The form of the last whole cell, and how often it came in a row: a column mostly has one.
    shape: u16,
    times: u64,
}

impl Counting {
    fn count_shape(&mut self, shape: u16) {
        if shape != self.shape {
            self.note_shape();
            self.shape = shape;
        }
        self.times += 1;
    }

    fn note_shape(&mut self) {
        let times = std::mem::take(&mut self.times);
        if times > 0 {
            *self.tally.shapes.entry(self.shape).or_default() += times;
        }
    }
}

impl Found {
    fn new(classifiers: usize) -> Self {
        Self {
            index: vec![0; classifiers],
            tallies: Vec::new(),
        }
    }

    fn of(&mut self, classifier: u16) -> &mut Counting {
        let index = &mut self.index[usize::from(classifier)];
        if *index == 0 {
            self.tallies.push(Counting {
                classifier,
                ..Counting::default()
            });
            *index = self.tallies.len() as u32;
        }
        &mut self.tallies[*index as usize - 1]
    }

    fn finish(self) -> BTreeMap<u16, Tally> {
        let finished = |mut counting: Counting| {
            counting.note_shape();
            (counting.classifier, counting.tally)
        };
        self.tallies.into_iter().map(finished).collect()
    }
}

/// A batch being counted.
struct Count<'a> {
    program: &'a Program,
    keyed: &'a Keyed,
    batch: &'a CellBatch,
    place: &'a Place,
    column: ColumnTally,
    found: Found,
}

impl<'a> Count<'a> {
    fn is_null(&self, cell: usize) -> bool {
        self.batch.nulls.as_ref().is_some_and(|nulls| nulls.is_null(cell))
    }

    fn plain(&mut self, judged: &'a [Judged]) {
        let batch = self.batch;
        let cells = &batch.cells;
        // A long cell arrives in several pieces: the first counts.
        let continued = usize::from(self.batch.cut.before > 0);
        self.column.cells = (cells.len() - continued) as u64;
        let mut hits = judged.iter().peekable();
        for cell in continued..cells.len() {
            while hits.next_if(|hit| (hit.cell as usize) < cell).is_some() {}
            let hashed = hits.peek().filter(|hit| hit.cell as usize == cell);
            if self.is_null(cell) {
                self.column.nulls += 1;
            } else {
                self.value(cells.get(cell), hashed.and_then(|hit| hit.whole));
            }
        }
        let mut rows = Rows::default();
        for hit in judged {
            if !self.is_null(hit.cell as usize) {
                self.hit(hit, hit.cell as usize, &mut rows);
            }
        }
    }

    /// Counts a cell, whose hash may be known.
    fn value(&mut self, text: &[u8], hash: Option<u64>) {
        self.look_of(text);
        if says_nothing(text) {
            self.column.empty += 1;
        } else if text.len() <= LONGEST_DISTINCT {
            let hash = hash.unwrap_or_else(|| self.keyed.hash(text));
            self.column.distinct.insert(hash);
        }
    }

    /// Counts what a cell looks like.
    fn look_of(&mut self, text: &[u8]) {
        let look = Look::of(text);
        self.column.numbers += u64::from(look.number);
        self.column.codes += u64::from(look.code);
        if let Some(number) = look.value {
            self.column.integers += 1;
            self.column
                .blocks
                .insert(self.keyed.hash(&(number / BLOCK).to_be_bytes()));
        }
    }

    /// Counts values once and cells by key.
    fn dictionary(&mut self, keys: &[i32], values: &Cells, judged: &'a [Judged]) {
        let mut by_value: Vec<Range<usize>> = vec![0..0; values.len()];
        let mut from = 0;
        for run in judged.chunk_by(|a, b| a.cell == b.cell) {
            by_value[run[0].cell as usize] = from..from + run.len();
            from += run.len();
        }
        let mut used = vec![false; values.len()];
        let mut rows = Rows::default();
        self.column.cells = keys.len() as u64;
        for (cell, key) in keys.iter().enumerate() {
            let value = usize::try_from(*key).ok().filter(|v| *v < values.len());
            let Some(value) = value.filter(|_| !self.is_null(cell)) else {
                self.column.nulls += 1;
                continue;
            };
            if !std::mem::replace(&mut used[value], true) {
                let hits = &judged[by_value[value].clone()];
                self.value(values.get(value), hits.first().and_then(|hit| hit.whole));
            } else {
                self.column.empty += u64::from(says_nothing(values.get(value)));
                self.look_of(values.get(value));
            }
            for hit in &judged[by_value[value].clone()] {
                self.hit(hit, cell, &mut rows);
            }
        }
    }

    /// Text: rows are lines, and every location has its line and byte.
    fn text(&mut self, judged: &'a [Judged]) {
        let batch = self.batch;
        let text = batch.cells.get(0);
        let before = batch.cut.before as usize;
        self.column.cells = own_lines(text, self.batch);
        let mut lines = Lines {
            text,
            at: before,
            line: self.batch.at.line,
        };
        let mut rows = Rows::default();
        for hit in judged {
            let line = lines.of(hit.span.start);
            let byte = self.batch.at.byte + (hit.span.start - before) as u64;
            let new_row = rows.is_new(hit.span.classifier, line, hit.span.confidence as usize);
            self.add(
                hit,
                new_row,
                At {
                    row: None,
                    line: Some(line),
                    byte: Some(byte),
                },
            );
        }
    }

    fn hit(&mut self, hit: &'a Judged, cell: usize, rows: &mut Rows) {
        let row = self.batch.rows.row(cell);
        let at = At {
            row: Some(row),
            line: None,
            byte: None,
        };
        let level = hit.span.confidence as usize;
        let new_row = rows.is_new(hit.span.classifier, row, level);
        if let Some(whole) = hit.whole {
            let new_whole = rows.is_new(hit.span.classifier, row, WHOLE);
            let print = self.print(hit);
            let counting = self.found.of(hit.span.classifier);
            counting.count_shape(hit.span.shape);
            let tally = &mut counting.tally;
            tally.demoted += u64::from(hit.demoted);
            tally.whole_cells.insert(whole);
            note(&mut tally.whole, hit, new_whole, || at.locator(self.place), print);
        }
        self.add(hit, new_row, at);
    }

    fn add(&mut self, hit: &'a Judged, new_row: bool, at: At) {
        if hit.stands {
            let (print, opens) = (self.print(hit), self.opens(hit));
            let tally = &mut self.found.of(hit.span.classifier).tally;
            if let Some(key) = opens {
                tally.note(door::ATTRIBUTE, key.to_string());
            }
            let level = &mut tally.levels[hit.span.confidence as usize];
            note(level, hit, new_row, || at.locator(self.place), print);
        }
    }

    /// What a credential opens.
    fn opens(&self, hit: &Judged) -> Option<door::Key> {
        if !hit.span.secret {
            return None;
        }
        let classifier = &self.program.classifiers()[usize::from(hit.span.classifier)];
        doors::of(
            &classifier.id,
            text_of(self.batch, hit),
            hit.span.start..hit.span.end,
        )
    }

    /// What makes the fingerprint of a hit's value, if fingerprints are made.
    fn print(&self, hit: &'a Judged) -> Option<impl FnOnce() -> String + use<'a>> {
        let (program, keyed, batch) = (self.program, self.keyed, self.batch);
        keyed.id().map(|_| {
            move || {
                let classifier = &program.classifiers()[usize::from(hit.span.classifier)];
                let mut value = Vec::new();
                let text = &text_of(batch, hit)[hit.span.start..hit.span.end];
                normalise(classifier.matching.normalise, text, &mut value);
                keyed.print(&classifier.id, &value).unwrap_or_default()
            }
        })
    }
}

/// The whole cell that a hit is in.
fn text_of<'b>(batch: &'b CellBatch, hit: &Judged) -> &'b [u8] {
    batch.cells.values().get(hit.cell as usize)
}

/// Where a hit is in its part.
#[derive(Clone, Copy)]
struct At {
    row: Option<u64>,
    line: Option<u64>,
    byte: Option<u64>,
}

impl At {
    fn locator(self, place: &Place) -> Locator {
        Locator {
            object: place.object.clone(),
            member: place.member.clone(),
            row: self.row,
            line: self.line,
            page: None,
            byte: self.byte,
        }
    }
}

/// Counts a hit into a level.
fn note(
    level: &mut LevelTally,
    hit: &Judged,
    new_row: bool,
    locator: impl FnOnce() -> Locator,
    print: Option<impl FnOnce() -> String>,
) {
    level.hits += 1;
    level.context += u64::from(hit.span.keyword);
    level.rows += u64::from(new_row);
    level.distinct.insert(hit.hash);
    // Within a batch places only grow: once full, none that follows can be among the smallest.
    if !level.first.is_full() {
        level.first.offer(locator());
    }
    if let Some(print) = print {
        level.prints.offer(hit.hash, print);
    }
}

/// What stands in a cell where nothing is known, in whatever case.
const NOTHING: [&[u8]; 14] = [
    b"#n/a", b"(null)", b"-", b"--", b"?", b"\\n", b"n.a.", b"n/a", b"na", b"nan", b"nil", b"none", b"null",
    b"unknown",
];

/// Whether a cell is empty or says that nothing is known.
fn says_nothing(text: &[u8]) -> bool {
    let Some(first) = text.first() else {
        return true;
    };
    text.len() <= 7
        && matches!(
            first,
            b'#' | b'(' | b'-' | b'?' | b'\\' | b'N' | b'n' | b'U' | b'u'
        )
        && NOTHING.iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

/// What a cell looks like, whatever it is.
#[derive(Default)]
struct Look {
    /// Digits, with signs and separators between them, as in numbers, telephone numbers and dates.
    number: bool,
    /// One word with a digit in it.
    code: bool,
    /// The number that its digits make, if it is nothing else.
    value: Option<u64>,
}

/// By byte, one for its kind, each kind in eight bits of its own: digits, letters, what parts numbers, and the rest. What
/// joins both counts for none.
const KINDS: [u32; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'#' => 1 << 8,
            b' ' | b'+' | b',' | b'(' | b')' => 1 << 16,
            b'-' | b'.' | b'/' | b':' => 0,
            _ => 1 << 24,
        };
        byte += 1;
    }
    kinds
};

impl Look {
    /// The longest cell that is a number or a code; far fewer than eight bits count to.
    const LONGEST: usize = 40;
    /// Digits of numbers that count or name something, and for which 64 bits surely have room.
    const DIGITS: std::ops::RangeInclusive<usize> = 5..=19;

    fn of(text: &[u8]) -> Self {
        if text.len() > Self::LONGEST {
            return Self::default();
        }
        let kinds: u32 = text.iter().map(|byte| KINDS[usize::from(*byte)]).sum();
        let [digits, letters, spaces, strange] = kinds.to_le_bytes();
        let bare = usize::from(digits) == text.len() && Self::DIGITS.contains(&text.len());
        let add = |sum: u64, byte: &u8| sum * 10 + u64::from(byte - b'0');
        Self {
            number: digits > 0 && letters == 0 && strange == 0,
            code: digits > 0 && spaces == 0 && strange == 0,
            value: bare.then(|| text.iter().fold(0, add)),
        }
    }
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
