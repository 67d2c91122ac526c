//! Who can reach each store: captured settings or the clouds' own, judged.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use tokio::sync::OnceCell;

use super::EngineError;
use super::plan::{FactsFile, Plan};
use super::settings;
use super::transport::Transport;
use crate::config::ObjectAcls;
use crate::exposure::{
    self, Inquiry, Target, judge, judge_beside, judge_object, narrowed, needs_object_acls,
};
use crate::model::exposure::{Exposure, Via};
use crate::model::facts::{Facts, StoreFacts};
use crate::model::id::{Key, Provider, StoreUri};
use crate::model::profile::StoreProfile;
use crate::source::Session;

/// Objects of a store whose own ACLs are read by default.
const SAMPLE: usize = 20;

/// The keys of a store that its exposure is asked about: the first of the listing, or all of them.
#[derive(Debug)]
pub(super) struct Keys {
    keys: Vec<Key>,
    /// Whether there are no others.
    complete: bool,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            complete: true,
        }
    }
}

impl Keys {
    /// Takes a key if there is room for it.
    pub(super) fn offer(&mut self, key: &Key, wanted: ObjectAcls) {
        let room = match wanted {
            ObjectAcls::All => true,
            ObjectAcls::Sample => self.keys.len() < SAMPLE,
            // One to probe with.
            ObjectAcls::None => self.keys.is_empty(),
        };
        if room {
            self.keys.push(key.clone());
        } else {
            self.complete = false;
        }
    }

    /// Keys beyond those offered were not seen.
    pub(super) fn cut(&mut self) {
        self.complete = false;
    }
}

/// Asks and judges for all the stores of a run.
pub(super) struct Asker<'a> {
    plan: &'a Plan,
    session: &'a Session,
    inquiry: Inquiry<'a>,
    account: OnceCell<Option<String>>,
    /// What was asked, for `--facts-out`.
    facts: Mutex<BTreeMap<StoreUri, StoreFacts>>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(plan: &'a Plan, session: &'a Session, transport: &'a Transport<'a>) -> Self {
        let inquiry = Inquiry::new(transport);
        Self {
            plan,
            session,
            inquiry,
            account: OnceCell::new(),
            facts: Mutex::default(),
        }
    }

    /// What the facts file says of a store.
    pub(super) fn captured(&self, uri: &StoreUri) -> Option<StoreFacts> {
        self.plan
            .facts
            .as_ref()
            .and_then(|file| file.facts.store(uri))
            .cloned()
    }

    /// The settings of a store: captured ones if there are any, else its own. With a facts file nothing is asked.
    pub(super) async fn settings(&self, uri: &StoreUri) -> StoreFacts {
        if let Some(facts) = self.captured(uri) {
            return facts;
        }
        if uri.provider() == Some(Provider::Local) {
            let path = uri
                .as_str()
                .strip_prefix("file://")
                .unwrap_or_default()
                .to_owned();
            let (asked, local) = (uri.clone(), path);
            let read = tokio::task::spawn_blocking(move || exposure::local::facts(asked, Path::new(&local)));
            return read.await.unwrap_or_else(|_| StoreFacts::new(uri.clone()));
        }
        if self.plan.facts.is_some() {
            return StoreFacts::new(uri.clone());
        }
        self.inquiry.facts(&self.target(uri).await).await
    }

    async fn target(&self, uri: &StoreUri) -> Target {
        let account = match uri.provider() {
            Some(Provider::Aws) => self.aws_account().await,
            _ => None,
        };
        let eyes = &self.plan.config.eyes;
        Target {
            uri: uri.clone(),
            account,
            region: eyes.region.clone(),
            subscription: eyes.subscription.clone(),
        }
    }

    /// The account whose credentials are used, asked once; without it the account's own block is not asked.
    async fn aws_account(&self) -> Option<String> {
        let ask = || async {
            if self.plan.config.eyes.anonymous {
                return None;
            }
            self.session.aws().await.ok()?.account_id().await.ok()
        };
        self.account.get_or_init(ask).await.clone()
    }

    /// Whether the store's keys are of use beside these settings: to read ACLs of objects, or to probe with; or to learn
    /// why none of the settings could be read.
    pub(super) fn wants_keys(&self, facts: &StoreFacts) -> bool {
        let acls = self.plan.config.object_acls != ObjectAcls::None && needs_object_acls(facts);
        acls || self.plan.config.probe || judge(facts).verdict.is_open_question()
    }

    /// Reads the ACLs of `keys` where they matter, judges, and probes if asked to.
    pub(super) async fn judge(&self, mut facts: StoreFacts, keys: &Keys) -> Asked {
        let live = self.plan.facts.is_none() && facts.provider != Provider::Local;
        if live && self.plan.config.object_acls != ObjectAcls::None {
            let asked: Vec<&[u8]> = keys.keys.iter().map(Key::as_bytes).collect();
            self.inquiry.object_acls(&mut facts, &asked, keys.complete).await;
        }
        let mut exposure = judge(&facts);
        if self.plan.config.probe && facts.provider != Provider::Local {
            let key = keys.keys.first().map(Key::as_bytes);
            self.inquiry.probe(&facts.uri, key).await.apply(&mut exposure);
        }
        // Where a probe got further than the settings explain, no object is known to be safer than its store.
        let explained = exposure.grants.iter().all(|g| g.via != Via::Probe);
        let beside = judge_beside(&facts).filter(|_| explained);
        let objects = own_exposures(&facts, &exposure, beside.as_ref(), keys);
        let asked = Asked {
            uri: facts.uri.clone(),
            beside,
            facts,
            exposure,
            objects,
        };
        let mut all = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(asked.uri.clone(), asked.facts.clone());
        asked
    }

    /// Writes what was asked, if that was wanted.
    pub(super) fn write_facts(self) -> Result<(), EngineError> {
        let Some(path) = &self.plan.config.facts_out else {
            return Ok(());
        };
        let stores = self
            .facts
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .into_values()
            .collect();
        let facts = Facts {
            captured_at: Some(super::now()),
            stores,
            ..Facts::default()
        };
        let failed = |source| EngineError::File {
            what: "write the facts to",
            path: path.clone(),
            source,
        };
        let text = serde_json::to_vec_pretty(&facts).map_err(|error| failed(error.into()))?;
        std::fs::write(path, text).map_err(failed)
    }
}

/// The objects, among those looked at, that can be reached otherwise than by the scopes of their store's grants. Where
/// a probe got further than the settings explain, no object's settings say that it is safer than its store.
fn own_exposures(
    facts: &StoreFacts,
    store: &Exposure,
    beside: Option<&Exposure>,
    keys: &Keys,
) -> BTreeMap<String, Exposure> {
    let explained = judge(facts).verdict == store.verdict;
    let judged = keys.keys.iter().filter_map(|key| {
        let own = judge_object(facts, key.as_bytes());
        let by_scope = beside.and_then(|beside| narrowed(store, beside, key.as_bytes()));
        let expected = by_scope.as_ref().unwrap_or(store).verdict;
        let differs = own.verdict < store.verdict || (explained && own.verdict != expected);
        differs.then(|| (key.to_text(), own))
    });
    judged.collect()
}

/// What was learned about who can reach one store.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) uri: StoreUri,
    facts: StoreFacts,
    exposure: Exposure,
    beside: Option<Exposure>,
    objects: BTreeMap<String, Exposure>,
}

impl Asked {
    /// Puts it into the store's profile.
    pub(super) fn apply(self, store: &mut StoreProfile) {
        store.exposure = self.exposure;
        store.beside = self.beside;
        store.object_exposures = self.objects;
        store.account = self.facts.account.clone();
        store.region = self.facts.region.clone();
        store.settings = settings::of(&self.facts);
    }
}

/// Every store of a facts file, for `exposure` without a location.
pub(super) async fn captured_stores(asker: &Asker<'_>, file: &FactsFile) -> Vec<Asked> {
    let keys = Keys {
        keys: Vec::new(),
        complete: false,
    };
    let judged = file
        .facts
        .stores
        .iter()
        .map(|facts| asker.judge(facts.clone(), &keys));
    futures::stream::iter(judged).buffered(8).collect().await
}
