//! Verdicts against the real servers: what the settings are judged to allow is what a stranger really gets.

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use lakewarden::exposure::{Ask, AskError, Inquiry, Question, Reply, Target, To, judge};
use lakewarden::model::exposure::{Exposure, Verdict};
use lakewarden::model::facts::{Settings, StoreFacts};
use lakewarden::model::id::StoreUri;
use lakewarden::model::redact::Secret;
use lakewarden::source::{Fixed, Options, Session, aws};

use crate::servers::{self, Bucket, Cloud};

/// Asks over the sources' own connections.
struct Transport(Session);

impl Ask for Transport {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, AskError>> {
        Box::pin(async move {
            let pairs = question.headers.iter();
            let headers: HeaderMap = pairs
                .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_str(v).unwrap()))
                .collect();
            let (session, path, unsigned) = (&self.0, question.path.as_str(), question.is_unsigned());
            let answer = match &question.to {
                To::Bucket(name) => {
                    let client = session.aws().await.unwrap();
                    client
                        .get(aws::Target::Bucket(name), path, headers, unsigned)
                        .await
                }
                To::Control(account, region) => {
                    let client = session.aws().await.unwrap();
                    let target = aws::Target::Control(account, region.as_deref());
                    client.get(target, path, headers, unsigned).await
                }
                To::Gcs => session.gcp().await.unwrap().get(path, headers, unsigned).await,
                To::Blob(account) => {
                    let client = session.azure(account, "core.windows.net").await.unwrap();
                    match question.method {
                        Method::HEAD => client.head(path).await,
                        _ => client.get(path, headers, unsigned).await,
                    }
                }
                To::Arm | To::Dfs(_) | To::Google(_) => return Err(AskError::NotConfigured),
            };
            let answer = answer.map_err(|_| AskError::Unavailable)?;
            Ok(Reply {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            })
        })
    }
}

/// A folder with the one object of every bucket here.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), "nothing of interest\n").unwrap();
    folder
}

fn options(fixed: Fixed, endpoint: &str) -> Options {
    Options {
        endpoint: Some(endpoint.to_owned()),
        fixed: Some(fixed),
        run: "it".to_owned(),
        ..Options::default()
    }
}

/// A bucket, its facts, and its exposure with a probe.
struct Asked {
    facts: StoreFacts,
    exposure: Exposure,
    /// What `seed.py` saw a stranger get.
    stranger: (bool, bool),
}

/// Makes a bucket with these options, asks and judges it, and looks at it as a stranger.
async fn ask(cloud: Cloud, command: &str, options: &[&str], eyes: Options) -> Asked {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let bucket = Bucket::seed(cloud, command, &[&["--dir", path], options].concat());
    let transport = Transport(Session::new(eyes));
    let inquiry = Inquiry::new(&transport);
    let uri = StoreUri::new(&bucket.to_string());
    let target = Target {
        uri: uri.clone(),
        account: None,
        region: None,
        subscription: None,
    };
    let mut facts = inquiry.facts(&target).await;
    inquiry.object_acls(&mut facts, &[b"note.txt"], true).await;
    let mut exposure = judge(&facts);
    inquiry.probe(&uri, Some(b"note.txt")).await.apply(&mut exposure);
    let seen = bucket.unsigned(&["note.txt"]);
    let ok = |status: &serde_json::Value| status.as_u64().is_some_and(|s| (200..300).contains(&s));
    let stranger = (ok(&seen["list"]), ok(&seen["get"]["note.txt"]));
    Asked {
        facts,
        exposure,
        stranger,
    }
}

/// Checks that judging by settings and looking as a stranger agree, and gives the verdict back.
fn agree(asked: &Asked, what: &[&str]) -> Verdict {
    let by_settings = judge(&asked.facts).verdict;
    let reached = match asked.stranger {
        (true, true) => by_settings == Verdict::PublicList,
        (false, true) => by_settings == Verdict::PublicRead,
        (true, false) => by_settings == Verdict::PublicKeys,
        (false, false) => !by_settings.is_public(),
    };
    assert!(
        reached,
        "{what:?}: {by_settings:?}, a stranger gets {:?}",
        asked.stranger
    );
    let (list, get) = asked.stranger;
    assert_eq!(asked.exposure.confirmed, Some(list || get), "{what:?}");
    assert_eq!(
        asked.exposure.verdict, by_settings,
        "{what:?}: the probe found what the settings say"
    );
    by_settings
}

fn s3_eyes(server: &servers::S3) -> Options {
    let secret = Secret::new(server.secret.clone());
    let fixed = Fixed::Aws {
        id: server.key.clone(),
        secret,
        token: None,
    };
    Options {
        region: Some(server.region.clone()),
        ..options(fixed, &server.endpoint)
    }
}

#[tokio::test]
async fn s3_verdicts_are_what_a_stranger_gets() {
    let Some(server) = servers::s3() else { return };
    let ignore = ["--pab", r#"{"IgnorePublicAcls":true}"#];
    for acl in [
        &[][..],
        &["--acl", "public-read"],
        &["--acl", "authenticated-read"],
    ] {
        for object in [&[][..], &["--object-acl", "note.txt=public-read"]] {
            for block in [&[][..], &ignore] {
                let options = [acl, object, block].concat();
                let asked = ask(Cloud::S3, "s3-bucket", &options, s3_eyes(&server)).await;
                let verdict = agree(&asked, &options);
                let granted = !acl.is_empty() || !object.is_empty();
                if !block.is_empty() && granted {
                    assert_eq!(verdict, Verdict::Latent, "{options:?}");
                }
                if !granted {
                    assert_eq!(verdict, Verdict::Private, "{options:?}: {:?}", asked.exposure);
                }
            }
        }
    }
}

#[tokio::test]
async fn s3_without_a_sub_resource_is_a_refused_call() {
    let Some(server) = servers::s3() else { return };
    let asked = ask(Cloud::S3, "s3-bucket", &[], s3_eyes(&server)).await;
    let Settings::Aws(settings) = &asked.facts.settings else {
        panic!("not S3")
    };
    // This server answers a call that it does not know with a list of objects.
    assert!(
        !settings.object_ownership.is_known(),
        "{:?}",
        settings.object_ownership
    );
    assert!(!settings.encryption.is_known());
}

#[tokio::test]
async fn s3_settings_that_are_refused_are_unknown_and_name_the_permission() {
    let Some(server) = servers::s3() else { return };
    let eyes = s3_eyes(&server);
    let secret = Secret::new(server.other_secret.clone());
    let stranger = Options {
        fixed: Some(Fixed::Aws {
            id: server.other_key.clone(),
            secret,
            token: None,
        }),
        ..eyes
    };
    let asked = ask(Cloud::S3, "s3-bucket", &[], stranger).await;
    let exposure = judge(&asked.facts);
    assert_eq!(exposure.verdict, Verdict::Unknown);
    let missing = exposure.undecided.unwrap().missing;
    assert!(missing.contains(&"s3:GetBucketPolicy".to_owned()), "{missing:?}");
}

#[tokio::test]
async fn gcs_verdicts_are_what_a_stranger_gets() {
    let Some(server) = servers::gcs() else { return };
    let eyes = || {
        let fixed = Fixed::Google(Secret::new(server.owner_token.clone()));
        Options {
            project: Some(server.project.clone()),
            ..options(fixed, &server.endpoint)
        }
    };
    for (options, want) in [
        (&[][..], Verdict::Private),
        (&["--uniform"], Verdict::Private),
        (
            &["--uniform", "--iam", "objectViewer=allUsers"],
            Verdict::PublicList,
        ),
        (&["--iam", "legacyObjectReader=allUsers"], Verdict::PublicRead),
        (&["--iam", "legacyBucketReader=allUsers"], Verdict::PublicKeys),
        (
            &["--iam", "objectViewer=allAuthenticatedUsers"],
            Verdict::AnyAuthenticated,
        ),
        (
            &["--uniform", "--iam", "objectViewer=allUsers=note"],
            Verdict::PublicRead,
        ),
        (
            &["--iam", "objectViewer=allUsers", "--prevention", "enforced"],
            Verdict::Latent,
        ),
        (&["--acl", "allUsers=READER"], Verdict::PublicKeys),
        (&["--object-acl", "note.txt=allUsers=READER"], Verdict::PublicRead),
        (
            &[
                "--object-acl",
                "note.txt=allUsers=READER",
                "--prevention",
                "enforced",
            ],
            Verdict::Latent,
        ),
    ] {
        let asked = ask(Cloud::Gcs, "gcs-bucket", options, eyes()).await;
        assert_eq!(agree(&asked, options), want, "{options:?}: {:?}", asked.exposure);
    }
}

#[tokio::test]
async fn azure_verdicts_are_what_a_stranger_gets() {
    let Some(server) = servers::azure() else { return };
    let eyes = || options(Fixed::AzureKey(Secret::new(server.key.clone())), &server.endpoint);
    for (level, want) in [
        ("none", Verdict::Private),
        ("blob", Verdict::PublicRead),
        ("container", Verdict::PublicList),
    ] {
        let asked = ask(Cloud::Azure, "azure-container", &["--public", level], eyes()).await;
        assert_eq!(agree(&asked, &[level]), want, "{level}");
    }
}

#[tokio::test]
async fn an_account_s_block_is_read_and_holds_for_its_buckets() {
    let Some(server) = servers::aws_control() else {
        return;
    };
    let block = r#"{"IgnorePublicAcls":true,"RestrictPublicBuckets":true}"#;
    let account = servers::seed(["aws-account", "--pab", block]);
    let text = |name: &str| account[name].as_str().unwrap().to_owned();
    let folder = folder();
    let mine = [
        "--server",
        "aws_control",
        "--account",
        &text("account"),
        "--acl",
        "public-read",
    ];
    let name = servers::unique_name();
    let folder = folder.path().to_str().unwrap();
    servers::seed([&["s3-bucket", &name, "--dir", folder][..], &mine].concat());
    let fixed = Fixed::Aws {
        id: text("key"),
        secret: Secret::new(text("secret")),
        token: Some(Secret::new(text("token"))),
    };
    let eyes = Options {
        region: Some(server.region.clone()),
        ..options(fixed, &server.endpoint)
    };
    let transport = Transport(Session::new(eyes));
    let uri = StoreUri::new(&format!("s3://{name}"));
    let target = Target {
        uri,
        account: Some(text("account")),
        region: None,
        subscription: None,
    };
    let facts = Inquiry::new(&transport).facts(&target).await;
    servers::seed(["delete", "s3", &name, "--account", &text("account")]);
    let exposure = judge(&facts);
    assert_eq!(exposure.verdict, Verdict::Latent, "{exposure:?}");
    let source = "account_public_access_block.IgnorePublicAcls";
    assert!(
        exposure.reasons.iter().any(|r| r.source == source),
        "{:?}",
        exposure.reasons
    );
}
