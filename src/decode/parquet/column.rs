//! One column chunk → batches of cells.
//!
//! Pages are gathered into groups that end between rows; each group is then a small column chunk of its own that the
//! parquet crate's Arrow reader decodes from memory. So memory is bounded by a group, no thread has to wait inside a
//! reader for bytes, and where groups end is decided by the pages alone, never by how bytes arrived.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::Array;
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::arrow::{parquet_to_arrow_field_levels, parquet_to_arrow_schema};
use parquet::basic::Type as Physical;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, FileMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::{SchemaDescPtr, Type};

use super::cells::{self, Flat};
use super::footer::Chunk;
use super::page::{Levels, Next, Opened, Pages};
use super::plan::Plan;
use super::schema::{Leaf, Meaning};
use super::{Failure, guarded};
use crate::decode::{DecodeError, Options, Passed};
use crate::model::cells::{CellBatch, ColumnId, Cut, Position, RowMap};
use crate::model::skip::SkipReason;

/// Cells of a chunk that may come out of nowhere: beyond this many, a chunk must have a byte for every
/// [`MAX_CELLS_PER_BYTE`] of them. Run lengths let a few bytes stand for billions of equal cells.
const FREE_CELLS: u64 = 64 << 20;

/// See [`FREE_CELLS`]; the same ratio as for decompression.
const MAX_CELLS_PER_BYTE: u64 = 200;

/// The most rows of a batch, however small they are.
const MAX_BATCH_ROWS: u64 = 1 << 20;

/// Bytes that a number, date or view takes while it is decoded and shown.
const CELL_COST: u64 = 16;

/// The same for a key of a dictionary that is kept.
const KEY_COST: u64 = 8;

/// The same for a cell inside lists, where its row and index are kept too.
const NESTED_CELL_COST: u64 = 40;

/// What a column says next.
pub(super) enum Said {
    /// Bytes of this range are needed.
    Need(Range<u64>),
    /// Cells.
    Cells(CellBatch),
    /// Cells that need no reading.
    Passed(Passed),
    /// The chunk ended.
    End,
}

/// A column chunk being decoded.
pub(super) struct Run {
    id: ColumnId,
    leaf: Leaf,
    counting: bool,
    /// First row of the row group, and its rows.
    first: u64,
    rows: u64,
    rows_done: u64,
    cells: u64,
    cells_done: u64,
    cells_read: u64,
    packed: u64,
    piece: u64,
    budget: u64,
    pages: Pages,
    dictionary: Option<Page>,
    ahead: Option<Opened>,
    group: Group,
    reader: Option<ParquetRecordBatchReader>,
}

/// Pages that are decoded together.
#[derive(Default)]
struct Group {
    pages: Vec<Page>,
    cells: u64,
    bytes: u64,
    /// Whether all pages are indexes into the dictionary.
    all_keys: bool,
    /// Whether any page is.
    any_keys: bool,
}

impl Run {
    /// Begins `chunk` of `leaf` in a row group of `rows` rows that starts at row `first` of the file.
    pub(super) fn new(
        id: ColumnId,
        leaf: &Leaf,
        chunk: &Chunk,
        first: u64,
        rows: u64,
        options: &Options,
    ) -> Self {
        let levels = Levels {
            def: leaf.max_def(),
            rep: leaf.max_rep(),
        };
        Self {
            id,
            leaf: leaf.clone(),
            counting: chunk.plan == Plan::Count,
            first,
            rows,
            rows_done: 0,
            cells: chunk.cells,
            cells_done: 0,
            cells_read: 0,
            packed: chunk.range.end - chunk.range.start,
            piece: (options.piece as u64).max(1),
            budget: options.budget,
            pages: Pages::new(chunk.range.clone(), chunk.codec, levels, options.budget),
            dictionary: None,
            ahead: None,
            group: Group::default(),
            reader: None,
        }
    }

    /// Hands over the bytes last asked for.
    pub(super) fn feed(&mut self, bytes: Bytes) {
        self.pages.feed(bytes);
    }

    /// Goes on. After an error it is not called again.
    pub(super) fn step(&mut self) -> Result<Said, DecodeError> {
        self.advance()
            .map_err(|reason| DecodeError::new(reason, "parquet column chunk", self.pages.at()))
    }

    fn advance(&mut self) -> Result<Said, SkipReason> {
        loop {
            if let Some(said) = self.read()? {
                return Ok(said);
            }
            match self.gather()? {
                Some(said) => return Ok(said),
                None => self.open()?,
            }
        }
    }

    /// The next batch of the group being decoded; `None` when there is no such group or it is used up.
    fn read(&mut self) -> Result<Option<Said>, SkipReason> {
        let Some(mut reader) = self.reader.take() else {
            return Ok(None);
        };
        let read = guarded(|| match reader.next().transpose()? {
            Some(batch) => self.batch(&batch).map(Some),
            None => Ok(None),
        });
        match read {
            Ok(Some(said)) => {
                self.reader = Some(reader);
                Ok(Some(said))
            }
            Ok(None) => Ok(None),
            Err(failure) => Err(failure.reason()),
        }
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Said, Failure> {
        let rows = batch.num_rows() as u64;
        let flat = cells::flatten(Arc::clone(batch.column(0))).ok_or(Failure::Corrupt)?;
        let first = self.first + self.rows_done;
        self.rows_done += rows;
        self.cells_done += flat.leaf.len() as u64;
        if self.rows_done > self.rows || self.cells_done > self.cells {
            return Err(Failure::Corrupt);
        }
        if self.counting {
            return Ok(Said::Passed(Passed {
                column: self.id,
                cells: flat.leaf.len() as u64,
                nulls: flat.leaf.null_count() as u64,
            }));
        }
        let Flat { leaf, rows } = flat;
        let (cells, nulls) = cells::render(&leaf, self.leaf.meaning).ok_or(Failure::Corrupt)?;
        let rows = match rows {
            None => RowMap::OnePerRow { first },
            Some(rows) => RowMap::PerCell(ScalarBuffer::from_iter(
                rows.into_iter().map(|row| first + u64::from(row)),
            )),
        };
        Ok(Said::Cells(CellBatch {
            column: self.id,
            cells,
            nulls: nulls.filter(|nulls| nulls.null_count() > 0),
            rows,
            cut: Cut::default(),
            at: Position::default(),
        }))
    }

    /// Collects pages until a group is full (`None`), or says what there is to say before.
    fn gather(&mut self) -> Result<Option<Said>, SkipReason> {
        loop {
            let page = match self.ahead.take() {
                Some(page) => page,
                None => match self.pages.next()? {
                    Next::Need(range) => return Ok(Some(Said::Need(range))),
                    Next::Data(page) if page.values == 0 => continue,
                    Next::Data(page) => page,
                    Next::Dictionary(page) => {
                        self.dictionary = Some(page);
                        continue;
                    }
                    Next::End if self.group.pages.is_empty() => return self.end(),
                    Next::End => return Ok(None),
                },
            };
            let empty = self.group.pages.is_empty();
            if self.leaf.max_rep() == 0 && page.all_null {
                if !empty {
                    self.ahead = Some(page);
                    return Ok(None);
                }
                return self.pass(&page);
            }
            if !empty && page.starts_row && self.is_full(&page) {
                self.ahead = Some(page);
                return Ok(None);
            }
            self.add(page)?;
        }
    }

    fn is_full(&self, next: &Opened) -> bool {
        let group = &self.group;
        if group.all_keys != next.by_dictionary {
            return true;
        }
        let bytes = group.bytes + self.cost(next);
        if self.keeps_dictionary() && group.all_keys {
            bytes > self.keys()
        } else {
            group.bytes >= self.piece || bytes > self.budget / 8
        }
    }

    fn add(&mut self, page: Opened) -> Result<(), SkipReason> {
        self.cells_read += u64::from(page.values);
        if self.cells_read > self.cells {
            return Err(SkipReason::Corrupt);
        }
        if self.cells_read > FREE_CELLS.saturating_add(self.packed.saturating_mul(MAX_CELLS_PER_BYTE)) {
            return Err(SkipReason::Bomb);
        }
        let bytes = self.cost(&page);
        let group = &mut self.group;
        group.all_keys = page.by_dictionary && (group.pages.is_empty() || group.all_keys);
        group.any_keys |= page.by_dictionary;
        group.cells += u64::from(page.values);
        group.bytes += bytes;
        group.pages.push(page.page);
        // Batches of flat columns can be made small; a row of lists cannot be split.
        if self.leaf.max_rep() > 0 && self.group.bytes > self.budget / 2 {
            return Err(SkipReason::UnitTooLarge);
        }
        if self.leaf.width as u64 > self.budget / 8 {
            return Err(SkipReason::UnitTooLarge);
        }
        Ok(())
    }

    /// Bytes of keys that are decoded together: so many times the dictionary's that scanning it once more for each batch is little
    /// beside the keys.
    fn keys(&self) -> u64 {
        let dictionary = self
            .dictionary
            .as_ref()
            .map_or(0, |page| page.buffer().len() as u64);
        (8 * dictionary).max(self.piece).min(self.budget / 16)
    }

    /// Bytes that a page takes while it is decoded.
    fn cost(&self, page: &Opened) -> u64 {
        let cell = match self.leaf.max_rep() {
            0 if page.by_dictionary && self.keeps_dictionary() => KEY_COST,
            0 => CELL_COST,
            _ => NESTED_CELL_COST,
        };
        let width = cell.max(self.leaf.width as u64);
        page.bytes.max(u64::from(page.values).saturating_mul(width))
    }

    fn keeps_dictionary(&self) -> bool {
        self.leaf.physical == Physical::BYTE_ARRAY && matches!(self.leaf.meaning, Meaning::Bytes(_))
    }

    fn pass(&mut self, page: &Opened) -> Result<Option<Said>, SkipReason> {
        let cells = u64::from(page.values);
        self.rows_done += cells;
        self.cells_done += cells;
        if self.rows_done > self.rows {
            return Err(SkipReason::Corrupt);
        }
        Ok(Some(Said::Passed(Passed {
            column: self.id,
            cells,
            nulls: cells,
        })))
    }

    fn end(&mut self) -> Result<Option<Said>, SkipReason> {
        if self.rows_done < self.rows {
            return Err(SkipReason::Truncated);
        }
        Ok(Some(Said::End))
    }

    /// Begins to decode the group gathered.
    fn open(&mut self) -> Result<(), SkipReason> {
        let group = std::mem::take(&mut self.group);
        let dictionary = self.dictionary.as_ref().filter(|_| group.any_keys);
        let values = dictionary.map_or(0, |page| u64::from(page.num_values()));
        // A dictionary larger than what it stands for would be scanned for nothing.
        let keep = group.all_keys && self.keeps_dictionary() && values <= group.cells;
        let rows = if keep {
            (self.keys() / KEY_COST).min(group.cells)
        } else {
            let per_cell = (group.bytes / group.cells.max(1)).max(1);
            (self.piece / per_cell).min(MAX_BATCH_ROWS).min(group.cells)
        };
        let pages: Vec<Page> = dictionary.cloned().into_iter().chain(group.pages).collect();
        let reader = guarded(|| reader(&self.leaf, pages, keep, rows.max(1) as usize));
        self.reader = Some(reader.map_err(|failure| failure.reason())?);
        Ok(())
    }
}

/// A reader over `pages` alone, which gives at most `rows` rows at once.
fn reader(
    leaf: &Leaf,
    pages: Vec<Page>,
    keep_dictionary: bool,
    rows: usize,
) -> Result<ParquetRecordBatchReader, Failure> {
    let schema = Arc::new(leaf.bare()?);
    let shape = parquet_to_arrow_schema(&schema, None)?;
    let hint: Fields = shape
        .fields()
        .iter()
        .map(|f| hinted(f, keep_dictionary))
        .collect();
    let levels = parquet_to_arrow_field_levels(&schema, ProjectionMask::all(), Some(&hint))?;
    let source: Arc<dyn FileReader> = Arc::new(Source::new(schema, pages)?);
    Ok(ParquetRecordBatchReader::try_new_with_row_groups(
        &levels, &source, rows, None,
    )?)
}

/// The same field, its leaf in the layout that costs least: bytes as views into the page or under their dictionary,
/// unvalidated; old timestamps in a unit that reaches further than nanoseconds.
fn hinted(field: &FieldRef, keep_dictionary: bool) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|f| hinted(f, keep_dictionary)).collect())
        }
        DataType::List(item) => DataType::List(hinted(item, keep_dictionary)),
        DataType::Binary if keep_dictionary => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Binary))
        }
        DataType::Binary => DataType::BinaryView,
        DataType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, None),
        other => other.clone(),
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}

/// Pages in memory, as a file of one column and one row group.
struct Source {
    metadata: ParquetMetaData,
    pages: Mutex<VecDeque<Page>>,
}

impl Source {
    fn new(schema: SchemaDescPtr, pages: Vec<Page>) -> Result<Self, ParquetError> {
        let column = ColumnChunkMetaData::builder(schema.column(0)).build()?;
        let group = RowGroupMetaData::builder(Arc::clone(&schema))
            .add_column_metadata(column)
            .build()?;
        let file = FileMetaData::new(1, 0, None, None, schema, None);
        Ok(Self {
            metadata: ParquetMetaData::new(file, vec![group]),
            pages: Mutex::new(pages.into()),
        })
    }
}

impl FileReader for Source {
    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    fn num_row_groups(&self) -> usize {
        1
    }

    fn get_row_group(&self, _: usize) -> ParquetResult<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(OneGroup(self)))
    }

    fn get_row_iter(&self, _: Option<Type>) -> ParquetResult<RowIter<'_>> {
        Err(ParquetError::NYI("rows".to_owned()))
    }
}

/// The row group of a [`Source`]. Its pages are given away, so that each is freed once it is decoded.
struct OneGroup<'a>(&'a Source);

impl RowGroupReader for OneGroup<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.0.metadata.row_group(0)
    }

    fn num_columns(&self) -> usize {
        1
    }

    fn get_column_page_reader(&self, _: usize) -> ParquetResult<Box<dyn PageReader>> {
        let mut pages = self.0.pages.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Box::new(Queue(std::mem::take(&mut pages))))
    }

    fn get_column_bloom_filter(&self, _: usize) -> Option<&Sbbf> {
        None
    }

    fn get_row_iter(&self, _: Option<Type>) -> ParquetResult<RowIter<'_>> {
        Err(ParquetError::NYI("rows".to_owned()))
    }
}

/// Pages of a chunk.
struct Queue(VecDeque<Page>);

impl Iterator for Queue {
    type Item = ParquetResult<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.pop_front().map(Ok)
    }
}

impl PageReader for Queue {
    fn get_next_page(&mut self) -> ParquetResult<Option<Page>> {
        Ok(self.0.pop_front())
    }

    fn peek_next_page(&mut self) -> ParquetResult<Option<PageMetadata>> {
        Ok(self.0.front().map(|page| PageMetadata {
            num_rows: match page {
                Page::DataPageV2 { num_rows, .. } => Some(*num_rows as usize),
                _ => None,
            },
            num_levels: page.is_data_page().then(|| page.num_values() as usize),
            is_dict: page.is_dictionary_page(),
        }))
    }

    fn skip_next_page(&mut self) -> ParquetResult<()> {
        self.0.pop_front();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::basic::{Compression, Repetition};

    use super::super::page::tests::data;
    use super::*;

    /// What an optional number column of `rows` rows gives whose one page says that it has `cells` values, all present
    /// and none there.
    fn one_page(rows: u64, cells: u32) -> Result<Said, DecodeError> {
        let mut body = vec![6, 0, 0, 0];
        let mut run = u64::from(cells) << 1;
        for _ in 0..5 {
            body.push((run & 0x7f) as u8 | 0x80);
            run >>= 7;
        }
        body[8] &= 0x7f;
        body.push(1);
        let mut bytes = data(body.len() as u32, body.len() as u32, cells);
        bytes.extend(&body);
        let leaf = Leaf {
            path: Vec::new(),
            meaning: Meaning::Date,
            physical: Physical::INT32,
            width: 0,
            repetitions: vec![Repetition::OPTIONAL],
        };
        let chunk = Chunk {
            range: 0..bytes.len() as u64,
            cells: rows,
            codec: Compression::UNCOMPRESSED,
            plan: Plan::Scan,
        };
        let mut run = Run::new(ColumnId(0), &leaf, &chunk, 0, rows, &Options::default());
        run.feed(bytes.into());
        run.step()
    }

    fn reason(rows: u64, cells: u32) -> Option<SkipReason> {
        one_page(rows, cells).err().map(|error| error.reason)
    }

    #[test]
    fn cells_out_of_nowhere_are_a_bomb() {
        assert_eq!(reason(1 << 30, 1 << 30), Some(SkipReason::Bomb));
        assert_eq!(
            reason(100, 100),
            Some(SkipReason::Corrupt),
            "no values follow the levels"
        );
    }

    #[test]
    fn a_page_with_more_cells_than_its_chunk_is_corrupt() {
        assert_eq!(reason(100, 1 << 30), Some(SkipReason::Corrupt));
    }
}
