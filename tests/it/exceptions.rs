//! `exceptions.toml`: what a user has ruled out is left out, no more than that, and the report says so.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Ran, findings, run, scan};

const MAIL: &str = "avalise.testerson@fernmail-invented.net";
const OTHER: &str = "bertrand.sample@fernmail-invented.net";
const TOKEN: &str = "AKIAEACHEEIZSDDIH73R";

/// A lake of two folders with the same file, and a folder with the exceptions.
fn lake(exceptions: &str) -> (TempDir, TempDir) {
    let (lake, rules) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in ["fixtures", "live"] {
        let folder = lake.path().join(folder);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("a.txt"), format!("write to {MAIL}\nkey {TOKEN}\n")).unwrap();
    }
    std::fs::write(rules.path().join("exceptions.toml"), exceptions).unwrap();
    (lake, rules)
}

fn scanned(lake: &Path, rules: &Path, more: &[&str]) -> (Value, Ran) {
    let rules = rules.to_str().unwrap();
    scan(
        lake,
        &[&["--detail", "objects", "--classifiers", rules], more].concat(),
    )
}

/// The classifiers of the findings, one for each object that holds one.
fn found(report: &Value) -> Vec<&str> {
    let mut found: Vec<_> = findings(report)
        .into_iter()
        .map(|finding| finding["classifier"].as_str().unwrap())
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn a_suppressed_path_is_left_out_and_said() {
    let (lake, rules) = lake(
        "[[suppress]]\nreason = \"made by our own generator\"\npath = \"**/fixtures/**\"\n\
         classifiers = [\"contact\"]\nuntil = \"2999-12-31\"\n",
    );
    let (report, _) = scanned(lake.path(), rules.path(), &[]);
    assert_eq!(found(&report), ["aws_access_key", "aws_access_key", "email"]);
    let command = report["run"]["argv_redacted"].as_array().unwrap();
    let said = "findings at **/fixtures/** are left out until 2999-12-31: made by our own generator";
    assert_eq!(command.last().unwrap(), said);
}

#[test]
fn a_suppression_that_has_run_out_counts_for_nothing() {
    let (lake, rules) = lake(
        "[[suppress]]\nreason = \"until the move\"\npath = \"**/fixtures/**\"\nuntil = \"2020-01-31\"\n",
    );
    let (report, ran) = scanned(lake.path(), rules.path(), &[]);
    assert_eq!(
        found(&report),
        ["aws_access_key", "aws_access_key", "email", "email"]
    );
    assert!(ran.stderr.contains("until the move"), "{}", ran.stderr);
    assert!(!report["run"].to_string().contains("until the move"));
}

#[test]
fn allowed_values_are_no_findings_by_hash_or_by_pattern() {
    use sha2::Digest;
    let hash: String = sha2::Sha256::digest(MAIL)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let rules = [
        format!("sha256 = [\"{hash}\"]"),
        "patterns = ['avalise\\.[a-z]+@fernmail-invented\\.net']".to_owned(),
    ];
    for rule in rules {
        let (lake, rules) = lake(&format!(
            "[[allow]]\nreason = \"our test account\"\nclassifiers = [\"email\"]\n{rule}\n"
        ));
        std::fs::write(lake.path().join("b.txt"), format!("write to {OTHER}\n")).unwrap();
        let (report, _) = scanned(lake.path(), rules.path(), &[]);
        assert_eq!(found(&report), ["aws_access_key", "aws_access_key", "email"]);
    }
}

#[test]
fn an_exception_may_name_a_classifier_that_this_run_leaves_out() {
    let (lake, rules) = lake(
        "[[allow]]\nreason = \"the switchboard\"\nclassifiers = [\"phone\"]\npatterns = ['\\+44.*']\n\
         [[suppress]]\nreason = \"numbers\"\npath = \"**\"\nclassifiers = [\"phone\"]\nuntil = \"2999-12-31\"\n",
    );
    let (report, _) = scanned(lake.path(), rules.path(), &["--enable", "email"]);
    assert_eq!(found(&report), ["email", "email"]);
}

#[test]
fn a_mistyped_name_is_refused_with_the_likeliest() {
    for kind in [
        "allow]]\npatterns = ['a']",
        "suppress]]\npath = \"**\"\nuntil = \"2999-12-31\"",
    ] {
        let (lake, rules) = lake(&format!(
            "[[{kind}\nreason = \"ours\"\nclassifiers = [\"emial\"]\n"
        ));
        let arguments = [lake.path(), "--classifiers".as_ref(), rules.path()];
        let ran = run([&["scan".as_ref()], &arguments[..]].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let expected = "(ours): \"emial\" is neither a classifier nor a category; did you mean \"email\"?";
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}
