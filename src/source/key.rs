//! Keys in addresses: percent-encoding that gives back the same bytes, and the choice of the route that carries a key.

use object_store::path::Path;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// As [`SEGMENT`], with `/` kept.
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// The key as a path: `/` stays, everything but unreserved characters is percent-encoded.
pub(super) fn path(key: &[u8]) -> String {
    percent_encode(key, PATH).to_string()
}

/// The key as one path segment or query value: `/` is encoded too.
pub(super) fn segment(key: &[u8]) -> String {
    percent_encode(key, SEGMENT).to_string()
}

/// The bytes that a percent-encoded text stands for.
pub(super) fn decode(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

/// The bytes that a form-encoded text stands for, as S3 writes keys under `encoding-type=url`: `+` is a space.
pub(super) fn decode_form(text: &str) -> Vec<u8> {
    decode(&text.replace('+', "%20"))
}

/// The key as object_store addresses it, where that is certain to be the same object: text that its `Path` gives back
/// unchanged, without any character that an address library treats specially.
pub(super) fn ordinary(key: &[u8]) -> Option<Path> {
    let text = std::str::from_utf8(key).ok()?;
    if text.is_empty() || text.contains(|c: char| c.is_control() || "\\?#%{}|^`<>\"[]".contains(c)) {
        return None;
    }
    Path::parse(text).ok().filter(|path| path.as_ref() == text)
}

/// Whether an address's path still stands for a key: the decoded path ends with exactly its bytes.
pub(super) fn carried(path: &str, key: &[u8]) -> bool {
    decode(path).ends_with(key)
}

/// Whether a path has a segment (encoded or not) that URL libraries, proxies and some servers fold away.
pub(super) fn folds(path: &str) -> bool {
    path.split('/')
        .any(|segment| matches!(decode(segment).as_slice(), b"." | b".."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_keys_that_come_back_unchanged_are_ordinary() {
        for key in ["a", "a/b.csv", "year=2024/día.json", "a b+c&d"] {
            assert_eq!(
                ordinary(key.as_bytes()).map(|p| p.to_string()).as_deref(),
                Some(key)
            );
        }
        for key in [
            "", "/", "/a", "a/", "a//b", ".", "..", "x/../y", "./z", "a\nb", "a\u{1}b", "%2F", "a\\b", "a?b",
            "a#b",
        ] {
            assert!(ordinary(key.as_bytes()).is_none(), "{key:?}");
        }
        assert!(ordinary(&[0xff]).is_none());
    }

    #[test]
    fn s3_listings_write_a_space_as_plus() {
        assert_eq!(decode_form("a+b%2Bc%20d%0A"), b"a b+c d\n");
    }

    #[test]
    fn a_folded_address_no_longer_carries_its_key() {
        assert!(!carried("/b/y", b"x/../y"));
        assert!(carried("/b/x/../y", b"x/../y") && folds("/b/x/../y"));
        assert!(carried("/b/x%2F..%2Fy", b"x/../y") && !folds("/b/x%2F..%2Fy"));
        assert!(folds("/b/%2e%2E") && folds("/b/.") && !folds("/b/..."));
    }

    proptest! {
        #[test]
        fn any_key_survives_its_path(key in proptest::collection::vec(any::<u8>(), 0..200)) {
            let uri: http::Uri = format!("http://host/bucket/{}?x=1", path(&key)).parse().unwrap();
            prop_assert!(carried(uri.path(), &key));
            let uri: http::Uri = format!("http://host/bucket/{}", segment(&key)).parse().unwrap();
            prop_assert!(carried(uri.path(), &key));
        }

        #[test]
        fn dotted_keys_are_never_folded(parts in proptest::collection::vec("\\.{0,3}|[a-z]|%2e|%2F", 1..6)) {
            let key = parts.join("/");
            let address = format!("http://host/bucket/{}", path(key.as_bytes()));
            let uri: http::Uri = address.parse().unwrap();
            prop_assert_eq!(uri.to_string(), address);
            prop_assert!(carried(uri.path(), key.as_bytes()));
            if let Some(ordinary) = ordinary(key.as_bytes()) {
                prop_assert_eq!(ordinary.as_ref(), key);
            }
        }
    }
}
