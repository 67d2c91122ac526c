//! Recognisers of Presidio: a list of `recognizers` in YAML, each with patterns, a list of words, and context.

use yaml_rust2::{Yaml, YamlLoader};

use super::{Imported, Notes, Pattern, classifier, id, line_of, pattern};
use crate::classify::registry::{Alias, Classifier};
use crate::model::risk::Category;

/// The odds of a word that the user listed.
const LISTED: f64 = 3.0;

pub(super) fn import(text: &str) -> Result<Imported, String> {
    let file = YamlLoader::load_from_str(text)
        .map_err(|error| format!("it is not YAML: line {}", error.marker().line()))?;
    let list = file
        .first()
        .map(|document| &document["recognizers"])
        .and_then(Yaml::as_vec);
    let list = list.ok_or("it has no list of recognizers")?;
    let (mut imported, mut from) = (Imported::default(), 0);
    for recogniser in list {
        let Some(entity) = recogniser["supported_entity"].as_str() else {
            let name = recogniser["name"]
                .as_str()
                .or(recogniser.as_str())
                .unwrap_or("(no name)");
            from = line_of(text, from, &[name]);
            let mut notes = Notes {
                text,
                rule: name.to_owned(),
                from,
                all: &mut imported.notes,
            };
            notes.add(
                name,
                "it names no supported_entity: a recogniser of the tool's own is not carried over",
            );
            continue;
        };
        from = line_of(text, from, &["supported_entity", entity]);
        let mut notes = Notes {
            text,
            rule: entity.to_owned(),
            from,
            all: &mut imported.notes,
        };
        imported.classifiers.extend(one(entity, recogniser, &mut notes));
    }
    Ok(imported)
}

fn one(entity: &str, recogniser: &Yaml, notes: &mut Notes<'_>) -> Option<Classifier> {
    let (mut patterns, mut max_len) = (Vec::new(), 0);
    for given in list(&recogniser["patterns"]) {
        let regex = given["regex"].as_str().unwrap_or_default();
        match pattern::carry(regex) {
            Ok(carried) => {
                carried
                    .changes
                    .iter()
                    .for_each(|change| notes.add(regex, *change));
                max_len = max_len.max(carried.max_len);
                patterns.push(Pattern {
                    regex: carried.regex,
                    lead: None,
                    weight: weight(&given["score"]),
                });
            }
            Err(why) => notes.add(regex, format!("this regex is not carried over: {why}")),
        }
    }
    for word in list(&recogniser["deny_list"]).iter().filter_map(Yaml::as_str) {
        match pattern::carry(&regex_syntax::escape(word)) {
            Ok(carried) => {
                max_len = max_len.max(carried.max_len);
                patterns.push(Pattern {
                    regex: carried.regex,
                    lead: None,
                    weight: LISTED,
                });
            }
            Err(why) => notes.add(word, format!("this word is not carried over: {why}")),
        }
    }
    if patterns.is_empty() {
        notes.add(entity, "nothing of it is left to look for");
        return None;
    }
    notes.add(entity, "category and severity are guesses: Presidio has none");
    let name = recogniser["name"].as_str().unwrap_or(entity).to_owned();
    let mut made = classifier(id(entity), name, Category::Contact, patterns, max_len);
    made.context.keywords = list(&recogniser["context"])
        .iter()
        .filter_map(Yaml::as_str)
        .map(str::to_lowercase)
        .collect();
    made.aliases
        .insert("presidio".into(), Alias::One(entity.to_owned()));
    Some(made)
}

fn list(of: &Yaml) -> &[Yaml] {
    of.as_vec().map_or(&[], Vec::as_slice)
}

/// A score is a probability; ours are log-odds.
fn weight(score: &Yaml) -> f64 {
    let score = score.as_f64().or(score.as_i64().map(|n| n as f64)).unwrap_or(0.5);
    let score = score.clamp(0.01, 0.99);
    ((score / (1.0 - score)).ln() * 10.0).round() / 10.0
}
