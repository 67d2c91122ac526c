//! Plain text: pieces of whole lines, with context around each.

use super::leaf::{Leaf, Out};
use super::window::{LONG, Window};
use super::{Column, DecodeError, Options, Segment, Step};
use crate::model::cells::{CellBatch, Cells, ColumnId, Position, RowMap};

/// The one column of a text.
const TEXT: ColumnId = ColumnId(0);

/// Text as it streams by.
pub(super) struct Text {
    window: Window,
    piece: usize,
    overlap: usize,
    at: Position,
    announced: bool,
    open_line: bool,
}

impl Text {
    /// An empty text.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            window: Window::default(),
            piece: options.piece.max(1),
            overlap: options.overlap.max(1),
            at: Position { byte: 0, line: 1 },
            announced: false,
            open_line: false,
        }
    }

    fn announce(&mut self, out: &mut Out) {
        if !std::mem::replace(&mut self.announced, true) {
            out.push_back(Step::Column(Column {
                id: TEXT,
                path: vec![Segment::Text],
                kind: "text".to_owned(),
            }));
        }
    }

    fn give(&mut self, out: &mut Out) {
        self.announce(out);
        let len = piece_len(self.window.own(), self.piece);
        let own = &self.window.own()[..len];
        let lines = memchr::memchr_iter(b'\n', own).count() as u64;
        self.open_line = own.last() != Some(&b'\n');
        let (bytes, cut) = self.window.cut(len, self.overlap);
        out.push_back(Step::Cells(CellBatch {
            column: TEXT,
            cells: Cells::one(bytes),
            nulls: None,
            rows: RowMap::Lines,
            cut,
            at: self.at,
        }));
        self.at.byte += len as u64;
        self.at.line += lines;
    }
}

impl Leaf for Text {
    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), DecodeError> {
        self.window.push(bytes);
        // Enough to see where the piece ends and its context, whatever is in it: so it does not matter how the bytes
        // arrived.
        while self.window.own().len() >= self.piece.saturating_add(LONG + self.overlap) {
            self.give(out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Out) -> Result<(), DecodeError> {
        while !self.window.own().is_empty() {
            self.give(out);
        }
        Ok(())
    }

    fn rows(&self) -> u64 {
        self.at.line - 1 + u64::from(self.open_line)
    }
}

/// How much of `own`, which begins where a line does or where a long line was cut, makes one piece of about `piece`
/// bytes: whole lines, or [`LONG`] bytes of a line longer than that.
fn piece_len(own: &[u8], piece: usize) -> usize {
    let mut total = segment(own, piece);
    while total < piece && total < own.len() && own[total - 1] == b'\n' {
        let rest = &own[total..];
        let next = segment(rest, piece - total);
        let whole = rest[next - 1] == b'\n' || (next == rest.len() && next < LONG);
        if total + next > piece || !whole {
            break;
        }
        total += next;
    }
    total
}

/// The length of a run of whole lines within [`LONG`] bytes, in `room` if one line fits there; else of one line; else
/// [`LONG`], or all that is left.
fn segment(rest: &[u8], room: usize) -> usize {
    let all = rest.len().min(LONG);
    let near = all.min(room);
    let end = memchr::memrchr(b'\n', &rest[..near]);
    let end = end.or_else(|| memchr::memchr(b'\n', &rest[near..all]).map(|at| near + at));
    end.map_or(all, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{dump, options, text_of};
    use proptest::prelude::*;

    fn pieces(text: &[u8], piece: usize) -> Vec<(Vec<u8>, Position)> {
        let mut leaf = Text::new(&options(piece));
        let mut out = Out::new();
        leaf.push(text, &mut out).unwrap();
        leaf.finish(&mut out).unwrap();
        out.into_iter()
            .filter_map(|step| match step {
                Step::Cells(batch) => {
                    let bytes = batch.cells.get(0);
                    let own = &bytes[batch.cut.before as usize..bytes.len() - batch.cut.after as usize];
                    Some((own.to_vec(), batch.at))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn pieces_are_whole_lines_with_their_line_numbers() {
        let got = pieces(b"one\ntwo\nthree\nfour", 8);
        let want = [("one\ntwo\n", 0, 1), ("three\n", 8, 3), ("four", 14, 4)];
        let want = want.map(|(text, byte, line)| (text.as_bytes().to_vec(), Position { byte, line }));
        assert_eq!(got, want);
    }

    #[test]
    fn a_line_longer_than_the_limit_is_cut_at_multiples_from_its_start() {
        let mut text = b"short\n".to_vec();
        text.extend(vec![b'x'; 2 * LONG + 10]);
        text.extend(b"\nlast\n");
        for piece in [7, 1000, 3 * LONG] {
            let starts: Vec<u64> = pieces(&text, piece).iter().map(|(_, at)| at.byte).collect();
            let long = [6, 6 + LONG as u64, 6 + 2 * LONG as u64];
            assert!(
                long.iter().all(|at| starts.contains(at)),
                "piece {piece}: {starts:?}"
            );
        }
    }

    #[test]
    fn rows_are_lines_and_an_unfinished_one_counts() {
        for (text, rows) in [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)] {
            assert_eq!(
                dump(b"x.txt", text.as_bytes(), &options(100), 3).rows,
                rows,
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn own_regions_make_up_the_text(
            lines in prop::collection::vec("[a-z ]{0,30}", 0..40), piece in 1usize..200, step in 1usize..50,
        ) {
            let text = lines.join("\n").into_bytes();
            prop_assert_eq!(text_of(b"x.txt", &text, &options(piece), step), text);
        }
    }
}
