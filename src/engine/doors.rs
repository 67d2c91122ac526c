//! Joins the credentials that were found in data to the stores that they open.

use std::collections::BTreeMap;

use crate::model::door::{ATTRIBUTE, Door, Key};
use crate::model::exposure::{Effect, Reason, Rule};
use crate::model::id::StoreUri;
use crate::model::profile::{Profile, StoreProfile};
use crate::model::report::Store;
use crate::model::tally::{Confidence, Tally};

/// Doors that one store lists; more are counted in the reason.
const SHOWN: usize = 20;

/// The doors to each store of a run, sorted.
#[derive(Debug, Default)]
pub(super) struct Doors(BTreeMap<StoreUri, Vec<Door>>);

impl Doors {
    /// The doors in what was found; `now` (`YYYY-MM-DDThh:mm:ssZ`) decides which are still good.
    pub(super) fn of(profile: &Profile, now: &str) -> Self {
        let mut doors: BTreeMap<StoreUri, Vec<Door>> = BTreeMap::new();
        for (found_in, store) in &profile.stores {
            for (classifier, tally, text) in opening(store, profile.min_confidence) {
                let Ok(key) = text.parse::<Key>() else { continue };
                for uri in profile.stores.keys().filter(|uri| key.opens(uri)) {
                    let door = door(found_in, classifier, tally, &key, now);
                    doors.entry(uri.clone()).or_default().push(door);
                }
            }
        }
        doors.values_mut().for_each(|list| {
            list.sort();
            list.dedup();
        });
        Self(doors)
    }

    /// Adds a store's doors to it, and says so among the reasons of its exposure and of its risk.
    pub(super) fn open(&self, store: &mut Store) {
        let Some(doors) = self.0.get(&store.uri) else {
            return;
        };
        for door in doors.iter().take(SHOWN) {
            let (source, detail) = words(door);
            if door.valid {
                store.risk.why.push(detail.clone());
                store.exposure.remedies.push(remedy(door));
            }
            store.exposure.reasons.push(Reason {
                effect: Effect::Grants,
                rule: Rule::Door,
                source,
                detail,
            });
        }
        store.exposure.normalise();
        store.doors = doors.iter().take(SHOWN).cloned().collect();
    }
}

/// Every text under which a store's findings say what they open, with the classifier and its tally.
fn opening(store: &StoreProfile, least: Confidence) -> impl Iterator<Item = (&str, &Tally, &str)> {
    let columns = store.tables.iter().flat_map(|table| table.columns.values());
    let tallies = columns.flat_map(|column| column.found.iter());
    let found =
        tallies.filter(move |(_, tally)| !tally.at_least(least).is_empty() || !tally.whole.is_empty());
    found.flat_map(|(classifier, tally)| {
        let texts = tally.attributes.get(ATTRIBUTE).into_iter().flatten();
        texts.map(move |text| (classifier.as_str(), tally, text.as_str()))
    })
}

fn door(found_in: &StoreUri, classifier: &str, tally: &Tally, key: &Key, now: &str) -> Door {
    let all = tally.at_least(Confidence::Low);
    Door {
        found_in: found_in.clone(),
        at: all.first.iter().chain(tally.whole.first.iter()).min().cloned(),
        classifier: classifier.to_owned(),
        kind: key.kind,
        permissions: key.permissions.iter().map(|p| (*p).to_owned()).collect(),
        until: key.until.clone(),
        valid: key.is_valid_at(now),
    }
}

/// Where a door lies, and what it is.
fn words(door: &Door) -> (String, String) {
    let place = place(door);
    let may = match door.permissions.as_slice() {
        [] => "what a stored policy says".to_owned(),
        some => some.join(", "),
    };
    let until = match (&door.until, door.valid) {
        (Some(until), true) => format!("valid until {until}"),
        (Some(until), false) => format!("over since {until}"),
        (None, _) => "without an end of its own".to_owned(),
    };
    let kind = door.kind.as_str();
    let detail = format!("a {kind} ({may}), {until}, lies in {place}");
    (place, detail)
}

fn remedy(door: &Door) -> String {
    use crate::model::door::Kind;
    let place = place(door);
    match door.kind {
        Kind::AccountKey => format!("rotate the account key that lies in {place}, and remove it there"),
        Kind::SharedAccessSignature => format!(
            "rotate the account key that made the signature in {place} (this ends every signature made with it), or \
             change the stored policy that it names; and remove it there"
        ),
        Kind::UserDelegationSignature => {
            format!(
                "revoke the user delegation keys of the account, which ends the signature in {place}; and remove it there"
            )
        }
        Kind::PresignedUrl => {
            format!(
                "remove the presigned address in {place}; it ends by itself or with the key that signed it"
            )
        }
    }
}

fn place(door: &Door) -> String {
    match &door.at {
        Some(at) => format!("{}/{}", door.found_in.as_str(), at.object),
        None => door.found_in.to_string(),
    }
}
