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
}
