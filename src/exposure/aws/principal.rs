//! Principals of policy statements: whom do they name, and is that an outsider?

use serde_json::Value;

use crate::model::exposure::{Audience, AudienceKind};

/// The owner of the bucket, as far as known; everyone else is an outsider.
#[derive(Debug, Clone, Default)]
pub(super) struct Owner {
    /// The account's number.
    pub(super) account: Option<String>,
    /// The account's canonical user id.
    pub(super) canonical: Option<String>,
}

impl Owner {
    /// Whether this account number is the owner's.
    pub(super) fn is_account(&self, account: &str) -> bool {
        self.account.as_deref() == Some(account)
    }
}

/// Whom a statement names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Those outside the owning account; names are what the policy calls them.
    pub(super) outsiders: Vec<Audience>,
    /// Something in it was not understood and is taken for everyone.
    pub(super) odd: bool,
}

impl Named {
    /// Reads a `Principal` (or `NotPrincipal`) element.
    pub(super) fn of(element: Option<&Value>, owner: &Owner) -> Self {
        let mut named = Self::default();
        match element {
            Some(Value::String(text)) if text == "*" => named.add(Audience::new(AudienceKind::Anyone)),
            Some(Value::Object(map)) if !map.is_empty() => {
                for (kind, names) in map {
                    named.add_all(kind, names, owner);
                }
            }
            _ => named.everyone_odd(),
        }
        named.outsiders.sort();
        named.outsiders.dedup();
        named
    }

    /// Whether it names everyone.
    pub(super) fn everyone(&self) -> bool {
        self.outsiders.iter().any(|a| a.kind == AudienceKind::Anyone)
    }

    fn add(&mut self, audience: Audience) {
        self.outsiders.push(audience);
    }

    fn everyone_odd(&mut self) {
        self.odd = true;
        self.add(Audience::new(AudienceKind::Anyone));
    }

    fn add_all(&mut self, kind: &str, names: &Value, owner: &Owner) {
        let Some(names) = super::policy::texts(names).filter(|n| !n.is_empty()) else {
            return self.everyone_odd();
        };
        for name in names {
            match kind.to_ascii_lowercase().as_str() {
                "aws" => self.add_aws(&name, owner),
                "canonicaluser" if owner.canonical.as_ref() == Some(&name) => {}
                "canonicaluser" if wild(&name) => self.everyone_odd(),
                "canonicaluser" => self.add(Audience::named(AudienceKind::Principal, name)),
                "service" => self.add_service(&name),
                "federated" => self.add_federated(&name, owner),
                _ => self.everyone_odd(),
            }
        }
    }

    /// An account, a user or role of one, CloudFront's own user, or everyone.
    fn add_aws(&mut self, name: &str, owner: &Owner) {
        if name == "*" {
            return self.add(Audience::new(AudienceKind::Anyone));
        }
        if is_account(name) {
            return self.add_account(name, owner);
        }
        match Arn::parse(name) {
            Some(arn) if arn.service == "iam" && arn.account == "cloudfront" => {
                self.add(Audience::named(AudienceKind::Cdn, name));
            }
            Some(arn) if is_account(arn.account) && matches!(arn.service, "iam" | "sts") => {
                if arn.resource == "root" {
                    self.add_account(arn.account, owner);
                } else if !owner.is_account(arn.account) {
                    self.add(Audience::named(AudienceKind::Principal, name));
                }
            }
            // A user of an S3-compatible server that has no accounts, such as Ceph's gateway.
            Some(arn) if arn.service == "iam" && arn.account.is_empty() && is_user(arn.resource) => {
                self.add(Audience::named(AudienceKind::Principal, name));
            }
            // What is left of a deleted user or role is its id.
            None if name.len() > 15 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) => {
                self.add(Audience::named(AudienceKind::Principal, name));
            }
            _ => self.everyone_odd(),
        }
    }

    fn add_account(&mut self, account: &str, owner: &Owner) {
        if !owner.is_account(account) {
            self.add(Audience::named(AudienceKind::Account, account));
        }
    }

    fn add_service(&mut self, name: &str) {
        match name {
            _ if wild(name) => self.everyone_odd(),
            "cloudfront.amazonaws.com" => self.add(Audience::named(AudienceKind::Cdn, name)),
            _ => self.add(Audience::named(AudienceKind::Service, name)),
        }
    }

    /// A provider that belongs to an account, or a public one at which everyone can sign in.
    fn add_federated(&mut self, name: &str, owner: &Owner) {
        match Arn::parse(name) {
            _ if wild(name) => self.everyone_odd(),
            Some(arn) if owner.is_account(arn.account) => {}
            Some(arn) if is_account(arn.account) => {
                self.add(Audience::named(AudienceKind::Principal, name));
            }
            _ => self.add(Audience::named(AudienceKind::Federated, name)),
        }
    }
}

/// The parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) partition: &'a str,
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `arn:partition:service:region:account:resource`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let (partition, service) = (parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}

/// Whether an ARN's resource names one user.
fn is_user(resource: &str) -> bool {
    resource.strip_prefix("user/").is_some_and(|name| !wild(name))
}

/// Whether the text is an account number.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the text has a wildcard or a policy variable, and so is no fixed value.
pub(super) fn wild(text: &str) -> bool {
    text.is_empty() || text.contains(['*', '?']) || text.contains("${")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Value) -> Named {
        let owner = Owner {
            account: Some("123456789012".into()),
            canonical: Some("c1".into()),
        };
        Named::of(Some(&value), &owner)
    }

    fn kinds(value: Value) -> Vec<AudienceKind> {
        of(value).outsiders.into_iter().map(|a| a.kind).collect()
    }

    #[test]
    fn everyone_is_written_in_three_ways() {
        for p in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"AWS": ["arn:aws:iam::111122223333:root", "*"]}),
        ] {
            assert!(of(p.clone()).everyone() && !of(p).odd);
        }
    }

    #[test]
    fn the_owner_is_no_outsider() {
        let own = json!({"AWS": ["123456789012", "arn:aws:iam::123456789012:role/r"], "CanonicalUser": "c1"});
        assert_eq!(of(own), Named::default());
        assert_eq!(
            kinds(json!({"AWS": "arn:aws:sts::111122223333:assumed-role/r/s"})),
            [AudienceKind::Principal]
        );
        assert_eq!(kinds(json!({"AWS": "111122223333"})), [AudienceKind::Account]);
    }

    #[test]
    fn services_networks_of_delivery_and_identity_providers_have_their_kinds() {
        assert_eq!(
            kinds(json!({"Service": "cloudtrail.amazonaws.com"})),
            [AudienceKind::Service]
        );
        assert_eq!(
            kinds(json!({"Service": "cloudfront.amazonaws.com"})),
            [AudienceKind::Cdn]
        );
        let oai = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EXAMPLE";
        assert_eq!(kinds(json!({"AWS": oai})), [AudienceKind::Cdn]);
        assert_eq!(
            kinds(json!({"Federated": "graph.facebook.com"})),
            [AudienceKind::Federated]
        );
        assert_eq!(
            kinds(json!({"Federated": "arn:aws:iam::123456789012:saml-provider/p"})),
            []
        );
    }

    #[test]
    fn what_is_not_understood_is_everyone() {
        for odd in [
            json!({}),
            json!([]),
            json!(7),
            json!({"AWS": []}),
            json!({"AWS": 1}),
            json!({"Moon": "x"}),
        ] {
            assert!(of(odd.clone()).everyone() && of(odd.clone()).odd, "{odd}");
        }
        for odd in [
            "arn:aws:iam::*:root",
            "arn:aws:iam::${aws:PrincipalAccount}:root",
            "arn:aws:iam:::user/*",
            "arn:aws:iam:::root",
            "bob",
            "",
        ] {
            assert!(of(json!({ "AWS": odd })).everyone(), "{odd}");
        }
        assert!(Named::of(None, &Owner::default()).everyone());
    }
}
