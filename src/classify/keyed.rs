//! Keyed hashes of values: equal values meet, and nobody without the key can tell which value it was.

use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher13;

use super::registry::Normalise;
use crate::model::id::hex;
use crate::model::redact::Secret;

/// The secret that makes hashes agree between runs and shards, and the two keys derived from it.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds keys")]
pub struct Keyed {
    sip: Secret<SipHasher13>,
    mac: Option<Secret<[u8; 32]>>,
    id: Option<String>,
}

impl Keyed {
    /// From the user's secret: hashes agree wherever the same secret is used, and fingerprints are made.
    pub fn from_secret(secret: &[u8]) -> Self {
        let sip = derive(secret, b"lakewarden sketch");
        Self {
            sip: Secret::new(SipHasher13::new_with_key(&first16(&sip))),
            mac: Some(Secret::new(derive(secret, b"lakewarden fingerprint"))),
            id: Some(hex(&derive(secret, b"lakewarden key id")[..8])),
        }
    }

    /// A key of this run alone; no fingerprints are made.
    ///
    /// # Errors
    ///
    /// The operating system gives no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut sip = [0; 16];
        getrandom::fill(&mut sip)?;
        Ok(Self {
            sip: Secret::new(SipHasher13::new_with_key(&sip)),
            mac: None,
            id: None,
        })
    }

    /// Names the secret without revealing it: which reports can be compared. `None` for a random key.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// A uniform 64-bit hash.
    pub fn hash(&self, value: &[u8]) -> u64 {
        self.sip.expose().hash(value)
    }

    /// The fingerprint (128 bits of HMAC-SHA-256, hex) of a value of one classifier; `None` without a user's secret.
    pub fn print(&self, classifier: &str, value: &[u8]) -> Option<String> {
        let key = self.mac.as_ref()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
        mac.update(classifier.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        Some(hex(&mac.finalize().into_bytes()[..16]))
    }
}

fn derive(secret: &[u8], label: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((label.len() as u64).to_le_bytes());
    hash.update(label);
    hash.update(secret);
    hash.finalize().into()
}

fn first16(bytes: &[u8; 32]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&bytes[..16]);
    out
}

/// Writes `value` into `out` in the form in which equal values have equal bytes.
pub(super) fn normalise(how: Normalise, value: &[u8], out: &mut Vec<u8>) {
    match how {
        Normalise::Digits => keep(value, out, u8::is_ascii_digit),
        Normalise::AlnumUpper => {
            keep(value, out, u8::is_ascii_alphanumeric);
            out.make_ascii_uppercase();
        }
        Normalise::Lower | Normalise::None => {
            out.clear();
            out.extend_from_slice(value);
            if how == Normalise::Lower {
                out.make_ascii_lowercase();
            }
        }
    }
}

/// A value as [`normalise`] writes it, kept for those who ask for the same.
#[derive(Default)]
pub(super) struct Normalised {
    of: Option<(Normalise, Range<usize>)>,
    bytes: Vec<u8>,
}

impl Normalised {
    /// Begins another text.
    pub(super) fn forget(&mut self) {
        self.of = None;
    }

    /// The value `text[at]`.
    pub(super) fn of(&mut self, how: Normalise, text: &[u8], at: Range<usize>) -> &[u8] {
        let of = Some((how, at.clone()));
        if self.of != of {
            normalise(how, &text[at], &mut self.bytes);
            self.of = of;
        }
        &self.bytes
    }
}

/// The bytes that are kept, one after the other; nothing branches on which these are.
fn keep(value: &[u8], out: &mut Vec<u8>, kept: impl Fn(&u8) -> bool) {
    out.resize(value.len(), 0);
    let mut len = 0;
    for byte in value {
        out[len] = *byte;
        len += usize::from(kept(byte));
    }
    out.truncate(len);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_secret_agrees_and_another_does_not() {
        let (a, b, c) = (
            Keyed::from_secret(b"k"),
            Keyed::from_secret(b"k"),
            Keyed::from_secret(b"l"),
        );
        assert_eq!(
            (a.hash(b"v"), a.print("x", b"v")),
            (b.hash(b"v"), b.print("x", b"v"))
        );
        assert_ne!(
            (a.hash(b"v"), a.print("x", b"v")),
            (c.hash(b"v"), c.print("x", b"v"))
        );
        assert_ne!(a.print("x", b"v"), a.print("y", b"v"));
    }

    #[test]
    fn the_derivations_never_change() {
        let keyed = Keyed::from_secret(b"golden");
        assert_eq!(format!("{:016x}", keyed.hash(b"value")), "414a63a8c5a5604b");
        assert_eq!(
            keyed.print("email", b"value").unwrap(),
            "ccf4a46b73adfe8fec3832d53d4058a0"
        );
        assert_eq!(keyed.id(), Some("0aa84c8548e605c7"));
    }

    #[test]
    fn a_random_key_makes_no_fingerprints() {
        let keyed = Keyed::random().unwrap();
        assert_eq!((keyed.print("x", b"v"), keyed.id()), (None, None));
    }

    #[test]
    fn ways_to_write_one_value_become_equal() {
        let of = |how, value: &str| {
            let mut out = Vec::new();
            normalise(how, value.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(of(Normalise::Digits, "4111-1111 1111"), "411111111111");
        assert_eq!(of(Normalise::AlnumUpper, "de12 34ab"), "DE1234AB");
        assert_eq!(of(Normalise::Lower, "A@B.Com"), "a@b.com");
        assert_eq!(of(Normalise::None, "A b"), "A b");
    }
}
