//! Values planted wherever content can be never leave the program, and are found all the same.
//!
//! All values are invented; they pass their issuers' checks and belong to nobody. Names of files are the documented
//! exception (keys are shown), so none holds a value.

use std::fmt::Write as _;
use std::path::Path;

use crate::hostile::{gzip, parquet_of, tar};
use crate::program::{Ran, findings, run};

const CARD: &str = "4539 5787 6362 1486";
const SSN: &str = "536-90-4399";
const IBAN: &str = "GB56HXDO88167774656119";
const EMAIL: &str = "avalise.testerson@fernmail-invented.net";
const TOKEN: &str = "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";
const AWS: &str = "AKIAEACHEEIZSDDIH73R";
const SECRET: &str = "hT9!kz02Lq";

/// In a path it goes over several segments.
const SPLIT: &str = "qT7v/Kd2mXs+Rb9LhWz4/Yc6NpGf3JuE8aVt1oQk";

/// Every value with its classifier.
const PLANTED: [(&str, &str); 7] = [
    ("payment_card", CARD),
    ("us_ssn", SSN),
    ("iban", IBAN),
    ("email", EMAIL),
    ("github_token", TOKEN),
    ("aws_access_key", AWS),
    ("generic_password", SECRET),
];

/// A value as it stands in a cell; a secret is one by its name.
fn cell(value: &str) -> String {
    if value == SECRET {
        format!("password = {value}")
    } else {
        value.to_owned()
    }
}

fn sentence() -> String {
    let values: Vec<String> = PLANTED.iter().map(|(_, value)| cell(value)).collect();
    format!("a note: {}; end.\n", values.join(" ; "))
}

/// Rows of all values under plain names.
fn csv() -> String {
    let names: Vec<&str> = PLANTED.iter().map(|(id, _)| *id).collect();
    let cells: Vec<String> = PLANTED.iter().map(|(_, value)| cell(value)).collect();
    format!(
        "{}\n{}",
        names.join(","),
        format!("{}\n", cells.join(",")).repeat(20)
    )
}

/// Rows of plain cells under names that are values.
fn csv_headers() -> String {
    let names: Vec<String> = PLANTED.iter().map(|(_, value)| cell(value)).collect();
    format!("{}\n{}", names.join(","), "a,b,c,d,e,f,g\n".repeat(20))
}

/// The same among names that make the line a header without doubt.
fn csv_mixed_headers() -> String {
    let names: Vec<String> = PLANTED.iter().map(|(_, value)| cell(value)).collect();
    let plain = "id,name,city,country,amount,currency,note";
    let row = "1,Wrenfield,Saltmere,Nowhere,12,EUR,none,1,2,3,4,5,6,7\n";
    format!("{plain},{}\n{}", names.join(","), row.repeat(20))
}

fn json(pairs: impl Iterator<Item = (String, serde_json::Value)>) -> String {
    serde_json::Value::Object(pairs.collect()).to_string()
}

/// Values under plain keys, nested in lists and objects.
fn json_cells() -> String {
    let pairs = PLANTED.iter().map(|(id, value)| {
        (
            (*id).to_owned(),
            serde_json::json!({ "deep": [{ "v": cell(value) }] }),
        )
    });
    json(pairs)
}

/// Keys that are values, flat and nested in each other.
fn json_keys() -> String {
    let flat = PLANTED.iter().map(|(_, value)| (cell(value), 1.into()));
    let nested = PLANTED.iter().fold(
        serde_json::json!("leaf"),
        |inner, (_, value)| serde_json::json!({ cell(value): { "list": [inner] } }),
    );
    json(flat.chain([("nested".to_owned(), nested)]))
}

/// More keys under one parent than are kept apart; values among them, before and after the limit.
fn json_dynamic_keys() -> String {
    let mut pairs: Vec<(String, serde_json::Value)> = Vec::new();
    for n in 0..600 {
        pairs.push((format!("k{n}"), n.into()));
    }
    pairs.extend(PLANTED.iter().map(|(_, v)| (cell(v), "early".into())));
    for n in 600..1400 {
        pairs.push((format!("k{n}"), n.into()));
    }
    pairs.extend(
        PLANTED
            .iter()
            .map(|(_, v)| (format!("{} ", cell(v)), "late".into())),
    );
    // Written by hand: a JSON object of the library would sort its keys.
    let mut text = String::from("{\"users\":{");
    for (n, (key, value)) in pairs.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        write!(text, "{comma}{}:{value}", serde_json::Value::from(key.as_str())).unwrap();
    }
    text + "}}"
}

fn parquet_cells() -> Vec<u8> {
    let cells: Vec<String> = PLANTED.iter().map(|(_, value)| cell(value)).collect();
    let rows: Vec<Vec<&str>> = cells.iter().map(|cell| vec![cell.as_str(); 20]).collect();
    let columns: Vec<(&str, &[&str])> = PLANTED
        .iter()
        .zip(&rows)
        .map(|((id, _), rows)| (*id, rows.as_slice()))
        .collect();
    parquet_of(&columns)
}

fn parquet_names() -> Vec<u8> {
    let names: Vec<String> = PLANTED.iter().map(|(_, value)| cell(value)).collect();
    let columns: Vec<(&str, &[&str])> = names
        .iter()
        .map(|name| (name.as_str(), &["plain"; 20][..]))
        .collect();
    parquet_of(&columns)
}

/// Archives whose members' names are values, one name in the folder part, one member broken.
fn archive() -> Vec<u8> {
    let table = csv();
    let names: Vec<String> = PLANTED.iter().map(|(_, v)| format!("{}.csv", cell(v))).collect();
    let folders: Vec<String> = PLANTED
        .iter()
        .map(|(_, v)| format!("{}/part.csv", cell(v)))
        .collect();
    let broken: Vec<String> = PLANTED
        .iter()
        .map(|(_, v)| format!("{}.csv.gz", cell(v)))
        .collect();
    let mut cut = gzip(table.repeat(50).as_bytes());
    cut.truncate(cut.len() / 2);
    let mut members: Vec<(&str, &[u8])> = Vec::new();
    members.extend(
        names
            .iter()
            .chain(&folders)
            .map(|n| (n.as_str(), table.as_bytes())),
    );
    members.extend(broken.iter().map(|n| (n.as_str(), cut.as_slice())));
    let split = format!("{EMAIL}/aws_secret_access_key={SPLIT}/part.csv");
    members.push((&split, table.as_bytes()));
    tar(&members)
}

/// Writes everything below `root`.
fn plant(root: &Path) {
    let write = |name: &str, bytes: &[u8]| std::fs::write(root.join(name), bytes).unwrap();
    let cut = |bytes: &[u8]| bytes[..bytes.len() - 20].to_vec();
    write("cells.csv", csv().as_bytes());
    write("notes.txt", sentence().repeat(30).as_bytes());
    write("notes.txt.gz", &gzip(sentence().repeat(30).as_bytes()));
    write("cells.json", json_cells().as_bytes());
    write("cells.jsonl", format!("{}\n", json_cells()).repeat(10).as_bytes());
    write("cells.parquet", &parquet_cells());
    write("headers.csv", csv_headers().as_bytes());
    write("mixed_headers.csv", csv_mixed_headers().as_bytes());
    write("keys.json", json_keys().as_bytes());
    write("keys.jsonl", format!("{}\n", json_keys()).repeat(3).as_bytes());
    write("dynamic.json", json_dynamic_keys().as_bytes());
    write("names.parquet", &parquet_names());
    write("members.tar", &archive());
    write("members.tar.gz", &gzip(&archive()));
    write("broken.json", &cut(json_cells().as_bytes()));
    write("broken_keys.json", &cut(json_keys().as_bytes()));
    write(
        "broken_line.jsonl",
        format!("{}\n{{\"{EMAIL}\": {SSN}\n", json_cells()).as_bytes(),
    );
    write(
        "broken.csv",
        format!("{}\"{CARD},{EMAIL}\n{SSN}", csv()).as_bytes(),
    );
    write(
        "broken_bytes.csv",
        &[csv().as_bytes(), &[0xff, 0xfe, 0, 0x80], csv().as_bytes()].concat(),
    );
    write("broken.csv.gz", &cut(&gzip(csv().repeat(20).as_bytes())));
    let mut flipped = gzip(csv().repeat(20).as_bytes());
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    write("flipped.csv.gz", &flipped);
    write("broken.parquet", &cut(&parquet_names()));
    let mut bad_page = parquet_cells();
    bad_page[4..40].fill(0xff);
    write("bad_page.parquet", &bad_page);
    let mut bad_footer = parquet_names();
    let end = bad_footer.len();
    bad_footer[end - 60..end - 20].fill(0xff);
    write("bad_footer.parquet", &bad_footer);
    write("broken.tar", &archive()[..archive().len() / 3 + 100]);
}

/// The forms of the planted values that would give them away.
fn needles() -> Vec<String> {
    let mut needles = Vec::new();
    for value in PLANTED.iter().map(|(_, value)| *value).chain([SPLIT]) {
        let bare: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        // The check digits and the last groups alone are not the value; three quarters of it nearly are.
        let most = |text: &str| text.chars().take(text.len() * 3 / 4).collect::<String>();
        needles.extend([
            value.to_owned(),
            most(value),
            value.to_lowercase(),
            bare.clone(),
            most(&bare),
            bare.to_lowercase(),
            base64_of(value),
        ]);
    }
    // Shorter ones turn up by chance.
    needles.retain(|needle| needle.len() >= 8);
    needles.sort();
    needles.dedup();
    needles
}

/// Base64 without the last group, which depends on what follows.
fn base64_of(value: &str) -> String {
    use base64::Engine as _;
    let whole = &value.as_bytes()[..value.len() / 3 * 3];
    base64::engine::general_purpose::STANDARD.encode(whole)
}

fn assert_clean(what: &str, text: &str) {
    for needle in needles() {
        let shown = text.match_indices(&needle).map(|(at, _)| at);
        if let Some(at) = shown.into_iter().find(|at| !is_inside_number(text, *at, &needle)) {
            let from = text[..at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
            panic!("{what} shows {needle:?} after {:?}", &text[from..at]);
        }
    }
}

/// Digits in the middle of a longer number, such as a hash.
fn is_inside_number(text: &str, at: usize, needle: &str) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let number = needle.bytes().all(|byte| byte.is_ascii_digit());
    number && (digit(bytes.get(at.wrapping_sub(1))) || digit(bytes.get(at + needle.len())))
}

/// Every output, file and stream of one scan of `lake`.
fn everything(
    lake: &Path,
    log: &str,
    verbose: &str,
    key: Option<&Path>,
) -> (serde_json::Value, Vec<(String, String)>) {
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).display().to_string();
    let mut arguments = vec!["scan".to_owned(), lake.display().to_string()];
    for format in ["json", "jsonl", "html"] {
        arguments.extend(["-o".into(), format!("{format}={}", path(format))]);
    }
    let flags = [
        "-o",
        "table",
        "--detail",
        "objects",
        "--min-confidence",
        "low",
        "--fail-on",
        "low",
        "--log",
        log,
        verbose,
    ];
    arguments.extend(flags.map(str::to_owned));
    arguments.extend(["--profile-out".into(), path("profile")]);
    arguments.extend(["--facts-out".into(), path("facts")]);
    if let Some(key) = key {
        arguments.extend(["--key".into(), key.display().to_string()]);
    }
    let ran: Ran = run(&arguments);
    assert!(matches!(ran.code, Some(0 | 1 | 4)), "{ran:?}");
    let mut said = vec![
        ("stdout".to_owned(), ran.stdout),
        ("stderr".to_owned(), ran.stderr),
    ];
    for entry in std::fs::read_dir(out.path()).unwrap() {
        let entry = entry.unwrap();
        let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
        said.push((entry.file_name().to_string_lossy().into_owned(), text));
    }
    let json = &said.iter().find(|(name, _)| name == "json").unwrap().1;
    (serde_json::from_str(json).unwrap(), said)
}

#[test]
#[should_panic(expected = "the sample shows")]
fn the_search_for_planted_values_sees_one_without_its_separators() {
    assert_clean("the sample", "{\"cell\":\"4539578763621486\"}");
}

#[test]
fn planted_values_are_found_everywhere_and_shown_nowhere() {
    let lake = tempfile::tempdir().unwrap();
    plant(lake.path());
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), [7; 32]).unwrap();
    let runs = [("text", "-vvv", None), ("json", "-vv", Some(secret.path()))];
    for (log, verbose, key) in runs {
        let (report, said) = everything(lake.path(), log, verbose, key);
        for name in ["json", "jsonl", "html", "profile", "facts", "stdout"] {
            let (_, text) = said.iter().find(|(n, _)| n == name).unwrap();
            assert!(!text.is_empty(), "{name} was written");
        }
        crate::program::assert_balanced(&report);
        assert_found(&report, lake.path());
        for (name, text) in &said {
            assert_clean(name, text);
        }
        assert_eq!(
            key.is_some(),
            said.iter().any(|(_, text)| text.contains("fingerprints\":[\""))
        );
    }
}

/// Each classifier has findings by value and by name, and every file that can be read gave some.
fn assert_found(report: &serde_json::Value, lake: &Path) {
    let found = findings(report);
    for (id, _) in PLANTED {
        let of = |by_name: bool| {
            found
                .iter()
                .filter(|f| f["classifier"] == id && (f["basis"] == "name") == by_name)
                .count()
        };
        assert!(of(false) >= 5, "{id} by value: {}", of(false));
        assert!(of(true) >= 3, "{id} by name: {}", of(true));
    }
    // No file's name has parts that stand for many, so each is a table of its own.
    let tables = report["stores"][0]["tables"].as_array().unwrap();
    let seen = |name: &str| {
        let is_own = |template: &str| template.split('!').next() == Some(name);
        let own = tables
            .iter()
            .filter(|table| is_own(table["template"].as_str().unwrap()));
        own.flat_map(|table| table["columns"].as_array().unwrap())
            .any(|column| !column["findings"].as_array().unwrap().is_empty())
    };
    for entry in std::fs::read_dir(lake).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        // Without a whole footer nothing in a Parquet file can be told apart.
        if !["broken.parquet", "bad_footer.parquet"].contains(&name.as_str()) {
            assert!(seen(&name), "nothing was found in {name}");
        }
    }
}
