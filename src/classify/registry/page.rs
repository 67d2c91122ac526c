//! The page about all classifiers, `docs/classifiers.md`, made from their files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use super::{Alias, Classifier};
use crate::model::risk::Category;

/// How often a classifier was right, and how much it found, on labelled data.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Measured {
    /// The share of what it found that is the thing, 0 to 1.
    pub precision: f64,
    /// The share of the things that it found, 0 to 1.
    pub recall: f64,
}

/// The categories in the order of the page, with what they are called there.
const CATEGORIES: [(Category, &str); 8] = [
    (Category::Contact, "Contact"),
    (Category::NationalId, "National identifiers"),
    (Category::Financial, "Financial"),
    (Category::Health, "Health"),
    (Category::Demographic, "Demographic"),
    (Category::Network, "Network and devices"),
    (Category::Credential, "Credentials"),
    (Category::Ai, "Data for models"),
];

/// Markdown: a table of contents, then for each classifier what it is, its rule's source, how often chance passes its checks,
/// its names elsewhere and, where `measured` knows them, its precision and recall.
pub fn page(classifiers: &[Classifier], measured: &BTreeMap<String, Measured>) -> String {
    let mut page = format!(
        "# Classifiers\n\n{} kinds of data are looked for. This page is made from the files in `classifiers/`.\n",
        classifiers.len()
    );
    let of = |category| classifiers.iter().filter(move |c| c.category == category);
    for (category, name) in CATEGORIES {
        let _ = write!(
            page,
            "\n## {name}\n\n| id | name | regions | passes by chance | precision | recall |\n|---|---|---|---|---|---|\n"
        );
        of(category).for_each(|classifier| page.push_str(&row(classifier, measured.get(&classifier.id))));
        of(category).for_each(|classifier| page.push_str(&section(classifier)));
    }
    page
}

fn row(of: &Classifier, measured: Option<&Measured>) -> String {
    let share = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
    format!(
        "| [`{id}`](#{id}) | {} | {} | {} | {} | {} |\n",
        of.name,
        if of.regions.is_empty() {
            "worldwide".to_owned()
        } else {
            of.regions.join(" ")
        },
        chance(of),
        share(measured.map(|measured| measured.precision)),
        share(measured.map(|measured| measured.recall)),
        id = of.id,
    )
}

/// The share of random values that pass the checks, in words.
fn chance(of: &Classifier) -> String {
    match of.validate.random_pass_rate {
        _ if of.validate.all.is_empty() => "no check".to_owned(),
        rate if rate < 1e-4 => "almost never".to_owned(),
        rate if rate < 0.01 => format!("1 in {:.0}", 1.0 / rate),
        rate => format!("{:.0} %", rate * 100.0),
    }
}

fn section(of: &Classifier) -> String {
    let mut text = format!("\n### {}\n\n{}. {}\n\n", of.id, of.name, of.summary.trim());
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "- {name}: {value}");
        }
    };
    fact("severity", of.severity.as_str().to_owned());
    fact("checks", of.validate.all.join(", "));
    fact("words near it", of.context.keywords.join(", "));
    fact("column names", of.context.columns.join(", "));
    fact("other columns", of.context.not_columns.join(", "));
    let elsewhere = of
        .aliases
        .iter()
        .map(|(tool, alias)| format!("{tool} {}", names(alias)));
    fact("in other tools", elsewhere.collect::<Vec<_>>().join("; "));
    let sources = of.references.iter().map(|address| format!("<{address}>"));
    fact("rule", sources.collect::<Vec<_>>().join(", "));
    text
}

fn names(alias: &Alias) -> String {
    match alias {
        Alias::One(name) => name.clone(),
        Alias::Many(names) => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::registry::built_in;

    #[test]
    fn every_classifier_has_a_row_and_a_section() {
        let all = built_in().unwrap();
        let measured = BTreeMap::from([(
            "email".to_owned(),
            Measured {
                precision: 0.995,
                recall: 0.5,
            },
        )]);
        let page = page(&all, &measured);
        for classifier in &all {
            assert!(
                page.contains(&format!("| [`{}`]", classifier.id)),
                "{}",
                classifier.id
            );
            assert!(
                page.contains(&format!("\n### {}\n", classifier.id)),
                "{}",
                classifier.id
            );
        }
        assert!(page.contains("| 0.995 | 0.500 |"));
    }
}
