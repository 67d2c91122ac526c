//! What `permissions` prints is what the program can ask for, and every such right is written down in one place.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use lakewarden::exposure;
use lakewarden::model::id::Provider;
use lakewarden::source;
use serde_json::Value;

fn printed(cloud: &str, options: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_lakewarden"))
        .args(["permissions", cloud])
        .args(options)
        .output()
        .unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every text in a document that looks like a permission.
fn rights(document: &Value) -> BTreeSet<String> {
    let lists = match document {
        Value::Object(map) if map.contains_key("Statement") => map["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["Action"].clone())
            .collect(),
        map => ["includedPermissions", "Actions", "DataActions"]
            .map(|name| map[name].clone())
            .to_vec(),
    };
    let texts = lists.iter().filter_map(Value::as_array).flatten();
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn in_tables(provider: Provider) -> BTreeSet<String> {
    let tables = [
        exposure::calls(provider),
        source::listing_calls(provider),
        source::content_calls(provider),
    ];
    tables
        .concat()
        .iter()
        .map(|call| call.permission.to_owned())
        .collect()
}

#[test]
fn what_is_printed_is_what_the_tables_of_calls_hold() {
    for (cloud, provider) in [
        ("aws", Provider::Aws),
        ("gcp", Provider::Gcp),
        ("azure", Provider::Azure),
    ] {
        assert_eq!(rights(&printed(cloud, &[])), in_tables(provider), "{cloud}");
        let settings = rights(&printed(cloud, &["--settings-only"]));
        assert!(settings.is_subset(&in_tables(provider)) && settings.len() < in_tables(provider).len());
        let content = ["s3:GetObject", "kms:Decrypt", "storage.objects.get"];
        assert!(
            !settings
                .iter()
                .any(|right| content.contains(&right.as_str()) || right.contains("/blobs/"))
        );
    }
}

#[test]
fn aws_statements_are_split_so_that_each_part_can_be_taken_alone() {
    let whole = printed("aws", &[]);
    let statements = whole["Statement"].as_array().unwrap();
    let settings = statements
        .iter()
        .filter(|s| s["Sid"].as_str().unwrap().starts_with("Settings"));
    let alone = printed("aws", &["--settings-only"]);
    assert!(settings.eq(alone["Statement"].as_array().unwrap()));
}

/// Source files of the stages that make calls.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.join("source"), root.join("exposure")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or("").to_owned();
                files.push((path.display().to_string(), code));
            }
        }
    }
    files
}

/// Whether a file is nothing but tests, which name keys and actions of all kinds.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
    ["cases", "properties", "stub", "tests"].contains(&name)
}

/// The names of rights in a text: between quotes, in a cloud's own form.
fn named(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2).filter(|text| {
        let one_word = !text.contains([' ', '*', '{']);
        let aws = ["s3:", "kms:"].iter().any(|p| {
            text.strip_prefix(p)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        });
        let azure = text.starts_with("Microsoft.");
        let google = ["storage.", "iam.", "orgpolicy.", "resourcemanager."]
            .iter()
            .any(|p| text.starts_with(p));
        // Keys of conditions look like rights.
        let condition = text.starts_with("s3:DataAccessPoint");
        one_word
            && !condition
            && (aws || azure || (google && text.matches('.').count() == 2 && !text.ends_with('.')))
    })
}

#[test]
fn every_right_that_the_code_names_is_in_a_table() {
    let known: BTreeSet<String> = [Provider::Aws, Provider::Gcp, Provider::Azure]
        .into_iter()
        .flat_map(in_tables)
        .collect();
    let mut seen = 0;
    for (file, code) in sources() {
        for right in named(&code) {
            seen += 1;
            assert!(
                known.contains(right),
                "{file} names {right}, which no call is made with"
            );
        }
    }
    assert!(seen > 40, "the search finds rights at all: {seen}");
}

#[test]
fn a_call_to_a_cloud_is_made_with_an_entry_of_a_table() {
    // `Question::new` and the clients take an entry; what goes without one goes without a credential.
    for (file, code) in sources() {
        let signed = code.matches("Question::new(").count();
        let names: usize = code
            .split("Question::new(")
            .skip(1)
            .filter(|rest| {
                let first = rest.trim_start().split([',', ')']).next().unwrap_or("").trim();
                first == "call" || first.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            })
            .count();
        assert_eq!(signed, names, "{file}");
    }
}
