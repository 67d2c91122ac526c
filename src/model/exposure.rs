//! Who can reach a store: the verdict, the grants behind it, the reasons and the remedies.

mod rule;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use rule::Rule;

/// How far a store can be reached, worst first (the declared order is the rank order).
///
/// Only grants that work now count, `latent` aside. The worst one that is known decides; an [`Undecided`] beside it
/// says what could not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Anyone can write or delete objects, or change who has access.
    PublicWrite,
    /// Anyone can list the keys and read objects.
    PublicList,
    /// Anyone who knows a key can read the object.
    PublicRead,
    /// Anyone can list the keys (or read settings or tags), but no object.
    PublicKeys,
    /// Any customer of the cloud can do one of these.
    AnyAuthenticated,
    /// Named outsiders can: other accounts, organisations, networks, local users of the machine.
    External,
    /// Granted to anyone or to any customer, but switched off by another setting: one click from public.
    Latent,
    /// Nobody outside, and nothing was left undecided.
    Private,
    /// Nothing worse is known, but settings that could grant access were refused or not asked for.
    Unknown,
    /// Nothing worse is known, but single objects can carry their own grants and these were not (all) read.
    Inconclusive,
}

impl Verdict {
    /// Every verdict, worst first.
    pub const ALL: [Self; 10] = [
        Self::PublicWrite,
        Self::PublicList,
        Self::PublicRead,
        Self::PublicKeys,
        Self::AnyAuthenticated,
        Self::External,
        Self::Latent,
        Self::Private,
        Self::Unknown,
        Self::Inconclusive,
    ];

    /// Worst-first rank of what is known: `public_write` 0 … `private` 7. Undecided is no rank: `unknown` and
    /// `inconclusive` know of nothing worse than `private` and share its rank ([`Self::upper`] has what they may be).
    pub fn rank(self) -> u8 {
        (self as u8).min(Self::Private as u8)
    }

    /// What the verdict is taken for when the worst is assumed: `unknown` and `inconclusive` as
    /// `any_authenticated`, every other as itself.
    pub fn upper(self) -> Self {
        if self.is_open_question() {
            Self::AnyAuthenticated
        } else {
            self
        }
    }

    /// Whether someone without a credential can do something now (`public_*`).
    pub fn is_public(self) -> bool {
        self <= Self::PublicKeys
    }

    /// Whether the verdict stands for "nothing worse known", not for "nothing there".
    pub fn is_open_question(self) -> bool {
        matches!(self, Self::Unknown | Self::Inconclusive)
    }

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicWrite => "public_write",
            Self::PublicList => "public_list",
            Self::PublicRead => "public_read",
            Self::PublicKeys => "public_keys",
            Self::AnyAuthenticated => "any_authenticated",
            Self::External => "external",
            Self::Latent => "latent",
            Self::Private => "private",
            Self::Unknown => "unknown",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Who can reach one store and why. Lists are sorted and free of duplicates ([`Exposure::normalise`]), so that the
/// same settings give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    /// The worst that is known.
    pub verdict: Verdict,
    /// What could not be decided and could make it worse; absent when every source of grants was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Undecided>,
    /// What unsigned requests got: `true` they reached keys or content, `false` they were turned away, `null` not
    /// tried or no clear answer.
    pub confirmed: Option<bool>,
    /// Every grant to someone outside the owning account, live or latent.
    pub grants: Vec<Grant>,
    /// The chain of evidence: what grants, what blocks, where it was read.
    pub reasons: Vec<Reason>,
    /// The exact settings to change, most urgent first.
    pub remedies: Vec<String>,
}

impl Exposure {
    /// An exposure of which nothing is known because nothing was asked: `unknown` for this reason.
    pub fn not_asked(why: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unknown,
            undecided: Some(Undecided {
                missing: Vec::new(),
                why: why.into(),
            }),
            confirmed: None,
            grants: Vec::new(),
            reasons: Vec::new(),
            remedies: Vec::new(),
        }
    }

    /// Sorts grants and reasons and drops repeats; remedies keep their order, each once.
    pub fn normalise(&mut self) {
        self.grants.sort();
        self.grants.dedup();
        self.reasons.sort();
        self.reasons.dedup();
        let mut seen = std::collections::HashSet::new();
        self.remedies.retain(|r| seen.insert(r.clone()));
        if let Some(undecided) = &mut self.undecided {
            undecided.missing.sort();
            undecided.missing.dedup();
        }
    }
}

/// What could not be seen, beside the worst that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Undecided {
    /// The permissions that would settle it, in the cloud's own names (`s3:GetBucketPolicy`), sorted.
    pub missing: Vec<String>,
    /// One sentence: which settings were refused, not asked for or ambiguous.
    pub why: String,
}

/// One grant to someone outside the owning account. The field order is the sort order: widest audience first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Who.
    pub audience: Audience,
    /// May do what.
    pub permission: Permission,
    /// To which objects.
    pub scope: Scope,
    /// Whether it works now.
    pub state: GrantState,
    /// By which mechanism.
    pub via: Via,
}

/// Who a grant reaches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// The kind of audience.
    pub kind: AudienceKind,
    /// Its name (account id, ARN, organisation, network, address), where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Audience {
    /// An audience without a name.
    pub fn new(kind: AudienceKind) -> Self {
        Self { kind, name: None }
    }

    /// A named audience.
    pub fn named(kind: AudienceKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: Some(name.into()),
        }
    }
}

/// Kinds of audience, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AudienceKind {
    /// The whole Internet, without a credential.
    Anyone,
    /// Any customer of the cloud, with a credential of their own.
    AnyAuthenticated,
    /// Whoever an identity provider vouches for.
    Federated,
    /// An organisation or domain.
    Organization,
    /// Another account or project.
    Account,
    /// A user, role, group or service account elsewhere.
    Principal,
    /// Whoever comes from these public networks.
    Network,
    /// A content delivery network's identity in front of the store.
    Cdn,
    /// Other users of this machine.
    LocalUsers,
    /// Whoever comes from these private networks or endpoints; counts as inside.
    PrivateNetwork,
    /// A service of the cloud; counts as inside.
    Service,
}

/// What a grant allows, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Change who has access, or other settings.
    Administer,
    /// Create or overwrite objects.
    Write,
    /// Delete objects.
    Delete,
    /// List keys.
    List,
    /// Read objects.
    Read,
    /// Read settings, ACLs, tags; no keys and no content.
    ReadSettings,
}

/// Which objects a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// How `value` is to be read.
    pub kind: ScopeKind,
    /// The prefix, pattern or key; absent for the whole store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// A condition that must hold as well and does not keep outsiders out (a referrer, a time, a name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

impl Scope {
    /// The whole store.
    pub fn store() -> Self {
        Self {
            kind: ScopeKind::Store,
            value: None,
            condition: None,
        }
    }

    /// Objects under a prefix, matching a pattern, or one object.
    pub fn keys(kind: ScopeKind, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: Some(value.into()),
            condition: None,
        }
    }

    /// Whether the object with this key lies in the scope (conditions aside).
    pub fn covers(&self, key: &[u8]) -> bool {
        let value = self.value.as_deref().unwrap_or("").as_bytes();
        match self.kind {
            ScopeKind::Store => true,
            ScopeKind::Prefix => key.starts_with(value),
            ScopeKind::Pattern => wildcard(value, key),
            ScopeKind::Object => key == value,
        }
    }
}

/// How a scope names its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// All of them.
    Store,
    /// Those whose key starts with the value.
    Prefix,
    /// Those whose key matches the value (`*` any run, `?` any one character).
    Pattern,
    /// The one with this key.
    Object,
}

/// Whether a grant works now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// It works.
    Live,
    /// Another setting switches it off; the grant itself is still there.
    Latent,
}

/// The mechanism that carries a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A bucket policy.
    Policy,
    /// The cloud's own statement that the policy is public, where ours saw nothing.
    PolicyStatus,
    /// An access point's policy.
    AccessPoint,
    /// A Multi-Region access point's policy.
    MultiRegionAccessPoint,
    /// Replication to a bucket elsewhere.
    Replication,
    /// An IAM policy on the bucket.
    IamPolicy,
    /// An IAM policy on a managed folder.
    ManagedFolder,
    /// The bucket's ACL.
    Acl,
    /// An object's own ACL.
    ObjectAcl,
    /// The ACL that new objects get.
    DefaultObjectAcl,
    /// An Azure container's public access level.
    ContainerLevel,
    /// A static website.
    Website,
    /// The POSIX ACL of an Azure container.
    PosixAcl,
    /// File mode bits.
    FileMode,
    /// None that was read: an unsigned request got through.
    Probe,
}

/// One step in the chain of evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What it does.
    pub effect: Effect,
    /// The rule applied.
    pub rule: Rule,
    /// The setting it was read from, as a path into the facts (`policy.Statement[0]`).
    pub source: String,
    /// In plain words.
    pub detail: String,
}

/// What a reason does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Gives access.
    Grants,
    /// Takes access away.
    Blocks,
}

/// Matches `*` (any run) and `?` (any one byte) as S3 resource names do: case-sensitive, `/` is nothing special.
/// Linear in `text` for each `*`, without recursion.
pub fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_declared_worst_first_and_named_as_serialised() {
        assert!(Verdict::ALL.windows(2).all(|w| w[0] < w[1]));
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
        }
    }

    #[test]
    fn an_open_question_ranks_as_private_and_is_feared_as_any_authenticated() {
        assert_eq!(Verdict::Unknown.rank(), Verdict::Private.rank());
        assert_eq!(Verdict::Inconclusive.upper(), Verdict::AnyAuthenticated);
        assert_eq!(Verdict::Latent.upper(), Verdict::Latent);
        assert!(Verdict::PublicKeys.is_public() && !Verdict::AnyAuthenticated.is_public());
    }

    #[test]
    fn confirmed_is_always_written_and_undecided_only_when_there() {
        let mut exposure = Exposure::not_asked("offline");
        let text = serde_json::to_string(&exposure).unwrap();
        assert!(text.contains(r#""confirmed":null"#) && text.contains("undecided"));
        exposure.undecided = None;
        exposure.confirmed = Some(false);
        let text = serde_json::to_string(&exposure).unwrap();
        assert!(text.contains(r#""confirmed":false"#) && !text.contains("undecided"));
    }

    #[test]
    fn scopes_cover_what_they_name() {
        assert!(Scope::store().covers(b"any"));
        assert!(Scope::keys(ScopeKind::Prefix, "public/").covers(b"public/a"));
        assert!(!Scope::keys(ScopeKind::Prefix, "public/").covers(b"publics"));
        assert!(Scope::keys(ScopeKind::Pattern, "*/x?.csv").covers(b"a/b/x1.csv"));
        assert!(!Scope::keys(ScopeKind::Pattern, "*/x?.csv").covers(b"a/x.csv"));
        assert!(!Scope::keys(ScopeKind::Object, "a*").covers(b"ab"));
    }

    #[test]
    fn wildcards_match_like_resource_names() {
        for (p, t, want) in [
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b", "axxbc", false),
            ("?", "", false),
        ] {
            assert_eq!(wildcard(p.as_bytes(), t.as_bytes()), want, "{p} {t}");
        }
    }

    #[test]
    fn normalising_sorts_and_drops_repeats() {
        let grant = |kind| Grant {
            audience: Audience::new(kind),
            permission: Permission::Read,
            scope: Scope::store(),
            state: GrantState::Live,
            via: Via::Policy,
        };
        let mut e = Exposure::not_asked("x");
        e.grants = vec![
            grant(AudienceKind::Account),
            grant(AudienceKind::Anyone),
            grant(AudienceKind::Account),
        ];
        e.remedies = vec!["b".into(), "a".into(), "b".into()];
        e.normalise();
        assert_eq!(
            e.grants,
            [grant(AudienceKind::Anyone), grant(AudienceKind::Account)]
        );
        assert_eq!(e.remedies, ["b", "a"]);
    }
}
