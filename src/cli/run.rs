//! `scan`, `exposure` and `merge`.

use std::sync::Arc;

use super::commands::{Exposure, Global, Merge, Scan};
use super::exit::Exit;
use super::{Failure, Outcome, progress, screen, signals};
use crate::config::{Config, Loaded, LogFormat, Origin};
use crate::engine::{self, EngineError, Finished, Progress, Stop};
use crate::model::report::Outcome as Result_;

type Engine = fn(&Config, &Arc<Progress>, &Stop) -> Result<Finished, EngineError>;

pub(super) fn scan(global: &Global, asked: &Scan) -> Outcome {
    let loaded = asked.options.load(global, &asked.locations)?;
    watched(global, loaded, engine::scan)
}

pub(super) fn exposure(global: &Global, asked: &Exposure) -> Outcome {
    let loaded = asked.options.load(global, &asked.locations)?;
    watched(global, loaded, engine::exposure)
}

pub(super) fn merge(global: &Global, asked: &Merge) -> Outcome {
    let mut loaded = asked.options.load(global, &[])?;
    loaded.config.style = screen::style();
    let finished = engine::merge(&loaded.config, &asked.profiles).map_err(failure)?;
    Ok(end(global, &finished, false))
}

/// Runs with progress shown and signals heard.
fn watched(global: &Global, mut loaded: Loaded, engine: Engine) -> Outcome {
    loaded.config.style = screen::style();
    let named = loaded
        .given
        .get("locations")
        .is_some_and(|given| given.origin == Origin::Flag);
    let (progress, stop) = (Arc::new(Progress::default()), Stop::default());
    signals::watch(stop.clone())
        .map_err(|error| Failure::broken(format!("failed to listen for signals: {error}")))?;
    let shown = progress::show(&progress, !global.quiet && loaded.config.log == LogFormat::Text);
    let finished = engine(&loaded.config, &progress, &stop);
    drop(shown);
    Ok(end(global, &finished.map_err(failure)?, named))
}

/// Says on stderr what the exit code stands for.
fn end(global: &Global, finished: &Finished, named: bool) -> Exit {
    for empty in &finished.empty_handed {
        screen::say(&format!("error: nothing was read from {empty}"));
    }
    if let Some(decision) = finished.decision.as_ref().filter(|_| !global.quiet) {
        let outcome = match decision.result {
            Result_::Fail => "failed",
            Result_::NotProven => "not proven",
            Result_::Pass => "passed",
        };
        let reasons = decision.reasons.join("; ");
        let colon = if reasons.is_empty() { "" } else { ": " };
        screen::say(&format!("gate {outcome}{colon}{reasons}"));
    }
    if finished.interrupted && !global.quiet {
        screen::say("interrupted: the report covers what was read until then");
    }
    Exit::of(finished, named)
}

/// An engine's error in a line.
pub(super) fn failure(error: EngineError) -> Failure {
    let line = match &error {
        EngineError::Usage(why) => why.clone(),
        other => format!("failed to {other}"),
    };
    if error.is_usage() {
        Failure::usage(line)
    } else {
        Failure::broken(line)
    }
}
