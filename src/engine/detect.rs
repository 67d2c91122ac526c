//! `detect`: classify text from a pipe; one JSON line per record, never a value.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::placeholder;
use crate::classify::{Overlaps, Program, Span, Worker};
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
pub(crate) use crate::decode::whole_text;
use crate::model::report::fraction;
use crate::model::risk::Category;
use crate::model::tally::Confidence;

/// What `detect` reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The whole input is one record of this id.
    Text {
        /// The record's id: the file's name, or `-`.
        id: String,
    },
    /// One JSON object a line, with `id` and `text`.
    Jsonl,
}

/// How offsets count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Offsets {
    /// UTF-8 bytes.
    #[default]
    Bytes,
    /// Unicode scalar values.
    Chars,
}

/// How `detect` works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What it reads.
    pub input: Input,
    /// The least confidence that is written.
    pub least: Confidence,
    /// What becomes of overlapping matches.
    pub overlaps: Overlaps,
    /// How offsets count.
    pub offsets: Offsets,
    /// Write the text back with each match as `[CLASSIFIER_ID]`, instead of spans.
    pub redact: bool,
}

/// What became of the input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detected {
    /// Records written.
    pub records: u64,
    /// The 1-based numbers of lines that are no records, each with what is wrong with it; never its content.
    pub bad: Vec<(u64, &'static str)>,
}

/// A record of the output.
#[derive(Debug, Serialize)]
struct Record<'a> {
    id: &'a RawValue,
    spans: Vec<Found<'a>>,
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    start: usize,
    end: usize,
    classifier: &'a str,
    category: Category,
    confidence: Confidence,
    score: f64,
}

#[derive(Debug, Serialize)]
struct Redacted<'a> {
    id: &'a RawValue,
    text: String,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    text: String,
}

/// Classifies `input` and writes `output`, in order, one line per record.
///
/// # Errors
///
/// The input cannot be read or the output not written. A closed pipe is not an error.
pub fn detect(
    worker: &mut Worker,
    options: &Options,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> io::Result<Detected> {
    let run = Run {
        options,
        program: worker.program().clone(),
    };
    let done = match &options.input {
        Input::Text { id } => run.text(worker, id, input, output),
        Input::Jsonl => run.lines(worker, input, output),
    };
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Detected::default()),
        done => done,
    }
}

struct Run<'a> {
    options: &'a Options,
    program: Program,
}

impl Run<'_> {
    fn text(
        &self,
        worker: &mut Worker,
        id: &str,
        input: &mut dyn BufRead,
        output: &mut dyn Write,
    ) -> io::Result<Detected> {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let id = serde_json::value::to_raw_value(id)?;
        if self.options.redact {
            let spans = self.spans(worker, &text)?;
            output.write_all(redacted(&text, &spans, &self.program).as_bytes())?;
        } else {
            self.record(worker, &id, &text, output)?;
        }
        output.flush()?;
        Ok(Detected {
            records: 1,
            bad: Vec::new(),
        })
    }

    fn lines(
        &self,
        worker: &mut Worker,
        input: &mut dyn BufRead,
        output: &mut dyn Write,
    ) -> io::Result<Detected> {
        let mut done = Detected::default();
        let (mut line, mut number) = (Vec::new(), 0);
        loop {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Line<'_>>(&line) {
                Ok(record) => {
                    self.record(worker, record.id, &record.text, output)?;
                    done.records += 1;
                }
                Err(error) => done.bad.push((number, fault(&error))),
            }
        }
        output.flush()?;
        Ok(done)
    }

    fn record(
        &self,
        worker: &mut Worker,
        id: &RawValue,
        text: &str,
        output: &mut dyn Write,
    ) -> io::Result<()> {
        let spans = self.spans(worker, text)?;
        if self.options.redact {
            let text = redacted(text, &spans, &self.program);
            serde_json::to_writer(&mut *output, &Redacted { id, text })?;
        } else {
            let spans = self.found(text, &spans);
            serde_json::to_writer(&mut *output, &Record { id, spans })?;
        }
        output.write_all(b"\n")
    }

    fn spans(&self, worker: &mut Worker, text: &str) -> io::Result<Vec<Span>> {
        // Redaction writes each stretch once, whatever was asked for overlaps.
        let overlaps = if self.options.redact {
            Overlaps::Best
        } else {
            self.options.overlaps
        };
        worker
            .text(text.as_bytes(), self.options.least, overlaps)
            .map_err(io::Error::other)
    }

    fn found(&self, text: &str, spans: &[Span]) -> Vec<Found<'_>> {
        let mut place = Places::new(text, self.options.offsets);
        spans
            .iter()
            .map(|span| {
                let classifier = &self.program.classifiers()[usize::from(span.classifier)];
                let start = place.of(span.start);
                Found {
                    start,
                    end: start + place.length(span.start, span.end),
                    classifier: &classifier.id,
                    category: classifier.category,
                    confidence: span.confidence,
                    score: fraction(span.score),
                }
            })
            .collect()
    }
}

/// What is wrong with a line, in words of ours: the parser's own could quote it.
fn fault(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Data => "it is not an object with `id` and `text`",
        serde_json::error::Category::Eof => "it ends in the middle of a JSON value",
        _ => "it is not JSON",
    }
}

/// The text with every span replaced; spans are sorted and do not overlap.
pub(crate) fn redacted(text: &str, spans: &[Span], program: &Program) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        // A match may begin or end inside a character where bytes are matched: the whole character goes.
        let (start, end) = (
            text.floor_char_boundary(span.start),
            text.ceil_char_boundary(span.end),
        );
        if start < from {
            continue;
        }
        out.push_str(&text[from..start]);
        out.push_str(&placeholder(
            &program.classifiers()[usize::from(span.classifier)].id,
        ));
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

/// Byte offsets → the offsets that were asked for, in one pass over the text.
struct Places<'a> {
    text: &'a [u8],
    offsets: Offsets,
    byte: usize,
    chars: usize,
}

impl<'a> Places<'a> {
    fn new(text: &'a str, offsets: Offsets) -> Self {
        Self {
            text: text.as_bytes(),
            offsets,
            byte: 0,
            chars: 0,
        }
    }

    /// Offsets of spans come in the order of their starts.
    fn of(&mut self, byte: usize) -> usize {
        if self.offsets == Offsets::Bytes {
            return byte;
        }
        self.chars += self.length(self.byte, byte);
        self.byte = byte;
        self.chars
    }

    fn length(&self, start: usize, end: usize) -> usize {
        match self.offsets {
            Offsets::Bytes => end - start,
            // Every byte but those that continue a character begins one.
            Offsets::Chars => self.text[start..end]
                .iter()
                .filter(|b| **b & 0xc0 != 0x80)
                .count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Keyed, registry};

    fn run(input: &str, change: impl Fn(&mut Options)) -> (String, Detected) {
        let program = Program::compile(registry::built_in().unwrap()).unwrap();
        let mut worker = Worker::new(&program, &Keyed::from_secret(b"test")).unwrap();
        let mut options = Options {
            input: Input::Jsonl,
            least: Confidence::Medium,
            overlaps: Overlaps::Best,
            offsets: Offsets::Bytes,
            redact: false,
        };
        change(&mut options);
        let mut out = Vec::new();
        let done = detect(&mut worker, &options, &mut input.as_bytes(), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), done)
    }

    const LINES: &str = "{\"id\": 1, \"text\": \"é: ana@quarry-mail.com\"}\n{\"id\":\"b\",\"text\":\"\"}\n";

    #[test]
    fn records_come_in_order_with_offsets_in_bytes_or_characters() {
        let (bytes, done) = run(LINES, |_| ());
        assert_eq!(
            done,
            Detected {
                records: 2,
                bad: vec![]
            }
        );
        let lines: Vec<serde_json::Value> = bytes.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines[0]["id"], 1);
        assert_eq!(
            (&lines[0]["spans"][0]["start"], &lines[0]["spans"][0]["end"]),
            (&4.into(), &23.into())
        );
        assert_eq!(lines[0]["spans"][0]["classifier"], "email");
        assert_eq!(lines[1], serde_json::json!({"id": "b", "spans": []}));
        let (chars, _) = run(LINES, |o| o.offsets = Offsets::Chars);
        let first: serde_json::Value = serde_json::from_str(chars.lines().next().unwrap()).unwrap();
        assert_eq!(
            (&first["spans"][0]["start"], &first["spans"][0]["end"]),
            (&3.into(), &22.into())
        );
        assert!(!chars.contains("quarry"));
    }

    #[test]
    fn redaction_writes_the_classifier_in_place_of_the_value() {
        let (out, _) = run(LINES, |o| o.redact = true);
        assert_eq!(out.lines().next().unwrap(), "{\"id\":1,\"text\":\"é: [EMAIL]\"}");
        let (out, _) = run("to ana@quarry-mail.com, 2 × now\n", |o| {
            o.redact = true;
            o.input = Input::Text { id: "-".into() };
        });
        assert_eq!(out, "to [EMAIL], 2 × now\n");
    }

    #[test]
    fn bad_lines_are_numbered_and_never_quoted() {
        let (out, done) = run("nonsense\n\n{\"id\":1}\n{\"id\":2,\"text\":\"x\"}\n", |_| ());
        assert_eq!(out, "{\"id\":2,\"spans\":[]}\n");
        assert_eq!(
            done.bad,
            [
                (1, "it is not JSON"),
                (3, "it is not an object with `id` and `text`")
            ]
        );
    }
}
