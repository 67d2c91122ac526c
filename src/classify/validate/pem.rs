//! Private keys in text armour, read as far as tells a key from a mention of one.

use super::Verdict;

/// Base64 symbols that must follow the opening line: the version and first integers of the smallest key.
const LEAST_BODY: usize = 40;

/// The opening line of a private key's armour, with or without what follows.
///
/// Source: RFC 7468 (PEM text encodings), RFC 9580 section 6.2 (OpenPGP armour).
pub(super) fn private_key_line(text: &[u8]) -> Verdict {
    opened(text).is_some().into()
}

/// A private key in armour: the opening line, then a body that begins as keys do, and, where a closing line follows, of the
/// same label. Lines may be broken in any way, also by `\n` written out, by quotes and by plus signs.
///
/// Bodies begin with a DER sequence (`M` in base64: RFC 8017, RFC 5915, RFC 5958), the OpenSSH magic (PROTOCOL.key), an OpenPGP
/// secret key packet (tag 5: `l` or `x`), or the headers of an encrypted PEM file (RFC 1421).
pub(super) fn private_key(text: &[u8]) -> Verdict {
    let Some((label, rest)) = opened(text) else {
        return Verdict::Invalid;
    };
    let end = b"-----END ";
    let closing = rest.windows(end.len()).position(|window| window == end);
    let ends_alike = closing
        .is_none_or(|at| until_dashes(&rest[at + end.len()..]).is_some_and(|(closing, _)| closing == label));
    (ends_alike && begins_as_key(&rest[..closing.unwrap_or(rest.len())])).into()
}

/// The label of an opening line that names a private key, and what follows the line.
fn opened(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (label, rest) = text.strip_prefix(b"-----BEGIN ").and_then(until_dashes)?;
    (label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK")).then_some((label, rest))
}

/// What stands before and after the next five dashes.
fn until_dashes(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.windows(5).position(|window| window == b"-----")?;
    Some((&text[..at], &text[at + 5..]))
}

/// Whether what follows an opening line is long enough and begins as a key.
fn begins_as_key(body: &[u8]) -> bool {
    let symbols = body
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if symbols.count() < LEAST_BODY {
        return false;
    }
    let body = skip_breaks(body);
    let armour_headers: [&[u8]; 6] = [
        b"Proc-Type",
        b"Version",
        b"Comment",
        b"Hash",
        b"Charset",
        b"DEK-Info",
    ];
    matches!(body.first(), Some(b'M' | b'l' | b'x'))
        || body.starts_with(b"b3BlbnNzaC1rZXkt")
        || armour_headers.iter().any(|header| body.starts_with(header))
}

/// Past the breaks between lines: white space, and `\n` and `\r` written out, quotes and what joins strings in source code.
fn skip_breaks(mut body: &[u8]) -> &[u8] {
    loop {
        body = match body {
            [b'\\', b'n' | b'r' | b't' | b'\\' | b'"', rest @ ..] => rest,
            [
                b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'+' | b',' | b'.' | b'(' | b')' | b'\\',
                rest @ ..,
            ] => rest,
            _ => return body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEA";

    fn key(label: &str, body: &str, end: &str) -> Verdict {
        private_key(format!("-----BEGIN {label}-----{body}{end}").as_bytes())
    }

    #[test]
    fn a_key_has_a_body_that_begins_as_one() {
        let label = "PRIVATE KEY";
        for body in [
            format!("\n{BODY}"),
            format!("\\n{BODY}\\n"),
            format!("\" +\n  \"{BODY}"),
        ] {
            assert!(key(label, &body, "").is_valid(), "{body}");
        }
        let encrypted = format!("\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F1E\n\n{BODY}");
        assert!(key("RSA PRIVATE KEY", &encrypted, "").is_valid());
        for body in [
            "",
            "\nMIIB...",
            "\nhere goes the key of your own server, in base64 and in lines of 64",
        ] {
            assert!(!key(label, body, "").is_valid(), "{body}");
        }
        assert!(private_key_line(b"-----BEGIN EC PRIVATE KEY-----").is_valid());
        assert!(!private_key_line(b"-----BEGIN PUBLIC KEY-----").is_valid());
    }

    #[test]
    fn a_key_closes_with_its_own_label() {
        let body = format!("\n{BODY}\n");
        assert!(key("PRIVATE KEY", &body, "-----END PRIVATE KEY-----").is_valid());
        assert!(!key("PRIVATE KEY", &body, "-----END CERTIFICATE-----").is_valid());
    }
}
