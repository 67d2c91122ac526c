//! Whole files through the decoder: those in `fixtures/formats/parquet`, which another program wrote together with the
//! cells to be seen in them, larger ones written here, and broken ones.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use proptest::prelude::*;

use super::*;
use crate::decode::Segment;
use crate::model::cells::{CellBatch, Cells};

/// More steps than any file here takes; a decoder that needs more hangs.
const MAX_STEPS: usize = 100_000;

#[derive(Default)]
struct Seen {
    columns: Vec<Column>,
    cells: Vec<(u32, u64, Vec<u8>)>,
    counts: Vec<(u64, u64)>,
    asked: Vec<Range<u64>>,
    batches: Vec<(u32, bool, usize)>,
    close: Option<Close>,
    errors: Vec<DecodeError>,
    steps: usize,
}

impl Seen {
    fn all(bytes: &[u8], options: &Options) -> Self {
        let mut seen = Self::default();
        let mut decoder = open(bytes.len() as u64, Vec::new(), options);
        seen.drive(decoder.as_mut(), bytes);
        seen.cells.sort();
        seen
    }

    fn drive(&mut self, decoder: &mut dyn Decoder, bytes: &[u8]) {
        loop {
            self.steps += 1;
            assert!(self.steps < MAX_STEPS, "the decoder does not end");
            match decoder.step() {
                Ok(Step::Need(Want::Ranges(ranges))) => {
                    let cut =
                        |r: &Range<u64>| Bytes::copy_from_slice(&bytes[r.start as usize..r.end as usize]);
                    decoder.feed(Piece::Ranges(ranges.iter().map(cut).collect()));
                    self.asked.extend(ranges);
                }
                Ok(Step::Open(part)) => assert_eq!(part.format, Format::Parquet),
                Ok(Step::Column(column)) => {
                    assert_eq!(column.id.0 as usize, self.columns.len());
                    self.columns.push(column);
                    self.counts.push((0, 0));
                }
                Ok(Step::Cells(batch)) => self.cells(&batch),
                Ok(Step::Passed(passed)) => self.count(passed.column, passed.cells, passed.nulls),
                Ok(Step::Split(parts)) => {
                    for mut part in parts {
                        self.drive(part.as_mut(), bytes);
                    }
                }
                Ok(Step::Close(close)) => self.close = Some(close),
                Ok(Step::Skipped(skipped)) => self.errors.push(skipped.error),
                Ok(Step::Done) => return,
                Ok(_) => panic!("a step that Parquet never takes"),
                Err(error) => return self.errors.push(error),
            }
        }
    }

    fn count(&mut self, column: ColumnId, cells: u64, nulls: u64) {
        let counts = &mut self.counts[column.0 as usize];
        counts.0 += cells;
        counts.1 += nulls;
    }

    fn cells(&mut self, batch: &CellBatch) {
        let dictionary = matches!(batch.cells, Cells::Dict { .. });
        self.batches.push((batch.column.0, dictionary, batch.cells.len()));
        let null = |i: usize| batch.nulls.as_ref().is_some_and(|nulls| nulls.is_null(i));
        let nulls = (0..batch.cells.len()).filter(|i| null(*i)).count();
        self.count(batch.column, batch.cells.len() as u64, nulls as u64);
        for i in (0..batch.cells.len()).filter(|i| !null(*i)) {
            self.cells
                .push((batch.column.0, batch.rows.row(i), batch.cells.get(i).to_vec()));
        }
    }

    /// In the form of the fixtures' `.cells` files.
    fn text(&self) -> String {
        let mut text = String::new();
        for column in &self.columns {
            let (cells, nulls) = self.counts[column.id.0 as usize];
            let path: String = column.path.iter().map(segment).collect();
            let path = path.trim_start_matches('.');
            writeln!(text, "# {path} {} {cells} {nulls}", column.kind).unwrap();
            for (_, row, cell) in self.cells.iter().filter(|cell| cell.0 == column.id.0) {
                writeln!(text, "{row}\t{}", plain(cell)).unwrap();
            }
        }
        text
    }
}

fn segment(segment: &Segment) -> String {
    match segment {
        Segment::Name(name) => format!(".{name}"),
        Segment::Items => "[*]".into(),
        Segment::MapKey => "{key}".into(),
        Segment::MapValue => "{value}".into(),
        other => panic!("{other:?}"),
    }
}

fn plain(cell: &[u8]) -> String {
    if cell.iter().all(|b| (32..127).contains(b)) {
        return String::from_utf8(cell.to_vec()).unwrap();
    }
    cell.iter()
        .fold("hex:".to_owned(), |text, b| format!("{text}{b:02x}"))
}

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures/formats/parquet", name]
        .iter()
        .collect()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(fixture(&format!("{name}.parquet"))).unwrap()
}

/// The expected text; cells of one row are sorted, as [`Seen::all`] sorts them.
fn expected(name: &str) -> String {
    let text = std::fs::read_to_string(fixture(&format!("{name}.cells"))).unwrap();
    sorted(&text)
}

fn sorted(text: &str) -> String {
    let mut columns: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('#') {
            Some(_) => columns.push(vec![line]),
            None => columns.last_mut().unwrap().push(line),
        }
    }
    columns.iter_mut().for_each(|lines| lines[1..].sort_unstable());
    columns.concat().join("\n")
}

fn every_number() -> Options {
    Options {
        min_digits: 1,
        ..Options::default()
    }
}

const FIXTURES: [&str; 21] = [
    "codec_none",
    "codec_snappy",
    "codec_gzip",
    "codec_brotli",
    "codec_zstd",
    "codec_lz4",
    "types",
    "types_decimals_as_integers",
    "types_int96",
    "nested_v1",
    "nested_v2",
    "pages_v1",
    "pages_v2",
    "pages_checksums",
    "encodings_v1",
    "encodings_v2",
    "nulls",
    "nulls_without_statistics",
    "no_rows",
    "no_row_groups",
    "large_list",
];

#[test]
fn every_fixture_shows_the_cells_that_its_writer_put_in() {
    for name in FIXTURES {
        let seen = Seen::all(&file(name), &every_number());
        assert_eq!(seen.errors, [], "{name}");
        pretty(name, &seen);
        assert!(seen.close.is_some(), "{name}");
    }
}

fn pretty(name: &str, seen: &Seen) {
    let (found, wanted) = (sorted(&seen.text()), expected(name));
    let differs = found.lines().zip(wanted.lines()).find(|(a, b)| a != b);
    assert_eq!(differs, None, "{name}");
    assert_eq!(found.lines().count(), wanted.lines().count(), "{name}");
}

#[test]
fn the_close_counts_rows_and_bytes() {
    let bytes = file("pages_v1");
    let close = Seen::all(&bytes, &Options::default()).close;
    assert_eq!(
        close,
        Some(Close {
            rows: 300,
            bytes: bytes.len() as u64
        })
    );
}

#[test]
fn chunks_that_hold_nothing_are_not_asked_for() {
    let bytes = file("nulls");
    let seen = Seen::all(&bytes, &Options::default());
    let read: u64 = seen.asked.iter().skip(1).map(|r| r.end - r.start).sum();
    assert_eq!(seen.asked.len(), 2, "the footer and the column `sparse`");
    assert!(read < 400, "{read}");
    assert_eq!(
        seen.counts,
        [(100, 100), (100, 100), (100, 99), (100, 50), (100, 66)]
    );
    assert_eq!(seen.cells, [(2, 57, b"only 57".to_vec())]);
}

#[test]
fn nulls_are_exact_without_statistics_too() {
    let seen = Seen::all(&file("nulls_without_statistics"), &every_number());
    assert_eq!(
        seen.counts,
        [(100, 100), (100, 100), (100, 99), (100, 50), (100, 66)]
    );
}

#[test]
fn a_dictionary_is_given_once_per_row_group() {
    let seen = Seen::all(&file("codec_snappy"), &Options::default());
    let city: Vec<_> = seen.batches.iter().filter(|b| b.0 == 2).collect();
    assert_eq!(city, [&(2, true, 40)]);
}

#[test]
fn a_dictionary_larger_than_its_cells_is_not_given() {
    let seen = Seen::all(&file("pages_v1"), &Options::default());
    assert!(seen.batches.iter().any(|b| b.0 == 1 && !b.1));
}

fn rows(count: usize, len: usize) -> RecordBatch {
    // A simple generator: the text must not compress away.
    let mut state = 1u64;
    let mut word = || {
        let mut text = String::new();
        while text.len() < len {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            write!(text, "{:08x}", state >> 32).unwrap();
        }
        text
    };
    let text: ArrayRef = Arc::new(StringArray::from_iter_values((0..count).map(|_| word())));
    let kind: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..count).map(|i| ["a", "b"][i % 2]),
    ));
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(
        (0..count as i64).map(|i| i * 1_000_003),
    ));
    RecordBatch::try_from_iter([("text", text), ("kind", kind), ("id", id)]).unwrap()
}

fn written(
    batch: &RecordBatch,
    how: impl FnOnce(WriterPropertiesBuilder) -> WriterPropertiesBuilder,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let properties = how(WriterProperties::builder()).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn plain_text(batch: &RecordBatch) -> Vec<u8> {
    written(batch, |how| {
        how.set_column_dictionary_enabled("text".into(), false)
            .set_compression(Compression::SNAPPY)
            .set_data_page_size_limit(32 << 10)
    })
}

#[test]
fn a_large_chunk_is_asked_for_in_windows_and_its_cells_stay_the_same() {
    let batch = rows(20_000, 64);
    let bytes = plain_text(&batch);
    let whole = Seen::all(&bytes, &every_number());
    let small = Options {
        budget: 1 << 20,
        piece: 50_000,
        ..every_number()
    };
    let windows = Seen::all(&bytes, &small);
    assert_eq!((windows.errors.len(), windows.cells.len()), (0, 60_000));
    assert!(whole.cells == windows.cells && whole.counts == windows.counts);
    let longest = windows.asked.iter().map(|r| r.end - r.start).max();
    assert_eq!(longest, Some(64 << 10), "one window");
    assert!(windows.asked.len() > 20);
    let largest = windows
        .batches
        .iter()
        .filter(|b| b.0 == 0)
        .map(|b| b.2)
        .max()
        .unwrap();
    assert!(
        largest < 2_000,
        "{largest} rows of 68 bytes in a batch of about 50,000"
    );
}

#[test]
fn a_page_above_half_the_budget_is_too_large_and_the_other_columns_are_read() {
    let batch = rows(20_000, 64);
    let bytes = written(&batch, |how| {
        how.set_column_dictionary_enabled("text".into(), false)
            .set_data_page_size_limit(64 << 20)
            .set_data_page_row_count_limit(1 << 20)
            .set_write_batch_size(1 << 20)
    });
    let options = Options {
        budget: 1 << 20,
        ..every_number()
    };
    let seen = Seen::all(&bytes, &options);
    assert_eq!(seen.errors.len(), 1);
    assert_eq!(seen.errors[0].reason, SkipReason::UnitTooLarge);
    assert_eq!(seen.counts, [(0, 0), (20_000, 0), (20_000, 0)]);
}

#[test]
fn one_broken_column_leaves_the_others() {
    let mut bytes = file("codec_zstd");
    let asked = Seen::all(&bytes, &Options::default()).asked;
    let name = asked[2].clone();
    bytes[name.start as usize..name.end as usize].fill(0x5a);
    let seen = Seen::all(&bytes, &Options::default());
    assert_eq!(seen.errors.len(), 1);
    assert_eq!(seen.errors[0].at, name.start);
    assert_eq!(
        seen.counts.iter().map(|c| c.0).collect::<Vec<_>>(),
        [40, 0, 40, 40]
    );
}

#[test]
fn a_checksum_that_does_not_match_is_corrupt() {
    let mut bytes = file("pages_checksums");
    let name = Seen::all(&bytes, &Options::default()).asked[1].clone();
    let last = name.end as usize - 1;
    bytes[last] ^= 1;
    let seen = Seen::all(&bytes, &Options::default());
    assert_eq!(seen.errors[0].reason, SkipReason::Corrupt);
}

fn first_error(bytes: &[u8], options: &Options) -> SkipReason {
    Seen::all(bytes, options).errors[0].reason
}

#[test]
fn endings_that_are_no_footer_have_their_reason() {
    let options = Options::default();
    let mut bytes = file("codec_none");
    let end = bytes.len();
    assert_eq!(first_error(&[], &options), SkipReason::Truncated);
    assert_eq!(first_error(b"PAR1", &options), SkipReason::Truncated);
    assert_eq!(first_error(&bytes[..end - 1], &options), SkipReason::Truncated);
    bytes[end - 1] = b'E';
    assert_eq!(first_error(&bytes, &options), SkipReason::Encrypted);
    bytes[end - 1] = b'1';
    bytes[end - 8..end - 4].fill(0x7f);
    assert_eq!(first_error(&bytes, &options), SkipReason::Corrupt);
}

#[test]
fn limits_have_their_reason() {
    let bytes = file("types");
    let few = Options {
        max_columns: 22,
        ..Options::default()
    };
    assert_eq!(first_error(&bytes, &few), SkipReason::TooDeep);
    let small = Options {
        budget: 4096,
        ..Options::default()
    };
    assert_eq!(first_error(&bytes, &small), SkipReason::UnitTooLarge);
}

#[test]
fn a_footer_longer_than_the_first_read_is_fetched_whole() {
    let columns = (0..900).map(|i| {
        let column: ArrayRef = Arc::new(StringArray::from(vec!["one", "two"]));
        (format!("column {i}"), column)
    });
    let bytes = written(&RecordBatch::try_from_iter(columns).unwrap(), |how| how);
    let seen = Seen::all(&bytes, &Options::default());
    assert_eq!(
        (seen.errors.len(), seen.columns.len(), seen.cells.len()),
        (0, 900, 1800)
    );
    let end = bytes.len() as u64;
    assert_eq!(seen.asked[0], end - TAIL..end);
    assert_eq!(seen.asked[1].end, end - TAIL);
}

/// What an unreadable footer comes to when `piece` is the answer to every range.
fn answered(piece: &Piece) -> SkipReason {
    let member = vec![b"inner.parquet".to_vec()];
    let mut decoder = open(1000, member.clone(), &Options::default());
    for _ in 0..9 {
        match decoder.step().unwrap() {
            Step::Need(_) => decoder.feed(piece.clone()),
            Step::Skipped(skipped) => {
                assert!(matches!(decoder.step(), Ok(Step::Done)));
                assert_eq!((skipped.member, skipped.partial), (member, None));
                return skipped.error.reason;
            }
            _ => break,
        }
    }
    panic!("nothing was given to be read");
}

#[test]
fn an_object_shorter_than_it_was_said_to_be_is_truncated() {
    let short = Piece::Ranges(vec![Bytes::from_static(b"PAR1")]);
    assert_eq!(answered(&short), SkipReason::Truncated);
    assert_eq!(answered(&Piece::Ranges(vec![])), SkipReason::Truncated);
    assert_eq!(answered(&Piece::End), SkipReason::Truncated);
}

#[test]
fn a_read_that_failed_keeps_its_own_reason() {
    let error = DecodeError::new(SkipReason::Unavailable, "read", 0);
    assert_eq!(answered(&Piece::Broken(error)), SkipReason::Unavailable);
}

#[test]
fn a_row_group_stops_asking_once_a_read_failed() {
    let bytes = file("codec_none");
    let mut opening = open(bytes.len() as u64, Vec::new(), &Options::default());
    let mut group = loop {
        match opening.step().unwrap() {
            Step::Need(_) => opening.feed(Piece::Ranges(vec![bytes.clone().into()])),
            Step::Split(mut groups) => break groups.remove(0),
            _ => {}
        }
    };
    assert!(matches!(group.step(), Ok(Step::Need(_))));
    group.feed(Piece::Broken(DecodeError::new(
        SkipReason::ChangedDuringRead,
        "read",
        0,
    )));
    assert_eq!(
        group.step().err().map(|e| e.reason),
        Some(SkipReason::ChangedDuringRead)
    );
}

#[test]
fn every_truncation_ends_with_an_error() {
    let bytes = file("codec_brotli");
    for end in 0..bytes.len() {
        let seen = Seen::all(&bytes[..end], &Options::default());
        assert_eq!(seen.errors.len(), 1, "{end}");
    }
}

/// No panic of a caught kind may print: tests of broken files would drown the output.
fn quietly<T>(run: impl FnOnce() -> T) -> T {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let inherited = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let foreign = info.location().is_some_and(|at| !at.file().starts_with("src/"));
            if !foreign {
                inherited(info);
            }
        }));
    });
    run()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn budget_and_piece_never_change_the_cells(
        name in prop::sample::select(&FIXTURES[..]),
        budget in 128u64 << 10..4 << 20,
        piece in 1usize..8 << 10,
    ) {
        let options = Options { budget, piece, ..every_number() };
        let seen = Seen::all(&file(name), &options);
        prop_assert_eq!(&seen.errors, &[]);
        pretty(name, &seen);
    }

    #[test]
    fn flipped_bits_never_panic_nor_hang(
        name in prop::sample::select(&FIXTURES[..]),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..6),
    ) {
        let mut bytes = file(name);
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        quietly(|| Seen::all(&bytes, &every_number()));
    }
}
