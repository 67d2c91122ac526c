//! From settings to verdict. Judging is pure: the same facts give the same exposure, and nothing is asked.
//!
//! A known grant counts; an unknown block does not save it. With no known grant, a source of grants that was refused
//! or not asked for leaves the store undecided, and `private` is said only when nothing is.

use super::evidence::{self, Evidence};
use super::{aws, azure, gcp, local};
use crate::model::exposure::{Exposure, Grant, ScopeKind, Verdict};
use crate::model::facts::{Settings, StoreFacts};

/// Judges one store by its captured settings.
pub fn judge(facts: &StoreFacts) -> Exposure {
    let mut exposure = weigh(facts).conclude();
    evidence::shorten(&mut exposure);
    exposure
}

/// Judges one object of a store: as the store, with those grants only whose scope covers the key. Its own ACL counts
/// where the facts have it; a listing that shows the key counts, too.
pub fn judge_object(facts: &StoreFacts, key: &[u8]) -> Exposure {
    let mut evidence = weigh(facts);
    evidence.grants.retain(|g: &Grant| g.scope.covers(key));
    evidence.conclude()
}

/// Judges the objects that no narrower grant covers: as the store, with those grants only that are for all of it.
/// `None` where every grant is.
pub fn judge_beside(facts: &StoreFacts) -> Option<Exposure> {
    let mut evidence = weigh(facts);
    let all = evidence.grants.len();
    evidence
        .grants
        .retain(|g: &Grant| g.scope.kind == ScopeKind::Store);
    (evidence.grants.len() < all).then(|| evidence.conclude())
}

/// The exposure of an object whose own ACL was not looked at, if it differs from its store's: the narrower grants that
/// cover its key, over what holds beside them ([`judge_beside`]).
pub fn narrowed(store: &Exposure, beside: &Exposure, key: &[u8]) -> Option<Exposure> {
    let narrower = |g: &&Grant| g.scope.kind != ScopeKind::Store && g.scope.covers(key);
    let covering: Vec<Grant> = store.grants.iter().filter(narrower).cloned().collect();
    let mut own = beside.clone();
    if !covering.is_empty() {
        own.grants.extend(covering);
        own.normalise();
        own.verdict = match evidence::worst(&own.grants) {
            Verdict::Private => beside.verdict,
            known => known,
        };
        if own.verdict.is_public() {
            own.undecided.clone_from(&store.undecided);
        }
    }
    (own.verdict != store.verdict || own.undecided != store.undecided).then_some(own)
}

/// Gathers the evidence, by provider.
fn weigh(facts: &StoreFacts) -> Evidence {
    match &facts.settings {
        Settings::Aws(settings) => aws::judge::judge(facts, settings),
        Settings::Gcp(settings) => gcp::judge::judge(facts, settings),
        Settings::Azure(settings) => azure::judge::judge(facts, settings),
        Settings::Local(settings) => local::judge(settings),
    }
}
