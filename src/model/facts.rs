//! Facts: the captured settings of stores (`lakewarden.facts/1`), which verdicts are judged from.
//!
//! A setting has four states ([`Setting`]): its key is absent (not asked), `null` (asked, none set),
//! `{"error":"CODE"}` (refused), or the document. Documents are accepted in the shape that the cloud's API or command
//! line returns, with or without its outer wrapper, policies as string or object; they are written unwrapped.

mod aws;
mod azure;
mod config_items;
mod gcp;
mod read;
mod setting;
mod shape;

use std::path::{Component, Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::id::{Provider, StoreUri};
pub use aws::{
    AccessPoint, Acl, AclGrant, AwsSettings, Grantee, ObjectOwnership, Owner, PolicyStatus,
    PublicAccessBlock, Replication, ReplicationDestination, ReplicationRule, RequestPayment,
};
pub use azure::{
    AccessControl, AzureAccount, AzureContainer, AzureSettings, IpRule, NetworkRules, ResourceAccessRule,
    StaticWebsite, StoredAccessPolicy, VirtualNetworkRule,
};
pub use gcp::{
    AclEntry, Billing, Binding, GcpSettings, GcsBucket, IamCondition, IamConfiguration, IamPolicy, IpFilter,
    ManagedFolder, NetworkSource, Role, Switch, UniformAccess,
};
pub use read::FactsError;
pub use setting::Setting;
pub use shape::{Document, Policy, document};

/// The version of this document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Schema {
    /// The first.
    #[default]
    #[serde(rename = "lakewarden.facts/1")]
    V1,
}

/// A facts file: the settings of any number of stores at one time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Facts {
    /// Which document this is.
    pub schema: Schema,
    /// When the settings were read (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<String>,
    /// The stores, sorted by address when written by us.
    pub stores: Vec<StoreFacts>,
}

impl Facts {
    /// Reads a facts file, or AWS Config's configuration items. Errors name line and column, and suggest the key that
    /// was meant.
    pub fn parse(text: &str) -> Result<Self, FactsError> {
        Self::gather(&[text]).map_err(|(_, error)| error)
    }

    /// Reads several files as one capture: facts files and AWS Config's snapshots and histories, in any mixture. An
    /// error comes with the index of its file.
    pub fn gather(texts: &[&str]) -> Result<Self, (usize, FactsError)> {
        let (mut all, mut recorded) = (Self::default(), Vec::new());
        for (i, text) in texts.iter().enumerate() {
            match read::items(text) {
                Some(items) => recorded.extend(items),
                None => {
                    let facts = read::facts(text).map_err(|error| (i, error))?;
                    all.captured_at = all.captured_at.max(facts.captured_at);
                    all.stores.extend(facts.stores);
                }
            }
        }
        let (stores, captured_at) = config_items::stores(recorded);
        all.captured_at = all.captured_at.max(captured_at);
        all.stores.extend(stores);
        Ok(all)
    }

    /// The facts of one store.
    pub fn store(&self, uri: &StoreUri) -> Option<&StoreFacts> {
        self.stores.iter().find(|s| s.uri == *uri)
    }

    /// The store that a local file or folder mirrors: the longest `path` that contains it wins. `base` is the folder
    /// of the facts file; both paths are compared as written, `.` and `..` resolved, links not followed.
    pub fn at_path(&self, base: &Path, path: &Path) -> Option<&StoreFacts> {
        let path = plain(path);
        let mapped = self
            .mapped(base)
            .into_iter()
            .filter(|(folder, _)| path.starts_with(folder));
        mapped
            .max_by_key(|(folder, _)| folder.components().count())
            .map(|(_, store)| store)
    }

    /// Every local folder that mirrors a store, with that store.
    pub fn mapped(&self, base: &Path) -> Vec<(PathBuf, &StoreFacts)> {
        self.stores
            .iter()
            .filter_map(|s| Some((plain(&base.join(s.path.as_ref()?)), s)))
            .collect()
    }
}

/// A path without `.` and `..`, by its text alone.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The settings of one store.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StoreFacts {
    /// The store's address.
    pub uri: StoreUri,
    /// The local folder that mirrors it, relative to the facts file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whose store it is; taken from the address where left out.
    pub provider: Provider,
    /// The owning account or project; without it every named account counts as an outsider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What was read.
    pub settings: Settings,
}

impl StoreFacts {
    /// A store of which nothing was asked yet. An address without a known scheme counts as local.
    pub fn new(uri: StoreUri) -> Self {
        let provider = uri.provider().unwrap_or(Provider::Local);
        Self {
            uri,
            path: None,
            provider,
            account: None,
            region: None,
            settings: Settings::new(provider),
        }
    }

    /// The last part of the address: bucket or container.
    pub fn name(&self) -> &str {
        self.uri.as_str().rsplit('/').next().unwrap_or("")
    }
}

/// Settings by provider; which one it is follows from the store's `provider`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Settings {
    /// Amazon S3 and servers that speak its API.
    Aws(Box<AwsSettings>),
    /// Google Cloud Storage.
    Gcp(Box<GcpSettings>),
    /// Azure Blob Storage.
    Azure(Box<AzureSettings>),
    /// A folder of a machine.
    Local(LocalSettings),
}

impl Settings {
    /// Nothing asked.
    fn new(provider: Provider) -> Self {
        match provider {
            Provider::Aws => Self::Aws(Box::default()),
            Provider::Gcp => Self::Gcp(Box::default()),
            Provider::Azure => Self::Azure(Box::default()),
            Provider::Local => Self::Local(LocalSettings::default()),
        }
    }
}

/// What a local folder's mode bits let other users of the machine do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalSettings {
    /// The mode bits, counted over the folder.
    #[serde(default, skip_serializing_if = "Setting::is_not_asked")]
    pub modes: Setting<Modes>,
}

/// Mode bits of a folder and of what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Modes {
    /// Whether every folder above lets others pass (`o+x`).
    pub reachable: bool,
    /// Whether others can list the folder itself (`o+r`).
    pub listable: bool,
    /// Whether others can add files or remove them (`o+w` and no sticky bit) somewhere in it.
    pub writable_folders: u64,
    /// Files that others can read (`o+r`, and `o+x` on each folder between).
    pub readable_files: u64,
    /// Files that others can write.
    pub writable_files: u64,
    /// All files seen.
    pub files: u64,
    /// Folders that this process could not look into.
    pub unseen_folders: u64,
}

/// One object's own ACL.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ObjectAcl<T> {
    /// The object's key.
    pub key: String,
    /// Its ACL.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub acl: Setting<T>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(paths: &[&str]) -> Facts {
        let store = |p: &&str| StoreFacts {
            path: Some((*p).to_owned()),
            ..StoreFacts::new(StoreUri::new(&format!("s3://{}", p.len())))
        };
        Facts {
            stores: paths.iter().map(store).collect(),
            ..Facts::default()
        }
    }

    #[test]
    fn the_longest_mapped_folder_wins() {
        let facts = mapped(&["lake", "lake/raw", "./lake/x/../rawer"]);
        let at = |p| {
            facts
                .at_path(Path::new("/d"), Path::new(p))
                .map(|s| s.path.clone().unwrap())
        };
        assert_eq!(at("/d/lake/raw/a.csv").as_deref(), Some("lake/raw"));
        assert_eq!(at("/d/lake/rawest").as_deref(), Some("lake"));
        assert_eq!(at("/d/lake/rawer/./a").as_deref(), Some("./lake/x/../rawer"));
        assert_eq!(at("/d/other"), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut facts = mapped(&["a"]);
        facts.stores[0].account = Some("123456789012".into());
        let text = serde_json::to_string_pretty(&facts).unwrap();
        assert_eq!(Facts::parse(&text).unwrap(), facts);
    }

    #[test]
    fn the_schema_can_be_derived() {
        let schema = serde_json::to_string(&schemars::schema_for!(Facts)).unwrap();
        assert!(schema.contains("lakewarden.facts/1") && schema.contains("bucket_public_access_block"));
    }
}
