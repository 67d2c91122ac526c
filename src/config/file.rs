//! The config file: `lakewarden.toml`, flat `name = value` lines with the names of the flags.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::load::{ConfigError, Given, Origin};
use super::settings::{SETTINGS, Setting};
use crate::model::spelling::nearest;

/// Reads the file. Unknown names are refused.
pub(super) fn read(path: &Path) -> Result<BTreeMap<&'static str, Given>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<&'static str, Given>, ConfigError> {
    let line = |at: usize| {
        text.as_bytes()[..at.min(text.len())]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1
    };
    let wrong = |at: usize, why: String| ConfigError::Wrong {
        place: format!("{}:{}", path.display(), line(at)),
        why,
    };
    let table = DeTable::parse(text).map_err(|error| {
        let why = error.message().lines().next().unwrap_or_default().to_owned();
        wrong(error.span().map_or(0, |span| span.start), why)
    })?;
    let mut given = BTreeMap::new();
    for (key, value) in table.get_ref() {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let setting = Setting::named(name).ok_or_else(|| wrong(at, unknown(name, value.get_ref())))?;
        let values = values(value.get_ref()).ok_or_else(|| {
            wrong(
                at,
                format!("{name} takes text, a number, true or false, or a list of them"),
            )
        })?;
        let origin = Origin::File(path.to_owned(), line(at));
        given.insert(setting.name, Given { values, origin });
    }
    Ok(given)
}

fn unknown(name: &str, value: &DeValue<'_>) -> String {
    match value {
        DeValue::Table(_) => {
            format!("there are no sections such as [{name}]; write plain `name = value` lines")
        }
        _ => {
            let dashed = name.replace('_', "-");
            format!(
                "unknown key {name:?}{}",
                nearest(&dashed, SETTINGS.iter().map(|s| s.name))
            )
        }
    }
}

/// The values as a flag would give them; `None` for tables.
fn values(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| scalar(item.get_ref())).collect(),
        single => Some(vec![scalar(single)?]),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(|number| number.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(on) => Some(on.to_string()),
        DeValue::Datetime(at) => Some(at.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Result<BTreeMap<&'static str, Given>, String> {
        parse(Path::new("lakewarden.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_value_reads_as_its_flag_would() {
        let text = "memory = '1GiB'\njobs = 0x10\nanonymous = true\nmodified-since = 2026-01-31\nmin-coverage = 99.5\n\
                    output = ['table', 'json=out.json']\nexclude = '*.tmp'\n";
        let given = given(text).unwrap();
        let values = |name: &str| given[name].values.join(" ");
        assert_eq!(values("memory"), "1GiB");
        assert_eq!(values("jobs"), "16");
        assert_eq!(values("anonymous"), "true");
        assert_eq!(values("modified-since"), "2026-01-31");
        assert_eq!(values("min-coverage"), "99.5");
        assert_eq!(values("output"), "table json=out.json");
        assert_eq!(values("exclude"), "*.tmp");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let error = |text: &str| given(text).unwrap_err();
        assert_eq!(
            error("seed = 1\n\nmin_sze = 3\n"),
            "use lakewarden.toml:3: unknown key \"min_sze\"; did you mean \"min-size\"?"
        );
        assert!(
            error("seed = 1\n[gates]\nfail-on = 'high'\n")
                .starts_with("use lakewarden.toml:2: there are no sections")
        );
        assert!(error("seed = {a = 1}\n").starts_with("use lakewarden.toml:1: seed takes"));
        assert!(error("seed = 1\nseed = 2\n").starts_with("use lakewarden.toml:2: "));
        assert!(error("seed = 'é\n").starts_with("use lakewarden.toml:1: "));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = given(&text);
        }
    }
}
