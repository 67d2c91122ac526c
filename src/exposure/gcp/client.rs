//! The calls that read a Cloud Storage bucket's settings.

use futures::stream::{self, StreamExt};
use serde_json::Value;

use crate::exposure::ask::{Ask, AskError, Call, OTHER_DOCUMENT, Question, Reply, To, segment};
use crate::model::facts::{
    AclEntry, Document, GcpSettings, GcsBucket, ManagedFolder, ObjectAcl, Setting, document,
};

/// Calls in flight for one bucket.
const IN_FLIGHT: usize = 4;
/// Pages of managed folders that are followed.
const MAX_PAGES: usize = 50;

/// What is asked of every bucket, with the permission for each.
pub(in crate::exposure) const CALLS: &[Call] = &[
    Call {
        setting: "bucket",
        permission: "storage.buckets.get",
    },
    Call {
        setting: "iam_policy",
        permission: "storage.buckets.getIamPolicy",
    },
    Call {
        setting: "acl",
        permission: "storage.buckets.getIamPolicy",
    },
    Call {
        setting: "default_object_acl",
        permission: "storage.buckets.getIamPolicy",
    },
    Call {
        setting: "managed_folders",
        permission: "storage.managedFolders.list",
    },
    Call {
        setting: "managed_folders",
        permission: "storage.managedFolders.getIamPolicy",
    },
    Call {
        setting: "objects",
        permission: "storage.objects.getIamPolicy",
    },
];

/// Asks for everything that judges a bucket. ACLs are asked for only where they are in force, managed folders only
/// where they can exist; both follow from uniform access.
pub(in crate::exposure) async fn settings(ask: &dyn Ask, bucket: &str) -> GcpSettings {
    let base = format!("/storage/v1/b/{}", segment(bucket.as_bytes()));
    let mut settings = GcpSettings {
        bucket: metadata(ask, &base).await,
        ..GcpSettings::default()
    };
    settings.iam_policy = get(ask, &format!("{base}/iam?optionsRequestedPolicyVersion=3")).await;
    let uniform = settings
        .bucket
        .get()
        .is_some_and(|b| b.uniform_access() == Some(true));
    if uniform {
        settings.managed_folders = managed_folders(ask, &base).await;
    } else {
        acls(ask, &base, &mut settings).await;
    }
    settings
}

/// The metadata, without ACLs where the full one is refused.
async fn metadata(ask: &dyn Ask, base: &str) -> Setting<GcsBucket> {
    let full = get::<GcsBucket>(ask, &format!("{base}?projection=full")).await;
    let bucket = if full.is_known() {
        full
    } else {
        get(ask, base).await
    };
    match bucket {
        // Any JSON object has the shape of a bucket; a real one names its access configuration.
        Setting::Is(b) if b.iam_configuration.is_none() && b.location.is_none() => {
            Setting::Refused(OTHER_DOCUMENT.to_owned())
        }
        bucket => bucket,
    }
}

/// The bucket's ACL and the one for new objects, where the metadata has not brought them.
async fn acls(ask: &dyn Ask, base: &str, settings: &mut GcpSettings) {
    let (acl, default) = match settings.bucket.get() {
        Some(bucket) => (bucket.acl.clone(), bucket.default_object_acl.clone()),
        None => (None, None),
    };
    settings.acl = match acl {
        Some(acl) => Setting::Is(acl),
        None => get_acl(ask, &format!("{base}/acl")).await,
    };
    settings.default_object_acl = match default {
        Some(acl) => Setting::Is(acl),
        None => get_acl(ask, &format!("{base}/defaultObjectAcl")).await,
    };
    if let Setting::Is(bucket) = &mut settings.bucket {
        (bucket.acl, bucket.default_object_acl) = (None, None);
    }
}

/// Every managed folder with its policy. A server without them says 404.
async fn managed_folders(ask: &dyn Ask, base: &str) -> Setting<Vec<ManagedFolder>> {
    let names = match folder_names(ask, base).await {
        Ok(names) if names.is_empty() => return Setting::NoneSet,
        Ok(names) => names,
        Err(setting) => return setting,
    };
    let folders = stream::iter(names).map(|name| {
        let path = format!(
            "{base}/managedFolders/{}/iam?optionsRequestedPolicyVersion=3",
            segment(name.as_bytes())
        );
        async move {
            ManagedFolder {
                name,
                iam_policy: get(ask, &path).await,
            }
        }
    });
    Setting::Is(folders.buffered(IN_FLIGHT).collect().await)
}

/// The folders' names, page by page; `Err` holds the setting where they cannot be had.
async fn folder_names(ask: &dyn Ask, base: &str) -> Result<Vec<String>, Setting<Vec<ManagedFolder>>> {
    let mut names = Vec::new();
    let mut token = String::new();
    for _ in 0..MAX_PAGES {
        let path = format!("{base}/managedFolders?pageSize=1000{token}");
        let reply = ask.ask(&Question::new(To::Gcs, path)).await;
        let page = match reply {
            Ok(reply) if reply.status == http::StatusCode::NOT_FOUND => return Ok(names),
            reply => body(reply)?,
        };
        let items = page
            .get("items")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        names.extend(
            items
                .iter()
                .filter_map(|i| i.get("name")?.as_str().map(str::to_owned)),
        );
        match page.get("nextPageToken").and_then(Value::as_str) {
            Some(next) => token = format!("&pageToken={}", segment(next.as_bytes())),
            None if items.is_empty() && page.get("kind").is_none() => {
                return Err(Setting::Refused(OTHER_DOCUMENT.to_owned()));
            }
            None => return Ok(names),
        }
    }
    Err(Setting::Refused("TooManyManagedFolders".to_owned()))
}

/// The ACLs of these objects.
pub(in crate::exposure) async fn object_acls(
    ask: &dyn Ask,
    bucket: &str,
    keys: &[&[u8]],
) -> Vec<ObjectAcl<Vec<AclEntry>>> {
    let base = format!("/storage/v1/b/{}", segment(bucket.as_bytes()));
    stream::iter(keys)
        .map(|key| {
            let path = format!("{base}/o/{}/acl", segment(key));
            let key = String::from_utf8_lossy(key).into_owned();
            async move {
                ObjectAcl {
                    key,
                    acl: get_acl(ask, &path).await,
                }
            }
        })
        .buffered(IN_FLIGHT)
        .collect()
        .await
}

/// An unsigned listing of one key, and an unsigned read of one byte.
pub(in crate::exposure) fn probes(bucket: &str, key: Option<&[u8]>) -> (Question, Option<Question>) {
    let base = format!("/storage/v1/b/{}/o", segment(bucket.as_bytes()));
    let list = Question::new(To::Gcs, format!("{base}?maxResults=1")).unsigned();
    let read = key.map(|key| {
        let path = format!("{base}/{}?alt=media", segment(key));
        Question::new(To::Gcs, path).with("range", "bytes=0-0").unsigned()
    });
    (list, read)
}

/// Asks for one document.
async fn get<T: Document>(ask: &dyn Ask, path: &str) -> Setting<T> {
    text(ask, path, |text| document(text).map(Setting::Is)).await
}

/// Asks for a list of ACL entries, which has no `items` where it is empty.
async fn get_acl(ask: &dyn Ask, path: &str) -> Setting<Vec<AclEntry>> {
    text(ask, path, |text| match document(text) {
        Some(entries) => Some(Setting::Is(entries)),
        None => {
            let value: Value = serde_json::from_str(text).ok()?;
            let kind = value.get("kind")?.as_str()?;
            let empty = kind.ends_with("AccessControls") && value.get("items").is_none();
            empty.then_some(Setting::NoneSet)
        }
    })
    .await
}

/// Asks, and reads the text of the reply; what `read` does not take is another document.
async fn text<T>(ask: &dyn Ask, path: &str, read: impl Fn(&str) -> Option<Setting<T>>) -> Setting<T> {
    let reply = match ask.ask(&Question::new(To::Gcs, path)).await {
        Ok(reply) if reply.status.is_success() => reply,
        reply => return body(reply).err().unwrap_or_default(),
    };
    let read = std::str::from_utf8(&reply.body).ok().and_then(read);
    read.unwrap_or_else(|| Setting::Refused(OTHER_DOCUMENT.to_owned()))
}

/// A reply's JSON body, or the setting that its refusal makes.
fn body<T>(reply: Result<Reply, AskError>) -> Result<Value, Setting<T>> {
    match reply {
        Err(AskError::NotConfigured) => Err(Setting::NotAsked),
        Err(error) => Err(Setting::Refused(error.code().to_owned())),
        Ok(reply) if reply.status.is_success() => {
            serde_json::from_slice(&reply.body).map_err(|_| Setting::Refused(OTHER_DOCUMENT.to_owned()))
        }
        Ok(reply) => Err(Setting::Refused(reply.code())),
    }
}
