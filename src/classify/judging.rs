//! Hits of a batch → what counts of them: scored, the best of those that overlap, the values hashed.

use std::cmp::Ordering;
use std::ops::Range;

use super::heading::Headed;
use super::registry::Normalise;
use super::scan::{Hit, is_alone};
use super::spans::{Span, resolve};
use super::{Scored, Worker};
use crate::model::cells::{CellBatch, RowMap};

/// A hit that belongs to the batch, with what later steps need of its value.
pub(super) struct Judged {
    pub(super) cell: u32,
    pub(super) span: Span,
    /// Whether it is the best of those that overlap it.
    pub(super) stands: bool,
    /// Whether it is, spaces aside, the whole cell; with the cell's hash.
    pub(super) whole: Option<u64>,
    pub(super) demoted: bool,
    /// The hash of the normalised value.
    pub(super) hash: u64,
}

/// Scores the hits cell by cell, resolves overlaps, and drops those that the neighbouring pieces own.
pub(super) fn judge(worker: &mut Worker, batch: &CellBatch, hits: &[Hit], headed: &[Headed]) -> Vec<Judged> {
    let cells = batch.cells.values();
    let mut judged = Vec::with_capacity(hits.len() + headed.len());
    let (mut best, mut all): (Vec<Span>, Vec<Scored>) = (Vec::new(), Vec::new());
    let mut hashes = Hashes::default();
    for (cell, run, headed) in by_cell(hits, headed) {
        let text = cells.get(cell as usize);
        let owned = owned(batch, cell as usize, text.len());
        worker.begin_cell();
        hashes.forget();
        for tied in knots(run, headed) {
            if let ([hit], []) = (tied, headed) {
                // Nothing that it could give way to: most cells are one thing.
                if let Some(scored) = &worker.score(text, hit)
                    && owned.contains(&scored.span.start)
                {
                    value(
                        worker,
                        batch,
                        (cell, text),
                        (scored, scored.counts),
                        &mut hashes,
                        &mut judged,
                    );
                }
                continue;
            }
            all.clear();
            all.extend(tied.iter().filter_map(|hit| worker.score(text, hit)));
            all.extend(headed.iter().map(|headed| headed.scored));
            if are_at_one_place(&all) {
                // What most cells of numbers hold: one number, of several kinds.
                let best = foremost(&all);
                for (index, scored) in all.iter().enumerate() {
                    if owned.contains(&scored.span.start) {
                        let scored = (scored, Some(index) == best);
                        value(worker, batch, (cell, text), scored, &mut hashes, &mut judged);
                    }
                }
                continue;
            }
            // A value begins after the words that lead to it, perhaps after the next match does.
            all.sort_by(|a, b| {
                let better = b.span.score.total_cmp(&a.span.score);
                place(&a.span).cmp(&place(&b.span)).then(better)
            });
            // What a heading leads to may be found without it, too.
            all.dedup_by_key(|scored| place(&scored.span));
            best.clear();
            best.extend(
                all.iter()
                    .filter(|scored| scored.counts)
                    .map(|scored| scored.span),
            );
            resolve(&mut best);
            let mut standing = best.iter().peekable();
            for scored in &all {
                // Both are ordered by their starts, and what stands does not overlap.
                while standing.next_if(|best| best.start < scored.span.start).is_some() {}
                let stands = standing
                    .peek()
                    .is_some_and(|best| place(best) == place(&scored.span));
                if owned.contains(&scored.span.start) {
                    value(
                        worker,
                        batch,
                        (cell, text),
                        (scored, stands),
                        &mut hashes,
                        &mut judged,
                    );
                }
            }
        }
    }
    judged
}

/// Whether all are the same bytes, in the order of their classifiers.
fn are_at_one_place(all: &[Scored]) -> bool {
    let follows = |[a, b]: &[Scored; 2]| {
        (a.span.start, a.span.end) == (b.span.start, b.span.end) && a.span.classifier < b.span.classifier
    };
    all.array_windows().all(follows)
}

/// The one that stands of those at one place: of the highest score the first.
fn foremost(all: &[Scored]) -> Option<usize> {
    let counted = all.iter().enumerate().filter(|(_, scored)| scored.counts);
    let best = counted.reduce(
        |best, next| match next.1.span.score.total_cmp(&best.1.span.score) {
            Ordering::Greater => next,
            _ => best,
        },
    );
    best.map(|(index, _)| index)
}

/// The cells in which something was found, with what was.
fn by_cell<'a>(
    mut hits: &'a [Hit],
    mut headed: &'a [Headed],
) -> impl Iterator<Item = (u32, &'a [Hit], &'a [Headed])> {
    std::iter::from_fn(move || {
        let cell = match (hits.first(), headed.first()) {
            (Some(hit), Some(headed)) => hit.cell.min(headed.cell),
            (Some(hit), None) => hit.cell,
            (None, Some(headed)) => headed.cell,
            (None, None) => return None,
        };
        let (own, others) = hits.split_at(hits.iter().take_while(|hit| hit.cell == cell).count());
        let (led, rest) = headed.split_at(headed.iter().take_while(|headed| headed.cell == cell).count());
        (hits, headed) = (others, rest);
        Some((cell, own, led))
    })
}

/// Cuts the hits of one cell where none reaches over: what one part holds does not bear on another. What a heading leads
/// to bears on all of them.
fn knots<'a>(mut hits: &'a [Hit], headed: &[Headed]) -> impl Iterator<Item = &'a [Hit]> {
    let mut together = !headed.is_empty();
    std::iter::from_fn(move || {
        if std::mem::take(&mut together) {
            return Some(std::mem::take(&mut hits));
        }
        let mut end = hits.first()?.end;
        let ties = |hit: &&Hit| {
            let tied = hit.start < end;
            end = end.max(hit.end);
            tied
        };
        let count = 1 + hits[1..].iter().take_while(ties).count();
        let (tied, rest) = hits.split_at(count);
        hits = rest;
        Some(tied)
    })
}

/// What tells two spans of one cell apart.
fn place(span: &Span) -> (usize, usize, u16) {
    (span.start, span.end, span.classifier)
}

/// The starts that belong to this piece.
fn owned(batch: &CellBatch, cell: usize, len: usize) -> Range<usize> {
    let from = if cell == 0 { batch.cut.before as usize } else { 0 };
    let to = if cell + 1 == batch.cells.len() {
        len - (batch.cut.after as usize).min(len)
    } else {
        len
    };
    from..to
}

/// Hashes of what is found in one cell. Many classifiers find the same: a number is a number of many countries.
#[derive(Default)]
struct Hashes {
    cell: Option<u64>,
    values: Vec<(Normalise, Range<usize>, u64)>,
}

impl Hashes {
    /// Begins another cell.
    fn forget(&mut self) {
        self.cell = None;
        self.values.clear();
    }

    fn of_cell(&mut self, worker: &Worker, text: &[u8]) -> u64 {
        *self.cell.get_or_insert_with(|| worker.keyed.hash(text))
    }

    fn of_value(&mut self, worker: &mut Worker, how: Normalise, text: &[u8], at: Range<usize>) -> u64 {
        let same = self.values.iter().rev().take_while(|(_, known, _)| *known == at);
        if let Some((.., hash)) = same.into_iter().find(|(known, ..)| *known == how) {
            return *hash;
        }
        let value = worker.normalised.of(how, text, at.clone());
        let hash = match value == text {
            true => *self.cell.get_or_insert_with(|| worker.keyed.hash(text)),
            false => worker.keyed.hash(value),
        };
        self.values.push((how, at, hash));
        hash
    }
}

/// Looks at the value, which may stand, for the last time; adds it if it counts.
fn value(
    worker: &mut Worker,
    batch: &CellBatch,
    (cell, text): (u32, &[u8]),
    (scored, stands): (&Scored, bool),
    hashes: &mut Hashes,
    judged: &mut Vec<Judged>,
) {
    let span = scored.span;
    let at = span.start..span.end;
    let cut = batch.cut.before != 0 || batch.cut.after != 0;
    let is_whole = !cut && !matches!(batch.rows, RowMap::Lines) && is_alone(text, at.len());
    if !stands && !is_whole {
        return;
    }
    let how = worker.program.classifiers()[usize::from(span.classifier)]
        .matching
        .normalise;
    let whole = is_whole.then(|| hashes.of_cell(worker, text));
    let hash = hashes.of_value(worker, how, text, at);
    judged.push(Judged {
        cell,
        span,
        stands,
        whole,
        demoted: is_whole && scored.demoted,
        hash,
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::tally::Confidence;

    proptest! {
        #[test]
        fn what_stands_at_one_place_is_what_overlaps_are_resolved_to(
            found in prop::collection::vec((0u8..3, any::<bool>()), 0..6),
        ) {
            let scored = |(classifier, (score, counts)): (u16, (u8, bool))| Scored {
                span: Span {
                    start: 2,
                    end: 9,
                    classifier,
                    shape: 0,
                    confidence: Confidence::Low,
                    score: f64::from(score),
                    keyword: false,
                    secret: classifier % 2 == 0,
                },
                demoted: false,
                faint: false,
                counts,
            };
            let all: Vec<Scored> = (0u16..).zip(found).map(scored).collect();
            prop_assert!(are_at_one_place(&all));
            let mut best: Vec<Span> = all.iter().filter(|s| s.counts).map(|s| s.span).collect();
            resolve(&mut best);
            let foremost = foremost(&all).map(|index| all[index].span);
            prop_assert_eq!(foremost.as_slice(), best);
        }
    }
}
