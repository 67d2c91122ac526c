//! The calls that read an S3 bucket's settings.

use futures::stream::{self, StreamExt};

use super::facts;
use crate::exposure::ask::{Ask, AskError, OTHER_DOCUMENT, Question, Reply, To, path_of, segment};
use crate::exposure::inquiry::Shared;
use crate::model::facts::{AccessPoint, AwsSettings, ObjectAcl, PublicAccessBlock, Setting, StoreFacts};
use crate::model::privilege::{Call, calls};

/// Calls in flight for one bucket.
const IN_FLIGHT: usize = 4;

/// Access points and policies of one list that are followed.
const MAX_PAGES: usize = 50;
/// Where Multi-Region access points are looked after, wherever they lead. Source: Amazon S3 User Guide, "Managing
/// Multi-Region Access Points".
const MULTI_REGION_HOME: &str = "us-west-2";

calls! {
    /// Every call that reads an S3 bucket's settings, with the permission for each.
    pub(in crate::exposure) CALLS:
    ACCOUNT_BLOCK = "account_public_access_block", "s3:GetAccountPublicAccessBlock", Account;
    BUCKET_BLOCK = "bucket_public_access_block", "s3:GetBucketPublicAccessBlock", Store;
    POLICY = "policy", "s3:GetBucketPolicy", Store;
    POLICY_STATUS = "policy_status", "s3:GetBucketPolicyStatus", Store;
    ACL = "acl", "s3:GetBucketAcl", Store;
    OWNERSHIP = "object_ownership", "s3:GetBucketOwnershipControls", Store;
    LOCATION = "region", "s3:GetBucketLocation", Store;
    ENCRYPTION = "encryption", "s3:GetEncryptionConfiguration", Store;
    VERSIONING = "versioning", "s3:GetBucketVersioning", Store;
    LOGGING = "logging", "s3:GetBucketLogging", Store;
    WEBSITE = "website", "s3:GetBucketWebsite", Store;
    REPLICATION = "replication", "s3:GetReplicationConfiguration", Store;
    REQUEST_PAYMENT = "request_payment", "s3:GetBucketRequestPayment", Store;
    OBJECT_ACL = "objects", "s3:GetObjectAcl", Object;
    ACCESS_POINTS = "access_points", "s3:ListAccessPoints", Account;
    ACCESS_POINT = "access_points", "s3:GetAccessPoint", Account;
    ACCESS_POINT_POLICY = "access_points", "s3:GetAccessPointPolicy", Account;
    ACCESS_POINT_STATUS = "access_points", "s3:GetAccessPointPolicyStatus", Account;
    MULTI_REGION = "multi_region_access_points", "s3:ListMultiRegionAccessPoints", Account;
    MULTI_REGION_POLICY = "multi_region_access_points", "s3:GetMultiRegionAccessPointPolicy", Account;
    MULTI_REGION_STATUS = "multi_region_access_points", "s3:GetMultiRegionAccessPointPolicyStatus", Account;
}

/// The bucket's sub-resource that holds each setting.
const SUB_RESOURCES: &[(&Call, &str)] = &[
    (BUCKET_BLOCK, "publicAccessBlock"),
    (POLICY, "policy"),
    (POLICY_STATUS, "policyStatus"),
    (ACL, "acl"),
    (OWNERSHIP, "ownershipControls"),
    (LOCATION, "location"),
    (ENCRYPTION, "encryption"),
    (VERSIONING, "versioning"),
    (LOGGING, "logging"),
    (WEBSITE, "website"),
    (REPLICATION, "replication"),
    (REQUEST_PAYMENT, "requestPayment"),
];

/// Codes that say "asked, and none is set".
const NONE_SET: &[&str] = &[
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchBucketPolicy",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchWebsiteConfiguration",
    "ReplicationConfigurationNotFoundError",
    "NoSuchAccessPointPolicy",
    "NoSuchMultiRegionAccessPointPolicy",
];

/// Asks for everything that judges a bucket. What belongs to the account is asked once per account.
pub(in crate::exposure) async fn settings(
    ask: &dyn Ask,
    shared: &Shared,
    facts: &mut StoreFacts,
) -> AwsSettings {
    let bucket = facts.name().to_owned();
    let mut settings = AwsSettings::default();
    let replies: Vec<_> = stream::iter(SUB_RESOURCES)
        .map(|(call, name)| {
            let question = Question::new(call, To::Bucket(bucket.clone()), format!("/?{name}"));
            async move { (*name, ask.ask(&question).await) }
        })
        .buffer_unordered(IN_FLIGHT)
        .collect()
        .await;
    let given = facts.region.take();
    for (name, reply) in replies {
        fill(name, reply, &mut settings, facts);
    }
    let located = facts.region.clone();
    facts.region = facts.region.take().or(given);
    if let Some(account) = facts.account.clone() {
        let control = Control {
            ask,
            shared,
            account,
            region: located,
        };
        settings.account_public_access_block = control.block().await;
        settings.access_points = control.access_points(&bucket).await;
        settings.multi_region_access_points = control.multi_region(&bucket).await;
    }
    settings
}

/// What S3 Control tells of an account.
struct Control<'a> {
    ask: &'a dyn Ask,
    shared: &'a Shared,
    account: String,
    region: Option<String>,
}

impl Control<'_> {
    async fn get(&self, call: &'static Call, region: Option<&str>, path: String) -> Result<Reply, AskError> {
        let to = To::Control(self.account.clone(), region.map(str::to_owned));
        self.ask.ask(&Question::new(call, to, path)).await
    }

    /// The account's own block.
    async fn block(&self) -> Setting<PublicAccessBlock> {
        let block = async {
            let path = format!("{API}/configuration/publicAccessBlock");
            setting(
                self.get(ACCOUNT_BLOCK, None, path).await,
                facts::public_access_block,
            )
        };
        self.shared.once(format!("block {}", self.account), block).await
    }

    /// The access points in front of a bucket. The account's list for a region is asked once, what is behind each point
    /// with its bucket.
    async fn access_points(&self, bucket: &str) -> Setting<Vec<AccessPoint>> {
        // Another region's list would not show them.
        let Some(region) = self.region.as_deref() else {
            return Setting::NotAsked;
        };
        let name = format!("access points {} {region}", self.account);
        let region = Some(region);
        let list = self.pages(ACCESS_POINTS, region, "accesspoint", facts::access_points);
        let names = match self.shared.once(name, list).await {
            Setting::Is(list) => list,
            other => return other.map(|_: Vec<(String, AccessPoint)>| Vec::new()),
        };
        let own = names.into_iter().filter(|(of, _)| of == bucket);
        let details = own.map(|(_, mut point)| async move {
            let at = format!("{API}/accesspoint/{}", segment(point.name.as_bytes()));
            let get = |call, rest| self.get(call, region, format!("{at}{rest}"));
            let block = setting(get(ACCESS_POINT, "").await, facts::access_point_block);
            point.public_access_block_configuration = block.get().copied();
            point.policy = setting(get(ACCESS_POINT_POLICY, "/policy").await, facts::wrapped_policy);
            point.policy_status = setting(
                get(ACCESS_POINT_STATUS, "/policyStatus").await,
                facts::wrapped_status,
            );
            point
        });
        some(stream::iter(details).buffered(IN_FLIGHT).collect().await)
    }

    /// The Multi-Region access points that lead to a bucket.
    async fn multi_region(&self, bucket: &str) -> Setting<Vec<AccessPoint>> {
        let home = Some(MULTI_REGION_HOME);
        let name = format!("multi-region {}", self.account);
        let list = self.pages(MULTI_REGION, home, "mrap/instances", facts::multi_region_points);
        let points = match self.shared.once(name, list).await {
            Setting::Is(list) => list,
            other => return other.map(|_: Vec<(String, AccessPoint)>| Vec::new()),
        };
        let own = points.into_iter().filter(|(of, _)| of == bucket);
        let details = own.map(|(_, mut point)| async move {
            let at = format!("{API}/mrap/instances/{}", segment(point.name.as_bytes()));
            let get = |call, rest| self.get(call, home, format!("{at}{rest}"));
            point.policy = setting(get(MULTI_REGION_POLICY, "/policy").await, facts::wrapped_policy);
            point.policy_status = setting(
                get(MULTI_REGION_STATUS, "/policystatus").await,
                facts::wrapped_status,
            );
            point
        });
        some(stream::iter(details).buffered(IN_FLIGHT).collect().await)
    }

    /// A list, page by page: access points, each with the bucket that it leads to.
    async fn pages(
        &self,
        call: &'static Call,
        region: Option<&str>,
        noun: &str,
        read: impl Fn(&Reply) -> Option<Option<facts::Points>>,
    ) -> Setting<Vec<(String, AccessPoint)>> {
        let (mut all, mut token) = (Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let path = format!("{API}/{noun}?maxResults=100{token}");
            match setting(self.get(call, region, path).await, &read) {
                Setting::Is(page) => {
                    all.extend(page.points);
                    match page.next {
                        Some(next) => token = format!("&nextToken={}", segment(next.as_bytes())),
                        None => return Setting::Is(all),
                    }
                }
                other => return other.map(|_| Vec::new()),
            }
        }
        Setting::Refused("TooManyAccessPoints".to_owned())
    }
}

/// The version of S3 Control's API, as its paths begin.
const API: &str = "/v20180820";

/// A list as a setting; an empty one is none.
fn some<T>(list: Vec<T>) -> Setting<Vec<T>> {
    if list.is_empty() {
        Setting::NoneSet
    } else {
        Setting::Is(list)
    }
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
                store.region = Some(region);
            }
        }
        "encryption" => settings.encryption = setting(reply, facts::encryption),
        "versioning" => settings.versioning = setting(reply, facts::versioning),
        "logging" => settings.logging = setting(reply, facts::logging),
        "website" => settings.website = setting(reply, facts::website),
        "replication" => settings.replication = setting(reply, facts::replication),
        "requestPayment" => settings.request_payment = setting(reply, facts::request_payment),
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
            let to = To::Bucket(bucket.to_owned());
            let question = Question::new(OBJECT_ACL, to, format!("/{}?acl", path_of(key)));
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
    let list = Question::unsigned(to(), "/?list-type=2&max-keys=1");
    let read =
        key.map(|key| Question::unsigned(to(), format!("/{}", path_of(key))).with("range", "bytes=0-0"));
    (list, read)
}
