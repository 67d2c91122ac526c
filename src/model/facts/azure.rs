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
    /// Limits on shared access signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sas_policy: Option<Value>,
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
    /// Virtual networks that are let in.
    pub virtual_network_rules: Vec<VirtualNetworkRule>,
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
