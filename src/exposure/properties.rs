//! What must hold for every store, whatever its settings.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::cases::{facts, short};
use super::judge;
use crate::model::exposure::{Exposure, Verdict};

const OWNER: &str = "123456789012";

fn principal() -> impl Strategy<Value = Value> {
    select(vec![
        json!("*"),
        json!({ "AWS": "*" }),
        json!({ "AWS": OWNER }),
        json!({ "AWS": "arn:aws:iam::111122223333:root" }),
        json!({ "AWS": ["arn:aws:iam::111122223333:role/r", OWNER] }),
        json!({ "Service": "cloudtrail.amazonaws.com" }),
        json!({ "Service": "cloudfront.amazonaws.com" }),
        json!({ "Federated": "accounts.google.com" }),
        json!({ "CanonicalUser": "c9" }),
        json!({ "Unheard": "of" }),
    ])
}

fn condition() -> impl Strategy<Value = Option<Value>> {
    let some = select(vec![
        json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }),
        json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringNotEquals": { "aws:PrincipalAccount": OWNER } }),
        json!({ "StringEquals": { "s3:DataAccessPointAccount": OWNER } }),
        json!({ "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } }),
        json!({ "Bool": { "aws:SecureTransport": "false" } }),
        json!({ "Unheard": { "of": "x" } }),
    ]);
    proptest::option::of(some)
}

fn statement() -> impl Strategy<Value = Value> {
    let actions = vec![
        "s3:GetObject",
        "s3:GetObject*",
        "s3:ListBucket",
        "s3:Put*",
        "s3:*",
        "*",
        "s3:Unheard",
    ];
    let resources = vec![
        "arn:aws:s3:::lake",
        "arn:aws:s3:::lake/*",
        "arn:aws:s3:::lake/p/*",
        "arn:aws:s3:::lake*",
        "*",
    ];
    let effects = select(vec!["Allow", "Allow", "Deny"]);
    (
        effects,
        principal(),
        select(actions),
        select(resources),
        condition(),
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(effect, principal, action, resource, condition, (not_principal, not_action))| {
                let mut s = json!({ "Effect": effect, "Resource": resource });
                s[if not_principal {
                    "NotPrincipal"
                } else {
                    "Principal"
                }] = principal;
                s[if not_action { "NotAction" } else { "Action" }] = json!(action);
                if let Some(condition) = condition {
                    s["Condition"] = condition;
                }
                s
            },
        )
}

fn acl_grant() -> impl Strategy<Value = Value> {
    let grantees = vec![
        json!({ "URI": "http://acs.amazonaws.com/groups/global/AllUsers" }),
        json!({ "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" }),
        json!({ "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery" }),
        json!({ "ID": "me" }),
        json!({ "ID": "you" }),
    ];
    (
        select(grantees),
        select(vec!["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"]),
    )
        .prop_map(|(grantee, permission)| json!({ "Grantee": grantee, "Permission": permission }))
}

fn acl(grants: &[Value]) -> Value {
    json!({ "Owner": { "ID": "me" }, "Grants": grants })
}

fn block() -> impl Strategy<Value = Value> {
    any::<[bool; 4]>().prop_map(|b| {
        json!({ "BlockPublicAcls": b[0], "IgnorePublicAcls": b[1], "BlockPublicPolicy": b[2],
                "RestrictPublicBuckets": b[3] })
    })
}

/// A setting that is absent, none set, refused, or a document.
fn state(document: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    prop_oneof![
        1 => Just(None),
        2 => Just(Some(Value::Null)),
        1 => Just(Some(json!({ "error": "AccessDenied" }))),
        4 => document.prop_map(Some),
    ]
    .boxed()
}

fn s3_settings() -> impl Strategy<Value = Value> {
    let ownership = select(vec![
        "BucketOwnerEnforced",
        "BucketOwnerPreferred",
        "ObjectWriter",
    ])
    .prop_map(|o| json!(o));
    let policy = proptest::collection::vec(statement(), 0..4).prop_map(|s| json!({ "Statement": s }));
    let grants = || proptest::collection::vec(acl_grant(), 0..3).prop_map(|g| acl(&g));
    let objects = grants().prop_map(|acl| json!([{ "key": "k", "acl": acl }]));
    let parts = (
        state(block()),
        state(block()),
        state(ownership),
        state(policy),
        state(grants()),
        state(objects),
    );
    (parts, any::<bool>()).prop_map(|((account, bucket, ownership, policy, acl, objects), complete)| {
        let mut settings = json!({ "objects_complete": complete });
        let named = [
            ("account_public_access_block", account),
            ("bucket_public_access_block", bucket),
            ("object_ownership", ownership),
            ("policy", policy),
            ("acl", acl),
            ("objects", objects),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                settings[name] = value;
            }
        }
        settings
    })
}

fn s3(settings: &Value) -> Exposure {
    judge(&facts(
        &json!({ "uri": "s3://lake", "account": OWNER, "settings": settings }),
    ))
}

/// Whether a block setting restricts public policies.
fn restricts(settings: &Value) -> bool {
    ["account_public_access_block", "bucket_public_access_block"]
        .iter()
        .any(|b| settings[b]["RestrictPublicBuckets"] == json!(true))
}

/// Whether a statement, alone, lets strangers in.
fn is_public(statement: &Value) -> bool {
    let policy = json!({ "Statement": [statement] });
    let alone = s3(&json!({ "object_ownership": "BucketOwnerEnforced", "policy": policy }));
    alone.verdict <= Verdict::AnyAuthenticated
}

fn azure_settings() -> impl Strategy<Value = Value> {
    let account = (
        proptest::option::of(any::<bool>()),
        select(vec!["Enabled", "Disabled", "SecuredByPerimeter", "Unheard"]),
        select(vec!["Allow", "Deny"]),
        proptest::collection::vec(
            select(vec!["192.0.2.0/24", "0.0.0.0/0", "10.0.0.0/8", "odd"]),
            0..3,
        ),
    )
        .prop_map(|(switch, access, default, ranges)| {
            let ranges: Vec<_> = ranges.into_iter().map(|r| json!({ "value": r })).collect();
            json!({ "allowBlobPublicAccess": switch, "publicNetworkAccess": access,
                    "networkAcls": { "defaultAction": default, "ipRules": ranges } })
        });
    let level =
        select(vec!["None", "Blob", "Container", "Unheard"]).prop_map(|l| json!({ "publicAccess": l }));
    let acl = "[r-][w-][x-]".prop_map(|other| json!({ "acl": format!("user::rwx,other::{other}") }));
    let website = any::<bool>().prop_map(|enabled| json!({ "enabled": enabled }));
    let parts = (state(account), state(level), state(acl), state(website));
    parts.prop_map(|(account, container, access_control, static_website)| {
        let mut settings = json!({});
        let named = [
            ("account", account),
            ("container", container),
            ("access_control", access_control),
            ("static_website", static_website),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                settings[name] = value;
            }
        }
        settings
    })
}

fn azure(container: &str, settings: &Value) -> Exposure {
    judge(&facts(
        &json!({ "uri": format!("az://acct/{container}"), "settings": settings }),
    ))
}

fn gcs_settings() -> impl Strategy<Value = Value> {
    let bucket = any::<(bool, bool)>().prop_map(|(uniform, prevented)| {
        let prevention = if prevented { "enforced" } else { "inherited" };
        json!({ "iamConfiguration": {
            "uniformBucketLevelAccess": { "enabled": uniform }, "publicAccessPrevention": prevention } })
    });
    let iam = || proptest::collection::vec(binding(), 0..3).prop_map(|b| json!({ "bindings": b }));
    let acl = || proptest::collection::vec(entry(), 0..3).prop_map(|e| json!(e));
    let folders = iam().prop_map(|p| json!([{ "name": "f/", "iam_policy": p }]));
    let objects = acl().prop_map(|a| json!([{ "key": "k", "acl": a }]));
    let parts = (
        state(bucket),
        state(iam()),
        state(acl()),
        state(acl()),
        state(folders),
        state(objects),
    );
    (parts, any::<bool>()).prop_map(|((bucket, iam, acl, default, folders, objects), complete)| {
        let mut settings =
            json!({ "objects_complete": complete, "organization_public_access_prevention": null });
        let named = [
            ("bucket", bucket),
            ("iam_policy", iam),
            ("acl", acl),
            ("default_object_acl", default),
            ("managed_folders", folders),
            ("objects", objects),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                settings[name] = value;
            }
        }
        settings
    })
}

fn binding() -> impl Strategy<Value = Value> {
    let roles = vec![
        "roles/storage.objectViewer",
        "roles/storage.legacyBucketReader",
        "projects/p/roles/x",
    ];
    let members = vec![
        "allUsers",
        "allAuthenticatedUsers",
        "user:a@example.com",
        "projectOwner:lake",
    ];
    (select(roles), select(members)).prop_map(|(role, member)| json!({ "role": role, "members": [member] }))
}

fn entry() -> impl Strategy<Value = Value> {
    let entities = vec![
        "allUsers",
        "allAuthenticatedUsers",
        "user-a@example.com",
        "project-owners-1",
    ];
    (select(entities), select(vec!["READER", "WRITER", "OWNER"]))
        .prop_map(|(e, r)| json!({ "entity": e, "role": r }))
}

fn gcs(settings: &Value) -> Exposure {
    judge(&facts(
        &json!({ "uri": "gs://lake", "account": "lake", "settings": settings }),
    ))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn another_statement_never_makes_it_better(settings in s3_settings(), mut added in statement()) {
        added["Effect"] = json!("Allow");
        prop_assume!(settings["policy"]["Statement"].is_array());
        // Under RestrictPublicBuckets a public statement cuts off the others.
        prop_assume!(!restricts(&settings) || !is_public(&added));
        let mut more = settings.clone();
        more["policy"]["Statement"].as_array_mut().unwrap().push(added);
        prop_assert!(s3(&more).verdict.rank() <= s3(&settings).verdict.rank());
    }

    #[test]
    fn another_acl_grant_never_makes_it_better(settings in s3_settings(), added in acl_grant()) {
        prop_assume!(settings["acl"]["Grants"].is_array());
        let mut more = settings.clone();
        more["acl"]["Grants"].as_array_mut().unwrap().push(added);
        prop_assert!(s3(&more).verdict.rank() <= s3(&settings).verdict.rank());
    }

    #[test]
    fn a_switch_turned_on_never_makes_it_worse(
        settings in s3_settings(),
        level in select(vec!["organization", "account", "bucket"]),
        switch in select(vec!["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]),
    ) {
        let name = format!("{level}_public_access_block");
        let mut blocked = settings.clone();
        if blocked[&name]["BlockPublicAcls"].is_boolean() {
            blocked[&name][switch] = json!(true);
        } else {
            blocked[&name] = json!({ switch: true });
        }
        prop_assert!(s3(&blocked).verdict.rank() >= s3(&settings).verdict.rank());
    }

    #[test]
    fn disabling_acls_never_makes_it_worse(settings in s3_settings()) {
        let mut enforced = settings.clone();
        enforced["object_ownership"] = json!("BucketOwnerEnforced");
        prop_assert!(s3(&enforced).verdict.rank() >= s3(&settings).verdict.rank());
    }

    #[test]
    fn the_order_of_statements_is_irrelevant(settings in s3_settings()) {
        prop_assume!(settings["policy"]["Statement"].is_array());
        let mut turned = settings.clone();
        turned["policy"]["Statement"].as_array_mut().unwrap().reverse();
        let (a, b) = (s3(&settings), s3(&turned));
        prop_assert_eq!((a.verdict, &a.undecided, &a.grants), (b.verdict, &b.undecided, &b.grants));
    }

    #[test]
    fn an_unknown_key_or_operator_never_makes_a_policy_private(
        operator in "[A-Za-z:]{1,24}", key in "[a-z0-9]{1,8}:[A-Za-z]{1,20}", value in "\\PC{0,20}",
    ) {
        let known = ["aws:", "s3:"].iter().any(|p| key.to_ascii_lowercase().starts_with(p));
        prop_assume!(!known || operator.len() < 4);
        let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::lake/*", "Condition": { operator: { key: value } } });
        let settings = json!({ "object_ownership": "BucketOwnerEnforced", "policy": { "Statement": [statement] } });
        prop_assert_eq!(s3(&settings).verdict, Verdict::PublicRead);
    }

    #[test]
    fn a_policy_that_is_not_understood_is_never_private(text in "[\\[\\]{}\":,A-Za-z0-9*/ ]{0,60}") {
        let policy: Value = serde_json::from_str(&text).unwrap_or(json!({ "Statement": text }));
        prop_assume!(policy.is_object() && policy["Statement"] != json!([]) && policy.get("error").is_none());
        let settings = json!({ "object_ownership": "BucketOwnerEnforced", "acl": null, "policy": policy });
        prop_assert_ne!(s3(&settings).verdict, Verdict::Private);
    }

    #[test]
    fn private_and_undecided_exclude_each_other(
        settings in s3_settings(), other in gcs_settings(), third in azure_settings(),
    ) {
        for got in [s3(&settings), gcs(&other), azure("lake", &third), azure("$web", &third)] {
            prop_assert!(got.verdict != Verdict::Private || got.undecided.is_none());
            prop_assert!(!got.verdict.is_open_question() || got.undecided.is_some());
        }
    }

    #[test]
    fn a_requester_who_pays_and_replication_never_hide_a_grant(settings in s3_settings(), account in "[0-9]{12}") {
        let before = s3(&settings);
        let mut pays = settings.clone();
        pays["request_payment"] = json!({ "Payer": "Requester" });
        let after = s3(&pays);
        // What anyone could do, every customer still can: not private, and not worse.
        prop_assert!(after.verdict.rank() >= before.verdict.rank());
        prop_assert!(!before.verdict.is_public() || after.verdict == Verdict::AnyAuthenticated);
        let mut copied = settings.clone();
        copied["replication"] = json!({ "Rules": [{ "Status": "Enabled", "Destination": { "Account": account } }] });
        prop_assert!(s3(&copied).verdict.rank() <= before.verdict.rank());
    }

    #[test]
    fn an_access_point_never_makes_it_better(settings in s3_settings(), statements in proptest::collection::vec(statement(), 0..3)) {
        let mut more = settings.clone();
        more["access_points"] = json!([{ "Name": "p", "NetworkOrigin": "Internet", "Policy": { "Statement": statements } }]);
        let mut none = settings.clone();
        none["access_points"] = Value::Null;
        prop_assert!(s3(&more).verdict.rank() <= s3(&none).verdict.rank());
    }

    #[test]
    fn closing_an_azure_account_never_makes_it_worse(settings in azure_settings(), web in any::<bool>(), how in 0..3) {
        prop_assume!(settings["account"]["networkAcls"].is_object());
        let container = if web { "$web" } else { "lake" };
        let mut closed = settings.clone();
        match how {
            0 => closed["account"]["allowBlobPublicAccess"] = json!(false),
            1 => closed["account"]["publicNetworkAccess"] = json!("Disabled"),
            _ => closed["account"]["networkAcls"] = json!({ "defaultAction": "Deny" }),
        }
        prop_assert!(azure(container, &closed).verdict.rank() >= azure(container, &settings).verdict.rank());
    }

    #[test]
    fn opening_an_azure_container_never_makes_it_better(settings in azure_settings()) {
        let mut open = settings.clone();
        open["container"] = json!({ "publicAccess": "Container" });
        open["access_control"] = json!({ "acl": "other::rwx" });
        prop_assert!(azure("lake", &open).verdict.rank() <= azure("lake", &settings).verdict.rank());
    }

    #[test]
    fn the_parts_of_a_store_are_never_worse_off_than_the_whole(settings in s3_settings(), key in "(p/)?[a-k]") {
        let store = facts(&json!({ "uri": "s3://lake", "account": OWNER, "settings": settings }));
        let whole = judge(&store);
        let Some(beside) = super::judge_beside(&store) else { return Ok(()) };
        prop_assert!(beside.verdict.rank() >= whole.verdict.rank());
        let own = super::narrowed(&whole, &beside, key.as_bytes()).unwrap_or_else(|| whole.clone());
        prop_assert!(own.verdict.rank() >= whole.verdict.rank());
        prop_assert!(own.verdict != Verdict::Private || own.undecided.is_none());
        // Without object grants in the way, it is what judging the object finds.
        if settings["objects"].as_array().is_none() {
            prop_assert_eq!(own.verdict, super::judge_object(&store, key.as_bytes()).verdict);
        }
    }

    #[test]
    fn an_object_is_never_worse_off_than_its_store(settings in s3_settings(), key in "(p/)?[a-k]") {
        let store = facts(&json!({ "uri": "s3://lake", "account": OWNER, "settings": settings }));
        let object = super::judge_object(&store, key.as_bytes());
        prop_assert!(object.verdict.rank() >= judge(&store).verdict.rank());
        prop_assert!(object.grants.iter().all(|g| g.scope.covers(key.as_bytes())), "{:?}",
            object.grants.iter().map(short).collect::<Vec<_>>());
    }

    #[test]
    fn another_binding_or_entry_never_makes_it_better(settings in gcs_settings(), b in binding(), e in entry()) {
        let before = gcs(&settings).verdict.rank();
        let mut more = settings.clone();
        if let Some(bindings) = more.pointer_mut("/iam_policy/bindings").and_then(Value::as_array_mut) {
            bindings.push(b);
        }
        if let Some(entries) = more.get_mut("acl").and_then(Value::as_array_mut) {
            entries.push(e);
        }
        prop_assert!(gcs(&more).verdict.rank() <= before);
    }

    #[test]
    fn prevention_and_uniform_access_never_make_it_worse(settings in gcs_settings(), uniform in any::<bool>()) {
        prop_assume!(settings["bucket"]["iamConfiguration"].is_object());
        let mut blocked = settings.clone();
        if uniform {
            blocked["bucket"]["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] = json!(true);
        } else {
            blocked["bucket"]["iamConfiguration"]["publicAccessPrevention"] = json!("enforced");
        }
        prop_assert!(gcs(&blocked).verdict.rank() >= gcs(&settings).verdict.rank());
    }
}
