//! AWS Config's configuration items as facts: snapshot files, history files, and what its command line prints.
//!
//! Each item is one resource at one time; the newest of each counts, and one that was deleted is left out. Only
//! `AWS::S3::Bucket` and `AWS::S3::AccountPublicAccessBlock` are looked at. A document inside an item may be text that
//! holds JSON or JSON itself. One that cannot be read is a refused setting: it never makes a bucket private.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Document, Setting, Settings, StoreFacts};
use crate::model::id::StoreUri;

/// The code under which a document stands that is there and cannot be read.
const UNREADABLE: &str = "UnreadableConfigurationItem";

/// The configuration items in a document; `None` where it is another document.
pub(super) fn items(document: &Value) -> Option<Vec<Item>> {
    let list = ["configurationItems", "baseConfigurationItems"]
        .iter()
        .find_map(|name| document.get(name))
        .or(document.is_array().then_some(document));
    match list {
        Some(list) => {
            let items: Vec<_> = list.as_array()?.iter().filter_map(Item::of).collect();
            let foreign = document.is_array() && items.is_empty();
            (!foreign).then_some(items)
        }
        None => Item::of(document).map(|item| vec![item]),
    }
}

/// One resource at one time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    kind: String,
    account: Option<String>,
    region: Option<String>,
    name: String,
    captured_at: String,
    deleted: bool,
    configuration: Value,
    supplement: Value,
}

impl Item {
    fn of(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let account = text("awsAccountId").or_else(|| text("accountId"));
        Some(Self {
            kind: text("resourceType")?,
            name: text("resourceName").or_else(|| text("resourceId"))?,
            region: text("awsRegion"),
            captured_at: text("configurationItemCaptureTime").unwrap_or_default(),
            deleted: text("configurationItemStatus").is_some_and(|s| s.starts_with("ResourceDeleted")),
            configuration: inner(value.get("configuration")),
            supplement: value
                .get("supplementaryConfiguration")
                .cloned()
                .unwrap_or_default(),
            account,
        })
    }

    /// What tells resources apart.
    fn resource(&self) -> (String, Option<String>, String) {
        (self.kind.clone(), self.account.clone(), self.name.clone())
    }
}

/// The stores that the items tell of, sorted by address, and when the last of them was captured.
pub(super) fn stores(items: Vec<Item>) -> (Vec<StoreFacts>, Option<String>) {
    let mut newest: BTreeMap<_, Item> = BTreeMap::new();
    for item in items {
        let known = newest.get(&item.resource());
        if known.is_none_or(|known| known.captured_at <= item.captured_at) {
            newest.insert(item.resource(), item);
        }
    }
    newest.retain(|_, item| !item.deleted);
    let captured_at = newest.values().map(|item| item.captured_at.clone()).max();
    let of_kind = |kind: &'static str| newest.values().filter(move |item| item.kind == kind);
    let blocks: BTreeMap<_, _> = of_kind("AWS::S3::AccountPublicAccessBlock")
        .filter_map(|item| Some((item.account.clone()?, &item.configuration)))
        .collect();
    let mut stores: Vec<_> = of_kind("AWS::S3::Bucket")
        .map(|item| bucket(item, item.account.as_ref().and_then(|a| blocks.get(a).copied())))
        .collect();
    stores.sort_by(|a, b| a.uri.cmp(&b.uri));
    (stores, captured_at.filter(|time| !time.is_empty()))
}

/// One bucket's facts, with its account's block where that was recorded.
fn bucket(item: &Item, account_block: Option<&Value>) -> StoreFacts {
    let mut facts = StoreFacts::new(StoreUri::new(&format!("s3://{}", item.name)));
    facts.account.clone_from(&item.account);
    facts.region.clone_from(&item.region);
    let Settings::Aws(settings) = &mut facts.settings else {
        return facts;
    };
    let part = |name: &str| item.supplement.get(name).map(|v| inner(Some(v)));
    // A block that is not recorded is none, and none is the worse.
    settings.bucket_public_access_block =
        part("PublicAccessBlockConfiguration").map_or(Setting::NoneSet, |v| read(Some(v)));
    settings.account_public_access_block = account_block.map_or(Setting::NotAsked, |v| read(Some(v.clone())));
    settings.policy = match part("BucketPolicy") {
        None => Setting::NotAsked,
        Some(policy) if policy.is_null() => Setting::NoneSet,
        Some(policy) => match policy.get("policyText") {
            Some(text) => read(Some(text.clone())),
            None => Setting::Refused(UNREADABLE.to_owned()),
        },
    };
    settings.acl = part("AccessControlList").map_or(Setting::NotAsked, |acl| read(grants(&acl)));
    settings.object_ownership = part("OwnershipControls").map_or(Setting::NotAsked, |controls| {
        read(controls.pointer("/rules/0/objectOwnership").cloned())
    });
    settings.request_payment = part("IsRequesterPaysEnabled").map_or(Setting::NotAsked, payment);
    settings.replication = part("BucketReplicationConfiguration").map_or(Setting::NoneSet, replication);
    settings.website = part("BucketWebsiteConfiguration").map_or(Setting::NoneSet, |v| read(Some(v)));
    settings.encryption = part("ServerSideEncryptionConfiguration").map_or(Setting::NotAsked, encryption);
    settings.versioning = part("BucketVersioningConfiguration").map_or(Setting::NotAsked, |v| {
        let status = v.get("status").and_then(Value::as_str).filter(|s| *s != "Off");
        read(status.map(|status| json!({ "Status": status })))
    });
    settings.logging = part("BucketLoggingConfiguration").map_or(Setting::NotAsked, |v| {
        let target = v.get("destinationBucketName").filter(|t| t.is_string());
        read(target.map(|t| json!({ "LoggingEnabled": { "TargetBucket": t } })))
    });
    facts
}

/// JSON that may stand inside a text.
fn inner(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
        }
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

/// A document as a setting; none where there is none.
fn read<T: Document>(value: Option<Value>) -> Setting<T> {
    match value {
        None | Some(Value::Null) => Setting::NoneSet,
        Some(value) => serde_json::from_value(value)
            .map_or_else(|_| Setting::Refused(UNREADABLE.to_owned()), Setting::Is),
    }
}

/// An ACL in the shape of the service's own API.
fn grants(acl: &Value) -> Option<Value> {
    let list = ["grantList", "grantSet"]
        .iter()
        .find_map(|name| acl.get(name)?.as_array());
    let Some(list) = list else {
        return Some(json!(UNREADABLE));
    };
    let grants: Vec<_> = list
        .iter()
        .map(|grant| {
            let permission = grant
                .get("permission")
                .and_then(Value::as_str)
                .unwrap_or_default();
            json!({ "Grantee": grantee(grant.get("grantee")), "Permission": constant(permission) })
        })
        .collect();
    let owner = acl
        .pointer("/owner/id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Some(json!({ "Owner": { "ID": owner }, "Grants": grants }))
}

/// A group by its name, or an account by its id.
fn grantee(value: Option<&Value>) -> Value {
    let group = |name: &str| match name {
        "AllUsers" | "AuthenticatedUsers" => format!("http://acs.amazonaws.com/groups/global/{name}"),
        "LogDelivery" => "http://acs.amazonaws.com/groups/s3/LogDelivery".to_owned(),
        other => other.to_owned(),
    };
    match value {
        Some(Value::String(name)) => json!({ "Type": "Group", "URI": group(name) }),
        Some(other) => {
            let id = other.get("id").or_else(|| other.get("identifier"));
            json!({ "Type": "CanonicalUser", "ID": id.and_then(Value::as_str) })
        }
        None => json!({}),
    }
}

/// `ReadAcp` as `READ_ACP`; what is spelled so already stays.
fn constant(word: &str) -> String {
    if !word.bytes().any(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len() + 2);
    for (i, c) in word.char_indices() {
        if i > 0 && c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

/// Whether requesters pay, written as a switch or as a text.
fn payment<T: Document>(value: Value) -> Setting<T> {
    let payer = match value {
        Value::Bool(true) => "Requester",
        Value::Bool(false) => "BucketOwner",
        _ => return Setting::Refused(UNREADABLE.to_owned()),
    };
    read(Some(json!({ "Payer": payer })))
}

/// Rules by their ids, as a list.
fn replication<T: Document>(value: Value) -> Setting<T> {
    match value.get("rules") {
        Some(Value::Object(rules)) => read(Some(json!({ "Rules": rules.values().collect::<Vec<_>>() }))),
        _ => read(Some(value)),
    }
}

/// The default encryption's rules in the shape of the service's own API.
fn encryption<T: Document>(value: Value) -> Setting<T> {
    let rules = value.get("rules").and_then(Value::as_array).map(|rules| {
        let by_default = |rule: &Value| {
            let of = |name: &str| {
                rule.pointer(&format!("/applyServerSideEncryptionByDefault/{name}"))
                    .cloned()
            };
            json!({ "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": of("sseAlgorithm"), "KMSMasterKeyID": of("kmsMasterKeyID") } })
        };
        json!({ "Rules": rules.iter().map(by_default).collect::<Vec<_>>() })
    });
    read(rules)
}

#[cfg(test)]
mod tests {
    use super::super::*;

    fn item(kind: &str, name: &str, at: &str, status: &str, rest: &str) -> String {
        format!(
            r#"{{"configurationItemVersion":"1.3","resourceType":"AWS::S3::{kind}","resourceId":"{name}",
               "awsAccountId":"123456789012","awsRegion":"eu-west-1","configurationItemCaptureTime":"{at}",
               "configurationItemStatus":"{status}",{rest}}}"#
        )
    }

    fn bucket(name: &str, at: &str, supplement: &str) -> String {
        let rest = format!(r#""supplementaryConfiguration":{{{supplement}}}"#);
        item("Bucket", name, at, "OK", &rest)
    }

    fn block(flags: &str) -> String {
        item(
            "AccountPublicAccessBlock",
            "123456789012",
            "2026-01-01T00:00:00.000Z",
            "OK",
            &format!(r#""configuration":{flags}"#),
        )
    }

    fn snapshot(items: &[String]) -> String {
        format!(
            r#"{{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[{}]}}"#,
            items.join(",")
        )
    }

    fn aws(facts: &Facts, i: usize) -> &AwsSettings {
        let Settings::Aws(settings) = &facts.stores[i].settings else {
            panic!("not aws")
        };
        settings
    }

    const ACL: &str = r#""AccessControlList":"{\"grantSet\":null,\"grantList\":[{\"grantee\":{\"id\":\"me\",\"displayName\":null},\"permission\":\"FullControl\"},{\"grantee\":\"AllUsers\",\"permission\":\"ReadAcp\"}],\"owner\":{\"displayName\":null,\"id\":\"me\"},\"isRequesterCharged\":false}""#;

    #[test]
    fn a_snapshot_holds_buckets_and_the_account_s_block() {
        let text = snapshot(&[
            block(
                r#""{\"blockPublicAcls\":true,\"ignorePublicAcls\":true,\"blockPublicPolicy\":false,\"restrictPublicBuckets\":false}""#,
            ),
            bucket(
                "lake",
                "2026-01-01T00:00:00.000Z",
                &format!(
                    r#"{ACL},"BucketPolicy":{{"policyText":"{{\"Statement\":[]}}"}},"OwnershipControls":{{"rules":[{{"objectOwnership":"ObjectWriter"}}]}},
                "IsRequesterPaysEnabled":"false","BucketVersioningConfiguration":{{"status":"Enabled","isMfaDeleteEnabled":null}}"#
                ),
            ),
        ]);
        let facts = Facts::parse(&text).unwrap();
        assert_eq!(facts.stores.len(), 1);
        let settings = aws(&facts, 0);
        assert!(
            settings
                .account_public_access_block
                .get()
                .unwrap()
                .ignore_public_acls
        );
        assert_eq!(settings.bucket_public_access_block, Setting::NoneSet);
        assert_eq!(
            settings.object_ownership.get(),
            Some(&ObjectOwnership::ObjectWriter)
        );
        let acl = settings.acl.get().unwrap();
        assert_eq!(acl.owner.as_ref().unwrap().id, "me");
        assert_eq!(acl.grants[1].permission, "READ_ACP");
        assert!(
            acl.grants[1]
                .grantee
                .uri
                .as_deref()
                .unwrap()
                .ends_with("/global/AllUsers")
        );
        assert!(settings.policy.is_known() && settings.access_points.is_not_asked());
        assert_eq!(settings.request_payment.get().unwrap().payer, "BucketOwner");
        assert_eq!(facts.stores[0].account.as_deref(), Some("123456789012"));
        assert_eq!(facts.captured_at.as_deref(), Some("2026-01-01T00:00:00.000Z"));
    }

    #[test]
    fn the_newest_item_counts_and_a_deleted_bucket_is_gone() {
        let none = r#""BucketPolicy":{"policyText":null}"#;
        let text = snapshot(&[
            bucket("lake", "2026-02-01T00:00:00Z", none),
            bucket(
                "lake",
                "2026-01-01T00:00:00Z",
                r#""BucketPolicy":{"policyText":"{\"Statement\":[{}]}"}"#,
            ),
            bucket("gone", "2026-01-01T00:00:00Z", none),
            item(
                "Bucket",
                "gone",
                "2026-01-02T00:00:00Z",
                "ResourceDeleted",
                r#""configuration":null"#,
            ),
        ]);
        let facts = Facts::parse(&text).unwrap();
        assert_eq!(facts.stores.len(), 1);
        assert_eq!(aws(&facts, 0).policy, Setting::NoneSet);
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_what_was_not_recorded_was_not_asked() {
        let odd = r#""AccessControlList":"{}","BucketPolicy":{"policyText":"not a policy"},"OwnershipControls":{"rules":[{"objectOwnership":"Dream"}]}"#;
        let facts = Facts::parse(&snapshot(&[
            bucket("lake", "2026", odd),
            bucket("bare", "2026", ""),
        ]))
        .unwrap();
        let (bare, odd) = (aws(&facts, 0), aws(&facts, 1));
        assert!(
            bare.policy.is_not_asked() && bare.acl.is_not_asked() && bare.object_ownership.is_not_asked()
        );
        assert!(!odd.policy.is_known() && !odd.acl.is_known() && !odd.object_ownership.is_known());
        let garbage = snapshot(&[bucket(
            "lake",
            "2026",
            r#""BucketPolicy":"garbage","AccessControlList":7"#,
        )]);
        let facts = Facts::parse(&garbage).unwrap();
        assert!(!aws(&facts, 0).policy.is_known() && !aws(&facts, 0).acl.is_known());
    }

    #[test]
    fn several_files_are_one_capture() {
        let history = snapshot(&[bucket("lake", "2026", r#""BucketPolicy":{"policyText":null}"#)]);
        let account = snapshot(&[block(r#"{"ignorePublicAcls":true}"#)]);
        let ours = r#"{"schema":"lakewarden.facts/1","stores":[{"uri":"gs://other"}]}"#;
        let facts = Facts::gather(&[&history, &account, ours]).unwrap();
        assert_eq!(facts.stores.len(), 2);
        let lake = facts
            .stores
            .iter()
            .position(|s| s.uri.as_str() == "s3://lake")
            .unwrap();
        assert!(
            aws(&facts, lake)
                .account_public_access_block
                .get()
                .unwrap()
                .ignore_public_acls
        );
        assert_eq!(Facts::gather(&[&history, "{"]).unwrap_err().0, 1);
    }

    #[test]
    fn permissions_are_spelled_as_the_api_does() {
        for (word, want) in [
            ("FullControl", "FULL_CONTROL"),
            ("ReadAcp", "READ_ACP"),
            ("Write", "WRITE"),
            ("READ_ACP", "READ_ACP"),
        ] {
            assert_eq!(super::constant(word), want);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_item_makes_it_panic(supplement in "\\PC{0,80}") {
            let _ = Facts::parse(&snapshot(&[bucket("lake", "2026", &supplement)]));
            let quoted = serde_json::to_string(&supplement).unwrap();
            let _ = Facts::parse(&snapshot(&[bucket("lake", "2026", &format!(r#""AccessControlList":{quoted}"#))]));
        }
    }
}
