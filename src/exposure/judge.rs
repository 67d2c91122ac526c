//! From settings to verdict. Judging is pure: the same facts give the same exposure, and nothing is asked.
//!
//! A known grant counts; an unknown block does not save it. With no known grant, a source of grants that was refused
//! or not asked for leaves the store undecided, and `private` is said only when nothing is.

use super::evidence::{self, Evidence};
use super::{aws, azure, gcp, local};
use crate::model::exposure::{Exposure, Grant};
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

/// Gathers the evidence, by provider.
fn weigh(facts: &StoreFacts) -> Evidence {
    match &facts.settings {
        Settings::Aws(settings) => aws::judge::judge(facts, settings),
        Settings::Gcp(settings) => gcp::judge::judge(facts, settings),
        Settings::Azure(settings) => azure::judge::judge(facts, settings),
        Settings::Local(settings) => local::judge(settings),
    }
}
