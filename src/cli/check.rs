//! `config check`: what is in effect and where it came from.

use super::commands::{Config, Global};
use super::exit::Exit;
use super::page::columns;
use super::{Failure, Outcome, screen};
use crate::config::{Loaded, Origin, SETTINGS, Setting};

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
                .map(|value| without_credentials(value))
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

/// An address without the user and password before its host and without its query, which could be a signature.
fn without_credentials(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?…"));
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = match host.rsplit_once('@') {
        // `abfss://container@account` names a container, not a user.
        Some((user, host)) if scheme.starts_with("http") || user.contains(':') => format!("…@{host}"),
        _ => host.to_owned(),
    };
    format!("{scheme}://{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_addresses_are_not_shown() {
        for (given, shown) in [
            ("http://ana:pass@host:9000/x", "http://…@host:9000/x"),
            ("az://acct/box/p?sig=abc", "az://acct/box/p?…"),
            (
                "abfss://box@acct.dfs.core.windows.net/p",
                "abfss://box@acct.dfs.core.windows.net/p",
            ),
            ("json=out.json", "json=out.json"),
        ] {
            assert_eq!(without_credentials(given), shown);
        }
    }
}
