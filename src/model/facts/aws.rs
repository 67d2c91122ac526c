//! Settings of an S3 bucket, as its own API and command line name them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::shape::{Document, Policy};
use super::{ObjectAcl, Setting};

/// Everything that decides who can reach an S3 bucket, and what stands beside it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct AwsSettings {
    /// Block settings that the organisation imposes; they also show in the account's.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub organization_public_access_block: Setting<PublicAccessBlock>,
    /// Block settings of the account (S3 Control `GetPublicAccessBlock`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub account_public_access_block: Setting<PublicAccessBlock>,
    /// Block settings of the bucket (`GetPublicAccessBlock`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub bucket_public_access_block: Setting<PublicAccessBlock>,
    /// Who owns uploaded objects (`GetBucketOwnershipControls`); none set means that ACLs are in force.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub object_ownership: Setting<ObjectOwnership>,
    /// The bucket's ACL (`GetBucketAcl`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub acl: Setting<Acl>,
    /// The bucket policy (`GetBucketPolicy`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub policy: Setting<Policy>,
    /// Whether the service itself calls the policy public (`GetBucketPolicyStatus`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub policy_status: Setting<PolicyStatus>,
    /// Website hosting (`GetBucketWebsite`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub website: Setting<Value>,
    /// The access points in front of the bucket, each with its policy and block settings; Multi-Region ones may stand
    /// among them.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub access_points: Setting<Vec<AccessPoint>>,
    /// The Multi-Region access points that lead to the bucket, each with its policy and block settings.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub multi_region_access_points: Setting<Vec<AccessPoint>>,
    /// Replication to other buckets (`GetBucketReplication`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub replication: Setting<Replication>,
    /// Who pays for requests (`GetBucketRequestPayment`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub request_payment: Setting<RequestPayment>,
    /// Default encryption (`GetBucketEncryption`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub encryption: Setting<Value>,
    /// Versioning (`GetBucketVersioning`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub versioning: Setting<Value>,
    /// Server access logging (`GetBucketLogging`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub logging: Setting<Value>,
    /// ACLs of single objects (`GetObjectAcl`); `null` says that no object has grants of its own.
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub objects: Setting<Vec<ObjectAcl<Acl>>>,
    /// Whether `objects` has every object of the bucket, not a sample.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub objects_complete: bool,
}

/// The four switches of S3's public-access block; what is left out is off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct PublicAccessBlock {
    /// New public ACLs are refused; existing ones stay.
    #[serde(alias = "blockPublicAcls")]
    pub block_public_acls: bool,
    /// Public ACL grants have no effect.
    #[serde(alias = "ignorePublicAcls")]
    pub ignore_public_acls: bool,
    /// New public policies are refused; an existing one stays.
    #[serde(alias = "blockPublicPolicy")]
    pub block_public_policy: bool,
    /// A public policy reaches only the owning account and services of the cloud.
    #[serde(alias = "restrictPublicBuckets")]
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four switches in one position.
    pub fn all(on: bool) -> Self {
        Self {
            block_public_acls: on,
            ignore_public_acls: on,
            block_public_policy: on,
            restrict_public_buckets: on,
        }
    }
}

impl Document for PublicAccessBlock {
    const WRAPPERS: &'static [&'static str] = &["PublicAccessBlockConfiguration", "PublicAccessBlock"];
    const NAME: &'static str = "a public-access block";
}

/// Who owns what is uploaded to the bucket, and so whether ACLs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum ObjectOwnership {
    /// The bucket's owner; all ACLs are disabled.
    BucketOwnerEnforced,
    /// The bucket's owner where the upload says so; ACLs are in force.
    BucketOwnerPreferred,
    /// Whoever uploads; ACLs are in force.
    ObjectWriter,
}

impl ObjectOwnership {
    /// The setting of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "BucketOwnerEnforced" => Some(Self::BucketOwnerEnforced),
            "BucketOwnerPreferred" => Some(Self::BucketOwnerPreferred),
            "ObjectWriter" => Some(Self::ObjectWriter),
            _ => None,
        }
    }
}

impl Document for ObjectOwnership {
    const WRAPPERS: &'static [&'static str] = &["OwnershipControls"];
    const NAME: &'static str = "object ownership (BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter)";
}

impl<'de> Deserialize<'de> for ObjectOwnership {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let name = value
            .as_str()
            .or_else(|| value.pointer("/Rules/0/ObjectOwnership")?.as_str());
        let name = name.or_else(|| value.get("ObjectOwnership")?.as_str());
        name.and_then(Self::from_name)
            .ok_or_else(|| serde::de::Error::custom("not an object ownership"))
    }
}

/// An access control list of a bucket or an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Acl {
    /// Who owns the bucket or object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The grants.
    pub grants: Vec<AclGrant>,
}

impl Document for Acl {
    const WRAPPERS: &'static [&'static str] = &["AccessControlPolicy"];
    const NAME: &'static str = "an ACL with its Grants";
}

/// The owner of a bucket or object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Owner {
    /// The canonical user id.
    #[serde(rename = "ID")]
    pub id: String,
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let id = value
            .as_str()
            .or_else(|| value.get("ID")?.as_str())
            .unwrap_or_default();
        Ok(Self { id: id.to_owned() })
    }
}

/// One grant of an ACL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AclGrant {
    /// Who.
    #[serde(default)]
    pub grantee: Grantee,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    #[serde(default)]
    pub permission: String,
}

/// Whom an ACL grant names, by canonical id, by group or by e-mail address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grantee {
    /// `CanonicalUser`, `Group` or `AmazonCustomerByEmail`.
    #[serde(rename = "Type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The canonical user id.
    #[serde(rename = "ID", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The group's address.
    #[serde(rename = "URI", default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// The service's own judgement of the bucket policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyStatus {
    /// Whether it calls the policy public.
    #[serde(alias = "isPublic")]
    pub is_public: bool,
}

impl Document for PolicyStatus {
    const WRAPPERS: &'static [&'static str] = &["PolicyStatus"];
    const NAME: &'static str = "a policy status with IsPublic";
}

/// An access point in front of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct AccessPoint {
    /// Its name.
    pub name: String,
    /// `Internet` or `VPC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_origin: Option<String>,
    /// Its policy (`GetAccessPointPolicy`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub policy: Setting<Policy>,
    /// The service's judgement of it (`GetAccessPointPolicyStatus`).
    #[serde(skip_serializing_if = "Setting::is_not_asked")]
    pub policy_status: Setting<PolicyStatus>,
    /// Its own block settings, fixed when it was made.
    #[serde(skip_serializing_if = "Option::is_none", alias = "PublicAccessBlock")]
    pub public_access_block_configuration: Option<PublicAccessBlock>,
}

impl Document for Vec<AccessPoint> {
    const WRAPPERS: &'static [&'static str] = &["AccessPointList", "AccessPoints"];
    const NAME: &'static str = "a list of access points";
}

/// Rules by which a bucket's objects are copied to other buckets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Replication {
    /// The rules.
    #[serde(alias = "rules")]
    pub rules: Vec<ReplicationRule>,
}

impl Document for Replication {
    const WRAPPERS: &'static [&'static str] = &["ReplicationConfiguration"];
    const NAME: &'static str = "a replication configuration with its Rules";
}

/// One rule of replication.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReplicationRule {
    /// `Enabled` or `Disabled`.
    #[serde(alias = "status")]
    pub status: String,
    /// The keys it is about, as rules of the first kind name them.
    #[serde(skip_serializing_if = "Option::is_none", alias = "prefix")]
    pub prefix: Option<String>,
    /// What it is about, as newer rules name it: `{"Prefix":…}`, tags, or both in `And`.
    #[serde(skip_serializing_if = "Option::is_none", alias = "filter")]
    pub filter: Option<Value>,
    /// Where the copies go.
    #[serde(alias = "destination", alias = "destinationConfig")]
    pub destination: ReplicationDestination,
}

impl ReplicationRule {
    /// The prefix of the keys that are copied; empty for all of them.
    pub fn prefix(&self) -> &str {
        let filter = self.filter.as_ref();
        let filtered = filter.and_then(|f| f.get("Prefix").or_else(|| f.pointer("/And/Prefix")));
        filtered
            .and_then(Value::as_str)
            .or(self.prefix.as_deref())
            .unwrap_or("")
    }
}

/// Where a rule's copies go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReplicationDestination {
    /// The bucket's ARN.
    #[serde(alias = "bucket", alias = "bucketARN")]
    pub bucket: String,
    /// The account that owns it, where the rule names one.
    #[serde(skip_serializing_if = "Option::is_none", alias = "account")]
    pub account: Option<String>,
}

/// Who pays for the requests to a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RequestPayment {
    /// `BucketOwner` or `Requester`; a requester who pays must sign.
    #[serde(alias = "payer")]
    pub payer: String,
}

impl Document for RequestPayment {
    const WRAPPERS: &'static [&'static str] = &["RequestPaymentConfiguration"];
    const NAME: &'static str = "a request payment with its Payer";
}
