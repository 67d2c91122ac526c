//! What an object is: by its content first, by its name where the content leaves a choice.

mod magic;
mod shape;

use super::archive::tar;
use super::charset::Charset;
use shape::Claim;
pub(super) use shape::Shape;

/// Bytes at the beginning that are looked at.
pub(super) const HEAD: usize = 64 << 10;

/// What bytes are, on the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing at all.
    Empty,
    /// Apache Parquet.
    Parquet,
    /// Encrypted; the word says what.
    Encrypted(&'static str),
    /// A gzip stream (RFC 1952).
    Gzip,
    /// A zstd stream (RFC 8878).
    Zstd,
    /// A bzip2 stream.
    Bzip2,
    /// An xz stream.
    Xz,
    /// A tar archive.
    Tar,
    /// A known format that is not decoded, or an unknown one.
    Unsupported(&'static str),
    /// A media type that holds no text.
    NoText(&'static str),
    /// Text in this character set.
    Text(Charset),
}

/// What an object called `name` is whose bytes begin with `head`; `whole` says that nothing follows.
pub(super) fn kind(name: &[u8], head: &[u8], whole: bool) -> Kind {
    match (by_content(head, whole), shape::claim(name)) {
        // A damaged head; the footer is what counts.
        (UNKNOWN, Claim::Parquet) => Kind::Parquet,
        (UNKNOWN, Claim::Text) => Charset::insist(head).map_or(UNKNOWN, Kind::Text),
        (kind, _) => kind,
    }
}

const UNKNOWN: Kind = Kind::Unsupported("unknown binary format");

fn by_content(head: &[u8], whole: bool) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    if let Some(kind) = magic::certain(head) {
        return kind;
    }
    if tar::begins(head) {
        return Kind::Tar;
    }
    let text = Charset::detect(head, whole);
    match (magic::likely(head), text) {
        (Some(kind), None) => kind,
        // A signature and nothing more is a file cut short, not a text.
        (Some(kind), Some(_)) if head.len() <= 8 && kind != Kind::NoText("image/bmp") => kind,
        (_, Some(charset)) => Kind::Text(charset),
        (None, None) => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &[u8], whole: bool) -> Kind {
        super::kind(b"x", head, whole)
    }

    #[test]
    fn a_name_decides_about_content_that_says_nothing() {
        let noise: Vec<u8> = (0u32..99)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(super::kind(b"a/b.parquet", &noise, true), Kind::Parquet);
        let noisy = b"a,\x05\x06b\nc,d e\x10\x12 f,g\nh i,\x00\x05j\n";
        assert!(matches!(super::kind(b"x.csv", noisy, true), Kind::Text(_)));
        assert_eq!(super::kind(b"x.bin", noisy, true), UNKNOWN);
    }

    #[test]
    fn signatures_decide() {
        assert_eq!(kind(b"\x1f\x8b\x08\0", true), Kind::Gzip);
        assert_eq!(kind(b"\x50\x2a\x4d\x18\0\0\0\0", true), Kind::Zstd);
        assert_eq!(kind(b"PAR1\x15\0\x15\x04\0\0\0\0\0\0", true), Kind::Parquet);
        assert_eq!(kind(b"PARE", true), Kind::Encrypted("parquet footer"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 ", true), Kind::NoText("image/webp"));
        assert_eq!(kind(b"\xff\xd8\xff\xe0", true), Kind::NoText("image/jpeg"));
        assert_eq!(kind(b"PK\x03\x04", true), Kind::Unsupported("zip archive"));
        assert_eq!(kind(b"", true), Kind::Empty);
    }

    #[test]
    fn a_text_that_begins_like_a_signature_is_a_text() {
        for text in [
            "ORCHIDS are flowers",
            "MZ is a code",
            "BMW and others",
            "PAR1 is a magic number",
        ] {
            assert!(matches!(kind(text.as_bytes(), true), Kind::Text(_)), "{text}");
        }
    }

    #[test]
    fn a_lone_signature_is_its_format() {
        assert_eq!(kind(b"PAR1PAR1", true), Kind::Parquet);
        assert_eq!(kind(b"ORC", true), Kind::Unsupported("orc file"));
    }

    #[test]
    fn unknown_binary_data_is_never_text() {
        let noise: Vec<u8> = (0u32..999)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(kind(&noise, true), Kind::Unsupported("unknown binary format"));
    }
}
