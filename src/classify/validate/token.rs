//! Credentials that carry their own proof: checksums, lengths, and structure inside their encoding.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::Verdict;
use super::secret::entropy;

/// An AWS access key id: a four-letter kind, then 16 symbols of base 32 (A–Z, 2–7) that are not all one.
///
/// Source: AWS Identity and Access Management User Guide, "IAM identifiers: unique ID prefixes".
pub(super) fn aws_access_key(text: &[u8]) -> Verdict {
    let Some((_, body)) = text.split_first_chunk::<4>() else {
        return Verdict::Invalid;
    };
    let base_32 = body.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    (body.len() == 16 && base_32 && distinct(body) > 4).into()
}

/// An AWS secret access key: 40 symbols of base 64 at the end of the match, of both cases and with digits, as all but one in
/// ten thousand random ones are; a hash in hexadecimal is none.
///
/// Source: AWS General Reference, "Understanding and getting your AWS credentials".
pub(super) fn aws_secret_key(text: &[u8]) -> Verdict {
    let Some((_, key)) = text.split_last_chunk::<40>() else {
        return Verdict::Invalid;
    };
    let has = |class: fn(&u8) -> bool| key.iter().any(class);
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    (mixed && entropy(key) >= 4.0).into()
}

/// A GitHub token: a prefix, and for `ghp_ gho_ ghu_ ghs_ ghr_` a body with its checksum. The layout of the check in
/// `github_pat_` tokens is not published; they need varied symbols.
///
/// Source: GitHub Engineering, "Behind GitHub's new authentication token formats", 2021.
pub(super) fn github_token(text: &[u8]) -> Verdict {
    if let Some(body) = text.strip_prefix(b"github_pat_") {
        return (body.len() == 82 && body[22] == b'_' && distinct(body) > 16).into();
    }
    let Some((head, body)) = text.split_first_chunk::<4>() else {
        return Verdict::Invalid;
    };
    let kind = head.starts_with(b"gh") && b"pousr".contains(&head[2]) && head[3] == b'_';
    (kind && carries_crc(body)).into()
}

/// An npm access token: `npm_` and a body with its checksum.
///
/// Source: GitHub, "Announcing npm's new access token format", 2021.
pub(super) fn npm_token(text: &[u8]) -> Verdict {
    text.strip_prefix(b"npm_").is_some_and(carries_crc).into()
}

/// Whether the last six symbols of a token's body are the CRC-32 of the rest in base 62, padded with zeros.
fn carries_crc(body: &[u8]) -> bool {
    let Some((entropy, check)) = body.split_last_chunk::<6>() else {
        return false;
    };
    entropy.len() >= 30 && digits_of::<6>(crc32fast::hash(entropy), BASE_62) == *check
}

/// A GitLab token: a prefix and a varied body. In a routable token (the body holds a dot) the last seven symbols are the
/// CRC-32 of all before them in base 36, and the two before those the length of the payload.
///
/// Source: GitLab handbook, "Routable tokens" (design document of Cells); GitLab documentation, "Token overview".
pub(super) fn gitlab_token(text: &[u8]) -> Verdict {
    let varied = distinct(text) > 8;
    if !text.contains(&b'.') {
        return varied.into();
    }
    let Some((signed, check)) = text.split_last_chunk::<7>() else {
        return Verdict::Invalid;
    };
    (varied && digits_of::<7>(crc32fast::hash(signed), BASE_36) == *check).into()
}

const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE_36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A number in the base of `symbols`, padded with zeros to `N` of them.
fn digits_of<const N: usize>(mut value: u32, symbols: &[u8]) -> [u8; N] {
    let mut digits = [b'0'; N];
    let base = symbols.len() as u32;
    for digit in digits.iter_mut().rev() {
        *digit = symbols[(value % base) as usize];
        value /= base;
    }
    digits
}

/// The key of an Azure storage account: 88 symbols of base 64 at the end of the match that decode to 64 bytes.
///
/// Source: Azure Storage documentation, "Manage storage account access keys".
pub(super) fn azure_storage_key(text: &[u8]) -> Verdict {
    let Some((_, key)) = text.split_last_chunk::<88>() else {
        return Verdict::Invalid;
    };
    let mut decoded = [0u8; 66];
    let length = STANDARD.decode_slice(key, &mut decoded);
    (length == Ok(64) && distinct(&decoded[..64]) > 24).into()
}

/// The credentials of HTTP's basic scheme: base 64 of printable text with a colon in it, at the end of the match.
///
/// Source: RFC 7617 section 2.
pub(super) fn http_basic(text: &[u8]) -> Verdict {
    let start = text
        .iter()
        .rposition(|byte| byte.is_ascii_whitespace() || *byte == b'"')
        .map_or(0, |at| at + 1);
    let mut decoded = [0u8; 512];
    let length = [STANDARD, STANDARD_NO_PAD]
        .iter()
        .find_map(|engine| engine.decode_slice(&text[start..], &mut decoded).ok());
    let pair = &decoded[..length.unwrap_or(0)];
    let colon = pair.iter().position(|byte| *byte == b':');
    let readable = std::str::from_utf8(pair).is_ok_and(|text| !text.chars().any(char::is_control));
    colon
        .is_some_and(|at| readable && pair[0] != b'{' && pair.len() - at > 3)
        .into()
}

/// The longest token header that is read, decoded.
const HEADER: usize = 1536;
/// The longest claims.
const CLAIMS: usize = 2304;

/// A JSON web token: three parts, the first the base64url form of a JSON object with a string member `alg`.
///
/// Source: RFC 7515 sections 3.1, 4.1.1 and 7.1; RFC 7519.
pub(super) fn jwt(text: &[u8]) -> Verdict {
    let mut parts = text.split(|&byte| byte == b'.');
    let (Some(header), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Verdict::Invalid;
    };
    (!payload.is_empty() && is_header(header)).into()
}

/// A JSON web token without its signature: a header as in [`jwt`], and claims that decode to one JSON object.
///
/// Source: RFC 7519 sections 4 and 7.
pub(super) fn jwt_claims(text: &[u8]) -> Verdict {
    let mut parts = text.split(|&byte| byte == b'.');
    let (Some(header), Some(claims), None) = (parts.next(), parts.next(), parts.next()) else {
        return Verdict::Invalid;
    };
    let mut decoded = [0u8; CLAIMS];
    let length = URL_SAFE_NO_PAD.decode_slice(claims, &mut decoded).unwrap_or(0);
    let claims = decoded[..length].trim_ascii();
    (claims.starts_with(b"{") && claims.ends_with(b"}") && is_header(header)).into()
}

/// Whether a part is the base64url form of a token's header.
fn is_header(part: &[u8]) -> bool {
    let mut decoded = [0u8; HEADER];
    let length = URL_SAFE_NO_PAD.decode_slice(part, &mut decoded);
    length.is_ok_and(|length| names_algorithm(&decoded[..length]))
}

/// Whether the bytes are one JSON object with a string member `alg` at its top level. Reads without allocating: strings
/// are skipped over, brackets counted, values otherwise not looked at.
fn names_algorithm(json: &[u8]) -> bool {
    let (mut depth, mut at, mut found) = (0usize, 0usize, false);
    if std::str::from_utf8(json).is_err() || json.first() != Some(&b'{') {
        return false;
    }
    while let Some(&byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let Some(end) = string_end(json, at) else {
                    return false;
                };
                found |= depth == 1 && &json[at..end] == b"alg" && string_follows(&json[end + 1..]);
                at = end + 1;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => match depth.checked_sub(1) {
                Some(0) => return found && json[at..].iter().all(u8::is_ascii_whitespace),
                Some(outer) => depth = outer,
                None => return false,
            },
            _ => {}
        }
    }
    false
}

/// The place of the quote that ends a JSON string whose first byte is at `at`.
fn string_end(json: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match json.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Whether a colon and the start of a string come next.
fn string_follows(json: &[u8]) -> bool {
    let Some(value) = json.trim_ascii_start().strip_prefix(b":") else {
        return false;
    };
    value.trim_ascii_start().first() == Some(&b'"')
}

/// How many different bytes there are.
fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value.iter().for_each(|&byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_and_npm_tokens_carry_their_checksum() {
        let body = b"R4nd0mB0dyOfThirtySymbolsXy12Z";
        let check = digits_of::<6>(crc32fast::hash(body), BASE_62);
        for (prefix, valid) in [
            ("ghp_", github_token as fn(&[u8]) -> Verdict),
            ("npm_", npm_token),
        ] {
            let token = [prefix.as_bytes(), body, &check].concat();
            assert!(valid(&token).is_valid());
            let mut wrong = token.clone();
            wrong[10] ^= 1;
            assert!(!valid(&wrong).is_valid());
            assert!(!valid(&token[..39]).is_valid());
        }
    }

    #[test]
    fn a_routable_gitlab_token_carries_its_checksum() {
        let signed = b"glpat-bzoxCnU6MWwKaW52ZW50ZWQtcmFuZG9tLTE2Yg.01.0t";
        let token = [
            signed.as_slice(),
            &digits_of::<7>(crc32fast::hash(signed), BASE_36),
        ]
        .concat();
        assert!(gitlab_token(&token).is_valid());
        let mut wrong = token.clone();
        wrong[9] ^= 1;
        assert!(!gitlab_token(&wrong).is_valid());
        assert!(gitlab_token(b"glpat-9Zq4fK2wLx7VtR0bYmC3").is_valid());
        assert!(!gitlab_token(b"glpat-xxxxxxxxxxxxxxxxxxxx").is_valid());
    }

    #[test]
    fn secret_keys_are_mixed_and_storage_keys_decode_to_64_bytes() {
        assert!(aws_secret_key(b"secret = q7Lk2mVx9TzWc4RbN8yHs6JfPd1GaE5uXo3Ki0Bv").is_valid());
        assert!(!aws_secret_key(b"secret = 9f8a7c6b5d4e3f2a1b0c9f8a7c6b5d4e3f2a1b0c").is_valid());
        let bytes: Vec<u8> = (0..64u8).map(|n| n.wrapping_mul(37)).collect();
        let key = STANDARD.encode(&bytes);
        assert!(azure_storage_key(format!("AccountKey={key}").as_bytes()).is_valid());
        assert!(!azure_storage_key(format!("AccountKey={}B==", &key[..85]).as_bytes()).is_valid());
    }

    #[test]
    fn basic_credentials_are_a_pair() {
        let header = |pair: &str| format!("Authorization: Basic {}", STANDARD.encode(pair));
        assert!(http_basic(header("harbour:k9#pLw").as_bytes()).is_valid());
        assert!(!http_basic(header("no pair at all").as_bytes()).is_valid());
        assert!(!http_basic(b"Authorization: Basic realm").is_valid());
    }

    #[test]
    fn access_keys_are_base_32() {
        assert!(aws_access_key(b"AKIAEACHEEIZSDDIH73R").is_valid());
        assert!(!aws_access_key(b"AKIAEACHEEIZSDDIH18R").is_valid());
        assert!(!aws_access_key(b"AKIAAAAAAAAAAAAAAAAA").is_valid());
    }

    #[test]
    fn a_web_token_names_its_algorithm() {
        let token = |header: &str| format!("{}.eyJhIjoxfQ.c2ln", URL_SAFE_NO_PAD.encode(header));
        for good in [
            r#"{"alg":"HS256","typ":"JWT"}"#,
            r#"{ "typ" : "JWT", "alg" : "none" }"#,
        ] {
            assert!(jwt(token(good).as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            r#"{"typ":"JWT"}"#,
            r#"{"x":{"alg":"HS256"}}"#,
            r#"{"alg":1}"#,
            r#"{"alg":"HS256""#,
            "[1]",
            "",
        ] {
            assert!(!jwt(token(bad).as_bytes()).is_valid(), "{bad}");
        }
        assert!(!jwt(b"eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ").is_valid());
        assert!(jwt_claims(b"eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ").is_valid());
        assert!(!jwt_claims(b"eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln").is_valid());
        assert!(!jwt_claims(b"eyJhbGciOiJIUzI1NiJ9.eyJhIjox").is_valid());
    }
}
