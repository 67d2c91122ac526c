//! Spans: scored matches in one text, and which of overlapping ones stands.

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
}

/// What to do with matches that overlap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overlaps {
    /// Keep the best: the highest score, then the longest, then the first, then the classifier's order.
    #[default]
    Best,
    /// Keep every one.
    All,
}

/// Keeps the best of overlapping spans: the highest score first, then the longest, the first, and the classifier's order.
pub(crate) fn resolve(spans: &mut Vec<Span>) {
    if spans.len() < 2 {
        return;
    }
    spans.sort_by(|a, b| {
        let length = |s: &Span| s.end - s.start;
        b.score
            .total_cmp(&a.score)
            .then(length(b).cmp(&length(a)))
            .then((a.start, a.classifier).cmp(&(b.start, b.classifier)))
    });
    let mut kept: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    spans.retain(|span| {
        let before = kept.range(..span.end).next_back();
        let free = before.is_none_or(|(_, end)| *end <= span.start);
        if free {
            kept.insert(span.start, span.end);
        }
        free
    });
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
        }
    }

    #[test]
    fn the_best_of_overlapping_spans_stands_and_neighbours_stay() {
        let mut spans = vec![
            span(0, 5, 0.5),
            span(4, 9, 0.9),
            span(9, 12, 0.2),
            span(2, 4, 0.3),
            span(4, 8, 0.9),
        ];
        resolve(&mut spans);
        spans.sort_by_key(|s| s.start);
        let kept: Vec<_> = spans.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(kept, [(2, 4), (4, 9), (9, 12)]);
    }
}
