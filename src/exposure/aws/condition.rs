//! Conditions of policy statements: do they keep outsiders out?
//!
//! The rule is the one by which S3 calls a policy public: a statement for everyone is limited only by fixed values of
//! keys from a closed list. Every other key and operator, a wildcard, a policy variable, a missing value, or an
//! `IfExists` counts as no limit. Values are never repeated in reports, as some of them are secrets (a referrer).

use serde_json::Value;

use super::policy::texts;
use super::principal::{Arn, Owner, is_account, wild};
use crate::exposure::cidr;
use crate::model::exposure::{Audience, AudienceKind, wildcard};

/// How far a condition block narrows "everyone".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Limit {
    /// To the owning account, or to these.
    To(Vec<Audience>),
    /// To whoever signs in with any account.
    SignedIn,
    /// Not at all.
    None,
}

/// Whether a service of the cloud asks on its own behalf.
const IS_SERVICE: &str = "aws:principalisawsservice";

/// One operator and key with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// The operator in lower case, with its prefix and suffix.
    operator: String,
    /// The key in lower case.
    key: String,
    /// The values; `None` where they are not texts.
    values: Option<Vec<String>>,
    /// As written, for people.
    pub(super) text: String,
}

/// The clauses of a `Condition` element, which must all hold; `None` where it is not understood.
pub(super) fn clauses(element: Option<&Value>) -> Option<Vec<Clause>> {
    let Some(element) = element else {
        return Some(Vec::new());
    };
    let mut all = Vec::new();
    for (operator, keys) in element.as_object()? {
        for (key, values) in keys.as_object()? {
            all.push(Clause {
                operator: operator.to_ascii_lowercase(),
                key: key.to_ascii_lowercase(),
                values: texts(values).filter(|v| !v.is_empty()),
                text: format!("{operator} {key}"),
            });
        }
    }
    Some(all)
}

/// The narrowest limit that one of the clauses sets on an Allow for everyone.
pub(super) fn limit(clauses: &[Clause], owner: &Owner) -> Limit {
    clauses
        .iter()
        .map(|c| c.allowed(owner))
        .min_by_key(breadth)
        .unwrap_or(Limit::None)
}

/// Whom a Deny with these clauses still lets in, where that is plain: it must deny whoever is *not* one of these, so
/// that what is left is the union over its clauses. No clauses: nobody is left.
pub(super) fn spared(clauses: &[Clause], owner: &Owner) -> Option<Vec<Audience>> {
    let mut left = Vec::new();
    for clause in clauses {
        left.extend(clause.spares(owner)?);
    }
    left.sort();
    left.dedup();
    Some(left)
}

/// Whether an Allow with these clauses leaves the decision to the owner's access points, among others perhaps.
pub(super) fn delegates(clauses: &[Clause], owner: &Owner) -> bool {
    clauses.iter().any(|c| c.names_own_access_points(owner))
}

/// Whether a Deny with these clauses spares whoever comes through the owner's access points.
pub(super) fn spares_access_points(clauses: &[Clause], owner: &Owner) -> bool {
    let mut negated = clauses.iter().filter_map(Clause::negated);
    negated.any(|c| c.names_own_access_points(owner))
}

/// Makes the clauses that name access points limit nobody.
pub(super) fn ignore_access_points(clauses: &mut [Clause]) {
    let named = clauses.iter_mut().filter(|c| c.names_access_points());
    named.for_each(|clause| clause.values = None);
}

/// Orders limits from the narrowest: insiders, private networks and services, outsiders, everyone signed in, none.
fn breadth(limit: &Limit) -> (u8, usize) {
    match limit {
        Limit::To(audiences) => {
            let inside =
                |a: &Audience| matches!(a.kind, AudienceKind::PrivateNetwork | AudienceKind::Service);
            (u8::from(!audiences.iter().all(inside)), audiences.len())
        }
        Limit::SignedIn => (2, 0),
        Limit::None => (3, 0),
    }
}

impl Clause {
    /// Whether it is about the access point that a request comes through.
    pub(super) fn names_access_points(&self) -> bool {
        self.key.starts_with("s3:dataaccesspoint")
    }

    /// Whether one of its values names access points of the owner, whose account may not be known.
    fn names_own_access_points(&self, owner: &Owner) -> bool {
        let own = |value: &String| {
            let audience = Names::of(&self.key).audience(value, self.operator.contains("arn"), owner);
            audience.is_some_and(|who| who.is_none() || owner.account.is_none())
        };
        self.names_access_points() && self.values.iter().flatten().any(own)
    }

    /// The opposite of a negative clause: `StringNotLike` as `StringLike`. A negated clause holds where the key is
    /// missing, so `IfExists` and `ForAnyValue` would change its meaning only with `ForAnyValue`, which is refused.
    fn negated(&self) -> Option<Self> {
        let operator = self.operator.strip_suffix("ifexists").unwrap_or(&self.operator);
        let operator = match operator {
            "stringnotequals" | "stringnotequalsignorecase" => "stringequals",
            "stringnotlike" => "stringlike",
            "arnnotequals" | "arnnotlike" => "arnlike",
            "notipaddress" => "ipaddress",
            _ => return None,
        };
        Some(Self {
            operator: operator.to_owned(),
            ..self.clone()
        })
    }

    /// Whom a Deny with this clause alone still lets in, where that is plain.
    fn spares(&self, owner: &Owner) -> Option<Vec<Audience>> {
        let denies_all_but_services = self.key == IS_SERVICE
            // Unsigned requests do not carry the key, and `Bool` does not hold without it.
            && self.operator == "boolifexists"
            && matches!(self.values.as_deref(), Some([v]) if v.eq_ignore_ascii_case("false"));
        if denies_all_but_services {
            return Some(vec![Audience::named(
                AudienceKind::Service,
                "services of the cloud",
            )]);
        }
        match self.negated()?.allowed(owner) {
            Limit::To(audiences) => Some(audiences),
            _ => None,
        }
    }

    /// Whom this clause, as a condition of an Allow, lets in.
    fn allowed(&self, owner: &Owner) -> Limit {
        let operator = self
            .operator
            .strip_prefix("foranyvalue:")
            .unwrap_or(&self.operator);
        let Some(values) = &self.values else {
            return Limit::None;
        };
        let limit = match (operator, Names::of(&self.key)) {
            _ if self.admits_unsigned() => None,
            ("ipaddress", Names::SourceIp) => networks(values),
            ("stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike", key) => {
                let arn = operator.starts_with("arn");
                each(values, |v| key.audience(v, arn, owner))
            }
            _ => None,
        };
        limit.map_or_else(|| self.signed_in(operator), Limit::To)
    }

    /// Whether a value fits what these keys say of an unsigned request.
    fn admits_unsigned(&self) -> bool {
        let fits = |value: &String| wildcard(value.to_ascii_lowercase().as_bytes(), UNSIGNED.as_bytes());
        names_unsigned(&self.key) && self.values.iter().flatten().any(fits)
    }

    /// A key that only signed requests carry keeps the unsigned out, whatever its value, unless its absence will do.
    fn signed_in(&self, operator: &str) -> Limit {
        let positive = matches!(
            operator,
            "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike" | "bool"
        );
        if positive && is_identity(&self.key) && !self.admits_unsigned() {
            Limit::SignedIn
        } else {
            Limit::None
        }
    }
}

/// The audiences of all values, or nothing where one of them is not fixed.
fn each(values: &[String], audience: impl Fn(&str) -> Option<Option<Audience>>) -> Option<Vec<Audience>> {
    let audiences: Option<Vec<_>> = values.iter().map(|v| audience(v)).collect();
    let mut audiences: Vec<_> = audiences?.into_iter().flatten().collect();
    audiences.sort();
    audiences.dedup();
    Some(audiences)
}

/// The public networks that an address list lets in; private ranges are inside.
fn networks(values: &[String]) -> Option<Vec<Audience>> {
    let named = |kind, list: Vec<String>| list.into_iter().map(|n| Audience::named(kind, n)).collect();
    match cidr::reach(values) {
        cidr::Reach::Everyone => None,
        cidr::Reach::Public(list) => Some(named(AudienceKind::Network, list)),
        cidr::Reach::Private(list) => Some(named(AudienceKind::PrivateNetwork, list)),
    }
}

/// Keys whose presence means that the request was signed: the service sets them from the caller's identity.
fn is_identity(key: &str) -> bool {
    key.starts_with("aws:principaltag/")
        || matches!(
            key,
            "aws:principalarn"
                | "aws:principalaccount"
                | "aws:principalorgid"
                | "aws:principalorgpaths"
                | "aws:userid"
                | "aws:username"
                | "aws:multifactorauthpresent"
        )
}

/// What [`names_unsigned`] keys say of an unsigned request.
const UNSIGNED: &str = "anonymous";

/// Keys that unsigned requests carry as well, as AWS's reference of global condition keys says.
fn names_unsigned(key: &str) -> bool {
    matches!(key, "aws:principalaccount" | "aws:userid")
}

/// The closed list of keys whose fixed values limit a statement, by what their values name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Account,
    Organization,
    OrganizationPath,
    Arn,
    EncryptionKey,
    Endpoint,
    SourceIp,
    UserId,
    Other,
}

impl Names {
    /// The kind of a key in lower case.
    fn of(key: &str) -> Self {
        match key {
            "aws:sourceaccount"
            | "aws:sourceowner"
            | "aws:principalaccount"
            | "s3:dataaccesspointaccount" => Self::Account,
            "aws:principalorgid" | "aws:sourceorgid" => Self::Organization,
            "aws:principalorgpaths" | "aws:sourceorgpaths" => Self::OrganizationPath,
            "aws:principalarn" | "aws:sourcearn" | "s3:dataaccesspointarn" => Self::Arn,
            "s3:x-amz-server-side-encryption-aws-kms-key-id" => Self::EncryptionKey,
            "aws:sourcevpc" | "aws:sourcevpce" => Self::Endpoint,
            "aws:sourceip" => Self::SourceIp,
            "aws:userid" => Self::UserId,
            _ => Self::Other,
        }
    }

    /// Whom a value names: outer `None` where it is not fixed, inner `None` for the owner.
    fn audience(self, value: &str, arn_operator: bool, owner: &Owner) -> Option<Option<Audience>> {
        let fixed = (!wild(value)).then_some(());
        match self {
            Self::Account | Self::UserId if owner.is_account(value) => Some(None),
            Self::Account => fixed.map(|()| Some(Audience::named(AudienceKind::Account, value))),
            Self::UserId => fixed.map(|()| Some(Audience::named(AudienceKind::Principal, value))),
            Self::Organization => fixed.map(|()| Some(Audience::named(AudienceKind::Organization, value))),
            Self::OrganizationPath => {
                let id = value
                    .split('/')
                    .next()
                    .filter(|id| id.starts_with("o-") && !wild(id))?;
                Some(Some(Audience::named(AudienceKind::Organization, id)))
            }
            Self::Endpoint => fixed.map(|()| Some(Audience::named(AudienceKind::PrivateNetwork, value))),
            Self::EncryptionKey => fixed.map(|()| {
                Some(Audience::named(
                    AudienceKind::Principal,
                    format!("users of {value}"),
                ))
            }),
            Self::Arn => arn_audience(value, arn_operator, owner),
            Self::SourceIp | Self::Other => None,
        }
    }
}

/// Whom an ARN names. With a fixed account the rest may be a wildcard: under the ARN operators each part is matched
/// by itself; under the others a star before the account could swallow it.
fn arn_audience(value: &str, arn_operator: bool, owner: &Owner) -> Option<Option<Audience>> {
    let arn = Arn::parse(value).filter(|_| !value.contains("${"))?;
    let before = [arn.partition, arn.service, arn.region]
        .iter()
        .any(|p| p.contains(['*', '?']));
    let fixed_account = is_account(arn.account) && (arn_operator || !before);
    match (fixed_account, owner.is_account(arn.account)) {
        (true, true) => Some(None),
        (true, false) => Some(Some(Audience::named(AudienceKind::Principal, value))),
        // Buckets have no account in their ARN.
        (false, _) if arn.account.is_empty() && !wild(value) => {
            Some(Some(Audience::named(AudienceKind::Principal, value)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn owner() -> Owner {
        Owner {
            account: Some("123456789012".into()),
            canonical: None,
        }
    }

    fn of(condition: Value) -> Limit {
        limit(&clauses(Some(&condition)).unwrap(), &owner())
    }

    #[test]
    fn fixed_values_of_listed_keys_limit() {
        assert_eq!(
            of(json!({"StringEquals": {"AWS:SourceAccount": "123456789012"}})),
            Limit::To(vec![])
        );
        assert_eq!(
            of(json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:123456789012:trail/*"}})),
            Limit::To(vec![])
        );
        let Limit::To(vpc) = of(json!({"StringEquals": {"aws:sourceVpc": ["vpc-1"]}})) else {
            panic!("vpc")
        };
        assert_eq!(vpc, [Audience::named(AudienceKind::PrivateNetwork, "vpc-1")]);
        let Limit::To(both) =
            of(json!({"StringLike": {"aws:PrincipalAccount": ["123456789012", "111122223333"]}}))
        else {
            panic!("accounts")
        };
        assert_eq!(both, [Audience::named(AudienceKind::Account, "111122223333")]);
    }

    #[test]
    fn nothing_else_does() {
        for condition in [
            json!({"StringLike": {"aws:SourceVpc": "vpc-*"}}),
            json!({"StringEquals": {"aws:SourceVpc": "${aws:username}"}}),
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            json!({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}),
            json!({"ForAllValues:StringEquals": {"aws:SourceVpce": "vpce-1"}}),
            json!({"StringLike": {"aws:Referer": "https://example.com/*"}}),
            json!({"Bool": {"aws:SecureTransport": "true"}}),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*:topic"}}),
            json!({"StringLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:topic"}}),
            json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/1"]}}),
            json!({"StringEquals": {"aws:SourceIp": "192.0.2.1"}}),
            json!({"StringEquals": {"aws:SourceVpce": []}}),
            json!({"StringEquals": {"aws:SourceVpce": {"x": 1}}}),
            json!({"NewOperator": {"aws:SourceVpce": "vpce-1"}}),
            json!({}),
        ] {
            assert_eq!(of(condition.clone()), Limit::None, "{condition}");
        }
        assert_eq!(clauses(Some(&json!("x"))), None);
    }

    #[test]
    fn identity_keys_keep_the_unsigned_out_whatever_their_value() {
        for condition in [
            json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
            json!({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}),
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        ] {
            assert_eq!(of(condition.clone()), Limit::SignedIn, "{condition}");
        }
        assert_eq!(
            of(json!({"StringLikeIfExists": {"aws:PrincipalOrgID": "o-*"}})),
            Limit::None
        );
    }

    #[test]
    fn the_unsigned_have_an_account_and_a_user_id() {
        for condition in [
            json!({"StringEquals": {"aws:PrincipalAccount": "anonymous"}}),
            json!({"StringEquals": {"aws:PrincipalAccount": ["123456789012", "anonymous"]}}),
            json!({"StringLike": {"aws:PrincipalAccount": "*"}}),
            json!({"StringLike": {"aws:userid": "anon*"}}),
        ] {
            assert_eq!(of(condition.clone()), Limit::None, "{condition}");
        }
        let denied = json!({"StringNotEquals": {"aws:PrincipalAccount": ["123456789012", "anonymous"]}});
        assert_eq!(spared(&clauses(Some(&denied)).unwrap(), &owner()), None);
    }

    #[test]
    fn one_limiting_clause_is_enough_and_the_narrowest_counts() {
        let condition = json!({
            "StringEquals": {"aws:SourceAccount": "123456789012", "aws:Referer": "x"},
            "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}
        });
        assert_eq!(of(condition), Limit::To(vec![]));
    }

    #[test]
    fn a_deny_spares_the_union_of_its_negative_clauses() {
        let of = |c: Value| spared(&clauses(Some(&c)).unwrap(), &owner());
        let vpce = Audience::named(AudienceKind::PrivateNetwork, "vpce-1");
        assert_eq!(of(json!({})), Some(vec![]));
        assert_eq!(
            of(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})),
            Some(vec![vpce.clone()])
        );
        assert_eq!(
            of(json!({"StringNotEqualsIfExists": {"aws:PrincipalAccount": "123456789012"}})),
            Some(vec![])
        );
        let two =
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalAccount": "123456789012"}});
        assert_eq!(of(two), Some(vec![vpce]));
        let services = Audience::named(AudienceKind::Service, "services of the cloud");
        assert_eq!(
            of(json!({"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}})),
            Some(vec![services])
        );
        assert_eq!(
            of(json!({"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}})),
            None
        );
        assert_eq!(of(json!({"Bool": {"aws:PrincipalIsAWSService": "false"}})), None);
        assert_eq!(of(json!({"Bool": {"aws:SecureTransport": "false"}})), None);
        assert_eq!(of(json!({"StringNotLike": {"aws:PrincipalOrgID": "*"}})), None);
        assert_eq!(
            of(json!({"ForAnyValue:StringNotEquals": {"aws:SourceVpce": "vpce-1"}})),
            None
        );
    }
}
