//! Lines of coloured, aligned, wrapped text.

use crate::model::exposure::Verdict;
use crate::model::report::Outcome;
use crate::model::risk::Level;
use crate::report::Style;
use crate::report::text::{columns, wrap};

/// How a piece of text looks. Meaning never rests on it alone: every coloured word says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Dim,
    Bold,
    Good,
    Low,
    Medium,
    High,
    Critical,
}

impl Ink {
    /// The sequence that switches it on: the sixteen colours every terminal has, in the user's own palette.
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Dim => "\u{1b}[2m",
            Self::Bold => "\u{1b}[1m",
            Self::Good => "\u{1b}[32m",
            Self::Low => "\u{1b}[36m",
            Self::Medium => "\u{1b}[33m",
            Self::High => "\u{1b}[1;31m",
            Self::Critical => "\u{1b}[1;97;41m",
        }
    }
}

impl From<Level> for Ink {
    fn from(level: Level) -> Self {
        match level {
            Level::None => Self::Dim,
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
            Level::Critical => Self::Critical,
        }
    }
}

impl From<Outcome> for Ink {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Good,
            Outcome::Fail => Self::Critical,
            Outcome::NotProven => Self::Medium,
        }
    }
}

/// The ink of a verdict's name.
pub(super) fn reach(verdict: Verdict) -> Ink {
    match verdict {
        v if v.is_public() => Ink::High,
        Verdict::AnyAuthenticated | Verdict::External | Verdict::Latent => Ink::Medium,
        Verdict::Private => Ink::Good,
        _ => Ink::Low,
    }
}

/// The longest beginning of the text that takes at most `room` columns.
fn fitting(text: &str, room: usize) -> &str {
    let mut end = text.len();
    while columns(&text[..end]) > room {
        end = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    &text[..end]
}

/// Writes lines into memory.
pub(super) struct Pen {
    text: String,
    color: bool,
    width: usize,
}

impl Pen {
    pub(super) fn new(style: Style) -> Self {
        Self {
            text: String::new(),
            color: style.color,
            width: usize::from(style.width.clamp(40, 120)),
        }
    }

    /// Columns of a line.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line of pieces; what does not fit the width is cut off.
    pub(super) fn line(&mut self, pieces: &[(Ink, &str)]) {
        let mut room = self.width;
        for (ink, text) in pieces {
            let text = fitting(text, room);
            room -= columns(text);
            self.put(*ink, text);
        }
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }

    /// A section's name, and how much is in it.
    pub(super) fn section(&mut self, name: &str, note: &str) {
        self.blank();
        let rule = "─".repeat(self.width.saturating_sub(columns(name) + columns(note) + 3));
        let gap = if note.is_empty() { "" } else { " " };
        self.line(&[
            (Ink::Bold, name),
            (Ink::Dim, " "),
            (Ink::Dim, &rule),
            (Ink::Dim, gap),
            (Ink::Dim, note),
        ]);
    }

    /// Text over as many lines as it takes, each behind `indent` spaces.
    pub(super) fn wrapped(&mut self, ink: Ink, text: &str, indent: usize) {
        let margin = " ".repeat(indent);
        for line in wrap(text, self.width - indent) {
            self.line(&[(Ink::Plain, &margin), (ink, &line)]);
        }
    }

    /// Text with a word before its first line: `label` ends where `indent` begins.
    pub(super) fn labelled(&mut self, label: (Ink, &str), indent: usize, text: (Ink, &str)) {
        let pad = " ".repeat(indent.saturating_sub(columns(label.1)));
        let margin = " ".repeat(indent);
        for (i, line) in wrap(text.1, self.width - indent).iter().enumerate() {
            if i == 0 {
                self.line(&[label, (Ink::Plain, &pad), (text.0, line)]);
            } else {
                self.line(&[(Ink::Plain, &margin), (text.0, line)]);
            }
        }
    }

    /// The same, where the text begins with a word in an ink of its own.
    pub(super) fn led(&mut self, label: (Ink, &str), indent: usize, lead: (Ink, &str), rest: &str) {
        let pad = " ".repeat(indent.saturating_sub(columns(label.1)));
        let margin = " ".repeat(indent);
        for (i, line) in wrap(&format!("{} {rest}", lead.1), self.width - indent)
            .iter()
            .enumerate()
        {
            match line.strip_prefix(lead.1).filter(|_| i == 0) {
                Some(after) => self.line(&[label, (Ink::Plain, &pad), lead, (Ink::Plain, after)]),
                None => self.line(&[(Ink::Plain, &margin), (Ink::Plain, line)]),
            }
        }
    }

    fn put(&mut self, ink: Ink, text: &str) {
        let code = if self.color && !text.trim().is_empty() {
            ink.code()
        } else {
            ""
        };
        self.text.push_str(code);
        self.text.push_str(text);
        self.text.push_str(if code.is_empty() { "" } else { "\u{1b}[0m" });
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
