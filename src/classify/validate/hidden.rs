//! Text that is there and is not shown.

use super::Verdict;

/// Unicode tags that are no flag of a region: such a flag is three to six tags of small letters and digits, and an end.
///
/// Source: Unicode Technical Standard 51, "valid emoji tag sequence".
pub(super) fn hidden_tags(text: &[u8]) -> Verdict {
    let Ok(tags) = std::str::from_utf8(text) else {
        return Verdict::Invalid;
    };
    const END: char = '\u{E007F}';
    let region = |tag: char| matches!(tag, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
    let flag = tags
        .strip_suffix(END)
        .is_some_and(|name| (3..=6).contains(&name.chars().count()) && name.chars().all(region));
    (!flag && tags.chars().any(|tag| tag != END)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_no_hidden_text() {
        let tags = |text: &str| -> String {
            text.bytes()
                .filter_map(|byte| char::from_u32(0xE0000 + u32::from(byte)))
                .collect()
        };
        assert!(hidden_tags(tags("send it").as_bytes()).is_valid());
        assert!(hidden_tags(tags("gbeng").as_bytes()).is_valid());
        assert!(!hidden_tags((tags("gbeng") + "\u{E007F}").as_bytes()).is_valid());
        assert!(!hidden_tags(b"\xf3\xa0\x80").is_valid());
    }
}
