//! `classifiers list | show | check | import`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::commands::{Classifiers, Global, ListFormat};
use super::exit::Exit;
use super::page::{columns, wrapped};
use super::{Failure, Outcome, options, run, screen};
use crate::engine::{self, Alias, Classifier, Cost};
use crate::model::risk::{Category, Severity};

pub(super) fn run(global: &Global, asked: &Classifiers) -> Outcome {
    match asked {
        Classifiers::List { output, options } => {
            let chosen = engine::chosen_classifiers(&options.load(global, &[])?.config.classifiers);
            list(&chosen.map_err(run::failure)?, *output)
        }
        Classifiers::Show { id, options } => {
            let mut chosen = options.load(global, &[])?.config.classifiers;
            // Whether it would run is not the question.
            (chosen.enable, chosen.disable) = (Vec::new(), Vec::new());
            show(&engine::chosen_classifiers(&chosen).map_err(run::failure)?, id)
        }
        Classifiers::Import { file, into } => {
            options::plain(global)?;
            import(file, into)
        }
        Classifiers::Check { paths, cost } => {
            options::plain(global)?;
            let checked = check(paths)?;
            if *cost {
                costs(paths)?;
            }
            Ok(checked)
        }
    }
}

/// A classifier as `list -o json` writes it.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    category: Category,
    severity: Severity,
    regions: &'a [String],
    identifies: bool,
    summary: &'a str,
    random_pass_rate: f64,
    aliases: &'a BTreeMap<String, Alias>,
}

impl<'a> From<&'a Classifier> for Listed<'a> {
    fn from(of: &'a Classifier) -> Self {
        Self {
            id: &of.id,
            name: &of.name,
            category: of.category,
            severity: of.severity,
            regions: &of.regions,
            identifies: of.identifies,
            summary: &of.summary,
            random_pass_rate: of.validate.random_pass_rate,
            aliases: &of.aliases,
        }
    }
}

fn list(classifiers: &[Classifier], format: ListFormat) -> Outcome {
    let text = match format {
        ListFormat::Json => {
            let listed: Vec<Listed<'_>> = classifiers.iter().map(Listed::from).collect();
            serde_json::to_string_pretty(&listed).map_err(Failure::broken)? + "\n"
        }
        ListFormat::Table => {
            let head = ["ID", "CATEGORY", "SEVERITY", "REGIONS", "NAME"]
                .map(str::to_owned)
                .to_vec();
            let rows: Vec<Vec<String>> = std::iter::once(head).chain(classifiers.iter().map(row)).collect();
            columns(&rows, screen::width().into())
        }
    };
    print(&text)
}

fn row(of: &Classifier) -> Vec<String> {
    vec![
        of.id.clone(),
        of.category.as_str().to_owned(),
        of.severity.as_str().to_owned(),
        regions(of),
        of.name.clone(),
    ]
}

fn regions(of: &Classifier) -> String {
    match of.regions.as_slice() {
        [] => "-".to_owned(),
        some => some.join(","),
    }
}

fn print(text: &str) -> Outcome {
    screen::print(text).map_err(|error| Failure::broken(format!("failed to write: {error}")))?;
    Ok(Exit::Fine)
}

fn show(classifiers: &[Classifier], id: &str) -> Outcome {
    let Some(found) = classifiers.iter().find(|classifier| classifier.id == id) else {
        let near = crate::model::spelling::nearest(id, classifiers.iter().map(|c| c.id.as_str()));
        return Err(Failure::usage(format!(
            "there is no classifier {id:?}{near}; see lakewarden classifiers list"
        )));
    };
    print(&described(found, usize::from(screen::width()).min(100)))
}

/// A page about one classifier.
fn described(of: &Classifier, width: usize) -> String {
    let mut page = format!("{}: {}\n\n", screen::inert(&of.id), screen::inert(&of.name));
    page.push_str(&columns(&facts(of), width));
    for (title, text) in [
        ("What it is", of.summary.clone()),
        ("Column names that speak for it", of.context.columns.join(", ")),
        ("Words near it that speak for it", of.context.keywords.join(", ")),
    ] {
        if !text.is_empty() {
            page.push_str(&format!("\n{title}\n{}", wrapped(&text, "  ", width)));
        }
    }
    section(
        &mut page,
        "In other tools",
        of.aliases
            .iter()
            .map(|(tool, alias)| format!("{tool}: {}", names(alias))),
        width,
    );
    section(&mut page, "References", of.references.iter().cloned(), width);
    page
}

fn section(page: &mut String, title: &str, lines: impl Iterator<Item = String>, width: usize) {
    let lines: String = lines.map(|line| wrapped(&line, "  ", width)).collect();
    if !lines.is_empty() {
        page.push_str(&format!("\n{title}\n{lines}"));
    }
}

fn facts(of: &Classifier) -> Vec<Vec<String>> {
    let checks = match of.validate.all.as_slice() {
        [] => "shape alone".to_owned(),
        some => some.join(", "),
    };
    let chance = of.validate.random_pass_rate * 100.0;
    let fact = |name: &str, value: String| vec![format!("  {name}"), value];
    vec![
        fact("category", of.category.as_str().to_owned()),
        fact("severity", of.severity.as_str().to_owned()),
        fact(
            "regions",
            if of.regions.is_empty() {
                "worldwide".to_owned()
            } else {
                regions(of)
            },
        ),
        fact(
            "counts people",
            if of.identifies { "yes" } else { "no" }.to_owned(),
        ),
        fact("checks", checks),
        fact(
            "pass by chance",
            format!("{} % of random values of its shape", rounded(chance)),
        ),
        fact("longest match", format!("{} bytes", of.matching.max_len)),
        fact("confidence at most", of.matching.ceiling.as_str().to_owned()),
    ]
}

/// Three significant digits.
fn rounded(percent: f64) -> String {
    match percent {
        p if p >= 1.0 || p == 0.0 => format!("{}", (p * 10.0).round() / 10.0),
        p => format!("{p:.2e}"),
    }
}

fn names(alias: &Alias) -> String {
    match alias {
        Alias::One(name) => name.clone(),
        Alias::Many(names) => names.join(", "),
    }
}

fn import(file: &Path, into: &Path) -> Outcome {
    let imported = engine::import_classifiers(file, into).map_err(run::failure)?;
    let name = file.display();
    let mut text = String::new();
    for note in &imported.notes {
        let line = format!("{name}:{}: {}: {}", note.line, note.rule, note.what);
        text.push_str(&format!("{}\n", screen::inert(&line)));
    }
    let (folder, count) = (into.display(), imported.classifiers.len());
    let made = if count == 1 {
        "1 classifier is"
    } else {
        &format!("{count} classifiers are")
    };
    text.push_str(&format!(
        "{made} in {folder}; give each its accept and reject cases, then run\nlakewarden classifiers check {folder}\n"
    ));
    print(&text)
}

/// What each costs, and below it who slows every scan.
fn costs(paths: &[PathBuf]) -> Outcome {
    let costs = engine::classifier_costs(paths).map_err(run::failure)?;
    let head = ["ID", "GATE LOOK-UPS", "CANDIDATES/MB", "NS/MB"].map(str::to_owned);
    let row = |cost: &Cost| {
        vec![
            cost.classifier.clone(),
            if cost.ungated {
                "no gate".to_owned()
            } else {
                cost.lookups.to_string()
            },
            format!("{:.0}", cost.candidates),
            format!("{:.0}", cost.nanoseconds),
        ]
    };
    let rows: Vec<Vec<String>> = std::iter::once(head.to_vec())
        .chain(costs.iter().map(row))
        .collect();
    let mut text = format!("\n{}", columns(&rows, screen::width().into()));
    for complaint in costs.iter().filter_map(Cost::complaint) {
        text.push_str(&format!(
            "\n{}",
            wrapped(&screen::inert(&complaint), "", screen::width().into())
        ));
    }
    print(&text)
}

fn check(paths: &[PathBuf]) -> Outcome {
    let (count, problems) = engine::check_classifiers(paths).map_err(run::failure)?;
    let broken: std::collections::BTreeSet<&str> = problems.iter().map(|p| p.classifier.as_str()).collect();
    let mut text: String = problems
        .iter()
        .map(|problem| format!("{}\n", screen::inert(&problem.to_string())))
        .collect();
    let fine = count.saturating_sub(broken.len());
    text.push_str(&format!("{fine} of {count} classifiers are fine\n"));
    print(&text)?;
    Ok(if problems.is_empty() {
        Exit::Fine
    } else {
        Exit::Failed
    })
}
