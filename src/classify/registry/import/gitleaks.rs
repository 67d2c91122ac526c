//! Rules of gitleaks: `[[rules]]` in TOML.

use toml::{Table, Value};

use super::{Imported, Notes, Pattern, classifier, id, line_of, pattern};
use crate::classify::registry::{Alias, Classifier};
use crate::model::risk::Category;

/// The odds of a form that one vendor alone uses.
const WEIGHT: f64 = 2.0;

pub(super) fn import(text: &str) -> Result<Imported, String> {
    let file: Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let rules = file
        .get("rules")
        .and_then(Value::as_array)
        .ok_or("it has no [[rules]]")?;
    let (mut imported, mut from) = (Imported::default(), 0);
    for rule in rules.iter().filter_map(Value::as_table) {
        let name = rule.get("id").and_then(Value::as_str).unwrap_or("(no id)");
        from = line_of(text, from, &["id", name]);
        let mut notes = Notes {
            text,
            rule: name.to_owned(),
            from,
            all: &mut imported.notes,
        };
        imported.classifiers.extend(one(name, rule, &mut notes));
    }
    Ok(imported)
}

fn one(name: &str, rule: &Table, notes: &mut Notes<'_>) -> Option<Classifier> {
    let text = |key: &str| rule.get(key).and_then(Value::as_str);
    let Some(regex) = text("regex") else {
        notes.add(
            "path",
            "it has no regex: rules on paths alone are not carried over",
        );
        return None;
    };
    let carried = match pattern::carry(regex) {
        Ok(carried) => carried,
        Err(why) => {
            notes.add("regex", format!("the rule is not carried over: {why}"));
            return None;
        }
    };
    carried
        .changes
        .iter()
        .for_each(|change| notes.add("regex", *change));
    for (key, what) in [
        (
            "secretGroup",
            "secretGroup: the whole match counts, not one group of it",
        ),
        (
            "entropy",
            "entropy: not carried over; a validator such as generic_secret says whether a value looks random",
        ),
        ("path", "path: not carried over; the rule looks everywhere"),
        (
            "allowlist",
            "allowlist: not carried over; allowed values go to exceptions.toml",
        ),
        (
            "allowlists",
            "allowlists: not carried over; allowed values go to exceptions.toml",
        ),
    ] {
        if rule.contains_key(key) {
            notes.add(key, what);
        }
    }
    let pattern = Pattern {
        regex: carried.regex,
        lead: None,
        weight: WEIGHT,
    };
    let described = text("description").unwrap_or(name).to_owned();
    let mut made = classifier(
        id(name),
        described,
        Category::Credential,
        vec![pattern],
        carried.max_len,
    );
    made.aliases
        .insert("gitleaks".into(), Alias::One(name.to_owned()));
    Some(made)
}
