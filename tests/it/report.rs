//! Every output format on one hand-built report: golden files, and what must hold for any format.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use lakewarden::model::exposure::Verdict;
use lakewarden::model::report::{Detail, Report, Store, SummaryBuilder};
use lakewarden::report::{FORMATS, Format, Head, Options, Style, Tail};

use crate::{golden, sample};

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Pushes a report into a format.
pub(crate) fn write(format: &str, options: Options, report: &Report) -> String {
    let buffer = Buffer::default();
    let mut sink = Format::named(format)
        .unwrap()
        .open(Box::new(buffer.clone()), &options);
    sink.begin(&Head {
        tool: &report.tool,
        run: &report.run,
    })
    .unwrap();
    for store in &report.stores {
        sink.store(store).unwrap();
        store
            .objects
            .iter()
            .for_each(|object| sink.object(&store.uri, object).unwrap());
    }
    report.skips.iter().for_each(|skip| sink.skip(skip).unwrap());
    let Report {
        controls,
        coverage,
        decision,
        summary,
        ..
    } = report;
    sink.finish(&Tail {
        controls,
        coverage,
        decision: decision.as_ref(),
        summary,
    })
    .unwrap();
    let bytes = buffer.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// Options for one detail.
pub(crate) fn detailed(detail: Detail) -> Options {
    Options {
        detail,
        ..Options::default()
    }
}

fn styled(color: bool, width: u16) -> Options {
    Options {
        style: Style { color, width },
        ..Options::default()
    }
}

#[test]
fn formats_are_as_committed() {
    let report = sample::report();
    golden::check(
        "fixtures/report/sample.json",
        &write("json", detailed(Detail::Objects), &report),
    );
    golden::check(
        "fixtures/report/sample.stores.json",
        &write("json", detailed(Detail::Stores), &report),
    );
    golden::check(
        "fixtures/report/sample.jsonl",
        &write("jsonl", Options::default(), &report),
    );
    golden::check(
        "fixtures/report/sample.80.txt",
        &write("table", styled(false, 80), &report),
    );
    golden::check(
        "fixtures/report/sample.120.ansi",
        &write("table", styled(true, 120), &report),
    );
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in FORMATS {
        let make = || write(format.name, detailed(Detail::Objects), &sample::report());
        assert!(make() == make(), "{}", format.name);
    }
}

#[test]
fn json_reads_back_as_the_report_it_was_written_from() {
    let report = sample::report();
    let back: Report = serde_json::from_str(&write("json", detailed(Detail::Objects), &report)).unwrap();
    assert!(back == report);
    let shallow: Report = serde_json::from_str(&write("json", detailed(Detail::Stores), &report)).unwrap();
    assert!(
        shallow
            .stores
            .iter()
            .all(|s| s.tables.is_empty() && s.objects.is_empty())
    );
    let stores_of = |r: &Report| r.stores.iter().map(|s| s.uri.clone()).collect::<Vec<_>>();
    assert_eq!(stores_of(&shallow), stores_of(&report));
}

#[test]
fn json_lines_are_complete_and_each_says_what_it_is() {
    let report = sample::report();
    let text = write("jsonl", detailed(Detail::Stores), &report);
    let kinds: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["type"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let number = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    let tables = || report.stores.iter().flat_map(|s| &s.tables);
    assert_eq!(kinds.first().map(String::as_str), Some("run"));
    assert_eq!(kinds.last().map(String::as_str), Some("summary"));
    assert_eq!(number("store"), report.stores.len());
    assert_eq!(number("table"), tables().count());
    assert_eq!(
        number("finding"),
        tables()
            .flat_map(|t| &t.columns)
            .map(|c| c.findings.len())
            .sum::<usize>()
    );
    assert_eq!(
        number("object"),
        report.stores.iter().map(|s| s.objects.len()).sum::<usize>()
    );
    assert_eq!(
        (number("skip"), number("control"), number("coverage")),
        (report.skips.len(), 1, 1)
    );
}

#[test]
fn coverage_adds_up_in_every_store_and_in_all() {
    let report = sample::report();
    assert!(report.stores.iter().all(|s| s.coverage.balances()));
    assert!(report.coverage.balances());
}

#[test]
fn hostile_names_are_inert_on_a_terminal() {
    for width in [40, 80, 120] {
        let text = write("table", styled(false, width), &sample::report());
        assert!(
            !text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{width}"
        );
        let unbroken: String = text.split_whitespace().collect();
        assert!(unbroken.contains("\\u{1b}[31mred"));
    }
}

#[test]
fn terminal_lines_fit_the_width() {
    for width in [40u16, 60, 80, 100, 120] {
        let text = write("table", styled(false, width), &sample::report());
        for line in text.lines() {
            let chars = line.chars().count();
            assert!(chars <= usize::from(width), "{width}: {chars}: {line}");
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let colored = write("table", styled(true, 80), &sample::report());
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(
        trimmed(&plain),
        trimmed(&write("table", styled(false, 80), &sample::report()))
    );
}

/// An estate of `n` copies of the worst store.
pub(crate) fn estate(n: usize) -> Report {
    let mut report = sample::report();
    let worst = report
        .stores
        .iter()
        .find(|s| s.exposure.verdict == Verdict::PublicList)
        .unwrap()
        .clone();
    let copy = |i: usize| Store {
        uri: lakewarden::model::id::StoreUri::new(&format!("s3://copy-{i:06}")),
        ..worst.clone()
    };
    report.stores.extend((0..n).map(copy));
    report.stores.sort_by(|a, b| a.uri.cmp(&b.uri));
    let mut summary = SummaryBuilder::new();
    report.stores.iter().for_each(|store| summary.add(store));
    report.summary = summary.finish();
    report
}

#[test]
fn a_page_of_many_stores_stays_under_twenty_megabytes() {
    let page = write("html", detailed(Detail::Objects), &estate(6_000));
    assert!(page.len() < 20_000_000, "{}", page.len());
    assert!(page.contains("copy-005999"));
    assert!(page.contains("\"tables\":["));
}

#[test]
fn a_terminal_report_of_many_stores_stays_short() {
    let text = write("table", styled(false, 80), &estate(500));
    assert!(text.lines().count() < 400);
    assert!(text.contains("more; json and html have them all"));
}
