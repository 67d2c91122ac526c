//! Credentials found in the data are joined to the stores that they open, and appear nowhere themselves.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// A signature that could never be live: it is no HMAC of anything.
const SIGNATURE: &str = "Lk3wRdnQ0c7u5bVxT2m9aZ8eQ4Lk3wRdnQ0c7u5bxT";
/// Ditto, as Amazon's signatures look.
const DIGEST: &str = "18f7ffd2e6008e29b2e6496eda0f1a4e3a4da8e34c940e54f1964db2c2b30cc1";

fn notebook() -> String {
    let container = format!(
        "https://harbourlake.blob.core.windows.net/export/a.csv?sp=rl&st=2026-01-01T00:00:00Z&se=2051-01-01T00:00:00Z\
         &sv=2024-11-04&sr=c&sig={SIGNATURE}%3D"
    );
    let over = format!(
        "https://harbourlake.blob.core.windows.net/export/b.csv?sp=r&st=2020-01-01T00:00:00Z&se=2020-02-01T00:00:00Z\
         &sv=2019-12-12&sr=b&sig={SIGNATURE}%3D"
    );
    let address = format!(
        "https://harbour-lake.s3.eu-west-1.amazonaws.com/part-0001.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAEACHEEIZSDDIH73R%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z\
         &X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature={DIGEST}"
    );
    let cell = |text: &str| json!({ "cell_type": "code", "source": [text] });
    json!({ "cells": [
        cell(&format!("df = read_csv('{container}')")), cell(&format!("old = '{over}'")), cell(&address),
    ] })
    .to_string()
}

/// A private bucket with a notebook, and two more private stores that credentials in it open.
fn lake(folder: &Path) {
    let data = folder.join("lake");
    for (name, text) in [
        ("notes/notebook.json", notebook()),
        ("export/a.csv", "a\n1\n".into()),
        ("parts/p.csv", "a\n1\n".into()),
    ] {
        let path = data.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let private = json!({ "object_ownership": "BucketOwnerEnforced", "acl": null, "policy": null });
    let container =
        json!({ "account": { "allowBlobPublicAccess": false }, "container": { "publicAccess": null } });
    let facts = json!({ "schema": "lakewarden.facts/1", "stores": [
        { "uri": "s3://notes", "path": "lake/notes", "settings": private },
        { "uri": "s3://harbour-lake", "path": "lake/parts", "settings": private },
        { "uri": "az://harbourlake/export", "path": "lake/export", "settings": container },
    ] });
    fs::write(folder.join("facts.json"), facts.to_string()).unwrap();
}

#[test]
fn a_private_store_shows_the_doors_that_lie_elsewhere_and_no_output_shows_the_credential() {
    let folder = tempfile::tempdir().unwrap();
    lake(folder.path());
    let done = Command::new(env!("CARGO_BIN_EXE_lakewarden"))
        .current_dir(folder.path())
        .args([
            "scan",
            "lake",
            "--facts",
            "facts.json",
            "-vvv",
            "-o",
            "table=out.txt",
            "-o",
            "json=out.json",
        ])
        .args([
            "-o",
            "jsonl=out.jsonl",
            "-o",
            "html=out.html",
            "--profile-out",
            "out.profile",
            "--detail",
            "objects",
        ])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    let store = |uri: &str| {
        let stores = report["stores"].as_array().unwrap();
        stores.iter().find(|s| s["uri"] == uri).unwrap().clone()
    };

    let container = store("az://harbourlake/export");
    assert_eq!(container["exposure"]["verdict"], "private");
    let doors = container["doors"].as_array().unwrap();
    assert_eq!(doors.len(), 2, "{doors:#?}");
    let door = doors.iter().find(|d| d["valid"] == true).unwrap();
    assert_eq!(door["kind"], "shared_access_signature");
    assert_eq!(door["permissions"], json!(["read", "list"]));
    assert_eq!(door["until"], "2051-01-01T00:00:00Z");
    assert_eq!(
        (&door["found_in"], &door["at"]["object"]),
        (&json!("s3://notes"), &json!("notebook.json"))
    );
    let reasons = container["exposure"]["reasons"].to_string();
    assert!(
        reasons.contains("shared access signature (read, list), valid until 2051-01-01T00:00:00Z"),
        "{reasons}"
    );
    assert!(
        container["exposure"]["remedies"]
            .to_string()
            .contains("rotate the account key")
    );

    let bucket = store("s3://harbour-lake");
    assert_eq!(bucket["doors"][0]["kind"], "presigned_url");
    assert_eq!(bucket["doors"][0]["until"], "2026-01-08T00:00:00Z");
    assert!(store("s3://notes").get("doors").is_none());

    let outputs = ["out.txt", "out.json", "out.jsonl", "out.html", "out.profile"];
    let mut texts: Vec<_> = outputs
        .iter()
        .map(|name| fs::read_to_string(folder.path().join(name)).unwrap())
        .collect();
    texts.push(String::from_utf8_lossy(&done.stderr).into_owned());
    texts.push(String::from_utf8_lossy(&done.stdout).into_owned());
    for text in texts {
        for secret in [SIGNATURE, DIGEST, "AKIAEACHEEIZSDDIH73R"] {
            assert!(!text.contains(secret));
        }
    }
}
