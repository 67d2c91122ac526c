//! The calls that read an S3 bucket's settings.

use futures::stream::{self, StreamExt};

use super::facts;
use crate::exposure::ask::{Ask, AskError, Call, OTHER_DOCUMENT, Question, Reply, To, path_of};
use crate::exposure::inquiry::Shared;
use crate::model::facts::{AwsSettings, ObjectAcl, Setting, StoreFacts};

/// Calls in flight for one bucket.
const IN_FLIGHT: usize = 4;

/// What is asked of every bucket, with the permission for each.
pub(in crate::exposure) const CALLS: &[Call] = &[
    Call {
        setting: "account_public_access_block",
        permission: "s3:GetAccountPublicAccessBlock",
    },
    Call {
        setting: "bucket_public_access_block",
        permission: "s3:GetBucketPublicAccessBlock",
    },
    Call {
        setting: "policy",
        permission: "s3:GetBucketPolicy",
    },
    Call {
        setting: "policy_status",
        permission: "s3:GetBucketPolicyStatus",
    },
    Call {
        setting: "acl",
        permission: "s3:GetBucketAcl",
    },
    Call {
        setting: "object_ownership",
        permission: "s3:GetBucketOwnershipControls",
    },
    Call {
        setting: "region",
        permission: "s3:GetBucketLocation",
    },
    Call {
        setting: "encryption",
        permission: "s3:GetEncryptionConfiguration",
    },
    Call {
        setting: "versioning",
        permission: "s3:GetBucketVersioning",
    },
    Call {
        setting: "logging",
        permission: "s3:GetBucketLogging",
    },
    Call {
        setting: "website",
        permission: "s3:GetBucketWebsite",
    },
    Call {
        setting: "objects",
        permission: "s3:GetObjectAcl",
    },
];

/// The bucket's sub-resource that holds each setting.
const SUB_RESOURCES: &[&str] = &[
    "publicAccessBlock",
    "policy",
    "policyStatus",
    "acl",
    "ownershipControls",
    "location",
    "encryption",
    "versioning",
    "logging",
    "website",
];

/// Codes that say "asked, and none is set".
const NONE_SET: &[&str] = &[
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchBucketPolicy",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchWebsiteConfiguration",
];

/// Asks for everything that judges a bucket. The account's block is asked once per account.
pub(in crate::exposure) async fn settings(
    ask: &dyn Ask,
    shared: &Shared,
    facts: &mut StoreFacts,
) -> AwsSettings {
    let bucket = facts.name().to_owned();
    let mut settings = AwsSettings::default();
    let replies: Vec<_> = stream::iter(SUB_RESOURCES)
        .map(|name| {
            let question = Question::new(To::Bucket(bucket.clone()), format!("/?{name}"));
            async move { (*name, ask.ask(&question).await) }
        })
        .buffer_unordered(IN_FLIGHT)
        .collect()
        .await;
    for (name, reply) in replies {
        fill(name, reply, &mut settings, facts);
    }
    if let Some(account) = facts.account.clone() {
        let block = shared.once(format!("control {account}"), async {
            let path = "/v20180820/configuration/publicAccessBlock";
            let reply = ask.ask(&Question::new(To::Control(account.clone()), path)).await;
            setting(reply, facts::public_access_block)
        });
        settings.account_public_access_block = block.await;
    }
    settings
}

/// Puts one reply where it belongs.
fn fill(name: &str, reply: Result<Reply, AskError>, settings: &mut AwsSettings, store: &mut StoreFacts) {
    match name {
        "publicAccessBlock" => {
            settings.bucket_public_access_block = setting(reply, facts::public_access_block)
        }
        "policy" => settings.policy = setting(reply, facts::policy),
        "policyStatus" => settings.policy_status = setting(reply, facts::policy_status),
        "acl" => settings.acl = setting(reply, facts::acl),
        "ownershipControls" => settings.object_ownership = setting(reply, facts::ownership),
        "location" => {
            if let Setting::Is(region) = setting(reply, facts::location) {
                store.region.get_or_insert(region);
            }
        }
        "encryption" => settings.encryption = setting(reply, facts::encryption),
        "versioning" => settings.versioning = setting(reply, facts::versioning),
        "logging" => settings.logging = setting(reply, facts::logging),
        "website" => settings.website = setting(reply, facts::website),
        _ => {}
    }
}

/// Tells an answer, "none set" and a refusal apart. `read` gives `None` for another document than the asked one, and
/// inside that `None` for one that says that nothing is set.
fn setting<T>(reply: Result<Reply, AskError>, read: impl Fn(&Reply) -> Option<Option<T>>) -> Setting<T> {
    let reply = match reply {
        Ok(reply) => reply,
        Err(AskError::NotConfigured) => return Setting::NotAsked,
        Err(error) => return Setting::Refused(error.code().to_owned()),
    };
    if reply.status.is_success() {
        return match read(&reply) {
            Some(Some(value)) => Setting::Is(value),
            Some(None) => Setting::NoneSet,
            None => Setting::Refused(OTHER_DOCUMENT.to_owned()),
        };
    }
    let code = reply.code();
    if reply.status == http::StatusCode::NOT_FOUND && NONE_SET.contains(&code.as_str()) {
        Setting::NoneSet
    } else {
        Setting::Refused(code)
    }
}

/// Asks for the ACLs of these objects.
pub(in crate::exposure) async fn object_acls(
    ask: &dyn Ask,
    bucket: &str,
    keys: &[&[u8]],
) -> Vec<ObjectAcl<crate::model::facts::Acl>> {
    stream::iter(keys)
        .map(|key| {
            let question = Question::new(To::Bucket(bucket.to_owned()), format!("/{}?acl", path_of(key)));
            let key = String::from_utf8_lossy(key).into_owned();
            async move {
                ObjectAcl {
                    key,
                    acl: setting(ask.ask(&question).await, facts::acl),
                }
            }
        })
        .buffered(IN_FLIGHT)
        .collect()
        .await
}

/// An unsigned listing of one key, and an unsigned read of one byte.
pub(in crate::exposure) fn probes(bucket: &str, key: Option<&[u8]>) -> (Question, Option<Question>) {
    let to = || To::Bucket(bucket.to_owned());
    let list = Question::new(to(), "/?list-type=2&max-keys=1").unsigned();
    let read = key.map(|key| {
        Question::new(to(), format!("/{}", path_of(key)))
            .with("range", "bytes=0-0")
            .unsigned()
    });
    (list, read)
}
