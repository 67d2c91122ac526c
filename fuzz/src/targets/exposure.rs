//! What must hold when any bytes are judged: a verdict or a clear error, no panic, and never `private` for what was not
//! understood.

use lakewarden::exposure::{judge, judge_beside, judge_object, narrowed};
use lakewarden::model::exposure::Verdict;
use lakewarden::model::facts::{Facts, StoreFacts};
use serde_json::{Value, json};

/// Runs every check on these bytes.
pub(super) fn all(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    facts(&text);
    policy(&text);
}

/// The bytes as a facts file or as AWS Config's items.
fn facts(text: &str) {
    match Facts::parse(text) {
        Ok(facts) => facts.stores.iter().for_each(consistent),
        Err(error) => assert!(error.line > 0),
    }
}

/// The verdict of a store agrees with what it says is undecided, and its objects are no worse off.
fn consistent(store: &StoreFacts) {
    let whole = judge(store);
    assert!(whole.verdict != Verdict::Private || whole.undecided.is_none());
    assert!(!whole.verdict.is_open_question() || whole.undecided.is_some());
    for key in [&b"a/b.csv"[..], b""] {
        let own = judge_object(store, key);
        assert!(own.verdict.rank() >= whole.verdict.rank());
    }
    if let Some(beside) = judge_beside(store) {
        narrowed(&whole, &beside, b"a/b.csv");
    }
}

/// The bytes as the policy of a bucket that grants nothing otherwise, and as its access point's.
fn policy(text: &str) {
    let settings = json!({
        "object_ownership": "BucketOwnerEnforced", "acl": null, "policy": text, "access_points": null,
        "multi_region_access_points": null,
    });
    let Some(store) = store(&settings) else { return };
    consistent(&store);
    if judge(&store).verdict == Verdict::Private {
        let document: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        assert!(may_be_private(&unwrapped(document)), "called private");
    }
    let points = json!([{ "Name": "p", "Policy": text }]);
    let delegated = json!({ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": { "StringEquals": { "s3:DataAccessPointAccount": "123456789012" } } }] });
    let settings = json!({ "object_ownership": "BucketOwnerEnforced", "acl": null, "policy": delegated,
        "access_points": points, "multi_region_access_points": null });
    if let Some(store) = self::store(&settings) {
        consistent(&store);
    }
}

fn store(settings: &Value) -> Option<StoreFacts> {
    let store = json!({ "uri": "s3://lake", "account": "123456789012", "settings": settings });
    let file = json!({ "schema": "lakewarden.facts/1", "stores": [store] });
    Some(Facts::parse(&file.to_string()).ok()?.stores.remove(0))
}

/// The policy inside the wrappers that replies put around it.
fn unwrapped(mut document: Value) -> Value {
    for _ in 0..3 {
        if let Value::String(text) = &document {
            document = serde_json::from_str(text).unwrap_or(Value::Null);
        }
        for wrapper in ["Policy", "Established"] {
            if let Some(inner) = document.get_mut(wrapper) {
                document = inner.take();
            }
        }
    }
    document
}

/// A coarse second opinion: whether a policy has nothing in it that must be taken for a grant to strangers. It knows no
/// condition and no account, so that it can only say what cannot be private.
fn may_be_private(document: &Value) -> bool {
    let get = |value: &Value, name: &str| -> Option<Value> {
        let map = value.as_object()?;
        let exact = map.get(name);
        exact
            .or_else(|| {
                map.iter()
                    .find(|(k, _)| k.eq_ignore_ascii_case(name))
                    .map(|(_, v)| v)
            })
            .cloned()
    };
    let Some(statements) = get(document, "Statement") else {
        return false;
    };
    let statements = match statements {
        Value::Array(list) => list,
        one => vec![one],
    };
    let denies = statements.iter().any(|s| get(s, "Effect") == Some(json!("Deny")));
    statements.iter().all(|statement| {
        let limited =
            get(statement, "Condition").is_some_and(|c| c.as_object().is_some_and(|m| !m.is_empty()));
        let named = get(statement, "Principal").is_some_and(|p| p.as_object().is_some_and(|m| !m.is_empty()));
        statement.is_object() && (denies || limited || named)
    })
}
