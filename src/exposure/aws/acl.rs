//! ACLs of buckets and objects: what their grants mean.

use crate::model::exposure::{Audience, AudienceKind, Permission};
use crate::model::facts::{Acl, AclGrant};

/// Everyone.
const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
/// Every AWS account.
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
/// The service that writes access logs.
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";
/// The canonical user under which CloudFront delivers its logs, as its developer guide gives it.
const CLOUDFRONT_LOGS: &str = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";

/// What an ACL is on; the same permission means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Bucket,
    Object,
}

/// Whom outside the owner an ACL lets do what, with the index of the grant.
///
/// `owner` is the canonical id of the bucket's owner. An object's own owner, if another, is an outsider.
pub(super) fn outsiders(acl: &Acl, on: On, owner: Option<&str>) -> Vec<(usize, Audience, Permission)> {
    let mut all = Vec::new();
    for (i, grant) in acl.grants.iter().enumerate() {
        let Some(audience) = audience(grant, owner) else {
            continue;
        };
        all.extend(
            permissions(&grant.permission, on)
                .iter()
                .map(|p| (i, audience.clone(), *p)),
        );
    }
    all
}

/// Whom a grant names; nothing where it is the owner.
fn audience(grant: &AclGrant, owner: Option<&str>) -> Option<Audience> {
    let grantee = &grant.grantee;
    Some(match (grantee.uri.as_deref(), grantee.id.as_deref()) {
        (Some(AUTHENTICATED_USERS), _) => Audience::new(AudienceKind::AnyAuthenticated),
        (Some(LOG_DELIVERY), _) => Audience::named(AudienceKind::Service, "log delivery"),
        (None, Some(CLOUDFRONT_LOGS)) => Audience::named(AudienceKind::Service, "CloudFront log delivery"),
        (None, Some(id)) if owner == Some(id) => return None,
        (None, Some(id)) if !id.is_empty() => Audience::named(AudienceKind::Account, id),
        (None, None) if grantee.kind.as_deref() == Some("AmazonCustomerByEmail") => {
            Audience::new(AudienceKind::Account)
        }
        (Some(ALL_USERS), _) => Audience::new(AudienceKind::Anyone),
        // A group or grantee that is not known.
        _ => Audience::new(AudienceKind::Anyone),
    })
}

/// What a permission allows; one that is not known is taken for full control.
fn permissions(permission: &str, on: On) -> &'static [Permission] {
    use Permission::{Administer, Delete, List, Read, ReadSettings, Write};
    match (permission, on) {
        ("READ", On::Bucket) => &[List],
        ("READ", On::Object) => &[Read],
        ("WRITE", On::Bucket) => &[Write, Delete],
        ("WRITE", On::Object) => &[],
        ("READ_ACP", _) => &[ReadSettings],
        ("WRITE_ACP", _) => &[Administer],
        (_, On::Bucket) => &[Administer, Write, Delete, List, ReadSettings],
        (_, On::Object) => &[Administer, Read, ReadSettings],
    }
}

/// Whether a grant is one of those that `IgnorePublicAcls` makes void.
pub(super) fn is_public(kind: AudienceKind) -> bool {
    matches!(kind, AudienceKind::Anyone | AudienceKind::AnyAuthenticated)
}

/// The group's name in words, for remedies.
pub(super) fn group(kind: AudienceKind) -> &'static str {
    match kind {
        AudienceKind::Anyone => "AllUsers",
        AudienceKind::AnyAuthenticated => "AuthenticatedUsers",
        _ => "other accounts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::Grantee;

    fn grant(uri: Option<&str>, id: Option<&str>, permission: &str) -> Acl {
        let grantee = Grantee {
            kind: None,
            id: id.map(Into::into),
            uri: uri.map(Into::into),
        };
        Acl {
            owner: None,
            grants: vec![AclGrant {
                grantee,
                permission: permission.into(),
            }],
        }
    }

    fn of(acl: &Acl, on: On) -> Vec<(AudienceKind, Permission)> {
        outsiders(acl, on, Some("me"))
            .into_iter()
            .map(|(_, a, p)| (a.kind, p))
            .collect()
    }

    #[test]
    fn read_means_list_on_a_bucket_and_get_on_an_object() {
        let acl = grant(Some(ALL_USERS), None, "READ");
        assert_eq!(of(&acl, On::Bucket), [(AudienceKind::Anyone, Permission::List)]);
        assert_eq!(of(&acl, On::Object), [(AudienceKind::Anyone, Permission::Read)]);
        assert_eq!(of(&grant(Some(ALL_USERS), None, "WRITE"), On::Object), []);
    }

    #[test]
    fn owner_and_log_delivery_are_no_outsiders() {
        assert_eq!(of(&grant(None, Some("me"), "FULL_CONTROL"), On::Bucket), []);
        let logs = of(&grant(Some(LOG_DELIVERY), None, "WRITE"), On::Bucket);
        assert!(logs.iter().all(|(kind, _)| *kind == AudienceKind::Service));
        let other = of(&grant(None, Some("you"), "READ"), On::Bucket);
        assert_eq!(other, [(AudienceKind::Account, Permission::List)]);
    }

    #[test]
    fn what_is_not_known_is_everyone_with_full_control() {
        assert!(of(&grant(Some("http://x/NewGroup"), None, "READ"), On::Bucket)[0].0 == AudienceKind::Anyone);
        assert!(of(&grant(None, None, "READ"), On::Bucket)[0].0 == AudienceKind::Anyone);
        let new = of(&grant(Some(ALL_USERS), None, "NEW_PERMISSION"), On::Object);
        assert!(new.contains(&(AudienceKind::Anyone, Permission::Administer)));
    }
}
