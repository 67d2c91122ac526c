//! Values that a name calls secret, and what tells a secret from a placeholder, a name or a reference.
//!
//! There is no issuer's rule for these. The measures are Shannon's entropy and the evidence of letter pairs ([`words`]).

use super::login::is_reference as is_template;
use super::{Verdict, words};

/// Words that mark a value as a sample or a blank.
const SAMPLES: [&[u8]; 17] = [
    b"example",
    b"sample",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"change-me",
    b"your_",
    b"your-",
    b"yourp",
    b"yourk",
    b"yours",
    b"yourt",
    b"dummy",
    b"redacted",
    b"xxxx",
    b"****",
    b"....",
];

/// Words that mark a value as a type, or as a reference to where the secret is; the marks of issuers may hold them.
const NOT_SECRET: [&[u8]; 15] = [
    b"insert",
    b"replace",
    b"foobar",
    b"undefined",
    b"password",
    b"secret_",
    b"secret-",
    b"mysecret",
    b"getenv",
    b"environ",
    b"process.env",
    b"config.",
    b"settings.",
    b"vault:",
    b"0123456789abcdefghijklmnopqrstuvwxyz",
];

/// Last words of a name that say that its value is about a secret, or merely keyed like one.
const ABOUT: [&str; 125] = [
    "accessor",
    "alg",
    "algorithm",
    "arn",
    "at",
    "attribute",
    "author",
    "authorities",
    "authority",
    "builder",
    "cache",
    "callback",
    "chain",
    "chars",
    "class",
    "client",
    "column",
    "config",
    "count",
    "created",
    "date",
    "description",
    "dir",
    "endpoint",
    "error",
    "event",
    "exp",
    "expiration",
    "expires",
    "expiry",
    "factory",
    "field",
    "file",
    "filename",
    "fingerprint",
    "folder",
    "format",
    "generator",
    "handler",
    "hash",
    "header",
    "hint",
    "host",
    "id",
    "ids",
    "index",
    "info",
    "issuer",
    "keyboard",
    "keyword",
    "keywords",
    "kind",
    "label",
    "labels",
    "layout",
    "len",
    "length",
    "lifetime",
    "list",
    "location",
    "manager",
    "map",
    "message",
    "method",
    "mode",
    "name",
    "names",
    "num",
    "number",
    "offset",
    "page",
    "patch",
    "path",
    "pathname",
    "paths",
    "patient",
    "pattern",
    "patterns",
    "placeholder",
    "policy",
    "position",
    "prefix",
    "property",
    "provider",
    "ref",
    "reference",
    "region",
    "revision",
    "rule",
    "rules",
    "schema",
    "scope",
    "section",
    "selector",
    "server",
    "size",
    "slot",
    "source",
    "status",
    "store",
    "suffix",
    "table",
    "tag",
    "tags",
    "template",
    "text",
    "time",
    "title",
    "tooltip",
    "topic",
    "ttl",
    "type",
    "unit",
    "uri",
    "url",
    "urn",
    "usage",
    "validator",
    "vault",
    "version",
    "versions",
    "warning",
    "widget",
    "width",
    "window",
];

/// First words of names whose key or token is no secret.
const HARMLESS: [&[u8]; 22] = [
    b"bucket",
    b"cache",
    b"column",
    b"continuation",
    b"csrf",
    b"cursor",
    b"dedup",
    b"foreign",
    b"group",
    b"idempotency",
    b"index",
    b"next",
    b"object",
    b"page",
    b"partition",
    b"primary",
    b"public",
    b"row",
    b"sort",
    b"surrogate",
    b"translation",
    b"unique",
];

/// A token or key that its name calls so: what follows the name is 8 to 256 bytes that look random.
///
/// `token` and `key` alone also name lexemes, cursors and entries of maps, whose names are short: there a value of small
/// letters and digits needs 20 bytes.
pub(super) fn generic_secret(text: &[u8]) -> Verdict {
    let (name, value) = split(text);
    let capitals = value.iter().any(u8::is_ascii_uppercase);
    let weighty = value.len() >= 20 || capitals || says_secret(name);
    (!is_about(name) && weighty && looks_issued(value) && !ends_resource(text)).into()
}

/// Whether it is how the name of one of AWS's secrets ends: `secret:`, what it is called, and a dash with six symbols.
///
/// Source: AWS Secrets Manager User Guide, What's in a Secrets Manager secret.
fn ends_resource(text: &[u8]) -> bool {
    let name = text.strip_prefix(b"secret:").unwrap_or_default();
    let suffix = name.rsplit(|byte| *byte == b'-').next().unwrap_or_default();
    name.first().is_some_and(u8::is_ascii_alphanumeric)
        && suffix.len() == 6
        && suffix.len() < name.len()
        && suffix.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether the name has a word that means nothing but a credential.
fn says_secret(name: &[u8]) -> bool {
    let words: [&[u8]; 6] = [b"secret", b"api", b"credential", b"access", b"auth", b"private"];
    words.iter().any(|word| contains(name, word))
}

/// A password that its name calls so: chosen by a person, so it need not look random, but is no word, name or reference.
pub(super) fn generic_password(text: &[u8]) -> Verdict {
    let (name, value) = split(text);
    let ends: [&[u8]; 3] = [b"'", b"\"", b"</"];
    let literal = ends.iter().find_map(|end| value.strip_suffix(*end));
    let value = literal.unwrap_or(value);
    // In quotes it is no name, were it a word with a digit.
    let named = is_identifier(value) && !(literal.is_some() && ends_in_digit(value));
    (!is_about(name) && !is_template(value) && is_mixed(value) && !named).into()
}

/// What an XML element holds, up to `</`: a password or a secret, as the element is called.
pub(super) fn element_secret(text: &[u8]) -> Verdict {
    let whole = text.strip_suffix(b"</").unwrap_or(text);
    match split(text).0.first() {
        Some(b'p' | b'P') if !contains(split(text).0, b"key") => generic_password(text),
        _ => generic_secret(whole),
    }
}

/// The public name of an application behind the words that say so.
pub(super) fn client_id(text: &[u8]) -> Verdict {
    let (_, value) = split(text);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let mixed = value.iter().any(u8::is_ascii_digit) && (letters || value.len() >= 15 && !counts(value));
    (mixed && looks_random(value) && !is_placeholder(value) && !says_test(value)).into()
}

/// Whether what stands behind a service's name looks as if a machine had made it; a short value needs a word for keys too.
pub(super) fn service_value(text: &[u8]) -> Verdict {
    let (name, value) = split(text);
    let mixed = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    let short = says_secret(name) || contains(name, b"key") || contains(name, b"token");
    let varied = looks_random(value) && !is_wordy(value) && !is_reference(value);
    let sound = mixed && varied && !is_placeholder(value) && !says_test(value);
    let long = value.len() >= 20 && looks_issued(value);
    (long || value.len() < 20 && short && sound && !is_about(name)).into()
}

/// Holds for the last word of a match where its symbols vary as random ones do and it says nothing of being an example.
pub(super) fn random_token(text: &[u8]) -> Verdict {
    let value = last_word(text);
    (!is_sample(value) && looks_random(value) && !holds_alphabet(value)).into()
}

/// As [`random_token`], for tokens of letters alone: their pairs must not be those of words.
pub(super) fn random_letters(text: &[u8]) -> Verdict {
    (random_token(text).is_valid() && words::evidence(last_word(text)) <= 0).into()
}

/// The token of a device: the last but one part of a path, varied.
pub(super) fn device_token(text: &[u8]) -> Verdict {
    let token = text.rsplit(|byte| *byte == b'/').find(|part| !part.is_empty());
    token
        .is_some_and(|token| !is_sample(token) && looks_random(token))
        .into()
}

/// Holds for a last word that looks as if a machine had made it.
pub(super) fn issued_value(text: &[u8]) -> Verdict {
    looks_issued(last_word(text)).into()
}

/// The address of an object with its authority in it: the value of its `Signature` or `sig` must be varied.
///
/// Source: Amazon S3, Google Cloud Storage and Azure Storage documentation of signed addresses.
pub(super) fn signed_address(text: &[u8]) -> Verdict {
    let at = ["ignature=", "sig="].iter().find_map(|name| {
        let found = text
            .windows(name.len())
            .rposition(|window| window.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|at| at + name.len())
    });
    let signature = &text[at.unwrap_or(text.len())..];
    let signature = &signature[..count(signature, |byte| byte != b'&')];
    (signature.len() >= 16 && !is_placeholder(signature) && looks_random(signature)).into()
}

/// Holds (as a demotion) where the match begins with a word that makes what follows no secret: a public key, a cursor, the
/// key of a cache or a table.
pub(super) fn harmless_name(text: &[u8]) -> Verdict {
    HARMLESS
        .iter()
        .any(|word| {
            text.get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
        })
        .into()
}

/// Holds (as a demotion) for a value that says itself that it is an example.
pub(super) fn example(text: &[u8]) -> Verdict {
    contains(text, b"example").into()
}

/// The name and the value of an assignment in any notation: `name = value`, `"name": "value"`, `name => value`,
/// `get("name", "value")`, `<name>value`, `name value`.
pub(super) fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let start = count(text, |byte| !is_name(byte));
    let mut at = start;
    loop {
        at += count(&text[at..], is_name);
        let spaces = count(&text[at..], |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
        let next = at + spaces;
        match text.get(next) {
            None => return joined(text),
            // Another word: part of the name if something else follows it, else the value.
            Some(byte) if spaces > 0 && is_name(*byte) && !ends_word(&text[next..]) => at = next,
            Some(_) => {
                let value = &text[next + count(&text[next..], is_sign)..];
                // Only the padding of base 64 is left.
                return if value.is_empty() {
                    joined(text)
                } else {
                    (&text[start..at], value)
                };
            }
        }
    }
}

/// A name and a value that only a dash or dot joins: the value begins after the last word that ends in one of these.
fn joined(text: &[u8]) -> (&[u8], &[u8]) {
    let ends: [&[u8]; 5] = [b"key", b"token", b"secret", b"access", b"private"];
    let after = |word: &&[u8]| {
        let windows = text.windows(word.len() + 1);
        let mut found = windows.enumerate().filter(|(_, window)| {
            window.len() > word.len()
                && matches!(window[word.len()], b'-' | b'.')
                && window[..word.len()].eq_ignore_ascii_case(word)
        });
        found.next_back().map(|(at, _)| at + word.len())
    };
    match ends.iter().filter_map(after).max() {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &[]),
    }
}

fn count(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| is(**byte)).count()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

fn is_sign(byte: u8) -> bool {
    matches!(
        byte,
        b'=' | b':'
            | b'>'
            | b'|'
            | b','
            | b'?'
            | b'"'
            | b'\''
            | b'`'
            | b'\\'
            | b']'
            | b')'
            | b' '
            | b'\t'
            | b'\r'
            | b'\n'
    )
}

/// Whether no space and no sign of an assignment follows: the text's last word.
fn ends_word(text: &[u8]) -> bool {
    let assigns = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'=' | b':' | b'>' | b',');
    let word = count(text, |byte| !assigns(&byte));
    text[word..].iter().all(|byte| *byte == b'=')
}

/// Whether the last of a name's words says that the value is about a secret.
fn is_about(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    let start = name
        .iter()
        .rposition(|byte| !byte.is_ascii_alphabetic())
        .map_or(0, |at| at + 1);
    let word = &name[start..];
    let capital = word
        .iter()
        .skip(1)
        .rposition(u8::is_ascii_uppercase)
        .map_or(0, |at| at + 1);
    let capital = if word.iter().all(u8::is_ascii_uppercase) {
        0
    } else {
        capital
    };
    let mut lower = [0u8; 16];
    let word = &word[capital..];
    let Some(lower) = lower.get_mut(..word.len()) else {
        return false;
    };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).is_ok_and(|word| ABOUT.binary_search(&word).is_ok())
}

/// What stands after the last space, quote or sign, and after the name where only `=` joins the two.
fn last_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let text = text
        .strip_suffix(b"\"")
        .or(text.strip_suffix(b"'"))
        .unwrap_or(text);
    let parts = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b',' | b':' | b'>')
    };
    let word = &text[text.iter().rposition(parts).map_or(0, |at| at + 1)..];
    match word.iter().position(|byte| *byte == b'=') {
        Some(at) if words::evidence(&word[..at]) > 0 => &word[at + 1..],
        _ => word,
    }
}

/// Whether a machine made the value: long enough, mixed, spread as random symbols are, and no name.
fn looks_issued(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let hex = value
        .iter()
        .all(|byte| byte.is_ascii_hexdigit() || b"-_.".contains(byte));
    let shaped = letters && (digits || value.len() >= 24) && value.len() >= if hex { 20 } else { 8 };
    let cut = value.ends_with(b"..");
    shaped
        && !cut
        && !is_date(value)
        && !says_test(value)
        && looks_random(value)
        && !is_placeholder(value)
        && (hex || (!is_wordy(value) && !is_reference(value)))
}

/// Whether the value begins as a date does: four digits, a dash, two, a dash.
fn is_date(value: &[u8]) -> bool {
    let digit = |at: usize| value.get(at).is_some_and(u8::is_ascii_digit);
    let dash = |at: usize| value.get(at) == Some(&b'-');
    [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit) && dash(4) && dash(7)
}

/// Whether a part of the value says that it is for tests.
fn says_test(value: &[u8]) -> bool {
    let parts = value.split(|byte| matches!(byte, b'_' | b'-' | b'.'));
    parts.into_iter().any(|part| {
        [b"test", b"fake", b"demo", b"mock"]
            .iter()
            .any(|word| part.eq_ignore_ascii_case(*word))
    })
}

/// Whether the value's letters speak for words: more than a quarter of a bit a byte. What issuers put before a random part
/// stays below that.
fn is_wordy(value: &[u8]) -> bool {
    usize::try_from(words::evidence(value)).is_ok_and(|bits| bits * 4 > value.len())
}

/// Whether the value is a word of letters alone with a digit at its end.
fn ends_in_digit(value: &[u8]) -> bool {
    !value.contains(&b'_') && value.last().is_some_and(u8::is_ascii_digit)
}

/// Whether a person may have chosen the value as a password: mixed, and no identifier.
pub(super) fn looks_chosen(value: &[u8]) -> bool {
    is_mixed(value) && !is_identifier(value)
}

/// Whether the value has letters with digits or signs, varied, and is neither placeholder nor reference.
fn is_mixed(value: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| usize::from(value.iter().any(class));
    let digits = has(u8::is_ascii_digit);
    let letters = has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase);
    let inner = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    let last = value.last().is_some_and(|byte| b"#$@^".contains(byte));
    let signs = usize::from(last || inner.iter().any(|byte| b"!@#$%^&*?".contains(byte)));
    let mixed = letters >= 1 && digits + signs >= 1;
    let varied = value.len() >= 8 && entropy(value) >= 2.5;
    mixed && varied && !is_placeholder(value) && !is_reference(value)
}

/// Whether words say that the value is none, or one symbol fills it.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    is_sample(value) || NOT_SECRET.iter().any(|word| contains(value, word))
}

/// Whether words say that the value is a sample, or one symbol fills it.
pub(super) fn is_sample(value: &[u8]) -> bool {
    let filled = value.chunk_by(|a, b| a == b).map(<[u8]>::len).max();
    filled.is_some_and(|run| run >= 6 && run * 4 > value.len())
        || SAMPLES.iter().any(|word| contains(value, word))
}

/// Whether ten letters in a row are those of the alphabet, as in what people type for a token: one random token in a
/// billion has such a row.
fn holds_alphabet(value: &[u8]) -> bool {
    let next = |a: &u8, b: &u8| a.is_ascii_alphabetic() && *b == a.wrapping_add(1);
    value.chunk_by(next).any(|row| row.len() >= 10)
}

/// Whether most digits are one more than the digit before them.
fn counts(value: &[u8]) -> bool {
    let next = |pair: &&[u8]| (pair[0] - b'0' + 1) % 10 == pair[1].wrapping_sub(b'0');
    let digits = |pair: &&[u8]| pair.iter().all(u8::is_ascii_digit);
    value.windows(2).filter(digits).filter(next).count() * 4 > value.len() * 3
}

/// Whether the value's bytes are as evenly spread as those of a random value of its length: seven tenths of the bits that
/// its alphabet could give.
fn looks_random(value: &[u8]) -> bool {
    let share = |class: fn(&u8) -> bool| value.iter().filter(|byte| class(byte)).count() * 8 > value.len();
    let beyond_hex = share(|byte| matches!(byte, b'g'..=b'z' | b'G'..=b'Z'));
    let both_cases = share(u8::is_ascii_lowercase) && share(u8::is_ascii_uppercase);
    let alphabet = match (share(u8::is_ascii_alphabetic), beyond_hex, both_cases) {
        (false, ..) => 10.0f32,
        (true, false, _) => 16.0,
        (true, true, false) => 36.0,
        (true, true, true) => 62.0,
    };
    let most = alphabet.min(value.len() as f32).max(2.0).log2();
    entropy(value) >= 0.7 * most
}

/// Shannon's entropy in bits a byte.
pub(super) fn entropy(value: &[u8]) -> f32 {
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

/// Whether the value is a name rather than a value: parts joined by signs that are words or numbers, each plain, a class
/// and what follows its `@`, or the name of a resource (`arn:aws:secretsmanager:…`).
fn is_reference(value: &[u8]) -> bool {
    let joins = |byte: &u8| matches!(byte, b'.' | b'/' | b'_' | b'-' | b':');
    let object = value
        .rsplit(|byte| *byte == b'@')
        .nth(1)
        .is_some_and(|class| class.contains(&b'.'));
    let resource = value.starts_with(b"arn:") || value.starts_with(b"urn:");
    value.iter().any(joins) && (resource || object || value.split(joins).all(is_plain))
}

/// Whether a part is a word, a number, or a word with a short number.
fn is_plain(part: &[u8]) -> bool {
    let letters = count(part, |byte| byte.is_ascii_alphabetic());
    let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
    let simple = letters + digits == part.len() && part[letters..].iter().all(u8::is_ascii_digit);
    simple && (letters == 0 || digits <= 4) && (letters < 5 || words::evidence(part) > 0)
}

/// Whether the value is one identifier: words with at most two digits at their end.
fn is_identifier(value: &[u8]) -> bool {
    let digits = value
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let stem = &value[..value.len() - digits];
    digits <= 2
        && stem
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && words::evidence(stem) > 0
}

/// Whether `needle` (lower case) occurs, whatever the case.
pub(super) fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_told_apart_in_every_notation() {
        for (text, name, value) in [
            ("api_key = abc", "api_key", "abc"),
            ("\"api_key\": \"abc\"", "api_key", "abc\""),
            ("token\": \"abc", "token", "abc"),
            ("secret=>'abc=", "secret", "abc="),
            ("api key: a:b", "api key", "a:b"),
            ("access key abc1", "access key", "abc1"),
            ("token\", \"abc", "token", "abc"),
            ("password>abc", "password", "abc"),
            ("token", "token", ""),
            ("ACCESS-TOKEN-abc==", "ACCESS-TOKEN", "abc=="),
        ] {
            let found = split(text.as_bytes());
            assert_eq!(found, (name.as_bytes(), value.as_bytes()), "{text}");
        }
    }

    #[test]
    fn issued_secrets_are_random_and_no_names() {
        for good in [
            "api_key: \"9f8a7c6b5d4e3f2a1b0c",
            "token = hT9kz02LqWv7",
            "client_secret: Wb3-k9Qz7Lr2Vx5",
            "key=0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0ff",
            "secret: Wb3k9Qz7Lr2-Vx5tQ8",
        ] {
            assert!(generic_secret(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "token: your-token-here9",
            "secret = aaaaaaaa1",
            "api_key = settings.API_KEY",
            "token = next_token_2",
            "token_uri = 8fj3k2l9x0qz7",
            "tokenId = 8fj3k2l9x0qz7",
            "secret = XXH3_SIZE_MIN",
            "key = 1234567890123456",
            "key = ultraPictureBox1",
            "secret:db/prod-gIhAgN",
            "secretArn: arn:aws:secretsmanager:eu-west-1:269417583102:secret:db/main-Ab3xQ9",
            "token",
        ] {
            assert!(!generic_secret(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn chosen_passwords_may_be_words_with_a_twist() {
        for good in ["password = hT9!kz02Lq", "pwd=Summ3r#2019", "passwd: 4ian1234x"] {
            assert!(generic_password(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "password = changeme1",
            "password=os.environ.get2",
            "password = correcthorse",
            "password = input_field_2",
            "password_file = x8#kLq02",
        ] {
            assert!(!generic_password(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn behind_a_service_a_key_may_be_short() {
        assert!(service_value(b"ipinfo_token = q81k4a5af7293").is_valid());
        assert!(!service_value(b"ipinfo_id = q81k4a5af7293").is_valid());
        assert!(!service_value(b"ipinfo_token = identifier2").is_valid());
        assert!(client_id(b"fb_app_id: 294790898041575").is_valid());
        assert!(!client_id(b"fb_app_id: 123456789012345").is_valid());
    }

    #[test]
    fn an_element_ends_where_its_closing_tag_begins() {
        assert!(element_secret(b"password>Lk3wRdn4fK</").is_valid());
        assert!(element_secret(b"apiKey>q3f7tG1CwZ9xLk3w</").is_valid());
        assert!(!element_secret(b"password>${env.PASSWORD1}</").is_valid());
        assert!(!element_secret(b"token>identifier</").is_valid());
    }

    #[test]
    fn the_words_about_secrets_are_sorted() {
        assert!(ABOUT.is_sorted());
    }
}
