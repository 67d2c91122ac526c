//! The classifiers: built in, from users' folders, chosen and checked.

pub mod check;
mod exceptions;
mod file;
#[cfg(feature = "cli")]
pub mod import;
pub mod page;

use std::path::{Path, PathBuf};

pub use exceptions::{Allow, Exceptions, Suppress};
pub use file::{
    Accept, Alias, Boundary, Classifier, Context, Match, Named, Normalise, Pattern, Reject, Validate,
};

use crate::model::spelling::nearest;

include!(concat!(env!("OUT_DIR"), "/classifiers.rs"));

/// Why a classifier file or a choice of classifiers cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The file cannot be read.
    #[error("read classifier file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a classifier.
    #[error("read classifier {file}:{line}: {why}")]
    Malformed {
        /// The file.
        file: String,
        /// The 1-based line.
        line: usize,
        /// What is wrong and what to do.
        why: String,
    },
    /// A name on the command line, in the config or in an exception is no classifier and no category.
    #[error("{doing}: {name:?} is neither a classifier nor a category{near}")]
    Unknown {
        /// What the name was for.
        doing: String,
        /// The name.
        name: String,
        /// A suggestion, or nothing.
        near: String,
    },
}

/// The classifiers that ship with Lakewarden.
///
/// # Errors
///
/// Never in a build that passed its tests; a broken built-in file is named as any other.
pub fn built_in() -> Result<Vec<Classifier>, RegistryError> {
    FILES.iter().map(|(name, text)| parse(name, text)).collect()
}

/// The classifiers in the `.toml` files of a folder, or in one file.
///
/// # Errors
///
/// The first file that cannot be read or is not a classifier.
pub fn from_path(path: &Path) -> Result<Vec<Classifier>, RegistryError> {
    let unreadable = |source| RegistryError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        files = entries
            .map(|e| e.map(|e| e.path()))
            .collect::<Result<_, _>>()
            .map_err(unreadable)?;
        files.retain(|file| {
            file.extension().is_some_and(|ext| ext == "toml") && !file.ends_with(exceptions::FILE)
        });
        files.sort();
    }
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).map_err(|source| RegistryError::Unreadable {
                path: file.clone(),
                source,
            })?;
            let mut read = parse(&file.display().to_string(), &text)?;
            if let (Some(words), Some(folder)) = (&mut read.matching.words, file.parent()) {
                *words = folder.join(&words);
            }
            Ok(read)
        })
        .collect()
}

/// Reads one classifier.
///
/// # Errors
///
/// The line and the reason, with a suggestion for an unknown key.
pub fn parse(file: &str, text: &str) -> Result<Classifier, RegistryError> {
    toml::from_str(text).map_err(|error| malformed(file, text, &error))
}

fn malformed(file: &str, text: &str, error: &toml::de::Error) -> RegistryError {
    let start = error.span().map_or(0, |span| span.start);
    let line = text[..start.min(text.len())].matches('\n').count() + 1;
    RegistryError::Malformed {
        file: file.to_owned(),
        line,
        why: suggest(error.message()),
    }
}

/// Adds "did you mean" to the parser's list of the keys that it knows.
fn suggest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match (message.starts_with("unknown field"), quoted.next()) {
        (true, Some(unknown)) => format!("unknown key {unknown:?}{}", nearest(unknown, quoted)),
        _ => message.lines().next().unwrap_or_default().to_owned(),
    }
}

/// Chooses classifiers: `enable` replaces the default set (all), `disable` subtracts; both name ids or categories.
///
/// # Errors
///
/// A name that is neither, with a suggestion.
pub fn choose(
    all: Vec<Classifier>,
    enable: &[String],
    disable: &[String],
) -> Result<Vec<Classifier>, RegistryError> {
    let doing = || "choose classifiers".to_owned();
    refuse_unknown(enable.iter().chain(disable), &all, doing)?;
    let chosen = |c: &Classifier| (enable.is_empty() || c.is_named_in(enable)) && !c.is_named_in(disable);
    Ok(all.into_iter().filter(chosen).collect())
}

/// Refuses the first name that is neither the id nor the category of one of `all`.
fn refuse_unknown<'a>(
    mut names: impl Iterator<Item = &'a String>,
    all: &[Classifier],
    doing: impl FnOnce() -> String,
) -> Result<(), RegistryError> {
    let known = || all.iter().flat_map(|c| [c.id.as_str(), c.category.as_str()]);
    match names.find(|name| !known().any(|known| known == *name)) {
        Some(name) => Err(RegistryError::Unknown {
            doing: doing(),
            name: name.clone(),
            near: nearest(name, known()),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_a_suggestion() {
        let text = "id = 'x'\nname = 'X'\ncategry = 'contact'\n";
        let error = parse("x.toml", text).unwrap_err().to_string();
        assert_eq!(
            error,
            "read classifier x.toml:3: unknown key \"categry\"; did you mean \"category\"?"
        );
    }

    #[test]
    fn choosing_replaces_and_subtracts_by_id_or_category() {
        let ids = |enable: &[&str], disable: &[&str]| {
            let own = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<Vec<_>>();
            let chosen = choose(built_in().unwrap(), &own(enable), &own(disable));
            chosen.map(|cs| cs.into_iter().map(|c| c.id).collect::<Vec<_>>())
        };
        assert_eq!(ids(&["ipv4"], &[]).unwrap(), ["ipv4"]);
        assert!(!ids(&[], &["network"]).unwrap().contains(&"ipv4".to_owned()));
        let error = ids(&["emial"], &[]).unwrap_err().to_string();
        assert!(error.ends_with("did you mean \"email\"?"), "{error}");
    }
}
