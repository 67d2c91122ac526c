//! Parquet: the footer first, then only the column chunks that can hold text or identifiers, each row group on its
//! own.
//!
//! - `footer`: what the file says about itself, looked over before it is believed
//! - `schema`: leaf columns: paths and meanings
//! - `plan`: which chunks need no reading
//! - `page`, `levels`, `inflate`: a chunk cut into pages; every claimed size checked first
//! - `column`: pages → arrays, by the parquet crate's Arrow reader
//! - `cells`, `text`: arrays → cells
//! - `thrift`: the wire format of headers
//!
//! The layout is <https://github.com/apache/parquet-format>.

mod cells;
mod column;
mod footer;
mod inflate;
mod levels;
mod page;
mod plan;
mod schema;
mod text;
mod thrift;

use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::error::ArrowError;
use bytes::Bytes;
use parquet::errors::ParquetError;

use self::column::{Run, Said};
use self::footer::File;
use self::plan::Plan;
use super::{Close, Column, DecodeError, Decoder, Format, Options, Part, Passed, Piece, Skipped, Step, Want};
use crate::model::cells::ColumnId;
use crate::model::skip::SkipReason;

/// How much of the end is asked for at first; most footers fit.
const TAIL: u64 = 64 << 10;

/// Footer length and magic, at the very end.
const END: usize = 8;

/// The shortest file: the magic at the start, and the end.
const SHORTEST: u64 = 12;

/// Begins a Parquet file of `size` bytes that is the object's `member`. It asks for ranges only.
///
/// A file without a usable footer is [`Step::Skipped`]: `truncated` (it has none), `encrypted`, `corrupt`, `too_deep`
/// (too many columns or levels) or `unit_too_large` (a footer above an eighth of the budget). Errors of row groups come
/// from the decoders in [`Step::Split`], after the cells of every column that could be read.
pub(super) fn open(size: u64, member: Vec<Vec<u8>>, options: &Options) -> Box<dyn Decoder> {
    Box::new(Opening {
        size,
        part: Part {
            member,
            format: Format::Parquet,
        },
        options: options.clone(),
        tail: Bytes::new(),
        asked: None,
        steps: VecDeque::new(),
        ready: false,
    })
}

/// From the size to the announced columns and row groups.
struct Opening {
    size: u64,
    part: Part,
    options: Options,
    /// The end of the file, as much of it as is there.
    tail: Bytes,
    asked: Option<Range<u64>>,
    /// What is left to say once the footer is read.
    steps: VecDeque<Step>,
    ready: bool,
}

impl Decoder for Opening {
    fn feed(&mut self, piece: Piece) {
        let Some(range) = self.asked.take() else {
            return;
        };
        match answer(piece, &range) {
            Ok(bytes) => self.tail = [bytes, std::mem::take(&mut self.tail)].concat().into(),
            Err(error) => self.give_up(error.unwrap_or_else(|| self.fail(SkipReason::Truncated))),
        }
    }

    fn step(&mut self) -> Result<Step, DecodeError> {
        while !self.ready {
            match self.missing() {
                Ok(Some(range)) => {
                    self.asked = Some(range.clone());
                    return Ok(Step::Need(Want::Ranges(vec![range])));
                }
                Ok(None) => match self.read() {
                    Ok(file) => self.announce(&Arc::new(file)),
                    Err(error) => self.give_up(error),
                },
                Err(error) => self.give_up(error),
            }
        }
        Ok(self.steps.pop_front().unwrap_or(Step::Done))
    }
}

impl Opening {
    fn give_up(&mut self, error: DecodeError) {
        self.ready = true;
        self.steps.push_back(Step::Skipped(Skipped {
            member: self.part.member.clone(),
            error,
            partial: None,
        }));
    }

    fn fail(&self, reason: SkipReason) -> DecodeError {
        DecodeError::new(reason, "parquet footer", self.size.saturating_sub(END as u64))
    }

    /// The range that must still be read before the footer is complete.
    fn missing(&self) -> Result<Option<Range<u64>>, DecodeError> {
        if self.size < SHORTEST {
            return Err(self.fail(SkipReason::Truncated));
        }
        if self.tail.is_empty() {
            return Ok(Some(self.size.saturating_sub(TAIL)..self.size));
        }
        let (at, _) = self.footer()?;
        let have = self.size - self.tail.len() as u64;
        Ok((at < have).then_some(at..have))
    }

    /// Where the footer begins and how long it is.
    fn footer(&self) -> Result<(u64, u64), DecodeError> {
        let end = self
            .tail
            .last_chunk::<END>()
            .ok_or_else(|| self.fail(SkipReason::Corrupt))?;
        let [a, b, c, d, magic @ ..] = *end;
        match &magic {
            b"PAR1" => {}
            b"PARE" => return Err(self.fail(SkipReason::Encrypted)),
            // Whatever called for Parquet saw its magic at the start; a file that was cut has none at its end.
            _ => return Err(self.fail(SkipReason::Truncated)),
        }
        let len = u64::from(u32::from_le_bytes([a, b, c, d]));
        if len > self.size - SHORTEST {
            return Err(self.fail(SkipReason::Corrupt));
        }
        if len > self.options.budget / 8 {
            return Err(self.fail(SkipReason::UnitTooLarge));
        }
        Ok((self.size - END as u64 - len, len))
    }

    fn read(&mut self) -> Result<File, DecodeError> {
        let (at, len) = self.footer()?;
        let tail = std::mem::take(&mut self.tail);
        let end = tail.len() - END;
        footer::parse(&tail[end - len as usize..end], at, self.size, &self.options)
    }

    fn announce(&mut self, file: &Arc<File>) {
        self.ready = true;
        self.steps.push_back(Step::Open(self.part.clone()));
        for (id, leaf) in (0..).map(ColumnId).zip(&file.leaves) {
            self.steps.push_back(Step::Column(Column {
                id,
                path: leaf.path.clone(),
                kind: leaf.kind(),
            }));
        }
        let groups: Vec<_> = (0..file.groups.len())
            .filter(|index| file.groups[*index].rows > 0)
            .map(|index| RowGroup::begin(file, index, &self.options))
            .collect();
        if !groups.is_empty() {
            self.steps.push_back(Step::Split(groups));
        }
        self.steps.push_back(Step::Close(Close {
            rows: file.rows,
            bytes: self.size,
        }));
    }
}

/// The bytes of `range` out of what was handed over. Without an error of its own the object is shorter than it was
/// said to be.
fn answer(piece: Piece, range: &Range<u64>) -> Result<Bytes, Option<DecodeError>> {
    match piece {
        Piece::Ranges(ranges) => match <[Bytes; 1]>::try_from(ranges) {
            Ok([bytes]) if bytes.len() as u64 == range.end - range.start => Ok(bytes),
            _ => Err(None),
        },
        Piece::Broken(error) => Err(Some(error)),
        Piece::Bytes(_) | Piece::End => Err(None),
    }
}

/// One row group, column after column. A column that cannot be read does not keep the others from being read; the
/// first such error is given after them.
struct RowGroup {
    file: Arc<File>,
    index: usize,
    options: Options,
    column: usize,
    run: Option<Run>,
    asked: Option<Range<u64>>,
    failed: Option<DecodeError>,
}

impl RowGroup {
    fn begin(file: &Arc<File>, index: usize, options: &Options) -> Box<dyn Decoder> {
        Box::new(Self {
            file: Arc::clone(file),
            index,
            options: options.clone(),
            column: 0,
            run: None,
            asked: None,
            failed: None,
        })
    }

    /// Begins the next column, or says what of it needs no reading.
    fn begin_column(&mut self) -> Option<Passed> {
        let group = &self.file.groups[self.index];
        let (chunk, leaf) = (&group.chunks[self.column], &self.file.leaves[self.column]);
        let id = ColumnId(self.column as u32);
        self.column += 1;
        match chunk.plan {
            Plan::Pass { nulls } => Some(Passed {
                column: id,
                cells: chunk.cells,
                nulls,
            }),
            Plan::Fail(reason) => {
                self.fail(DecodeError::new(
                    reason,
                    "parquet column chunk",
                    chunk.range.start,
                ));
                None
            }
            Plan::Count | Plan::Scan => {
                self.run = Some(Run::new(id, leaf, chunk, group.first, group.rows, &self.options));
                None
            }
        }
    }

    fn fail(&mut self, error: DecodeError) {
        self.run = None;
        self.failed.get_or_insert(error);
    }

    fn advance(&mut self) -> Option<Step> {
        match self.run.as_mut()?.step() {
            Ok(Said::Need(range)) => {
                self.asked = Some(range.clone());
                return Some(Step::Need(Want::Ranges(vec![range])));
            }
            Ok(Said::Cells(batch)) => return Some(Step::Cells(batch)),
            Ok(Said::Passed(passed)) => return Some(Step::Passed(passed)),
            Ok(Said::End) => self.run = None,
            Err(error) => self.fail(error),
        }
        None
    }
}

impl Decoder for RowGroup {
    fn feed(&mut self, piece: Piece) {
        let Some(range) = self.asked.take() else {
            return;
        };
        match answer(piece, &range) {
            Ok(bytes) => {
                if let Some(run) = &mut self.run {
                    run.feed(bytes);
                }
            }
            Err(error) => {
                // Nothing more will come: the other columns are not asked for.
                self.column = self.file.leaves.len();
                self.fail(error.unwrap_or_else(|| {
                    DecodeError::new(SkipReason::Truncated, "parquet column chunk", range.start)
                }));
            }
        }
    }

    fn step(&mut self) -> Result<Step, DecodeError> {
        loop {
            if self.run.is_some() {
                if let Some(step) = self.advance() {
                    return Ok(step);
                }
            } else if self.column < self.file.leaves.len() {
                if let Some(passed) = self.begin_column() {
                    return Ok(Step::Passed(passed));
                }
            } else {
                return self.failed.take().map_or(Ok(Step::Done), Err);
            }
        }
    }
}

/// Why the parquet crate gave up; its message may hold content and is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Corrupt,
    Unsupported,
}

impl Failure {
    fn reason(self) -> SkipReason {
        match self {
            Self::Corrupt => SkipReason::Corrupt,
            Self::Unsupported => SkipReason::UnsupportedFormat,
        }
    }
}

impl From<ParquetError> for Failure {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::NYI(_) => Self::Unsupported,
            _ => Self::Corrupt,
        }
    }
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::NotYetImplemented(_) => Self::Unsupported,
            _ => Self::Corrupt,
        }
    }
}

/// Calls into the parquet crate. Its decoders have assertions and slice indexes that hostile pages can reach; a panic
/// there means that this one chunk is corrupt, and must neither end the run nor carry its message (which may quote
/// content) anywhere. State seen by the panicking call is dropped by the caller, so nothing half-changed is used.
fn guarded<T>(call: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(Failure::Corrupt))
}

#[cfg(test)]
mod tests;
