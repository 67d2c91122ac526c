//! Every combination of the settings that a server enforces: the verdict and the grants are what nobody and a signed-in
//! stranger really get.
//!
//! What the servers do unlike their clouds, and is left out for that: Ceph stores `RestrictPublicBuckets` and does not
//! enforce it, knows no object ownership, and under `BlockPublicAcls` refuses every put of another account's, where S3
//! refuses those with a public ACL only; Azurite has no account switch and no network rules. Ceph also calls a policy public
//! that names one user or takes its grant back: where the service's word and the policy's text disagree the verdict takes the
//! worse, so there nothing that somebody gets may be missing among the grants, and the verdict must be public.

use serde_json::Value;

use super::{Eyes, azure_eyes, gcs_eyes, note_bucket, run, s3_owner};
use crate::servers::{self, Bucket, Cloud};

/// The buckets of one cloud, removed at the end.
struct Matrix {
    cloud: &'static str,
    prefix: String,
    combinations: Vec<Value>,
}

impl Matrix {
    fn make(cloud: &'static str) -> Self {
        let prefix = servers::unique_name();
        let made = servers::seed(["matrix-make", cloud, &prefix]);
        let combinations = made.as_array().unwrap().clone();
        Self {
            cloud,
            prefix,
            combinations,
        }
    }

    fn uris(&self, scheme: &str) -> Vec<String> {
        let names = self.combinations.iter().map(|c| c["bucket"].as_str().unwrap());
        names.map(|name| format!("{scheme}://{name}")).collect()
    }

    fn ask(&self) -> Vec<Value> {
        let asked = servers::seed(["matrix-ask", self.cloud, &self.prefix]);
        asked.as_array().unwrap().clone()
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        servers::seed(["matrix-delete", self.cloud, &self.prefix]);
    }
}

/// What someone can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Can {
    list: bool,
    get: bool,
    put: bool,
}

impl Can {
    /// What a server let someone do.
    fn really(asked: &Value) -> Self {
        let can = |what: &str| asked[what].as_bool().unwrap();
        Self {
            list: can("list"),
            get: can("get"),
            put: can("put"),
        }
    }

    /// What the live grants to these audiences allow.
    fn by_grants(exposure: &Value, is_one: impl Fn(&Value) -> bool) -> Self {
        let mut can = Self::default();
        let grants = exposure["grants"].as_array().unwrap().iter();
        for grant in grants.filter(|g| g["state"] == "live" && is_one(&g["audience"])) {
            match grant["permission"].as_str().unwrap() {
                "list" => can.list = true,
                "read" => can.get |= covers(&grant["scope"], "note.txt"),
                "write" => can.put |= covers(&grant["scope"], "left-by-a-stranger.txt"),
                _ => {}
            }
        }
        can
    }

    /// Whether nothing that `real` says is missing.
    fn covers(self, real: Self) -> bool {
        self.list >= real.list && self.get >= real.get && self.put >= real.put
    }

    fn anything(self) -> bool {
        self != Self::default()
    }
}

fn covers(scope: &Value, key: &str) -> bool {
    let value = scope["value"].as_str().unwrap_or("");
    match scope["kind"].as_str().unwrap() {
        "store" => true,
        "prefix" => key.starts_with(value),
        "object" => key == value,
        other => panic!("no {other} here"),
    }
}

/// The verdict on a bucket by what its two strangers get; nothing where that alone does not tell.
fn verdict(nobody: Can, signed_in: Can) -> Option<&'static str> {
    Some(match nobody {
        Can { put: true, .. } => "public_write",
        Can {
            list: true,
            get: true,
            ..
        } => "public_list",
        Can { get: true, .. } => "public_read",
        Can { list: true, .. } => "public_keys",
        _ if signed_in.anything() => return None,
        _ => return Some("nothing"),
    })
}

/// Judges all the buckets by their settings, and compares with what nobody and a stranger get. Gives how often each
/// verdict came up.
fn compare(
    scheme: &str,
    eyes: &Eyes,
    matrix: &Matrix,
    is_signed_in: fn(&Value) -> bool,
) -> Vec<(String, usize)> {
    let uris = matrix.uris(scheme);
    let locations: Vec<&str> = uris.iter().map(String::as_str).collect();
    let judged = run("exposure", eyes, &locations, &["--object-acls", "all"]);
    assert_eq!(judged.code, Some(0), "{}", judged.said);
    let mut verdicts = std::collections::BTreeMap::new();
    for ((uri, combination), asked) in uris.iter().zip(&matrix.combinations).zip(matrix.ask()) {
        let exposure = &judged.store(uri)["exposure"];
        let what = format!("{combination}: {exposure:#}");
        let (nobody, signed_in) = (Can::really(&asked["nobody"]), Can::really(&asked["signed_in"]));
        let is_anyone = |audience: &Value| audience["kind"] == "anyone";
        let either = |audience: &Value| is_anyone(audience) || is_signed_in(audience);
        let granted = (
            Can::by_grants(exposure, is_anyone),
            Can::by_grants(exposure, either),
        );
        let puts_refused = combination["block"] == "new";
        let seen = |can: Can| Can {
            put: can.put && !puts_refused,
            ..can
        };
        let grants = exposure["grants"].as_array().unwrap();
        let disputed = grants
            .iter()
            .any(|grant| grant["via"] == "policy_status" && grant["state"] == "live");
        for (granted, real, who) in [
            (granted.0, nobody, "nobody"),
            (granted.1, signed_in, "a stranger"),
        ] {
            let fits = if disputed {
                granted.covers(real)
            } else {
                seen(granted) == real
            };
            assert!(fits, "{who} gets {real:?}, {what}");
        }
        // Where a put that S3 would let through was refused, the verdict is held against the grants.
        let (nobody, signed_in) = if puts_refused {
            granted
        } else {
            (nobody, signed_in)
        };
        let got = exposure["verdict"].as_str().unwrap();
        match verdict(nobody, signed_in) {
            _ if disputed => assert!(got.starts_with("public_"), "{what}"),
            Some("nothing") => {
                // A grant below a prefix with nothing in it is one all the same.
                let empty = exposure["grants"].to_string().contains("public/");
                assert!(
                    empty || ["latent", "private", "external"].contains(&got),
                    "{what}"
                );
            }
            Some(wanted) => {
                let worse = exposure["grants"].to_string().contains("public/");
                assert!(
                    got == wanted || (worse && got == "public_list"),
                    "{wanted}, {what}"
                );
            }
            None => assert!(!["latent", "private"].contains(&got), "{what}"),
        }
        *verdicts.entry(got.to_owned()).or_insert(0) += 1;
    }
    verdicts.into_iter().collect()
}

#[test]
fn every_combination_on_s3_is_judged_as_it_is_enforced() {
    let Some(server) = servers::s3() else { return };
    let matrix = Matrix::make("s3");
    assert_eq!(matrix.combinations.len(), 288);
    let signed_in = |audience: &Value| {
        let other = audience["name"]
            .as_str()
            .is_some_and(|name| name.ends_with(":user/other"));
        audience["kind"] == "any_authenticated" || other
    };
    let verdicts = compare("s3", &s3_owner(&server), &matrix, signed_in);
    assert!(verdicts.len() >= 8, "{verdicts:?}");
}

#[test]
fn every_combination_on_cloud_storage_is_judged_as_it_is_enforced() {
    let Some(server) = servers::gcs() else { return };
    let matrix = Matrix::make("gcs");
    assert_eq!(matrix.combinations.len(), 288);
    let verdicts = compare(
        "gs",
        &gcs_eyes(&server, &server.owner_token),
        &matrix,
        |audience| audience["kind"] == "any_authenticated",
    );
    assert!(verdicts.len() >= 7, "{verdicts:?}");
}

#[test]
fn every_level_on_azure_is_judged_as_it_is_enforced() {
    let Some(server) = servers::azure() else { return };
    for (level, wanted) in [
        ("none", "private"),
        ("blob", "public_read"),
        ("container", "public_list"),
    ] {
        let bucket: Bucket = note_bucket(Cloud::Azure, "azure-container", &["--public", level]);
        let uri = bucket.to_string();
        let judged = run("exposure", &azure_eyes(&server), &[&uri], &[]);
        assert_eq!(judged.store(&uri)["exposure"]["verdict"], wanted, "{level}");
        let seen = bucket.unsigned(&["note.txt"]);
        let ok = |status: &Value| (200..300).contains(&status.as_u64().unwrap());
        let exposure = &judged.store(&uri)["exposure"];
        let can = Can::by_grants(exposure, |audience| audience["kind"] == "anyone");
        assert_eq!(
            (can.list, can.get),
            (ok(&seen["list"]), ok(&seen["get"]["note.txt"])),
            "{level}"
        );
    }
}
