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

/// Verdict × sensitivity with store counts.
pub(super) fn grid(pen: &mut Pen, summary: &Summary) {
    pen.section("REACH × SENSITIVITY", "stores");
    let heads: String = Level::ALL
        .iter()
        .map(|l| format!("{:>9}", short(l.as_str(), pen.width())))
        .collect();
    pen.line(&[(Ink::Dim, &format!("{:18}{heads}", ""))]);
    for verdict in Verdict::ALL {
        grid_row(pen, summary, verdict);
    }
}

fn grid_row(pen: &mut Pen, summary: &Summary, verdict: Verdict) {
    let cells: Vec<(Level, u64)> = Level::ALL
        .iter()
        .map(|l| (*l, stores(summary, verdict, *l)))
        .collect();
    let used = cells.iter().any(|(_, n)| *n > 0);
    let name = format!("{:18}", verdict.as_str());
    let cell_width = if pen.width() < 64 { 4 } else { 9 };
    let texts: Vec<(Ink, String, String)> = cells
        .iter()
        .map(|(level, n)| {
            let text = if *n == 0 { "·".to_owned() } else { count(*n) };
            let text = if *n > 0 {
                format!(" {text} ")
            } else {
                format!("{text} ")
            };
            let pad = " ".repeat((cell_width + 1usize).saturating_sub(columns(&text)));
            let ink = if *n == 0 {
                Ink::Dim
            } else {
                worst(*level, verdict).into()
            };
            (ink, pad, text)
        })
        .collect();
    let mut pieces = vec![(if used { reach(verdict) } else { Ink::Dim }, name.as_str())];
    for (i, (ink, pad, text)) in texts.iter().enumerate() {
        // The first cell's pad is one shorter: its text ends one past the column.
        pieces.push((
            Ink::Plain,
            if i == 0 {
                pad
            } else {
                &pad[..pad.len().saturating_sub(1)]
            },
        ));
        pieces.push((*ink, text));
    }
    pen.line(&pieces);
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

/// A heading that fits a narrow column.
fn short(word: &str, width: usize) -> &str {
    if width < 64 {
        &word[..word.len().min(4)]
    } else {
        word
    }
}

/// The worst classifiers.
pub(super) fn found(pen: &mut Pen, summary: &Summary) {
    if summary.classifiers.is_empty() {
        return;
    }
    pen.section("WHAT WAS FOUND", &plural(summary.findings, "finding"));
    pen.line(&[
        (
            Ink::Dim,
            &found_line("classifier", "severity", "stores", "columns", "distinct"),
        ),
        (Ink::Dim, "  widest reach"),
    ]);
    for c in summary.classifiers.iter().take(CLASSIFIERS) {
        let (stores, columns, distinct) = (count(c.stores), count(c.columns), count(c.distinct_estimate));
        found_row(
            pen,
            c,
            &found_line(&inert(&c.classifier), "", &stores, &columns, &distinct),
        );
    }
    let more = summary.classifiers.len().saturating_sub(CLASSIFIERS);
    if more > 0 {
        pen.wrapped(Ink::Dim, &format!("and {more} more"), 0);
    }
}

/// The severity stands in its own ink in the place that the line leaves for it.
fn found_row(pen: &mut Pen, c: &ClassifierSummary, line: &str) {
    let (name, rest) = line.split_at(line.char_indices().nth(24).map_or(line.len(), |(at, _)| at));
    let rest = rest.get(10..).unwrap_or("");
    let severity = format!("{:10}", c.severity.as_str());
    pen.line(&[
        (Ink::Plain, name),
        (severity_ink(c.severity), &severity),
        (Ink::Plain, rest),
        (reach(c.verdict), &format!("  {}", c.verdict.as_str())),
    ]);
}

fn severity_ink(severity: Severity) -> Ink {
    match severity {
        Severity::Low => Ink::Low,
        Severity::Medium => Ink::Medium,
        Severity::High | Severity::Critical => Ink::High,
    }
}

fn found_line(name: &str, severity: &str, stores: &str, columns: &str, distinct: &str) -> String {
    let name: String = name.chars().take(23).collect();
    format!("{name:24}{severity:10}{stores:>7}{columns:>9}{distinct:>13}")
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
    let name: String = name.chars().take(31).collect();
    pen.line(&[
        (ink, &format!("{name:32}")),
        (Ink::Plain, &format!("{objects:>12} {bytes:>12}  {part:>8}")),
    ]);
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
