//! The demo lake has the same findings in clouds as in folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Eyes, Scanned, amount, azure_eyes, gcs_eyes, s3_owner, scan};
use crate::servers::{self, Bucket, Cloud};

fn lake() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lake")
}

/// The folders of the demo lake, each of which is one store.
fn lake_folders() -> Vec<String> {
    let entries = std::fs::read_dir(lake()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What a report says of a store's content: nothing that tells where the store is or who can reach it.
fn content(scanned: &Scanned, uri: &str) -> Value {
    let store = scanned.store(uri);
    let mut content = json!({ "skips": scanned.skips(uri) });
    for part in [
        "tables",
        "objects",
        "coverage",
        "clean",
        "sensitivity",
        "subjects",
    ] {
        content[part] = store[part].clone();
    }
    forget_place(&mut content);
    content
}

/// Removes what depends on the place, and the order that comes of it.
fn forget_place(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["id", "uri", "risk", "exposure", "version", "etag", "table"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(forget_place);
        }
        Value::Array(items) => {
            items.iter_mut().for_each(forget_place);
            items.sort_by_cached_key(Value::to_string);
        }
        _ => {}
    }
}

/// The content of every store of the demo lake, scanned as folders; once for all tests.
static LOCAL: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let paths: BTreeMap<String, String> = lake_folders()
        .into_iter()
        .map(|name| (name.clone(), format!("{}/{name}", lake().display())))
        .collect();
    let locations: Vec<&str> = paths.values().map(String::as_str).collect();
    let scanned = scan(&Eyes::default(), &locations, DEEP);
    assert_eq!(scanned.code, Some(0));
    let stores = scanned.report["stores"].as_array().unwrap();
    let levels = stores.iter().map(|store| &store["sensitivity"]["level"]);
    assert!(
        levels.filter(|level| *level == "critical").count() > 1,
        "there is much to find"
    );
    paths
        .iter()
        .map(|(name, path)| (name.clone(), content(&scanned, &format!("file://{path}"))))
        .collect()
});

/// A report with objects in it.
const DEEP: &[&str] = &["--detail", "objects"];

/// Uploads the demo lake, scans it, and compares it with the folders.
fn finds_the_same(cloud: Cloud, command: &str, eyes: &Eyes) {
    let buckets: BTreeMap<String, Bucket> = lake_folders()
        .into_iter()
        .map(|name| {
            let folder = lake().join(&name);
            let bucket = Bucket::seed(cloud, command, &["--dir", folder.to_str().unwrap()]);
            (name, bucket)
        })
        .collect();
    let uris: Vec<String> = buckets.values().map(Bucket::to_string).collect();
    let locations: Vec<&str> = uris.iter().map(String::as_str).collect();
    let scanned = scan(eyes, &locations, DEEP);
    assert_eq!(scanned.code, Some(0));
    for (name, bucket) in &buckets {
        let (here, there) = (&LOCAL[name], content(&scanned, &bucket.to_string()));
        assert!(amount(&here["coverage"]["read"]).0 > 0, "{name} holds something");
        for (part, here) in here.as_object().unwrap() {
            assert_eq!(*here, there[part], "{part} of {name}");
        }
    }
}

#[test]
fn the_demo_lake_on_s3_has_the_findings_of_its_folders() {
    let Some(server) = servers::s3() else { return };
    finds_the_same(Cloud::S3, "s3-bucket", &s3_owner(&server));
}

#[test]
fn the_demo_lake_on_gcs_has_the_findings_of_its_folders() {
    let Some(server) = servers::gcs() else { return };
    finds_the_same(Cloud::Gcs, "gcs-bucket", &gcs_eyes(&server, &server.owner_token));
}

#[test]
fn the_demo_lake_on_azure_has_the_findings_of_its_folders() {
    let Some(server) = servers::azure() else { return };
    finds_the_same(Cloud::Azure, "azure-container", &azure_eyes(&server));
}
