//! The library face: profile, judge and mask Arrow data inside a job of your own. No runtime, no network, no files.
//!
//! Column evidence needs a whole column, so it takes two steps: a [`Profiler`] sees every batch, [`Verdicts`] are what
//! its [`Profile`] amounts to, and a [`Masker`] says which cells of a batch hold what was found.
//!
//! ```
//! use std::sync::Arc;
//!
//! use lakewarden::arrow::array::{Int32Array, RecordBatch, StringArray};
//! use lakewarden::classify::{Program, registry};
//! use lakewarden::engine::batch::{Masker, Profiler, Redactor, Verdicts};
//! use lakewarden::model::tally::Confidence;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let program = Program::compile(registry::built_in()?)?;
//! let batch = RecordBatch::try_from_iter([
//!     ("id", Arc::new(Int32Array::from(vec![1, 2, 3])) as _),
//!     ("contact", Arc::new(StringArray::from(vec![Some("ana@harbour-mail.com"), Some("none"), None])) as _),
//! ])?;
//!
//! let mut profiler = Profiler::new(&program)?;
//! profiler.push(&batch)?;
//! let verdicts = Verdicts::from_profile(&profiler.finish(), Confidence::Medium);
//! assert_eq!(verdicts.columns().next().map(|(path, _)| path), Some("contact"));
//!
//! // The rows to drop before training on the batch.
//! let mask = Masker::new(verdicts)?.mask(&batch)?;
//! assert_eq!(mask.iter().map(Option::unwrap).collect::<Vec<_>>(), [true, false, false]);
//!
//! // One string, its values replaced.
//! assert_eq!(Redactor::new(&program)?.redact("write to ana@harbour-mail.com")?, "write to [EMAIL]");
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};

use super::findings::Judge;
use crate::classify::{
    BatchTally, CompileError, Heading, Keyed, Overlaps, Place, Program, ScanError, Worker,
};
use crate::model::cells::{CellBatch, Cells, ColumnId, Cut, Position, RowMap};
use crate::model::id::StoreUri;
use crate::model::profile::{ColumnProfile, TableKey, TableProfile};
use crate::model::report::{Finding, Format};
use crate::model::tally::{Confidence, Merge};

/// Why a batch cannot be worked on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The classifiers do not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The matching engine cannot go on.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The operating system gives no random bytes for the hashes' key; give one with [`Profiler::with_key`].
    #[error("make a key for hashes: the operating system gives no random bytes")]
    Key,
}

/// Tallies batches of one table, column by column. Top-level columns of strings, binary, dictionaries of them, integers
/// and decimals are read, and lists of strings; others are passed.
#[derive(Debug)]
pub struct Profiler {
    worker: Worker,
    columns: BTreeMap<String, (String, BatchTally)>,
    rows: u64,
    place: Place,
}

/// What a [`Profiler`] saw: mergeable with others of the same program and key.
#[derive(Debug, Clone)]
pub struct Profile {
    program: Program,
    table: TableProfile,
}

impl Profiler {
    /// A profiler whose hashes mean nothing outside it.
    ///
    /// # Errors
    ///
    /// The classifiers do not compile together, or there are no random bytes.
    pub fn new(program: &Program) -> Result<Self, BatchError> {
        Self::with(program, &Keyed::random().map_err(|_| BatchError::Key)?)
    }

    /// A profiler whose profiles merge with those of every other that has the same secret.
    ///
    /// # Errors
    ///
    /// The classifiers do not compile together.
    pub fn with_key(program: &Program, secret: &[u8]) -> Result<Self, BatchError> {
        Self::with(program, &Keyed::from_secret(secret))
    }

    fn with(program: &Program, keyed: &Keyed) -> Result<Self, BatchError> {
        Ok(Self {
            worker: Worker::new(program, keyed)?,
            columns: BTreeMap::new(),
            rows: 0,
            place: Place {
                object: "".into(),
                member: None,
            },
        })
    }

    /// Tallies one batch.
    ///
    /// # Errors
    ///
    /// The matching engine cannot go on; the profile holds the columns before the one at fault.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<&mut Self, BatchError> {
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let tally = match cells(array, self.rows) {
                Some(cells) => {
                    let heading = self.worker.heading(field.name(), &[field.name()]);
                    self.worker.batch(&cells, &self.place, Some(&heading))?
                }
                None => passed(array),
            };
            let name = field.name().clone();
            let column = self
                .columns
                .entry(name)
                .or_insert_with(|| (field.data_type().to_string(), BatchTally::default()));
            column.1.merge(tally);
        }
        self.rows += batch.num_rows() as u64;
        Ok(self)
    }

    /// Ends the table.
    pub fn finish(self) -> Profile {
        let program = self.worker.program().clone();
        let name = |index: u16| program.classifiers()[usize::from(index)].id.clone();
        let columns = self.columns.into_iter().map(|(path, (kind, tally))| {
            let found = tally
                .found
                .into_iter()
                .map(|(index, tally)| (name(index), tally))
                .collect();
            (
                path,
                ColumnProfile {
                    kind,
                    cells: tally.column,
                    found,
                    named: BTreeMap::new(),
                },
            )
        });
        let key = TableKey {
            template: String::new(),
            member: None,
            format: Format::Other,
            schema: String::new(),
        };
        let table = TableProfile {
            rows: self.rows,
            objects: 1,
            columns: columns.collect(),
            ..TableProfile::new(key)
        };
        Profile { table, program }
    }
}

impl Profile {
    /// Adds another profile of the same program and key.
    pub fn merge(&mut self, other: Self) {
        self.table.merge(other.table);
    }

    /// The mergeable tallies.
    pub fn table(&self) -> &TableProfile {
        &self.table
    }
}

/// What is known of a table's columns.
#[derive(Debug, Clone)]
pub struct Verdicts {
    program: Program,
    least: Confidence,
    columns: BTreeMap<String, Vec<Finding>>,
}

impl Verdicts {
    /// Judges a profile; columns with no finding of at least this confidence are left out.
    pub fn from_profile(profile: &Profile, least: Confidence) -> Self {
        let judge = Judge::new(&profile.program, least);
        let table = judge.table(&StoreUri::new("arrow:"), &profile.table);
        let columns = table
            .columns
            .into_iter()
            .filter(|column| !column.findings.is_empty());
        let columns = columns.map(|column| (column.path, column.findings)).collect();
        Self {
            program: profile.program.clone(),
            least,
            columns,
        }
    }

    /// Columns with their findings, by name.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &[Finding])> {
        self.columns
            .iter()
            .map(|(path, findings)| (path.as_str(), findings.as_slice()))
    }

    /// The findings of one column.
    pub fn column(&self, name: &str) -> &[Finding] {
        self.columns.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Says which rows of a batch hold what was found.
#[derive(Debug)]
pub struct Masker {
    verdicts: Verdicts,
    worker: Worker,
}

impl Masker {
    /// A masker for the columns of these verdicts.
    ///
    /// # Errors
    ///
    /// There are no random bytes.
    pub fn new(verdicts: Verdicts) -> Result<Self, BatchError> {
        let keyed = Keyed::random().map_err(|_| BatchError::Key)?;
        Ok(Self {
            worker: Worker::new(&verdicts.program, &keyed)?,
            verdicts,
        })
    }

    /// One value per row: whether any column that has a finding holds a match of it there.
    ///
    /// # Errors
    ///
    /// The matching engine cannot go on.
    pub fn mask(&mut self, batch: &RecordBatch) -> Result<BooleanArray, BatchError> {
        let mut rows = vec![false; batch.num_rows()];
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let findings = self.verdicts.column(field.name());
            let Some(cells) = cells(array, 0).filter(|_| !findings.is_empty()) else {
                continue;
            };
            let wanted: Vec<&str> = findings.iter().map(|f| f.classifier.as_str()).collect();
            // A column's verdict makes each of its matches sure; what was found in text keeps its own confidence.
            let by_column = findings
                .iter()
                .any(|f| f.basis == crate::model::report::Basis::Column);
            let least = if by_column {
                Confidence::Low
            } else {
                self.verdicts.least
            };
            let heading = self.worker.heading(field.name(), &[field.name()]);
            mark(&mut self.worker, &cells, &heading, &wanted, least, &mut rows)?;
        }
        Ok(BooleanArray::from(rows))
    }
}

/// Marks the rows of the cells that hold a match of one of the classifiers.
fn mark(
    worker: &mut Worker,
    batch: &CellBatch,
    heading: &Heading,
    wanted: &[&str],
    least: Confidence,
    rows: &mut [bool],
) -> Result<(), BatchError> {
    let program = worker.program().clone();
    let is_wanted = |index: u16| wanted.contains(&program.classifiers()[usize::from(index)].id.as_str());
    for cell in 0..batch.cells.len() {
        let row = batch.rows.row(cell) as usize;
        if rows[row] || batch.nulls.as_ref().is_some_and(|nulls| nulls.is_null(cell)) {
            continue;
        }
        let spans = worker.cell(batch.cells.get(cell), heading, least)?;
        rows[row] = spans.iter().any(|span| is_wanted(span.classifier));
    }
    Ok(())
}

/// Replaces what is found in single strings.
#[derive(Debug)]
pub struct Redactor(Worker);

impl Redactor {
    /// A redactor.
    ///
    /// # Errors
    ///
    /// The classifiers do not compile together, or there are no random bytes.
    pub fn new(program: &Program) -> Result<Self, BatchError> {
        Ok(Self(Worker::new(
            program,
            &Keyed::random().map_err(|_| BatchError::Key)?,
        )?))
    }

    /// The text with every match at medium confidence and above as `[CLASSIFIER_ID]`.
    ///
    /// # Errors
    ///
    /// The matching engine cannot go on.
    pub fn redact(&mut self, text: &str) -> Result<String, BatchError> {
        let spans = self.0.text(text.as_bytes(), Confidence::Medium, Overlaps::Best)?;
        Ok(super::detect::redacted(text, &spans, self.0.program()))
    }
}

fn passed(array: &ArrayRef) -> BatchTally {
    let mut tally = BatchTally::default();
    tally.column.cells = array.len() as u64;
    tally.column.nulls = array.null_count() as u64;
    tally
}

/// An array as cells, without copies where it is text or bytes; `None` for types that hold no identifier.
fn cells(array: &ArrayRef, first: u64) -> Option<CellBatch> {
    let (layout, nulls) = match array.data_type() {
        DataType::Dictionary(_, _) => dictionary(array)?,
        DataType::List(_) => return list(array, first),
        _ => (plain(array)?, array.nulls().cloned()),
    };
    Some(CellBatch {
        column: ColumnId(0),
        cells: layout,
        nulls,
        rows: RowMap::OnePerRow { first },
        cut: Cut::default(),
        at: Position::default(),
    })
}

fn plain(array: &ArrayRef) -> Option<Cells> {
    Some(match array.data_type() {
        DataType::Utf8 => {
            let strings = array.as_string::<i32>();
            Cells::Offsets32 {
                offsets: strings.offsets().clone(),
                values: strings.values().clone(),
            }
        }
        DataType::LargeUtf8 => {
            let strings = array.as_string::<i64>();
            Cells::Offsets64 {
                offsets: strings.offsets().clone(),
                values: strings.values().clone(),
            }
        }
        DataType::Binary => {
            let bytes = array.as_binary::<i32>();
            Cells::Offsets32 {
                offsets: bytes.offsets().clone(),
                values: bytes.values().clone(),
            }
        }
        DataType::LargeBinary => {
            let bytes = array.as_binary::<i64>();
            Cells::Offsets64 {
                offsets: bytes.offsets().clone(),
                values: bytes.values().clone(),
            }
        }
        DataType::BinaryView => Cells::View(array.as_binary_view().clone()),
        DataType::Utf8View => Cells::View(array.as_string_view().clone().to_binary_view()),
        kind if kind.is_integer() || is_decimal(kind) || is_date(kind) => {
            return plain(&cast(array, &DataType::Utf8).ok()?);
        }
        _ => return None,
    })
}

fn is_decimal(kind: &DataType) -> bool {
    matches!(kind, DataType::Decimal128(..) | DataType::Decimal256(..))
}

fn is_date(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Date64)
}

fn dictionary(array: &ArrayRef) -> Option<(Cells, Option<arrow::buffer::NullBuffer>)> {
    let DataType::Dictionary(_, value) = array.data_type() else {
        return None;
    };
    let wide = DataType::Dictionary(Box::new(DataType::Int32), value.clone());
    let wide = cast(array, &wide).ok()?;
    let dictionary = wide.as_dictionary::<Int32Type>();
    let keys: ScalarBuffer<i32> = dictionary.keys().values().clone();
    let values = Box::new(plain(dictionary.values())?);
    Some((Cells::Dict { keys, values }, dictionary.keys().nulls().cloned()))
}

/// The elements of a list, each in its list's row.
fn list(array: &ArrayRef, first: u64) -> Option<CellBatch> {
    let list = array.as_list::<i32>();
    let offsets = list.offsets();
    let (start, end) = (offsets[0] as usize, offsets[offsets.len() - 1] as usize);
    let elements: ArrayRef = Arc::new(list.values().slice(start, end - start));
    let inner = cells(&elements, 0)?;
    let rows = (0..list.len())
        .flat_map(|row| std::iter::repeat_n(first + row as u64, (offsets[row + 1] - offsets[row]) as usize));
    Some(CellBatch {
        rows: RowMap::PerCell(rows.collect()),
        ..inner
    })
}
