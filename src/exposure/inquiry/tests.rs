//! Inquiries against recorded shapes of real replies.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::*;
use crate::exposure::ask::To;
use crate::exposure::{judge, judge_object};
use crate::model::facts::{AwsSettings, AzureSettings, GcpSettings};

/// Path, status, body, and one header.
type Recorded = (
    &'static str,
    u16,
    &'static str,
    Option<(&'static str, &'static str)>,
);

/// A cloud that answers by path: recorded shapes of real replies. What is not listed is refused.
#[derive(Default)]
struct Cloud {
    replies: Vec<Recorded>,
    asked: Mutex<Vec<(To, String, bool)>>,
    calls: Mutex<BTreeSet<&'static Call>>,
}

impl Cloud {
    fn with(mut self, path: &'static str, status: u16, body: &'static str) -> Self {
        self.replies.push((path, status, body, None));
        self
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.replies.last_mut().unwrap().3 = Some((name, value));
        self
    }

    fn asked(&self, part: &str) -> usize {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|(_, path, _)| path.contains(part))
            .count()
    }
}

impl Ask for Cloud {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, AskError>> {
        self.asked
            .lock()
            .unwrap()
            .push((question.to.clone(), question.path.clone(), question.is_unsigned()));
        self.calls.lock().unwrap().extend(question.call);
        let found = self.replies.iter().find(|(path, ..)| *path == question.path);
        let (_, status, body, header) = found.copied().unwrap_or((
            "",
            403,
            "<Error><Code>AccessDenied</Code><Message>secret</Message></Error>",
            None,
        ));
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).unwrap();
        Box::pin(async move {
            Ok(Reply {
                status,
                headers,
                body: Bytes::from_static(body.as_bytes()),
            })
        })
    }
}

fn target(uri: &str) -> Target {
    let account = Some("123456789012".to_owned());
    Target {
        uri: StoreUri::new(uri),
        account,
        region: None,
        subscription: Some("sub".into()),
    }
}

fn aws(facts: &StoreFacts) -> &AwsSettings {
    let Settings::Aws(settings) = &facts.settings else {
        panic!("not S3")
    };
    settings
}

fn gcp(facts: &StoreFacts) -> &GcpSettings {
    let Settings::Gcp(settings) = &facts.settings else {
        panic!("not Cloud Storage")
    };
    settings
}

fn azure(facts: &StoreFacts) -> &AzureSettings {
    let Settings::Azure(settings) = &facts.settings else {
        panic!("not Azure")
    };
    settings
}

const ACL: &str = r#"<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>me</ID></Owner>
    <AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
    <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>
    </AccessControlList></AccessControlPolicy>"#;

fn bucket() -> Cloud {
    let none = |code| format!("<Error><Code>{code}</Code></Error>").leak() as &'static str;
    Cloud::default()
        .with(
            "/?publicAccessBlock",
            404,
            none("NoSuchPublicAccessBlockConfiguration"),
        )
        .with("/?policy", 404, none("NoSuchBucketPolicy"))
        .with("/?policyStatus", 404, none("NoSuchBucketPolicy"))
        .with("/?acl", 200, ACL)
        .with("/?ownershipControls", 404, none("OwnershipControlsNotFoundError"))
        .with(
            "/?location",
            200,
            "<LocationConstraint>eu-west-3</LocationConstraint>",
        )
        .with("/?website", 404, none("NoSuchWebsiteConfiguration"))
        .with(
            "/v20180820/configuration/publicAccessBlock",
            200,
            "<P><IgnorePublicAcls>true</IgnorePublicAcls></P>",
        )
}

#[tokio::test]
async fn a_bucket_s_settings_become_facts() {
    let cloud = bucket();
    let facts = Inquiry::new(&cloud).facts(&target("s3://lake")).await;
    let settings = aws(&facts);
    assert_eq!(settings.policy, Setting::NoneSet);
    assert_eq!(settings.object_ownership, Setting::NoneSet);
    assert_eq!(settings.encryption, Setting::Refused("AccessDenied".into()));
    assert_eq!(facts.region.as_deref(), Some("eu-west-3"));
    assert_eq!(
        judge(&facts).verdict,
        Verdict::Latent,
        "the account ignores public ACLs"
    );
    assert!(!format!("{facts:?}").contains("secret"));
}

#[tokio::test]
async fn a_bucket_that_refuses_everything_is_unknown_and_names_the_permissions() {
    let facts = Inquiry::new(&Cloud::default()).facts(&target("s3://lake")).await;
    let exposure = judge(&facts);
    assert_eq!(exposure.verdict, Verdict::Unknown);
    let missing = exposure.undecided.unwrap().missing;
    assert!(
        missing.contains(&"s3:GetBucketPolicy".to_owned()) && missing.contains(&"s3:GetBucketAcl".to_owned())
    );
}

#[tokio::test]
async fn what_belongs_to_an_account_is_asked_once() {
    let cloud = bucket();
    let inquiry = Inquiry::new(&cloud);
    let (one, two) = (target("s3://one"), target("s3://two"));
    let (a, b) = futures::join!(inquiry.facts(&one), inquiry.facts(&two));
    assert_eq!(
        aws(&a).account_public_access_block,
        aws(&b).account_public_access_block
    );
    assert_eq!(
        cloud.asked("/v20180820/"),
        3,
        "the block, and the lists of access points of either kind"
    );
    assert_eq!(
        cloud.asked("/?policy"),
        4,
        "policy and policyStatus of two buckets"
    );
}

const NOTHING: &str = r#"{"kind":"storage#policy","etag":"x"}"#;

/// Two clouds on which every kind of call is made: the calls made there are the table's, neither more nor less.
async fn made(clouds: Vec<(Cloud, Target)>) -> Vec<&'static Call> {
    let mut made = BTreeSet::new();
    for (cloud, target) in clouds {
        let inquiry = Inquiry::new(&cloud);
        let mut facts = inquiry.facts(&target).await;
        inquiry.object_acls(&mut facts, &[b"k"], true).await;
        made.extend(cloud.calls.lock().unwrap().iter().copied());
    }
    made.into_iter().collect()
}

fn listed(provider: Provider) -> Vec<&'static Call> {
    let all: BTreeSet<_> = calls(provider).iter().copied().collect();
    assert_eq!(all.len(), calls(provider).len(), "no entry twice");
    all.into_iter().collect()
}

#[tokio::test]
async fn the_calls_made_are_the_calls_listed() {
    let s3 = with_points(bucket());
    assert_eq!(made(vec![(s3, target("s3://lake"))]).await, listed(Provider::Aws));

    let role = r#"{"bindings":[{"role":"projects/p/roles/r","members":["allUsers"]}]}"#;
    let iam = "/storage/v1/b/lake/iam?optionsRequestedPolicyVersion=3";
    let folders = "/storage/v1/b/lake/managedFolders?pageSize=1000";
    let uniform = Cloud::default()
        .with("/storage/v1/b/lake?projection=full", 200, BUCKET)
        .with(folders, 200, r#"{"kind":"x","items":[{"name":"a/"}]}"#)
        .with(iam, 200, role);
    let fine = r#"{"location":"EU","iamConfiguration":{"uniformBucketLevelAccess":{"enabled":false}}}"#;
    let fine = Cloud::default().with("/storage/v1/b/lake", 200, fine);
    let both = vec![(uniform, target("gs://lake")), (fine, target("gs://lake"))];
    assert_eq!(made(both).await, listed(Provider::Gcp));

    let kind = Cloud::default()
        .with("/?restype=account&comp=properties", 200, "")
        .header("x-ms-is-hns-enabled", "true");
    let anywhere = Target {
        subscription: None,
        ..target("az://acct/$web")
    };
    let subscriptions = r#"{"value":[{"subscriptionId":"sub"}]}"#;
    let kind = kind.with("/subscriptions?api-version=2022-12-01", 200, subscriptions);
    assert_eq!(made(vec![(kind, anywhere)]).await, listed(Provider::Azure));
}

/// S3 Control's replies for an account with one access point of each kind in front of the bucket.
fn with_points(cloud: Cloud) -> Cloud {
    cloud
        .with(
            "/v20180820/accesspoint?maxResults=100",
            200,
            "<ListAccessPointsResult><AccessPointList><AccessPoint><Name>other</Name><NetworkOrigin>VPC</NetworkOrigin>\
             <Bucket>elsewhere</Bucket></AccessPoint></AccessPointList><NextToken>t/1</NextToken></ListAccessPointsResult>",
        )
        .with(
            "/v20180820/accesspoint?maxResults=100&nextToken=t%2F1",
            200,
            "<ListAccessPointsResult><AccessPointList><AccessPoint><Name>open</Name><NetworkOrigin>Internet</NetworkOrigin>\
             <Bucket>lake</Bucket></AccessPoint></AccessPointList></ListAccessPointsResult>",
        )
        .with(
            "/v20180820/accesspoint/open",
            200,
            "<GetAccessPointResult><Name>open</Name><NetworkOrigin>Internet</NetworkOrigin><PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls>\
             </PublicAccessBlockConfiguration></GetAccessPointResult>",
        )
        .with(
            "/v20180820/accesspoint/open/policy",
            200,
            r#"<GetAccessPointPolicyResult><Policy>{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
            "Resource":"arn:aws:s3:eu-west-3:123456789012:accesspoint/open/object/*"}]}</Policy></GetAccessPointPolicyResult>"#,
        )
        .with(
            "/v20180820/accesspoint/open/policyStatus",
            200,
            "<GetAccessPointPolicyStatusResult><PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>\
             </GetAccessPointPolicyStatusResult>",
        )
        .with(
            "/v20180820/mrap/instances?maxResults=100",
            200,
            "<ListMultiRegionAccessPointsResult><AccessPoints><AccessPoint><Name>global</Name><PublicAccessBlock>\
             <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlock><Regions><Region><Bucket>lake</Bucket>\
             </Region><Region><Bucket>copy</Bucket></Region></Regions></AccessPoint></AccessPoints>\
             </ListMultiRegionAccessPointsResult>",
        )
        .with(
            "/v20180820/mrap/instances/global/policy",
            200,
            "<GetMultiRegionAccessPointPolicyResult><Policy><Established/><Proposed><Policy>{}</Policy></Proposed></Policy>\
             </GetMultiRegionAccessPointPolicyResult>",
        )
}

#[tokio::test]
async fn access_points_are_those_of_the_bucket_and_listed_once() {
    let cloud = with_points(bucket());
    let inquiry = Inquiry::new(&cloud);
    let facts = inquiry.facts(&target("s3://lake")).await;
    let points = aws(&facts).access_points.get().unwrap();
    assert_eq!((points.len(), points[0].name.as_str()), (1, "open"));
    assert!(points[0].policy.is_known() && points[0].policy_status.get().unwrap().is_public);
    assert!(
        points[0]
            .public_access_block_configuration
            .unwrap()
            .ignore_public_acls
    );
    let global = &aws(&facts).multi_region_access_points.get().unwrap()[0];
    assert_eq!(
        global.policy,
        Setting::NoneSet,
        "a proposed policy is not in force"
    );
    assert!(
        global
            .public_access_block_configuration
            .unwrap()
            .restrict_public_buckets
    );
    let other = inquiry.facts(&target("s3://bare")).await;
    assert_eq!(aws(&other).access_points, Setting::NoneSet);
    assert_eq!(cloud.asked("accesspoint?"), 2, "two pages, once for the account");
    assert_eq!(cloud.asked("mrap/instances?"), 1);
}

#[tokio::test]
async fn access_points_are_looked_for_where_the_bucket_is_and_multi_region_ones_at_their_home() {
    let cloud = with_points(bucket());
    Inquiry::new(&cloud).facts(&target("s3://lake")).await;
    let asked = cloud.asked.lock().unwrap();
    let region = |part: &str| {
        let (to, ..) = asked.iter().find(|(_, path, _)| path.contains(part)).unwrap();
        to.clone()
    };
    let account = || "123456789012".to_owned();
    assert_eq!(
        region("accesspoint?"),
        To::Control(account(), Some("eu-west-3".into()))
    );
    assert_eq!(region("mrap/"), To::Control(account(), Some("us-west-2".into())));
}

#[tokio::test]
async fn the_project_s_policy_its_roles_and_its_organisation_are_asked_once() {
    let role = r#"{"bindings":[{"role":"organizations/1/roles/r","members":["allUsers"]}]}"#;
    let included = r#"{"name":"organizations/1/roles/r","includedPermissions":["storage.objects.get"]}"#;
    let cloud = Cloud::default()
        .with("/storage/v1/b/one?projection=full", 200, BUCKET)
        .with("/storage/v1/b/two?projection=full", 200, BUCKET)
        .with(
            "/storage/v1/b/one/iam?optionsRequestedPolicyVersion=3",
            200,
            NOTHING,
        )
        .with(
            "/storage/v1/b/two/iam?optionsRequestedPolicyVersion=3",
            200,
            NOTHING,
        )
        .with("/storage/v1/b/one/managedFolders?pageSize=1000", 404, "")
        .with("/storage/v1/b/two/managedFolders?pageSize=1000", 404, "")
        .with("/v3/projects/7:getIamPolicy", 200, role)
        .with(
            "/v2/projects/7/policies/storage.publicAccessPrevention:getEffectivePolicy",
            200,
            r#"{"spec":{"rules":[{"enforce":false}]}}"#,
        )
        .with("/v1/organizations/1/roles/r", 200, included);
    let inquiry = Inquiry::new(&cloud);
    let (a, b) = (target("gs://one"), target("gs://two"));
    let (a, b) = futures::join!(inquiry.facts(&a), inquiry.facts(&b));
    assert_eq!(judge(&a).verdict, Verdict::PublicRead, "{:?}", judge(&a));
    assert_eq!(judge(&a).undecided, None);
    assert_eq!(judge(&b).verdict, Verdict::PublicRead);
    for part in ["/v3/", "/v2/", "/v1/org"] {
        assert_eq!(cloud.asked(part), 1, "{part}");
    }
}

#[tokio::test]
async fn stored_policies_and_posix_acls_are_read_where_there_are_any() {
    let body = "<SignedIdentifiers><SignedIdentifier><Id>p</Id><AccessPolicy><Expiry>2051-01-01T00:00:00Z</Expiry>\
        <Permission>rl</Permission></AccessPolicy></SignedIdentifier></SignedIdentifiers>";
    let cloud = Cloud::default()
        .with("/lake?restype=container&comp=acl", 200, body)
        .with("/?restype=account&comp=properties", 200, "")
        .header("x-ms-is-hns-enabled", "true")
        .with("/lake/?action=getAccessControl", 200, "")
        .header("x-ms-acl", "user::rwx,group::r-x,other::r-x");
    let facts = Inquiry::new(&cloud).facts(&target("az://acct/lake")).await;
    let policies = azure(&facts).stored_access_policies.get().unwrap();
    assert_eq!(
        (policies[0].id.as_str(), policies[0].permission.as_deref()),
        ("p", Some("rl"))
    );
    assert_eq!(azure(&facts).access_control.get().unwrap().other(), Some("r-x"));
    assert_eq!(judge(&facts).verdict, Verdict::External);
}

#[tokio::test]
async fn an_account_is_looked_for_in_every_subscription_that_can_be_seen() {
    let accounts = "/subscriptions/b/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01";
    let cloud = Cloud::default()
        .with(
            "/subscriptions?api-version=2022-12-01",
            200,
            r#"{"value":[{"subscriptionId":"a"},{"subscriptionId":"b"}]}"#,
        )
        .with(
            accounts,
            200,
            r#"{"value":[{"name":"acct","properties":{"allowBlobPublicAccess":true,"isHnsEnabled":false}}]}"#,
        );
    let anywhere = |uri| Target {
        subscription: None,
        ..target(uri)
    };
    let inquiry = Inquiry::new(&cloud);
    let (one, two) = (anywhere("az://acct/one"), anywhere("az://acct/two"));
    let (one, two) = futures::join!(inquiry.facts(&one), inquiry.facts(&two));
    for facts in [&one, &two] {
        assert_eq!(
            azure(facts).account.get().unwrap().allow_blob_public_access,
            Some(true)
        );
    }
    assert_eq!(
        cloud.asked("/subscriptions"),
        3,
        "the list, and the accounts of two"
    );
    assert_eq!(
        cloud.asked("comp=properties"),
        0,
        "the account says that it is flat"
    );
}

#[tokio::test]
async fn calls_in_flight_are_bounded_over_all_stores() {
    #[derive(Default)]
    struct Counting {
        now: std::sync::atomic::AtomicUsize,
        most: std::sync::atomic::AtomicUsize,
    }
    impl Ask for Counting {
        fn ask<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Reply, AskError>> {
            use std::sync::atomic::Ordering::SeqCst;
            Box::pin(async move {
                let now = self.now.fetch_add(1, SeqCst) + 1;
                self.most.fetch_max(now, SeqCst);
                tokio::task::yield_now().await;
                self.now.fetch_sub(1, SeqCst);
                Err(AskError::Unavailable)
            })
        }
    }
    let cloud = Counting::default();
    let inquiry = Inquiry::new(&cloud);
    let targets: Vec<_> = (0..100).map(|n| target(&format!("s3://lake-{n}"))).collect();
    futures::future::join_all(targets.iter().map(|t| inquiry.facts(t))).await;
    assert_eq!(
        cloud.most.into_inner(),
        IN_FLIGHT,
        "as many as allowed, and no more"
    );
}

#[tokio::test]
async fn object_acls_are_asked_only_where_they_count() {
    let cloud = bucket().with("/a%20b?acl", 200, ACL);
    let inquiry = Inquiry::new(&cloud);
    let mut facts = inquiry.facts(&target("s3://lake")).await;
    inquiry.object_acls(&mut facts, &[b"a b", b"c"], true).await;
    let acls: Vec<_> = aws(&facts)
        .objects
        .get()
        .unwrap()
        .iter()
        .map(|o| o.acl.is_known())
        .collect();
    assert_eq!(acls, [true, false]);
    assert_eq!(judge_object(&facts, b"a b").verdict, Verdict::Latent);

    let refused = Cloud::default();
    let inquiry = Inquiry::new(&refused);
    let mut facts = inquiry.facts(&target("s3://lake")).await;
    inquiry.object_acls(&mut facts, &[b"a"], false).await;
    assert_eq!(aws(&facts).objects, Setting::Refused("AccessDenied".into()));

    let body = "<O><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></O>";
    let enforced = Cloud::default().with("/?ownershipControls", 200, body);
    let inquiry = Inquiry::new(&enforced);
    let mut facts = inquiry.facts(&target("s3://lake")).await;
    inquiry.object_acls(&mut facts, &[b"a"], false).await;
    assert!(aws(&facts).objects.is_not_asked() && enforced.asked("/a") == 0);
}

const BUCKET: &str = r#"{"kind":"storage#bucket","location":"EU","projectNumber":"7","iamConfiguration":
    {"uniformBucketLevelAccess":{"enabled":true},"publicAccessPrevention":"inherited"}}"#;

#[tokio::test]
async fn with_uniform_access_folders_are_asked_and_acls_are_not() {
    let list = "/storage/v1/b/lake/managedFolders?pageSize=1000";
    let cloud = Cloud::default()
        .with("/storage/v1/b/lake?projection=full", 200, BUCKET)
        .with(
            "/storage/v1/b/lake/iam?optionsRequestedPolicyVersion=3",
            200,
            r#"{"kind":"storage#policy","etag":"x"}"#,
        )
        .with(
            list,
            200,
            r#"{"kind":"storage#managedFolders","items":[{"name":"a/b/"}],"nextPageToken":"t"}"#,
        )
        .with(
            "/storage/v1/b/lake/managedFolders?pageSize=1000&pageToken=t",
            200,
            r#"{"kind":"storage#managedFolders"}"#,
        )
        .with(
            "/storage/v1/b/lake/managedFolders/a%2Fb%2F/iam?optionsRequestedPolicyVersion=3",
            200,
            r#"{"bindings":[{"role":"roles/storage.objectViewer","members":["allUsers"]}]}"#,
        );
    let facts = Inquiry::new(&cloud).facts(&target("gs://lake")).await;
    assert_eq!(facts.region.as_deref(), Some("EU"));
    assert!(gcp(&facts).acl.is_not_asked() && cloud.asked("acl") == 0);
    let exposure = judge(&facts);
    assert_eq!(exposure.verdict, Verdict::PublicList);
    assert_eq!(exposure.grants[0].scope.value.as_deref(), Some("a/b/"));
}

#[tokio::test]
async fn a_server_without_folders_has_none_and_refused_acls_come_from_the_short_metadata() {
    let fine = r#"{"kind":"storage#bucket","location":"EU","iamConfiguration":{"uniformBucketLevelAccess":{"enabled":false}}}"#;
    let cloud = Cloud::default().with("/storage/v1/b/lake", 200, fine).with(
        "/storage/v1/b/lake/acl",
        200,
        r#"{"kind":"storage#bucketAccessControls"}"#,
    );
    let facts = Inquiry::new(&cloud).facts(&target("gs://lake")).await;
    assert_eq!(gcp(&facts).bucket.get().unwrap().uniform_access(), Some(false));
    assert_eq!(gcp(&facts).acl, Setting::NoneSet);
    assert_eq!(gcp(&facts).iam_policy, Setting::Refused("AccessDenied".into()));
    let uniform = Cloud::default()
        .with("/storage/v1/b/lake?projection=full", 200, BUCKET)
        .with("/storage/v1/b/lake/managedFolders?pageSize=1000", 404, "");
    let facts = Inquiry::new(&uniform).facts(&target("gs://lake")).await;
    assert_eq!(gcp(&facts).managed_folders, Setting::NoneSet);
}

#[tokio::test]
async fn another_json_document_is_a_refused_call() {
    let cloud = Cloud::default()
        .with("/storage/v1/b/lake?projection=full", 200, r#"{"hello":"world"}"#)
        .with("/storage/v1/b/lake", 200, "<html></html>")
        .with(
            "/storage/v1/b/lake/iam?optionsRequestedPolicyVersion=3",
            200,
            r#"{"kind":"storage#objects"}"#,
        );
    let facts = Inquiry::new(&cloud).facts(&target("gs://lake")).await;
    assert!(!gcp(&facts).bucket.is_known() && !gcp(&facts).iam_policy.is_known());
    assert_eq!(judge(&facts).verdict, Verdict::Unknown);
}

#[tokio::test]
async fn a_container_s_level_is_a_header_and_its_account_is_found_by_name() {
    let first = "/subscriptions/sub/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01";
    let cloud = Cloud::default()
        .with("/lake?restype=container&comp=acl", 200, "<SignedIdentifiers/>")
        .header("x-ms-blob-public-access", "container")
        .with(
            first,
            200,
            r#"{"value":[{"name":"other"}],"nextLink":"https://elsewhere.example/next?page=2"}"#,
        )
        .with(
            "/next?page=2",
            200,
            r#"{"value":[{"name":"Acct","properties":{"allowBlobPublicAccess":false}}]}"#,
        );
    let facts = Inquiry::new(&cloud).facts(&target("az://acct/lake")).await;
    assert_eq!(
        azure(&facts).account.get().unwrap().allow_blob_public_access,
        Some(false)
    );
    assert_eq!(judge(&facts).verdict, Verdict::Latent);
}

#[tokio::test]
async fn a_container_without_the_header_is_private_only_if_the_reply_is_the_asked_one() {
    let by_properties = Cloud::default()
        .with("/lake?restype=container", 200, "")
        .header("x-ms-lease-state", "available");
    let facts = Inquiry::new(&by_properties)
        .facts(&target("az://acct/lake"))
        .await;
    assert_eq!(judge(&facts).verdict, Verdict::Private);
    let page = Cloud::default().with(
        "/lake?restype=container&comp=acl",
        200,
        "<html><body>hi</body></html>",
    );
    let facts = Inquiry::new(&page).facts(&target("az://acct/lake")).await;
    assert_eq!(judge(&facts).verdict, Verdict::Unknown);
}

#[tokio::test]
async fn a_website_container_asks_for_the_website() {
    let body = "<StorageServiceProperties><StaticWebsite><Enabled>true</Enabled></StaticWebsite></StorageServiceProperties>";
    let cloud = Cloud::default().with("/?restype=service&comp=properties", 200, body);
    let facts = Inquiry::new(&cloud).facts(&target("az://acct/$web")).await;
    assert_eq!(judge(&facts).verdict, Verdict::PublicRead);
    assert_eq!(cloud.asked("/%24web?restype=container"), 2);
}

#[tokio::test]
async fn probes_are_unsigned_and_every_way_of_refusing_counts() {
    for (list, read, want) in [
        (200, 403, Some(true)),
        (403, 206, Some(true)),
        (403, 416, Some(true)),
        (401, 404, Some(false)),
        (409, 409, Some(false)),
        (403, 503, None),
    ] {
        let listing = "<ListBucketResult><Name>lake</Name></ListBucketResult>";
        let cloud = Cloud::default()
            .with("/?list-type=2&max-keys=1", list, listing)
            .with("/k", read, "x");
        let probe = Inquiry::new(&cloud)
            .probe(&StoreUri::new("s3://lake"), Some(b"k"))
            .await;
        assert_eq!(probe.confirmed(), want, "{list} {read}");
        assert!(
            cloud
                .asked
                .lock()
                .unwrap()
                .iter()
                .all(|(_, _, unsigned)| *unsigned)
        );
    }
    let page = Cloud::default().with("/?list-type=2&max-keys=1", 200, "<html></html>");
    assert_eq!(
        Inquiry::new(&page).probe(&StoreUri::new("s3://lake"), None).await,
        Probe::default()
    );
}

#[test]
fn what_a_probe_reaches_is_a_grant_whatever_the_settings_say() {
    let mut exposure = Exposure::not_asked("offline");
    Probe {
        listed: Some(false),
        read: Some(true),
    }
    .apply(&mut exposure);
    assert_eq!(
        (exposure.verdict, exposure.confirmed),
        (Verdict::PublicRead, Some(true))
    );
    assert_eq!(exposure.reasons[0].rule, Rule::Probe);
    let mut closed = Exposure::not_asked("offline");
    Probe {
        listed: Some(false),
        read: Some(false),
    }
    .apply(&mut closed);
    assert_eq!(
        (closed.verdict, closed.confirmed),
        (Verdict::Unknown, Some(false))
    );
}
