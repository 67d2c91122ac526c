//! Reading a facts file: line-precise errors, unknown keys with a suggestion, and no word of the content in either.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::config_items::{self, Item};
use super::shape::{self, Document};
use super::{
    AwsSettings, AzureSettings, Facts, GcpSettings, LocalSettings, Modes, ObjectAcl, Schema, Setting,
    Settings, StoreFacts,
};
use crate::model::id::{Provider, StoreUri};

/// What is wrong with a facts file, and where. Fits after "failed to read FILE: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct FactsError {
    /// 1-based.
    pub line: usize,
    /// 1-based, in bytes.
    pub column: usize,
    problem: String,
}

type Result<T> = std::result::Result<T, FactsError>;

/// Reads the whole document.
pub(super) fn facts(text: &str) -> Result<Facts> {
    let reader = Reader { text };
    let top: &RawValue = serde_json::from_str(text).map_err(|e| FactsError {
        line: e.line().max(1),
        column: e.column().max(1),
        problem: "not valid JSON".into(),
    })?;
    let mut top = reader.object(top)?;
    let schema = reader.schema(&mut top)?;
    let captured_at = reader.optional(&mut top, "captured_at", "a time as text")?;
    let stores = match top.take("stores") {
        Some(raw) => reader.stores(raw)?,
        None => return Err(reader.fail(top.at, "no `stores`")),
    };
    reader.finish(top)?;
    Ok(Facts {
        schema,
        captured_at,
        stores,
    })
}

/// The configuration items in a text; `None` where it is something else, a facts file or no JSON at all.
pub(super) fn items(text: &str) -> Option<Vec<Item>> {
    if ![
        "\"configurationItems\"",
        "\"baseConfigurationItems\"",
        "\"resourceType\"",
    ]
    .iter()
    .any(|name| text.contains(name))
    {
        return None;
    }
    let document: serde_json::Value = serde_json::from_str(text).ok()?;
    if document.get("schema").is_some() {
        return None;
    }
    config_items::items(&document)
}

/// The text, to tell where each raw value lies in it.
struct Reader<'a> {
    text: &'a str,
}

/// An object's entries, taken one by one.
struct Object<'a> {
    at: usize,
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    known: Vec<&'static str>,
}

impl<'a> Object<'a> {
    /// Takes the entry of this name out.
    fn take(&mut self, key: &'static str) -> Option<&'a RawValue> {
        self.known.push(key);
        let index = self.entries.iter().position(|(k, _)| k == key)?;
        Some(self.entries.swap_remove(index).1)
    }
}

impl<'a> Reader<'a> {
    /// Where in the text a value starts, in bytes.
    fn offset(&self, raw: &RawValue) -> usize {
        // Values that were unescaped from a string lie elsewhere in memory; none of ours do.
        (raw.get().as_ptr() as usize)
            .saturating_sub(self.text.as_ptr() as usize)
            .min(self.text.len())
    }

    /// An error at this byte.
    fn fail(&self, at: usize, problem: impl Into<String>) -> FactsError {
        let before = &self.text.as_bytes()[..at];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|&&b| b != b'\n').count();
        FactsError {
            line,
            column,
            problem: problem.into(),
        }
    }

    /// An error of serde_json's inside `raw`, at its own place.
    fn inside(&self, raw: &RawValue, error: &serde_json::Error, expected: &str) -> FactsError {
        let mut found = self.fail(self.offset(raw), format!("expected {expected}"));
        match error.line() {
            0 => {}
            1 => found.column += error.column().saturating_sub(1),
            n => (found.line, found.column) = (found.line + n - 1, error.column()),
        }
        found
    }

    fn object(&self, raw: &'a RawValue) -> Result<Object<'a>> {
        let at = self.offset(raw);
        let entries = serde_json::Deserializer::from_str(raw.get())
            .deserialize_map(Entries)
            .map_err(|_| self.fail(at, "expected an object"))?;
        let mut seen = std::collections::HashSet::new();
        match entries.iter().find(|(k, _)| !seen.insert(k.clone())) {
            Some((key, value)) => Err(self.fail(self.offset(value), format!("key `{key}` twice"))),
            None => Ok(Object {
                at,
                entries,
                known: Vec::new(),
            }),
        }
    }

    fn list(&self, raw: &'a RawValue) -> Result<Vec<&'a RawValue>> {
        serde_json::from_str(raw.get()).map_err(|_| self.fail(self.offset(raw), "expected a list"))
    }

    fn value<T: DeserializeOwned>(&self, raw: &'a RawValue, expected: &str) -> Result<T> {
        serde_json::from_str(raw.get()).map_err(|e| self.inside(raw, &e, expected))
    }

    /// An entry that may be left out or `null`.
    fn optional<T: DeserializeOwned>(
        &self,
        object: &mut Object<'a>,
        key: &'static str,
        expected: &str,
    ) -> Result<Option<T>> {
        object.take(key).map_or(Ok(None), |raw| self.value(raw, expected))
    }

    /// Refuses what is left over.
    fn finish(&self, object: Object<'a>) -> Result<()> {
        let left = object.entries.iter().min_by_key(|(_, raw)| self.offset(raw));
        let Some((key, raw)) = left else { return Ok(()) };
        let near = object.known.iter().map(|k| (strsim::jaro_winkler(key, k), k));
        let near = near
            .filter(|(score, _)| *score > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = near
            .map(|(_, k)| format!(" (did you mean `{k}`?)"))
            .unwrap_or_default();
        Err(self.fail(self.offset(raw), format!("unknown key `{key}`{hint}")))
    }

    fn schema(&self, top: &mut Object<'a>) -> Result<Schema> {
        const NAME: &str = "\"lakewarden.facts/1\"";
        match top.take("schema") {
            Some(raw) if raw.get() == NAME => Ok(Schema::V1),
            Some(raw) => Err(self.fail(self.offset(raw), format!("expected {NAME}"))),
            None => Err(self.fail(top.at, format!("no `schema`: expected {NAME}"))),
        }
    }

    /// Stores, each once: of two that differ, nobody could tell which one holds.
    fn stores(&self, raw: &'a RawValue) -> Result<Vec<StoreFacts>> {
        let (mut seen, mut stores) = (HashSet::new(), Vec::new());
        for raw in self.list(raw)? {
            let store = self.store(raw)?;
            if !seen.insert((store.uri.clone(), store.path.clone())) {
                return Err(self.fail(self.offset(raw), "a store that stands there already"));
            }
            stores.push(store);
        }
        Ok(stores)
    }

    fn store(&self, raw: &'a RawValue) -> Result<StoreFacts> {
        let mut object = self.object(raw)?;
        let Some(uri) = self.optional::<String>(&mut object, "uri", "an address as text")? else {
            return Err(self.fail(object.at, "a store without `uri`"));
        };
        let mut store = StoreFacts::new(StoreUri::new(&uri));
        store.provider = self.provider(&mut object, &store.uri)?;
        store.path = self.optional(&mut object, "path", "a folder as text")?;
        store.account = self.account(&mut object)?;
        store.region = self.optional(&mut object, "region", "a region as text")?;
        store.settings = match object.take("settings") {
            Some(raw) => self.settings(raw, store.provider)?,
            None => Settings::new(store.provider),
        };
        self.finish(object)?;
        Ok(store)
    }

    /// The provider that the store names, which must be its address's; that one where it names none.
    fn provider(&self, object: &mut Object<'a>, uri: &StoreUri) -> Result<Provider> {
        let (at, named) = match object.take("provider") {
            Some(raw) => (
                self.offset(raw),
                Some(self.value(raw, "aws, gcp, azure or local")?),
            ),
            None => (object.at, None),
        };
        match (named, uri.provider()) {
            (Some(named), Some(by_address)) if named != by_address => {
                Err(self.fail(at, "another provider than the one of the address"))
            }
            (named, by_address) => named.or(by_address).ok_or_else(|| {
                self.fail(
                    at,
                    "an address that starts with none of s3://, gs://, az:// and file://",
                )
            }),
        }
    }

    /// An account, which people also write as a number.
    fn account(&self, object: &mut Object<'a>) -> Result<Option<String>> {
        let Some(raw) = object.take("account") else {
            return Ok(None);
        };
        match raw.get() {
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(format!("{digits:0>12}"))),
            _ => self.value(raw, "an account as text"),
        }
    }

    fn settings(&self, raw: &'a RawValue, provider: Provider) -> Result<Settings> {
        let mut object = self.object(raw)?;
        let settings = match provider {
            Provider::Aws => Settings::Aws(Box::new(self.aws(&mut object)?)),
            Provider::Gcp => Settings::Gcp(Box::new(self.gcp(&mut object)?)),
            Provider::Azure => Settings::Azure(Box::new(self.azure(&mut object)?)),
            Provider::Local => Settings::Local(self.local(&mut object)?),
        };
        self.finish(object)?;
        Ok(settings)
    }

    fn aws(&self, o: &mut Object<'a>) -> Result<AwsSettings> {
        Ok(AwsSettings {
            organization_public_access_block: self.setting(o, "organization_public_access_block")?,
            account_public_access_block: self.setting(o, "account_public_access_block")?,
            bucket_public_access_block: self.setting(o, "bucket_public_access_block")?,
            object_ownership: self.setting(o, "object_ownership")?,
            acl: self.setting(o, "acl")?,
            policy: self.setting(o, "policy")?,
            policy_status: self.setting(o, "policy_status")?,
            website: self.setting(o, "website")?,
            access_points: self.setting(o, "access_points")?,
            multi_region_access_points: self.setting(o, "multi_region_access_points")?,
            replication: self.setting(o, "replication")?,
            request_payment: self.setting(o, "request_payment")?,
            encryption: self.setting(o, "encryption")?,
            versioning: self.setting(o, "versioning")?,
            logging: self.setting(o, "logging")?,
            objects: self.objects(o)?,
            objects_complete: self
                .optional(o, "objects_complete", "true or false")?
                .unwrap_or(false),
        })
    }

    fn gcp(&self, o: &mut Object<'a>) -> Result<GcpSettings> {
        Ok(GcpSettings {
            bucket: self.setting(o, "bucket")?,
            iam_policy: self.setting(o, "iam_policy")?,
            project_iam_policy: self.setting(o, "project_iam_policy")?,
            custom_roles: self.setting(o, "custom_roles")?,
            acl: self.setting(o, "acl")?,
            default_object_acl: self.setting(o, "default_object_acl")?,
            organization_public_access_prevention: self
                .setting(o, "organization_public_access_prevention")?,
            managed_folders: self.setting(o, "managed_folders")?,
            objects: self.objects(o)?,
            objects_complete: self
                .optional(o, "objects_complete", "true or false")?
                .unwrap_or(false),
        })
    }

    fn azure(&self, o: &mut Object<'a>) -> Result<AzureSettings> {
        Ok(AzureSettings {
            account: self.setting(o, "account")?,
            container: self.setting(o, "container")?,
            static_website: self.setting(o, "static_website")?,
            stored_access_policies: self.setting(o, "stored_access_policies")?,
            access_control: self.setting(o, "access_control")?,
        })
    }

    fn local(&self, o: &mut Object<'a>) -> Result<LocalSettings> {
        Ok(LocalSettings {
            modes: self.setting::<Modes>(o, "modes")?,
        })
    }

    fn setting<T: Document>(&self, object: &mut Object<'a>, key: &'static str) -> Result<Setting<T>> {
        let Some(raw) = object.take(key) else {
            return Ok(Setting::NotAsked);
        };
        self.state(raw, |raw| self.value(shape::unwrap(raw, T::WRAPPERS), T::NAME))
    }

    /// Tells `null`, a refusal and a document apart.
    fn state<T>(
        &self,
        raw: &'a RawValue,
        document: impl Fn(&'a RawValue) -> Result<T>,
    ) -> Result<Setting<T>> {
        if raw.get() == "null" {
            return Ok(Setting::NoneSet);
        }
        if let Ok(refusal) = serde_json::from_str::<Refusal>(raw.get()) {
            return Ok(Setting::Refused(refusal.error));
        }
        document(raw).map(Setting::Is)
    }

    fn objects<T: Document>(&self, object: &mut Object<'a>) -> Result<Setting<Vec<ObjectAcl<T>>>> {
        let Some(raw) = object.take("objects") else {
            return Ok(Setting::NotAsked);
        };
        self.state(raw, |raw| {
            self.list(raw)?.into_iter().map(|o| self.object_acl(o)).collect()
        })
    }

    fn object_acl<T: Document>(&self, raw: &'a RawValue) -> Result<ObjectAcl<T>> {
        let mut object = self.object(raw)?;
        let key = self.optional(&mut object, "key", "a key as text")?;
        let Some(key) = key.or(self.optional(&mut object, "name", "a key as text")?) else {
            return Err(self.fail(object.at, "an object without `key`"));
        };
        // An object listed without an ACL has none to tell of, as the clouds' listings do.
        let acl = self.setting(&mut object, "acl")?;
        self.finish(object)?;
        Ok(ObjectAcl { key, acl })
    }
}

impl Document for Modes {
    const NAME: &'static str = "counted mode bits";
}

/// `{"error":"CODE"}` and nothing else.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    error: String,
}

/// Collects an object's entries in order, repeats included.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
            entries.push((Cow::Owned(key), value));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    fn error(text: &str) -> String {
        Facts::parse(text).unwrap_err().to_string()
    }

    fn one(settings: &str) -> String {
        format!(r#"{{"schema":"lakewarden.facts/1","stores":[{{"uri":"s3://b","settings":{settings}}}]}}"#)
    }

    #[test]
    fn the_four_states_are_told_apart() {
        let text = one(r#"{"policy":null,"acl":{"error":"AccessDenied"},"policy_status":{"IsPublic":true}}"#);
        let facts = Facts::parse(&text).unwrap();
        let Settings::Aws(aws) = &facts.stores[0].settings else {
            panic!("not aws")
        };
        assert_eq!(aws.policy, Setting::NoneSet);
        assert_eq!(aws.acl, Setting::Refused("AccessDenied".into()));
        assert_eq!(aws.policy_status.get().map(|s| s.is_public), Some(true));
        assert!(aws.website.is_not_asked());
    }

    #[test]
    fn errors_name_the_line_and_suggest_the_key() {
        let text =
            "{\"schema\":\"lakewarden.facts/1\",\"stores\":[\n {\"uri\":\"s3://b\",\n  \"setings\":{}}]}";
        assert_eq!(
            error(text),
            "line 3, column 13: unknown key `setings` (did you mean `settings`?)"
        );
        assert_eq!(error("{\n \"schema\":1 x"), "line 2, column 13: not valid JSON");
        let twice = r#"{"schema":"lakewarden.facts/1","stores":[{"uri":"s3://b"},{"uri":"s3://b"}]}"#;
        assert_eq!(
            error(twice),
            "line 1, column 59: a store that stands there already"
        );
        let wrong = one("{\n\"policy_status\":\n{\"IsPublic\":\"secret\"}}");
        assert_eq!(
            error(&wrong),
            "line 3, column 20: expected a policy status with IsPublic"
        );
        assert!(error(&one(r#"{"bucket_policy":{}}"#)).contains("unknown key `bucket_policy`"));
    }

    #[test]
    fn a_repeated_key_and_a_foreign_provider_are_refused() {
        assert!(error(&one(r#"{"acl":null,"acl":null}"#)).contains("key `acl` twice"));
        let text = r#"{"schema":"lakewarden.facts/1","stores":[{"uri":"s3://b","provider":"gcp"}]}"#;
        assert!(error(text).contains("another provider"));
        assert!(error(r#"{"schema":"lakewarden.facts/2","stores":[]}"#).contains("expected \"lakewarden"));
    }

    #[test]
    fn accounts_may_be_numbers_and_objects_have_keys() {
        let text = r#"{"schema":"lakewarden.facts/1","stores":[{"uri":"s3://b","account":12345678901,
            "settings":{"objects":[{"key":"a","acl":{"Grants":[]}},{"key":"b","acl":{"error":"AccessDenied"}}]}}]}"#;
        let facts = Facts::parse(text).unwrap();
        assert_eq!(facts.stores[0].account.as_deref(), Some("012345678901"));
        let Settings::Aws(aws) = &facts.stores[0].settings else {
            panic!("not aws")
        };
        assert_eq!(aws.objects.get().map(Vec::len), Some(2));
        assert!(error(&one(r#"{"objects":[{"acl":null}]}"#)).contains("without `key`"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in "\\PC{0,200}") {
            let _ = Facts::parse(&text);
            let _ = Facts::parse(&one(&text));
        }
    }
}
