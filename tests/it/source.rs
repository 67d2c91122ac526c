//! Sources against the real servers: every hostile key is listed and read as itself, refusals name what is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use lakewarden::model::redact::Secret;
use lakewarden::source::{Entry, Fixed, Location, ObjectMeta, Options, Session, Source, SourceError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::servers::{self, Bucket, Cloud};

/// What a test body writes in place of a key: everything but unreserved characters is encoded.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn s3_options(server: &servers::S3, other: bool) -> Options {
    let (id, key) = match other {
        true => (&server.other_key, &server.other_secret),
        false => (&server.key, &server.secret),
    };
    Options {
        endpoint: Some(server.endpoint.clone()),
        region: Some(server.region.clone()),
        fixed: Some(Fixed::Aws {
            id: id.clone(),
            secret: secret(key),
            token: None,
        }),
        run: "it".to_owned(),
        ..Options::default()
    }
}

fn gcs_options(server: &servers::Gcs, token: &str) -> Options {
    Options {
        endpoint: Some(server.endpoint.clone()),
        project: Some(server.project.clone()),
        fixed: Some(Fixed::Google(secret(token))),
        run: "it".to_owned(),
        ..Options::default()
    }
}

fn azure_options(server: &servers::Azure) -> Options {
    Options {
        endpoint: Some(server.endpoint.clone()),
        fixed: Some(Fixed::AzureKey(secret(&server.key))),
        run: "it".to_owned(),
        ..Options::default()
    }
}

fn anonymous(options: Options) -> Options {
    Options {
        anonymous: true,
        fixed: None,
        ..options
    }
}

async fn open(bucket: &Bucket, options: Options) -> Arc<dyn Source> {
    let location = Location::parse(bucket.to_string()).unwrap();
    let source = Session::new(options).open(&location).await.unwrap();
    assert_eq!(source.uri().as_str(), bucket.to_string());
    source
}

async fn objects(source: &dyn Source, prefix: &[u8]) -> Vec<ObjectMeta> {
    let entries: Vec<_> = source.list(prefix).try_collect().await.unwrap();
    entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Object(object) => object,
            Entry::Unreadable { error, .. } => panic!("{error}"),
        })
        .collect()
}

/// The first line of what was stored under this key.
fn first_line(key: &[u8]) -> String {
    format!("stored under {}\n", percent_encode(key, QUOTED))
}

/// Lists the bucket and reads every object whole, in two ranges, and as a stream: each body is the one that was stored
/// under exactly that key.
async fn every_key_is_its_own(bucket: &Bucket, options: Options) {
    let wanted: BTreeMap<Vec<u8>, u64> = bucket.made["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| {
            let key = object["key"].as_str().unwrap().as_bytes().to_vec();
            (key, object["size"].as_u64().unwrap())
        })
        .collect();
    let source = open(bucket, options).await;
    let listed = objects(&*source, b"").await;
    let found: BTreeMap<Vec<u8>, u64> = listed
        .iter()
        .map(|object| (object.key.as_bytes().to_vec(), object.size))
        .collect();
    assert_eq!(found, wanted);
    for object in &listed {
        let line = first_line(object.key.as_bytes());
        let all: Vec<_> = source
            .stream(object, 0)
            .try_collect()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let all = all.concat();
        assert!(all.starts_with(line.as_bytes()), "{:?}", object.key);
        assert_eq!(all.len() as u64, object.size, "{:?}", object.key);
        let cut = line.len() as u64;
        let parts = source.read(object, &[cut..object.size, 0..cut]).await.unwrap();
        assert_eq!(parts[1], line.as_bytes(), "{:?}", object.key);
        assert_eq!(parts[0], all[line.len()..], "{:?}", object.key);
    }
}

#[tokio::test]
async fn every_hostile_key_on_s3_is_read_as_itself() {
    let Some(server) = servers::s3() else { return };
    let bucket = Bucket::seed(Cloud::S3, "s3-hostile", &[]);
    every_key_is_its_own(&bucket, s3_options(&server, false)).await;
}

#[tokio::test]
async fn every_hostile_key_that_google_admits_is_read_as_itself() {
    let Some(server) = servers::gcs() else { return };
    let bucket = Bucket::seed(Cloud::Gcs, "gcs-hostile", &[]);
    every_key_is_its_own(&bucket, gcs_options(&server, &server.owner_token)).await;
}

#[tokio::test]
async fn every_hostile_key_that_azure_admits_is_read_as_itself() {
    let Some(server) = servers::azure() else { return };
    let bucket = Bucket::seed(Cloud::Azure, "azure-hostile", &[]);
    every_key_is_its_own(&bucket, azure_options(&server)).await;
}

#[tokio::test]
async fn a_prefix_with_odd_characters_lists_its_keys_only() {
    let Some(server) = servers::s3() else { return };
    let bucket = Bucket::seed(Cloud::S3, "s3-hostile", &[]);
    let source = open(&bucket, s3_options(&server, false)).await;
    for (prefix, wanted) in [
        ("a//", vec!["a//b"]),
        ("x/..", vec!["x/../y"]),
        ("new\n", vec!["new\nline"]),
    ] {
        let found = objects(&*source, prefix.as_bytes()).await;
        let keys: Vec<_> = found.iter().map(|object| object.key.to_text()).collect();
        assert_eq!(keys, wanted);
    }
    assert_eq!(objects(&*source, b"dir").await.len(), 2);
}

/// The permission that listing or reading lacks.
async fn missing(source: &dyn Source, object: Option<&ObjectMeta>) -> String {
    let error = match object {
        None => source.list(b"").try_next().await.unwrap_err(),
        Some(object) => source
            .read(object, std::slice::from_ref(&(0..1)))
            .await
            .unwrap_err(),
    };
    error.missing().unwrap_or_else(|| panic!("{error}")).to_owned()
}

#[tokio::test]
async fn another_account_is_refused_by_name_of_the_permission() {
    let Some(server) = servers::s3() else { return };
    let bucket = Bucket::seed(Cloud::S3, "s3-many", &["3"]);
    let object = &objects(&*open(&bucket, s3_options(&server, false)).await, b"").await[0];
    for options in [s3_options(&server, true), anonymous(s3_options(&server, false))] {
        let stranger = open(&bucket, options).await;
        assert_eq!(missing(&*stranger, None).await, "s3:ListBucket");
        assert_eq!(missing(&*stranger, Some(object)).await, "s3:GetObject");
    }
    let wrong = Options {
        fixed: Some(Fixed::Aws {
            id: server.key.clone(),
            secret: secret("wrong"),
            token: None,
        }),
        ..s3_options(&server, false)
    };
    let wrong = open(&bucket, wrong).await;
    assert_eq!(
        missing(&*wrong, None).await,
        "valid credentials, not SignatureDoesNotMatch"
    );
}

#[tokio::test]
async fn strangers_on_google_are_refused_by_name_of_the_permission() {
    let Some(server) = servers::gcs() else { return };
    let bucket = Bucket::seed(Cloud::Gcs, "gcs-hostile", &[]);
    let owner = gcs_options(&server, &server.owner_token);
    let object = &objects(&*open(&bucket, owner.clone()).await, b"plain").await[0];
    for options in [gcs_options(&server, &server.user_token), anonymous(owner)] {
        let stranger = open(&bucket, options).await;
        assert_eq!(missing(&*stranger, None).await, "storage.objects.list");
        assert_eq!(missing(&*stranger, Some(object)).await, "storage.objects.get");
    }
}

#[tokio::test]
async fn nobody_reads_a_private_container() {
    let Some(server) = servers::azure() else { return };
    let bucket = Bucket::seed(Cloud::Azure, "azure-hostile", &[]);
    let object = &objects(&*open(&bucket, azure_options(&server)).await, b"plain").await[0];
    let stranger = open(&bucket, anonymous(azure_options(&server))).await;
    assert!(missing(&*stranger, None).await.ends_with("/blobs/read"));
    assert!(missing(&*stranger, Some(object)).await.ends_with("/blobs/read"));
}

/// A folder with one file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), "nothing of interest\n").unwrap();
    folder
}

#[tokio::test]
async fn what_is_public_is_read_without_credentials() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    if let Some(server) = servers::s3() {
        let grants = [
            "--dir",
            path,
            "--acl",
            "public-read",
            "--object-acl",
            "note.txt=public-read",
        ];
        let bucket = Bucket::seed(Cloud::S3, "s3-bucket", &grants);
        is_read(&bucket, anonymous(s3_options(&server, false))).await;
    }
    if let Some(server) = servers::gcs() {
        let bucket = Bucket::seed(
            Cloud::Gcs,
            "gcs-bucket",
            &["--dir", path, "--iam", "objectViewer=allUsers"],
        );
        is_read(&bucket, anonymous(gcs_options(&server, ""))).await;
    }
    if let Some(server) = servers::azure() {
        let bucket = Bucket::seed(
            Cloud::Azure,
            "azure-container",
            &["--dir", path, "--public", "container"],
        );
        is_read(&bucket, anonymous(azure_options(&server))).await;
    }
}

async fn is_read(bucket: &Bucket, options: Options) {
    let source = open(bucket, options).await;
    let found = objects(&*source, b"").await;
    assert_eq!(found.len(), 1);
    let read = source
        .read(&found[0], std::slice::from_ref(&(0..7)))
        .await
        .unwrap();
    assert_eq!(read, [&b"nothing"[..]]);
}

#[tokio::test]
async fn an_account_expands_to_its_buckets() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    if let Some(server) = servers::s3() {
        let bucket = Bucket::seed(Cloud::S3, "s3-bucket", &["--dir", path]);
        is_among("s3://", &bucket, s3_options(&server, false)).await;
    }
    if let Some(server) = servers::gcs() {
        let bucket = Bucket::seed(Cloud::Gcs, "gcs-bucket", &["--dir", path]);
        is_among("gs://", &bucket, gcs_options(&server, &server.owner_token)).await;
    }
    if let Some(server) = servers::azure() {
        let bucket = Bucket::seed(Cloud::Azure, "azure-container", &["--dir", path]);
        is_among(
            &format!("az://{}", server.account),
            &bucket,
            azure_options(&server),
        )
        .await;
    }
}

async fn is_among(account: &str, bucket: &Bucket, options: Options) {
    let session = Session::new(options);
    let stores = session.expand(&Location::parse(account).unwrap()).await.unwrap();
    assert!(
        stores.iter().any(|store| store.to_string() == bucket.to_string()),
        "{stores:?}"
    );
    assert!(stores.is_sorted_by_key(|store| store.to_string()));
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_is_not_found() {
    let name = servers::unique_name();
    let mut sessions = Vec::new();
    if let Some(server) = servers::s3() {
        sessions.push((format!("s3://{name}"), s3_options(&server, false)));
    }
    if let Some(server) = servers::gcs() {
        sessions.push((format!("gs://{name}"), gcs_options(&server, &server.owner_token)));
    }
    if let Some(server) = servers::azure() {
        sessions.push((format!("az://{}/{name}", server.account), azure_options(&server)));
    }
    for (location, options) in sessions {
        let location = Location::parse(location).unwrap();
        let source = Session::new(options).open(&location).await.unwrap();
        let error = source.list(b"").try_next().await.unwrap_err();
        assert!(matches!(error, SourceError::NotFound { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_object_that_was_replaced_since_its_listing_is_not_read() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    if let Some(server) = servers::s3() {
        let bucket = Bucket::seed(Cloud::S3, "s3-bucket", &["--dir", path]);
        is_changed(&bucket, s3_options(&server, false)).await;
    }
    if let Some(server) = servers::gcs() {
        let bucket = Bucket::seed(Cloud::Gcs, "gcs-bucket", &["--dir", path]);
        is_changed(&bucket, gcs_options(&server, &server.owner_token)).await;
    }
    if let Some(server) = servers::azure() {
        let bucket = Bucket::seed(Cloud::Azure, "azure-container", &["--dir", path]);
        is_changed(&bucket, azure_options(&server)).await;
    }
}

/// As if the object had been another one when it was listed.
async fn is_changed(bucket: &Bucket, options: Options) {
    let source = open(bucket, options).await;
    let mut object = objects(&*source, b"").await.remove(0);
    let etag = object.etag.clone().unwrap();
    let last = if etag.ends_with('1') { "2" } else { "1" };
    object.etag = Some(format!("{}{last}", &etag[..etag.len() - 1]).into());
    let read = source.read(&object, std::slice::from_ref(&(0..1))).await;
    assert!(matches!(read, Err(SourceError::Changed { .. })), "{read:?}");
}

#[tokio::test]
async fn pages_of_a_large_bucket_come_in_order_and_all_of_them() {
    let Some(server) = servers::s3() else { return };
    let bucket = Bucket::seed(Cloud::S3, "s3-many", &["2500"]);
    let source = open(&bucket, s3_options(&server, false)).await;
    let found = objects(&*source, b"").await;
    assert_eq!(found.len(), 2500);
    assert!(found.is_sorted_by_key(|object| object.key.as_bytes().to_vec()));
    let first: Vec<_> = source.list(b"").take(3).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(first.len(), 3);
}

#[tokio::test]
async fn the_account_behind_the_credentials_is_known() {
    let Some(server) = servers::aws_control() else {
        return;
    };
    let made = servers::seed(["aws-account"]);
    let options = Options {
        endpoint: Some(server.endpoint.clone()),
        region: Some(server.region.clone()),
        fixed: Some(Fixed::Aws {
            id: made["key"].as_str().unwrap().to_owned(),
            secret: secret(made["secret"].as_str().unwrap()),
            token: made["token"].as_str().map(secret),
        }),
        ..Options::default()
    };
    let client = Session::new(options).aws().await.unwrap();
    assert_eq!(
        client.account_id().await.unwrap(),
        made["account"].as_str().unwrap()
    );
}
