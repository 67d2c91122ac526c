//! Scanners: one narrow trait, several engines that must agree to the last hit.
//!
//! **What a match is.** For each classifier and each start, ends are tried from the longest to the shortest, at most
//! `max_len` bytes, with an allowed boundary on both sides; the first that validates, and has beside it what its form
//! [needs](super::program::Program::compile_with), is the match. Then leftmost, non-overlapping per classifier. A cell's ends are boundaries. Bytes that stand in a cell as context only (its cut) are
//! scanned like the rest, so that cutting changes nothing; who owns a hit is decided afterwards.
//!
//! The reference engine is that definition. The others look for candidates with a gate, sixty-four or thirty-two bytes at
//! once where the processor can, and confirm them with the same automata; `../README.md` explains how.

mod confirm;
mod fields;
mod gate;
mod gated;
mod lazy;
mod needs;
mod reference;
mod vicinity;

pub use gated::Gated;
pub(super) use needs::is_alone;
pub use reference::Reference;

use super::program::{Classifiers, CompileError, Program};
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
    /// Where its value begins, after the words that lead to it.
    pub value: u32,
    /// The index of its classifier in the program.
    pub classifier: u16,
    /// The index of the classifier's form that matched.
    pub shape: u16,
}

impl Hit {
    /// The order of hits: by cell, start and classifier; no two are equal in all three.
    pub(crate) fn place(&self) -> (u32, u32, u16) {
        (self.cell, self.start, self.classifier)
    }
}

/// Finds every match in cells. One per worker: scanners keep scratch space.
pub trait Scanner: Send {
    /// Appends the hits of every cell, ordered by cell, start and classifier. A dictionary's hits are those of its values.
    ///
    /// # Errors
    ///
    /// The engine cannot go on; what was appended is of no use.
    fn scan(&mut self, cells: &Cells, hits: &mut Vec<Hit>) -> Result<(), ScanError> {
        self.scan_column(cells, None, hits)
    }

    /// The same in a column where whole cells of the `idle` classifiers are nothing: those need not be found, as long as nothing
    /// else is found for it.
    ///
    /// # Errors
    ///
    /// As [`Scanner::scan`].
    fn scan_column(
        &mut self,
        cells: &Cells,
        idle: Option<&Classifiers>,
        hits: &mut Vec<Hit>,
    ) -> Result<(), ScanError>;

    /// The engine.
    fn backend(&self) -> Backend;
}

/// The engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Backend {
    /// regex-automata straight from the classifiers: the definition, and slow.
    Reference,
    /// Gate and confirm on any processor.
    Portable,
    /// The same, 32 bytes at once.
    Avx2,
    /// The same, 64 bytes at once; needs AVX-512 with VBMI.
    Avx512,
}

impl Backend {
    /// All of them, the best last.
    pub const ALL: [Self; 4] = [Self::Reference, Self::Portable, Self::Avx2, Self::Avx512];

    /// The name that `--backend` and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Why it cannot run here; `None` if it can.
    pub fn missing(self) -> Option<&'static str> {
        match self {
            Self::Avx2 => gate::avx2_missing(),
            Self::Avx512 => gate::avx512_missing(),
            Self::Reference | Self::Portable => None,
        }
    }

    /// The best that can run here.
    pub fn best() -> Self {
        let able = Self::ALL
            .into_iter()
            .rev()
            .find(|backend| backend.missing().is_none());
        able.unwrap_or(Self::Portable)
    }
}

impl std::str::FromStr for Backend {
    type Err = UnknownBackend;

    /// A name as [`Backend::as_str`] gives it, or `auto` for the best that can run here.
    fn from_str(name: &str) -> Result<Self, UnknownBackend> {
        if name == "auto" {
            return Ok(Self::best());
        }
        let known = Self::ALL.into_iter().find(|backend| backend.as_str() == name);
        known.ok_or_else(|| UnknownBackend(name.to_owned()))
    }
}

/// A name that is no backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no backend {0:?}; use auto, reference, portable, avx2 or avx512")]
pub struct UnknownBackend(String);

/// A scanner of a program.
///
/// # Errors
///
/// The program's patterns are too large together for the engine.
///
/// # Panics
///
/// If the backend is [`Backend::missing`] here.
pub fn open(program: &Program, backend: Backend) -> Result<Box<dyn Scanner>, CompileError> {
    if let Some(why) = backend.missing() {
        panic!("the backend {} cannot run here: {why}", backend.as_str());
    }
    Ok(match backend {
        Backend::Reference => Box::new(Reference::new(program)?),
        gated => Box::new(Gated::new(program, gated)?),
    })
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
