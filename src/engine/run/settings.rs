//! Settings that stand beside a verdict: encryption, versions, logs.

use serde_json::Value;

use crate::model::facts::{Setting, Settings, StoreFacts};
use crate::model::report::{self, Encryption, Versioning};

/// The settings of a store in every cloud's common terms; what was not asked or was refused is absent.
pub(super) fn of(facts: &StoreFacts) -> report::Settings {
    match &facts.settings {
        Settings::Aws(aws) => report::Settings {
            encryption: known(&aws.encryption).map(|rules| match rules {
                Some(rules) if text(rules).contains("aws:kms") => Encryption::CustomerKey,
                Some(_) => Encryption::ProviderKey,
                None => Encryption::None,
            }),
            versioning: known(&aws.versioning).map(|v| versioning(v.and_then(|v| v.get("Status")))),
            logging: known(&aws.logging)
                .map(|logging| logging.is_some_and(|l| text(l).contains("TargetBucket"))),
            website: known(&aws.website).map(|website| website.is_some()),
        },
        _ => report::Settings::default(),
    }
}

/// `None` where nothing is known; `Some(None)` where none is set.
fn known<T>(setting: &Setting<T>) -> Option<Option<&T>> {
    match setting {
        Setting::Is(value) => Some(Some(value)),
        Setting::NoneSet => Some(None),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    value.to_string()
}

fn versioning(status: Option<&Value>) -> Versioning {
    match status.and_then(Value::as_str) {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        _ => Versioning::Disabled,
    }
}
