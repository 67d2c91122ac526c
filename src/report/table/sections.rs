//! The parts of the page that are the same length for every estate.

use super::pen::{Ink, Pen, reach};
use crate::model::exposure::Verdict;
use crate::model::report::{
    Amount, ClassifierSummary, Control, Coverage, Decision, Listing, SkippedObject, Summary,
};
use crate::model::risk::{self, Level, Severity};
use crate::report::text::{columns, count, inert, plural, share, size};

/// Classifiers shown.
const CLASSIFIERS: usize = 8;

/// Below this many columns the sections leave out what is not needed.
const NARROW: usize = 72;

/// Verdict × sensitivity with store counts.
pub(super) fn grid(pen: &mut Pen, summary: &Summary) {
    pen.section("REACH × SENSITIVITY", "stores");
    let (cell, letters) = if pen.width() < NARROW { (4, 3) } else { (10, 8) };
    let heads: String = Level::ALL
        .iter()
        .map(|l| format!("{:>cell$}", beginning(l.as_str(), letters)))
        .collect();
    pen.line(&[(Ink::Dim, &format!("{:17}{heads}", ""))]);
    for verdict in Verdict::ALL {
        grid_row(pen, summary, verdict, cell);
    }
}

fn beginning(word: &str, letters: usize) -> &str {
    &word[..word.len().min(letters)]
}

/// A name and five cells. A cell is a blank, the count and a blank, so that its ink frames the number; the last blank
/// is the first column of the next cell's pad.
fn grid_row(pen: &mut Pen, summary: &Summary, verdict: Verdict, cell: usize) {
    let used = summary.grid.iter().any(|c| c.verdict == verdict);
    let name = (
        if used { reach(verdict) } else { Ink::Dim },
        format!("{:17}", verdict.as_str()),
    );
    let mut pieces = vec![name];
    let mut room = cell + 1;
    for level in Level::ALL {
        let (ink, text) = match stores(summary, verdict, level) {
            0 => (Ink::Dim, " · ".to_owned()),
            n => (worst(level, verdict).into(), format!(" {} ", count(n))),
        };
        pieces.push((Ink::Plain, " ".repeat(room.saturating_sub(columns(&text)))));
        pieces.push((ink, text));
        room = cell;
    }
    pen.line(&borrowed(&pieces));
}

fn borrowed(pieces: &[(Ink, String)]) -> Vec<(Ink, &str)> {
    pieces.iter().map(|(ink, text)| (*ink, text.as_str())).collect()
}

/// The risk of a cell, as bad as it may be.
fn worst(level: Level, verdict: Verdict) -> Level {
    let known = risk::level(level, verdict);
    risk::upper(level, verdict, false).map_or(known, |upper| upper.max(known))
}

fn stores(summary: &Summary, verdict: Verdict, level: Level) -> u64 {
    summary
        .grid
        .iter()
        .find(|c| c.verdict == verdict && c.sensitivity == level)
        .map_or(0, |c| c.stores)
}

/// The worst classifiers.
pub(super) fn found(pen: &mut Pen, summary: &Summary) {
    if summary.classifiers.is_empty() {
        return;
    }
    pen.section("WHAT WAS FOUND", &plural(summary.findings, "finding"));
    let heads = [
        "classifier",
        "severity",
        "stores",
        "columns",
        "distinct",
        "widest reach",
    ];
    found_row(pen, heads.map(|text| (Ink::Dim, text.to_owned())));
    summary
        .classifiers
        .iter()
        .take(CLASSIFIERS)
        .for_each(|c| found_row(pen, found_cells(c)));
    let more = summary.classifiers.len().saturating_sub(CLASSIFIERS);
    if more > 0 {
        pen.wrapped(Ink::Dim, &format!("and {more} more"), 0);
    }
}

fn found_cells(c: &ClassifierSummary) -> [(Ink, String); 6] {
    let plain = |n| (Ink::Plain, count(n));
    [
        (Ink::Plain, inert(&c.classifier).into_owned()),
        (severity_ink(c.severity), c.severity.as_str().to_owned()),
        plain(c.stores),
        plain(c.columns),
        plain(c.distinct_estimate),
        (reach(c.verdict), c.verdict.as_str().to_owned()),
    ]
}

/// Name, severity, three numbers, reach; on a narrow terminal name, severity and the last number.
fn found_row(pen: &mut Pen, cells: [(Ink, String); 6]) {
    let narrow = pen.width() < NARROW;
    let name: usize = if narrow { 18 } else { 22 };
    let [
        (a, classifier),
        (b, severity),
        (c, stores),
        (d, columns),
        (e, distinct),
        (f, reach),
    ] = cells;
    let classifier: String = classifier.chars().take(name - 1).collect();
    let mut line = vec![(a, format!("{classifier:name$}")), (b, format!("{severity:9}"))];
    if !narrow {
        line.extend([(c, format!("{stores:>7}")), (d, format!("{columns:>9}"))]);
    }
    line.push((e, format!("{distinct:>12}")));
    if !narrow {
        line.push((f, format!("  {reach}")));
    }
    pen.line(&borrowed(&line));
}

fn severity_ink(severity: Severity) -> Ink {
    match severity {
        Severity::Low => Ink::Low,
        Severity::Medium => Ink::Medium,
        Severity::High | Severity::Critical => Ink::High,
    }
}

/// What was read and what was not.
pub(super) fn coverage(pen: &mut Pen, c: &Coverage) {
    let known = c.known_per_myriad();
    let note = format!("{}.{:02} % of the bytes asked for", known / 100, known % 100);
    pen.section("WHAT WAS READ", &note);
    match c.listing {
        Listing::Complete => {}
        Listing::Partial => pen.wrapped(
            Ink::Medium,
            "a listing ended early: more may be there than was seen",
            0,
        ),
        Listing::Refused => pen.wrapped(
            Ink::Medium,
            "a listing was refused: more is there than was seen",
            0,
        ),
    }
    let all = c.listed.bytes;
    for (name, amount, ink) in [
        ("read", c.read, Ink::Plain),
        ("partly read", c.partly_read, Ink::Medium),
        ("unchanged since the last run", c.unchanged, Ink::Plain),
        ("left out by sampling", c.sampled_out, Ink::Medium),
        ("left out by filters", c.filtered, Ink::Plain),
        ("in archive storage", c.archived, Ink::Medium),
    ] {
        amount_line(pen, name, amount, all, ink);
    }
    for (mime, amount) in &c.no_text {
        amount_line(
            pen,
            &format!("no text: {}", inert(mime)),
            *amount,
            all,
            Ink::Plain,
        );
    }
    for (reason, amount) in &c.skipped {
        amount_line(pen, &format!("skipped: {reason}"), *amount, all, Ink::Medium);
    }
    amount_row(pen, Ink::Bold, "listed", &count(c.listed.objects), &size(all), "");
}

fn amount_line(pen: &mut Pen, name: &str, amount: Amount, all: u64, ink: Ink) {
    if !amount.is_empty() {
        let part = share(amount.bytes, all);
        amount_row(pen, ink, name, &count(amount.objects), &size(amount.bytes), &part);
    }
}

fn amount_row(pen: &mut Pen, ink: Ink, name: &str, objects: &str, bytes: &str, part: &str) {
    let (wide, part) = if pen.width() < NARROW {
        (18, "")
    } else {
        (34, part)
    };
    let name: String = name.chars().take(wide - 1).collect();
    let numbers = format!("{objects:>10} {bytes:>11}  {part:>8}");
    pen.line(&[(ink, &format!("{name:wide$}")), (Ink::Plain, &numbers)]);
}

/// The first things that were not read.
pub(super) fn skips(pen: &mut Pen, first: &[SkippedObject], total: u64) {
    if first.is_empty() {
        return;
    }
    pen.section("NOT READ", &format!("{} in full or in part", count(total)));
    for skip in first {
        let place = if skip.key.is_empty() {
            format!("{} (its listing)", skip.uri)
        } else {
            format!("{}/{}", skip.uri, skip.key)
        };
        let member = skip
            .member
            .as_deref()
            .map(|m| format!("!{m}"))
            .unwrap_or_default();
        pen.labelled(
            (Ink::Medium, skip.reason.as_str()),
            20,
            (Ink::Plain, &inert(&format!("{place}{member}"))),
        );
        pen.wrapped(Ink::Dim, &inert(&skip.detail), 20);
    }
    let more = total - first.len() as u64;
    if more > 0 {
        pen.wrapped(
            Ink::Dim,
            &format!("and {} more; jsonl has them all", count(more)),
            0,
        );
    }
}

/// Controls and their outcomes.
pub(super) fn controls(pen: &mut Pen, controls: &[Control]) {
    if controls.is_empty() {
        return;
    }
    pen.section("CONTROLS", &plural(controls.len() as u64, "control"));
    for control in controls {
        let text = format!("{} {}: {}", control.framework, control.id, control.title);
        pen.labelled(
            (control.result.into(), control.result.as_str()),
            12,
            (Ink::Plain, &inert(&text)),
        );
    }
}

/// The gates.
pub(super) fn decision(pen: &mut Pen, decision: Option<&Decision>) {
    let Some(decision) = decision else { return };
    pen.section("DECISION", "");
    let word = format!(" {} ", decision.result.as_str().replace('_', " "));
    pen.line(&[(decision.result.into(), &word)]);
    for gate in &decision.gates {
        let text = format!("{} {}", gate.gate.as_str(), inert(&gate.limit));
        pen.labelled((Ink::Plain, gate.result.as_str()), 12, (Ink::Plain, &text));
    }
    decision
        .reasons
        .iter()
        .for_each(|reason| pen.wrapped(Ink::Dim, &inert(reason), 12));
}
