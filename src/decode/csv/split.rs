//! Splitting a byte stream into fields and records, for one dialect, at any place the bytes are cut.
//!
//! Lenient as RFC 4180 readers are: a quote inside an unquoted field is itself, bytes after a closing quote belong to
//! the field, blank lines are no records, and CR, LF and CRLF all end one.

/// How fields are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) struct Dialect {
    /// Between fields.
    pub(in crate::decode) delimiter: u8,
    /// Around fields that hold delimiters, line ends or quotes; a doubled one stands for itself.
    pub(in crate::decode) quote: u8,
    /// Whether a backslash inside quotes makes the next byte stand for itself.
    pub(in crate::decode) backslash: bool,
}

/// Receives what is split.
pub(in crate::decode) trait Fields {
    /// More bytes of the open field.
    fn part(&mut self, bytes: &[u8]);
    /// The open field (possibly empty) ends; `false` stops the splitting.
    fn end_field(&mut self) -> bool;
    /// The record ends, after its last field; `false` stops the splitting.
    fn end_record(&mut self) -> bool;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a record; line ends are skipped.
    Record,
    /// At the first byte of a field.
    Field,
    /// In a field without quotes, or behind its closing quote.
    Plain,
    /// Inside quotes.
    Quoted,
    /// Behind a backslash inside quotes.
    Escaped,
    /// Behind a quote inside quotes: the end, or the first of two.
    Closing,
}

/// What a byte means in an unquoted field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Content,
    Delimiter,
    LineEnd,
}

/// The splitter.
pub(in crate::decode) struct Splitter {
    dialect: Dialect,
    meaning: [Meaning; 256],
    state: State,
}

impl Splitter {
    /// A splitter at the beginning of a text.
    pub(in crate::decode) fn new(dialect: Dialect) -> Self {
        let mut meaning = [Meaning::Content; 256];
        meaning[usize::from(b'\r')] = Meaning::LineEnd;
        meaning[usize::from(b'\n')] = Meaning::LineEnd;
        meaning[usize::from(dialect.delimiter)] = Meaning::Delimiter;
        Self {
            dialect,
            meaning,
            state: State::Record,
        }
    }

    /// Splits the next bytes; gives how many were used, all unless `fields` said to stop.
    pub(in crate::decode) fn push(&mut self, bytes: &[u8], fields: &mut impl Fields) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let (used, goes_on) = self.step(&bytes[at..], fields);
            at += used;
            if !goes_on {
                break;
            }
        }
        at
    }

    /// Ends the open field and record, if any.
    pub(in crate::decode) fn finish(&mut self, fields: &mut impl Fields) {
        if self.state != State::Record {
            fields.end_field();
            fields.end_record();
        }
        self.state = State::Record;
    }

    #[inline]
    fn step(&mut self, rest: &[u8], fields: &mut impl Fields) -> (usize, bool) {
        match self.state {
            State::Record if matches!(rest[0], b'\r' | b'\n') => (1, true),
            State::Record | State::Field => self.field(rest, fields),
            State::Plain => self.plain(rest, fields),
            State::Quoted => (self.quoted(rest, fields), true),
            State::Escaped => {
                fields.part(&rest[..1]);
                self.state = State::Quoted;
                (1, true)
            }
            State::Closing if rest[0] == self.dialect.quote => {
                fields.part(&rest[..1]);
                self.state = State::Quoted;
                (1, true)
            }
            State::Closing => self.plain(rest, fields),
        }
    }

    #[inline]
    fn field(&mut self, rest: &[u8], fields: &mut impl Fields) -> (usize, bool) {
        if rest[0] == self.dialect.quote {
            self.state = State::Quoted;
            return (1, true);
        }
        self.plain(rest, fields)
    }

    /// Up to and with the end of an unquoted field, if it is there.
    #[inline]
    fn plain(&mut self, rest: &[u8], fields: &mut impl Fields) -> (usize, bool) {
        let end = rest
            .iter()
            .position(|b| self.meaning[usize::from(*b)] != Meaning::Content);
        let Some(end) = end else {
            fields.part(rest);
            self.state = State::Plain;
            return (rest.len(), true);
        };
        if end > 0 {
            fields.part(&rest[..end]);
        }
        let goes_on = fields.end_field();
        if self.meaning[usize::from(rest[end])] == Meaning::Delimiter {
            self.state = State::Field;
            return (end + 1, goes_on);
        }
        self.state = State::Record;
        (end + 1, fields.end_record())
    }

    fn quoted(&mut self, rest: &[u8], fields: &mut impl Fields) -> usize {
        let quote = self.dialect.quote;
        let end = match self.dialect.backslash {
            true => memchr::memchr2(quote, b'\\', rest),
            false => memchr::memchr(quote, rest),
        };
        let Some(end) = end else {
            fields.part(rest);
            return rest.len();
        };
        if end > 0 {
            fields.part(&rest[..end]);
        }
        self.state = if rest[end] == quote {
            State::Closing
        } else {
            State::Escaped
        };
        end + 1
    }
}

/// Collects records, for sniffing and tests.
#[derive(Default)]
pub(in crate::decode) struct Records {
    /// The complete records.
    pub(in crate::decode) records: Vec<Vec<Vec<u8>>>,
    record: Vec<Vec<u8>>,
    field: Vec<u8>,
    /// Stop after so many; 0: never.
    pub(in crate::decode) most: usize,
}

impl Fields for Records {
    fn part(&mut self, bytes: &[u8]) {
        self.field.extend_from_slice(bytes);
    }

    fn end_field(&mut self) -> bool {
        self.record.push(std::mem::take(&mut self.field));
        true
    }

    fn end_record(&mut self) -> bool {
        self.records.push(std::mem::take(&mut self.record));
        self.most == 0 || self.records.len() < self.most
    }
}

/// The complete records at the beginning of a text, at most `most` of them; with `whole`, the last line may lack its
/// end.
pub(in crate::decode) fn records(
    text: &[u8],
    dialect: Dialect,
    most: usize,
    whole: bool,
) -> Vec<Vec<Vec<u8>>> {
    let mut fields = Records {
        most,
        ..Records::default()
    };
    let mut splitter = Splitter::new(dialect);
    let used = splitter.push(text, &mut fields);
    if whole && used == text.len() {
        splitter.finish(&mut fields);
    }
    fields.records
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMA: Dialect = Dialect {
        delimiter: b',',
        quote: b'"',
        backslash: false,
    };

    fn split(text: &str, dialect: Dialect) -> Vec<Vec<String>> {
        let text_of = |field: Vec<u8>| String::from_utf8(field).unwrap();
        let record_of = |record: Vec<Vec<u8>>| record.into_iter().map(text_of).collect();
        records(text.as_bytes(), dialect, 0, true)
            .into_iter()
            .map(record_of)
            .collect()
    }

    /// The same by an independent reader.
    fn oracle(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv_core::Reader::new();
        let mut fields = Records::default();
        let (mut rest, mut buffer) = (text, [0; 7]);
        loop {
            let (result, read, written) = reader.read_field(rest, &mut buffer);
            rest = &rest[read..];
            fields.part(&buffer[..written]);
            match result {
                csv_core::ReadFieldResult::Field { record_end } => {
                    fields.end_field();
                    if record_end {
                        fields.end_record();
                    }
                }
                csv_core::ReadFieldResult::End => return fields.records,
                _ => {}
            }
        }
    }

    #[test]
    fn quotes_keep_delimiters_line_ends_and_doubled_quotes() {
        assert_eq!(
            split("a,\"b,\n\"\"c\"\"\"\n,\"\"", COMMA),
            [["a", "b,\n\"c\""], ["", ""]]
        );
    }

    #[test]
    fn every_kind_of_line_end_ends_a_record_and_blank_lines_are_none() {
        assert_eq!(split("a\r\n\r\nb\rc\n\n", COMMA), [["a"], ["b"], ["c"]]);
    }

    #[test]
    fn a_backslash_escapes_only_where_the_dialect_says_so() {
        let escaping = Dialect {
            backslash: true,
            ..COMMA
        };
        assert_eq!(split(r#""a\",b",c"#, escaping), [[r#"a",b"#, "c"]]);
        assert_eq!(split(r#""a\",b"#, COMMA), [[r"a\", "b"]]);
    }

    #[test]
    fn an_unclosed_quote_loses_nothing() {
        assert_eq!(split("a,\"b\nc,d", COMMA), [["a", "b\nc,d"]]);
    }

    proptest! {
        #[test]
        fn splits_as_an_independent_reader_does(text in "[ab,\"\r\n]{0,60}") {
            prop_assert_eq!(records(text.as_bytes(), COMMA, 0, true), oracle(text.as_bytes()));
        }

        #[test]
        fn cutting_the_input_changes_nothing(text in "[ab,\"\\\\\r\n]{0,60}", step in 1usize..9, backslash: bool) {
            let dialect = Dialect { backslash, ..COMMA };
            let (mut splitter, mut fields) = (Splitter::new(dialect), Records::default());
            for part in text.as_bytes().chunks(step) {
                splitter.push(part, &mut fields);
            }
            splitter.finish(&mut fields);
            prop_assert_eq!(fields.records, records(text.as_bytes(), dialect, 0, true));
        }
    }
}
