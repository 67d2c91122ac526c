//! Email addresses.

use memchr::{memchr, memmem};

use super::Verdict;

/// The longest local part and the longest domain, in bytes (RFC 5321 section 4.5.3.1).
const LOCAL: usize = 64;
const DOMAIN: usize = 253;

/// An email address: dot-separated local part of at most 64 bytes, domain of at most 253 with labels of 1–63 that
/// neither start nor end with a hyphen, and a last label of 2–24 letters (or in `xn--` form) that is no file or unit suffix.
///
/// Quoted local parts, comments and address literals are left out on purpose: in data they are far rarer than text
/// that merely looks like them. Source: RFC 5321 section 4.1.2, RFC 5322 section 3.4.1, RFC 1035 section
/// 2.3.1, RFC 6531 section 3.3.
pub(super) fn email(text: &[u8]) -> Verdict {
    let Some((local, domain)) = split(text) else {
        return Verdict::Invalid;
    };
    (local_part(local) && domain_name(domain) && !looks_like_a_file(last_label(domain))).into()
}

/// Holds (as a demotion) for an address that can reach no person: a reserved or private domain, or the user part of a
/// version-control address (`git@…`).
///
/// Source: RFC 2606, RFC 6761, RFC 6762.
pub(super) fn reserved(text: &[u8]) -> Verdict {
    let Some((local, domain)) = split(text) else {
        return Verdict::Invalid;
    };
    (local.eq_ignore_ascii_case(b"git") || reserved_domain(domain)).into()
}

/// Whether the domain is reserved for documentation, testing or private use.
fn reserved_domain(domain: &[u8]) -> bool {
    let mut labels = domain.rsplit(|&byte| byte == b'.');
    let (top, second) = (
        labels.next().unwrap_or_default(),
        labels.next().unwrap_or_default(),
    );
    match Lower::of(top).as_bytes() {
        b"com" | b"net" | b"org" => second.eq_ignore_ascii_case(b"example"),
        b"example" | b"test" | b"invalid" | b"localhost" => true,
        // Used inside private networks only.
        b"local" | b"localdomain" | b"internal" | b"intranet" | b"lan" | b"corp" | b"home" => true,
        _ => false,
    }
}

/// Whether the last label is no top-level domain but ends file names (`icon@2x.png`) or service units (`getty@tty1.service`).
fn looks_like_a_file(label: &[u8]) -> bool {
    matches!(
        Lower::of(label).as_bytes(),
        b"png"
            | b"jpg"
            | b"jpeg"
            | b"gif"
            | b"svg"
            | b"webp"
            | b"ico"
            | b"bmp"
            | b"css"
            | b"scss"
            | b"js"
            | b"mjs"
            | b"ts"
            | b"tsx"
            | b"jsx"
            | b"json"
            | b"html"
            | b"htm"
            | b"xml"
            | b"yaml"
            | b"yml"
            | b"txt"
            | b"log"
            | b"exe"
            | b"dll"
            | b"jar"
            | b"service"
            | b"socket"
            | b"target"
            | b"timer"
            | b"mount"
            | b"slice"
    )
}

/// A short label in lower case; empty for a longer one, which is none that is asked for.
struct Lower {
    bytes: [u8; 11],
    len: usize,
}

impl Lower {
    fn of(label: &[u8]) -> Self {
        let mut bytes = [0; 11];
        let len = if label.len() <= bytes.len() {
            label.len()
        } else {
            0
        };
        for (lower, byte) in bytes.iter_mut().zip(&label[..len]) {
            *lower = byte.to_ascii_lowercase();
        }
        Self { bytes, len }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The two sides of the only `@`, or of the only `%40` that stands for it in a URL.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let plain = memchr(b'@', text).map(|at| (at, 1));
    let escaped = || memmem::find(text, b"%40").map(|at| (at, 3));
    let (at, width) = plain.or_else(escaped)?;
    let (local, domain) = (&text[..at], &text[at + width..]);
    memchr(b'@', domain).is_none().then_some((local, domain))
}

/// What a byte may be part of, as bits.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let one = byte as u8;
        // The bytes of letters outside ASCII count as letters (RFC 6531).
        if one.is_ascii_alphabetic() || !one.is_ascii() {
            kinds[byte] = LETTER | LABEL | ATOM;
        } else if one.is_ascii_digit() || one == b'-' {
            kinds[byte] = LABEL | ATOM;
        }
        byte += 1;
    }
    let others = b"!#$%&'*+/=?^_`{|}~.";
    let mut index = 0;
    while index < others.len() {
        kinds[others[index] as usize] = ATOM;
        index += 1;
    }
    kinds
};
/// Of the local part.
const ATOM: u8 = 1;
/// Of a domain's label.
const LABEL: u8 = 2;
/// Of a word.
const LETTER: u8 = 4;

/// What all of the bytes may be part of.
fn kinds(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(u8::MAX, |all, byte| all & KINDS[usize::from(*byte)])
}

/// Whether the local part is a dot-atom.
fn local_part(local: &[u8]) -> bool {
    let dot = |byte: Option<&u8>| byte == Some(&b'.');
    let dots = local.windows(2).fold(false, |any, pair| any | (pair == b".."));
    (1..=LOCAL).contains(&local.len())
        && kinds(local) & ATOM != 0
        && !(dots || dot(local.first()) || dot(local.last()))
}

/// Whether the domain is a host name of at least two labels with an alphabetic last one.
fn domain_name(domain: &[u8]) -> bool {
    if domain.len() > DOMAIN {
        return false;
    }
    let mut rest = domain;
    while let Some(dot) = rest.iter().position(|&byte| byte == b'.') {
        if !is_label(&rest[..dot]) {
            return false;
        }
        rest = &rest[dot + 1..];
    }
    let word = || (2..=24).contains(&rest.len()) && kinds(rest) & LETTER != 0;
    rest.len() < domain.len() && is_label(rest) && (encoded(rest) || word())
}

fn is_label(label: &[u8]) -> bool {
    let hyphen = |byte: Option<&u8>| byte == Some(&b'-');
    (1..=63).contains(&label.len())
        && kinds(label) & LABEL != 0
        && !(hyphen(label.first()) || hyphen(label.last()))
}

/// Whether a label is an internationalised one in its ASCII form (RFC 5890).
fn encoded(label: &[u8]) -> bool {
    label
        .get(..4)
        .is_some_and(|head| head.eq_ignore_ascii_case(b"xn--"))
}

/// What stands after the last dot.
fn last_label(domain: &[u8]) -> &[u8] {
    domain.rsplit(|&byte| byte == b'.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_dots_and_labels_count() {
        for good in [
            "ana.silva+lists@mail.lumenbank.pt",
            "ana%40lumenbank.pt",
            "jörg@bücher.de",
            "a@b.xn--p1ai",
        ] {
            assert!(email(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "a..b@lumenbank.pt",
            ".a@lumenbank.pt",
            "a@-lumen.pt",
            "a@lumenbank",
            "a@lumenbank.p",
            "a@b@c.pt",
            "a@b-.pt",
            "a@b..pt",
            "a@b_c.pt",
            "a@b.c1",
            "a b@c.pt",
        ] {
            assert!(!email(bad.as_bytes()).is_valid(), "{bad}");
        }
        let long = format!("{}@lumenbank.pt", "a".repeat(65));
        assert!(!email(long.as_bytes()).is_valid());
    }

    #[test]
    fn file_names_with_a_scale_are_no_addresses() {
        assert!(!email(b"icon@2x.png").is_valid());
        assert!(!email(b"getty@tty1.service").is_valid());
    }

    #[test]
    fn reserved_names_are_known() {
        for name in [
            "a@example.com",
            "a@mail.example",
            "a@host.test",
            "a@pc.local",
            "git@codehost.io",
        ] {
            assert!(reserved(name.as_bytes()).is_valid(), "{name}");
        }
        assert!(!reserved(b"a@lumenbank.pt").is_valid());
        assert!(!reserved(b"a@lumenbank.localdomainname").is_valid());
        assert!(!reserved(b"a@notexample.com").is_valid());
    }
}
