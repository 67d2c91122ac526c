//! Asking for a store's settings: one inquiry for a run, so that what belongs to an account is asked once.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::{OnceCell, Semaphore};

use super::ask::{Ask, AskError, Question, Reply};
use super::xml::Node;
use super::{aws, azure, gcp};
use crate::model::exposure::{
    Audience, AudienceKind, Effect, Exposure, Grant, GrantState, Permission, Reason, Rule, Scope, Verdict,
    Via,
};
use crate::model::facts::{ObjectOwnership, Setting, Settings, StoreFacts};
use crate::model::id::{Provider, StoreUri};
use crate::model::privilege::Call;

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

/// Calls in flight at once, over all stores.
const IN_FLIGHT: usize = 64;

/// Asks for the settings of any number of stores, with a bounded number of calls in flight over all of them.
pub struct Inquiry<'a> {
    ask: Bounded<'a>,
    shared: Shared,
}

/// A transport that carries so many questions at once and no more.
struct Bounded<'a> {
    ask: &'a dyn Ask,
    permits: Semaphore,
}

impl Ask for Bounded<'_> {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, AskError>> {
        Box::pin(async move {
            // It is never closed.
            let _permit = self.permits.acquire().await;
            self.ask.ask(question).await
        })
    }
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
            ask: Bounded {
                ask,
                permits: Semaphore::new(IN_FLIGHT),
            },
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
                let settings = aws::client::settings(&self.ask, &self.shared, &mut facts).await;
                facts.settings = Settings::Aws(Box::new(settings));
            }
            Provider::Gcp => {
                let settings = gcp::client::settings(&self.ask, &self.shared, facts.name()).await;
                facts.region = facts.region.or_else(|| settings.bucket.get()?.location.clone());
                facts.settings = Settings::Gcp(Box::new(settings));
            }
            Provider::Azure => {
                let names = azure_names(&target.uri);
                let subscription = target.subscription.as_deref();
                let settings = azure::client::settings(&self.ask, &self.shared, names, subscription).await;
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
                let objects = aws::client::object_acls(&self.ask, &bucket, keys).await;
                settings.objects =
                    all_refused(objects.iter().map(|o| &o.acl)).unwrap_or(Setting::Is(objects));
                settings.objects_complete = complete;
            }
            Settings::Gcp(settings) => {
                let objects = gcp::client::object_acls(&self.ask, &bucket, keys).await;
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
pub fn calls(provider: Provider) -> &'static [&'static Call] {
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
mod tests;
