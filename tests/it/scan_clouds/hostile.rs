//! Keys that break careless readers are read and reported as themselves.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Eyes, amount, azure_eyes, emails, gcs_eyes, s3_owner, scan, table_emails, text_emails};
use crate::servers::{self, Bucket, Cloud};

/// Scans a bucket of hostile keys: every key that was stored is read, under its own name, with its own content.
fn hostile_keys_are_read_as_themselves(eyes: &Eyes, bucket: &Bucket) {
    let stored: BTreeMap<&str, (u64, u64)> = bucket.made["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| {
            let number = |name: &str| object[name].as_u64().unwrap();
            (
                object["key"].as_str().unwrap(),
                (number("size"), number("addresses")),
            )
        })
        .collect();
    let uri = bucket.to_string();
    // The addresses are of a reserved domain, which is evidence against them.
    let scanned = scan(eyes, &[&uri], &["--detail", "objects", "--min-confidence", "low"]);
    assert_eq!(scanned.code, Some(0));
    let store = scanned.store(&uri);
    let bytes = stored.values().map(|(size, _)| size).sum();
    assert_eq!(amount(&store["coverage"]["listed"]), (stored.len() as u64, bytes));
    assert_eq!(
        store["coverage"]["read"],
        store["coverage"]["listed"],
        "{:#?}",
        scanned.skips(&uri)
    );
    let objects = store["objects"].as_array().unwrap();
    let sizes: BTreeMap<&str, u64> = objects
        .iter()
        .map(|o| (o["key"].as_str().unwrap(), o["size"].as_u64().unwrap()))
        .collect();
    let expected: BTreeMap<&str, u64> = stored.iter().map(|(key, (size, _))| (*key, *size)).collect();
    assert_eq!(sizes, expected);
    for table in store["tables"].as_array().unwrap() {
        table_is_of_its_object(table, objects, &stored);
    }
    let all: u64 = stored.values().map(|(_, addresses)| addresses).sum();
    assert_eq!(emails(store), all);
}

/// A table's addresses are those of its one object: as many, all different, and where they were put.
fn table_is_of_its_object(table: &Value, objects: &[Value], stored: &BTreeMap<&str, (u64, u64)>) {
    let keys: Vec<&str> = objects
        .iter()
        .filter(|object| object["table"] == table["id"])
        .map(|object| object["key"].as_str().unwrap())
        .collect();
    let [key] = keys[..] else {
        panic!("each of these keys is a table of its own: {keys:?}")
    };
    let addresses = stored[key].1;
    assert_eq!(table_emails(table), addresses, "{key:?}");
    for finding in text_emails(table) {
        assert_eq!(finding["distinct_estimate"], addresses, "{key:?}");
        for place in finding["locations"].as_array().unwrap() {
            assert_eq!(place["object"], key);
            // The first line names the key; one address a line follows.
            let line = place["line"].as_u64().unwrap();
            assert!((2..=addresses + 1).contains(&line), "{key:?} has no line {line}");
        }
    }
}

#[test]
fn hostile_keys_on_s3_are_scanned_whole() {
    let Some(server) = servers::s3() else { return };
    let bucket = Bucket::seed(Cloud::S3, "s3-hostile", &[]);
    hostile_keys_are_read_as_themselves(&s3_owner(&server), &bucket);
}

#[test]
fn hostile_keys_that_google_admits_are_scanned_whole() {
    let Some(server) = servers::gcs() else { return };
    let bucket = Bucket::seed(Cloud::Gcs, "gcs-hostile", &[]);
    hostile_keys_are_read_as_themselves(&gcs_eyes(&server, &server.owner_token), &bucket);
}

#[test]
fn hostile_keys_that_azure_admits_are_scanned_whole() {
    let Some(server) = servers::azure() else { return };
    let bucket = Bucket::seed(Cloud::Azure, "azure-hostile", &[]);
    hostile_keys_are_read_as_themselves(&azure_eyes(&server), &bucket);
}
