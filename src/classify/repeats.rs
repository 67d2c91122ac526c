//! Columns of few values: each value is looked at once, however many cells hold it.
//!
//! A dictionary is scanned once and counted by key. Most formats have none, and yet most columns of a table (countries, plans,
//! first names) hold the same values again and again. Finding that out costs less than looking at a value twice.

use std::collections::HashMap;

use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use crate::model::cells::{CellBatch, Cells, Cut, RowMap};

/// Cells at which it is tried out whether a column has few values.
const PROBE: usize = 64;
/// Cells of each value, on average, from which on a dictionary is worth its making.
const REPEATED: usize = 4;

/// The batch with its cells as a dictionary; `None` if they hold too many values or are one already.
pub(super) fn condensed(batch: &CellBatch) -> Option<CellBatch> {
    let plain = !matches!(batch.cells, Cells::Dict { .. });
    let columnar = !matches!(batch.rows, RowMap::Lines) && batch.cut == Cut::default();
    let long = batch.cells.len() >= PROBE * REPEATED;
    let cells = (plain && columnar && long).then(|| dictionary(batch))??;
    Some(CellBatch {
        cells,
        nulls: batch.nulls.clone(),
        rows: batch.rows.clone(),
        ..*batch
    })
}

fn dictionary(batch: &CellBatch) -> Option<Cells> {
    let cells = &batch.cells;
    let is_null = |cell| batch.nulls.as_ref().is_some_and(|nulls| nulls.is_null(cell));
    let mut known: HashMap<&[u8], i32> = HashMap::new();
    let (mut bytes, mut offsets) = (Vec::new(), vec![0i32]);
    let mut keys = Vec::with_capacity(cells.len());
    for cell in 0..cells.len() {
        if is_null(cell) {
            keys.push(0);
            continue;
        }
        let text = cells.get(cell);
        let next = known.len() as i32;
        let key = *known.entry(text).or_insert(next);
        if key == next {
            bytes.extend_from_slice(text);
            offsets.push(i32::try_from(bytes.len()).ok()?);
        }
        keys.push(key);
        let most = if cell < PROBE {
            PROBE / 2
        } else {
            cells.len() / REPEATED
        };
        if known.len() > most {
            return None;
        }
    }
    (!known.is_empty()).then(|| Cells::Dict {
        keys: ScalarBuffer::from(keys),
        values: Box::new(Cells::Offsets32 {
            offsets: OffsetBuffer::new(ScalarBuffer::from(offsets)),
            values: Buffer::from_vec(bytes),
        }),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, StringArray};
    use proptest::prelude::*;

    use super::*;
    use crate::classify::{Keyed, Place, Program, Worker, registry};
    use crate::model::cells::{ColumnId, Position};

    fn batch(array: &StringArray) -> CellBatch {
        CellBatch {
            column: ColumnId(0),
            cells: Cells::Offsets32 {
                offsets: array.offsets().clone(),
                values: array.values().clone(),
            },
            nulls: array.nulls().cloned(),
            rows: RowMap::OnePerRow { first: 7 },
            cut: Cut::default(),
            at: Position::default(),
        }
    }

    fn worker() -> Worker {
        let all = registry::built_in().unwrap();
        let chosen = registry::choose(all, &["email".into(), "phone".into(), "us_ssn".into()], &[]).unwrap();
        let program = Program::compile(chosen).unwrap();
        Worker::new(&program, &Keyed::from_secret(b"repeats")).unwrap()
    }

    const VALUES: [Option<&str>; 7] = [
        None,
        Some(""),
        Some("ana@harbour-mail.com"),
        Some("ana@harbour-mail.com, bo@harbour-mail.com"),
        Some("+44 20 7946 0958"),
        Some("536-90-4399"),
        Some("none"),
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_dictionary_gives_the_same_tally(picked in prop::collection::vec(0..VALUES.len(), 256..400)) {
            let array: StringArray = picked.iter().map(|value| VALUES[*value]).collect();
            let plain = batch(&array);
            let condensed = condensed(&plain).unwrap();
            let place = Place { object: Arc::from("t.csv"), member: None };
            let mut worker = worker();
            prop_assert_eq!(worker.look(&plain, &place, None).unwrap(), worker.look(&condensed, &place, None).unwrap());
        }
    }

    #[test]
    fn columns_of_many_values_and_short_ones_stay_as_they_are() {
        let numbers: StringArray = (0..1000).map(|n| Some(n.to_string())).collect();
        assert!(condensed(&batch(&numbers)).is_none());
        let short: StringArray = (0..200).map(|_| Some("de")).collect();
        assert!(condensed(&batch(&short)).is_none());
        let nulls: StringArray = (0..1000).map(|_| None::<&str>).collect();
        assert!(condensed(&batch(&nulls)).is_none());
    }
}
