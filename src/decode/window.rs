//! Cutting what is too long for one piece, with context on both sides of the cut.
//!
//! A cut inside a line or a cell stands at a fixed multiple of [`LONG`] from where the line or cell begins, so that
//! results depend neither on how bytes arrive nor on the size of pieces.

use crate::model::cells::Cut;

/// The longest run of a line or a cell that stays in one piece, in bytes.
pub(super) const LONG: usize = 1 << 20;

/// A sliding window over a stream: context that was given before, and bytes that were not.
#[derive(Default)]
pub(super) struct Window {
    bytes: Vec<u8>,
    /// Everything before is spent.
    start: usize,
    /// `bytes[start..own]` is context.
    own: usize,
}

impl Window {
    /// Adds bytes at the end.
    pub(super) fn push(&mut self, more: &[u8]) {
        if self.start > 0 && self.start >= self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.own -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(more);
    }

    /// The bytes that were not given yet.
    pub(super) fn own(&self) -> &[u8] {
        &self.bytes[self.own..]
    }

    /// Gives the first `len` own bytes, with up to `overlap` bytes of context on both sides.
    pub(super) fn cut(&mut self, len: usize, overlap: usize) -> (Vec<u8>, Cut) {
        let end = self.own + len;
        let to = end.saturating_add(overlap).min(self.bytes.len());
        let piece = self.bytes[self.start..to].to_vec();
        let cut = Cut {
            before: (self.own - self.start) as u32,
            after: (to - end) as u32,
        };
        self.start = end.saturating_sub(overlap).max(self.start);
        self.own = end;
        (piece, cut)
    }
}

/// A cell that outgrew [`LONG`] while it was gathered; it is given in segments.
#[derive(Default)]
pub(super) struct LongCell {
    window: Window,
}

impl LongCell {
    /// Adds bytes of the cell and gives the segments that are complete, context included.
    pub(super) fn push(&mut self, more: &[u8], overlap: usize, mut give: impl FnMut(Vec<u8>, Cut)) {
        self.window.push(more);
        while self.window.own().len() >= LONG + overlap {
            let (piece, cut) = self.window.cut(LONG, overlap);
            give(piece, cut);
        }
    }

    /// Gives what is left when the cell ends.
    pub(super) fn finish(mut self, overlap: usize, mut give: impl FnMut(Vec<u8>, Cut)) {
        while !self.window.own().is_empty() {
            let len = self.window.own().len().min(LONG);
            let (piece, cut) = self.window.cut(len, overlap);
            give(piece, cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(cell: &[u8], step: usize, overlap: usize) -> Vec<(Vec<u8>, Cut)> {
        let mut given = Vec::new();
        let mut long = LongCell::default();
        for part in cell.chunks(step) {
            long.push(part, overlap, |piece, cut| given.push((piece, cut)));
        }
        long.finish(overlap, |piece, cut| given.push((piece, cut)));
        given
    }

    fn patterned(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i % 251) as u8).collect()
    }

    #[test]
    fn own_regions_of_segments_make_up_the_cell_and_context_is_its_neighbourhood() {
        let cell = patterned(2 * LONG + 77);
        let given = segments(&cell, 100_000, 10);
        assert_eq!(given.len(), 3);
        let mut at = 0;
        for (piece, cut) in &given {
            let from = at - cut.before as usize;
            assert_eq!(piece[..], cell[from..from + piece.len()]);
            at += piece.len() - (cut.before + cut.after) as usize;
        }
        assert_eq!(
            (at, given[1].1),
            (
                cell.len(),
                Cut {
                    before: 10,
                    after: 10
                }
            )
        );
    }

    #[test]
    fn segments_do_not_depend_on_how_the_bytes_arrive() {
        for len in [LONG + 1, 2 * LONG, 2 * LONG + 5] {
            let cell = patterned(len);
            assert_eq!(segments(&cell, 1000, 64), segments(&cell, len, 64));
        }
    }
}
