//! Profiles → findings: tallies judged by what each classifier's evidence is worth.

use std::collections::{BTreeMap, BTreeSet};

use crate::classify::{self, ColumnScore, Program};
use crate::model::id::{FindingId, StoreUri, TableId};
use crate::model::profile::{ColumnProfile, TableKey, TableProfile};
use crate::model::report::{self, Basis, Finding, fraction};
use crate::model::risk::{Category, Combination, Found, Sensitivity};
use crate::model::tally::{Confidence, LevelTally, Tally};

/// Judges tables with one program's classifiers.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    program: &'a Program,
    indexes: BTreeMap<&'a str, u16>,
    least: Confidence,
}

impl<'a> Judge<'a> {
    /// A judge that keeps findings of at least this confidence.
    pub(crate) fn new(program: &'a Program, least: Confidence) -> Self {
        let named = |(index, c): (usize, &'a classify::registry::Classifier)| (c.id.as_str(), index as u16);
        Self {
            program,
            indexes: program.classifiers().iter().enumerate().map(named).collect(),
            least,
        }
    }

    /// A table with its columns' findings, sensitivity and combinations; its risk is the store's to judge.
    pub(crate) fn table(&self, store: &StoreUri, table: &TableProfile) -> report::Table {
        let place = FindingPlace {
            store,
            key: &table.key,
        };
        let columns: Vec<report::Column> = table
            .columns
            .iter()
            .map(|(path, column)| self.report_column(&place, path, column))
            .collect();
        let findings = || columns.iter().flat_map(|column| &column.findings);
        let sensitivity = Sensitivity::of_table(findings().map(found));
        let categories: BTreeSet<Category> = findings()
            .filter(|f| f.confidence >= Confidence::Medium)
            .map(|f| f.category)
            .collect();
        report::Table {
            id: table_id(store, &table.key),
            template: shown_template(&table.key),
            format: table.key.format,
            objects: table.objects,
            rows: table.rows,
            bytes: table.bytes,
            sensitivity,
            risk: Default::default(),
            combinations: Combination::among(&categories),
            columns,
        }
    }

    /// Whether the finding's distinct values count people.
    #[cfg(all(feature = "cloud", feature = "decode"))]
    pub(crate) fn identifies(&self, finding: &Finding) -> bool {
        let index = self.indexes.get(finding.classifier.as_str());
        index.is_some_and(|index| self.program.classifiers()[usize::from(*index)].identifies)
    }

    fn report_column(&self, place: &FindingPlace<'_>, path: &str, column: &ColumnProfile) -> report::Column {
        report::Column {
            path: path.to_owned(),
            kind: column.kind.clone(),
            rows: column.cells.cells,
            nulls: column.cells.nulls,
            empty: column.cells.empty,
            findings: self.findings(place, path, column),
        }
    }

    /// The findings of a column, by classifier.
    fn findings(&self, place: &FindingPlace<'_>, path: &str, column: &ColumnProfile) -> Vec<Finding> {
        let mut verdicts: Vec<Verdict<'_>> = column
            .found
            .iter()
            .filter_map(|(id, tally)| self.verdict(id, path, column, tally))
            .collect();
        settle(&mut verdicts);
        let cells = verdicts
            .iter()
            .filter(|v| v.confidence >= self.least)
            .map(|v| self.finding(place, path, &column.kind, v));
        let mut findings: Vec<Finding> = cells.collect();
        for (id, objects) in &column.named {
            if !findings.iter().any(|f| &f.classifier == id) {
                findings.extend(self.name_finding(place, path, id, *objects));
            }
        }
        findings.sort_by(|a, b| a.classifier.cmp(&b.classifier));
        findings
    }

    /// What a tally amounts to: a verdict on the column as a whole where one can be given, at least as sure as its single
    /// values are; else the matches in its text.
    fn verdict<'t>(
        &self,
        id: &str,
        path: &str,
        column: &'t ColumnProfile,
        tally: &'t Tally,
    ) -> Option<Verdict<'t>> {
        let index = *self.indexes.get(id)?;
        let named = classify::is_named(self.program, index, path);
        let whole = classify::column_score(self.program, index, named == Some(true), &column.cells, tally);
        let kind = (index, self.program.classifiers()[usize::from(index)].category);
        let mut text = text_verdict(kind, tally, self.least);
        let mut by_column = whole.and_then(|score| column_verdict(kind, tally, score));
        let otherwise = named == Some(false);
        if otherwise || classify::is_chance(self.program, index, &column.cells, tally) {
            text.as_mut().map(Verdict::demote);
        }
        if otherwise {
            by_column.as_mut().map(Verdict::demote);
        }
        match (by_column, text) {
            (Some(column), Some(text)) => Some(column.at_least_as_sure_as(&text)),
            (Some(column), None) => Some(column),
            (None, text) => text,
        }
    }

    fn finding(&self, place: &FindingPlace<'_>, path: &str, kind: &str, verdict: &Verdict<'_>) -> Finding {
        let classifier = &self.program.classifiers()[usize::from(verdict.classifier)];
        let tally = &verdict.tally;
        let prints = tally.prints.prints();
        Finding {
            id: place.finding_id(path, &classifier.id),
            classifier: classifier.id.clone(),
            category: classifier.category,
            severity: classifier.severity,
            confidence: verdict.confidence,
            score: fraction(verdict.score),
            basis: match &verdict.column {
                // Keys and member names, tallied as if they were cells.
                _ if kind == "name" => Basis::Name,
                Some(_) => Basis::Column,
                None => Basis::Text,
            },
            count: tally.hits,
            rows: tally.rows,
            // An estimate may come out above what there is.
            distinct_estimate: tally.distinct.estimate().min(tally.hits),
            share: verdict.column.as_ref().map(|c| fraction(c.share)),
            expected_by_chance: verdict.column.as_ref().map(|c| fraction(c.expected)),
            evidence: verdict.evidence(path),
            attributes: verdict.all.attributes.clone(),
            truncated: tally.hits > tally.first.len() as u64,
            locations: tally.first.iter().cloned().collect(),
            fingerprints: prints,
        }
    }

    /// A column whose own name is a value.
    fn name_finding(&self, place: &FindingPlace<'_>, path: &str, id: &str, objects: u64) -> Option<Finding> {
        let classifier = &self.program.classifiers()[usize::from(*self.indexes.get(id)?)];
        (self.least <= Confidence::Medium).then(|| Finding {
            id: place.finding_id(path, &classifier.id),
            classifier: classifier.id.clone(),
            category: classifier.category,
            severity: classifier.severity,
            confidence: Confidence::Medium,
            score: 0.7,
            basis: Basis::Name,
            count: objects,
            rows: 0,
            distinct_estimate: 1,
            share: None,
            expected_by_chance: None,
            evidence: vec!["the name of the column is itself a value".into()],
            attributes: BTreeMap::new(),
            locations: Vec::new(),
            truncated: false,
            fingerprints: Vec::new(),
        })
    }
}

/// The table's place in the identity of its findings.
struct FindingPlace<'a> {
    store: &'a StoreUri,
    key: &'a TableKey,
}

impl FindingPlace<'_> {
    fn finding_id(&self, path: &str, classifier: &str) -> FindingId {
        FindingId::new(
            self.store,
            &self.key.template,
            self.key.member.as_deref(),
            path,
            classifier,
        )
    }
}

/// The table's id.
pub(crate) fn table_id(store: &StoreUri, key: &TableKey) -> TableId {
    TableId::new(
        store,
        &key.template,
        key.member.as_deref(),
        key.format.as_str(),
        &key.schema,
    )
}

fn shown_template(key: &TableKey) -> String {
    match &key.member {
        Some(member) => format!("{}!{member}", key.template),
        None => key.template.clone(),
    }
}

fn found(finding: &Finding) -> Found {
    Found {
        severity: finding.severity,
        category: finding.category,
        confidence: finding.confidence,
        distinct: finding.distinct_estimate,
    }
}

/// What one classifier's tally in one column amounts to.
struct Verdict<'a> {
    classifier: u16,
    category: Category,
    score: f64,
    confidence: Confidence,
    /// The verdict on the column as a whole, if that is what it is.
    column: Option<ColumnScore>,
    tally: LevelTally,
    all: &'a Tally,
}

fn column_verdict(
    (classifier, category): (u16, Category),
    all: &Tally,
    score: ColumnScore,
) -> Option<Verdict<'_>> {
    let confidence = Confidence::of(score.score)?;
    Some(Verdict {
        classifier,
        category,
        score: score.score,
        confidence,
        column: Some(score),
        tally: all.whole.clone(),
        all,
    })
}

/// The matches in text at `least` and above, at the confidence of the best of them.
fn text_verdict(
    (classifier, category): (u16, Category),
    all: &Tally,
    least: Confidence,
) -> Option<Verdict<'_>> {
    let confidence = Confidence::ALL
        .into_iter()
        .rev()
        .find(|level| !all.levels[*level as usize].is_empty())?;
    // The score of the level's lower end: single matches keep none of their own.
    let score = match confidence {
        Confidence::High => 0.95,
        Confidence::Medium => 0.7,
        Confidence::Low => 0.1,
    };
    Some(Verdict {
        classifier,
        category,
        score,
        confidence,
        column: None,
        tally: all.at_least(least),
        all,
    })
}

/// Where several classifiers claim a column as a whole, the one with the best evidence has it; the others are `low`, and so
/// is what is found inside its values, unless it is sure by itself. A credential has it before what is one, too: web addresses to
/// which messages are sent are addresses in any column, and its name says no more than that.
fn settle(verdicts: &mut [Verdict<'_>]) {
    let better = |a: &&Verdict<'_>, b: &&Verdict<'_>| {
        let secrets = a.is_secret().cmp(&b.is_secret());
        let scores = a.score.total_cmp(&b.score);
        secrets.then(scores).then(b.classifier.cmp(&a.classifier))
    };
    let claims = verdicts.iter().filter(|v| v.column.is_some());
    let Some((best, confidence)) = claims.max_by(better).map(|v| (v.classifier, v.confidence)) else {
        return;
    };
    let taken = confidence >= Confidence::Medium;
    for verdict in verdicts.iter_mut().filter(|v| v.classifier != best) {
        if verdict.column.is_some() || taken && verdict.confidence < Confidence::High {
            verdict.demote();
        }
    }
}

/// The highest score at `low` of what another explains better.
const DEMOTED: f64 = 0.4;

impl Verdict<'_> {
    fn at_least_as_sure_as(mut self, text: &Self) -> Self {
        if text.score > self.score {
            (self.score, self.confidence) = (text.score, text.confidence);
        }
        self
    }

    /// Whether it is a credential, and not only by chance.
    fn is_secret(&self) -> bool {
        self.category.is_secret() && self.confidence >= Confidence::Medium
    }

    fn demote(&mut self) {
        self.confidence = Confidence::Low;
        self.score = self.score.min(DEMOTED);
    }

    /// The evidence in words.
    fn evidence(&self, path: &str) -> Vec<String> {
        let mut said = Vec::new();
        match &self.column {
            Some(c) => {
                let (share, distinct) = (percent(c.share), grouped(c.distinct));
                said.push(match c.expected < 1.0 {
                    true => format!(
                        "{share} of {distinct} distinct values valid, {} expected by chance",
                        percent(c.expected)
                    ),
                    // Chance is not to be told from the thing by the values.
                    false => {
                        format!("{share} of {distinct} distinct values have its form, which has no check")
                    }
                });
                if c.named {
                    said.push(format!("column named `{path}`"));
                }
            }
            None => {
                let levels = Confidence::ALL
                    .into_iter()
                    .rev()
                    .map(|l| (l, self.all.levels[l as usize].hits));
                let counts: Vec<String> = levels
                    .filter(|(_, hits)| *hits > 0)
                    .map(|(level, hits)| format!("{} at {}", grouped(hits), level.as_str()))
                    .collect();
                said.push(format!("matches in text: {}", counts.join(", ")));
                let keyword: u64 = self.all.levels.iter().map(|level| level.context).sum();
                if keyword > 0 {
                    said.push(format!("{} with a keyword near", grouped(keyword)));
                }
            }
        }
        if self.all.demoted > 0 {
            said.push(format!(
                "{} are published test values or reserved",
                grouped(self.all.demoted)
            ));
        }
        said
    }
}

/// A share in percent, with as many digits as it deserves.
fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p == 0.0 || p >= 99.95 => format!("{p:.0} %"),
        p if p < 0.01 => "under 0.01 %".into(),
        p if p < 1.0 => format!("{p:.2} %"),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// A count with its thousands apart: `41,200`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_shares_read_well() {
        assert_eq!(
            (grouped(7), grouped(41_200), grouped(1_000_000)),
            ("7".into(), "41,200".into(), "1,000,000".into())
        );
        assert_eq!(
            [0.0, 0.00001, 0.005, 0.0881, 0.93, 1.0].map(percent).join(" | "),
            "0 % | under 0.01 % | 0.50 % | 8.8 % | 93 % | 100 %"
        );
    }
}
