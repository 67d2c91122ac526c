//! Scanners: one narrow trait, several engines that must agree to the last hit.
//!
//! **What a match is.** For each classifier and each start, ends are tried from the longest to the shortest, at most
//! `max_len` bytes, with an allowed boundary on both sides; the first that validates is the match. Then leftmost,
//! non-overlapping per classifier. A cell's ends are boundaries. Bytes that stand in a cell as context only (its cut) are
//! scanned like the rest, so that cutting changes nothing; who owns a hit is decided afterwards.

mod reference;

pub use reference::Reference;

use crate::model::cells::Cells;

/// A validated match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The index of the cell in its batch (of the value, for a dictionary).
    pub cell: u32,
    /// Its first byte in the cell.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// The index of its classifier in the program.
    pub classifier: u16,
    /// The index of the classifier's form that matched.
    pub shape: u16,
}

/// Finds every match in cells. One per worker: scanners keep scratch space.
pub trait Scanner: Send {
    /// Appends the hits of every cell, ordered by cell, classifier and start. A dictionary's hits are those of its values.
    ///
    /// # Errors
    ///
    /// The engine cannot go on; nothing was appended for the cell at fault.
    fn scan(&mut self, cells: &Cells, hits: &mut Vec<Hit>) -> Result<(), ScanError>;

    /// The engine's name, as `--backend` takes it.
    fn name(&self) -> &'static str;
}

/// Why a scanner stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// An automaton outgrew its memory; the classifiers' patterns are too large together.
    #[error("scan with {engine}: the patterns need more memory than the engine allows itself")]
    OutOfStates {
        /// The engine.
        engine: &'static str,
    },
    /// A cell is longer than hits can address (4 GiB).
    #[error("scan with {engine}: a cell is longer than 4 GiB")]
    CellTooLong {
        /// The engine.
        engine: &'static str,
    },
}

/// Calls `each` with the index and bytes of every cell that is scanned: of its values, for a dictionary.
pub(crate) fn for_each_cell<E>(
    cells: &Cells,
    mut each: impl FnMut(u32, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let cells = match cells {
        Cells::Dict { values, .. } => values,
        plain => plain,
    };
    (0..cells.len()).try_for_each(|index| each(index as u32, cells.get(index)))
}
