//! Settings of an Azure storage account and container, as its APIs and command line name them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Setting;
use super::shape::Document;

/// Everything that decides who can reach an Azure container without a credential.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct AzureSettings {
    /// The storage account's properties (management API).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub account: Setting<AzureAccount>,
    /// The container's public access level (`Get Container ACL`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub container: Setting<AzureContainer>,
    /// The static website, which serves the container `$web`.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub static_website: Setting<StaticWebsite>,
    /// The access policies stored on the container (`Get Container ACL`), which signatures can name.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub stored_access_policies: Setting<Vec<StoredAccessPolicy>>,
    /// The POSIX ACL of the container's root, on accounts with a hierarchical namespace (`Get Access Control`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub access_control: Setting<AccessControl>,
}

/// A storage account's properties, as far as they matter here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AzureAccount {
    /// Whether containers may be public at all. Unset means off or on by the account's age.
    pub allow_blob_public_access: Option<bool>,
    /// `Enabled`, `Disabled` or `SecuredByPerimeter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_network_access: Option<String>,
    /// The firewall.
    #[serde(skip_serializing_if = "Option::is_none", alias = "networkRuleSet")]
    pub network_acls: Option<NetworkRules>,
    /// Whether account keys work; unset means that they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_shared_key_access: Option<bool>,
    /// Encryption at rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Value>,
    /// Limits on shared access signatures: `{"sasExpirationPeriod":"1.00:00:00","expirationAction":"Log"}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sas_policy: Option<Value>,
    /// How old account keys may get: `{"keyExpirationPeriodInDays":90}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_policy: Option<Value>,
    /// Whether user delegation signatures work for users of other tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_cross_tenant_delegation_sas: Option<bool>,
    /// Whether objects may be replicated to accounts of other tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_cross_tenant_replication: Option<bool>,
    /// Whether it has a hierarchical namespace, and with it POSIX ACLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_hns_enabled: Option<bool>,
    /// Whether local users come in over SFTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_sftp_enabled: Option<bool>,
    /// Whether networks come in over NFS 3, which knows no identity.
    #[serde(skip_serializing_if = "Option::is_none", rename = "isNfsV3Enabled")]
    pub is_nfs_v3_enabled: Option<bool>,
    /// A domain of the owner's that leads to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_domain: Option<Value>,
    /// When it was made (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<String>,
}

impl Document for AzureAccount {
    const WRAPPERS: &'static [&'static str] = &["properties"];
    const NAME: &'static str = "a storage account's properties";
}

/// A storage account's firewall.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkRules {
    /// `Allow` or `Deny`: what holds for networks that no rule names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_action: Option<String>,
    /// Networks that are let in.
    pub ip_rules: Vec<IpRule>,
    /// Networks of the sixth version that are let in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ipv6_rules: Vec<IpRule>,
    /// Virtual networks that are let in.
    pub virtual_network_rules: Vec<VirtualNetworkRule>,
    /// Services that pass all the same, comma-separated: `AzureServices`, `Logging`, `Metrics` or `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass: Option<String>,
    /// Resources of the cloud that pass all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_access_rules: Vec<ResourceAccessRule>,
}

/// A resource of the cloud that a firewall lets in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceAccessRule {
    /// Whose it is.
    pub tenant_id: String,
    /// Its id, which may end in a wildcard.
    pub resource_id: String,
}

/// A network that is let in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IpRule {
    /// An address or a range in CIDR form.
    #[serde(default, alias = "ipAddressOrRange")]
    pub value: String,
}

/// A virtual network that is let in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VirtualNetworkRule {
    /// The subnet's resource id.
    #[serde(default, alias = "virtualNetworkResourceId")]
    pub id: String,
}

/// A container's own setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureContainer {
    /// `None`, `Blob` (read by name) or `Container` (list and read), in any case; `null` means none. It must be
    /// there: a misspelt key must not read as private.
    #[serde(alias = "public_access", deserialize_with = "Option::deserialize")]
    pub public_access: Option<String>,
}

impl Document for AzureContainer {
    const WRAPPERS: &'static [&'static str] = &["properties"];
    const NAME: &'static str = "a container with its publicAccess";
}

/// An access policy stored on a container: what signatures that name it may do, and until when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StoredAccessPolicy {
    /// Its name, by which signatures refer to it.
    pub id: String,
    /// From when (RFC 3339); the signature says so where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Until when (RFC 3339); the signature says so where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// The letters of what it allows: `r`ead, `a`dd, `c`reate, `w`rite, `d`elete, `l`ist and others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

impl Document for Vec<StoredAccessPolicy> {
    const WRAPPERS: &'static [&'static str] = &["signedIdentifiers"];
    const NAME: &'static str = "a list of stored access policies";
}

/// The POSIX ACL of a container's root folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessControl {
    /// The entries: `user::rwx,group::r-x,other::---`, named ones between them.
    pub acl: String,
}

impl AccessControl {
    /// The three letters of the entry `other`, dashes where one is missing; nothing where there is no such entry.
    pub fn other(&self) -> Option<&str> {
        let entries = self.acl.split(',').map(str::trim);
        entries.filter_map(|entry| entry.strip_prefix("other::")).next()
    }
}

impl Document for AccessControl {
    const NAME: &'static str = "an access control with its acl";
}

/// Whether the account serves a website from `$web`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StaticWebsite {
    /// Whether it does.
    pub enabled: bool,
}

impl Document for StaticWebsite {
    const WRAPPERS: &'static [&'static str] = &["StaticWebsite", "staticWebsite", "static_website"];
    const NAME: &'static str = "a static website that is enabled or not";
}

impl<'de> Deserialize<'de> for StaticWebsite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let enabled = value
            .get("enabled")
            .or_else(|| value.get("Enabled"))
            .unwrap_or(&value)
            .as_bool();
        enabled
            .map(|enabled| Self { enabled })
            .ok_or_else(|| serde::de::Error::custom("neither on nor off"))
    }
}
