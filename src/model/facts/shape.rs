//! The shapes that documents come in: with a wrapper or without, policies as string or object.

use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// A document that a cloud's API or command line returns.
pub trait Document: DeserializeOwned {
    /// Outer objects that some replies put around it.
    const WRAPPERS: &'static [&'static str] = &[];
    /// What it is called in errors.
    const NAME: &'static str;
}

/// Free documents, of which only presence or a field or two matters.
impl Document for Value {
    const WRAPPERS: &'static [&'static str] = &["ServerSideEncryptionConfiguration"];
    const NAME: &'static str = "a document";
}

/// A resource policy document, kept as it is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Policy(pub Value);

impl Document for Policy {
    const WRAPPERS: &'static [&'static str] = &["Policy"];
    const NAME: &'static str = "a policy document, as object or as string";
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        for _ in 0..3 {
            if let Value::String(text) = &value {
                value = serde_json::from_str(text).map_err(|_| D::Error::custom("not JSON inside"))?;
            }
            // Of a Multi-Region access point's two policies, the one that is in force.
            for wrapper in ["Policy", "Established"] {
                if let Some(inner) = value.get_mut(wrapper) {
                    value = inner.take();
                }
            }
        }
        if value.is_object() {
            Ok(Self(value))
        } else {
            Err(D::Error::custom("not a policy document"))
        }
    }
}

/// The document inside its wrappers, at most two deep; itself where it has none.
pub(super) fn unwrap<'a>(mut raw: &'a RawValue, wrappers: &[&str]) -> &'a RawValue {
    for _ in 0..2 {
        let Ok(map) = serde_json::from_str::<std::collections::BTreeMap<String, &'a RawValue>>(raw.get())
        else {
            break;
        };
        match wrappers.iter().find_map(|w| map.get(*w)) {
            Some(inner) if inner.get() != "null" => raw = inner,
            _ => break,
        }
    }
    raw
}

/// Reads a reply's JSON text as a document, wrapper or not; `None` where it is not that document.
pub fn document<T: Document>(text: &str) -> Option<T> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    serde_json::from_str(unwrap(raw, T::WRAPPERS).get()).ok()
}

/// A switch written as one of two words, in any case.
pub(super) fn word(text: &str, on: &str, off: &str) -> Option<bool> {
    let is = |w: &str| text.eq_ignore_ascii_case(w);
    if is(on) {
        Some(true)
    } else {
        is(off).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    #[test]
    fn wrapped_and_plain_documents_read_the_same() {
        for (plain, wrapped) in [
            (
                r#"{"IgnorePublicAcls":true}"#,
                r#"{"PublicAccessBlockConfiguration":{"IgnorePublicAcls":true}}"#,
            ),
            (r#"{"ignorePublicAcls":true}"#, r#"{"IgnorePublicAcls":true}"#),
        ] {
            assert_eq!(
                document::<PublicAccessBlock>(plain),
                document::<PublicAccessBlock>(wrapped)
            );
            assert!(document::<PublicAccessBlock>(plain).unwrap().ignore_public_acls);
        }
        for text in [
            r#""ObjectWriter""#,
            r#"{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}"#,
        ] {
            assert_eq!(
                document::<ObjectOwnership>(text),
                Some(ObjectOwnership::ObjectWriter)
            );
        }
        for text in [
            r#"{"Statement":[]}"#,
            r#""{\"Statement\":[]}""#,
            r#"{"Policy":"{\"Statement\":[]}"}"#,
            r#"{"Policy":{"Statement":[]}}"#,
        ] {
            assert_eq!(
                document::<Policy>(text),
                Some(Policy(serde_json::json!({"Statement": []}))),
                "{text}"
            );
        }
    }

    #[test]
    fn flat_and_nested_metadata_of_other_clouds_read_the_same() {
        for text in [
            r#"{"iamConfiguration":{"uniformBucketLevelAccess":{"enabled":true},"publicAccessPrevention":"enforced"}}"#,
            r#"{"uniform_bucket_level_access":true,"public_access_prevention":"Enforced"}"#,
        ] {
            let bucket = document::<GcsBucket>(text).unwrap();
            assert_eq!(bucket.uniform_access(), Some(true));
            assert_eq!(bucket.public_access_prevention().as_deref(), Some("enforced"));
        }
        for text in [
            "true",
            r#""enforced""#,
            r#"{"booleanPolicy":{"enforced":true}}"#,
            r#"{"spec":{"rules":[{"enforce":true}]}}"#,
        ] {
            assert_eq!(document::<Switch>(text), Some(Switch(true)), "{text}");
        }
        for text in [
            r#"{"publicAccess":"Blob"}"#,
            r#"{"properties":{"publicAccess":"Blob"}}"#,
        ] {
            assert_eq!(
                document::<AzureContainer>(text).unwrap().public_access.as_deref(),
                Some("Blob")
            );
        }
        let account =
            r#"{"properties":{"allowBlobPublicAccess":false,"networkAcls":{"defaultAction":"Deny"}}}"#;
        let account = document::<AzureAccount>(account).unwrap();
        assert_eq!(account.allow_blob_public_access, Some(false));
        assert_eq!(
            account.network_acls.unwrap().default_action.as_deref(),
            Some("Deny")
        );
        assert!(
            document::<StaticWebsite>(r#"{"staticWebsite":{"enabled":true}}"#)
                .unwrap()
                .enabled
        );
    }

    #[test]
    fn another_document_is_not_taken_for_the_asked_one() {
        assert_eq!(document::<Acl>(r#"{"Contents":[]}"#), None);
        assert_eq!(document::<PublicAccessBlock>(r#"{"Rules":[]}"#), None);
        assert_eq!(document::<PolicyStatus>("{}"), None);
        assert_eq!(document::<Policy>(r#""no""#), None);
        assert_eq!(document::<IamPolicy>(r#"{"binding":[]}"#), None);
        assert_eq!(
            document::<IamPolicy>(r#"{"etag":"CAE="}"#),
            Some(IamPolicy::default())
        );
        assert_eq!(document::<AzureContainer>(r#"{"publicAcces":"Blob"}"#), None);
        assert_eq!(
            document::<AzureContainer>(r#"{"publicAccess":null}"#),
            Some(AzureContainer::default())
        );
    }
}
