//! Whole scans of the real servers: the findings are those of the same files in a folder, the verdicts are what a
//! stranger gets, and what is refused or odd costs no more than itself.
//!
//! Every scan runs in a process of its own, with its credentials in the variables of each cloud's usual chain.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::servers::{self, Bucket, Cloud};

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
    let ours = ["--key", key.to_str().unwrap(), "-o", &output];
    let done = Command::new(env!("CARGO_BIN_EXE_lakewarden"))
        .arg(command)
        .args(locations)
        .args(&eyes.options)
        .args(ours)
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

// The demo lake, in folders and in clouds.

fn lake() -> std::path::PathBuf {
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

// Verdicts, with and without a probe.

/// The file in each bucket here. Its address is of a made-up organisation outside the reserved domains.
const NOTE: &str = "please write to zephira.nonesuch@harbour-example-mail.com\n";

fn note_bucket(cloud: Cloud, command: &str, options: &[&str]) -> Bucket {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), NOTE).unwrap();
    let path = folder.path().to_str().unwrap();
    Bucket::seed(cloud, command, &[&["--dir", path], options].concat())
}

/// What a stranger can do.
#[derive(Clone, Copy, Debug)]
struct Stranger {
    list: bool,
    get: bool,
    put: bool,
}

impl Stranger {
    /// Tries all three; last of all things done to a bucket, because a put may succeed.
    fn at(bucket: &Bucket) -> Self {
        let seen = bucket.unsigned(&["note.txt", "--put", "left-by-a-stranger.txt"]);
        let ok = |status: &Value| (200..300).contains(&status.as_u64().unwrap());
        Self {
            list: ok(&seen["list"]),
            get: ok(&seen["get"]["note.txt"]),
            put: ok(&seen["put"]["left-by-a-stranger.txt"]),
        }
    }

    /// The verdict on a store that lets a stranger do this.
    fn verdict(self, otherwise: Else) -> &'static str {
        match (self, otherwise) {
            (Self { put: true, .. }, _) => "public_write",
            (
                Self {
                    list: true,
                    get: true,
                    ..
                },
                _,
            ) => "public_list",
            (Self { get: true, .. }, _) => "public_read",
            (Self { list: true, .. }, _) => "public_keys",
            (_, Else::Members) => "any_authenticated",
            (_, Else::Blocked) => "latent",
            (_, Else::Nothing) => "private",
        }
    }
}

/// What the settings of a bucket say beyond what a stranger gets.
#[derive(Clone, Copy)]
enum Else {
    /// Nothing: nobody outside was ever granted anything.
    Nothing,
    /// A grant is switched off.
    Blocked,
    /// Any customer of the cloud may come in.
    Members,
}

/// All verdicts that a provider's settings of a single bucket can lead to.
const ALL: [&str; 7] = [
    "any_authenticated",
    "latent",
    "private",
    "public_keys",
    "public_list",
    "public_read",
    "public_write",
];

/// Makes a bucket for each case, scans them all without and with a probe, and compares each verdict with what a
/// stranger gets. Asking for settings alone, or judging the captured ones offline, must agree. Gives the verdicts that
/// came up.
fn verdicts_are_real(
    cloud: Cloud,
    command: &str,
    eyes: &Eyes,
    cases: &[(&[&str], Else)],
) -> Vec<&'static str> {
    let buckets: Vec<Bucket> = cases
        .iter()
        .map(|(options, _)| note_bucket(cloud, command, options))
        .collect();
    let uris: Vec<String> = buckets.iter().map(Bucket::to_string).collect();
    let locations: Vec<&str> = uris.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir().unwrap();
    let captured = folder.path().join("facts.json");
    let captured = captured.to_str().unwrap();
    let plain = scan(eyes, &locations, &["--facts-out", captured]);
    let probed = scan(eyes, &locations, &["--probe"]);
    let settings = run("exposure", eyes, &locations, &[]);
    let offline = run("exposure", &Eyes::default(), &[], &["--facts", captured]);
    let mut all = Vec::new();
    for scanned in [&plain, &probed, &settings, &offline] {
        assert_eq!(scanned.code, Some(0), "{}", scanned.said);
    }
    for (bucket, (options, otherwise)) in buckets.iter().zip(cases) {
        let stranger = Stranger::at(bucket);
        let want = stranger.verdict(*otherwise);
        for (how, scanned) in [
            ("scanned", &plain),
            ("probed", &probed),
            ("settings", &settings),
            ("offline", &offline),
        ] {
            let exposure = scanned.exposure(bucket);
            assert_eq!(
                exposure["verdict"], want,
                "{how} {options:?}, {stranger:?}: {exposure:#}"
            );
        }
        assert_eq!(
            plain.exposure(bucket)["confirmed"],
            Value::Null,
            "nothing was tried"
        );
        let reached = stranger.list || stranger.get;
        assert_eq!(probed.exposure(bucket)["confirmed"], reached, "{options:?}");
        let read = |scanned: &Scanned| amount(&scanned.store(&bucket.to_string())["coverage"]["read"]);
        assert_eq!(read(&plain), (1, NOTE.len() as u64), "{options:?}");
        assert_eq!(read(&settings), (0, 0), "settings alone read no object");
        all.push(want);
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn s3_scans_judge_what_a_stranger_gets() {
    let Some(server) = servers::s3() else { return };
    let list = ["--acl", "public-read"];
    let get = ["--object-acl", "note.txt=public-read"];
    let both = [list, get].concat();
    let ignored = |grants: &[&'static str]| {
        let block = ["--pab", r#"{"IgnorePublicAcls":true}"#];
        [grants, &block].concat()
    };
    let cases: &[(&[&str], Else)] = &[
        (&[], Else::Nothing),
        (&get, Else::Nothing),
        (&list, Else::Nothing),
        (&both, Else::Nothing),
        (&["--acl", "public-read-write"], Else::Nothing),
        (&["--acl", "authenticated-read"], Else::Members),
        (&ignored(&[]), Else::Nothing),
        (&ignored(&get), Else::Blocked),
        (&ignored(&list), Else::Blocked),
        (&ignored(&both), Else::Blocked),
    ];
    let seen = verdicts_are_real(Cloud::S3, "s3-bucket", &s3_owner(&server), cases);
    assert_eq!(seen, ALL);
}

#[test]
fn gcs_scans_judge_what_a_stranger_gets() {
    let Some(server) = servers::gcs() else { return };
    let prevented = ["--prevention", "enforced"];
    let both = ["--iam", "objectViewer=allUsers"];
    let get_acl = ["--object-acl", "note.txt=allUsers=READER"];
    let cases: &[(&[&str], Else)] = &[
        (&[], Else::Nothing),
        (&["--uniform"], Else::Nothing),
        (&prevented, Else::Nothing),
        (&both, Else::Nothing),
        (&["--iam", "legacyObjectReader=allUsers"], Else::Nothing),
        (&["--iam", "legacyBucketReader=allUsers"], Else::Nothing),
        (&["--acl", "allUsers=READER"], Else::Nothing),
        (&get_acl, Else::Nothing),
        (&["--default-acl", "allUsers=READER"], Else::Nothing),
        (
            &["--uniform", "--iam", "objectViewer=allUsers=note"],
            Else::Nothing,
        ),
        (&["--iam", "objectCreator=allUsers"], Else::Nothing),
        (&["--acl", "allUsers=WRITER"], Else::Nothing),
        (&["--iam", "objectViewer=allAuthenticatedUsers"], Else::Members),
        (&[both, prevented].concat(), Else::Blocked),
        (&[get_acl, prevented].concat(), Else::Blocked),
    ];
    let eyes = gcs_eyes(&server, &server.owner_token);
    let seen = verdicts_are_real(Cloud::Gcs, "gcs-bucket", &eyes, cases);
    assert_eq!(seen, ALL);
}

#[test]
fn azure_scans_judge_what_a_stranger_gets() {
    let Some(server) = servers::azure() else { return };
    let cases: &[(&[&str], Else)] = &[
        (&["--public", "none"], Else::Nothing),
        (&["--public", "blob"], Else::Nothing),
        (&["--public", "container"], Else::Nothing),
    ];
    let seen = verdicts_are_real(Cloud::Azure, "azure-container", &azure_eyes(&server), cases);
    assert_eq!(seen, ["private", "public_list", "public_read"]);
}

/// Buckets of an account of a test's own on the control plane; emptied when dropped.
struct Account {
    given: Value,
    buckets: Vec<(String, &'static str)>,
}

impl Account {
    fn new(options: &[&str]) -> Self {
        Self {
            given: servers::seed([&["aws-account"], options].concat()),
            buckets: Vec::new(),
        }
    }

    fn text(&self, name: &str) -> &str {
        self.given[name].as_str().unwrap()
    }

    /// Makes a bucket that should get this verdict.
    fn bucket(&mut self, want: &'static str, options: impl FnOnce(&str) -> Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("note.txt"), NOTE).unwrap();
        let name = servers::unique_name();
        let mut arguments: Vec<String> = ["s3-bucket", &name, "--server", "aws_control"]
            .map(str::to_owned)
            .to_vec();
        arguments.extend(["--account".to_owned(), self.text("account").to_owned()]);
        arguments.extend(["--dir".to_owned(), folder.path().to_str().unwrap().to_owned()]);
        arguments.extend(options(&name));
        servers::seed(arguments);
        self.buckets.push((name, want));
    }

    /// Scans all buckets of the account and compares their verdicts.
    fn check(&self, what: &str) {
        let variables = [
            ("AWS_ACCESS_KEY_ID", self.text("key")),
            ("AWS_SECRET_ACCESS_KEY", self.text("secret")),
            ("AWS_SESSION_TOKEN", self.text("token")),
            ("AWS_REGION", self.text("region")),
        ];
        let eyes = Eyes::new(self.text("endpoint"), &variables);
        let uris: Vec<String> = self
            .buckets
            .iter()
            .map(|(name, _)| format!("s3://{name}"))
            .collect();
        let scanned = scan(&eyes, &["s3://"], &[]);
        assert_eq!(scanned.code, Some(0), "{}", scanned.said);
        let stores = scanned.report["stores"].as_array().unwrap();
        assert_eq!(
            stores.len(),
            uris.len(),
            "all buckets of the account and no other"
        );
        for (uri, (_, want)) in uris.iter().zip(&self.buckets) {
            let exposure = &scanned.store(uri)["exposure"];
            assert_eq!(exposure["verdict"], *want, "{what}: {exposure:#}");
            assert_eq!(exposure["undecided"], Value::Null, "{what}: {exposure:#}");
            assert_eq!(scanned.store(uri)["account"], self.given["account"]);
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            for (name, _) in &self.buckets {
                servers::seed(["delete", "s3", name, "--account", self.text("account")]);
            }
        }
    }
}

fn by_acl(_: &str) -> Vec<String> {
    ["--acl", "public-read"].map(str::to_owned).to_vec()
}

fn by_policy(name: &str) -> Vec<String> {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")] }] });
    vec!["--policy".to_owned(), policy.to_string()]
}

// The rule: AWS, "Blocking public access to your Amazon S3 storage". Ignoring and restricting take effect on grants
// that are there; blocking only refuses new ones.
#[test]
fn an_account_s_block_holds_for_all_its_buckets() {
    if servers::aws_control().is_none() {
        return;
    }
    for (block, acl, policy) in [
        (r#"{"IgnorePublicAcls":true}"#, "latent", "public_list"),
        (r#"{"RestrictPublicBuckets":true}"#, "public_keys", "latent"),
        (
            r#"{"IgnorePublicAcls":true,"RestrictPublicBuckets":true}"#,
            "latent",
            "latent",
        ),
        (
            r#"{"BlockPublicAcls":true,"BlockPublicPolicy":true}"#,
            "public_keys",
            "public_list",
        ),
    ] {
        let mut account = Account::new(&[]);
        account.bucket("private", |_| Vec::new());
        account.bucket(acl, by_acl);
        account.bucket(policy, by_policy);
        // Put after the grants, which it would refuse.
        servers::seed(["aws-account", "--id", account.text("account"), "--pab", block]);
        account.check(block);
    }
}

#[test]
fn an_account_without_a_block_leaves_its_buckets_as_they_are() {
    if servers::aws_control().is_none() {
        return;
    }
    let mut account = Account::new(&[]);
    account.bucket("private", |_| Vec::new());
    account.bucket("public_keys", by_acl);
    account.bucket("public_list", by_policy);
    account.bucket("latent", |_| {
        let block = r#"{"IgnorePublicAcls":true}"#;
        ["--acl", "public-read", "--pab", block]
            .map(str::to_owned)
            .to_vec()
    });
    account.check("no block");
}

/// 25 objects, more than the sample of those whose own ACLs are read; only the last one is public.
#[test]
fn a_sample_of_object_acls_proves_nothing_of_the_others() {
    let Some(server) = servers::s3() else { return };
    let folder = tempfile::tempdir().unwrap();
    for number in 0..25 {
        std::fs::write(folder.path().join(format!("{number:02}.txt")), NOTE).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let upload = ["--dir", path];
    let private = Bucket::seed(Cloud::S3, "s3-bucket", &upload);
    let grant = ["--object-acl", "24.txt=public-read"];
    let open = Bucket::seed(Cloud::S3, "s3-bucket", &[upload, grant].concat());
    let uris = [private.to_string(), open.to_string()];
    let locations = [uris[0].as_str(), uris[1].as_str()];
    let judged = |acls: &str| {
        let scanned = scan(
            &s3_owner(&server),
            &locations,
            &["--detail", "objects", "--object-acls", acls],
        );
        let verdicts = (
            scanned.verdict(&private).to_owned(),
            scanned.verdict(&open).to_owned(),
        );
        (verdicts, scanned)
    };
    let both = |private: &str, open: &str| (private.to_owned(), open.to_owned());
    for acls in ["sample", "none"] {
        let (verdicts, scanned) = judged(acls);
        assert_eq!(verdicts, both("inconclusive", "inconclusive"), "{acls}");
        let undecided = &scanned.exposure(&private)["undecided"];
        assert!(undecided["why"].to_string().contains("object"), "{undecided:#}");
    }
    let (verdicts, scanned) = judged("all");
    assert_eq!(verdicts, both("private", "public_read"));
    let seen = open.unsigned(&["23.txt", "24.txt"]);
    assert_eq!(
        (&seen["get"]["23.txt"], &seen["get"]["24.txt"]),
        (&json!(403), &json!(206))
    );
    let objects = scanned.store(&open.to_string())["objects"].as_array().unwrap();
    assert_eq!(objects[0]["key"], "24.txt", "the worst comes first");
    assert_eq!(objects[0]["exposure"], Value::Null, "it is what opens its store");
    let others = &objects[1..];
    assert!(
        others
            .iter()
            .all(|object| object["exposure"]["verdict"] == "private")
    );
}

// Refusals.

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

// Hostile keys.

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
