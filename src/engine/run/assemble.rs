//! Profile → report: every store judged and pushed into the outputs in one pass.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::gates::Watch;
use crate::classify::Program;
use crate::config::Gates;
use crate::engine::doors::Doors;
use crate::engine::findings::{Judge, table_id};
use crate::exposure::narrowed;
use crate::model::exposure::Exposure;
use crate::model::id::{Key, StoreUri, hex};
use crate::model::profile::{ObjectProfile, Profile, StoreProfile};
use crate::model::report::{
    Build, Coverage, Decision, Detail, Object, Run, Store, Subjects, SummaryBuilder, Table, Tool, fraction,
};
use crate::model::risk::{self, Sensitivity};
use crate::model::sketch::Sketch;
use crate::model::tally::{Confidence, Merge, Tally};
use crate::report::{self, Head, Sink, Tail};

/// When a run was and what ran.
#[derive(Debug, Clone)]
pub(super) struct Occasion {
    pub(super) id: String,
    pub(super) started_at: String,
    pub(super) finished_at: String,
    pub(super) backend: String,
    pub(super) principal: Option<String>,
    /// Why content is missing that no listing tells of, in words.
    pub(super) missing: Option<&'static str>,
}

/// The worst objects of a store that a report with `--detail objects` lists.
const WORST_OBJECTS: usize = 100;

/// Judges a profile and writes it to every sink; gives the decision.
pub(super) fn report(
    profile: &Profile,
    program: &Program,
    gates: Gates,
    detail: Detail,
    occasion: &Occasion,
    sinks: &mut [Box<dyn Sink>],
) -> Result<Option<Decision>, report::Error> {
    let (tool, run) = (tool(profile, occasion), run(profile, occasion));
    let each = |sinks: &mut [Box<dyn Sink>], push: &dyn Fn(&mut dyn Sink) -> Result<(), report::Error>| {
        sinks.iter_mut().try_for_each(|sink| push(sink.as_mut()))
    };
    each(sinks, &|sink| {
        sink.begin(&Head {
            tool: &tool,
            run: &run,
        })
    })?;
    let judge = Judge::new(program, profile.min_confidence);
    let (mut summary, mut watch, mut coverage) =
        (SummaryBuilder::new(), Watch::new(gates), Coverage::default());
    let doors = Doors::of(profile, &occasion.started_at);
    for (uri, profile) in &profile.stores {
        let mut store = store(&judge, uri, profile);
        doors.open(&mut store);
        let objects: Vec<Object> = profile
            .objects
            .iter()
            .map(|o| object(&store, profile, o))
            .collect();
        if detail == Detail::Objects {
            store.objects = worst(&objects);
        }
        summary.add(&store);
        watch.see(&store);
        coverage.merge(store.coverage.clone());
        each(sinks, &|sink| {
            sink.store(&store)?;
            if sink.wants_objects() {
                objects.iter().try_for_each(|o| sink.object(&store.uri, o))
            } else {
                Ok(())
            }
        })?;
    }
    for skip in profile.stores.values().flat_map(|store| &store.skips) {
        each(sinks, &|sink| sink.skip(skip))?;
    }
    let (summary, decision) = (
        summary.finish(),
        watch.decide(&coverage, profile.complete, occasion.missing),
    );
    let tail = Tail {
        controls: &[],
        coverage: &coverage,
        decision: decision.as_ref(),
        summary: &summary,
    };
    each(sinks, &|sink| sink.finish(&tail))?;
    Ok(decision)
}

fn tool(profile: &Profile, occasion: &Occasion) -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").into(),
        version: profile.version.clone(),
        program_id: profile.program_id.clone(),
        backend: occasion.backend.clone(),
    }
}

fn run(profile: &Profile, occasion: &Occasion) -> Run {
    let asked = profile.asked.join("\0");
    Run {
        id: occasion.id.clone(),
        started_at: occasion.started_at.clone(),
        finished_at: occasion.finished_at.clone(),
        locations: profile.locations.iter().cloned().collect(),
        principal: occasion.principal.clone(),
        argv_redacted: profile.asked.clone(),
        config_sha256: hex(&Sha256::digest(asked.as_bytes())),
        catalogue_sha256: profile.catalogue_sha256.clone(),
        facts_sha256: profile.facts_sha256.clone(),
        key_id: profile.key_id.clone(),
        seed: profile.seed,
        complete: profile.complete,
        build: build(),
    }
}

fn build() -> Build {
    let features = [
        ("cli", cfg!(feature = "cli")),
        ("cloud", cfg!(feature = "cloud")),
        ("decode", cfg!(feature = "decode")),
    ];
    Build {
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        profile: if cfg!(debug_assertions) {
            "debug".into()
        } else {
            "release".into()
        },
        features: features
            .into_iter()
            .filter(|(_, on)| *on)
            .map(|(name, _)| name.to_owned())
            .collect(),
    }
}

fn store(judge: &Judge<'_>, uri: &StoreUri, profile: &StoreProfile) -> Store {
    let exposure = profile.exposure.clone();
    let undecided = exposure.undecided.is_some();
    let mut tables: Vec<Table> = profile
        .tables
        .iter()
        .map(|table| judge.table(uri, table))
        .collect();
    for table in &mut tables {
        table.risk = risk::judge(
            table.sensitivity,
            exposure.verdict,
            undecided,
            &holds(std::slice::from_ref(table), &Subjects::default()),
        );
    }
    tables.sort_by(|a, b| (&a.template, &a.id).cmp(&(&b.template, &b.id)));
    let sensitivity = Sensitivity::of_store(tables.iter().map(|table| table.sensitivity));
    let subjects = subjects(judge, uri, profile, &tables);
    Store {
        uri: uri.clone(),
        provider: profile.provider,
        account: profile.account.clone(),
        region: profile.region.clone(),
        labels: profile.labels.clone(),
        settings: profile.settings.clone(),
        risk: risk::judge(
            sensitivity,
            exposure.verdict,
            undecided,
            &holds(&tables, &subjects),
        ),
        exposure,
        sensitivity,
        doors: Vec::new(),
        subjects,
        clean: profile.clean,
        coverage: profile.coverage.clone(),
        tables,
        objects: Vec::new(),
    }
}

/// What tables hold, in words, worst first: `12 us_ssn (high)`.
fn holds(tables: &[Table], subjects: &Subjects) -> Vec<String> {
    let mut by_classifier: BTreeMap<&str, (risk::Severity, u64)> = BTreeMap::new();
    let findings = tables.iter().flat_map(|t| &t.columns).flat_map(|c| &c.findings);
    for finding in findings.filter(|f| f.confidence >= Confidence::Medium) {
        let entry = by_classifier
            .entry(&finding.classifier)
            .or_insert((finding.severity, 0));
        entry.1 = entry.1.max(subjects.distinct(finding));
    }
    let mut held: Vec<_> = by_classifier.into_iter().collect();
    held.sort_by(|a, b| (b.1.0, b.1.1, a.0).cmp(&(a.1.0, a.1.1, b.0)));
    held.into_iter()
        .map(|(classifier, (severity, distinct))| {
            format!(
                "{distinct} distinct {classifier} ({} severity)",
                severity.as_str()
            )
        })
        .collect()
}

/// A lower bound on the people that a store tells about: the largest distinct count over classifiers that identify,
/// each over all of its findings' columns together.
fn subjects(judge: &Judge<'_>, uri: &StoreUri, profile: &StoreProfile, tables: &[Table]) -> Subjects {
    let raw: BTreeMap<_, _> = profile
        .tables
        .iter()
        .map(|raw| (table_id(uri, &raw.key), raw))
        .collect();
    let mut values: BTreeMap<&str, Values> = BTreeMap::new();
    for (table, column) in tables
        .iter()
        .flat_map(|table| table.columns.iter().map(move |c| (table, c)))
    {
        let found = raw
            .get(&table.id)
            .and_then(|raw| raw.columns.get(&column.path))
            .map(|column| &column.found);
        let known = column
            .findings
            .iter()
            .filter(|f| f.confidence >= Confidence::Medium && judge.identifies(f));
        for finding in known {
            if let Some(tally) = found.and_then(|found| found.get(&finding.classifier)) {
                values.entry(&finding.classifier).or_default().add(tally);
            }
        }
    }
    let largest = values.values().max_by_key(|values| values.distinct());
    Subjects {
        estimate: largest.map_or(0, Values::distinct),
        relative_error: largest.map_or(0.0, |values| fraction(values.sketch.relative_error())),
        by_classifier: values
            .iter()
            .map(|(id, values)| ((*id).to_owned(), values.distinct()))
            .collect(),
    }
}

/// The values of one classifier in several columns.
#[derive(Default)]
struct Values {
    sketch: Sketch,
    matches: u64,
}

impl Values {
    fn add(&mut self, tally: &Tally) {
        self.sketch.merge(tally.values());
        self.matches += tally.hits().max(tally.whole.hits);
    }

    /// How many are different; an estimate may come out above what there is.
    fn distinct(&self) -> u64 {
        self.sketch.estimate().min(self.matches)
    }
}

/// An object as a report lists it; it is as reachable as its store unless it has grants of its own.
fn object(store: &Store, profile: &StoreProfile, object: &ObjectProfile) -> Object {
    let own = own_exposure(store, profile, object);
    let exposure = own.as_ref().unwrap_or(&store.exposure);
    let risk = risk::judge(
        object.sensitivity,
        exposure.verdict,
        exposure.undecided.is_some(),
        &[],
    );
    Object {
        key: object.key.clone(),
        key_b64: object.key_b64.clone(),
        version: object.version.clone(),
        etag: object.etag.clone(),
        size: object.size,
        format: object.format,
        table: object.table.clone(),
        sensitivity: object.sensitivity,
        risk,
        exposure: own,
        partial: object.partial.clone(),
    }
}

/// How an object can be reached, if otherwise than its store: by what its own ACL says, or by the grants whose scope
/// it is in.
fn own_exposure(store: &Store, profile: &StoreProfile, object: &ObjectProfile) -> Option<Exposure> {
    if let Some(own) = profile.object_exposures.get(&object.key) {
        return Some(own.clone());
    }
    let key = Key::from_text(&object.key, object.key_b64.as_deref());
    narrowed(&store.exposure, profile.beside.as_ref()?, key.as_bytes())
}

/// The worst objects, by risk, then sensitivity, then key.
fn worst(objects: &[Object]) -> Vec<Object> {
    let mut sorted: Vec<&Object> = objects.iter().collect();
    sorted.sort_by(|a, b| {
        (b.risk.at_worst(), b.sensitivity, &a.key, &a.version).cmp(&(
            a.risk.at_worst(),
            a.sensitivity,
            &b.key,
            &b.version,
        ))
    });
    sorted.into_iter().take(WORST_OBJECTS).cloned().collect()
}
