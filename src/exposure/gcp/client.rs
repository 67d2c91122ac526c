//! The calls that read a Cloud Storage bucket's settings.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt};
use http::Method;
use serde_json::Value;

use crate::exposure::ask::{Ask, AskError, OTHER_DOCUMENT, Question, Reply, To, segment};
use crate::exposure::inquiry::Shared;
use crate::model::facts::{
    AclEntry, Document, GcpSettings, GcsBucket, ManagedFolder, ObjectAcl, Role, Setting, document,
};
use crate::model::privilege::{Call, calls};

/// Calls in flight for one bucket.
const IN_FLIGHT: usize = 4;
/// Pages of managed folders that are followed.
const MAX_PAGES: usize = 50;

calls! {
    /// Every call that reads a Cloud Storage bucket's settings, with the permission for each.
    pub(in crate::exposure) CALLS:
    BUCKET = "bucket", "storage.buckets.get", Store;
    IAM = "iam_policy", "storage.buckets.getIamPolicy", Store;
    ACLS = "acl", "storage.buckets.getIamPolicy", Store;
    FOLDERS = "managed_folders", "storage.managedFolders.list", Store;
    FOLDER_IAM = "managed_folders", "storage.managedFolders.getIamPolicy", Store;
    OBJECT_ACL = "objects", "storage.objects.getIamPolicy", Object;
    PROJECT_IAM = "project_iam_policy", "resourcemanager.projects.getIamPolicy", Account;
    ROLE = "custom_roles", "iam.roles.get", Account;
    PREVENTION = "organization_public_access_prevention", "orgpolicy.policy.get", Account;
}

/// The constraint by which an organisation enforces public access prevention.
const CONSTRAINT: &str = "storage.publicAccessPrevention";

/// Asks for everything that judges a bucket. ACLs are asked for only where they are in force, managed folders only
/// where they can exist; both follow from uniform access. What belongs to the project is asked once per project.
pub(in crate::exposure) async fn settings(ask: &dyn Ask, shared: &Shared, bucket: &str) -> GcpSettings {
    let base = format!("/storage/v1/b/{}", segment(bucket.as_bytes()));
    let mut settings = GcpSettings {
        bucket: metadata(ask, &base).await,
        ..GcpSettings::default()
    };
    settings.iam_policy = get(ask, IAM, &format!("{base}/iam?optionsRequestedPolicyVersion=3")).await;
    let uniform = settings
        .bucket
        .get()
        .is_some_and(|b| b.uniform_access() == Some(true));
    if uniform {
        settings.managed_folders = managed_folders(ask, &base).await;
    } else {
        acls(ask, &base, &mut settings).await;
    }
    let project = settings.bucket.get().and_then(|b| b.project_number.clone());
    if let Some(project) = project {
        of_project(ask, shared, &project, &mut settings).await;
    }
    settings.custom_roles = custom_roles(ask, shared, &settings).await;
    settings
}

/// What the project and its organisation say for all their buckets.
async fn of_project(ask: &dyn Ask, shared: &Shared, project: &str, settings: &mut GcpSettings) {
    let project = segment(project.as_bytes());
    let policy = async {
        let path = format!("/v3/projects/{project}:getIamPolicy");
        let question = Question::new(PROJECT_IAM, To::Google("cloudresourcemanager"), path);
        answer(ask, &question.by(Method::POST)).await
    };
    settings.project_iam_policy = shared.once(format!("project {project}"), policy).await;
    let prevention = async {
        let path = format!("/v2/projects/{project}/policies/{CONSTRAINT}:getEffectivePolicy");
        answer(ask, &Question::new(PREVENTION, To::Google("orgpolicy"), path)).await
    };
    settings.organization_public_access_prevention =
        shared.once(format!("prevention {project}"), prevention).await;
}

/// The permissions of every custom role that a policy gives to someone. One that is refused leaves all of them open.
async fn custom_roles(ask: &dyn Ask, shared: &Shared, settings: &GcpSettings) -> Setting<Vec<Role>> {
    let folders = settings.managed_folders.get().into_iter().flatten();
    let policies = [&settings.iam_policy, &settings.project_iam_policy];
    let policies = policies
        .into_iter()
        .chain(folders.map(|folder| &folder.iam_policy));
    let names: BTreeSet<&str> = policies
        .filter_map(|policy| policy.get())
        .flat_map(|policy| policy.bindings.iter().map(|binding| binding.role.as_str()))
        .filter(|role| is_custom(role))
        .collect();
    if names.is_empty() {
        return Setting::NoneSet;
    }
    let mut roles = Vec::new();
    for name in names {
        let role = async {
            let question = Question::new(ROLE, To::Google("iam"), format!("/v1/{name}"));
            answer::<Role>(ask, &question).await
        };
        match shared.once(format!("role {name}"), role).await {
            Setting::Is(role) => roles.push(role),
            // A role that is not read stays unknown, and the judge says so.
            Setting::NotAsked if roles.is_empty() => return Setting::NotAsked,
            Setting::Refused(code) if roles.is_empty() => return Setting::Refused(code),
            _ => {}
        }
    }
    Setting::Is(roles)
}

/// `projects/PROJECT/roles/NAME` or `organizations/NUMBER/roles/NAME`, with nothing in it that an address could not
/// carry.
fn is_custom(role: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b))
            && !part.starts_with('.')
    };
    let parts: Vec<&str> = role.split('/').collect();
    match parts.as_slice() {
        ["projects" | "organizations", owner, "roles", name] => plain(owner) && plain(name),
        _ => false,
    }
}

/// The metadata, without ACLs where the full one is refused.
async fn metadata(ask: &dyn Ask, base: &str) -> Setting<GcsBucket> {
    let full = get::<GcsBucket>(ask, BUCKET, &format!("{base}?projection=full")).await;
    let bucket = if full.is_known() {
        full
    } else {
        get(ask, BUCKET, base).await
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
        None => get_acl(ask, ACLS, &format!("{base}/acl")).await,
    };
    settings.default_object_acl = match default {
        Some(acl) => Setting::Is(acl),
        None => get_acl(ask, ACLS, &format!("{base}/defaultObjectAcl")).await,
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
                iam_policy: get(ask, FOLDER_IAM, &path).await,
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
        let reply = ask.ask(&Question::new(FOLDERS, To::Gcs, path)).await;
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
                    acl: get_acl(ask, OBJECT_ACL, &path).await,
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
    let list = Question::unsigned(To::Gcs, format!("{base}?maxResults=1"));
    let read = key.map(|key| {
        let path = format!("{base}/{}?alt=media", segment(key));
        Question::unsigned(To::Gcs, path).with("range", "bytes=0-0")
    });
    (list, read)
}

/// Asks Cloud Storage for one document.
async fn get<T: Document>(ask: &dyn Ask, call: &'static Call, path: &str) -> Setting<T> {
    answer(ask, &Question::new(call, To::Gcs, path)).await
}

/// Asks for one document.
async fn answer<T: Document>(ask: &dyn Ask, question: &Question) -> Setting<T> {
    text(ask, question, |text| document(text).map(Setting::Is)).await
}

/// Asks for a list of ACL entries, which has no `items` where it is empty.
async fn get_acl(ask: &dyn Ask, call: &'static Call, path: &str) -> Setting<Vec<AclEntry>> {
    text(ask, &Question::new(call, To::Gcs, path), |text| {
        match document(text) {
            Some(entries) => Some(Setting::Is(entries)),
            None => {
                let value: Value = serde_json::from_str(text).ok()?;
                let kind = value.get("kind")?.as_str()?;
                let empty = kind.ends_with("AccessControls") && value.get("items").is_none();
                empty.then_some(Setting::NoneSet)
            }
        }
    })
    .await
}

/// Asks, and reads the text of the reply; what `read` does not take is another document.
async fn text<T>(
    ask: &dyn Ask,
    question: &Question,
    read: impl Fn(&str) -> Option<Setting<T>>,
) -> Setting<T> {
    let reply = match ask.ask(question).await {
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
