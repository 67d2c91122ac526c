//! Reading `fixtures/formats/`, which other tools wrote (`make.py` beside them says how).

use std::path::Path;

use super::testing::{Dump, dump, dump_stream, options};
use crate::model::skip::SkipReason;

/// The table that every fixture holds.
const COLUMNS: [(&str, [&str; 3]); 4] = [
    ("id", ["1", "2", "3"]),
    ("name", ["Zoë Quill", "Åke Lind", "Íris Vale"]),
    (
        "email",
        ["zoe@mail.example", "ake@mail.example", "iris@mail.example"],
    ),
    (
        "note",
        ["plain", "has \"quotes\", commas; and\ttabs", "two\nlines"],
    ),
];

fn bytes(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats");
    std::fs::read(folder.join(file)).expect("the fixture is there")
}

fn read(file: &str) -> Dump {
    let bytes = bytes(file);
    let got = dump(file.as_bytes(), &bytes, &options(50), 17);
    assert_eq!(
        got,
        dump_stream(file.as_bytes(), &bytes, &options(1 << 20), 1 << 20),
        "{file}"
    );
    got
}

/// Whether the columns below `prefix` hold the whole table.
fn holds_table(got: &Dump, prefix: &str) -> bool {
    COLUMNS
        .iter()
        .all(|(name, texts)| got.texts(&format!("{prefix}{name}")) == texts)
}

#[test]
fn tables_of_every_dialect_and_character_set_are_read() {
    let files = [
        "comma.csv",
        "semicolon_crlf.csv",
        "all_quoted_pipe.csv",
        "single_quotes.csv",
        "tabs.tsv",
        "tabs_cr.tsv",
        "bom.csv",
        "latin1.csv",
        "utf16.csv",
        "utf16be_bare.csv",
        "utf32.csv",
    ];
    for file in files {
        let got = read(file);
        assert!(holds_table(&got, ""), "{file}: {got:?}");
        assert_eq!((got.rows, got.skips.len()), (3, 0), "{file}");
    }
}

#[test]
fn streams_of_several_members_are_read() {
    let files = [
        "members.csv.gz",
        "members.csv.bz2",
        "members.csv.xz",
        "members.csv.zst",
        "gzip_called_csv.csv",
    ];
    for file in files {
        let got = read(file);
        assert!(holds_table(&got, ""), "{file}: {got:?}");
    }
}

#[test]
fn documents_are_read() {
    for (file, prefix, rows) in [
        ("lines.jsonl", "$.", 3),
        ("array.json", "$[*].", 3),
        ("pretty.json", "$.page.rows[*].", 1),
    ] {
        let got = read(file);
        assert!(holds_table(&got, prefix), "{file}: {got:?}");
        assert_eq!((got.rows, got.skips.len()), (rows, 0), "{file}");
    }
}

#[test]
fn archives_of_every_form_are_read() {
    let long = "folder-with-a-long-name/".repeat(6) + "table.csv!";
    let archives = [
        ("ustar.tar", long.clone()),
        ("gnu.tar", "x/".repeat(60) + &long),
        ("pax.tar.gz", "pâx/".repeat(60) + &long),
    ];
    for (file, prefix) in archives {
        let got = read(file);
        assert!(holds_table(&got, &prefix), "{file}: {got:?}");
        assert_eq!((got.formats.len(), got.skips.len()), (1, 0), "{file}");
    }
}

#[test]
fn a_broken_member_does_not_hide_the_archive_beside_it() {
    let got = read("nested.tar.bz2");
    assert!(holds_table(&got, "inner.tar!table.csv.xz!"), "{got:?}");
    let [skip] = &got.skips[..] else {
        panic!("one skip")
    };
    assert_eq!(
        (&skip.member[..], skip.error.reason),
        (&[b"bad.gz".to_vec()][..], SkipReason::Truncated)
    );
}

#[test]
fn damage_is_partial_and_names_its_reason() {
    for (file, reason) in [
        ("bad_line.jsonl", SkipReason::Corrupt),
        ("cut.json", SkipReason::Truncated),
        ("cut.csv.gz", SkipReason::Truncated),
        ("deep.json.gz", SkipReason::TooDeep),
        ("zeros.gz", SkipReason::Bomb),
    ] {
        let got = read(file);
        let [skip] = &got.skips[..] else {
            panic!("{file}: one report")
        };
        assert_eq!(skip.error.reason, reason, "{file}");
        assert!(skip.partial.is_some(), "{file}");
    }
}

#[test]
fn parquet_in_a_stream_reads_as_it_does_by_itself() {
    let file = bytes("parquet/codec_snappy.parquet");
    let by_itself = dump(b"x.parquet", &file, &options(1 << 20), 1000);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &file).unwrap();
    let wrapped = dump(
        b"x.parquet.gz",
        &encoder.finish().unwrap(),
        &options(1 << 20),
        1000,
    );
    assert!(!by_itself.cells.is_empty() && by_itself.skips.is_empty());
    assert_eq!(wrapped, by_itself);
}
