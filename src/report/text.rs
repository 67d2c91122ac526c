//! Text for people: hostile names made inert, numbers and sizes as they are spoken, lines wrapped to a width.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with everything that could act instead of being seen written as an escape: control characters (terminal
/// escapes among them), direction overrides, invisible and line-breaking characters.
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .fold(String::with_capacity(text.len() + 8), |mut out, c| {
                match c {
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    c if acts(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
                    c => out.push(c),
                }
                out
            }),
    )
}

/// Whether a character does something to a terminal or to the text around it, or cannot be seen at all.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Columns that the text takes on a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// A count with thousands separated: `41,200`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size: `512 B`, `3.2 GiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1024.0, 0);
    // What would be written as 1024.0 is one of the next unit.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `1 store`, `2 stores`.
pub(super) fn plural(n: u64, one: &str) -> String {
    format!("{} {one}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A share in hundredths of a percent: `97.2 %`, `100 %`. Never rounded up to all or down to nothing.
pub(super) fn share(part: u64, whole: u64) -> String {
    let tenths = (u128::from(part) * 1000)
        .checked_div(u128::from(whole))
        .unwrap_or(0);
    match (tenths, part) {
        (_, 0) => "0 %".to_owned(),
        (0, _) => "< 0.1 %".to_owned(),
        (1000.., _) => "100 %".to_owned(),
        (t, _) => format!("{}.{} %", t / 10, t % 10),
    }
}

/// The text broken into lines of at most `width` columns, between words where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        for (piece, joined) in pieces(word, width) {
            place(&mut lines, piece, joined, width);
        }
    }
    lines
}

/// Appends to the last line if it fits there, else to a new one.
fn place(lines: &mut Vec<String>, piece: &str, joined: bool, width: usize) {
    let Some(last) = lines.last_mut() else { return };
    let space = usize::from(!last.is_empty() && !joined);
    if last.is_empty() || columns(last) + space + columns(piece) <= width {
        last.push_str(&" "[..space]);
        last.push_str(piece);
    } else {
        lines.push(piece.to_owned());
    }
}

/// A word cut into parts no wider than `width`; all but the first are joined to the one before.
fn pieces(word: &str, width: usize) -> Vec<(&str, bool)> {
    let (mut out, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, c) in word.char_indices() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width && at > start {
            out.push((&word[start..at], start > 0));
            (start, used) = (at, 0);
        }
        used += wide;
    }
    out.push((&word[start..], start > 0));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_cannot_act() {
        assert_eq!(inert("a\u{1b}[31mb\r\n"), "a\\u{1b}[31mb\\r\\n");
        assert_eq!(
            inert("x\u{202e}gpj.exe\u{200b}\u{9b}"),
            "x\\u{202e}gpj.exe\\u{200b}\\u{9b}"
        );
        assert_eq!(inert("Zürich 東京 é"), "Zürich 東京 é");
    }

    #[test]
    fn numbers_are_as_spoken() {
        assert_eq!(
            [0, 999, 1000, 41_200, 1_234_567].map(count),
            ["0", "999", "1,000", "41,200", "1,234,567"]
        );
        assert_eq!(
            [0, 1023, 1024, 1_048_575, 3_435_973_836].map(size),
            ["0 B", "1023 B", "1.0 KiB", "1.0 MiB", "3.2 GiB"]
        );
        assert_eq!(size(u64::MAX), "16.0 EiB");
        assert_eq!(
            [(0, 9), (1, 9_999), (9_998, 9_999), (9, 9), (1, 2)].map(|(a, b)| share(a, b)),
            ["0 %", "< 0.1 %", "99.9 %", "100 %", "50.0 %"]
        );
    }

    proptest! {
        #[test]
        fn wrapped_lines_fit_and_lose_nothing(text in "[ -~東é]{0,200}", width in 2usize..60) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|l| columns(l) <= width));
            let solid = |s: &str| s.replace(' ', "");
            prop_assert_eq!(solid(&lines.concat()), solid(&text));
        }

        #[test]
        fn inert_text_has_nothing_that_acts(text in any::<String>()) {
            prop_assert!(!inert(&text).chars().any(acts));
        }
    }
}
