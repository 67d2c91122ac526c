//! The program as its users run it: arguments in; exit code, streams and files out.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, with nothing of the caller's settings or credentials.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lakewarden"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    let output = program().args(arguments).output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Scans `location` with further arguments; gives the JSON report, which must balance, and the exit code.
pub(crate) fn scan(location: &Path, more: &[&str]) -> (Value, Ran) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let output = format!("json={}", path.display());
    let mut arguments = vec!["scan", location.to_str().unwrap(), "-o", &output];
    arguments.extend(more);
    let ran = run(arguments);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no report: {ran:?}"));
    let report = serde_json::from_str(&text).unwrap();
    assert_balanced(&report);
    (report, ran)
}

/// Coverage adds up, in every store and over all of them.
pub(crate) fn assert_balanced(report: &Value) {
    let mut stores = (0, 0);
    for store in report["stores"].as_array().unwrap() {
        assert_adds_up(&store["coverage"], &store["uri"]);
        let listed = amount(&store["coverage"]["listed"]);
        stores = (stores.0 + listed.0, stores.1 + listed.1);
    }
    assert_adds_up(&report["coverage"], &Value::from("the whole"));
    assert_eq!(
        stores,
        amount(&report["coverage"]["listed"]),
        "stores against the whole"
    );
}

fn assert_adds_up(coverage: &Value, of: &Value) {
    let plain = [
        "read",
        "partly_read",
        "sampled_out",
        "unchanged",
        "filtered",
        "archived",
    ];
    let known = [&plain[..], &["listing", "listed", "no_text", "skipped"]].concat();
    for bucket in coverage.as_object().unwrap().keys() {
        assert!(
            known.contains(&bucket.as_str()),
            "{bucket} is a bucket that this test does not add"
        );
    }
    let sums = ["no_text", "skipped"].into_iter().flat_map(|name| {
        coverage[name]
            .as_object()
            .into_iter()
            .flat_map(serde_json::Map::values)
    });
    let (objects, bytes) = plain
        .iter()
        .map(|name| &coverage[*name])
        .chain(sums)
        .map(amount)
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert_eq!((objects, bytes), amount(&coverage["listed"]), "coverage of {of}");
}

fn amount(value: &Value) -> (u64, u64) {
    let count = |name: &str| value[name].as_u64().unwrap_or(0);
    (count("objects"), count("bytes"))
}

/// The report's text without what differs between two runs of the same: id, times, engine.
pub(crate) fn timeless(text: &str) -> String {
    let report: Value = serde_json::from_str(text).unwrap();
    let run = &report["run"];
    let differing = [
        ("id", &run["id"]),
        ("started_at", &run["started_at"]),
        ("finished_at", &run["finished_at"]),
        ("backend", &report["tool"]["backend"]),
    ];
    let mut text = text.to_owned();
    for (name, value) in differing {
        let field = |value: &str| format!("\"{name}\":\"{value}\"");
        let spaced = |value: &str| format!("\"{name}\": \"{value}\"");
        let value = value.as_str().unwrap();
        assert!(text.contains(&field(value)) || text.contains(&spaced(value)));
        text = text
            .replacen(&field(value), &field(""), 1)
            .replacen(&spaced(value), &field(""), 1);
    }
    text
}

/// Every finding of a report.
pub(crate) fn findings(report: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    for store in report["stores"].as_array().unwrap() {
        for table in store["tables"].as_array().into_iter().flatten() {
            for column in table["columns"].as_array().into_iter().flatten() {
                all.extend(column["findings"].as_array().into_iter().flatten());
            }
        }
    }
    all
}

/// What was skipped or read in part: key, member, reason; sorted.
pub(crate) fn skips(report: &Value) -> Vec<(String, Option<String>, String)> {
    let mut skips: Vec<_> = report["skips"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skip| {
            let text = |name: &str| skip[name].as_str().map(str::to_owned);
            (text("key").unwrap(), text("member"), text("reason").unwrap())
        })
        .collect();
    skips.sort();
    skips
}
