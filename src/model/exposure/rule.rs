//! The rules that verdicts are made of. Each has a fixed name, one meaning and a fixture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares the rules once: variant, fixed name, meaning.
macro_rules! rules {
    ($($variant:ident, $name:literal, $meaning:literal;)*) => {
        /// A rule of judging, by its fixed name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum Rule {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The fixed name, as in reports.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it says, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

rules! {
    S3PolicyPublic, "s3.policy.public", "A bucket policy statement allows anyone, without a fixed value of a limiting condition.";
    S3PolicyAnyCustomer, "s3.policy.any_customer", "A bucket policy statement allows every customer of the cloud.";
    S3PolicyExternal, "s3.policy.external", "A bucket policy statement allows named outsiders.";
    S3PolicyFederated, "s3.policy.federated", "A bucket policy statement allows a public web identity provider, which counts as anyone.";
    S3PolicyCdn, "s3.policy.cdn", "A bucket policy statement allows a content delivery network's identity.";
    S3PolicyLimited, "s3.policy.limited", "A statement for everyone is limited to fixed values of a condition that keeps outsiders out.";
    S3PolicyCondition, "s3.policy.condition", "A condition on a statement for everyone does not keep outsiders out.";
    S3PolicyDeny, "s3.policy.deny", "An explicit Deny takes a grant back.";
    S3PolicyPartialDeny, "s3.policy.partial_deny", "A Deny does not plainly cover a grant, so the grant counts.";
    S3PolicyNotUnderstood, "s3.policy.not_understood", "A statement could not be understood and is taken for the worst it may mean.";
    S3PolicyStatus, "s3.policy_status", "The cloud's own judgement of the policy agrees.";
    S3PolicyStatusDisagrees, "s3.policy_status.disagrees", "The cloud's own judgement of the policy differs; the worse is taken.";
    S3RestrictPublicBuckets, "s3.public_access_block.restrict_public_buckets", "RestrictPublicBuckets limits a public policy to the owning account and services.";
    S3IgnorePublicAcls, "s3.public_access_block.ignore_public_acls", "IgnorePublicAcls makes public ACL grants void.";
    S3BlockNew, "s3.public_access_block.block_new", "BlockPublicAcls and BlockPublicPolicy refuse new grants only and undo none.";
    S3BucketOwnerEnforced, "s3.object_ownership.bucket_owner_enforced", "Object ownership BucketOwnerEnforced disables ACLs.";
    S3AclPublic, "s3.acl.public", "An ACL grants everyone.";
    S3AclAnyCustomer, "s3.acl.any_customer", "An ACL grants every AWS account.";
    S3AclExternal, "s3.acl.external", "An ACL grants another account.";
    S3ObjectAclPublic, "s3.object_acl.public", "An object's own ACL grants everyone or every AWS account.";
    S3ObjectAclExternal, "s3.object_acl.external", "An object's own ACL grants another account.";
    S3ObjectAclsUnread, "s3.object_acl.unread", "ACLs are in force and single objects may carry public ones that were not read.";
    S3AccessPoint, "s3.access_point", "An access point's policy grants access.";
    S3AccessPointVpc, "s3.access_point.vpc", "An access point that accepts one VPC only is never public.";
    S3MultiRegionAccessPoint, "s3.multi_region_access_point", "A Multi-Region access point's policy grants access.";
    S3RequesterPays, "s3.requester_pays", "Requests to a bucket whose requesters pay must be signed.";
    S3Replication, "s3.replication", "Replication copies objects to a bucket of another account.";
    S3Website, "s3.website", "Website hosting serves over plain HTTP what the policy or ACL already grants.";
    GcsIamPublic, "gcs.iam.public", "An IAM binding grants allUsers.";
    GcsIamAnyCustomer, "gcs.iam.any_customer", "An IAM binding grants allAuthenticatedUsers.";
    GcsIamExternal, "gcs.iam.external", "An IAM binding grants named members.";
    GcsIamCondition, "gcs.iam.condition", "An IAM condition makes a grant partial.";
    GcsCustomRole, "gcs.iam.custom_role", "A custom role's own list of permissions says what it allows.";
    GcsRoleUnknown, "gcs.iam.role_unknown", "A role's permissions are not known; the worst is assumed.";
    GcsPublicAccessPrevention, "gcs.public_access_prevention", "Public access prevention makes grants to allUsers and allAuthenticatedUsers void.";
    GcsUniformAccess, "gcs.uniform_bucket_level_access", "Uniform bucket-level access makes ACLs void.";
    GcsAclPublic, "gcs.acl.public", "The bucket ACL grants everyone or every Google account.";
    GcsAclExternal, "gcs.acl.external", "The bucket ACL grants named entities.";
    GcsObjectAclPublic, "gcs.object_acl.public", "An object's own ACL grants everyone or every Google account.";
    GcsObjectAclExternal, "gcs.object_acl.external", "An object's own ACL grants named entities.";
    GcsDefaultObjectAcl, "gcs.default_object_acl", "New objects get an ACL that grants outsiders.";
    GcsObjectAclsUnread, "gcs.object_acl.unread", "ACLs are in force and single objects may carry public ones that were not read.";
    GcsRequesterPays, "gcs.requester_pays", "Requests to a bucket whose requesters pay must be signed.";
    GcsIpFilter, "gcs.ip_filter", "A bucket IP filter lets requests from named networks in only.";
    GcsWebsite, "gcs.website", "Website pages are served where objects are public already; they grant nothing.";
    GcsManagedFolder, "gcs.managed_folder", "A managed folder's IAM policy grants outsiders.";
    AzureContainerLevel, "azure.container_level", "The container's public access level lets anyone read.";
    AzureContainerPrivate, "azure.container_level.none", "The container's public access level is none.";
    AzureAccountSwitch, "azure.account.allow_blob_public_access", "The account forbids anonymous access whatever its containers say.";
    AzureAccountSwitchUnset, "azure.account.allow_blob_public_access.unset", "The account switch is unset, and what that means depends on the account's age.";
    AzureNetwork, "azure.account.network", "Network rules keep the Internet out.";
    AzureNetworkAllowed, "azure.account.network.allowed", "Network rules let named networks in.";
    AzureNetworkBypass, "azure.account.network.bypass", "Services and resources of the cloud pass the firewall; they still need a credential.";
    AzureSharedKey, "azure.account.shared_key", "Account keys and the signatures made with them work, or do not.";
    AzureSasPolicy, "azure.account.sas_policy", "The account limits how long signatures may be valid, or does not.";
    AzureStoredAccessPolicy, "azure.stored_access_policy", "An access policy stored on the container says what signatures that name it may do.";
    AzureOtherDoor, "azure.account.other_door", "The account has a door beside the Blob service: SFTP, NFS, replication or delegation across tenants.";
    AzurePosixAcl, "azure.acl.other", "The POSIX ACL lets every identity of the tenant in.";
    AzureWebsite, "azure.static_website", "The `$web` container is served to anyone through the website endpoint, whatever the account switch says.";
    Door, "door", "A credential that opens the store was found in data; whoever can read that data holds it.";
    Probe, "probe", "An unsigned request got through that no setting explains.";
    LocalOthersRead, "local.mode.others_read", "Mode bits let every local user read it.";
    LocalOthersWrite, "local.mode.others_write", "Mode bits let every local user write it.";
    LocalParentClosed, "local.mode.parent_closed", "A parent folder keeps other local users out.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_as_serialised() {
        let names: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
    }
}
