//! Access points in front of a bucket, of one Region or of many. Their policy counts only where the bucket's lets them
//! decide, so that both are read together.

use super::judge::{Case, is_outside};
use super::policy::{self, Place, PolicyGrant};
use crate::exposure::evidence::{Evidence, is_stranger};
use crate::model::exposure::{
    Audience, AudienceKind, Effect, Grant, GrantState, Permission, Rule, Scope, Via,
};
use crate::model::facts::{AccessPoint, Setting};

/// One kind of access point.
struct Kind {
    list: &'static str,
    noun: &'static str,
    via: Via,
    rule: Rule,
    list_permission: &'static str,
    policy_permission: &'static str,
}

const REGIONAL: Kind = Kind {
    list: "access_points",
    noun: "access point",
    via: Via::AccessPoint,
    rule: Rule::S3AccessPoint,
    list_permission: "s3:ListAccessPoints",
    policy_permission: "s3:GetAccessPointPolicy",
};

const MULTI_REGION: Kind = Kind {
    list: "multi_region_access_points",
    noun: "Multi-Region access point",
    via: Via::MultiRegionAccessPoint,
    rule: Rule::S3MultiRegionAccessPoint,
    list_permission: "s3:ListMultiRegionAccessPoints",
    policy_permission: "s3:GetMultiRegionAccessPointPolicy",
};

/// Adds what access points grant. `delegated`: the bucket policy leaves the decision to the owner's access points.
pub(super) fn judge(case: &Case<'_>, delegated: bool, evidence: &mut Evidence) {
    let (settings, points) = (case.settings, &case.settings.access_points);
    for (kind, points) in [
        (REGIONAL, points),
        (MULTI_REGION, &settings.multi_region_access_points),
    ] {
        // Where nothing is said of Multi-Region ones, they stand in the one list, or that was not read either.
        let is_told = kind.via == Via::AccessPoint || !points.is_not_asked();
        if delegated && is_told {
            let name = format!("the list of {}s", kind.noun);
            evidence.source_of_grants(points, &name, kind.list_permission);
        }
        for (i, point) in points.get().into_iter().flatten().enumerate() {
            let source = format!("{}[{i}]", kind.list);
            let one = One {
                kind: &kind,
                point,
                source,
                delegated,
            };
            one.judge(case, evidence);
        }
    }
}

/// One access point under judgement.
struct One<'a> {
    kind: &'a Kind,
    point: &'a AccessPoint,
    source: String,
    delegated: bool,
}

impl One<'_> {
    fn judge(&self, case: &Case<'_>, evidence: &mut Evidence) {
        let (point, kind) = (self.point, self.kind);
        let origin = point.network_origin.as_deref().unwrap_or("");
        let in_vpc = origin.eq_ignore_ascii_case("VPC");
        if in_vpc {
            let detail = format!("{} {} accepts one VPC only", kind.noun, point.name);
            evidence.reason(Effect::Blocks, Rule::S3AccessPointVpc, &self.source, detail);
        }
        if self.delegated && !in_vpc && matches!(point.policy, Setting::NotAsked | Setting::Refused(_)) {
            let name = format!("the policy of a {}", kind.noun);
            evidence.source_of_grants(&point.policy, &name, kind.policy_permission);
        }
        let at = format!("{}.Policy", self.source);
        let evaluated = match point.policy.get() {
            Some(document) => {
                policy::evaluate(&document.0, case.bucket, &case.owner, &at, Place::AccessPoint)
            }
            None => policy::Evaluated::default(),
        };
        if evaluated.unreadable {
            let why = format!(
                "the policy of {} {} could not be understood",
                kind.noun, point.name
            );
            evidence.open_setting(None, why);
        }
        let mut found = evaluated.grants;
        if in_vpc {
            // Strangers are none there; accounts that are named may have their own place in the VPC.
            found.retain(|g| !is_stranger(g.audience.kind));
        }
        let ours = found.iter().any(|g| is_stranger(g.audience.kind));
        let by_service = !in_vpc && point.policy_status.get().is_some_and(|s| s.is_public);
        if by_service && !ours {
            found.push(self.by_status(evidence));
        }
        let public = ours || by_service;
        let blocked = case.restrict.is_some() || self.own_block();
        let state = if self.delegated && !(blocked && public) {
            GrantState::Live
        } else {
            GrantState::Latent
        };
        let outside = found.into_iter().filter(|g| is_outside(g.audience.kind));
        let grants = outside.map(|grant| self.granted(grant, state)).collect();
        if public {
            self.explain(blocked, evidence);
        }
        evidence.absorb(grants, evaluated.reasons);
    }

    /// Whether its own block, fixed when it was made, limits a public policy.
    fn own_block(&self) -> bool {
        let own = self.point.public_access_block_configuration;
        own.unwrap_or_default().restrict_public_buckets
    }

    /// What to assume where the service calls its policy public and its text does not show that.
    fn by_status(&self, evidence: &mut Evidence) -> PolicyGrant {
        let source = format!("{}.PolicyStatus.IsPublic", self.source);
        let detail = "the service calls the policy public, which its text does not show: the worse is taken";
        evidence.reason(Effect::Grants, Rule::S3PolicyStatusDisagrees, source, detail);
        PolicyGrant {
            audience: Audience::new(AudienceKind::Anyone),
            permission: Permission::Read,
            scope: Scope::store(),
        }
    }

    fn granted(&self, grant: PolicyGrant, state: GrantState) -> Grant {
        Grant {
            audience: grant.audience,
            permission: grant.permission,
            scope: grant.scope,
            state,
            via: self.kind.via,
        }
    }

    /// Says why a public access point counts, or does not.
    fn explain(&self, blocked: bool, evidence: &mut Evidence) {
        let (rule, source) = (self.kind.rule, self.source.as_str());
        let named = format!("{} {}", self.kind.noun, self.point.name);
        evidence.reason(Effect::Grants, rule, source, format!("{named} lets strangers in"));
        if !self.delegated {
            let detail = "the bucket policy does not leave the decision to access points";
            evidence.reason(Effect::Blocks, rule, source, detail);
        }
        if blocked {
            let detail = "limits the access point's public policy to the owning account";
            evidence.reason(Effect::Blocks, Rule::S3RestrictPublicBuckets, source, detail);
        }
        evidence.remedy(format!("remove the public statement from the policy of {named}"));
    }
}
