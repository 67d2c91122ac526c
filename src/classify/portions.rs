//! Large batches in portions: what is found in one is tallied before the next is looked at, so that memory follows from the
//! size of a portion and not from how much of a column is something.

use crate::model::cells::{CellBatch, Cells, Cut, RowMap};

/// Cells of one portion.
const CELLS: usize = 16_384;

/// The portions of a batch, in order; `None` if it is small, text, or a dictionary (which is looked at once).
pub(super) fn of(batch: &CellBatch) -> Option<impl Iterator<Item = CellBatch> + '_> {
    let whole = matches!(batch.cells, Cells::Dict { .. }) || matches!(batch.rows, RowMap::Lines);
    let len = batch.cells.len();
    (!whole && len > CELLS).then(|| {
        let mut from = 0;
        std::iter::from_fn(move || {
            (from < len).then(|| {
                let to = end_of_row(&batch.rows, (from + CELLS).min(len), len);
                let portion = portion(batch, from, to);
                from = to;
                portion
            })
        })
    })
}

/// Where the row ends that the cell before `at` is in: its cells are counted together.
fn end_of_row(rows: &RowMap, at: usize, len: usize) -> usize {
    match rows {
        RowMap::PerCell(rows) => (at..len).find(|cell| rows[*cell] != rows[at - 1]).unwrap_or(len),
        _ => at,
    }
}

fn portion(batch: &CellBatch, from: usize, to: usize) -> CellBatch {
    let len = to - from;
    CellBatch {
        cells: batch.cells.slice(from, len),
        nulls: batch.nulls.as_ref().map(|nulls| nulls.slice(from, len)),
        rows: match &batch.rows {
            RowMap::OnePerRow { first } => RowMap::OnePerRow {
                first: first + from as u64,
            },
            RowMap::PerCell(rows) => RowMap::PerCell(rows.slice(from, len)),
            RowMap::Lines => RowMap::Lines,
        },
        cut: Cut {
            before: if from == 0 { batch.cut.before } else { 0 },
            after: if to == batch.cells.len() {
                batch.cut.after
            } else {
                0
            },
        },
        ..*batch
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, StringArray};
    use arrow::buffer::ScalarBuffer;

    use super::*;
    use crate::classify::{Keyed, Place, Program, Worker, registry};
    use crate::model::cells::{ColumnId, Position};

    fn assert_same_in_portions(rows: RowMap) {
        let value = |n: usize| match n % 5 {
            0 => None,
            1 => Some(format!("ana{n}@harbour-mail.com")),
            2 => Some("536-90-4399".to_owned()),
            _ => Some(n.to_string()),
        };
        let array: StringArray = (0..3 * CELLS + 7).map(value).collect();
        let batch = CellBatch {
            column: ColumnId(0),
            cells: Cells::Offsets32 {
                offsets: array.offsets().clone(),
                values: array.values().clone(),
            },
            nulls: array.nulls().cloned(),
            rows,
            cut: Cut::default(),
            at: Position::default(),
        };
        let chosen = ["email".to_owned(), "us_ssn".to_owned()];
        let chosen = registry::choose(registry::built_in().unwrap(), &chosen, &[]).unwrap();
        let program = Program::compile(chosen).unwrap();
        let mut worker = Worker::new(&program, &Keyed::from_secret(b"portions")).unwrap();
        let place = Place {
            object: Arc::from("t.csv"),
            member: None,
        };
        assert!(of(&batch).unwrap().count() >= 3);
        assert_eq!(
            worker.batch(&batch, &place, None).unwrap(),
            worker.look(&batch, &place, None).unwrap()
        );
    }

    #[test]
    fn portions_give_the_same_tally_as_the_whole() {
        assert_same_in_portions(RowMap::OnePerRow { first: 3 });
    }

    #[test]
    fn a_row_of_several_cells_is_counted_once() {
        let rows: ScalarBuffer<u64> = (0..3 * CELLS as u64 + 7).map(|cell| cell / 5).collect();
        assert_same_in_portions(RowMap::PerCell(rows));
    }
}
