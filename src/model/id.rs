//! Who and what: providers, stores, keys and the stable ids of findings.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Amazon S3 and servers that speak its API.
    Aws,
    /// Google Cloud Storage.
    Gcp,
    /// Azure Blob Storage and Data Lake Storage.
    Azure,
    /// A folder or file of this machine.
    Local,
}

/// A store (bucket, container or folder) by its canonical address: `s3://bucket`, `gs://bucket`,
/// `az://account/container` or `file:///absolute/path`, never with a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StoreUri(Arc<str>);

impl StoreUri {
    /// Takes an address that is canonical already, less trailing slashes.
    pub fn new(uri: &str) -> Self {
        let trimmed = uri.trim_end_matches('/');
        // `file:///` is the root folder: its slashes are the address.
        Self(if trimmed.ends_with(':') {
            uri.into()
        } else {
            trimmed.into()
        })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The provider that the scheme names; an unknown scheme is `None`.
    pub fn provider(&self) -> Option<Provider> {
        match self.0.split_once("://")?.0 {
            "s3" => Some(Provider::Aws),
            "gs" => Some(Provider::Gcp),
            "az" => Some(Provider::Azure),
            "file" => Some(Provider::Local),
            _ => None,
        }
    }
}

impl fmt::Display for StoreUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An object's key: bytes, exactly as the store has them, ordered as bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<[u8]>);

impl Key {
    /// The key with these bytes.
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(bytes.as_ref().into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As text for a report: lossy where it is not UTF-8 (then [`Key::base64`] has the truth).
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The key that a report shows as this text, and in base64 where it is not UTF-8.
    pub fn from_text(text: &str, base64: Option<&str>) -> Self {
        let bytes = base64.and_then(|b| base64::engine::general_purpose::STANDARD.decode(b).ok());
        bytes.map_or_else(|| Self::new(text), Self::new)
    }

    /// The bytes in base64, where the key is not UTF-8.
    pub fn base64(&self) -> Option<String> {
        std::str::from_utf8(&self.0)
            .err()
            .map(|_| base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

/// A finding's identity: 80 bits of SHA-256 over where it is and what it is, in hex (20 characters). It holds no
/// time, version or score, so that it is the same in every sweep.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FindingId(String);

impl FindingId {
    /// The id of what `classifier` found in `column` of the table (`template`, with `member` inside archives).
    pub fn new(
        store: &StoreUri,
        template: &str,
        member: Option<&str>,
        column: &str,
        classifier: &str,
    ) -> Self {
        Self(digest80(&[
            store.as_str(),
            template,
            member.unwrap_or(""),
            column,
            classifier,
        ]))
    }

    /// The 20 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A table's identity: 80 bits of SHA-256 over store, template, member template, format and schema fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TableId(String);

impl TableId {
    /// The id of the table with these traits.
    pub fn new(store: &StoreUri, template: &str, member: Option<&str>, format: &str, schema: &str) -> Self {
        Self(digest80(&[
            store.as_str(),
            template,
            member.unwrap_or(""),
            format,
            schema,
        ]))
    }

    /// The 20 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The first 80 bits of SHA-256 over the parts, each preceded by its length so that no two lists collide.
fn digest80(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..10])
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
            out.push(char::from_digit(u32::from(b >> 4), 16).unwrap_or('0'));
            out.push(char::from_digit(u32::from(b & 15), 16).unwrap_or('0'));
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding_ids_never_change() {
        let id = FindingId::new(&StoreUri::new("s3://b/"), "t/*.csv", None, "email", "email");
        assert_eq!(id.as_str(), "ad3f7cb4bbdd7cc5688e");
        let id = TableId::new(
            &StoreUri::new("s3://b"),
            "t/*.csv",
            Some("m/*"),
            "csv",
            "a:string",
        );
        assert_eq!(id.as_str(), "0076fb947038880f17a3");
    }

    #[test]
    fn a_border_between_parts_is_part_of_the_id() {
        let s = StoreUri::new("s3://b");
        assert_ne!(
            FindingId::new(&s, "ab", None, "c", "x"),
            FindingId::new(&s, "a", None, "bc", "x")
        );
    }

    #[test]
    fn store_addresses_have_no_trailing_slash_but_the_root_keeps_its_own() {
        assert_eq!(StoreUri::new("gs://b/").as_str(), "gs://b");
        assert_eq!(StoreUri::new("file:///").as_str(), "file:///");
        assert_eq!(StoreUri::new("az://a/c").provider(), Some(Provider::Azure));
    }

    #[test]
    fn keys_that_are_not_text_carry_base64() {
        assert_eq!(Key::new(b"a//b").base64(), None);
        assert_eq!(Key::new([0xff, 0x61]).base64().as_deref(), Some("/2E="));
    }
}
