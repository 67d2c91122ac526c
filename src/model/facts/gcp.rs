//! Settings of a Cloud Storage bucket, as its JSON API and command line name them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::shape::{self, Document};
use super::{ObjectAcl, Setting};

/// Everything that decides who can reach a Cloud Storage bucket, and what stands beside it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct GcpSettings {
    /// The bucket's metadata (`storage.buckets.get`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub bucket: Setting<GcsBucket>,
    /// Its IAM policy (`storage.buckets.getIamPolicy`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub iam_policy: Setting<IamPolicy>,
    /// The project's IAM policy, whose storage roles every bucket inherits.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub project_iam_policy: Setting<IamPolicy>,
    /// The permissions of the custom roles that the policies name (`iam.roles.get`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub custom_roles: Setting<Vec<Role>>,
    /// The bucket's ACL; also taken from the metadata.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub acl: Setting<Vec<AclEntry>>,
    /// The ACL that new objects get; also taken from the metadata.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub default_object_acl: Setting<Vec<AclEntry>>,
    /// Whether the organisation enforces public access prevention.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub organization_public_access_prevention: Setting<Switch>,
    /// Managed folders, each with its IAM policy.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub managed_folders: Setting<Vec<ManagedFolder>>,
    /// ACLs of single objects; `null` says that no object has grants of its own.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub objects: Setting<Vec<ObjectAcl<Vec<AclEntry>>>>,
    /// Whether `objects` has every object of the bucket, not a sample.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub objects_complete: bool,
}

/// A bucket's metadata, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GcsBucket {
    /// Uniform access and public access prevention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_configuration: Option<IamConfiguration>,
    /// The bucket's ACL, with `projection=full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<Vec<AclEntry>>,
    /// The ACL that new objects get, with `projection=full`.
    #[serde(skip_serializing_if = "Option::is_none", alias = "default_acl")]
    pub default_object_acl: Option<Vec<AclEntry>>,
    /// Default encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Value>,
    /// Object versioning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versioning: Option<Value>,
    /// Usage logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Value>,
    /// Website pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<Value>,
    /// Who pays for requests: `{"requesterPays":true}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing: Option<Billing>,
    /// The networks that requests may come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_filter: Option<IpFilter>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The owning project's number.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub project_number: Option<String>,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// As the command line writes it, in place of `iamConfiguration`.
    #[serde(
        rename = "uniform_bucket_level_access",
        skip_serializing_if = "Option::is_none"
    )]
    pub cli_uniform_access: Option<bool>,
    /// As the command line writes it, in place of `iamConfiguration`.
    #[serde(rename = "public_access_prevention", skip_serializing_if = "Option::is_none")]
    pub cli_public_access_prevention: Option<String>,
}

impl GcsBucket {
    /// Whether ACLs are switched off; `None` where the metadata does not say.
    pub fn uniform_access(&self) -> Option<bool> {
        let api = self
            .iam_configuration
            .as_ref()
            .and_then(|c| c.uniform_bucket_level_access.as_ref());
        api.map(|u| u.enabled).or(self.cli_uniform_access)
    }

    /// `enforced` or `inherited`, in lower case; `None` where the metadata does not say.
    pub fn public_access_prevention(&self) -> Option<String> {
        let api = self
            .iam_configuration
            .as_ref()
            .and_then(|c| c.public_access_prevention.as_ref());
        api.or(self.cli_public_access_prevention.as_ref())
            .map(|s| s.to_ascii_lowercase())
    }
}

impl Document for GcsBucket {
    const NAME: &'static str = "a bucket's metadata";
}

/// Who pays for the requests to a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Billing {
    /// The one who asks, and who must therefore sign.
    pub requester_pays: bool,
}

/// The networks that requests to a bucket may come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct IpFilter {
    /// `Enabled` or `Disabled`.
    pub mode: String,
    /// Ranges of the Internet that come in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_network_source: Option<NetworkSource>,
    /// Networks of the cloud that come in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vpc_network_sources: Vec<NetworkSource>,
}

/// A network and the ranges in it that come in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkSource {
    /// The network of the cloud; absent for the Internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Ranges in CIDR form.
    pub allowed_ip_cidr_ranges: Vec<String>,
}

/// A role with its permissions, as `iam.roles.get` and `gcloud iam roles describe` write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// `projects/PROJECT/roles/NAME` or `organizations/NUMBER/roles/NAME`.
    pub name: String,
    /// Its permissions; none where there are none.
    #[serde(default)]
    pub included_permissions: Vec<String>,
    /// Whether it was deleted and grants nothing any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl Document for Role {
    const NAME: &'static str = "a role with its name";
}

impl Document for Vec<Role> {
    const WRAPPERS: &'static [&'static str] = &["roles"];
    const NAME: &'static str = "a list of roles";
}

/// How a bucket uses IAM.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct IamConfiguration {
    /// Whether ACLs are switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uniform_bucket_level_access: Option<UniformAccess>,
    /// `enforced` or `inherited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_access_prevention: Option<String>,
}

/// Uniform bucket-level access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UniformAccess {
    /// Whether it is on.
    #[serde(default)]
    pub enabled: bool,
}

/// An IAM policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IamPolicy {
    /// Its bindings; an empty policy has none.
    pub bindings: Vec<Binding>,
}

impl<'de> Deserialize<'de> for IamPolicy {
    /// An empty policy is written without `bindings`, so that its other fields must tell it from another document.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Form {
            bindings: Option<Vec<Binding>>,
            etag: Option<String>,
            version: Option<u64>,
        }
        let form = Form::deserialize(deserializer)?;
        match form.bindings {
            Some(bindings) => Ok(Self { bindings }),
            None if form.etag.is_some() || form.version.is_some() => Ok(Self::default()),
            None => Err(serde::de::Error::custom("no bindings")),
        }
    }
}

impl Document for IamPolicy {
    const WRAPPERS: &'static [&'static str] = &["policy"];
    const NAME: &'static str = "an IAM policy with its bindings";
}

/// One binding: these members have this role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Binding {
    /// The role.
    pub role: String,
    /// The members.
    pub members: Vec<String>,
    /// A condition that narrows the binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<IamCondition>,
}

/// An IAM condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IamCondition {
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The expression.
    #[serde(default)]
    pub expression: String,
}

/// One entry of an ACL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AclEntry {
    /// `allUsers`, `allAuthenticatedUsers`, `user-…`, `group-…`, `domain-…`, `project-owners-…` and the like.
    pub entity: String,
    /// `READER`, `WRITER` or `OWNER`.
    pub role: String,
}

impl Document for Vec<AclEntry> {
    const WRAPPERS: &'static [&'static str] = &["items"];
    const NAME: &'static str = "a list of ACL entries";
}

/// Whether an organisation policy is enforced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Switch(pub bool);

impl Document for Switch {
    const WRAPPERS: &'static [&'static str] = &["booleanPolicy", "spec"];
    const NAME: &'static str = "an organisation policy that is enforced or not";
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let on = match &value {
            Value::Bool(on) => Some(*on),
            Value::String(word) => shape::word(word, "enforced", "inherited"),
            Value::Object(map) if map.is_empty() => Some(false),
            other => {
                let rule = other
                    .get("enforced")
                    .or_else(|| other.pointer("/rules/0/enforce"));
                rule.and_then(Value::as_bool)
            }
        };
        on.map(Self)
            .ok_or_else(|| serde::de::Error::custom("neither on nor off"))
    }
}

/// A managed folder with its IAM policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManagedFolder {
    /// The folder, as a key prefix.
    pub name: String,
    /// Its IAM policy (`storage.managedFolders.getIamPolicy`).
    #[serde(default, skip_serializing_if = "Setting::is_not_asked")]
    pub iam_policy: Setting<IamPolicy>,
}

impl Document for Vec<ManagedFolder> {
    const WRAPPERS: &'static [&'static str] = &["items"];
    const NAME: &'static str = "a list of managed folders";
}

/// A number that some tools write as text.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
