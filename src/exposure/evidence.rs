//! Collecting what is known of one store, and concluding from it.

use crate::model::exposure::{
    Audience, AudienceKind, Effect, Exposure, Grant, GrantState, Permission, Reason, Rule, Undecided, Verdict,
};
use crate::model::facts::Setting;

/// Grants of one kind that are listed singly; more are counted in the reason.
const OBJECT_GRANTS_SHOWN: usize = 20;

/// What speaks for and against, gathered while a store's settings are read.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) grants: Vec<Grant>,
    reasons: Vec<Reason>,
    remedies: Vec<String>,
    missing: Vec<String>,
    why: Vec<String>,
    settings_open: bool,
    objects_open: bool,
    blocks: Vec<(String, String)>,
}

impl Evidence {
    /// Adds a step to the chain of evidence.
    pub(super) fn reason(
        &mut self,
        effect: Effect,
        rule: Rule,
        source: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.reasons.push(Reason {
            effect,
            rule,
            source: source.into(),
            detail: detail.into(),
        });
    }

    /// Adds what to do.
    pub(super) fn remedy(&mut self, text: impl Into<String>) {
        self.remedies.push(text.into());
    }

    /// Takes over what another look found.
    pub(super) fn absorb(&mut self, grants: Vec<Grant>, reasons: Vec<Reason>) {
        self.grants.extend(grants);
        self.reasons.extend(reasons);
    }

    /// A setting that can grant access: if it was not read, the store is undecided.
    pub(super) fn source_of_grants<T>(&mut self, setting: &Setting<T>, name: &str, permission: &str) {
        if let Some(why) = unread(setting, name) {
            self.settings_open = true;
            self.open(permission, why);
        }
    }

    /// A setting that can grant access was read but leaves something open.
    pub(super) fn open_setting(&mut self, permission: Option<&str>, why: impl Into<String>) {
        self.settings_open = true;
        self.missing.extend(permission.map(str::to_owned));
        self.why.push(why.into());
    }

    /// Single objects can carry grants that were not read.
    pub(super) fn open_objects(&mut self, permission: &str, why: impl Into<String>) {
        self.objects_open = true;
        self.open(permission, why.into());
    }

    /// Single objects can carry grants, and only a sample of them was looked at: no permission is missing.
    pub(super) fn sampled_objects(&mut self, why: impl Into<String>) {
        self.objects_open = true;
        self.why.push(why.into());
        self.remedy("read the ACLs of all objects with --object-acls all");
    }

    /// A setting that can only take access away: worth knowing while something public is live.
    pub(super) fn block<T>(&mut self, setting: &Setting<T>, name: &str, permission: &str) {
        if let Some(why) = unread(setting, name) {
            self.blocks.push((permission.to_owned(), why));
        }
    }

    /// A block of unclear meaning, worth saying while something public is live.
    pub(super) fn unclear_block(&mut self, permission: &str, why: impl Into<String>) {
        self.blocks.push((permission.to_owned(), why.into()));
    }

    fn open(&mut self, permission: &str, why: String) {
        self.missing.push(permission.to_owned());
        self.why.push(why);
    }

    /// Whether a stranger can do something now.
    pub(super) fn has_live_public(&self) -> bool {
        self.grants
            .iter()
            .any(|g| g.state == GrantState::Live && is_stranger(g.audience.kind))
    }

    /// Every request must be signed: what anyone can do now, every customer of the cloud can do instead. Whether there
    /// was any such grant.
    pub(super) fn sign_in_anyone(&mut self) -> bool {
        let instead = [Audience::new(AudienceKind::AnyAuthenticated)];
        self.replace_live(|kind| kind == AudienceKind::Anyone, &instead)
    }

    /// Only these networks get in: what strangers can do now, whoever comes from there can do instead. Whether there
    /// was any such grant.
    pub(super) fn confine_strangers(&mut self, networks: &[Audience]) -> bool {
        self.replace_live(is_stranger, networks)
    }

    /// Makes live grants to some audiences latent, with live ones to others in their place.
    fn replace_live(&mut self, of: impl Fn(AudienceKind) -> bool, instead: &[Audience]) -> bool {
        let mut added = Vec::new();
        let mut any = false;
        let live = |g: &&mut Grant| g.state == GrantState::Live && of(g.audience.kind);
        for grant in self.grants.iter_mut().filter(live) {
            any = true;
            added.extend(instead.iter().map(|audience| Grant {
                audience: audience.clone(),
                ..grant.clone()
            }));
            grant.state = GrantState::Latent;
        }
        self.grants.extend(added);
        any
    }

    /// Draws the conclusion: the worst of what is known, and what stayed open.
    pub(super) fn conclude(mut self) -> Exposure {
        if self.has_live_public() {
            for (permission, why) in std::mem::take(&mut self.blocks) {
                self.missing.push(permission);
                self.why.push(why);
            }
        }
        let known = worst(&self.grants);
        let verdict = match known {
            Verdict::Private if self.settings_open => Verdict::Unknown,
            Verdict::Private if self.objects_open => Verdict::Inconclusive,
            known => known,
        };
        self.missing.retain(|m| !m.is_empty());
        self.missing.sort();
        self.missing.dedup();
        if !self.missing.is_empty() {
            self.remedies.push(format!(
                "allow {} to this scan and run it again",
                self.missing.join(", ")
            ));
        }
        let mut seen = std::collections::HashSet::new();
        self.why.retain(|w| seen.insert(w.clone()));
        let undecided = (!self.why.is_empty()).then(|| Undecided {
            missing: self.missing,
            why: self.why.join("; "),
        });
        let mut exposure = Exposure {
            verdict,
            undecided,
            confirmed: None,
            grants: self.grants,
            reasons: self.reasons,
            remedies: self.remedies,
        };
        exposure.normalise();
        exposure
    }
}

/// Why a setting is unknown; nothing where it is known.
fn unread<T>(setting: &Setting<T>, name: &str) -> Option<String> {
    match setting {
        Setting::NotAsked => Some(format!("{name} was not asked for")),
        Setting::Refused(code) => Some(format!("{name} was refused ({code})")),
        _ => None,
    }
}

/// Whether an audience is made of strangers: anyone, or whoever signs up.
pub(super) fn is_stranger(kind: AudienceKind) -> bool {
    matches!(
        kind,
        AudienceKind::Anyone | AudienceKind::AnyAuthenticated | AudienceKind::Federated
    )
}

/// Permissions in words: "list keys, read objects".
pub(super) fn words(permissions: &[Permission]) -> String {
    let word = |p: &Permission| match p {
        Permission::Administer => "change settings or access",
        Permission::Write => "write objects",
        Permission::Delete => "delete objects",
        Permission::List => "list keys",
        Permission::Read => "read objects",
        Permission::ReadSettings => "read settings or tags",
    };
    match permissions {
        [] => "do nothing".to_owned(),
        some => some.iter().map(word).collect::<Vec<_>>().join(", "),
    }
}

/// The verdict that these grants make, `private` where there is none that counts.
///
/// Services of the cloud and private networks count as inside: they are listed, and make no verdict.
pub(super) fn worst(grants: &[Grant]) -> Verdict {
    let live = |kind: AudienceKind| {
        grants
            .iter()
            .filter(move |g| g.state == GrantState::Live && g.audience.kind == kind)
    };
    let may = |wanted: &[Permission]| live(AudienceKind::Anyone).any(|g| wanted.contains(&g.permission));
    if may(&[Permission::Administer, Permission::Write, Permission::Delete]) {
        return Verdict::PublicWrite;
    }
    match (may(&[Permission::List]), may(&[Permission::Read])) {
        (true, true) => return Verdict::PublicList,
        (false, true) => return Verdict::PublicRead,
        (true, false) => return Verdict::PublicKeys,
        _ if live(AudienceKind::Anyone).next().is_some() => return Verdict::PublicKeys,
        _ => {}
    }
    let kinds = |state| {
        grants
            .iter()
            .filter(move |g| g.state == state)
            .map(|g| g.audience.kind)
    };
    if kinds(GrantState::Live).any(is_stranger) {
        Verdict::AnyAuthenticated
    } else if kinds(GrantState::Live)
        .any(|k| !matches!(k, AudienceKind::Service | AudienceKind::PrivateNetwork))
    {
        Verdict::External
    } else if kinds(GrantState::Latent).any(is_stranger) {
        Verdict::Latent
    } else {
        Verdict::Private
    }
}

/// Keeps the first few of each kind of grant on single objects, so that a store with a million public objects has a
/// short report. What is dropped is named by the reasons that count it.
pub(super) fn shorten(exposure: &mut Exposure) {
    let mut counts = std::collections::HashMap::new();
    exposure.grants.retain(|g| {
        if g.via != crate::model::exposure::Via::ObjectAcl {
            return true;
        }
        let count = counts
            .entry((g.audience.clone(), g.permission, g.state))
            .or_insert(0usize);
        *count += 1;
        *count <= OBJECT_GRANTS_SHOWN
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exposure::{Scope, Via};

    fn grant(kind: AudienceKind, permission: Permission, state: GrantState) -> Grant {
        Grant {
            audience: Audience::new(kind),
            permission,
            scope: Scope::store(),
            state,
            via: Via::Policy,
        }
    }

    #[test]
    fn each_combination_of_grants_has_its_verdict() {
        use AudienceKind::*;
        use GrantState::*;
        use Permission::*;
        for (grants, want) in [
            (vec![], Verdict::Private),
            (
                vec![(Anyone, Delete, Live), (Anyone, Read, Live)],
                Verdict::PublicWrite,
            ),
            (
                vec![(Anyone, List, Live), (Anyone, Read, Live)],
                Verdict::PublicList,
            ),
            (
                vec![(Anyone, Read, Live), (Anyone, List, Latent)],
                Verdict::PublicRead,
            ),
            (
                vec![(Anyone, List, Live), (AnyAuthenticated, Read, Live)],
                Verdict::PublicKeys,
            ),
            (vec![(Anyone, ReadSettings, Live)], Verdict::PublicKeys),
            (vec![(AnyAuthenticated, Write, Live)], Verdict::AnyAuthenticated),
            (vec![(Federated, Read, Live)], Verdict::AnyAuthenticated),
            (
                vec![(Account, Write, Live), (Anyone, Write, Latent)],
                Verdict::External,
            ),
            (vec![(LocalUsers, Write, Live)], Verdict::External),
            (
                vec![(Anyone, Write, Latent), (Service, Write, Live)],
                Verdict::Latent,
            ),
            (
                vec![(Service, Write, Live), (PrivateNetwork, Read, Live)],
                Verdict::Private,
            ),
            (vec![(Account, Read, Latent)], Verdict::Private),
        ] {
            let grants: Vec<_> = grants.into_iter().map(|(k, p, s)| grant(k, p, s)).collect();
            assert_eq!(worst(&grants), want, "{grants:?}");
        }
    }

    #[test]
    fn an_unread_block_is_told_only_where_it_could_help() {
        let refused: Setting<()> = Setting::Refused("AccessDenied".into());
        let mut quiet = Evidence::default();
        quiet.block(&refused, "the block", "s3:GetBlock");
        assert_eq!(quiet.conclude().undecided, None);
        let mut public = Evidence::default();
        public.block(&refused, "the block", "s3:GetBlock");
        public
            .grants
            .push(grant(AudienceKind::Anyone, Permission::Read, GrantState::Live));
        let exposure = public.conclude();
        assert_eq!(exposure.verdict, Verdict::PublicRead);
        assert_eq!(exposure.undecided.unwrap().missing, ["s3:GetBlock"]);
    }

    #[test]
    fn an_open_setting_outweighs_open_objects() {
        let mut e = Evidence::default();
        e.open_objects("s3:GetObjectAcl", "object ACLs were not read");
        e.source_of_grants::<()>(&Setting::NotAsked, "the policy", "s3:GetBucketPolicy");
        let exposure = e.conclude();
        assert_eq!(exposure.verdict, Verdict::Unknown);
        assert_eq!(
            exposure.undecided.unwrap().missing,
            ["s3:GetBucketPolicy", "s3:GetObjectAcl"]
        );
    }
}
