//! Decoded arrays → cells: nesting taken off, values as bytes or as the text a person would see.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, FixedSizeBinaryArray, PrimitiveArray, UInt32Array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};

use super::schema::{Meaning, Unit};
use super::text;
use crate::model::cells::Cells;

/// Leaf cells and the row that each belongs to, counted within the batch.
pub(super) struct Flat {
    /// One entry per cell.
    pub(super) leaf: ArrayRef,
    /// Rows of the cells; `None`: one each.
    pub(super) rows: Option<Vec<u32>>,
}

/// Takes the structs and lists around a leaf off. An absent or empty list is one null cell, as the format counts it.
/// `None`: an array that decoding by a bare schema does not give.
pub(super) fn flatten(mut array: ArrayRef) -> Option<Flat> {
    let mut nulls: Option<NullBuffer> = None;
    let mut nested: Option<Nested> = None;
    loop {
        let data_type = array.data_type().clone();
        match data_type {
            DataType::Struct(_) => {
                match &mut nested {
                    Some(nested) => nested.absent(&array),
                    None => nulls = NullBuffer::union(nulls.as_ref(), array.nulls()),
                }
                array = Arc::clone(array.as_struct_opt()?.columns().first()?);
            }
            DataType::List(_) => {
                let mut around = nested
                    .take()
                    .unwrap_or_else(|| Nested::new(array.len(), nulls.take()));
                array = around.open(&array)?;
                nested = Some(around);
            }
            _ => break,
        }
    }
    match nested {
        Some(nested) => nested.finish(&array),
        None => Some(Flat {
            leaf: with_nulls(array, nulls)?,
            rows: None,
        }),
    }
}

/// Adds the nulls of the structs around a leaf to its own.
fn with_nulls(leaf: ArrayRef, nulls: Option<NullBuffer>) -> Option<ArrayRef> {
    let Some(nulls) = nulls else {
        return Some(leaf);
    };
    let all = NullBuffer::union(Some(&nulls), leaf.nulls());
    let data = leaf.to_data().into_builder().nulls(all).build().ok()?;
    Some(arrow::array::make_array(data))
}

/// Marks the entries of [`Nested::index`] that stand for no element.
const ABSENT: u32 = u32::MAX;

/// Cells of a column inside lists, level by level.
struct Nested {
    rows: Vec<u32>,
    /// For each cell its index in the array of the level reached.
    index: Vec<u32>,
}

impl Nested {
    fn new(rows: usize, nulls: Option<NullBuffer>) -> Self {
        let present = |i: &u32| nulls.as_ref().is_none_or(|n| n.is_valid(*i as usize));
        let rows: Vec<u32> = (0..rows as u32).collect();
        let index = rows
            .iter()
            .map(|i| if present(i) { *i } else { ABSENT })
            .collect();
        Self { rows, index }
    }

    fn absent(&mut self, array: &ArrayRef) {
        for index in &mut self.index {
            if *index != ABSENT && array.is_null(*index as usize) {
                *index = ABSENT;
            }
        }
    }

    fn open(&mut self, array: &ArrayRef) -> Option<ArrayRef> {
        self.absent(array);
        let list = array.as_list_opt::<i32>()?;
        let offsets = list.value_offsets();
        let mut rows = Vec::with_capacity(list.values().len());
        let mut index = Vec::with_capacity(list.values().len());
        for (row, at) in self.rows.iter().zip(&self.index) {
            let elements = match at {
                &ABSENT => 0..0,
                at => offsets[*at as usize] as u32..offsets[*at as usize + 1] as u32,
            };
            if elements.is_empty() {
                rows.push(*row);
                index.push(ABSENT);
            }
            for element in elements {
                rows.push(*row);
                index.push(element);
            }
        }
        (self.rows, self.index) = (rows, index);
        Some(Arc::clone(list.values()))
    }

    fn finish(self, leaf: &ArrayRef) -> Option<Flat> {
        let first = self.index.first().copied().unwrap_or(0);
        let run = self
            .index
            .iter()
            .enumerate()
            .all(|(i, at)| *at != ABSENT && *at as usize == first as usize + i);
        let leaf = if run {
            leaf.slice(first as usize, self.index.len())
        } else {
            let index: UInt32Array = self
                .index
                .iter()
                .map(|at| (*at != ABSENT).then_some(*at))
                .collect();
            take(leaf, &index, None).ok()?
        };
        Some(Flat {
            leaf,
            rows: Some(self.rows),
        })
    }
}

/// A leaf's cells and nulls, its values shown by their meaning. `None`: an array that this meaning cannot have.
pub(super) fn render(leaf: &ArrayRef, meaning: Meaning) -> Option<(Cells, Option<NullBuffer>)> {
    let cells = match leaf.data_type() {
        DataType::Dictionary(..) => dictionary(leaf)?,
        DataType::BinaryView => variable(leaf.as_binary_view(), meaning),
        DataType::FixedSizeBinary(_) => fixed(leaf.as_fixed_size_binary(), meaning),
        DataType::Int32 => numbers(leaf.as_primitive::<Int32Type>(), |v, out| int32(v, meaning, out)),
        DataType::Int64 => numbers(leaf.as_primitive::<Int64Type>(), |v, out| int64(v, meaning, out)),
        DataType::Float32 => numbers(leaf.as_primitive::<Float32Type>(), |v, out| {
            text::whole(f64::from(v), out);
        }),
        DataType::Float64 => numbers(leaf.as_primitive::<Float64Type>(), text::whole),
        DataType::Timestamp(..) => numbers(leaf.as_primitive_opt::<TimestampMicrosecondType>()?, |v, out| {
            text::timestamp(v, Unit::Micros, out)
        }),
        _ => return None,
    };
    Some((cells, leaf.nulls().cloned()))
}

fn dictionary(leaf: &ArrayRef) -> Option<Cells> {
    let array = leaf.as_dictionary_opt::<Int32Type>()?;
    let values = array.values().as_binary_opt::<i32>()?;
    Some(Cells::Dict {
        keys: array.keys().values().clone(),
        values: Box::new(Cells::Offsets32 {
            offsets: values.offsets().clone(),
            values: values.values().clone(),
        }),
    })
}

fn variable(array: &BinaryViewArray, meaning: Meaning) -> Cells {
    match meaning {
        Meaning::Decimal { scale, .. } => write(array.len(), |i, out| {
            if array.is_valid(i) {
                text::decimal_bytes(array.value(i), scale, out);
            }
        }),
        _ => Cells::View(array.clone()),
    }
}

fn fixed(array: &FixedSizeBinaryArray, meaning: Meaning) -> Cells {
    let show = |each: fn(&[u8], &mut Vec<u8>)| {
        write(array.len(), |i, out| {
            if array.is_valid(i) {
                each(array.value(i), out);
            }
        })
    };
    match meaning {
        Meaning::Uuid => show(text::uuid),
        Meaning::Float(_) => show(|bytes, out| {
            if let Ok(bits) = bytes.try_into() {
                text::whole(text::half(u16::from_le_bytes(bits)), out);
            }
        }),
        Meaning::Decimal { scale, .. } => write(array.len(), |i, out| {
            if array.is_valid(i) {
                text::decimal_bytes(array.value(i), scale, out);
            }
        }),
        _ => show(|bytes, out| out.extend_from_slice(bytes)),
    }
}

fn numbers<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    mut each: impl FnMut(T::Native, &mut Vec<u8>),
) -> Cells {
    let values = array.values();
    write(values.len(), |i, out| {
        if array.is_valid(i) {
            each(values[i], out);
        }
    })
}

fn int32(value: i32, meaning: Meaning, out: &mut Vec<u8>) {
    match meaning {
        Meaning::Int { signed: false, .. } => text::int(value as u32, out),
        other => int64(i64::from(value), other, out),
    }
}

fn int64(value: i64, meaning: Meaning, out: &mut Vec<u8>) {
    match meaning {
        Meaning::Int { signed: false, .. } => text::int(value as u64, out),
        Meaning::Decimal { scale, .. } => text::decimal(i128::from(value), scale, out),
        Meaning::Date => text::date(value, out),
        Meaning::Timestamp(unit) => text::timestamp(value, unit, out),
        _ => text::int(value, out),
    }
}

/// `len` cells, each written at the end of one buffer; what is not written is an empty cell.
fn write(len: usize, mut each: impl FnMut(usize, &mut Vec<u8>)) -> Cells {
    let mut values = Vec::with_capacity(len * 8);
    let mut offsets = Vec::with_capacity(len + 1);
    offsets.push(0i64);
    for index in 0..len {
        each(index, &mut values);
        offsets.push(values.len() as i64);
    }
    Cells::Offsets64 {
        offsets: OffsetBuffer::new(ScalarBuffer::from(offsets)),
        values: Buffer::from(values),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Builder, ListArray, ListBuilder, StructArray};
    use arrow::datatypes::Field;

    use super::*;

    fn shown(flat: &Flat) -> Vec<(u32, Option<i32>)> {
        let leaf = flat.leaf.as_primitive::<Int32Type>();
        let rows = flat
            .rows
            .clone()
            .unwrap_or_else(|| (0..leaf.len() as u32).collect());
        rows.into_iter().zip(leaf.iter()).collect()
    }

    fn lists(rows: &[Option<&[Option<i32>]>]) -> ListArray {
        let mut builder = ListBuilder::new(Int32Builder::new());
        for row in rows {
            match row {
                Some(items) => builder.append_value(items.iter().copied()),
                None => builder.append_null(),
            }
        }
        builder.finish()
    }

    #[test]
    fn list_cells_share_their_row_and_an_absent_or_empty_list_is_a_null() {
        let array = lists(&[Some(&[Some(1), None]), None, Some(&[]), Some(&[Some(2)])]);
        let flat = flatten(Arc::new(array)).unwrap();
        assert_eq!(
            shown(&flat),
            [(0, Some(1)), (0, None), (1, None), (2, None), (3, Some(2))]
        );
    }

    #[test]
    fn full_lists_are_taken_without_copying() {
        let array = lists(&[Some(&[Some(1), Some(2)]), Some(&[Some(3)])]);
        let values = array.values().to_data().buffers()[0].as_ptr();
        let flat = flatten(Arc::new(array)).unwrap();
        assert_eq!(shown(&flat), [(0, Some(1)), (0, Some(2)), (1, Some(3))]);
        assert_eq!(flat.leaf.to_data().buffers()[0].as_ptr(), values);
    }

    #[test]
    fn a_sliced_list_keeps_to_its_rows() {
        let array = lists(&[Some(&[Some(1)]), Some(&[Some(2), Some(3)]), Some(&[Some(4)])]);
        let flat = flatten(Arc::new(array.slice(1, 1))).unwrap();
        assert_eq!(shown(&flat), [(0, Some(2)), (0, Some(3))]);
    }

    #[test]
    fn an_absent_struct_makes_its_leaf_null_outside_and_inside_lists() {
        let leaf: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![1, 2, 3]));
        let field = Arc::new(Field::new("v", DataType::Int32, true));
        let nulls = NullBuffer::from(vec![true, false, true]);
        let inner = StructArray::new(vec![field].into(), vec![leaf], Some(nulls));
        assert_eq!(
            shown(&flatten(Arc::new(inner.clone())).unwrap()),
            [(0, Some(1)), (1, None), (2, Some(3))]
        );
        let item = Arc::new(Field::new("g", inner.data_type().clone(), true));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 2, 3]));
        let list = ListArray::new(item, offsets, Arc::new(inner), None);
        assert_eq!(
            shown(&flatten(Arc::new(list)).unwrap()),
            [(0, Some(1)), (0, None), (1, Some(3))]
        );
    }

    #[test]
    fn nulls_of_numbers_are_empty_and_marked() {
        let leaf: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![Some(-1), None]));
        let meaning = Meaning::Int {
            bits: 32,
            signed: false,
        };
        let (cells, nulls) = render(&leaf, meaning).unwrap();
        assert_eq!((cells.get(0), cells.get(1)), (&b"4294967295"[..], &b""[..]));
        assert!(nulls.unwrap().is_null(1));
    }

    #[test]
    fn an_array_without_text_gives_none() {
        let leaf: ArrayRef = Arc::new(arrow::array::BooleanArray::from(vec![true]));
        assert!(render(&leaf, Meaning::Date).is_none());
    }
}
