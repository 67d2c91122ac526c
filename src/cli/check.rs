//! `config check`: what is in effect and where it came from.

use super::commands::{Config, Global};
use super::exit::Exit;
use super::page::columns;
use super::{Failure, Outcome, screen};
use crate::config::{Loaded, Origin, SETTINGS, Setting};
use crate::model::redact;

pub(super) fn run(global: &Global, asked: &Config) -> Outcome {
    let Config::Check { options } = asked;
    let loaded = options.load(global, &[])?;
    let file = match &loaded.file {
        Some(path) => format!("config file: {}\n\n", screen::inert(&path.display().to_string())),
        None => "config file: none\n\n".to_owned(),
    };
    let rows: Vec<Vec<String>> = SETTINGS.iter().map(|setting| row(setting, &loaded)).collect();
    screen::print(&(file + &columns(&rows, usize::MAX)))
        .map_err(|error| Failure::broken(format!("failed to write: {error}")))?;
    Ok(Exit::Fine)
}

fn row(setting: &'static Setting, loaded: &Loaded) -> Vec<String> {
    let (value, origin) = match loaded.given.get(setting.name) {
        None => (or_nothing(setting.default), "default".to_owned()),
        Some(given) if setting.is_confidential() => ("(set, not shown)".to_owned(), origin(&given.origin)),
        Some(given) => {
            let values: Vec<String> = given
                .values
                .iter()
                .map(|value| redact::without_credentials(value))
                .collect();
            (values.join(", "), origin(&given.origin))
        }
    };
    vec![setting.name.to_owned(), value, origin]
}

fn or_nothing(default: &str) -> String {
    if default.is_empty() { "-" } else { default }.to_owned()
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Flag => "command line".to_owned(),
        Origin::Environment(variable) => variable.clone(),
        Origin::File(path, line) => format!("{}:{line}", path.display()),
    }
}
