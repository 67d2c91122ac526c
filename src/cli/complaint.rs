//! What the argument parser says, in a line.

use std::io::Write as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::Exit;
use super::screen;

/// Shows help and version on stdout, and anything that is wrong on stderr.
pub(super) fn show(error: &clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that is gone is not an error.
            let _ = write!(std::io::stdout(), "{}", error.render());
            Exit::Fine
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            screen::say(error.render().to_string().trim_end());
            Exit::Usage
        }
        _ => {
            let line = line(error);
            let more = if line.ends_with('?') { "" } else { "; see --help" };
            screen::say(&format!("error: {line}{more}"));
            Exit::Usage
        }
    }
}

fn line(error: &clap::Error) -> String {
    let text = |kind| error.get(kind).and_then(words);
    let argument = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let argument = argument.unwrap_or_default();
            format!(
                "there is no option {argument:?}{}",
                meant(text(ContextKind::SuggestedArg))
            )
        }
        ErrorKind::InvalidSubcommand => {
            let command = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!(
                "there is no command {command:?}{}",
                meant(text(ContextKind::SuggestedSubcommand))
            )
        }
        ErrorKind::InvalidValue if value.as_deref() != Some("") => format!(
            "{}: {:?} is not one of {}{}",
            argument.unwrap_or_default(),
            value.unwrap_or_default(),
            text(ContextKind::ValidValue).unwrap_or_default(),
            meant(text(ContextKind::SuggestedValue))
        ),
        _ => plain(error),
    }
}

/// The parser's own first paragraph, in one line.
fn plain(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.trim_start_matches("error: ").split_whitespace().collect();
    words.join(" ")
}

fn meant(near: Option<String>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean {near:?}?"))
}

fn words(value: &ContextValue) -> Option<String> {
    match value {
        ContextValue::String(text) => Some(text.clone()),
        // Suggestions come with the likeliest last.
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        _ => None,
    }
}
