//! Cells as runs of text: what lies side by side in memory is scanned as one, with the cells' borders beside it.

use arrow::array::{Array, BinaryViewArray, OffsetSizeTrait};

use crate::model::cells::Cells;

/// Cells whose bytes lie one after the other.
pub(super) struct Run<'a, B> {
    /// The index of the first cell.
    pub(super) first: u32,
    /// The bytes of all of them.
    pub(super) text: &'a [u8],
    /// Where each cell begins in them, and where the last one ends.
    pub(super) borders: &'a B,
}

/// Borders of cells; one more than there are cells.
pub(super) trait Borders {
    /// How many cells there are.
    fn cells(&self) -> usize;
    /// Where cell `index` begins, or where the last one ends.
    fn at(&self, index: usize) -> usize;
}

/// Arrow's offsets, counted from the first.
pub(super) struct Offsets<'a, T>(&'a [T]);

impl<T: OffsetSizeTrait> Borders for Offsets<'_, T> {
    fn cells(&self) -> usize {
        self.0.len() - 1
    }

    #[inline(always)]
    fn at(&self, index: usize) -> usize {
        (self.0[index] - self.0[0]).as_usize()
    }
}

/// What scans runs.
pub(super) trait Each {
    type Error;

    fn run<B: Borders>(&mut self, run: Run<'_, B>) -> Result<(), Self::Error>;
}

/// Cells of views that are shorter than this are copied side by side; longer ones are scanned where they are.
const SHORT: usize = 256;
/// Bytes gathered before they are scanned.
const GATHERED: usize = 64 << 10;

/// Gives every run of cells: of its values, for a dictionary.
pub(super) fn for_each_run<E: Each>(cells: &Cells, each: &mut E) -> Result<(), E::Error> {
    match cells {
        Cells::Offsets32 { offsets, values } => one_run(offsets, values, each),
        Cells::Offsets64 { offsets, values } => one_run(offsets, values, each),
        Cells::View(views) => for_each_view(views, each),
        Cells::Dict { values, .. } => for_each_run(values, each),
    }
}

fn one_run<T: OffsetSizeTrait, E: Each>(offsets: &[T], values: &[u8], each: &mut E) -> Result<(), E::Error> {
    let borders = Offsets(offsets);
    let from = offsets[0].as_usize();
    let text = &values[from..from + borders.at(borders.cells())];
    each.run(Run {
        first: 0,
        text,
        borders: &borders,
    })
}

fn for_each_view<E: Each>(views: &BinaryViewArray, each: &mut E) -> Result<(), E::Error> {
    let mut text: Vec<u8> = Vec::with_capacity(GATHERED.min(views.len() * 32));
    let mut borders: Vec<i64> = vec![0];
    let mut first = 0;
    for index in 0..views.len() {
        let cell = views.value(index);
        let long = cell.len() >= SHORT;
        if long || text.len() >= GATHERED {
            each.run(Run {
                first,
                text: &text,
                borders: &Offsets(&borders),
            })?;
            first = index as u32;
            text.clear();
            borders.truncate(1);
        }
        if long {
            let whole = [0, cell.len() as i64];
            each.run(Run {
                first,
                text: cell,
                borders: &Offsets(&whole),
            })?;
            first += 1;
        } else {
            text.extend_from_slice(cell);
            borders.push(text.len() as i64);
        }
    }
    each.run(Run {
        first,
        text: &text,
        borders: &Offsets(&borders),
    })
}

/// Calls `each` with the index and bytes of every cell that is scanned: of its values, for a dictionary.
pub(super) fn for_each_cell<E>(
    cells: &Cells,
    mut each: impl FnMut(u32, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let cells = cells.values();
    (0..cells.len()).try_for_each(|index| each(index as u32, cells.get(index)))
}
