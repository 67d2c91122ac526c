//! Access points in front of a bucket. Their policy counts only where the bucket's lets them decide.

use super::judge::{Case, is_outside};
use super::policy::{self, PolicyGrant};
use crate::exposure::evidence::{Evidence, is_stranger};
use crate::model::exposure::{Effect, Grant, GrantState, Rule, Via};
use crate::model::facts::{AccessPoint, Setting};

/// Adds what access points grant. `delegated`: the bucket policy leaves the decision to the owner's access points.
pub(super) fn judge(case: &Case<'_>, delegated: bool, evidence: &mut Evidence) {
    let points = &case.settings.access_points;
    if delegated {
        evidence.source_of_grants(points, "the list of access points", "s3:ListAccessPoints");
    }
    for (i, point) in points.get().into_iter().flatten().enumerate() {
        one(case, point, &format!("access_points[{i}]"), delegated, evidence);
    }
}

fn one(case: &Case<'_>, point: &AccessPoint, source: &str, delegated: bool, evidence: &mut Evidence) {
    let origin = point.network_origin.as_deref().unwrap_or("");
    if origin.eq_ignore_ascii_case("VPC") {
        let detail = format!("access point {} accepts one VPC only", point.name);
        return evidence.reason(Effect::Blocks, Rule::S3AccessPointVpc, source, detail);
    }
    if delegated && matches!(point.policy, Setting::NotAsked | Setting::Refused(_)) {
        let permission = "s3:GetAccessPointPolicy";
        evidence.source_of_grants(&point.policy, "an access point's policy", permission);
    }
    let Some(document) = point.policy.get() else {
        return;
    };
    let evaluated = policy::evaluate(&document.0, case.bucket, &case.owner, &format!("{source}.Policy"));
    if evaluated.unreadable {
        let why = format!(
            "the policy of access point {} could not be understood",
            point.name
        );
        evidence.open_setting(None, why);
    }
    let own = point.public_access_block_configuration.unwrap_or_default();
    let blocked = case.restrict.is_some() || own.restrict_public_buckets;
    let public = evaluated.grants.iter().any(|g| is_stranger(g.audience.kind));
    let live = delegated && !(blocked && public);
    let state = if live {
        GrantState::Live
    } else {
        GrantState::Latent
    };
    let outside = evaluated.grants.iter().filter(|g| is_outside(g.audience.kind));
    let grants = outside.map(|g| granted(g, state)).collect();
    if public {
        explain(point, source, delegated, blocked, evidence);
    }
    evidence.absorb(grants, evaluated.reasons);
}

fn granted(grant: &PolicyGrant, state: GrantState) -> Grant {
    let PolicyGrant {
        audience,
        permission,
        scope,
    } = grant.clone();
    Grant {
        audience,
        permission,
        scope,
        state,
        via: Via::AccessPoint,
    }
}

/// Says why a public access point counts, or does not.
fn explain(point: &AccessPoint, source: &str, delegated: bool, blocked: bool, evidence: &mut Evidence) {
    let detail = format!("access point {} lets strangers in", point.name);
    evidence.reason(Effect::Grants, Rule::S3AccessPoint, source, detail);
    if !delegated {
        let detail = "the bucket policy does not leave the decision to access points";
        evidence.reason(Effect::Blocks, Rule::S3AccessPoint, source, detail);
    }
    if blocked {
        let detail = "limits the access point's public policy to the owning account";
        evidence.reason(Effect::Blocks, Rule::S3RestrictPublicBuckets, source, detail);
    }
    evidence.remedy(format!(
        "remove the public statement from the policy of access point {}",
        point.name
    ));
}
