//! IAM bindings of Cloud Storage: members as audiences, roles as permissions, conditions as scopes.

use crate::model::exposure::{Audience, AudienceKind, Permission, Scope, ScopeKind};
use crate::model::facts::{IamCondition, Role};

use Permission::{Administer, Delete, List, Read, ReadSettings, Write};

/// Predefined roles and what they allow on a bucket, as the IAM roles reference lists them.
const ROLES: &[(&str, &[Permission])] = &[
    ("roles/storage.objectViewer", &[List, Read]),
    ("roles/storage.objectCreator", &[Write]),
    ("roles/storage.objectUser", &[Write, Delete, List, Read]),
    (
        "roles/storage.objectAdmin",
        &[Administer, Write, Delete, List, Read],
    ),
    ("roles/storage.folderAdmin", &[Administer, Write, Delete, List]),
    ("roles/storage.bucketViewer", &[ReadSettings]),
    ("roles/storage.insightsCollectorService", &[ReadSettings]),
    ("roles/storage.viewer", &[ReadSettings]),
    ("roles/storage.hmacKeyAdmin", &[]),
    (
        "roles/storage.admin",
        &[Administer, Write, Delete, List, Read, ReadSettings],
    ),
    ("roles/storage.legacyObjectReader", &[Read]),
    (
        "roles/storage.legacyObjectOwner",
        &[Administer, Read, ReadSettings],
    ),
    ("roles/storage.legacyBucketReader", &[List, ReadSettings]),
    (
        "roles/storage.legacyBucketWriter",
        &[Write, Delete, List, ReadSettings],
    ),
    (
        "roles/storage.legacyBucketOwner",
        &[Administer, Write, Delete, List, ReadSettings],
    ),
    ("roles/browser", &[]),
    ("roles/viewer", &[ReadSettings]),
    ("roles/editor", &[Write, Delete, List, Read, ReadSettings]),
    (
        "roles/owner",
        &[Administer, Write, Delete, List, Read, ReadSettings],
    ),
    // Roles of other services that reach into buckets, as the reference of predefined roles lists them.
    ("roles/cloudbuild.builds.builder", &[Write, Delete, List, Read]),
    ("roles/dataflow.worker", &[Write, Read]),
    (
        "roles/dataproc.worker",
        &[Administer, Write, Delete, List, Read, ReadSettings],
    ),
    (
        "roles/firebase.admin",
        &[Administer, Write, Delete, List, Read, ReadSettings],
    ),
    ("roles/iam.securityAdmin", &[Administer, ReadSettings]),
    ("roles/iam.securityReviewer", &[ReadSettings]),
];

/// What a role allows; `None` where it is not known (a custom role). Other roles of other services allow nothing here.
pub(super) fn permissions(role: &str) -> Option<&'static [Permission]> {
    if let Some((_, permissions)) = ROLES.iter().find(|(name, _)| *name == role) {
        return Some(permissions);
    }
    let predefined = role.strip_prefix("roles/")?;
    (predefined.contains('.') && !predefined.starts_with("storage.")).then_some(&[])
}

/// Single permissions and what they allow, as the reference of IAM permissions for Cloud Storage lists them.
const PERMISSIONS: &[(&str, Permission)] = &[
    ("buckets.delete", Administer),
    ("buckets.enableObjectRetention", Administer),
    ("buckets.get", ReadSettings),
    ("buckets.getIamPolicy", ReadSettings),
    ("buckets.relocate", Administer),
    ("buckets.setIamPolicy", Administer),
    ("buckets.update", Administer),
    ("folders.create", Write),
    ("folders.delete", Delete),
    ("folders.get", List),
    ("folders.list", List),
    ("folders.rename", Write),
    ("managedFolders.create", Administer),
    ("managedFolders.delete", Administer),
    ("managedFolders.get", ReadSettings),
    ("managedFolders.getIamPolicy", ReadSettings),
    ("managedFolders.list", List),
    ("managedFolders.setIamPolicy", Administer),
    ("multipartUploads.abort", Delete),
    ("multipartUploads.create", Write),
    ("multipartUploads.list", List),
    ("multipartUploads.listParts", ReadSettings),
    ("objects.create", Write),
    ("objects.delete", Delete),
    ("objects.get", Read),
    ("objects.getIamPolicy", ReadSettings),
    ("objects.list", List),
    ("objects.move", Write),
    ("objects.overrideUnlockedRetention", Write),
    ("objects.restore", Write),
    ("objects.setIamPolicy", Administer),
    ("objects.setRetention", Write),
    ("objects.update", Write),
];

/// What a custom role allows on a bucket and its objects: what its single permissions do. One of storage that is not
/// known counts by its verb; what is about nothing in a bucket (the project's buckets, keys) or about another service
/// allows nothing here.
pub(super) fn of_custom(role: &Role) -> Vec<Permission> {
    let mut all: Vec<_> = role
        .included_permissions
        .iter()
        .filter_map(|p| single(p))
        .collect();
    all.sort();
    all.dedup();
    all
}

fn single(permission: &str) -> Option<Permission> {
    let name = permission.strip_prefix("storage.")?;
    if let Some((_, allows)) = PERMISSIONS.iter().find(|(known, _)| *known == name) {
        return Some(*allows);
    }
    let (noun, verb) = name.split_once('.')?;
    let of_project = name == "buckets.create" || name == "buckets.list";
    match (noun, verb) {
        _ if of_project => None,
        ("objects" | "buckets" | "folders" | "managedFolders" | "multipartUploads", verb) => {
            Some(match verb {
                v if v.starts_with("list") => List,
                v if v.starts_with("get") && noun == "objects" => Read,
                v if v.starts_with("get") => ReadSettings,
                _ => Write,
            })
        }
        _ => None,
    }
}

/// What is assumed of a role that is not known.
pub(super) const UNKNOWN_ROLE: &[Permission] = &[Write, List, Read];

/// Whom a member names; nothing where it is the owning project itself or gone.
///
/// Whether a user, group or domain belongs to the owner's organisation cannot be seen from a bucket: they count as
/// outsiders by name.
pub(super) fn audience(member: &str, project: &Project) -> Option<Audience> {
    let (kind, name) = member.split_once(':').unwrap_or((member, ""));
    Some(match kind {
        "allUsers" => Audience::new(AudienceKind::Anyone),
        "allAuthenticatedUsers" => Audience::new(AudienceKind::AnyAuthenticated),
        "projectOwner" | "projectEditor" | "projectViewer" => return project.foreign(name),
        "deleted" => return None,
        "serviceAccount" => return service_account(name, project),
        "domain" => Audience::named(AudienceKind::Organization, name),
        "user" | "group" | "principal" | "principalSet" if !name.is_empty() => {
            Audience::named(AudienceKind::Principal, member)
        }
        _ => Audience::new(AudienceKind::Anyone),
    })
}

/// The project that owns a bucket, as far as it is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Project {
    id: Option<String>,
    number: Option<String>,
}

impl Project {
    /// The project of these names, each an id or a number.
    pub(super) fn of(names: impl IntoIterator<Item = String>) -> Self {
        let mut project = Self::default();
        for name in names {
            let known = match is_number(&name) {
                true => &mut project.number,
                false => &mut project.id,
            };
            known.get_or_insert(name);
        }
        project
    }

    /// What it is known by, of the kind of `name`.
    fn known_as(&self, name: &str) -> Option<&str> {
        match is_number(name) {
            true => self.number.as_deref(),
            false => self.id.as_deref(),
        }
    }

    /// Another project than this one; nothing where that is not known, as the own one is what clouds put in by themselves.
    pub(super) fn foreign(&self, name: &str) -> Option<Audience> {
        let foreign = self.known_as(name).is_some_and(|own| own != name);
        foreign.then(|| Audience::named(AudienceKind::Account, name))
    }
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// A service account: the project's own, a service of the cloud, or another project's.
fn service_account(email: &str, project: &Project) -> Option<Audience> {
    let (user, domain) = email.split_once('@').unwrap_or((email, ""));
    let home = match domain.strip_suffix(".iam.gserviceaccount.com") {
        Some(home) => home,
        None if domain == "appspot.gserviceaccount.com" => user,
        None if domain == "developer.gserviceaccount.com" => user.strip_suffix("-compute").unwrap_or(user),
        None => "",
    };
    if project.known_as(home) == Some(home) {
        return None;
    }
    let by_cloud = home.starts_with("gcp-sa-")
        || matches!(
            home,
            "gs-project-accounts" | "compute-system" | "container-engine-robot"
        )
        || domain == "cloudservices.gserviceaccount.com";
    let kind = if by_cloud {
        AudienceKind::Service
    } else {
        AudienceKind::Principal
    };
    Some(Audience::named(kind, email))
}

/// The scope that a condition leaves: a prefix where it says just that, else everything with the condition named.
pub(super) fn scope(condition: Option<&IamCondition>, bucket: &str) -> Scope {
    let Some(condition) = condition else {
        return Scope::store();
    };
    if let Some(prefix) = prefix(&condition.expression, bucket) {
        return Scope::keys(ScopeKind::Prefix, prefix);
    }
    let title = condition
        .title
        .as_deref()
        .filter(|t| !t.is_empty())
        .unwrap_or("untitled");
    Scope {
        condition: Some(format!("IAM condition \"{title}\"")),
        ..Scope::store()
    }
}

/// The prefix of `resource.name.startsWith("projects/_/buckets/BUCKET/objects/PREFIX")`, perhaps for objects only, and
/// nothing else.
fn prefix<'a>(expression: &'a str, bucket: &str) -> Option<&'a str> {
    let rest = for_objects(expression.trim())
        .strip_prefix("resource.name.startsWith(")?
        .strip_suffix(')')?
        .trim();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let literal = rest.strip_prefix(quote)?.strip_suffix(quote)?;
    if literal.contains([quote, '\\']) {
        return None;
    }
    literal
        .strip_prefix("projects/_/buckets/")?
        .strip_prefix(bucket)?
        .strip_prefix("/objects/")
}

/// The rest of an expression that first asks for objects, which every name below a bucket's `objects/` is.
fn for_objects(expression: &str) -> &str {
    let asks = |quote| format!("resource.type == {quote}storage.googleapis.com/Object{quote} && ");
    expression
        .strip_prefix(&asks('"'))
        .or_else(|| expression.strip_prefix(&asks('\'')))
        .unwrap_or(expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_give_permissions_and_unknown_ones_are_told_apart() {
        assert_eq!(permissions("roles/storage.objectViewer"), Some(&[List, Read][..]));
        assert_eq!(permissions("roles/pubsub.viewer"), Some(&[][..]));
        assert_eq!(permissions("roles/storage.brandNew"), None);
        assert_eq!(permissions("projects/p/roles/custom"), None);
    }

    #[test]
    fn a_custom_role_allows_what_its_permissions_do() {
        let of = |permissions: &[&str]| {
            let included_permissions = permissions.iter().map(|p| (*p).to_owned()).collect();
            of_custom(&Role {
                included_permissions,
                ..Role::default()
            })
        };
        assert_eq!(of(&["storage.objects.get", "storage.objects.list"]), [List, Read]);
        assert_eq!(of(&["storage.buckets.setIamPolicy"]), [Administer]);
        assert_eq!(of(&["storage.objects.getDreams"]), [Read]);
        assert_eq!(of(&["storage.objects.frobnicate"]), [Write]);
        assert_eq!(
            of(&[
                "storage.buckets.list",
                "storage.hmacKeys.create",
                "pubsub.topics.get"
            ]),
            []
        );
    }

    #[test]
    fn members_are_told_apart() {
        let own = Project::of(["lake".to_owned()]);
        let kind = |m| audience(m, &own).map(|a| a.kind);
        assert_eq!(kind("allUsers"), Some(AudienceKind::Anyone));
        assert_eq!(
            kind("allAuthenticatedUsers"),
            Some(AudienceKind::AnyAuthenticated)
        );
        assert_eq!(kind("projectViewer:lake"), None);
        assert_eq!(kind("projectViewer:other"), Some(AudienceKind::Account));
        assert_eq!(kind("serviceAccount:etl@lake.iam.gserviceaccount.com"), None);
        assert_eq!(
            kind("serviceAccount:etl@other.iam.gserviceaccount.com"),
            Some(AudienceKind::Principal)
        );
        assert_eq!(
            kind("serviceAccount:service-1@gcp-sa-logging.iam.gserviceaccount.com"),
            Some(AudienceKind::Service)
        );
        assert_eq!(kind("domain:example.com"), Some(AudienceKind::Organization));
        assert_eq!(kind("user:a@example.com"), Some(AudienceKind::Principal));
        assert_eq!(kind("deleted:user:a@example.com?uid=1"), None);
        assert_eq!(kind("somethingNew:x"), Some(AudienceKind::Anyone));
    }

    #[test]
    fn only_a_plain_prefix_condition_is_a_prefix() {
        let of = |expression: &str| {
            scope(
                Some(&IamCondition {
                    title: None,
                    expression: expression.into(),
                }),
                "b",
            )
        };
        let plain = of(r#"resource.name.startsWith("projects/_/buckets/b/objects/public/")"#);
        assert_eq!(plain, Scope::keys(ScopeKind::Prefix, "public/"));
        let typed = of(
            "resource.type == 'storage.googleapis.com/Object' && resource.name.startsWith('projects/_/buckets/b/objects/p')",
        );
        assert_eq!(typed, Scope::keys(ScopeKind::Prefix, "p"));
        for other in [
            r#"resource.name.startsWith("projects/_/buckets/b/objects/x") || true || ("y")"#,
            r#"!resource.name.startsWith("projects/_/buckets/b/objects/x")"#,
            r#"request.time < timestamp("2020-01-01T00:00:00Z")"#,
        ] {
            assert_eq!(of(other).kind, ScopeKind::Store, "{other}");
        }
    }
}
