//! Whether a text is a table of separated values, and in which dialect: the one under which its records have the
//! same number of fields.

use super::split::{Dialect, records};

/// Bytes looked at.
const SAMPLE: usize = 32 << 10;
/// Records looked at.
const RECORDS: usize = 200;

const DELIMITERS: [u8; 5] = [b',', b'\t', b';', b'|', 0x01];

/// What the name of an object lets expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Expect {
    /// A table, by this delimiter if nothing speaks against it.
    Table(u8),
    /// Nothing.
    Anything,
}

/// How well a dialect fits.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    dialect: Dialect,
    /// Records looked at.
    records: usize,
    /// The commonest number of fields.
    fields: usize,
    /// The share of records with that many.
    agreement: f64,
    /// Agreement, with what speaks against the dialect taken off.
    score: f64,
}

/// The dialect of `text`, the beginning of an object (`whole`: all of it), or `None` if it is no table.
pub(in crate::decode) fn detect(text: &[u8], whole: bool, expect: Expect) -> Option<Dialect> {
    let sample = &text[..text.len().min(SAMPLE)];
    let whole = whole && sample.len() == text.len();
    let fits = candidates(sample).map(|dialect| fit(sample, whole, dialect));
    let best = fits
        .filter(|fit| fit.fields > 1)
        .reduce(|a, b| if b.score > a.score + 1e-9 { b } else { a });
    match expect {
        Expect::Table(delimiter) => Some(expected(sample, best, delimiter)),
        Expect::Anything => best.filter(|fit| convinces(sample, fit)).map(|fit| fit.dialect),
    }
}

fn candidates(sample: &[u8]) -> impl Iterator<Item = Dialect> {
    let single = has_single_quoted(sample);
    let backslash = memchr::memmem::find(sample, b"\\\"").is_some();
    DELIMITERS
        .into_iter()
        .filter(|d| sample.contains(d))
        .flat_map(move |delimiter| {
            let quotes = [Some(b'"'), single.then_some(b'\'')];
            quotes.into_iter().flatten().flat_map(move |quote| {
                let escapes = [Some(false), backslash.then_some(true)];
                escapes.into_iter().flatten().map(move |backslash| Dialect {
                    delimiter,
                    quote,
                    backslash,
                })
            })
        })
}

/// Whether fields seem to stand in single quotes: one opens the text or follows a delimiter, and one closes before a
/// delimiter.
fn has_single_quoted(sample: &[u8]) -> bool {
    let opens = sample.first() == Some(&b'\'')
        || sample
            .windows(2)
            .any(|w| w[1] == b'\'' && (w[0] == b'\n' || DELIMITERS.contains(&w[0])));
    let closes = sample
        .windows(2)
        .any(|w| w[0] == b'\'' && DELIMITERS.contains(&w[1]));
    opens && closes
}

fn fit(sample: &[u8], whole: bool, dialect: Dialect) -> Fit {
    let mut records = records(sample, dialect, RECORDS, whole);
    if records.is_empty() {
        records = self::records(sample, dialect, 1, true);
    }
    let counts: Vec<usize> = records.iter().map(Vec::len).collect();
    let (fields, agreeing) = mode(&counts);
    let agreement = agreeing as f64 / counts.len().max(1) as f64;
    let header = if counts.first() == Some(&fields) { 0.0 } else { 0.1 };
    Fit {
        dialect,
        records: records.len(),
        fields,
        agreement,
        score: agreement - header - 0.5 * odd_share(&records, dialect) + bonus(fields),
    }
}

/// Among dialects that agree equally, more fields are likelier; it must not outweigh disagreement.
fn bonus(fields: usize) -> f64 {
    0.002 * fields.min(50) as f64
}

/// The commonest count, the largest of equals, and how often it occurs.
fn mode(counts: &[usize]) -> (usize, usize) {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len()));
    runs.max_by_key(|&(count, times)| (times, count))
        .unwrap_or((0, 0))
}

/// The share of fields that look wrongly split: a quote that is not at their ends, or another delimiter between
/// what looks like values.
fn odd_share(records: &[Vec<Vec<u8>>], dialect: Dialect) -> f64 {
    let fields = records.iter().flatten();
    let odd = fields.clone().filter(|field| is_odd(field, dialect)).count();
    odd as f64 / fields.count().max(1) as f64
}

fn is_odd(field: &[u8], dialect: Dialect) -> bool {
    let stray = |quote: u8| field.first() == Some(&quote) || field.last() == Some(&quote);
    let quotes = dialect.quote != b'"' && stray(b'"') || field.ends_with(b"\"");
    let rival = |d: u8| d != dialect.delimiter && d != b',' && field.contains(&d);
    quotes || DELIMITERS.into_iter().any(rival)
}

/// For a text called a table: the best dialect if it fits at all, else the one its name says.
fn expected(sample: &[u8], best: Option<Fit>, delimiter: u8) -> Dialect {
    let by_name = Dialect {
        delimiter,
        quote: b'"',
        backslash: false,
    };
    let enough = |fit: &Fit| fit.agreement >= 0.3 || !sample.contains(&delimiter);
    best.filter(enough).map_or(by_name, |fit| fit.dialect)
}

/// For a text that could be anything: several records that agree, and no prose.
fn convinces(sample: &[u8], fit: &Fit) -> bool {
    let (most, share) = match fit.dialect.delimiter {
        b',' | b';' => (3, 0.95),
        _ => (2, 0.9),
    };
    fit.records >= most && fit.agreement >= share && !reads_like_prose(sample, fit.dialect.delimiter)
}

/// Delimiters followed by spaces or line ends are punctuation.
fn reads_like_prose(sample: &[u8], delimiter: u8) -> bool {
    if delimiter == b'\t' || delimiter == 0x01 {
        return false;
    }
    let places: Vec<usize> = memchr::memchr_iter(delimiter, sample).collect();
    let after = |at: &&usize| matches!(sample.get(**at + 1), Some(b' ' | b'\r' | b'\n') | None);
    places.iter().filter(after).count() * 2 > places.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(char, char)> {
        let dialect = detect(text.as_bytes(), true, Expect::Anything)?;
        Some((char::from(dialect.delimiter), char::from(dialect.quote)))
    }

    #[test]
    fn each_delimiter_is_found_without_a_name() {
        for delimiter in [',', '\t', ';', '|', '\u{1}'] {
            let text =
                "id,name,city\n1,Ada,Rome\n2,Bob,Oslo\n3,Cy,Bonn\n".replace(',', &delimiter.to_string());
            assert_eq!(found(&text), Some((delimiter, '"')), "{delimiter:?}");
        }
    }

    #[test]
    fn decimal_commas_do_not_hide_the_semicolon() {
        assert_eq!(
            found("a;b;c\n1,5;2,5;3,5\n1,7;2,7;3,7\n1,8;2,9;4,1\n"),
            Some((';', '"'))
        );
    }

    #[test]
    fn single_quotes_are_found() {
        assert_eq!(
            found("'a','b'\n'1, 2','x'\n'2, 3, 4','y'\n'5','z'\n"),
            Some((',', '\''))
        );
    }

    #[test]
    fn prose_logs_and_code_are_no_tables() {
        let prose = "Dear all, we met again, and it rained.\nSo we, the few, went home, tired.\nBye, all, so long, dear.\n";
        let log = "2025-01-01 INFO start\n2025-01-01 INFO stop\n2025-01-02 INFO start\n";
        let code = "int a = 1;\nint b = 2;\nint c = 3;\nreturn a;\n";
        for text in [prose, log, code] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_makes_one_column_a_table() {
        let dialect = detect(b"email\na@b.example\n", true, Expect::Table(b',')).unwrap();
        assert_eq!(dialect.delimiter, b',');
    }

    #[test]
    fn a_name_is_only_an_expectation() {
        let dialect = detect(b"a\tb\n1\t2\n", true, Expect::Table(b',')).unwrap();
        assert_eq!(dialect.delimiter, b'\t');
    }
}
