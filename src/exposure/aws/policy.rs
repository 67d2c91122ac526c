//! Evaluating a bucket policy: whom outside the owning account does it let do what, to which objects?
//!
//! What is not understood never makes it better: in an Allow it is taken for the widest it may mean, and a Deny counts
//! only where it plainly covers a grant.

use serde_json::{Map, Value};

use super::action::{Actions, Level};
use super::condition::{self, Clause, Limit};
use super::principal::{Named, Owner};
use super::resource::{Covered, contains};
use crate::model::exposure::{Audience, AudienceKind, Effect, Permission, Reason, Rule, Scope};

/// What a policy grants to outsiders, before any block.
#[derive(Debug, Clone, Default)]
pub(super) struct Evaluated {
    /// The grants.
    pub(super) grants: Vec<PolicyGrant>,
    /// What was found on the way.
    pub(super) reasons: Vec<Reason>,
    /// A statement leaves the decision to the owner's access points.
    pub(super) delegated: bool,
    /// The document has no list of statements.
    pub(super) unreadable: bool,
}

/// One grant of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PolicyGrant {
    pub(super) audience: Audience,
    pub(super) permission: Permission,
    pub(super) scope: Scope,
}

/// A statement, its parts read.
struct Statement {
    at: String,
    allow: bool,
    /// `Principal`, or whom `NotPrincipal` leaves out.
    named: Named,
    not_principal: bool,
    actions: Actions,
    action_patterns: Option<Vec<String>>,
    covered: Covered,
    not_resource: bool,
    clauses: Option<Vec<Clause>>,
    odd: Vec<&'static str>,
}

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The bucket.
    Bucket,
    /// An access point in front of it. Every request that it sees comes through it, so that conditions which name
    /// access points keep nobody out there.
    AccessPoint,
}

/// Evaluates the policy `document` of `bucket`; `source` is the setting's path for reasons.
pub(super) fn evaluate(
    document: &Value,
    bucket: &str,
    owner: &Owner,
    source: &str,
    place: Place,
) -> Evaluated {
    let mut out = Evaluated::default();
    let Some(statements) = statements(document, bucket, owner, source) else {
        out.unreadable = true;
        return out;
    };
    let (mut allows, mut denies): (Vec<_>, Vec<_>) = statements.into_iter().partition(|s| s.allow);
    match place {
        // A Deny that spares the owner's access points leaves to them what the policy allows.
        Place::Bucket => {
            let spares = |s: &Statement| {
                let clauses = s.clauses.as_deref().unwrap_or_default();
                condition::spares_access_points(clauses, owner)
            };
            let outside = |s: &Statement| s.not_principal || !s.named.outsiders.is_empty();
            out.delegated = denies.iter().any(spares) && allows.iter().any(outside);
        }
        // Every request here comes through an access point.
        Place::AccessPoint => {
            allows
                .iter_mut()
                .filter_map(|s| s.clauses.as_mut())
                .for_each(|c| condition::ignore_access_points(c));
            denies.retain(|s| !s.clauses.iter().flatten().any(Clause::names_access_points));
        }
    }
    let mut denies: Vec<_> = denies.iter().map(|d| Deny::of(d, owner)).collect();
    denies.sort_by_cached_key(Deny::rank);
    for statement in &allows {
        statement.apply(&denies, owner, &mut out);
    }
    out.grants.sort();
    out.grants.dedup();
    out
}

/// The statement that denies outright what an ACL grants: every action that the permission stands for, on all of the scope,
/// to this audience, sparing nobody outside. An explicit deny overrides an ACL as it overrides any allow.
pub(super) fn denies(
    document: &Value,
    bucket: &str,
    owner: &Owner,
    (audience, permission, scope): (&Audience, Permission, &Scope),
) -> Option<String> {
    let (level, actions): (_, &[&str]) = match permission {
        Permission::List => (Level::Bucket, &["s3:listbucket", "s3:listbucketversions"]),
        Permission::Read => (Level::Object, &["s3:getobject", "s3:getobjectversion"]),
        Permission::Write => (Level::Object, &["s3:putobject"]),
        Permission::Delete => (Level::Object, &["s3:deleteobject"]),
        Permission::Administer | Permission::ReadSettings => return None,
    };
    let granted = Actions::matching(
        &actions
            .iter()
            .map(|action| (*action).to_owned())
            .collect::<Vec<_>>(),
    );
    let statements = statements(document, bucket, owner, "policy")?;
    let denying = statements.iter().filter(|s| !s.allow).find(|statement| {
        let grants = vec![(audience.clone(), granted.clone())];
        Deny::of(statement, owner)
            .take(grants, scope, level, &mut Cut::default())
            .is_empty()
    });
    denying.map(|statement| statement.at.clone())
}

/// The statements, one or a list; `None` where an element is no statement.
fn statements(document: &Value, bucket: &str, owner: &Owner, source: &str) -> Option<Vec<Statement>> {
    let list = match field(document.as_object()?, "Statement")? {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let read = |(i, value): (usize, &Value)| {
        Statement::read(value, format!("{source}.Statement[{i}]"), bucket, owner)
    };
    list.iter().enumerate().map(read).collect()
}

/// A field by its name in any case.
fn field<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| {
        map.iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    })
}

/// One text or a list of texts; numbers and booleans are texts, too. `None` for anything else.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |v: &Value| match v {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        one => text(one).map(|t| vec![t]),
    }
}

/// The elements of a statement.
const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Statement {
    fn read(value: &Value, at: String, bucket: &str, owner: &Owner) -> Option<Self> {
        let map = value.as_object()?;
        let get = |name| field(map, name);
        let mut odd = Vec::new();
        if map
            .keys()
            .any(|k| !ELEMENTS.iter().any(|e| e.eq_ignore_ascii_case(k)))
        {
            odd.push("an unknown element");
        }
        let allow = match get("Effect").and_then(Value::as_str) {
            Some("Deny") => false,
            Some("Allow") => true,
            _ => {
                odd.push("an unknown Effect");
                true
            }
        };
        let not_principal = get("Principal").is_none() && get("NotPrincipal").is_some();
        let named = Named::of(get("Principal").or(get("NotPrincipal")), owner);
        if named.odd {
            odd.push("an unknown principal");
        }
        let (actions, action_patterns) = read_actions(get("Action"), get("NotAction"), &mut odd);
        let resource = get("Resource").map(texts).map(|texts| match allow {
            true => texts,
            // A variable may have no value, and then it fits nothing.
            false => texts.map(|all| all.into_iter().filter(|p| !p.contains("${")).collect()),
        });
        let (covered, not_resource) = read_resources(resource, get("NotResource"), bucket, &mut odd);
        let clauses = condition::clauses(get("Condition"));
        if clauses.is_none() {
            odd.push("an unreadable condition");
        }
        let at = match get("Sid").and_then(Value::as_str).filter(|s| !s.is_empty()) {
            Some(sid) => format!("{at} ({sid})"),
            None => at,
        };
        Some(Self {
            at,
            allow,
            named,
            not_principal,
            actions,
            action_patterns,
            covered,
            not_resource,
            clauses,
            odd,
        })
    }

    /// Adds what this Allow grants after the denies.
    fn apply(&self, denies: &[Deny<'_>], owner: &Owner, out: &mut Evaluated) {
        let audiences = self.audiences(owner, out);
        let before = out.grants.len();
        let mut cut = Cut::default();
        for (level, scope) in self.pieces() {
            let actions = self.actions.at(level);
            for audience in &audiences {
                let start = vec![(audience.clone(), actions.clone())];
                let mut left = take_all(denies, start, &scope, level, &mut cut);
                // One deny may leave those of whom another, which came before, takes more.
                for _ in denies {
                    let mut more = Cut::default();
                    let again = take_all(denies, left.clone(), &scope, level, &mut more);
                    if again == left {
                        break;
                    }
                    cut.by.extend(more.by);
                    left = again;
                }
                for (audience, actions) in left {
                    self.grant(&audience, &actions, &scope, out);
                }
            }
        }
        cut.explain(&self.at, out);
        let strangers = audiences
            .iter()
            .any(|a| crate::exposure::evidence::is_stranger(a.kind));
        if out.grants.len() == before && strangers && cut.by.is_empty() {
            // Its actions and resources do not go together; the service would not have taken it.
            self.grant_permission(&audiences, Permission::ReadSettings, out);
            self.not_understood("actions that do not apply to its resources", out);
        }
        self.explain(before, out);
    }

    /// Bucket and object scopes that it covers.
    fn pieces(&self) -> Vec<(Level, Scope)> {
        let mut pieces = Vec::new();
        if self.covered.bucket {
            pieces.push((Level::Bucket, Scope::store()));
        }
        pieces.extend(self.covered.objects.iter().map(|s| (Level::Object, s.clone())));
        let condition = self.condition_text();
        for (_, scope) in &mut pieces {
            scope.condition = condition.clone();
        }
        pieces
    }

    /// The condition in words, without its values.
    fn condition_text(&self) -> Option<String> {
        let clauses = self.clauses.as_deref().unwrap_or_default();
        let mut parts: Vec<_> = clauses.iter().map(|c| c.text.clone()).collect();
        if self.not_resource {
            parts.push("all but NotResource".to_owned());
        }
        parts.sort();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Whom it lets in, conditions considered.
    fn audiences(&self, owner: &Owner, out: &mut Evaluated) -> Vec<Audience> {
        let anyone = Audience::new(AudienceKind::Anyone);
        let named = if self.not_principal {
            vec![anyone]
        } else {
            self.named.outsiders.clone()
        };
        let clauses = self.clauses.as_deref().unwrap_or_default();
        let mut all = Vec::new();
        for audience in named {
            if !matches!(audience.kind, AudienceKind::Anyone | AudienceKind::Federated) {
                all.push(audience);
                continue;
            }
            match condition::limit(clauses, owner) {
                Limit::To(limited) => {
                    out.delegated |= condition::delegates(clauses, owner);
                    self.reason(Effect::Blocks, Rule::S3PolicyLimited, limited_to(&limited), out);
                    all.extend(limited);
                }
                Limit::SignedIn if audience.kind == AudienceKind::Anyone => {
                    all.push(Audience::new(AudienceKind::AnyAuthenticated));
                }
                _ => all.push(audience),
            }
        }
        all.sort();
        all.dedup();
        all
    }

    fn grant(&self, audience: &Audience, actions: &Actions, scope: &Scope, out: &mut Evaluated) {
        for permission in actions.permissions() {
            out.grants.push(PolicyGrant {
                audience: audience.clone(),
                permission,
                scope: scope.clone(),
            });
        }
    }

    fn grant_permission(&self, audiences: &[Audience], permission: Permission, out: &mut Evaluated) {
        let grant = |a: &Audience| PolicyGrant {
            audience: a.clone(),
            permission,
            scope: Scope::store(),
        };
        out.grants.extend(audiences.iter().map(grant));
    }

    /// Says what it granted, by audience.
    fn explain(&self, before: usize, out: &mut Evaluated) {
        let mut granted: Vec<(Audience, Vec<Permission>)> = Vec::new();
        for grant in &out.grants[before..] {
            match granted.iter_mut().find(|(a, _)| *a == grant.audience) {
                Some((_, permissions)) => permissions.push(grant.permission),
                None => granted.push((grant.audience.clone(), vec![grant.permission])),
            }
        }
        if granted.is_empty() {
            return;
        }
        for (audience, mut permissions) in granted {
            permissions.sort();
            permissions.dedup();
            let detail = format!(
                "allows {} to {}",
                who(&audience),
                crate::exposure::evidence::words(&permissions)
            );
            self.reason(Effect::Grants, rule_for(audience.kind), detail, out);
        }
        if self.named.everyone() && self.clauses.as_ref().is_some_and(|c| !c.is_empty()) {
            let open = out.grants[before..]
                .iter()
                .any(|g| g.audience.kind == AudienceKind::Anyone);
            if let (true, Some(text)) = (open, self.condition_text()) {
                let detail = format!("{text} does not keep outsiders out");
                self.reason(Effect::Grants, Rule::S3PolicyCondition, detail, out);
            }
        }
        let mut odd = self.odd.clone();
        if self.actions.has_unknown() {
            odd.push("an unknown action");
        }
        for what in odd {
            self.not_understood(what, out);
        }
    }

    fn not_understood(&self, what: &str, out: &mut Evaluated) {
        let detail = format!("{what}: taken for the worst it may mean");
        self.reason(Effect::Grants, Rule::S3PolicyNotUnderstood, detail, out);
    }

    fn reason(&self, effect: Effect, rule: Rule, detail: impl Into<String>, out: &mut Evaluated) {
        out.reasons.push(Reason {
            effect,
            rule,
            source: self.at.clone(),
            detail: detail.into(),
        });
    }
}

/// The actions of a statement and, where it names them, their patterns.
fn read_actions(
    action: Option<&Value>,
    not_action: Option<&Value>,
    odd: &mut Vec<&'static str>,
) -> (Actions, Option<Vec<String>>) {
    match (action.map(texts), not_action.map(texts)) {
        (Some(Some(patterns)), None) if !patterns.is_empty() => {
            (Actions::matching(&patterns), Some(patterns))
        }
        (None, Some(Some(patterns))) => (Actions::not_matching(&patterns), Some(Vec::new())),
        _ => {
            odd.push("no readable action");
            (Actions::all(), None)
        }
    }
}

/// What a statement's resources cover, and whether by `NotResource`.
fn read_resources(
    resource: Option<Option<Vec<String>>>,
    not_resource: Option<&Value>,
    bucket: &str,
    odd: &mut Vec<&'static str>,
) -> (Covered, bool) {
    match (resource, not_resource) {
        (Some(Some(patterns)), None) if !patterns.is_empty() => {
            let covered = Covered::of(&patterns, bucket);
            if covered.odd {
                odd.push("a resource that is not this bucket");
            }
            (covered, false)
        }
        (None, Some(_)) => (Covered::everything(), true),
        _ => {
            odd.push("no readable resource");
            (Covered::everything(), false)
        }
    }
}

/// A Deny statement, as far as it is plain.
struct Deny<'a> {
    statement: &'a Statement,
    /// Whom it spares of everyone; `None` where that is not plain.
    spares: Option<Vec<Audience>>,
    /// It names certain principals only, and denies them without a condition.
    names: Option<&'a [Audience]>,
}

/// What the denies did to one statement.
#[derive(Default)]
struct Cut {
    /// Denies that took something back, with whom they left.
    by: Vec<(String, Vec<Audience>)>,
    /// Denies that touch the grant without plainly covering it.
    partial: Vec<String>,
}

/// What all denies leave of these grants, one after the other.
fn take_all(
    denies: &[Deny<'_>],
    grants: Vec<(Audience, Actions)>,
    scope: &Scope,
    level: Level,
    cut: &mut Cut,
) -> Vec<(Audience, Actions)> {
    denies
        .iter()
        .fold(grants, |left, deny| deny.take(left, scope, level, cut))
}

impl<'a> Deny<'a> {
    fn of(statement: &'a Statement, owner: &Owner) -> Self {
        let plain =
            statement.odd.is_empty() && !statement.not_resource && statement.action_patterns.is_some();
        let clauses = statement.clauses.as_deref().filter(|_| plain);
        let unconditional = clauses.is_some_and(<[_]>::is_empty);
        let everyone = statement.named.everyone() && !statement.not_principal;
        let spares = if everyone {
            clauses.and_then(|c| condition::spared(c, owner))
        } else if statement.not_principal && unconditional && !statement.named.everyone() {
            Some(statement.named.outsiders.clone())
        } else {
            None
        };
        let names = (unconditional && !everyone && !statement.not_principal)
            .then_some(statement.named.outsiders.as_slice());
        Self {
            statement,
            spares,
            names,
        }
    }

    /// Where it stands among all denies, so that their order in the document decides nothing: what one of them spares is not
    /// cut down to what the next one spares as well, so the one that spares the widest audience comes first.
    fn rank(&self) -> impl Ord + use<> {
        let sorted = |audiences: &[Audience]| {
            let mut audiences = audiences.to_vec();
            audiences.sort();
            audiences
        };
        (
            self.spares.as_deref().map(sorted),
            self.names.map(sorted),
            self.statement.action_patterns.clone(),
            format!("{:?}", self.statement.covered),
        )
    }

    /// What is left of these grants in this scope.
    fn take(
        &self,
        grants: Vec<(Audience, Actions)>,
        scope: &Scope,
        level: Level,
        cut: &mut Cut,
    ) -> Vec<(Audience, Actions)> {
        let mut left = Vec::new();
        for (audience, actions) in grants {
            let patterns = self.statement.action_patterns.as_deref().unwrap_or_default();
            let (denied, rest) = actions.split(&self.statement.actions, patterns);
            if denied.is_empty() || !self.touches(scope, level) {
                left.push((audience, actions));
                continue;
            }
            let Some(spared) = self.spared(&audience).filter(|_| self.covers(scope, level)) else {
                cut.partial.push(self.statement.at.clone());
                left.push((audience, actions));
                continue;
            };
            if spared != [audience.clone()] {
                cut.by.push((self.statement.at.clone(), spared.clone()));
            }
            left.push((audience, rest));
            left.extend(spared.into_iter().map(|a| (a, denied.clone())));
        }
        left.retain(|(_, actions)| !actions.is_empty());
        left
    }

    /// Whom of this audience it spares; `None` where that is not plain.
    fn spared(&self, audience: &Audience) -> Option<Vec<Audience>> {
        if let Some(names) = self.names {
            return Some(if names.contains(audience) {
                vec![]
            } else {
                vec![audience.clone()]
            });
        }
        let spares = self.spares.as_ref()?;
        if crate::exposure::evidence::is_stranger(audience.kind) {
            return Some(spares.clone());
        }
        // Nobody outside is spared, or this one may be among those who are.
        Some(if spares.is_empty() {
            vec![]
        } else {
            vec![audience.clone()]
        })
    }

    fn touches(&self, scope: &Scope, level: Level) -> bool {
        match level {
            Level::Bucket => self.statement.covered.bucket,
            Level::Object => self
                .statement
                .covered
                .objects
                .iter()
                .any(|s| contains(s, scope) || contains(scope, s)),
        }
    }

    fn covers(&self, scope: &Scope, level: Level) -> bool {
        match level {
            Level::Bucket => self.statement.covered.bucket,
            Level::Object => self.statement.covered.objects.iter().any(|s| contains(s, scope)),
        }
    }
}

impl Cut {
    fn explain(&mut self, statement: &str, out: &mut Evaluated) {
        self.by.sort();
        self.by.dedup();
        self.partial.sort();
        self.partial.dedup();
        let mut push = |rule, source: &str, detail| {
            out.reasons.push(Reason {
                effect: Effect::Blocks,
                rule,
                source: source.to_owned(),
                detail,
            });
        };
        for (deny, spared) in &self.by {
            let detail = format!("takes back what {statement} grants; {}", limited_to(spared));
            push(Rule::S3PolicyDeny, deny, detail);
        }
        for deny in &self.partial {
            let detail = format!("does not plainly cover what {statement} grants, so that still counts");
            push(Rule::S3PolicyPartialDeny, deny, detail);
        }
    }
}

/// The rule under which an audience is reported.
fn rule_for(kind: AudienceKind) -> Rule {
    match kind {
        AudienceKind::Anyone => Rule::S3PolicyPublic,
        AudienceKind::AnyAuthenticated => Rule::S3PolicyAnyCustomer,
        AudienceKind::Federated => Rule::S3PolicyFederated,
        AudienceKind::Cdn => Rule::S3PolicyCdn,
        _ => Rule::S3PolicyExternal,
    }
}

/// An audience in words.
pub(super) fn who(audience: &Audience) -> String {
    match (audience.kind, &audience.name) {
        (AudienceKind::Anyone, _) => "anyone".to_owned(),
        (AudienceKind::AnyAuthenticated, _) => "every customer of the cloud".to_owned(),
        (AudienceKind::Federated, Some(name)) => format!("everyone who signs in at {name}"),
        (_, Some(name)) => name.clone(),
        (kind, None) => format!("{kind:?}"),
    }
}

/// Whom a limit lets in, in words.
fn limited_to(audiences: &[Audience]) -> String {
    match audiences {
        [] => "limited to the owning account".to_owned(),
        some => format!(
            "limited to {}",
            some.iter().map(who).collect::<Vec<_>>().join(", ")
        ),
    }
}
