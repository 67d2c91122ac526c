//! The real servers that `tests/run` starts: where they are, how to fill them, and proof that they enforce what the
//! other tests rely on.
//!
//! `LAKEWARDEN_TEST_SERVERS` names the file with the endpoints. Without it, or with a server left out, a test that
//! needs one says so and returns; where `CI` is set it fails.

#![allow(
    dead_code,
    reason = "each test module picks the servers and fields that it needs"
)]

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use serde_json::Value;

/// What `tests/servers/up` wrote: one entry per server that is installed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Endpoints {
    /// The interpreter that has the servers' packages, pyarrow among them.
    pub(crate) python: Option<PathBuf>,
    /// A browser that can run without a display.
    pub(crate) chromium: Option<PathBuf>,
    /// Ceph: access is really enforced.
    pub(crate) s3: Option<S3>,
    /// moto: the AWS control plane, and settings that Ceph lacks. It checks no signatures.
    pub(crate) aws_control: Option<AwsControl>,
    /// Azurite.
    pub(crate) azure: Option<Azure>,
    /// fake-gcs-server behind the access guard.
    pub(crate) gcs: Option<Gcs>,
}

/// An S3 endpoint with two accounts that know nothing of each other.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct S3 {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) other_key: String,
    pub(crate) other_secret: String,
}

/// The AWS control plane; `seed(["aws-account"])` gives keys of an account of a test's own.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AwsControl {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

/// An Azure Blob endpoint, whose path holds the account.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Azure {
    pub(crate) endpoint: String,
    pub(crate) account: String,
    /// Base64, as Azure writes account keys.
    pub(crate) key: String,
}

/// A Cloud Storage endpoint, for the JSON and the XML API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Gcs {
    pub(crate) endpoint: String,
    pub(crate) project: String,
    /// May do everything.
    pub(crate) owner_token: String,
    /// A signed-in stranger, whose address is `user`.
    pub(crate) user_token: String,
    pub(crate) user: String,
    /// A key file whose signed tokens may do everything.
    pub(crate) service_account: PathBuf,
}

/// All endpoints, or `None` after one loud line when no servers run.
///
/// # Panics
/// Where `CI` is set and no servers run.
pub(crate) fn endpoints() -> Option<Endpoints> {
    let Some(path) = std::env::var_os("LAKEWARDEN_TEST_SERVERS") else {
        return left_out("LAKEWARDEN_TEST_SERVERS is not set; use tests/run");
    };
    let text = std::fs::read(&path).expect("the endpoints file is readable");
    Some(serde_json::from_slice(&text).expect("the endpoints file is as `up` writes it"))
}

/// The enforcing S3 server, or `None` after one loud line.
pub(crate) fn s3() -> Option<S3> {
    endpoints()?.s3.or_else(|| left_out("the S3 server"))
}

/// The AWS control plane, or `None` after one loud line.
pub(crate) fn aws_control() -> Option<AwsControl> {
    endpoints()?
        .aws_control
        .or_else(|| left_out("the AWS control plane"))
}

/// The Azure server, or `None` after one loud line.
pub(crate) fn azure() -> Option<Azure> {
    endpoints()?.azure.or_else(|| left_out("the Azure server"))
}

/// The Google Cloud Storage server, or `None` after one loud line.
pub(crate) fn gcs() -> Option<Gcs> {
    endpoints()?.gcs.or_else(|| left_out("the GCS server"))
}

/// A browser, or `None` after one loud line.
pub(crate) fn chromium() -> Option<PathBuf> {
    endpoints()?.chromium.or_else(|| left_out("the browser"))
}

fn left_out<T>(what: &str) -> Option<T> {
    assert!(
        std::env::var_os("CI").is_none(),
        "CI is set, and this was left out: {what}"
    );
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    writeln!(std::io::stderr(), "\n######## LEFT OUT: {name} ({what})\n").expect("stderr is open");
    None
}

/// Runs `tests/servers/seed.py` with these arguments and returns the document that it prints.
///
/// # Panics
/// When it fails, with its own message.
pub(crate) fn seed<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Value {
    let python = endpoints()
        .and_then(|e| e.python)
        .expect("seeding needs the servers' interpreter");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/seed.py");
    let done = Command::new(python)
        .arg("-B")
        .arg(script)
        .args(arguments)
        .output()
        .expect("seed.py starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("seed.py prints JSON")
}

/// Where a bucket is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cloud {
    S3,
    Gcs,
    Azure,
}

impl Cloud {
    fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gcs",
            Self::Azure => "azure",
        }
    }
}

/// A bucket or container of a test's own, removed with all that is in it when dropped.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    /// What `seed.py` said when it made the bucket: `uri`, `objects`, and how to reach it.
    pub(crate) made: Value,
    cloud: Cloud,
}

impl Bucket {
    /// Makes a bucket: `command` is the subcommand of `seed.py`, `options` come after the name.
    pub(crate) fn seed(cloud: Cloud, command: &str, options: &[&str]) -> Self {
        let name = unique_name();
        let made = seed([command, &name].iter().chain(options));
        Self { name, made, cloud }
    }

    /// The HTTP status that a stranger gets: `list`, and `get` by key. `options` as for `seed.py unsigned`.
    pub(crate) fn unsigned(&self, options: &[&str]) -> Value {
        seed(["unsigned", self.cloud.name(), &self.name].iter().chain(options))
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.made["uri"].as_str().unwrap_or(&self.name))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            seed(["delete", self.cloud.name(), &self.name]);
        }
    }
}

/// A bucket name that no other test, process or run on the same servers uses.
pub(crate) fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut random = [0; 4];
    getrandom::fill(&mut random).expect("the system has random numbers");
    let serial = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        "lw-{:08x}-{}-{serial}",
        u32::from_ne_bytes(random),
        std::process::id()
    )
}

mod tests {
    use super::*;

    const BLOCK_ALL: &str = r#"{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}"#;

    /// A folder with one small file, `note.txt`.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("note.txt"), "nothing of interest\n").expect("a file");
        folder
    }

    fn bucket(cloud: Cloud, command: &str, options: &[&str]) -> Bucket {
        let folder = folder();
        let path = folder.path().to_str().expect("a UTF-8 path");
        Bucket::seed(cloud, command, &[&["--dir", path], options].concat())
    }

    /// (list, get) as a stranger sees them; `options` come after the key.
    fn access(bucket: &Bucket, options: &[&str]) -> (u64, u64) {
        let seen = bucket.unsigned(&[&["note.txt"], options].concat());
        let status = |value: &Value| value.as_u64().expect("a status");
        (status(&seen["list"]), status(&seen["get"]["note.txt"]))
    }

    fn s3_access(options: &[&str]) -> (u64, u64) {
        access(&bucket(Cloud::S3, "s3-bucket", options), &[])
    }

    fn gcs_access(options: &[&str]) -> (u64, u64) {
        access(&bucket(Cloud::Gcs, "gcs-bucket", options), &[])
    }

    #[test]
    fn s3_enforces_acls_and_their_block() {
        if s3().is_none() {
            return;
        }
        let grants = ["--acl", "public-read", "--object-acl", "note.txt=public-read"];
        assert_eq!(s3_access(&[]), (403, 403));
        assert_eq!(s3_access(&grants[..2]), (200, 403));
        assert_eq!(s3_access(&grants[2..]), (403, 206));
        assert_eq!(s3_access(&grants), (200, 206));
        assert_eq!(
            s3_access(&[&grants[..], &["--pab", BLOCK_ALL]].concat()),
            (403, 403)
        );
    }

    #[test]
    fn s3_enforces_policies() {
        if s3().is_none() {
            return;
        }
        let name = unique_name();
        let folder = folder();
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{name}/*"}}]}}"#
        );
        let made = seed([
            "s3-bucket",
            &name,
            "--dir",
            &folder.path().to_string_lossy(),
            "--policy",
            &policy,
        ]);
        let bucket = Bucket {
            name,
            made,
            cloud: Cloud::S3,
        };
        assert_eq!(access(&bucket, &[]), (403, 206));
    }

    #[test]
    fn s3_tells_its_two_accounts_apart() {
        if s3().is_none() {
            return;
        }
        let private = bucket(Cloud::S3, "s3-bucket", &[]);
        assert_eq!(access(&private, &["--as", "other"]), (403, 403));
        let grants = [
            "--acl",
            "authenticated-read",
            "--object-acl",
            "note.txt=authenticated-read",
        ];
        let shared = bucket(Cloud::S3, "s3-bucket", &grants);
        assert_eq!(access(&shared, &["--as", "other"]), (200, 206));
        assert_eq!(access(&shared, &[]), (403, 403));
    }

    #[test]
    fn s3_keeps_every_hostile_key() {
        if s3().is_none() {
            return;
        }
        let bucket = Bucket::seed(Cloud::S3, "s3-hostile", &[]);
        let keys: Vec<_> = objects(&bucket).collect();
        for wanted in [
            "a//b",
            "x/../y",
            "./z",
            ".",
            "..",
            "dir/",
            "new\nline",
            "a%2Fb",
            "a b+c",
            "/leading",
        ] {
            assert!(keys.contains(&wanted), "{wanted:?}");
        }
        assert!(keys.iter().any(|key| key.len() == 1024));
    }

    #[test]
    fn s3_takes_many_objects() {
        if s3().is_none() {
            return;
        }
        let bucket = Bucket::seed(Cloud::S3, "s3-many", &["25"]);
        assert_eq!(bucket.made["objects"], 25);
    }

    #[test]
    fn gcs_enforces_iam_roles_by_their_permissions() {
        if gcs().is_none() {
            return;
        }
        assert_eq!(gcs_access(&[]), (401, 401));
        assert_eq!(gcs_access(&["--iam", "objectViewer=allUsers"]), (200, 206));
        assert_eq!(gcs_access(&["--iam", "legacyObjectReader=allUsers"]), (401, 206));
        assert_eq!(gcs_access(&["--iam", "legacyBucketReader=allUsers"]), (200, 401));
        assert_eq!(
            gcs_access(&["--uniform", "--iam", "objectViewer=allUsers=note"]),
            (401, 206)
        );
        assert_eq!(
            gcs_access(&["--uniform", "--iam", "objectViewer=allUsers=other/"]),
            (401, 401)
        );
    }

    #[test]
    fn gcs_enforces_acls_unless_access_is_uniform() {
        if gcs().is_none() {
            return;
        }
        let object = ["--object-acl", "note.txt=allUsers=READER"];
        assert_eq!(gcs_access(&object), (401, 206));
        assert_eq!(gcs_access(&["--default-acl", "allUsers=READER"]), (401, 206));
        assert_eq!(gcs_access(&["--acl", "allUsers=READER"]), (200, 401));
        assert_eq!(gcs_access(&[&object[..], &["--uniform"]].concat()), (401, 401));
    }

    #[test]
    fn gcs_prevention_blocks_grants_that_stay() {
        if gcs().is_none() {
            return;
        }
        assert_eq!(
            gcs_access(&["--iam", "objectViewer=allUsers", "--prevention", "enforced"]),
            (401, 401)
        );
        let acls = [
            "--acl",
            "allUsers=READER",
            "--object-acl",
            "note.txt=allUsers=READER",
        ];
        assert_eq!(
            gcs_access(&[&acls[..], &["--prevention", "enforced"]].concat()),
            (401, 401)
        );
    }

    #[test]
    fn gcs_tells_a_signed_in_stranger_from_nobody() {
        if gcs().is_none() {
            return;
        }
        let bucket = bucket(
            Cloud::Gcs,
            "gcs-bucket",
            &["--iam", "objectViewer=allAuthenticatedUsers"],
        );
        assert_eq!(access(&bucket, &[]), (401, 401));
        assert_eq!(access(&bucket, &["--as", "user"]), (200, 206));
        let seen = bucket.unsigned(&["note.txt", "--as", "user"]);
        assert_eq!(seen["settings"], 403, "reading objects is not reading settings");
        assert_eq!(seen["list_xml"], 200);
        assert_eq!(seen["get_xml"]["note.txt"], 206);
    }

    #[test]
    fn gcs_refuses_what_its_settings_forbid() {
        let Some(gcs) = gcs() else { return };
        let public = r#"{"entity":"allUsers","role":"READER"}"#;
        let policy = r#"{"bindings":[{"role":"roles/storage.objectViewer","members":["allUsers"]}]}"#;
        let bucket = bucket(Cloud::Gcs, "gcs-bucket", &["--prevention", "enforced"]);
        let at = format!("/storage/v1/b/{}", bucket.name);
        let owner = |method, path: &str, body| {
            ask(
                &gcs.endpoint,
                method,
                &format!("{at}{path}"),
                &gcs.owner_token,
                body,
            )
        };
        assert_eq!(owner("PUT", "/iam", policy), 412);
        assert_eq!(owner("POST", "/acl", public), 412);
        assert_eq!(owner("POST", "/o/note.txt/acl", public), 412);
        let uniform = r#"{"iamConfiguration":{"uniformBucketLevelAccess":{"enabled":true},"publicAccessPrevention":"inherited"}}"#;
        assert_eq!(owner("PATCH", "", uniform), 200);
        assert_eq!(owner("GET", "/acl", ""), 400);
        assert_eq!(owner("POST", "/o/note.txt/acl", public), 400);
        assert_eq!(owner("PUT", "/iam", policy), 200);
        assert_eq!(ask(&gcs.endpoint, "GET", &at, "no-such-token", ""), 401);
    }

    /// The status of one request with a bearer token.
    fn ask(endpoint: &str, method: &str, path: &str, token: &str, body: &str) -> u16 {
        let host = endpoint.strip_prefix("http://").expect("a plain endpoint");
        let mut stream = std::net::TcpStream::connect(host).expect("the server listens");
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .expect("the server reads");
        let mut reply = String::new();
        std::io::Read::read_to_string(&mut stream, &mut reply).expect("the server answers");
        reply[9..12].parse().expect("a status line")
    }

    #[cfg(feature = "cloud")]
    #[tokio::test]
    async fn gcs_takes_the_tokens_of_its_service_account_only() {
        use object_store::gcp::GoogleCloudStorageBuilder;
        use object_store::{ClientOptions, ObjectStoreExt as _};

        let Some(gcs) = gcs() else { return };
        let bucket = bucket(Cloud::Gcs, "gcs-bucket", &[]);
        let key = std::fs::read_to_string(&gcs.service_account).expect("the key file");
        let get = async |key: &str| {
            let store = GoogleCloudStorageBuilder::new()
                .with_base_url(&gcs.endpoint)
                .with_bucket_name(&bucket.name)
                .with_service_account_key(key)
                .with_client_options(ClientOptions::new().with_allow_http(true))
                .build()
                .expect("a store");
            store.get(&"note.txt".into()).await?.bytes().await
        };
        assert_eq!(
            get(&key).await.expect("its tokens are taken"),
            "nothing of interest\n"
        );
        let stranger = key.replace("scanner@", "someone@");
        assert!(get(&stranger).await.is_err());
    }

    #[test]
    fn gcs_keeps_the_hostile_keys_that_google_admits() {
        if gcs().is_none() {
            return;
        }
        let bucket = Bucket::seed(Cloud::Gcs, "gcs-hostile", &[]);
        let keys: Vec<_> = objects(&bucket).collect();
        assert!(keys.contains(&"a//b") && keys.contains(&"x/../y") && keys.contains(&"a%2Fb"));
        assert!(!keys.contains(&".") && !keys.contains(&"new\nline"));
    }

    #[test]
    fn azure_enforces_container_levels() {
        if azure().is_none() {
            return;
        }
        let level = |public| {
            access(
                &bucket(Cloud::Azure, "azure-container", &["--public", public]),
                &[],
            )
        };
        assert_eq!(level("none"), (403, 403));
        assert_eq!(level("blob").1, 206);
        assert_ne!(level("blob").0, 200);
        assert_eq!(level("container"), (200, 206));
    }

    #[test]
    fn azure_keeps_the_hostile_keys_that_microsoft_admits() {
        if azure().is_none() {
            return;
        }
        let bucket = Bucket::seed(Cloud::Azure, "azure-hostile", &[]);
        let keys: Vec<_> = objects(&bucket).collect();
        assert!(keys.contains(&"a//b") && keys.contains(&"a%2Fb") && keys.contains(&"a b+c"));
        assert!(!keys.contains(&".."));
    }

    #[test]
    fn aws_accounts_on_the_control_plane_are_apart() {
        if aws_control().is_none() {
            return;
        }
        let one = seed(["aws-account", "--pab", BLOCK_ALL]);
        let two = seed(["aws-account"]);
        assert_ne!(one["account"], two["account"]);
        let block = one["public_access_block"].as_str().expect("a document");
        assert!(block.contains("<IgnorePublicAcls>true<"), "{block}");
        assert!(two["public_access_block"].is_null());
        let name = unique_name();
        let number = one["account"].as_str().expect("an account number");
        let bucket = [
            "--server",
            "aws_control",
            "--account",
            number,
            "--ownership",
            "BucketOwnerEnforced",
        ];
        let made = seed(["s3-bucket", &name].iter().chain(&bucket));
        assert_eq!(made["account"], one["account"]);
        seed(["delete", "s3", &name, "--account", number]);
    }

    fn objects(bucket: &Bucket) -> impl Iterator<Item = &str> {
        let objects = bucket.made["objects"].as_array().expect("a list of objects");
        objects
            .iter()
            .map(|object| object["key"].as_str().expect("a key"))
    }
}
