//! Whole scans of the real servers: the findings are those of the same files in a folder, the verdicts are what a
//! stranger gets, and what is refused or odd costs no more than itself.
//!
//! Every scan runs in a process of its own, with its credentials in the variables of each cloud's usual chain.

use std::process::Command;

use serde_json::Value;

use crate::servers::{self, Bucket, Cloud};

mod hostile;
mod lake;
mod matrix;
mod refusals;
mod verdicts;

/// Whose eyes a scan looks through.
#[derive(Clone, Default)]
struct Eyes {
    variables: Vec<(&'static str, String)>,
    options: Vec<String>,
}

impl Eyes {
    fn new(endpoint: &str, variables: &[(&'static str, &str)]) -> Self {
        let owned = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            variables: owned.collect(),
            options: vec!["--endpoint".to_owned(), endpoint.to_owned()],
        }
    }
}

fn s3_eyes(server: &servers::S3, key: &str, secret: &str) -> Eyes {
    let variables = [
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", &server.region),
    ];
    Eyes::new(&server.endpoint, &variables)
}

fn s3_owner(server: &servers::S3) -> Eyes {
    s3_eyes(server, &server.key, &server.secret)
}

fn s3_other(server: &servers::S3) -> Eyes {
    s3_eyes(server, &server.other_key, &server.other_secret)
}

fn gcs_eyes(server: &servers::Gcs, token: &str) -> Eyes {
    Eyes::new(&server.endpoint, &[("CLOUDSDK_AUTH_ACCESS_TOKEN", token)])
}

fn azure_eyes(server: &servers::Azure) -> Eyes {
    Eyes::new(&server.endpoint, &[("AZURE_STORAGE_KEY", &server.key)])
}

/// How a scan ended and what it reported.
struct Scanned {
    code: Option<i32>,
    said: String,
    report: Value,
}

impl Scanned {
    /// The store with this uri.
    fn store(&self, uri: &str) -> &Value {
        let stores = self.report["stores"].as_array().unwrap();
        stores
            .iter()
            .find(|store| store["uri"] == uri)
            .unwrap_or_else(|| panic!("{uri} is not in the report"))
    }

    fn exposure(&self, bucket: &Bucket) -> &Value {
        &self.store(&bucket.to_string())["exposure"]
    }

    /// The verdict on a bucket.
    fn verdict(&self, bucket: &Bucket) -> &str {
        self.exposure(bucket)["verdict"].as_str().unwrap()
    }

    /// What the report says was skipped in a store.
    fn skips(&self, uri: &str) -> Vec<&Value> {
        let skips = self.report["skips"].as_array().unwrap();
        skips.iter().filter(|skip| skip["uri"] == uri).collect()
    }
}

/// Scans and gives the report, whose coverage must add up.
fn scan(eyes: &Eyes, locations: &[&str], options: &[&str]) -> Scanned {
    run("scan", eyes, locations, options)
}

/// Runs a command that writes a report.
fn run(command: &str, eyes: &Eyes, locations: &[&str], options: &[&str]) -> Scanned {
    let folder = tempfile::tempdir().unwrap();
    let (key, report) = (folder.path().join("key"), folder.path().join("report.json"));
    std::fs::write(&key, "the same key for every scan here").unwrap();
    let output = format!("json={}", report.display());
    let hashes = ["--key", key.to_str().unwrap()];
    let hashes = if command == "scan" { &hashes[..] } else { &[] };
    let done = Command::new(env!("CARGO_BIN_EXE_lakewarden"))
        .arg(command)
        .args(locations)
        .args(&eyes.options)
        .args(hashes)
        .args(["-o", &output])
        .args(options)
        .env_clear()
        .env("HOME", folder.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(eyes.variables.iter().cloned())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let written = std::fs::read(&report).unwrap_or_else(|_| panic!("no report was written: {said}"));
    let report: Value = serde_json::from_slice(&written).unwrap();
    balances(&report);
    Scanned {
        code: done.status.code(),
        said,
        report,
    }
}

/// (objects, bytes) of an amount.
fn amount(value: &Value) -> (u64, u64) {
    let number = |name: &str| value[name].as_u64().unwrap();
    (number("objects"), number("bytes"))
}

fn sum(amounts: impl Iterator<Item = (u64, u64)>) -> (u64, u64) {
    amounts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// Every listed object is in exactly one bucket of the coverage, per store; and the whole is the sum of its stores.
fn balances(report: &Value) {
    let stores = report["stores"].as_array().unwrap();
    let all = stores.iter().map(|store| &store["coverage"]);
    for coverage in all.clone().chain([&report["coverage"]]) {
        let plain = [
            "read",
            "partly_read",
            "sampled_out",
            "unchanged",
            "filtered",
            "archived",
        ];
        let reasons = ["no_text", "skipped"];
        let parts = plain.iter().map(|name| amount(&coverage[name]));
        let by_reason = reasons
            .iter()
            .flat_map(|name| coverage[name].as_object().unwrap().values());
        let accounted = sum(parts.chain(by_reason.map(amount)));
        assert_eq!(accounted, amount(&coverage["listed"]), "{coverage:#}");
    }
    let listed = sum(all.map(|coverage| amount(&coverage["listed"])));
    assert_eq!(listed, amount(&report["coverage"]["listed"]));
}

/// The file in each bucket here. Its address is of a made-up organisation outside the reserved domains.
const NOTE: &str = "please write to zephira.nonesuch@harbour-example-mail.com\n";

fn note_bucket(cloud: Cloud, command: &str, options: &[&str]) -> Bucket {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), NOTE).unwrap();
    let path = folder.path().to_str().unwrap();
    Bucket::seed(cloud, command, &[&["--dir", path], options].concat())
}

/// How many addresses were found in a store.
fn emails(store: &Value) -> u64 {
    let tables = store["tables"].as_array().unwrap();
    tables.iter().map(table_emails).sum()
}

/// The finding of addresses in a table's texts.
fn text_emails(table: &Value) -> impl Iterator<Item = &Value> {
    let columns = table["columns"].as_array().unwrap();
    let texts = columns.iter().filter(|column| column["path"] == "$text");
    let findings = texts.flat_map(|column| column["findings"].as_array().unwrap());
    findings.filter(|finding| finding["classifier"] == "email")
}

/// How many addresses were found in a table's texts.
fn table_emails(table: &Value) -> u64 {
    text_emails(table)
        .map(|finding| finding["count"].as_u64().unwrap())
        .sum()
}
