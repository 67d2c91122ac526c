//! Asking for a store's settings: one inquiry for a run, so that what belongs to an account is asked once.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::ask::{Ask, Call, Question, Reply};
use super::xml::Node;
use super::{aws, azure, gcp};
use crate::model::exposure::{
    Audience, AudienceKind, Effect, Exposure, Grant, GrantState, Permission, Reason, Rule, Scope, Verdict,
    Via,
};
use crate::model::facts::{ObjectOwnership, Setting, Settings, StoreFacts};
use crate::model::id::{Provider, StoreUri};

/// Which store to ask about, and what is known of its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The store.
    pub uri: StoreUri,
    /// The owning account or project, if known; S3's account-level block is asked only then.
    pub account: Option<String>,
    /// The region, if known.
    pub region: Option<String>,
    /// The Azure subscription in which the account lies; its properties are asked only then.
    pub subscription: Option<String>,
}

/// Asks for the settings of any number of stores, a bounded number of calls at a time for each.
pub struct Inquiry<'a> {
    ask: &'a dyn Ask,
    shared: Shared,
}

impl std::fmt::Debug for Inquiry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inquiry").finish_non_exhaustive()
    }
}

impl<'a> Inquiry<'a> {
    /// An inquiry over this transport.
    pub fn new(ask: &'a dyn Ask) -> Self {
        Self {
            ask,
            shared: Shared::default(),
        }
    }

    /// Asks for every setting of a store. A refusal is a fact, never an error. Local folders are not asked here.
    pub async fn facts(&self, target: &Target) -> StoreFacts {
        let mut facts = StoreFacts::new(target.uri.clone());
        facts.account.clone_from(&target.account);
        facts.region.clone_from(&target.region);
        match facts.provider {
            Provider::Aws => {
                let settings = aws::client::settings(self.ask, &self.shared, &mut facts).await;
                facts.settings = Settings::Aws(Box::new(settings));
            }
            Provider::Gcp => {
                let settings = gcp::client::settings(self.ask, facts.name()).await;
                facts.region = facts.region.or_else(|| settings.bucket.get()?.location.clone());
                facts.settings = Settings::Gcp(Box::new(settings));
            }
            Provider::Azure => {
                let names = azure_names(&target.uri);
                let subscription = target.subscription.as_deref();
                let settings = azure::client::settings(self.ask, &self.shared, names, subscription).await;
                facts.settings = Settings::Azure(Box::new(settings));
            }
            Provider::Local => {}
        }
        facts
    }

    /// Asks for the ACLs of these objects and puts them into the facts. `complete`: the keys are all that the store
    /// has. Does nothing where no object's ACL can matter ([`needs_object_acls`]).
    pub async fn object_acls(&self, facts: &mut StoreFacts, keys: &[&[u8]], complete: bool) {
        if !needs_object_acls(facts) {
            return;
        }
        let bucket = facts.name().to_owned();
        match &mut facts.settings {
            Settings::Aws(settings) => {
                let objects = aws::client::object_acls(self.ask, &bucket, keys).await;
                settings.objects =
                    all_refused(objects.iter().map(|o| &o.acl)).unwrap_or(Setting::Is(objects));
                settings.objects_complete = complete;
            }
            Settings::Gcp(settings) => {
                let objects = gcp::client::object_acls(self.ask, &bucket, keys).await;
                settings.objects =
                    all_refused(objects.iter().map(|o| &o.acl)).unwrap_or(Setting::Is(objects));
                settings.objects_complete = complete;
            }
            _ => {}
        }
    }

    /// Tries without a credential: one listing, and one read of one byte of `key`.
    pub async fn probe(&self, uri: &StoreUri, key: Option<&[u8]>) -> Probe {
        let name = uri.as_str().rsplit('/').next().unwrap_or("");
        let (list, read) = match uri.provider() {
            Some(Provider::Aws) => aws::client::probes(name, key),
            Some(Provider::Gcp) => gcp::client::probes(name, key),
            Some(Provider::Azure) => {
                let (account, container) = azure_names(uri);
                azure::client::probes(account, container, key)
            }
            _ => return Probe::default(),
        };
        let listed = self.reached(&list, is_listing).await;
        let read = match &read {
            Some(question) => self.reached(question, |_| true).await,
            None => None,
        };
        Probe { listed, read }
    }

    /// Whether a question was answered with what it asked for. Every cloud's ways of turning a stranger away count as
    /// no: 401, 403, 404 (the store or object is hidden) and 409 (Azure: the account forbids public access).
    async fn reached(&self, question: &Question, is_asked: impl Fn(&Reply) -> bool) -> Option<bool> {
        let reply = self.ask.ask(question).await.ok()?;
        match reply.status.as_u16() {
            200 | 206 => is_asked(&reply).then_some(true),
            // Nothing at that byte of an empty object, which was reached all the same.
            416 => Some(true),
            401 | 403 | 404 | 409 => Some(false),
            _ => None,
        }
    }
}

/// A listing in XML (S3, Azure) or JSON (Cloud Storage).
fn is_listing(reply: &Reply) -> bool {
    let xml = Node::parse(&reply.body).is_some_and(|root| {
        ["Name", "IsTruncated", "Blobs", "KeyCount"]
            .iter()
            .any(|n| root.child(n).is_some())
    });
    let json = || serde_json::from_slice::<serde_json::Value>(&reply.body).ok();
    xml || json()
        .is_some_and(|v| v.get("items").is_some() || v.get("kind").is_some_and(|k| k == "storage#objects"))
}

/// One refusal for all where each was refused; nothing where one was answered.
fn all_refused<'s, T: 's, U>(acls: impl Iterator<Item = &'s Setting<T>>) -> Option<Setting<U>> {
    let mut first = None;
    for acl in acls {
        match acl {
            Setting::Refused(code) => first = first.or(Some(code.clone())),
            _ => return None,
        }
    }
    first.map(Setting::Refused)
}

/// Account and container of `az://account/container`.
fn azure_names(uri: &StoreUri) -> (&str, &str) {
    let path = uri.as_str().strip_prefix("az://").unwrap_or("");
    path.split_once('/').unwrap_or((path, ""))
}

/// Whether ACLs of single objects can change a store's verdict: not where ACLs are disabled, and not on Azure.
pub fn needs_object_acls(facts: &StoreFacts) -> bool {
    match &facts.settings {
        Settings::Aws(s) => s.object_ownership.get() != Some(&ObjectOwnership::BucketOwnerEnforced),
        Settings::Gcp(s) => s.bucket.get().and_then(|b| b.uniform_access()) != Some(true),
        _ => false,
    }
}

/// What unsigned requests got; `None` where one was not tried or gave no clear answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Probe {
    /// Whether keys could be listed.
    pub listed: Option<bool>,
    /// Whether an object could be read.
    pub read: Option<bool>,
}

impl Probe {
    /// Whether a stranger got in: `true` if anything was reached, `false` if listing and reading were both turned
    /// away.
    pub fn confirmed(self) -> Option<bool> {
        match (self.listed, self.read) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    }

    /// Writes the outcome into an exposure. What a stranger reached is a grant, whatever the settings said.
    pub fn apply(self, exposure: &mut Exposure) {
        exposure.confirmed = self.confirmed();
        let reached = [(self.listed, Permission::List), (self.read, Permission::Read)];
        for (_, permission) in reached.iter().filter(|(r, _)| *r == Some(true)) {
            let known = |g: &Grant| {
                g.audience.kind == AudienceKind::Anyone
                    && g.permission == *permission
                    && g.state == GrantState::Live
            };
            if !exposure.grants.iter().any(known) {
                add(exposure, *permission);
            }
        }
        exposure.normalise();
    }
}

/// Adds what a probe reached and no setting told of.
fn add(exposure: &mut Exposure, permission: Permission) {
    exposure.grants.push(Grant {
        audience: Audience::new(AudienceKind::Anyone),
        permission,
        scope: Scope::store(),
        state: GrantState::Live,
        via: Via::Probe,
    });
    exposure.reasons.push(Reason {
        effect: Effect::Grants,
        rule: Rule::Probe,
        source: "probe".to_owned(),
        detail: "an unsigned request got through, which the settings do not explain".to_owned(),
    });
    let worst: Verdict = super::evidence::worst(&exposure.grants);
    exposure.verdict = exposure.verdict.min(worst);
}

/// Every call that an inquiry can make at a provider, with the permission that it takes.
pub fn calls(provider: Provider) -> &'static [Call] {
    match provider {
        Provider::Aws => aws::client::CALLS,
        Provider::Gcp => gcp::client::CALLS,
        Provider::Azure => azure::client::CALLS,
        Provider::Local => &[],
    }
}

/// Answers that hold for many stores, each asked once.
#[derive(Default)]
pub(super) struct Shared {
    cells: Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>,
}

impl Shared {
    /// The answer under this name; the first to come asks, the others wait.
    pub(super) async fn once<T: Clone + Default + Send + Sync + 'static>(
        &self,
        name: String,
        ask: impl Future<Output = T>,
    ) -> T {
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            cells
                .entry(name)
                .or_insert_with(|| Arc::new(OnceCell::<T>::new()))
                .clone()
        };
        match cell.downcast::<OnceCell<T>>() {
            Ok(cell) => cell.get_or_init(|| ask).await.clone(),
            // Two types under one name, which no caller does.
            Err(_) => T::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::future::BoxFuture;
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::*;
    use crate::exposure::ask::{AskError, To};
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
                .push((question.to.clone(), question.path.clone(), question.unsigned));
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
            missing.contains(&"s3:GetBucketPolicy".to_owned())
                && missing.contains(&"s3:GetBucketAcl".to_owned())
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
        assert_eq!(cloud.asked("/v20180820/"), 1);
        assert_eq!(
            cloud.asked("/?policy"),
            4,
            "policy and policyStatus of two buckets"
        );
    }

    #[tokio::test]
    async fn every_setting_that_is_asked_has_its_permission_listed() {
        let listed: Vec<_> = calls(Provider::Aws).iter().map(|c| c.setting).collect();
        let facts = Inquiry::new(&Cloud::default()).facts(&target("s3://lake")).await;
        let written = serde_json::to_value(&facts.settings).unwrap();
        for setting in written.as_object().unwrap().keys() {
            assert!(listed.contains(&setting.as_str()), "{setting}");
        }
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
}
