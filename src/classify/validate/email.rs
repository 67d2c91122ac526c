//! Email addresses.

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

/// Top-level names that are reserved, or used only inside private networks.
const PRIVATE_TOP: [&[u8]; 11] = [
    b"example",
    b"test",
    b"invalid",
    b"localhost",
    b"local",
    b"localdomain",
    b"internal",
    b"intranet",
    b"lan",
    b"corp",
    b"home",
];

/// Whether the domain is reserved for documentation, testing or private use.
fn reserved_domain(domain: &[u8]) -> bool {
    let mut labels = domain.rsplit(|&byte| byte == b'.');
    let (top, second) = (
        labels.next().unwrap_or_default(),
        labels.next().unwrap_or_default(),
    );
    let documentation = second.eq_ignore_ascii_case(b"example")
        && [&b"com"[..], b"net", b"org"]
            .iter()
            .any(|name| top.eq_ignore_ascii_case(name));
    documentation || PRIVATE_TOP.iter().any(|name| top.eq_ignore_ascii_case(name))
}

/// Last labels that are no top-level domain and end file names (`icon@2x.png`) or service units (`getty@tty1.service`).
const FILE_SUFFIXES: [&[u8]; 32] = [
    b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"ico", b"bmp", b"css", b"scss", b"js", b"mjs", b"ts",
    b"tsx", b"jsx", b"json", b"html", b"htm", b"xml", b"yaml", b"yml", b"txt", b"log", b"exe", b"dll",
    b"jar", b"service", b"socket", b"target", b"timer", b"mount", b"slice",
];

/// Whether the last label is a file or unit suffix rather than a top-level domain.
fn looks_like_a_file(label: &[u8]) -> bool {
    FILE_SUFFIXES
        .iter()
        .any(|suffix| label.eq_ignore_ascii_case(suffix))
}

/// The two sides of the only `@`, or of the only `%40` that stands for it in a URL.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let plain = text.iter().position(|&byte| byte == b'@').map(|at| (at, 1));
    let escaped = || {
        text.windows(3)
            .position(|three| three == b"%40")
            .map(|at| (at, 3))
    };
    let (at, width) = plain.or_else(escaped)?;
    let (local, domain) = (&text[..at], &text[at + width..]);
    (!domain.contains(&b'@')).then_some((local, domain))
}

/// Whether the local part is a dot-atom.
fn local_part(local: &[u8]) -> bool {
    let atom =
        |byte: &u8| is_letter(*byte) || byte.is_ascii_digit() || b"!#$%&'*+-/=?^_`{|}~.".contains(byte);
    let dots =
        local.first() == Some(&b'.') || local.last() == Some(&b'.') || local.windows(2).any(|p| p == b"..");
    (1..=LOCAL).contains(&local.len()) && !dots && local.iter().all(atom)
}

/// Whether the domain is a host name of at least two labels with an alphabetic last one.
fn domain_name(domain: &[u8]) -> bool {
    let label = |label: &[u8]| {
        let inner = label
            .iter()
            .all(|byte| is_letter(*byte) || byte.is_ascii_digit() || *byte == b'-');
        (1..=63).contains(&label.len())
            && inner
            && label.first() != Some(&b'-')
            && label.last() != Some(&b'-')
    };
    let top = last_label(domain);
    domain.len() <= DOMAIN
        && domain.contains(&b'.')
        && domain.split(|&byte| byte == b'.').all(label)
        && (encoded(top) || ((2..=24).contains(&top.len()) && top.iter().all(|byte| is_letter(*byte))))
}

/// ASCII letters, and the bytes of letters outside ASCII (RFC 6531).
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || !byte.is_ascii()
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
        assert!(!reserved(b"a@notexample.com").is_valid());
    }
}
