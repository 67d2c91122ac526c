//! Key templates: what stays the same in the keys of one table's objects.

/// The template of a key: `k=v` partitions become `k=*`; digit runs, dates and hashes become `*`. Bytes that are not
/// UTF-8 are shown as the replacement character.
pub fn template(key: &[u8]) -> String {
    let text = String::from_utf8_lossy(key);
    text.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// The template of a member path inside an archive, `!` between nested members.
pub fn member_template(path: &str) -> String {
    path.split('!')
        .map(|member| template(member.as_bytes()))
        .collect::<Vec<_>>()
        .join("!")
}

fn segment(segment: &str) -> String {
    match segment.split_once('=') {
        Some((name, _)) if !name.is_empty() => format!("{name}=*"),
        _ => fold(&fold_uuids(segment)),
    }
}

/// Lengths of a UUID's groups of hex, joined by `-`.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

fn fold_uuids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let uuid = rest
            .get(..36)
            .filter(|head| is_uuid(head) && !out.ends_with(|c: char| c.is_ascii_hexdigit()));
        match uuid {
            Some(_) => out.push('*'),
            None => out.push(c),
        }
        rest = &rest[uuid.map_or(c.len_utf8(), str::len)..];
    }
    out
}

fn is_uuid(text: &str) -> bool {
    let groups = text
        .split('-')
        .map(|g| g.bytes().all(|b| b.is_ascii_hexdigit()).then_some(g.len()));
    groups.eq(UUID.map(Some))
}

/// Folds words of hex with a digit in them (8 or more symbols) and digit runs; neighbours with only date and id
/// punctuation between them fold together.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
        if word == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        fold_word(&rest[..word], &mut out);
        rest = &rest[word..];
    }
    merge_stars(out)
}

fn fold_word(word: &str, out: &mut String) {
    let hex = word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    if hex && word.bytes().any(|b| b.is_ascii_digit()) {
        out.push('*');
        return;
    }
    let mut digits = false;
    for c in word.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !digits {
            out.push('*');
        }
        digits = c.is_ascii_digit();
    }
}

/// `*-*-*` and `*T*:*` are one thing: a date, a time, a UUID.
fn merge_stars(mut text: String) -> String {
    loop {
        let before = text.len();
        for joined in ["*-*", "*_*", "*:*", "*T*", "**"] {
            text = text.replace(joined, "*");
        }
        if text.len() == before {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_digits_dates_and_hashes_fold() {
        for (key, wanted) in [
            (
                "sales/dt=2024-05-06/part-00001.parquet",
                "sales/dt=*/part-*.parquet",
            ),
            ("logs/2024/05/06/app.log.gz", "logs/*/*/*/app.log.gz"),
            (
                "a/part-00000-c4f9a1b2-99aa-4b3c-8d7e-0123456789ab-c000.csv",
                "a/part-*-c*.csv",
            ),
            ("dump-2024-05-06T12:30:00.json", "dump-*.json"),
            ("deadbeef/cafe1234", "deadbeef/*"),
            ("README", "README"),
            ("a//b/./c", "a//b/./c"),
            ("é/ü9.txt", "é/ü*.txt"),
            ("=x/y=", "=x/y=*"),
        ] {
            assert_eq!(template(key.as_bytes()), wanted);
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for key in ["a1b2/c-3-4", "x=1/y=2", "part-00000-c4f9a1b2", "1-2T3"] {
            let once = template(key.as_bytes());
            assert_eq!(template(once.as_bytes()), once);
        }
    }
}
