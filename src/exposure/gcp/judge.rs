//! Judging a Cloud Storage bucket: IAM and ACLs, and what public access prevention and uniform access take away.

use super::iam::{self, Project};
use crate::exposure::cidr;
use crate::exposure::evidence::{Evidence, is_stranger, words};
use crate::model::exposure::{
    Audience, AudienceKind, Effect, Grant, GrantState, Permission, Rule, Scope, ScopeKind, Via,
};
use crate::model::facts::{AclEntry, GcpSettings, IamPolicy, Setting, StoreFacts};

/// Judges one bucket.
pub(in crate::exposure) fn judge(facts: &StoreFacts, settings: &GcpSettings) -> Evidence {
    let case = Case::new(facts, settings);
    let mut evidence = Evidence::default();
    case.iam(&mut evidence);
    case.managed_folders(&mut evidence);
    case.acl(&mut evidence);
    case.objects(&mut evidence);
    case.ip_filter(&mut evidence);
    case.requester_pays(&mut evidence);
    case.blocks(&mut evidence);
    case.website(&mut evidence);
    evidence
}

/// One bucket with what is known of its blocks.
struct Case<'a> {
    bucket: &'a str,
    settings: &'a GcpSettings,
    project: Project,
    /// The setting that enforces public access prevention.
    prevented: Option<&'static str>,
    /// Whether ACLs are switched off; `None` where that is not known.
    uniform: Option<bool>,
}

impl<'a> Case<'a> {
    fn new(facts: &'a StoreFacts, settings: &'a GcpSettings) -> Self {
        let bucket = settings.bucket.get();
        let enforced = bucket
            .and_then(|b| b.public_access_prevention())
            .is_some_and(|p| p == "enforced");
        let by_organization = settings
            .organization_public_access_prevention
            .get()
            .is_some_and(|s| s.0);
        let prevented = match (enforced, by_organization) {
            (true, _) => Some("bucket.iamConfiguration.publicAccessPrevention"),
            (_, true) => Some("organization_public_access_prevention"),
            _ => None,
        };
        // Metadata that was read and does not name uniform access means that it is off.
        let uniform = match &settings.bucket {
            Setting::Is(bucket) => Some(bucket.uniform_access().unwrap_or(false)),
            Setting::NoneSet => Some(false),
            _ => None,
        };
        let number = bucket.and_then(|bucket| bucket.project_number.clone());
        let project = Project::of(facts.account.clone().into_iter().chain(number));
        Self {
            bucket: facts.name(),
            settings,
            project,
            prevented,
            uniform,
        }
    }

    /// Whether a grant to this audience works now; `by_acl`: it is an ACL's.
    fn state(&self, kind: AudienceKind, by_acl: bool) -> GrantState {
        let prevented = is_stranger(kind) && self.prevented.is_some();
        if prevented || (by_acl && self.uniform == Some(true)) {
            GrantState::Latent
        } else {
            GrantState::Live
        }
    }

    fn add(
        &self,
        audience: &Audience,
        permissions: &[Permission],
        scope: &Scope,
        via: Via,
        evidence: &mut Evidence,
    ) {
        let by_acl = matches!(via, Via::Acl | Via::ObjectAcl);
        let state = self.state(audience.kind, by_acl);
        evidence
            .grants
            .extend(permissions.iter().map(|&permission| Grant {
                audience: audience.clone(),
                permission,
                scope: scope.clone(),
                state,
                via,
            }));
    }

    /// The bucket's IAM policy, and the project's where it was read.
    fn iam(&self, evidence: &mut Evidence) {
        let s = self.settings;
        evidence.source_of_grants(
            &s.iam_policy,
            "the bucket's IAM policy",
            "storage.buckets.getIamPolicy",
        );
        if matches!(s.project_iam_policy, Setting::Refused(_)) {
            let permission = "resourcemanager.projects.getIamPolicy";
            evidence.source_of_grants(&s.project_iam_policy, "the project's IAM policy", permission);
        }
        for (policy, source) in [
            (&s.iam_policy, "iam_policy"),
            (&s.project_iam_policy, "project_iam_policy"),
        ] {
            if let Some(policy) = policy.get() {
                self.bindings(policy, None, source, Via::IamPolicy, evidence);
            }
        }
    }

    /// What a policy's bindings grant, within `folder` where it is a managed folder's.
    fn bindings(
        &self,
        policy: &IamPolicy,
        folder: Option<&str>,
        source: &str,
        via: Via,
        evidence: &mut Evidence,
    ) {
        for (i, binding) in policy.bindings.iter().enumerate() {
            let source = format!("{source}.bindings[{i}]");
            let mut scope = iam::scope(binding.condition.as_ref(), self.bucket);
            if let (Some(folder), ScopeKind::Store) = (folder, scope.kind) {
                scope = Scope {
                    condition: scope.condition,
                    ..Scope::keys(ScopeKind::Prefix, folder)
                };
            }
            let audiences: Vec<_> = binding
                .members
                .iter()
                .filter_map(|m| iam::audience(m, &self.project))
                .collect();
            let permissions = self.role(&binding.role, &audiences, &source, evidence);
            // Listing is asked of the bucket, whose name no condition on object names matches.
            let by_name = binding.condition.is_some() && scope.kind == ScopeKind::Prefix && folder.is_none();
            let permissions: Vec<_> = permissions
                .iter()
                .copied()
                .filter(|p| !by_name || *p != Permission::List)
                .collect();
            if permissions.is_empty() {
                continue;
            }
            for audience in &audiences {
                self.add(audience, &permissions, &scope, via, evidence);
                self.explain_binding(audience, &binding.role, &scope, (&source, via), evidence);
            }
        }
    }

    /// What a role allows; for one that is not known, the worst is assumed and said.
    fn role(
        &self,
        role: &str,
        audiences: &[Audience],
        source: &str,
        evidence: &mut Evidence,
    ) -> Vec<Permission> {
        if let Some(permissions) = iam::permissions(role) {
            return permissions.to_vec();
        }
        let custom = self.settings.custom_roles.get().into_iter().flatten();
        if let Some(known) = custom.into_iter().find(|known| known.name == role) {
            let allows = if known.deleted {
                Vec::new()
            } else {
                iam::of_custom(known)
            };
            if !audiences.is_empty() {
                let detail = format!("role {role} allows to {}", words(&allows));
                evidence.reason(Effect::Grants, Rule::GcsCustomRole, source, detail);
            }
            return allows;
        }
        if !audiences.is_empty() {
            let detail =
                format!("what role {role} allows is not known: listing, reading and writing are assumed");
            evidence.reason(Effect::Grants, Rule::GcsRoleUnknown, source, detail);
            evidence.open_setting(
                Some("iam.roles.get"),
                format!("the permissions of role {role} were not read"),
            );
        }
        iam::UNKNOWN_ROLE.to_vec()
    }

    fn explain_binding(
        &self,
        audience: &Audience,
        role: &str,
        scope: &Scope,
        (source, via): (&str, Via),
        evidence: &mut Evidence,
    ) {
        let rule = match (audience.kind, via) {
            (AudienceKind::Service, _) => return,
            (_, Via::ManagedFolder) => Rule::GcsManagedFolder,
            (AudienceKind::Anyone, _) => Rule::GcsIamPublic,
            (AudienceKind::AnyAuthenticated, _) => Rule::GcsIamAnyCustomer,
            _ => Rule::GcsIamExternal,
        };
        evidence.reason(
            Effect::Grants,
            rule,
            source,
            format!("gives {role} to {}", who(audience)),
        );
        if let Some(condition) = &scope.condition {
            let detail = format!("{condition} makes the grant partial; what it leaves was not worked out");
            evidence.reason(Effect::Grants, Rule::GcsIamCondition, source, detail);
        }
        if is_stranger(audience.kind) {
            self.advise(&format!("remove {} from {role}", who(audience)), false, evidence);
        }
    }

    /// Managed folders exist only with uniform access.
    fn managed_folders(&self, evidence: &mut Evidence) {
        let folders = &self.settings.managed_folders;
        if self.uniform != Some(false) {
            evidence.source_of_grants(
                folders,
                "the list of managed folders",
                "storage.managedFolders.list",
            );
        }
        for (i, folder) in folders.get().into_iter().flatten().enumerate() {
            let permission = "storage.managedFolders.getIamPolicy";
            evidence.source_of_grants(&folder.iam_policy, "a managed folder's IAM policy", permission);
            if let Some(policy) = folder.iam_policy.get() {
                let source = format!("managed_folders[{i}].iam_policy");
                self.bindings(policy, Some(&folder.name), &source, Via::ManagedFolder, evidence);
            }
        }
    }

    /// The bucket's ACL, from its own setting or from the metadata.
    fn acl(&self, evidence: &mut Evidence) {
        let in_metadata = self.settings.bucket.get().and_then(|b| b.acl.as_ref());
        let acl = self.settings.acl.get().or(in_metadata);
        if acl.is_none() && self.uniform != Some(true) {
            evidence.source_of_grants(
                &self.settings.acl,
                "the bucket ACL",
                "storage.buckets.getIamPolicy",
            );
        }
        for (i, entry) in acl.into_iter().flatten().enumerate() {
            let Some(audience) = entity(&entry.entity, &self.project) else {
                continue;
            };
            self.add(
                &audience,
                bucket_permissions(&entry.role),
                &Scope::store(),
                Via::Acl,
                evidence,
            );
            let rule = if is_stranger(audience.kind) {
                Rule::GcsAclPublic
            } else {
                Rule::GcsAclExternal
            };
            let detail = format!("gives {} to {}", entry.role, who(&audience));
            evidence.reason(Effect::Grants, rule, format!("acl[{i}]"), detail);
            if is_stranger(audience.kind) {
                self.advise(
                    &format!("remove {} from the bucket ACL", who(&audience)),
                    true,
                    evidence,
                );
            }
        }
    }

    /// ACLs of single objects, and the one that new objects get.
    fn objects(&self, evidence: &mut Evidence) {
        let objects = self.settings.objects.get().map(Vec::as_slice).unwrap_or_default();
        let (mut public, mut named, mut unread) = (0usize, 0usize, 0usize);
        for object in objects {
            unread += usize::from(!object.acl.is_known());
            let entries = object.acl.get().map(Vec::as_slice).unwrap_or_default();
            let owner = uploader(entries);
            let found: Vec<_> = entries
                .iter()
                .filter(|e| Some(*e) != owner)
                .filter_map(|e| Some((entity(&e.entity, &self.project)?, object_permissions(&e.role))))
                .collect();
            public += usize::from(found.iter().any(|(a, _)| is_stranger(a.kind)));
            named += usize::from(found.iter().any(|(a, _)| !is_stranger(a.kind)));
            let scope = Scope::keys(ScopeKind::Object, object.key.clone());
            for (audience, permissions) in found {
                self.add(&audience, permissions, &scope, Via::ObjectAcl, evidence);
            }
        }
        if public > 0 {
            let detail = format!(
                "{public} of {} objects asked grant everyone or every account",
                objects.len()
            );
            evidence.reason(Effect::Grants, Rule::GcsObjectAclPublic, "objects", detail);
            self.advise("remove the public entries from the object ACLs", true, evidence);
        }
        if named > 0 {
            let detail = format!("{named} of {} objects asked grant named outsiders", objects.len());
            evidence.reason(Effect::Grants, Rule::GcsObjectAclExternal, "objects", detail);
        }
        self.unread_objects(unread, evidence);
    }

    /// Whether single objects may carry public grants that were not read.
    fn unread_objects(&self, unread: usize, evidence: &mut Evidence) {
        if self.uniform == Some(true) || self.prevented.is_some() {
            return;
        }
        let complete = match &self.settings.objects {
            Setting::NoneSet => true,
            Setting::Is(_) => self.settings.objects_complete && unread == 0,
            _ => false,
        };
        let by_default = self.default_grants(evidence);
        if complete && !by_default {
            return;
        }
        let why = match (by_default, &self.settings.objects) {
            (true, _) => "new objects get an ACL that lets strangers read them".to_owned(),
            (_, Setting::Refused(code)) => format!("ACLs of single objects were refused ({code})"),
            (_, Setting::Is(_)) => "ACLs of some objects were read, not of all".to_owned(),
            _ => "ACLs of single objects were not read".to_owned(),
        };
        let detail = "uniform access is off, so that single objects can be public on their own";
        let source = "bucket.iamConfiguration.uniformBucketLevelAccess";
        evidence.reason(Effect::Grants, Rule::GcsObjectAclsUnread, source, detail);
        let sampled = self
            .settings
            .objects
            .get()
            .is_some_and(|objects| !objects.is_empty());
        if sampled && unread == 0 && !by_default {
            evidence.sampled_objects(why);
        } else {
            evidence.open_objects("storage.objects.getIamPolicy", why);
        }
        if self.uniform.is_none() {
            evidence.open_objects("storage.buckets.get", "whether uniform access is on is not known");
        }
        evidence.remedy("turn on uniform bucket-level access, which switches ACLs off");
    }

    /// Whether the ACL for new objects grants strangers. It grants nothing on the objects that exist.
    fn default_grants(&self, evidence: &mut Evidence) -> bool {
        let in_metadata = self
            .settings
            .bucket
            .get()
            .and_then(|b| b.default_object_acl.as_ref());
        let entries = self.settings.default_object_acl.get().or(in_metadata);
        let mut any = false;
        for (i, entry) in entries.into_iter().flatten().enumerate() {
            let audience = entity(&entry.entity, &self.project);
            let Some(audience) = audience.filter(|a| is_stranger(a.kind)) else {
                continue;
            };
            any = true;
            let detail = format!("each new object is readable by {}", who(&audience));
            evidence.reason(
                Effect::Grants,
                Rule::GcsDefaultObjectAcl,
                format!("default_object_acl[{i}]"),
                detail,
            );
            evidence.remedy(format!("remove {} from the default object ACL", who(&audience)));
        }
        any
    }

    /// The networks that the bucket accepts requests from: strangers elsewhere are turned away.
    fn ip_filter(&self, evidence: &mut Evidence) {
        let filter = self.settings.bucket.get().and_then(|b| b.ip_filter.as_ref());
        let Some(filter) = filter.filter(|f| f.mode.eq_ignore_ascii_case("Enabled")) else {
            return;
        };
        let public = filter.public_network_source.as_ref();
        let ranges = public
            .map(|p| p.allowed_ip_cidr_ranges.as_slice())
            .unwrap_or_default();
        let named = match (ranges, cidr::reach(ranges)) {
            ([], _) | (_, cidr::Reach::Private(_)) => Vec::new(),
            (_, cidr::Reach::Everyone) => return,
            (_, cidr::Reach::Public(ranges)) => ranges,
        };
        let named: Vec<_> = named
            .into_iter()
            .map(|range| Audience::named(AudienceKind::Network, range))
            .collect();
        if evidence.confine_strangers(&named) {
            let detail = "only named networks come in, whoever asks";
            let source = "bucket.ipFilter";
            evidence.reason(Effect::Blocks, Rule::GcsIpFilter, source, detail);
        }
    }

    /// A requester who pays must sign: what anyone could do, every account can do instead.
    fn requester_pays(&self, evidence: &mut Evidence) {
        let billing = self.settings.bucket.get().and_then(|b| b.billing);
        if billing.is_some_and(|b| b.requester_pays) && evidence.sign_in_anyone() {
            let detail = "requests that name no project to pay are turned away; every account that pays still comes in";
            evidence.reason(
                Effect::Blocks,
                Rule::GcsRequesterPays,
                "bucket.billing.requesterPays",
                detail,
            );
        }
    }

    /// Website pages add no grant; they are one more door to what is public already.
    fn website(&self, evidence: &mut Evidence) {
        let website = self.settings.bucket.get().and_then(|b| b.website.as_ref());
        if website.is_some() && evidence.has_live_public() {
            let detail = "serves what is public as pages as well";
            evidence.reason(Effect::Grants, Rule::GcsWebsite, "bucket.website", detail);
        }
    }

    /// Says what takes grants away, and which blocks were not read.
    fn blocks(&self, evidence: &mut Evidence) {
        let s = self.settings;
        let strangers = evidence.grants.iter().any(|g| is_stranger(g.audience.kind));
        let by_acl = evidence
            .grants
            .iter()
            .any(|g| matches!(g.via, Via::Acl | Via::ObjectAcl));
        if let Some(source) = self.prevented.filter(|_| strangers) {
            let detail = "makes every grant to allUsers and allAuthenticatedUsers void, and keeps it";
            evidence.reason(Effect::Blocks, Rule::GcsPublicAccessPrevention, source, detail);
        }
        if self.uniform == Some(true) && by_acl {
            let source = "bucket.iamConfiguration.uniformBucketLevelAccess";
            evidence.reason(
                Effect::Blocks,
                Rule::GcsUniformAccess,
                source,
                "switches every ACL off",
            );
        }
        evidence.block(&s.bucket, "the bucket's metadata", "storage.buckets.get");
        if self.prevented.is_none() {
            let name = "the organisation's public access prevention";
            evidence.block(
                &s.organization_public_access_prevention,
                name,
                "orgpolicy.policy.get",
            );
        }
    }

    /// What to do about a grant to strangers, live or latent.
    fn advise(&self, removal: &str, by_acl: bool, evidence: &mut Evidence) {
        if self.state(AudienceKind::Anyone, by_acl) == GrantState::Latent {
            evidence.remedy(format!(
                "{removal}: it works again as soon as the block is turned off"
            ));
        } else {
            evidence.remedy(format!(
                "{removal}, or set public access prevention to enforced (this cuts off every public reader of the bucket)"
            ));
        }
    }
}

/// Whom an ACL entry names; nothing where it is the owning project.
fn entity(entity: &str, project: &Project) -> Option<Audience> {
    Some(match entity.split_once('-') {
        None if entity == "allAuthenticatedUsers" => Audience::new(AudienceKind::AnyAuthenticated),
        Some(("project", team))
            if ["owners-", "editors-", "viewers-"]
                .iter()
                .any(|of| team.starts_with(of)) =>
        {
            return project.foreign(team.split_once('-')?.1);
        }
        Some(("user", email)) if email.ends_with(".gserviceaccount.com") => {
            return iam::audience(&format!("serviceAccount:{email}"), project);
        }
        Some((kind @ ("user" | "group"), email)) => {
            Audience::named(AudienceKind::Principal, format!("{kind}:{email}"))
        }
        Some(("domain", domain)) => Audience::named(AudienceKind::Organization, domain),
        // Everyone, and whatever is not known.
        _ => Audience::new(AudienceKind::Anyone),
    })
}

/// The entry of whoever uploaded an object, which every object ACL has: the only user who owns it.
fn uploader(entries: &[AclEntry]) -> Option<&AclEntry> {
    let mut owners = entries
        .iter()
        .filter(|e| e.role == "OWNER" && e.entity.starts_with("user-"));
    owners.next().filter(|_| owners.next().is_none())
}

/// What an ACL role allows on a bucket; one that is not known is taken for the owner's.
fn bucket_permissions(role: &str) -> &'static [Permission] {
    use Permission::{Administer, Delete, List, Write};
    match role {
        "READER" => &[List],
        "WRITER" => &[Write, Delete, List],
        _ => &[Administer, Write, Delete, List],
    }
}

/// What an ACL role allows on an object.
fn object_permissions(role: &str) -> &'static [Permission] {
    match role {
        "READER" => &[Permission::Read],
        _ => &[Permission::Administer, Permission::Read],
    }
}

/// An audience in the cloud's own words.
fn who(audience: &Audience) -> &str {
    match (audience.kind, &audience.name) {
        (AudienceKind::Anyone, _) => "allUsers",
        (AudienceKind::AnyAuthenticated, _) => "allAuthenticatedUsers",
        (_, Some(name)) => name,
        _ => "someone outside",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acl_entities_are_told_apart() {
        let own = Project::of(["lake".to_owned()]);
        let kind = |e| entity(e, &own).map(|a| a.kind);
        assert_eq!(kind("allUsers"), Some(AudienceKind::Anyone));
        assert_eq!(
            kind("allAuthenticatedUsers"),
            Some(AudienceKind::AnyAuthenticated)
        );
        assert_eq!(kind("project-owners-123"), None);
        assert_eq!(kind("user-a@example.com"), Some(AudienceKind::Principal));
        assert_eq!(kind("user-etl@lake.iam.gserviceaccount.com"), None);
        assert_eq!(kind("domain-example.com"), Some(AudienceKind::Organization));
        assert_eq!(kind("new-thing"), Some(AudienceKind::Anyone));
        assert!(object_permissions("NEW").contains(&Permission::Administer));
    }
}
