//! Keeping secrets and hostile names out of outputs.

/// A secret: usable through [`Secret::expose`] only. It deliberately has no `Debug`, `Display` or `Serialize`, so that
/// no log line, error or report can carry it by accident.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a secret has no printable form")]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a secret.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The secret itself; every caller is a place to review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

/// Makes a name inert for terminals and logs: control characters, escapes and the invisible characters that reorder
/// text are written as `\u{…}`.
pub fn inert(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_control() || is_reordering(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// An address without the user and password before its host and without its query, which could be a signature.
pub fn without_credentials(value: &str) -> String {
    let (start, query) = match value.split_once('?') {
        Some((start, query)) if value.contains("://") || is_signed(query) => (start, "?…"),
        _ => (value, ""),
    };
    let Some((scheme, rest)) = start.split_once("://") else {
        return format!("{start}{query}");
    };
    let rest = match rest.rsplit_once('@') {
        // `abfss://container@account` names a container, not a user; keys may hold both signs.
        Some((user, rest)) if scheme.starts_with("http") || authority(user).contains(':') => {
            format!("…@{rest}")
        }
        _ => rest.to_owned(),
    };
    format!("{scheme}://{rest}{query}")
}

/// Whether an address holds a password or a signature.
pub fn holds_credentials(value: &str) -> bool {
    let signed = value.split_once('?').is_some_and(|(_, query)| is_signed(query));
    let password = value
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'))
        .is_some_and(|(user, _)| authority(user).contains(':'));
    signed || password
}

/// Up to the first slash. Passwords that hold one are written as they are all the same.
fn authority(rest: &str) -> &str {
    rest.split('/').next().unwrap_or_default()
}

/// Whether a query has a parameter of a signed address.
fn is_signed(query: &str) -> bool {
    let query = query.to_ascii_lowercase();
    ["sig=", "signature=", "x-amz-credential=", "x-amz-security-token="]
        .iter()
        .any(|parameter| query.contains(parameter))
}

/// Bidirectional controls, zero-width characters and Unicode tags.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_bidi_controls_are_written_out() {
        assert_eq!(inert("a\x1b[31m\u{202e}b é"), "a\\u{1b}[31m\\u{202e}b é");
    }

    #[test]
    fn credentials_in_addresses_are_not_shown() {
        for (given, shown, holds) in [
            ("http://ana:pass@host:9000/x", "http://…@host:9000/x", true),
            ("http://ana:pa/ss@host:9000/x", "http://…@host:9000/x", true),
            ("http://ana@host/x", "http://…@host/x", false),
            ("s3://AKIA:a/b@bucket", "s3://…@bucket", true),
            ("s3://bucket/a:b@c", "s3://bucket/a:b@c", false),
            ("s3://bucket/a?b", "s3://bucket/a?…", false),
            ("az://acct/box/p?sv=1&sig=abc", "az://acct/box/p?…", true),
            ("az:acct/box?sv=1&sig=abc", "az:acct/box?…", true),
            ("s3://b/k?X-Amz-Signature=abc", "s3://b/k?…", true),
            (
                "abfss://box@acct.dfs.core.windows.net/p",
                "abfss://box@acct.dfs.core.windows.net/p",
                false,
            ),
            ("json=out.json", "json=out.json", false),
            ("what?.csv", "what?.csv", false),
        ] {
            assert_eq!(without_credentials(given), shown);
            assert_eq!(holds_credentials(given), holds, "{given}");
        }
    }
}
