//! stderr and stdout of the process: lines that do not tear the progress bar, and pipes that may close.

use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;

/// The bar that is on the terminal, if any: lines go above it.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Shows a bar, or takes the one that is shown away.
pub(super) fn show(bar: Option<ProgressBar>) {
    let old = std::mem::replace(&mut *BAR.lock().unwrap_or_else(PoisonError::into_inner), bar);
    if let Some(old) = old {
        old.finish_and_clear();
    }
}

/// Writes a line on stderr, above the bar. Control characters, which could come from a name, are made visible.
pub(super) fn say(line: &str) {
    raw(format!("{}\n", inert(line)).as_bytes());
}

/// The same from a place that must not wait for anything.
pub(super) fn urgent(line: &str) {
    let _ = writeln!(io::stderr(), "{}", inert(line));
}

/// Writes on stderr, above the bar. There is nobody to tell if it cannot be written.
pub(super) fn raw(bytes: &[u8]) {
    let write = || {
        let _ = io::stderr().write_all(bytes);
    };
    match &*BAR.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Writes on stdout. A reader that is gone is not an error.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Whether stdout may be coloured, and its width in columns.
pub(super) fn style() -> (bool, u16) {
    let terminal = io::stdout().is_terminal();
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    (terminal && wanted && !dumb, width())
}

/// The terminal's columns, or what `COLUMNS` says, or 80.
pub(super) fn width() -> u16 {
    let terminal = console::Term::stdout().size_checked().map(|(_, columns)| columns);
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal
        .or_else(said)
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
}

/// Text without control characters: each becomes a visible escape. Line ends stay.
pub(super) fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let reorders =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (c.is_control() && c != '\n') || reorders {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_names_are_shown_and_not_obeyed() {
        assert_eq!(
            inert("a\u{1b}[31mb\rc\u{202e}d\né"),
            "a\\u{1b}[31mb\\rc\\u{202e}d\né"
        );
    }
}
