//! What is refused is named, and costs no more than itself.

use serde_json::{Value, json};

use super::{Eyes, NOTE, Scanned, amount, emails, gcs_eyes, note_bucket, s3_other, scan};
use crate::servers::{self, Bucket, Cloud};

/// What a store's exposure says is missing.
fn missing(exposure: &Value) -> Vec<&str> {
    let missing = exposure["undecided"]["missing"].as_array();
    missing.map_or(Vec::new(), |names| {
        names.iter().map(|name| name.as_str().unwrap()).collect()
    })
}

/// The settings were refused and the object was read all the same.
fn unknown_but_read(scanned: &Scanned, bucket: &Bucket, permissions: &[&str]) {
    let store = scanned.store(&bucket.to_string());
    let exposure = &store["exposure"];
    assert_eq!(scanned.code, Some(0));
    assert_eq!(exposure["verdict"], "unknown", "{exposure:#}");
    for permission in permissions {
        assert!(missing(exposure).contains(permission), "{exposure:#}");
    }
    assert!(exposure["remedies"].to_string().contains(permissions[0]));
    assert_eq!(amount(&store["coverage"]["read"]).0, 1);
    assert_eq!(emails(store), 1);
}

#[test]
fn s3_settings_that_are_refused_are_unknown_and_the_objects_are_read() {
    let Some(server) = servers::s3() else { return };
    let grants = [
        "--acl",
        "authenticated-read",
        "--object-acl",
        "note.txt=authenticated-read",
    ];
    let bucket = note_bucket(Cloud::S3, "s3-bucket", &grants);
    let scanned = scan(&s3_other(&server), &[&bucket.to_string()], &[]);
    let wanted = ["s3:GetBucketPolicy", "s3:GetBucketAcl"];
    unknown_but_read(&scanned, &bucket, &wanted);
}

#[test]
fn gcs_settings_that_are_refused_are_unknown_and_the_objects_are_read() {
    let Some(server) = servers::gcs() else { return };
    let grant = ["--iam", "objectViewer=allAuthenticatedUsers"];
    let bucket = note_bucket(Cloud::Gcs, "gcs-bucket", &grant);
    let eyes = gcs_eyes(&server, &server.user_token);
    let scanned = scan(&eyes, &[&bucket.to_string()], &[]);
    unknown_but_read(&scanned, &bucket, &["storage.buckets.getIamPolicy"]);
}

#[test]
fn azure_settings_that_are_refused_are_unknown_and_the_objects_are_read() {
    let Some(server) = servers::azure() else { return };
    let bucket = note_bucket(Cloud::Azure, "azure-container", &[]);
    // It lists and reads blobs of the container; no such signature reads its settings.
    let given = servers::seed(["azure-sas", &bucket.name]);
    let eyes = Eyes::new(
        &server.endpoint,
        &[("AZURE_STORAGE_SAS_TOKEN", given["sas"].as_str().unwrap())],
    );
    let scanned = scan(&eyes, &[&bucket.to_string()], &[]);
    let permission = "Microsoft.Storage/storageAccounts/blobServices/containers/read";
    unknown_but_read(&scanned, &bucket, &[permission]);
}

#[test]
fn a_known_grant_counts_although_the_policy_is_refused() {
    let Some(server) = servers::s3() else { return };
    // Anyone may read the ACL, which says that anyone may list; nobody else may read the policy.
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::*" }] });
    let grants = ["--acl", "public-read", "--policy", &policy.to_string()];
    let bucket = note_bucket(Cloud::S3, "s3-bucket", &grants);
    let scanned = scan(&s3_other(&server), &[&bucket.to_string()], &[]);
    let exposure = scanned.exposure(&bucket);
    assert_eq!(exposure["verdict"], "public_keys", "{exposure:#}");
    assert!(missing(exposure).contains(&"s3:GetBucketPolicy"), "{exposure:#}");
    let coverage = &scanned.store(&bucket.to_string())["coverage"];
    let refused = amount(&coverage["skipped"]["access_denied"]);
    assert_eq!(refused, (1, NOTE.len() as u64), "{coverage:#}");
}

#[test]
fn a_probe_finds_what_refused_settings_hide() {
    let Some(server) = servers::s3() else { return };
    let grants = ["--acl", "public-read", "--object-acl", "note.txt=public-read"];
    let open = note_bucket(Cloud::S3, "s3-bucket", &grants);
    let uri = open.to_string();
    let scanned = scan(&s3_other(&server), &[&uri], &["--probe", "--detail", "objects"]);
    let store = scanned.store(&uri);
    let object = &store["objects"][0];
    assert_eq!(object["exposure"], Value::Null, "it is as open as its store");
    assert_eq!(object["risk"]["level"], store["risk"]["level"]);
    let exposure = scanned.exposure(&open);
    assert_eq!(exposure["verdict"], "public_list", "{exposure:#}");
    assert_eq!(exposure["confirmed"], true);
    assert!(missing(exposure).contains(&"s3:GetBucketPolicy"), "{exposure:#}");
}

/// A bucket that may not be listed gives nothing: exit code 3, and the other one is scanned all the same.
fn refused_beside_readable(eyes: &Eyes, refused: &Bucket, readable: &Bucket, permission: &str) {
    let (refused, readable) = (refused.to_string(), readable.to_string());
    let alone = scan(eyes, &[&refused], &[]);
    assert_eq!(alone.code, Some(3));
    let both = scan(eyes, &[&refused, &readable], &[]);
    assert_eq!(both.code, Some(3), "a named location gave nothing at all");
    for scanned in [&alone, &both] {
        let said = scanned
            .said
            .lines()
            .any(|line| line.contains(permission) && line.contains(&refused));
        assert!(said, "{}", scanned.said);
        let store = scanned.store(&refused);
        assert_eq!(store["coverage"]["listing"], "refused");
        assert_eq!(amount(&store["coverage"]["listed"]), (0, 0));
        assert_eq!(store["exposure"]["verdict"], "unknown");
    }
    let store = both.store(&readable);
    assert_eq!(store["coverage"]["listing"], "complete");
    assert_eq!(emails(store), 1);
}

#[test]
fn an_s3_bucket_that_may_not_be_listed_gives_nothing_and_stops_nothing() {
    let Some(server) = servers::s3() else { return };
    let private = note_bucket(Cloud::S3, "s3-bucket", &[]);
    let grants = ["--acl", "public-read", "--object-acl", "note.txt=public-read"];
    let open = note_bucket(Cloud::S3, "s3-bucket", &grants);
    refused_beside_readable(&s3_other(&server), &private, &open, "s3:ListBucket");
}

#[test]
fn a_gcs_bucket_that_may_not_be_listed_gives_nothing_and_stops_nothing() {
    let Some(server) = servers::gcs() else { return };
    let private = note_bucket(Cloud::Gcs, "gcs-bucket", &[]);
    let open = note_bucket(Cloud::Gcs, "gcs-bucket", &["--iam", "objectViewer=allUsers"]);
    let eyes = gcs_eyes(&server, &server.user_token);
    refused_beside_readable(&eyes, &private, &open, "storage.objects.list");
}

#[test]
fn an_azure_container_that_may_not_be_listed_gives_nothing_and_stops_nothing() {
    let Some(server) = servers::azure() else { return };
    let private = note_bucket(Cloud::Azure, "azure-container", &[]);
    let open = note_bucket(Cloud::Azure, "azure-container", &["--public", "container"]);
    let mut eyes = Eyes::new(&server.endpoint, &[]);
    eyes.options.push("--anonymous".to_owned());
    let permission = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
    refused_beside_readable(&eyes, &private, &open, permission);
}

#[test]
fn without_credentials_nothing_is_asked_and_the_way_out_is_named() {
    let Some(server) = servers::s3() else { return };
    let bucket = note_bucket(Cloud::S3, "s3-bucket", &["--acl", "public-read"]);
    let uri = bucket.to_string();
    let nobody = Eyes::new(&server.endpoint, &[("AWS_REGION", &server.region)]);
    let scanned = scan(&nobody, &[&uri], &[]);
    assert_eq!(scanned.code, Some(3));
    assert!(scanned.said.contains("--anonymous"), "{}", scanned.said);
    // As a stranger on purpose, what strangers get is read: the keys.
    let stranger = scan(&nobody, &[&uri], &["--anonymous"]);
    assert_eq!(stranger.code, Some(0), "{}", stranger.said);
    let coverage = &stranger.store(&uri)["coverage"];
    assert_eq!(amount(&coverage["skipped"]["access_denied"]).0, 1, "{coverage:#}");
}
