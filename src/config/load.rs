//! Flags over environment over file, with where each value came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Config;
use super::file;
use super::settings::{Group, SETTINGS, Setting, Takes};
use crate::model::spelling::nearest_of;

/// The file that is read when none is named, if it is there.
pub const FILE: &str = "lakewarden.toml";
/// The variable that names another one.
const FILE_VARIABLE: &str = "LAKEWARDEN_CONFIG";

/// Why settings cannot be used. Nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("read the config file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A value, a name or the file's syntax is wrong.
    #[error("use {place}: {why}")]
    Wrong {
        /// The flag, the variable, or the file and line.
        place: String,
        /// What is wrong and what to write instead.
        why: String,
    },
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// A variable of the environment.
    Environment(String),
    /// A line of the config file, from 1.
    File(PathBuf, usize),
}

/// Values as they were written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The values; one unless the setting takes many.
    pub values: Vec<String>,
    /// Where they came from.
    pub origin: Origin,
}

impl Given {
    /// Values from the command line.
    pub fn flag(values: Vec<String>) -> Self {
        Self {
            values,
            origin: Origin::Flag,
        }
    }
}

/// A configuration that can be used, and where its parts came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What was said, by setting; the rest has its default.
    pub given: BTreeMap<&'static str, Given>,
    /// The config file, if one was read.
    pub file: Option<PathBuf>,
    /// Variables that look like settings and are none, each with a suggestion.
    pub ignored: Vec<String>,
}

/// Puts everything together: `flags` by name, the environment's variables that begin with `LAKEWARDEN_`, and the file
/// that is named, or [`FILE`] if it is there.
///
/// # Errors
///
/// The first thing that is wrong, with its place.
pub fn load(
    flags: BTreeMap<&'static str, Given>,
    environment: &BTreeMap<String, String>,
    file: Option<&Path>,
) -> Result<Loaded, ConfigError> {
    let file = chosen_file(environment, file);
    let mut given = match &file {
        Some(path) => file::read(path)?,
        None => BTreeMap::new(),
    };
    given.extend(from_environment(environment));
    given.extend(flags);
    let mut config = Config::default();
    for setting in SETTINGS {
        if let Some(said) = given.get(setting.name) {
            setting
                .apply(&mut config, &said.values)
                .map_err(|why| ConfigError::Wrong {
                    place: place(setting, &said.origin),
                    why,
                })?;
        }
    }
    Ok(Loaded {
        config,
        given,
        file,
        ignored: ignored(environment),
    })
}

fn chosen_file(environment: &BTreeMap<String, String>, named: Option<&Path>) -> Option<PathBuf> {
    let variable = environment.get(FILE_VARIABLE).filter(|name| !name.is_empty());
    let there = || Path::new(FILE).exists().then(|| PathBuf::from(FILE));
    named
        .map(Path::to_owned)
        .or_else(|| variable.map(PathBuf::from))
        .or_else(there)
}

/// How an error calls the place of a value.
fn place(setting: &Setting, origin: &Origin) -> String {
    match origin {
        Origin::Flag if setting.group == Group::Locations => setting.value.to_owned(),
        Origin::Flag => format!("--{}", setting.name),
        Origin::Environment(variable) => variable.clone(),
        Origin::File(path, line) => format!("{}:{line} ({})", path.display(), setting.name),
    }
}

/// An empty variable says nothing, as everywhere in a shell.
fn from_environment(environment: &BTreeMap<String, String>) -> BTreeMap<&'static str, Given> {
    let said = SETTINGS.iter().filter_map(|setting| {
        let variable = setting.variable();
        let text = environment.get(&variable).filter(|text| !text.is_empty())?;
        let values = match setting.takes {
            Takes::Many(_) => split(text),
            _ => vec![text.clone()],
        };
        let origin = Origin::Environment(variable);
        Some((setting.name, Given { values, origin }))
    });
    said.collect()
}

/// A list in a variable: at commas, but not at those inside a glob's braces.
fn split(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let parts = text.split(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Only those that are nearly a setting: others may mean something to another program.
fn ignored(environment: &BTreeMap<String, String>) -> Vec<String> {
    let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let unknown = environment
        .keys()
        .filter(|name| *name != FILE_VARIABLE && !known.contains(name));
    let near = unknown.filter_map(|name| {
        let tail = |name: &str| name.trim_start_matches("LAKEWARDEN_").to_owned();
        let tails: Vec<String> = known.iter().map(|known| tail(known)).collect();
        let meant = nearest_of(&tail(name), tails.iter().map(String::as_str))?;
        Some(format!("{name} is no setting; did you mean LAKEWARDEN_{meant}?"))
    });
    near.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        pairs.iter().map(own).collect()
    }

    fn flags(pairs: &[(&'static str, &str)]) -> BTreeMap<&'static str, Given> {
        let own = |(name, value): &(&'static str, &str)| (*name, Given::flag(vec![value.to_string()]));
        pairs.iter().map(own).collect()
    }

    #[test]
    fn flags_win_over_the_environment_and_the_environment_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lakewarden.toml");
        std::fs::write(
            &file,
            "jobs = 2\nseed = 7\nregion = 'eu-north-1'\ninclude = ['*.csv', '*.json']\n",
        )
        .unwrap();
        let loaded = load(
            flags(&[("jobs", "4")]),
            &environment(&[
                ("LAKEWARDEN_JOBS", "3"),
                ("LAKEWARDEN_SEED", "8"),
                ("LAKEWARDEN_REGION", ""),
            ]),
            Some(&file),
        )
        .unwrap();
        let config = &loaded.config;
        assert_eq!((config.jobs, config.seed), (4, 8));
        assert_eq!(config.eyes.region.as_deref(), Some("eu-north-1"));
        assert_eq!(config.filter.include, ["*.csv", "*.json"]);
        assert_eq!(
            loaded.given["seed"].origin,
            Origin::Environment("LAKEWARDEN_SEED".into())
        );
        assert_eq!(loaded.given["region"].origin, Origin::File(file, 3));
    }

    #[test]
    fn a_wrong_value_is_named_by_its_place() {
        let place = |flags_: &[(&'static str, &str)], vars: &[(&str, &str)]| {
            load(flags(flags_), &environment(vars), None)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            place(&[("min-size", "12XB")], &[]),
            "use --min-size: \"12XB\" is not a size; write it like 512MiB, 10MB or 4096"
        );
        let error = place(&[], &[("LAKEWARDEN_DETAIL", "tabels")]);
        assert!(error.starts_with("use LAKEWARDEN_DETAIL: "), "{error}");
        assert!(error.ends_with("did you mean \"tables\"?"), "{error}");
    }

    #[test]
    fn lists_in_variables_keep_the_braces_of_globs() {
        assert_eq!(split("*.{csv,json}, logs/**,"), ["*.{csv,json}", "logs/**"]);
    }

    #[test]
    fn a_mistyped_variable_is_noticed_and_a_foreign_one_is_not() {
        let found = ignored(&environment(&[
            ("LAKEWARDEN_MIN_SZE", "1"),
            ("LAKEWARDEN_WXYZ", "1"),
            ("LAKEWARDEN_CONFIG", "x"),
            ("LAKEWARDEN_JOBS", "1"),
        ]));
        assert_eq!(
            found,
            ["LAKEWARDEN_MIN_SZE is no setting; did you mean LAKEWARDEN_MIN_SIZE?"]
        );
    }

    #[test]
    fn a_named_file_must_be_there() {
        let error = load(BTreeMap::new(), &BTreeMap::new(), Some(Path::new("no/such.toml"))).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("read the config file no/such.toml: ")
        );
    }
}
