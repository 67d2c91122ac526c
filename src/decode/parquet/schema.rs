//! From a file's schema tree to its leaf columns: paths as people write them, what the values mean, and the bare shape
//! that the parquet crate decodes them by.

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type};

use crate::decode::Segment;

/// A leaf column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    /// Its path.
    pub(super) path: Vec<Segment>,
    /// What its values mean.
    pub(super) meaning: Meaning,
    /// How its values are stored.
    pub(super) physical: Physical,
    /// Bytes of a value, for the fixed-length type; else 0.
    pub(super) width: usize,
    /// The repetition of every node from below the root down to the leaf.
    pub(super) repetitions: Vec<Repetition>,
}

/// What a leaf's values mean, as far as it decides what a person would see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Bytes as they are, under the format's own word.
    Bytes(&'static str),
    /// 16 bytes shown as hexadecimal groups.
    Uuid,
    /// Whole numbers; the declared width in bits is for the type's word only.
    Int {
        /// Declared width.
        bits: u8,
        /// Whether the sign bit is one.
        signed: bool,
    },
    /// An unscaled number and where its point stands.
    Decimal {
        /// Digits, as declared.
        precision: i32,
        /// Digits after the point.
        scale: i32,
    },
    /// IEEE floating point of any width: only whole values are shown.
    Float(&'static str),
    /// Days since 1970.
    Date,
    /// A time on a date.
    Timestamp(Unit),
    /// Nothing that anyone looks for can be in it: truth values, times of day, intervals.
    Never(&'static str),
}

/// What a timestamp counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Thousandths of a second.
    Millis,
    /// Millionths.
    Micros,
    /// Billionths.
    Nanos,
}

impl Leaf {
    /// How many definition levels there are: nodes that may be absent.
    pub(super) fn max_def(&self) -> u16 {
        self.count(|r| r != Repetition::REQUIRED)
    }

    /// How many repetition levels there are: lists around the value.
    pub(super) fn max_rep(&self) -> u16 {
        self.count(|r| r == Repetition::REPEATED)
    }

    fn count(&self, which: impl Fn(Repetition) -> bool) -> u16 {
        self.repetitions.iter().filter(|r| which(**r)).count() as u16
    }

    /// The type's word in reports.
    pub(super) fn kind(&self) -> String {
        match self.meaning {
            Meaning::Bytes(word) | Meaning::Float(word) | Meaning::Never(word) => word.to_owned(),
            Meaning::Uuid => "uuid".to_owned(),
            Meaning::Int { bits, signed } => format!("{}int{bits}", if signed { "" } else { "u" }),
            Meaning::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            Meaning::Date => "date".to_owned(),
            Meaning::Timestamp(_) => "timestamp".to_owned(),
        }
    }

    /// A schema of this column alone in which every group is a plain one and the leaf has no annotation.
    ///
    /// Levels depend on repetitions only, so the pages decode the same by it; and the decoder then meets nothing but
    /// structs, lists and raw values, whichever of the several ways to write a list or a map the file chose.
    pub(super) fn bare(&self) -> Result<SchemaDescriptor, ParquetError> {
        let mut repetitions = self.repetitions.iter().rev();
        let innermost = repetitions.next().copied().unwrap_or(Repetition::REQUIRED);
        let mut node = Type::primitive_type_builder("v", self.physical)
            .with_repetition(innermost)
            .with_length(i32::try_from(self.width).unwrap_or(i32::MAX))
            .build()?;
        for repetition in repetitions {
            node = Type::group_type_builder("g")
                .with_repetition(*repetition)
                .with_fields(vec![Arc::new(node)])
                .build()?;
        }
        let root = Type::group_type_builder("r").with_fields(vec![Arc::new(node)]);
        Ok(SchemaDescriptor::new(Arc::new(root.build()?)))
    }
}

/// The leaves below `root`, in the file's own order of columns.
pub(super) fn leaves(root: &Type) -> Vec<Leaf> {
    let mut walk = Walk::default();
    if root.is_group() {
        root.get_fields().iter().for_each(|field| walk.field(field));
    }
    walk.found
}

#[derive(Default)]
struct Walk {
    path: Vec<Segment>,
    repetitions: Vec<Repetition>,
    found: Vec<Leaf>,
}

impl Walk {
    /// A named node. A repeated one outside any list annotation is a list of what stands under its name.
    fn field(&mut self, node: &Type) {
        self.inside(node, Some(Segment::Name(node.name().to_owned())), |walk| {
            walk.content(node);
        });
    }

    /// Goes one node down, with its segment (if it has one) and `[*]` where it repeats, and back up.
    fn inside(&mut self, node: &Type, segment: Option<Segment>, then: impl FnOnce(&mut Self)) {
        let depth = self.path.len();
        let repetition = repetition(node);
        self.path.extend(segment);
        if repetition == Repetition::REPEATED {
            self.path.push(Segment::Items);
        }
        self.repetitions.push(repetition);
        then(self);
        self.repetitions.pop();
        self.path.truncate(depth);
    }

    fn content(&mut self, node: &Type) {
        if node.is_primitive() {
            self.leaf(node);
        } else if let Some(repeated) = only_repeated(node, ConvertedType::LIST, &LogicalType::List) {
            self.inside(repeated, None, |walk| walk.element(node, repeated));
        } else if let Some(pair) = map_pair(node) {
            self.map(pair);
        } else {
            node.get_fields().iter().for_each(|field| self.field(field));
        }
    }

    /// What a list holds: normally the one field of the repeated group; in files that write two levels, the repeated
    /// node itself. The rules of precedence are the format's: "Backward-compatibility rules" under Lists in
    /// <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md>.
    fn element(&mut self, list: &Type, repeated: &Type) {
        let two_levels = repeated.is_primitive()
            || repeated.get_fields().len() != 1
            || repeated.name() == "array"
            || repeated.name() == format!("{}_tuple", list.name());
        if two_levels {
            self.content(repeated);
        } else {
            let element = &repeated.get_fields()[0];
            self.inside(element, None, |walk| walk.content(element));
        }
    }

    fn map(&mut self, pair: &Type) {
        let depth = self.path.len();
        self.inside(pair, None, |walk| {
            // `m{key}` says that there are many; `m[*]{key}` would say it twice.
            walk.path.truncate(depth);
            for (index, field) in pair.get_fields().iter().enumerate() {
                match index {
                    0 => walk.inside(field, Some(Segment::MapKey), |walk| walk.content(field)),
                    1 => walk.inside(field, Some(Segment::MapValue), |walk| walk.content(field)),
                    _ => walk.field(field),
                }
            }
        });
    }

    fn leaf(&mut self, node: &Type) {
        let Type::PrimitiveType {
            physical_type,
            type_length,
            ..
        } = node
        else {
            return;
        };
        let fixed = *physical_type == Physical::FIXED_LEN_BYTE_ARRAY;
        self.found.push(Leaf {
            path: self.path.clone(),
            meaning: meaning(node, *physical_type, *type_length),
            physical: *physical_type,
            width: if fixed {
                usize::try_from(*type_length).unwrap_or(0)
            } else {
                0
            },
            repetitions: self.repetitions.clone(),
        });
    }
}

fn repetition(node: &Type) -> Repetition {
    let info = node.get_basic_info();
    if info.has_repetition() {
        info.repetition()
    } else {
        Repetition::REQUIRED
    }
}

fn only_repeated<'a>(node: &'a Type, converted: ConvertedType, logical: &LogicalType) -> Option<&'a Type> {
    let info = node.get_basic_info();
    if info.converted_type() != converted && info.logical_type_ref() != Some(logical) {
        return None;
    }
    match node.get_fields() {
        [only] if repetition(only) == Repetition::REPEATED => Some(only),
        _ => None,
    }
}

fn map_pair(node: &Type) -> Option<&Type> {
    only_repeated(node, ConvertedType::MAP, &LogicalType::Map)
        .or_else(|| only_repeated(node, ConvertedType::MAP_KEY_VALUE, &LogicalType::Map))
        .filter(|pair| pair.is_group())
}

fn meaning(node: &Type, physical: Physical, length: i32) -> Meaning {
    let info = node.get_basic_info();
    let logical = info.logical_type_ref();
    if logical == Some(&LogicalType::Unknown) {
        return Meaning::Never("null");
    }
    match physical {
        Physical::BOOLEAN => Meaning::Never("boolean"),
        Physical::FLOAT => Meaning::Float("float"),
        Physical::DOUBLE => Meaning::Float("double"),
        Physical::INT96 => Meaning::Timestamp(Unit::Micros),
        Physical::INT32 | Physical::INT64 => number(node, physical),
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => bytes(node, physical, length),
    }
}

fn decimal(node: &Type) -> Option<Meaning> {
    let info = node.get_basic_info();
    if let Some(LogicalType::Decimal(d)) = info.logical_type_ref() {
        return Some(Meaning::Decimal {
            precision: d.precision,
            scale: d.scale,
        });
    }
    (info.converted_type() == ConvertedType::DECIMAL).then(|| Meaning::Decimal {
        precision: node.get_precision(),
        scale: node.get_scale(),
    })
}

fn number(node: &Type, physical: Physical) -> Meaning {
    let info = node.get_basic_info();
    let plain = Meaning::Int {
        bits: if physical == Physical::INT32 { 32 } else { 64 },
        signed: true,
    };
    decimal(node).unwrap_or_else(|| match info.logical_type_ref() {
        Some(LogicalType::Date) => Meaning::Date,
        Some(LogicalType::Time(_)) => Meaning::Never("time"),
        Some(LogicalType::Timestamp(t)) => Meaning::Timestamp(match t.unit {
            TimeUnit::MILLIS => Unit::Millis,
            TimeUnit::MICROS => Unit::Micros,
            TimeUnit::NANOS => Unit::Nanos,
        }),
        Some(LogicalType::Integer(int)) => Meaning::Int {
            bits: int.bit_width.unsigned_abs(),
            signed: int.is_signed,
        },
        _ => converted_number(info.converted_type()).unwrap_or(plain),
    })
}

/// Annotations of files older than logical types.
fn converted_number(converted: ConvertedType) -> Option<Meaning> {
    let int = |bits, signed| Some(Meaning::Int { bits, signed });
    match converted {
        ConvertedType::DATE => Some(Meaning::Date),
        ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS => Some(Meaning::Never("time")),
        ConvertedType::TIMESTAMP_MILLIS => Some(Meaning::Timestamp(Unit::Millis)),
        ConvertedType::TIMESTAMP_MICROS => Some(Meaning::Timestamp(Unit::Micros)),
        ConvertedType::UINT_8 => int(8, false),
        ConvertedType::UINT_16 => int(16, false),
        ConvertedType::UINT_32 => int(32, false),
        ConvertedType::UINT_64 => int(64, false),
        ConvertedType::INT_8 => int(8, true),
        ConvertedType::INT_16 => int(16, true),
        ConvertedType::INT_32 => int(32, true),
        ConvertedType::INT_64 => int(64, true),
        _ => None,
    }
}

fn bytes(node: &Type, physical: Physical, length: i32) -> Meaning {
    let info = node.get_basic_info();
    let fixed = physical == Physical::FIXED_LEN_BYTE_ARRAY;
    decimal(node).unwrap_or_else(|| match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::Uuid), _) if fixed && length == 16 => Meaning::Uuid,
        (Some(LogicalType::Float16), _) if fixed && length == 2 => Meaning::Float("float16"),
        (_, ConvertedType::INTERVAL) => Meaning::Never("interval"),
        (Some(LogicalType::String), _) | (_, ConvertedType::UTF8) => Meaning::Bytes("string"),
        (Some(LogicalType::Json), _) | (_, ConvertedType::JSON) => Meaning::Bytes("json"),
        (Some(LogicalType::Bson), _) | (_, ConvertedType::BSON) => Meaning::Bytes("bson"),
        (Some(LogicalType::Enum), _) | (_, ConvertedType::ENUM) => Meaning::Bytes("enum"),
        _ if fixed => Meaning::Bytes("fixed_binary"),
        _ => Meaning::Bytes("binary"),
    })
}

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// Paths in a notation of the test's own, with the word of the type.
    fn words(message: &str) -> Vec<String> {
        let root = parse_message_type(message).unwrap();
        leaves(&root).iter().map(word).collect()
    }

    fn word(leaf: &Leaf) -> String {
        let path: Vec<String> = leaf.path.iter().map(segment).collect();
        format!("{} {}", path.join("/"), leaf.kind())
    }

    fn segment(segment: &Segment) -> String {
        match segment {
            Segment::Name(name) => name.clone(),
            Segment::Items => "[]".into(),
            Segment::MapKey => "{k}".into(),
            Segment::MapValue => "{v}".into(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn types_have_their_own_words() {
        let message = "message m {
            required binary a (UTF8); required binary b; required binary c (JSON); required binary d (ENUM);
            required int32 e; required int32 f (INTEGER(16,false)); required int64 g (INT_64);
            required int32 h (DATE); required int64 i (TIMESTAMP(MICROS,true)); required int96 j;
            required int64 k (DECIMAL(12,2)); required fixed_len_byte_array(5) l (DECIMAL(9,0));
            required fixed_len_byte_array(16) m (UUID); required fixed_len_byte_array(12) n (INTERVAL);
            required fixed_len_byte_array(3) o; required boolean p; required float q; required double r;
            required int32 s (TIME_MILLIS); required fixed_len_byte_array(2) t (FLOAT16);
        }";
        assert_eq!(
            words(message),
            [
                "a string",
                "b binary",
                "c json",
                "d enum",
                "e int32",
                "f uint16",
                "g int64",
                "h date",
                "i timestamp",
                "j timestamp",
                "k decimal(12,2)",
                "l decimal(9,0)",
                "m uuid",
                "n interval",
                "o fixed_binary",
                "p boolean",
                "q float",
                "r double",
                "s time",
                "t float16",
            ]
        );
    }

    #[test]
    fn structs_lists_and_maps_get_their_segments() {
        let message = "message m {
            optional group a { optional binary b (UTF8); }
            optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
            optional group deep (LIST) { repeated group list { optional group element (LIST) {
                repeated group list { required group element { required int32 x; required int32 y; } } } } }
            optional group m (MAP) { repeated group key_value { required binary key; optional group value {
                optional binary email; } } }
            repeated binary bare;
        }";
        assert_eq!(
            words(message),
            [
                "a/b string",
                "tags/[] string",
                "deep/[]/[]/x int32",
                "deep/[]/[]/y int32",
                "m/{k} binary",
                "m/{v}/email binary",
                "bare/[] binary",
            ]
        );
    }

    #[test]
    fn lists_of_two_levels_are_lists_too() {
        let message = "message m {
            optional group a (LIST) { repeated binary array; }
            optional group b (LIST) { repeated group array { required binary x; } }
            optional group c (LIST) { repeated group c_tuple { required binary x; } }
            optional group d (LIST) { repeated group element { required binary x; required binary y; } }
            optional group e (MAP_KEY_VALUE) { repeated group map { required binary key; required binary value; } }
        }";
        assert_eq!(
            words(message),
            [
                "a/[] binary",
                "b/[]/x binary",
                "c/[]/x binary",
                "d/[]/x binary",
                "d/[]/y binary",
                "e/{k} binary",
                "e/{v} binary",
            ]
        );
    }

    #[test]
    fn the_bare_schema_keeps_the_levels() {
        let message = "message m {
            optional group m (MAP) { repeated group key_value { required binary key (UTF8); optional group value (LIST) {
                repeated group list { optional fixed_len_byte_array(16) element (UUID); } } } }
        }";
        let root = Arc::new(parse_message_type(message).unwrap());
        let full = SchemaDescriptor::new(Arc::clone(&root));
        for (leaf, column) in leaves(&root).iter().zip(full.columns()) {
            let bare = leaf.bare().unwrap();
            let bare = bare.column(0);
            let levels = (column.max_def_level(), column.max_rep_level());
            assert_eq!((bare.max_def_level(), bare.max_rep_level()), levels);
            assert_eq!((leaf.max_def() as i16, leaf.max_rep() as i16), levels);
            assert_eq!(bare.type_length().max(0), column.type_length().max(0));
        }
    }
}
