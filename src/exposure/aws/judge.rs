//! Judging an S3 bucket: policy, ACLs, and what the public-access block and object ownership take away.
//!
//! Block settings never edit a policy or an ACL: what they switch off is latent and comes back with the switch.

use super::access_point;
use super::acl::{self, On};
use super::policy::{self, Evaluated, Place};
use super::principal::Owner;
use crate::exposure::evidence::{Evidence, is_stranger, words};
use crate::model::exposure::{
    Audience, AudienceKind, Effect, Grant, GrantState, Permission, Rule, Scope, ScopeKind, Via,
};
use crate::model::facts::{Acl, AwsSettings, ObjectOwnership, PublicAccessBlock, Setting, StoreFacts};

/// Judges one bucket.
pub(in crate::exposure) fn judge(facts: &StoreFacts, settings: &AwsSettings) -> Evidence {
    let case = Case::new(facts, settings);
    let mut evidence = Evidence::default();
    case.policy(&mut evidence);
    case.acl(&mut evidence);
    case.objects(&mut evidence);
    case.requester_pays(&mut evidence);
    case.replication(&mut evidence);
    case.unseen(&mut evidence);
    case.blocks_of_new_grants(&mut evidence);
    case.website(&mut evidence);
    evidence
}

/// One bucket with what is known of its blocks.
pub(super) struct Case<'a> {
    pub(super) bucket: &'a str,
    pub(super) settings: &'a AwsSettings,
    pub(super) owner: Owner,
    /// Where `IgnorePublicAcls` is on.
    ignore_acls: Option<&'static str>,
    /// Where `RestrictPublicBuckets` is on.
    pub(super) restrict: Option<&'static str>,
}

impl<'a> Case<'a> {
    fn new(facts: &'a StoreFacts, settings: &'a AwsSettings) -> Self {
        let canonical = settings
            .acl
            .get()
            .and_then(|a| a.owner.as_ref())
            .map(|o| o.id.clone());
        let owner = Owner {
            account: facts.account.clone(),
            canonical: canonical.filter(|id| !id.is_empty()),
        };
        let level = |switch: fn(&PublicAccessBlock) -> bool| {
            levels(settings)
                .into_iter()
                .find_map(|(name, block)| on(block, switch).then_some(name))
        };
        Self {
            bucket: facts.name(),
            settings,
            owner,
            ignore_acls: level(|b| b.ignore_public_acls),
            restrict: level(|b| b.restrict_public_buckets),
        }
    }

    /// Whether ACLs are disabled altogether.
    fn acls_disabled(&self) -> bool {
        self.settings.object_ownership.get() == Some(&ObjectOwnership::BucketOwnerEnforced)
    }

    /// The bucket policy, its status, and the access points that it may delegate to.
    fn policy(&self, evidence: &mut Evidence) {
        let evaluated = match self.settings.policy.get() {
            Some(document) => {
                policy::evaluate(&document.0, self.bucket, &self.owner, "policy", Place::Bucket)
            }
            None => Evaluated::default(),
        };
        if evaluated.unreadable {
            evidence.open_setting(None, "the bucket policy could not be understood");
        }
        let ours = evaluated.grants.iter().any(|g| is_stranger(g.audience.kind));
        let status = self.settings.policy_status.get().map(|s| s.is_public);
        let mut grants: Vec<_> = evaluated
            .grants
            .iter()
            .map(|g| (g.audience.clone(), g.permission, g.scope.clone(), Via::Policy))
            .collect();
        if status == Some(true) && !ours {
            grants.extend(self.only_by_status(&evaluated, evidence));
        }
        self.compare_status(ours, status, evidence);
        let public = ours || grants.iter().any(|(a, ..)| is_stranger(a.kind));
        let restricted = self.restrict.filter(|_| public);
        for (audience, permission, scope, via) in grants {
            let cut = restricted.is_some() && is_cut(audience.kind, status);
            let state = if cut { GrantState::Latent } else { GrantState::Live };
            evidence.grants.push(Grant {
                audience,
                permission,
                scope,
                state,
                via,
            });
        }
        evidence.absorb(Vec::new(), evaluated.reasons);
        self.advise_on_policy(public, evidence);
        access_point::judge(self, evaluated.delegated, evidence);
    }

    /// What to assume where the service calls the policy public and we see no reason for it.
    fn only_by_status(
        &self,
        evaluated: &Evaluated,
        evidence: &mut Evidence,
    ) -> Vec<(Audience, Permission, Scope, Via)> {
        let none_set = self.settings.policy == Setting::NoneSet && self.settings.acl.is_known();
        let (effect, rule, detail) = if none_set {
            let detail = "the service calls the policy public, but none is set; the ACL is judged by itself";
            (Effect::Blocks, Rule::S3PolicyStatusDisagrees, detail)
        } else if self.settings.policy.is_known() {
            let detail =
                "the service calls the policy public, which its text does not show: the worse is taken";
            (Effect::Grants, Rule::S3PolicyStatusDisagrees, detail)
        } else {
            let detail = "the service calls the policy public; what it allows was not read";
            (Effect::Grants, Rule::S3PolicyStatus, detail)
        };
        evidence.reason(effect, rule, "policy_status.IsPublic", detail);
        let anyone = |permission, scope| {
            (
                Audience::new(AudienceKind::Anyone),
                permission,
                scope,
                Via::PolicyStatus,
            )
        };
        match evaluated.grants.as_slice() {
            _ if none_set => Vec::new(),
            [] => vec![anyone(Permission::Read, Scope::store())],
            some => some
                .iter()
                .map(|g| anyone(g.permission, g.scope.clone()))
                .collect(),
        }
    }

    /// Says whether the service's judgement of a public policy agrees with ours.
    fn compare_status(&self, ours: bool, status: Option<bool>, evidence: &mut Evidence) {
        let source = "policy_status.IsPublic";
        match (ours, status) {
            (true, Some(true)) => {
                evidence.reason(
                    Effect::Grants,
                    Rule::S3PolicyStatus,
                    source,
                    "the service calls the policy public, too",
                );
            }
            (true, Some(false)) => {
                let detail =
                    "the service does not call the policy public, its text reads so: the worse is taken";
                evidence.reason(Effect::Grants, Rule::S3PolicyStatusDisagrees, source, detail);
            }
            _ => {}
        }
    }

    fn advise_on_policy(&self, public: bool, evidence: &mut Evidence) {
        match self.restrict.filter(|_| public) {
            Some(at) => {
                let detail = "limits the public policy to the owning account and services of the cloud";
                evidence.reason(
                    Effect::Blocks,
                    Rule::S3RestrictPublicBuckets,
                    format!("{at}.RestrictPublicBuckets"),
                    detail,
                );
                evidence.remedy(
                    "remove the public statement from the bucket policy: it works again as soon as \
                     RestrictPublicBuckets is turned off",
                );
            }
            None if public => evidence.remedy(
                "turn on RestrictPublicBuckets (this also cuts off other accounts that the policy names) or remove the \
                 public statement from the bucket policy",
            ),
            None if evidence.grants.iter().any(|g| g.via == Via::Policy && is_outside(g.audience.kind)) => {
                evidence.remedy("check that every account and network in the bucket policy is meant to have access");
            }
            None => {}
        }
    }

    /// The bucket's own ACL.
    fn acl(&self, evidence: &mut Evidence) {
        let Some(acl) = self.settings.acl.get() else {
            return;
        };
        let found = acl::outsiders(acl, On::Bucket, self.owner.canonical.as_deref());
        self.acl_grants(&found, Scope::store(), "acl", Via::Acl, evidence);
    }

    /// Adds ACL grants with their state, and why.
    fn acl_grants(
        &self,
        found: &[(usize, Audience, Permission)],
        scope: Scope,
        source: &str,
        via: Via,
        evidence: &mut Evidence,
    ) {
        for (i, audience, permission) in found {
            let denied = self.denied(audience, *permission, &scope, evidence);
            let state = if denied {
                GrantState::Latent
            } else {
                self.acl_state(audience.kind)
            };
            let rule = acl_rule(audience.kind, via);
            let detail = format!("lets {} {}", policy::who(audience), words(&[*permission]));
            if audience.kind != AudienceKind::Service && via == Via::Acl {
                evidence.reason(Effect::Grants, rule, format!("{source}.Grants[{i}]"), detail);
            }
            let (audience, permission) = (audience.clone(), *permission);
            evidence.grants.push(Grant {
                audience,
                permission,
                scope: scope.clone(),
                state,
                via,
            });
        }
        self.acl_blocks(found, evidence);
        let strangers = found
            .iter()
            .find(|(_, a, _)| acl::is_public(a.kind))
            .map(|(_, a, _)| a.kind);
        match strangers.map(|kind| (kind, self.acl_state(kind))) {
            Some((_, GrantState::Live)) => evidence.remedy(
                "set object ownership to BucketOwnerEnforced, which disables all ACLs, or turn on IgnorePublicAcls",
            ),
            Some((kind, GrantState::Latent)) => evidence.remedy(format!(
                "remove the ACL grant to {}: it works again as soon as the block is turned off",
                acl::group(kind)
            )),
            None => {}
        }
    }

    /// Whether the bucket policy denies outright what an ACL grants, and says so.
    fn denied(
        &self,
        audience: &Audience,
        permission: Permission,
        scope: &Scope,
        evidence: &mut Evidence,
    ) -> bool {
        let grant = (audience, permission, scope);
        let policy = self.settings.policy.get();
        let Some(at) = policy.and_then(|p| policy::denies(&p.0, self.bucket, &self.owner, grant)) else {
            return false;
        };
        let detail = format!(
            "denies {} what an ACL lets them do: {}",
            policy::who(audience),
            words(&[permission])
        );
        evidence.reason(Effect::Blocks, Rule::S3PolicyDeny, at, detail);
        true
    }

    /// Whether an ACL grant to this audience works now, as far as blocks and ownership decide.
    fn acl_state(&self, kind: AudienceKind) -> GrantState {
        let blocked = self.acls_disabled() || (acl::is_public(kind) && self.ignore_acls.is_some());
        if blocked {
            GrantState::Latent
        } else {
            GrantState::Live
        }
    }

    /// Says what takes the grants away.
    fn acl_blocks(&self, found: &[(usize, Audience, Permission)], evidence: &mut Evidence) {
        if found.is_empty() {
            return;
        }
        if self.acls_disabled() {
            let detail = "disables every ACL of the bucket and its objects";
            evidence.reason(
                Effect::Blocks,
                Rule::S3BucketOwnerEnforced,
                "object_ownership",
                detail,
            );
        }
        if let Some(at) = self
            .ignore_acls
            .filter(|_| found.iter().any(|(_, a, _)| acl::is_public(a.kind)))
        {
            let detail = "makes public ACL grants of the bucket and its objects void";
            evidence.reason(
                Effect::Blocks,
                Rule::S3IgnorePublicAcls,
                format!("{at}.IgnorePublicAcls"),
                detail,
            );
        }
    }

    /// The ACLs of single objects.
    fn objects(&self, evidence: &mut Evidence) {
        let objects = self.settings.objects.get().map(Vec::as_slice).unwrap_or_default();
        let (mut public, mut external, mut unread) = (0usize, 0usize, 0usize);
        for object in objects {
            let Some(acl) = object.acl.get() else {
                unread += usize::from(!object.acl.is_known());
                continue;
            };
            let found = self.object_outsiders(acl);
            public += usize::from(found.iter().any(|(_, a, _)| acl::is_public(a.kind)));
            external += usize::from(
                found
                    .iter()
                    .any(|(_, a, _)| is_outside(a.kind) && !acl::is_public(a.kind)),
            );
            let scope = Scope::keys(ScopeKind::Object, object.key.clone());
            self.acl_grants(&found, scope, "objects", Via::ObjectAcl, evidence);
        }
        if public > 0 {
            let detail = format!(
                "{public} of {} objects asked grant everyone or every AWS account",
                objects.len()
            );
            evidence.reason(Effect::Grants, Rule::S3ObjectAclPublic, "objects", detail);
        }
        if external > 0 {
            let detail = format!(
                "{external} of {} objects asked grant or belong to another account",
                objects.len()
            );
            evidence.reason(Effect::Grants, Rule::S3ObjectAclExternal, "objects", detail);
        }
        self.unread_objects(unread, evidence);
    }

    /// Outsiders of an object's ACL. Its owner, where it is another account than the bucket's, is one of them.
    fn object_outsiders(&self, acl: &Acl) -> Vec<(usize, Audience, Permission)> {
        let own = acl
            .owner
            .as_ref()
            .map(|o| o.id.as_str())
            .filter(|id| !id.is_empty());
        acl::outsiders(acl, On::Object, self.owner.canonical.as_deref().or(own))
    }

    /// Whether single objects may carry grants that were not read.
    fn unread_objects(&self, unread: usize, evidence: &mut Evidence) {
        let all_read = match &self.settings.objects {
            Setting::NoneSet => true,
            Setting::Is(_) => self.settings.objects_complete && unread == 0,
            _ => false,
        };
        if all_read || self.acls_disabled() {
            return;
        }
        let asked = self.settings.objects.get().map_or(0, |o| o.len() - unread);
        let why = match (asked, &self.settings.objects) {
            (_, Setting::Refused(code)) => format!("ACLs of single objects were refused ({code})"),
            (0, _) => "ACLs of single objects were not read".to_owned(),
            (n, _) => format!("ACLs of {n} objects were read, not of all"),
        };
        if let Some(at) = self.ignore_acls {
            let detail = format!("{why}; public ones are void, grants to single accounts may remain");
            evidence.reason(
                Effect::Blocks,
                Rule::S3IgnorePublicAcls,
                format!("{at}.IgnorePublicAcls"),
                detail,
            );
            return;
        }
        let detail = "ACLs are in force, so that single objects can be public on their own";
        evidence.reason(
            Effect::Grants,
            Rule::S3ObjectAclsUnread,
            "object_ownership",
            detail,
        );
        if asked > 0 && unread == 0 {
            evidence.sampled_objects(why);
        } else {
            evidence.open_objects("s3:GetObjectAcl", why);
        }
        if !self.settings.object_ownership.is_known() {
            evidence.open_objects("s3:GetBucketOwnershipControls", "object ownership is not known");
        }
        evidence.remedy("set object ownership to BucketOwnerEnforced, which disables ACLs of single objects");
    }

    /// A requester who pays must sign: what anyone could do, every customer of the cloud can do instead.
    fn requester_pays(&self, evidence: &mut Evidence) {
        let payer = self.settings.request_payment.get().map(|p| p.payer.as_str());
        if payer != Some("Requester") || !evidence.sign_in_anyone() {
            return;
        }
        let detail = "requests that are not signed are turned away; every customer who pays still comes in";
        let source = "request_payment.Payer";
        evidence.reason(Effect::Blocks, Rule::S3RequesterPays, source, detail);
    }

    /// Copies that go to another account are its own.
    fn replication(&self, evidence: &mut Evidence) {
        let rules = self.settings.replication.get().map(|r| r.rules.as_slice());
        for (i, rule) in rules.unwrap_or_default().iter().enumerate() {
            let account = rule.destination.account.as_deref();
            let Some(account) = account.filter(|a| rule.status == "Enabled" && !self.owner.is_account(a))
            else {
                continue;
            };
            let scope = match rule.prefix() {
                "" => Scope::store(),
                prefix => Scope::keys(ScopeKind::Prefix, prefix),
            };
            evidence.grants.push(Grant {
                audience: Audience::named(AudienceKind::Account, account),
                permission: Permission::Read,
                scope,
                state: GrantState::Live,
                via: Via::Replication,
            });
            let detail =
                format!("copies objects to a bucket of account {account}, which can read them there");
            let source = format!("replication.Rules[{i}]");
            evidence.reason(Effect::Grants, Rule::S3Replication, source, detail);
            evidence.remedy(format!("check that account {account} is meant to have copies"));
        }
    }

    /// Sources of grants that were not read, and blocks that were not.
    fn unseen(&self, evidence: &mut Evidence) {
        let s = self.settings;
        evidence.source_of_grants(&s.policy, "the bucket policy", "s3:GetBucketPolicy");
        if !self.acls_disabled() {
            evidence.source_of_grants(&s.acl, "the bucket ACL", "s3:GetBucketAcl");
        }
        let strangers = |via: &[Via]| {
            evidence
                .grants
                .iter()
                .any(|g| via.contains(&g.via) && is_stranger(g.audience.kind))
        };
        let by_acl = strangers(&[Via::Acl, Via::ObjectAcl]);
        let bucket = (
            &s.bucket_public_access_block,
            "the bucket's public-access block",
            "s3:GetBucketPublicAccessBlock",
        );
        let account = (
            &s.account_public_access_block,
            "the account's public-access block",
            "s3:GetAccountPublicAccessBlock",
        );
        for (block, name, permission) in [bucket, account] {
            evidence.block(block, name, permission);
        }
        if by_acl {
            evidence.block(
                &s.object_ownership,
                "object ownership",
                "s3:GetBucketOwnershipControls",
            );
        }
    }

    /// Says that switches which refuse new grants do not undo the ones that are there.
    fn blocks_of_new_grants(&self, evidence: &mut Evidence) {
        if !evidence.has_live_public() {
            return;
        }
        for (name, block) in levels(self.settings) {
            if on(block, |b| b.block_public_acls || b.block_public_policy) {
                let detail = "refuses new public grants only; those that exist stay";
                evidence.reason(Effect::Blocks, Rule::S3BlockNew, name, detail);
            }
        }
    }

    /// A website adds no grant; it is one more door to what is public already.
    fn website(&self, evidence: &mut Evidence) {
        if self.settings.website.get().is_some() && evidence.has_live_public() {
            let detail = "serves what is public over plain HTTP as well";
            evidence.reason(Effect::Grants, Rule::S3Website, "website", detail);
        }
    }
}

/// The levels at which a public-access block can be set; the effective block is the union of them.
fn levels(settings: &AwsSettings) -> [(&'static str, &Setting<PublicAccessBlock>); 3] {
    [
        (
            "organization_public_access_block",
            &settings.organization_public_access_block,
        ),
        (
            "account_public_access_block",
            &settings.account_public_access_block,
        ),
        ("bucket_public_access_block", &settings.bucket_public_access_block),
    ]
}

/// Whether a known block has this switch on.
fn on(block: &Setting<PublicAccessBlock>, switch: impl Fn(&PublicAccessBlock) -> bool) -> bool {
    block.get().is_some_and(switch)
}

/// Whether `RestrictPublicBuckets` cuts this audience of a public policy off. Services stay, and so does the
/// delivery network as a service. Where the service itself does not call the policy public, it cuts nobody who is
/// named; strangers are cut by our reading of it.
fn is_cut(kind: AudienceKind, status: Option<bool>) -> bool {
    is_stranger(kind) || (is_outside(kind) && kind != AudienceKind::Cdn && status != Some(false))
}

/// Whether an audience counts as outside at all.
pub(super) fn is_outside(kind: AudienceKind) -> bool {
    !matches!(kind, AudienceKind::Service | AudienceKind::PrivateNetwork)
}

/// The rule under which an ACL grant is reported.
fn acl_rule(kind: AudienceKind, via: Via) -> Rule {
    match (kind, via) {
        (AudienceKind::Anyone, Via::Acl) => Rule::S3AclPublic,
        (AudienceKind::AnyAuthenticated, Via::Acl) => Rule::S3AclAnyCustomer,
        (_, Via::Acl) => Rule::S3AclExternal,
        (AudienceKind::Anyone | AudienceKind::AnyAuthenticated, _) => Rule::S3ObjectAclPublic,
        _ => Rule::S3ObjectAclExternal,
    }
}
