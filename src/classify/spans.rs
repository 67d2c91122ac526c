//! Spans: scored matches in one text, and which of overlapping ones stands.

use std::collections::BTreeMap;

use crate::model::tally::Confidence;

/// A scored match in one text. It holds offsets, never the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The index of the classifier in the program.
    pub classifier: u16,
    /// The index of the classifier's form, the likeliest first.
    pub shape: u16,
    /// The level of the score.
    pub confidence: Confidence,
    /// The probability that it is the thing.
    pub score: f64,
    /// Whether a keyword near it was needed and found.
    pub keyword: bool,
    /// Whether its classifier finds credentials.
    pub secret: bool,
}

/// What to do with matches that overlap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overlaps {
    /// Keep the best: what holds a secret gives way to it, then the highest score, the longest, the first, and the
    /// classifier's order.
    #[default]
    Best,
    /// Keep every one.
    All,
}

/// Keeps the best of overlapping spans, which must be ordered by their starts: the highest score first, then the longest,
/// the first, and the classifier's order. What merely holds a secret, as an address holds the token among its parameters,
/// gives way to it beforehand.
pub(crate) fn resolve(spans: &mut Vec<Span>) {
    yield_to_secrets(spans);
    let mut kept = 0;
    let mut from = 0;
    while from < spans.len() {
        let to = from + knot(&spans[from..]);
        let best = untie(&mut spans[from..to]);
        spans.copy_within(from..from + best, kept);
        kept += best;
        from = to;
    }
    spans.truncate(kept);
}

/// The shortest secret that what holds it gives way to: shorter ones are sessions' and pages' marks, or resolved by score.
const KEY: usize = 16;

/// Drops those that are no secret themselves and hold one of at least medium confidence.
fn yield_to_secrets(spans: &mut Vec<Span>) {
    let found =
        |span: &Span| span.secret && span.confidence >= Confidence::Medium && span.end - span.start >= KEY;
    if !spans.iter().any(found) {
        return;
    }
    // From the last on: the first end of those secrets that start here, and of those that start later.
    let (mut start, mut here, mut later) = (usize::MAX, usize::MAX, usize::MAX);
    let mut yields = vec![false; spans.len()];
    for (span, yields) in spans.iter().zip(&mut yields).rev() {
        if span.start != start {
            later = later.min(here);
            (start, here) = (span.start, usize::MAX);
        }
        if found(span) {
            here = here.min(span.end);
        }
        *yields = !span.secret && later <= span.end;
    }
    let mut yields = yields.into_iter();
    spans.retain(|_| !yields.next().unwrap_or_default());
}

/// How many spans hang together by overlaps, from the first on.
fn knot(spans: &[Span]) -> usize {
    let mut end = spans[0].end;
    let mut count = 1;
    while let Some(span) = spans.get(count).filter(|span| span.start < end) {
        end = end.max(span.end);
        count += 1;
    }
    count
}

/// Moves those that stand to the front, ordered by their starts, and says how many they are.
fn untie(spans: &mut [Span]) -> usize {
    if spans.len() == 1 {
        return 1;
    }
    spans.sort_unstable_by(|a, b| {
        let length = |s: &Span| s.end - s.start;
        b.score
            .total_cmp(&a.score)
            .then(length(b).cmp(&length(a)))
            .then((a.start, a.classifier, a.shape).cmp(&(b.start, b.classifier, b.shape)))
    });
    let mut taken = Taken::default();
    let mut kept = 0;
    for next in 0..spans.len() {
        if taken.take(spans[next].start, spans[next].end) {
            spans[kept] = spans[next];
            kept += 1;
        }
    }
    spans[..kept].sort_unstable_by_key(|span| span.start);
    kept
}

/// Places that are taken: by the end of each, its start. The first is kept apart, as there is hardly ever a second.
#[derive(Default)]
struct Taken {
    first: Option<(usize, usize)>,
    more: BTreeMap<usize, usize>,
}

impl Taken {
    /// Takes a place if it is free.
    fn take(&mut self, start: usize, end: usize) -> bool {
        let Some((from, to)) = self.first else {
            self.first = Some((start, end));
            return true;
        };
        if start < to && from < end {
            return false;
        }
        let next = self.more.range(start + 1..).next();
        let free = next.is_none_or(|(_, from)| *from >= end);
        if free {
            self.more.insert(end, start);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, score: f64) -> Span {
        Span {
            start,
            end,
            classifier: 0,
            shape: 0,
            confidence: Confidence::Low,
            score,
            keyword: false,
            secret: false,
        }
    }

    #[test]
    fn the_best_of_overlapping_spans_stands_and_neighbours_stay() {
        let mut spans = vec![
            span(0, 5, 0.5),
            span(2, 4, 0.3),
            span(4, 9, 0.9),
            span(4, 8, 0.9),
            span(9, 12, 0.2),
        ];
        resolve(&mut spans);
        let kept: Vec<_> = spans.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(kept, [(2, 4), (4, 9), (9, 12)]);
    }

    #[test]
    fn what_holds_a_secret_gives_way_to_it() {
        let secret = |start, end, confidence| Span {
            secret: true,
            confidence,
            ..span(start, end, 0.7)
        };
        let left = |mut spans: Vec<Span>| {
            resolve(&mut spans);
            spans.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>()
        };
        let address = span(0, 40, 0.9);
        assert_eq!(
            left(vec![address, secret(20, 38, Confidence::Medium)]),
            [(20, 38)]
        );
        assert_eq!(left(vec![address, secret(20, 38, Confidence::Low)]), [(0, 40)]);
        assert_eq!(
            left(vec![address, secret(20, 40, Confidence::Medium)]),
            [(20, 40)]
        );
        assert_eq!(left(vec![address, secret(20, 30, Confidence::Medium)]), [(0, 40)]);
        assert_eq!(left(vec![address, secret(0, 40, Confidence::Medium)]), [(0, 40)]);
        assert_eq!(left(vec![address, secret(20, 41, Confidence::Medium)]), [(0, 40)]);
    }
}
