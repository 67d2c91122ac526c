//! The four states of a setting, in memory and in JSON.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// What is known of one setting. In JSON: key absent, `null`, `{"error":"CODE"}`, or the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Setting<T> {
    /// Not asked (the key is absent).
    #[default]
    NotAsked,
    /// Asked, and none is set (`null`).
    NoneSet,
    /// Asked and refused, with the provider's code, never its message (`{"error":"AccessDenied"}`).
    Refused(String),
    /// Asked, and this is set.
    Is(T),
}

impl<T> Setting<T> {
    /// The document, where there is one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }

    /// The same state, its document changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        match self {
            Self::NotAsked => Setting::NotAsked,
            Self::NoneSet => Setting::NoneSet,
            Self::Refused(code) => Setting::Refused(code),
            Self::Is(value) => Setting::Is(change(value)),
        }
    }

    /// Whether it was asked and answered, be it with "none set".
    pub fn is_known(&self) -> bool {
        matches!(self, Self::NoneSet | Self::Is(_))
    }

    /// Whether it was never asked; such settings are not written.
    pub fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }
}

impl<T: Serialize> Serialize for Setting<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::NotAsked | Self::NoneSet => serializer.serialize_unit(),
            Self::Refused(code) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("error", code)?;
                map.end()
            }
            Self::Is(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_null() {
            return Ok(Self::NoneSet);
        }
        if let Some(code) = refusal(&value) {
            return Ok(Self::Refused(code.to_owned()));
        }
        // The message of the inner error may quote the document.
        T::deserialize(value)
            .map(Self::Is)
            .map_err(|_| D::Error::custom("not the setting's shape"))
    }
}

/// The code of `{"error":"CODE"}`, and of nothing else.
fn refusal(value: &Value) -> Option<&str> {
    let map = value.as_object().filter(|m| m.len() == 1)?;
    map.get("error")?.as_str()
}

impl<T: JsonSchema> JsonSchema for Setting<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Setting_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let document = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [
                { "type": "null", "description": "asked, none set" },
                {
                    "type": "object", "description": "refused",
                    "properties": { "error": { "type": "string" } },
                    "required": ["error"], "additionalProperties": false
                },
                document
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_own_form() {
        for (text, want) in [
            ("null", Setting::NoneSet),
            (
                r#"{"error":"AccessDenied"}"#,
                Setting::Refused("AccessDenied".into()),
            ),
            ("true", Setting::Is(true)),
        ] {
            let setting: Setting<bool> = serde_json::from_str(text).unwrap();
            assert_eq!(setting, want);
            assert_eq!(serde_json::to_string(&setting).unwrap(), text);
        }
    }

    #[test]
    fn a_wrong_document_is_an_error_that_does_not_quote_it() {
        let error = serde_json::from_str::<Setting<bool>>(r#""4111111111111111""#).unwrap_err();
        assert!(!error.to_string().contains("4111"), "{error}");
    }
}
