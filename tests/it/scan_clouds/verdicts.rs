//! Verdicts are what a stranger gets, by settings alone and with a probe.

use serde_json::{Value, json};

use super::{Eyes, NOTE, Scanned, amount, azure_eyes, gcs_eyes, note_bucket, run, s3_owner, scan};
use crate::servers::{self, Bucket, Cloud};

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
        // The ACLs of a sample could be read, so the way to know more is not a permission.
        let refused = undecided["missing"].to_string().contains("s3:GetObjectAcl");
        assert_eq!(refused, acls == "none", "{undecided:#}");
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
