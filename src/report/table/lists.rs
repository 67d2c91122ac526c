//! The stores, in three lists and a line: reachable now, one setting away, not known, private.

use super::pen::{Ink, Pen, reach};
use crate::model::exposure::{Effect, Exposure, Verdict};
use crate::model::report::{Store, Subjects};
use crate::model::risk::{Level, Risk, reach_sentence};
use crate::report::digest::{Holding, holdings, urgency};
use crate::report::text::{columns, count, inert, plural};

/// Stores shown in each list.
const SHOWN: usize = 10;
/// Classifiers, grounds and remedies shown for each store.
const HOLDINGS: usize = 5;
const GROUNDS: usize = 3;
const REMEDIES: usize = 3;
/// Where the text of an entry begins.
const INDENT: usize = 10;

/// Stores on their way to the terminal.
#[derive(Default)]
pub(super) struct Lists {
    now: List,
    latent: List,
    unknown: List,
    harmless: Names,
    private: u64,
    private_sensitive: u64,
}

impl Lists {
    pub(super) fn add(&mut self, store: &Store) {
        let verdict = store.exposure.verdict;
        let open = verdict.is_open_question() || store.exposure.undecided.is_some();
        if verdict < Verdict::Latent && store.risk.at_worst() == Level::None {
            self.harmless.add(store);
        } else if verdict < Verdict::Latent {
            self.now.add(store);
        } else if verdict == Verdict::Latent {
            self.latent.add(store);
        } else if open {
            self.unknown.add(store);
        } else {
            self.private += 1;
            self.private_sensitive += u64::from(store.sensitivity.level >= Level::High);
        }
    }

    /// The answer in a sentence.
    pub(super) fn headline(&self) -> (Ink, String) {
        let open = self.unknown.total + self.latent.total > 0;
        match (self.now.sensitive, open) {
            (1, _) => (
                Ink::High,
                "1 store shows sensitive data to people outside, now.".to_owned(),
            ),
            (n @ 2.., _) => (
                Ink::High,
                format!("{} stores show sensitive data to people outside, now.", count(n)),
            ),
            (0, true) => (
                Ink::Medium,
                "No store is known to show sensitive data to people outside.".to_owned(),
            ),
            (0, false) => (
                Ink::Good,
                "No store shows sensitive data to people outside.".to_owned(),
            ),
        }
    }

    /// What stands beside the answer, if anything does.
    pub(super) fn beside(&self) -> Option<String> {
        let is = |n: u64| format!("{} {}", count(n), if n == 1 { "is" } else { "are" });
        let latent = (self.latent.total > 0).then(|| format!("{} one setting away", is(self.latent.total)));
        let open = (self.unknown.total > 0).then(|| format!("{} not known", is(self.unknown.total)));
        let both: Vec<String> = latent.into_iter().chain(open).collect();
        (!both.is_empty()).then(|| both.join("; ") + ".")
    }

    pub(super) fn write(&self, pen: &mut Pen) {
        self.now.write(pen, "REACHABLE NOW");
        self.harmless.write(pen, self.now.total == 0);
        self.latent.write(pen, "ONE SETTING AWAY");
        self.unknown.write(pen, "NOT KNOWN");
        if self.private > 0 {
            pen.section("PRIVATE", &plural(self.private, "store"));
            let verb = if self.private_sensitive == 1 {
                "holds"
            } else {
                "hold"
            };
            let held = format!(
                "{} of them {verb} high or critical data",
                count(self.private_sensitive)
            );
            pen.wrapped(Ink::Dim, &held, 0);
        }
    }
}

/// The worst few of a kind.
#[derive(Default)]
struct List {
    worst: Vec<Entry>,
    total: u64,
    sensitive: u64,
}

/// What is shown of a store.
struct Entry {
    order: (std::cmp::Reverse<(Level, Level, u8)>, String),
    exposure: Exposure,
    risk: Risk,
    score: String,
    holds: Vec<Holding>,
    people: Option<String>,
}

impl List {
    fn add(&mut self, store: &Store) {
        self.total += 1;
        self.sensitive += u64::from(store.sensitivity.level > Level::None);
        let (urgency, uri) = urgency(store);
        let order = (urgency, uri.to_owned());
        let at = self.worst.partition_point(|e| e.order < order);
        if at < SHOWN {
            self.worst.insert(at, Entry::new(store, order));
            self.worst.truncate(SHOWN);
        }
    }

    fn write(&self, pen: &mut Pen, name: &str) {
        if self.total == 0 {
            return;
        }
        pen.section(name, &plural(self.total, "store"));
        for (i, entry) in self.worst.iter().enumerate() {
            if i > 0 {
                pen.blank();
            }
            entry.write(pen);
        }
        let more = self.total - self.worst.len() as u64;
        if more > 0 {
            pen.blank();
            pen.wrapped(
                Ink::Dim,
                &format!("and {} more; json and html have them all", count(more)),
                INDENT,
            );
        }
    }
}

impl Entry {
    fn new(store: &Store, order: (std::cmp::Reverse<(Level, Level, u8)>, String)) -> Self {
        let s = store.sensitivity;
        let score = match s.level {
            Level::None => "nothing sensitive found in what was read".to_owned(),
            level => format!("{} sensitivity ({} of 100)", level.as_str(), s.score),
        };
        Self {
            order,
            exposure: store.exposure.clone(),
            risk: store.risk.clone(),
            score,
            holds: holdings(store),
            people: people(&store.subjects),
        }
    }

    fn write(&self, pen: &mut Pen) {
        let level = self.risk.at_worst();
        let label = format!(" {} ", level.as_str());
        pen.labelled((level.into(), &label), INDENT, (Ink::Bold, &inert(&self.order.1)));
        self.write_reach(pen);
        self.write_data(pen);
        self.write_grounds(pen);
        self.exposure
            .remedies
            .iter()
            .take(REMEDIES)
            .for_each(|r| detail(pen, "fix", Ink::Plain, &inert(r)));
    }

    fn write_reach(&self, pen: &mut Pen) {
        let verdict = self.exposure.verdict;
        let probed = match self.exposure.confirmed {
            Some(true) => "; an unsigned request confirmed it",
            Some(false) => "; unsigned requests were turned away",
            None => "",
        };
        let says = format!("{}{probed}", reach_sentence(verdict));
        let word = format!("{}:", verdict.as_str());
        pen.led(
            (Ink::Dim, &label("reach")),
            INDENT + 7,
            (reach(verdict), &word),
            &says,
        );
        if let Some(undecided) = &self.exposure.undecided {
            let missing = undecided.missing.join(", ");
            let needs = if missing.is_empty() {
                String::new()
            } else {
                format!("; needs {missing}")
            };
            detail(
                pen,
                "open",
                Ink::Low,
                &inert(&format!("{}{needs}", undecided.why)),
            );
        }
        if let Some(upper) = self.risk.upper.filter(|u| *u > self.risk.level) {
            let bound = format!(
                "{} as far as is known, up to {}",
                self.risk.level.as_str(),
                upper.as_str()
            );
            detail(pen, "risk", Ink::Plain, &bound);
        }
    }

    fn write_data(&self, pen: &mut Pen) {
        let people = self.people.as_ref().map(|people| format!(", {people}"));
        let people = people.unwrap_or_default();
        detail(pen, "data", Ink::Plain, &format!("{}{people}", self.score));
        let mut held: Vec<String> = self
            .holds
            .iter()
            .take(HOLDINGS)
            .map(|h| format!("{} {}", inert(&h.classifier), count(h.distinct)))
            .collect();
        if self.holds.len() > HOLDINGS {
            held.push(format!("{} more", self.holds.len() - HOLDINGS));
        }
        if !held.is_empty() {
            pen.wrapped(Ink::Dim, &held.join(" · "), INDENT + 7);
        }
    }

    /// What grants first; what blocks where nothing grants live.
    fn write_grounds(&self, pen: &mut Pen) {
        let reasons = &self.exposure.reasons;
        let grants = reasons.iter().filter(|r| r.effect == Effect::Grants);
        let blocks = reasons.iter().filter(|r| r.effect == Effect::Blocks);
        let latent = self.exposure.verdict == Verdict::Latent;
        for reason in grants
            .take(GROUNDS)
            .chain(blocks.take(if latent { GROUNDS } else { 0 }))
        {
            let word = if reason.effect == Effect::Grants {
                "why"
            } else {
                "but"
            };
            detail(
                pen,
                word,
                Ink::Plain,
                &inert(&format!("{} ({})", reason.detail, reason.source)),
            );
        }
    }
}

/// How many people a store tells about: at least so many where they were counted, about so many where that was estimated.
fn people(subjects: &Subjects) -> Option<String> {
    let several = |n| match n {
        1 => "1 person".to_owned(),
        n => format!("{} people", count(n)),
    };
    match (subjects.estimate, subjects.relative_error > 0.0) {
        (0, _) => None,
        (n, false) => Some(format!("at least {}", several(n))),
        (n, true) => Some(format!("about {} or more", several(rounded(n)))),
    }
}

/// Three digits and noughts: an estimate knows no more.
fn rounded(n: u64) -> u64 {
    let unit = 10u64.pow(n.checked_ilog10().unwrap_or(0).saturating_sub(2));
    (n + unit / 2) / unit * unit
}

/// A label in its place.
fn label(word: &str) -> String {
    format!("{}{word}", " ".repeat(INDENT))
}

/// A labelled line of an entry.
fn detail(pen: &mut Pen, word: &str, ink: Ink, text: &str) {
    pen.labelled((Ink::Dim, &label(word)), INDENT + 7, (ink, text));
}

/// Names in a line.
#[derive(Default)]
struct Names {
    first: Vec<String>,
    total: u64,
}

impl Names {
    fn add(&mut self, store: &Store) {
        self.total += 1;
        if self.first.len() < SHOWN / 2 {
            self.first.push(format!(
                "{} ({})",
                inert(store.uri.as_str()),
                store.exposure.verdict.as_str()
            ));
        }
    }

    fn write(&self, pen: &mut Pen, alone: bool) {
        if self.total == 0 {
            return;
        }
        if alone {
            pen.section("REACHABLE NOW", &plural(self.total, "store"));
        } else {
            pen.blank();
        }
        let lead = "reachable, and nothing sensitive was found in what was read:";
        pen.wrapped(Ink::Dim, lead, 0);
        self.first
            .iter()
            .for_each(|name| pen.wrapped(Ink::Plain, name, columns("  ")));
        let more = self.total - self.first.len() as u64;
        if more > 0 {
            pen.wrapped(Ink::Dim, &format!("and {} more", count(more)), 2);
        }
    }
}
