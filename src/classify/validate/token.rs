//! Credentials: keys and tokens that carry their own proof, and values that a name calls secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Verdict;

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

/// Holds (as a demotion) for a value that says itself that it is an example.
pub(super) fn example(text: &[u8]) -> Verdict {
    contains(text, b"example").into()
}

/// A GitHub token: a prefix, and for `ghp_ gho_ ghu_ ghs_ ghr_` a body whose last six symbols are the CRC-32 of the rest in
/// base 62, padded with zeros. The layout of the check in `github_pat_` tokens is not published; they need varied symbols.
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
    let Some((entropy, check)) = body.split_last_chunk::<6>() else {
        return Verdict::Invalid;
    };
    (kind && entropy.len() >= 30 && base_62(crc32fast::hash(entropy)) == *check).into()
}

/// Six symbols of base 62, digits before upper before lower case.
fn base_62(mut value: u32) -> [u8; 6] {
    const SYMBOLS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut symbols = [b'0'; 6];
    for symbol in symbols.iter_mut().rev() {
        *symbol = SYMBOLS[(value % 62) as usize];
        value /= 62;
    }
    symbols
}

/// A private key in armour: a `BEGIN … PRIVATE KEY` line, and an `END` line of the same label where one follows.
///
/// Source: RFC 7468 (PEM text encodings), RFC 9580 section 6.2 (OpenPGP armour).
pub(super) fn private_key(text: &[u8]) -> Verdict {
    let Some((label, rest)) = text.strip_prefix(b"-----BEGIN ").and_then(until_dashes) else {
        return Verdict::Invalid;
    };
    let private = label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK");
    let end = b"-----END ";
    let ends_alike = match rest.windows(end.len()).position(|window| window == end) {
        Some(at) => until_dashes(&rest[at + end.len()..]).is_some_and(|(closing, _)| closing == label),
        None => true,
    };
    (private && ends_alike).into()
}

/// What stands before and after the next five dashes.
fn until_dashes(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.windows(5).position(|window| window == b"-----")?;
    Some((&text[..at], &text[at + 5..]))
}

/// The longest token header that is read, decoded.
const HEADER: usize = 1536;

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
    let mut decoded = [0u8; HEADER];
    let Ok(length) = URL_SAFE_NO_PAD.decode_slice(header, &mut decoded) else {
        return Verdict::Invalid;
    };
    (!payload.is_empty() && names_algorithm(&decoded[..length])).into()
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

/// Words that mark a value as no secret: samples, blanks, types, and references to where the secret is.
const NOT_SECRET: [&[u8]; 30] = [
    b"example",
    b"sample",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"change-me",
    b"your",
    b"dummy",
    b"redacted",
    b"insert",
    b"replace",
    b"xxxx",
    b"****",
    b"....",
    b"1234567",
    b"abcdef",
    b"foobar",
    b"null",
    b"none",
    b"undefined",
    b"true",
    b"false",
    b"password",
    b"secret",
    b"getenv",
    b"environ",
    b"process.env",
    b"config.",
    b"settings.",
    b"vault:",
];

/// A value that a name calls secret: what follows the last assignment sign is 8 to 128 bytes, holds digits and letters (or
/// upper and lower case with signs), is varied enough to be random, and is neither a placeholder nor a reference.
///
/// There is no issuer's rule; the measure is Shannon's entropy over the value's bytes, which for a random value of `n`
/// distinct symbols approaches log2(n).
pub(super) fn generic_secret(text: &[u8]) -> Verdict {
    let value = assigned(text);
    let plausible = (8..=128).contains(&value.len()) && varied(value) && looks_random(value);
    (plausible && !NOT_SECRET.iter().any(|word| contains(value, word)) && !is_reference(value)).into()
}

/// What stands after the name and its assignment sign (`=`, `:`, `:=`, `=>` or only a quote), without the opening quote.
fn assigned(text: &[u8]) -> &[u8] {
    let Some(sign) = text.iter().position(|byte| b"=:\"'`".contains(byte)) else {
        return &[];
    };
    let value = &text[sign..];
    let skipped = value.iter().take_while(|byte| b"=:> \t\"'`]\\".contains(byte));
    &value[skipped.count()..]
}

/// Whether letters and digits are mixed, or cases and signs.
fn varied(value: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| u32::from(value.iter().any(class));
    let digits = has(u8::is_ascii_digit);
    let letters = has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase);
    let signs = has(u8::is_ascii_punctuation);
    letters >= 1 && digits + letters + signs >= 2 && (digits == 1 || letters + signs == 3)
}

/// Whether the value's bytes are as evenly spread as those of a random value: at least 2.75 bits a byte, 3.2 from 20 bytes.
fn looks_random(value: &[u8]) -> bool {
    entropy(value) >= if value.len() < 20 { 2.75 } else { 3.2 }
}

/// Shannon's entropy in bits a byte.
fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u16; 256];
    value.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    let total = value.len() as f32;
    let share = |count: u16| f32::from(count) / total;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| -share(count) * share(count).log2())
        .sum()
}

/// Whether the value is a name rather than a value: words joined by dots, slashes or underscores without long digit runs, or
/// a class and what follows its `@`.
fn is_reference(value: &[u8]) -> bool {
    let word = |part: &[u8]| {
        let letters = part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        part.len() - letters <= 2 && part[letters..].iter().all(u8::is_ascii_digit)
    };
    let joins = |byte: &u8| matches!(byte, b'.' | b'/' | b'_' | b'-');
    let object = value
        .rsplit(|byte| *byte == b'@')
        .nth(1)
        .is_some_and(|class| class.contains(&b'.'));
    value.iter().any(joins) && (object || value.split(joins).all(word))
}

/// How many different bytes there are.
fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value.iter().for_each(|&byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

/// Whether `needle` (lower case) occurs, whatever the case.
fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_tokens_carry_their_checksum() {
        let body = b"R4nd0mB0dyOfThirtySymbolsXy12Z";
        let token = [b"ghp_".as_slice(), body, &base_62(crc32fast::hash(body))].concat();
        assert!(github_token(&token).is_valid());
        let mut wrong = token.clone();
        wrong[10] ^= 1;
        assert!(!github_token(&wrong).is_valid());
        assert!(!github_token(&token[..39]).is_valid());
    }

    #[test]
    fn access_keys_are_base_32() {
        assert!(aws_access_key(b"AKIAEACHEEIZSDDIH73R").is_valid());
        assert!(!aws_access_key(b"AKIAEACHEEIZSDDIH18R").is_valid());
        assert!(!aws_access_key(b"AKIAAAAAAAAAAAAAAAAA").is_valid());
        assert!(example(b"AKIAIOSFODNN7EXAMPLE").is_valid());
    }

    #[test]
    fn private_keys_close_with_their_own_label() {
        assert!(private_key(b"-----BEGIN RSA PRIVATE KEY-----").is_valid());
        assert!(private_key(b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----").is_valid());
        assert!(!private_key(b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END CERTIFICATE-----").is_valid());
        assert!(!private_key(b"-----BEGIN PUBLIC KEY-----").is_valid());
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
    }

    #[test]
    fn secrets_are_random_and_no_placeholders() {
        for good in [
            "password = hT9!kz02Lq",
            "api_key: \"9f8a7c6b5d4e3f2a1b0c\"",
            "secret=>'Zq8#mmP0vT'",
            "identified by 'Zq8#mmP0vT'",
        ] {
            assert!(generic_secret(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "password = changeme1",
            "token: your-token-here9",
            "secret = aaaaaaaa1",
            "password=os.environ.get2",
            "api_key = settings.API_KEY",
            "token = next_token_2",
            "password",
            "secret = correcthorse",
        ] {
            assert!(!generic_secret(bad.as_bytes()).is_valid(), "{bad}");
        }
    }
}
