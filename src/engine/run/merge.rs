//! `merge`: the profiles of shards or of several runs, as one report.

use std::path::{Path, PathBuf};

use super::assemble::Occasion;
use super::plan::{self, Plan};
use super::{EngineError, Finished, now, run_id, scan};
use crate::config::Config;
use crate::model::profile::Profile;

/// Runs `merge` over profiles that `--profile-out` wrote.
///
/// # Errors
///
/// A file that is no profile, profiles that do not belong together, or a report that cannot be written.
pub fn merge(config: &Config, profiles: &[PathBuf]) -> Result<Finished, EngineError> {
    let started_at = now();
    let plan = Plan::new(config, profiles)?;
    let mut whole: Option<Profile> = None;
    for path in profiles {
        let profile = read(path)?;
        match &mut whole {
            None => whole = Some(profile),
            Some(whole) => whole.merge(profile)?,
        }
    }
    let whole = whole.ok_or_else(|| EngineError::Usage("merge needs at least one profile".into()))?;
    if whole.program_id != plan.program.id() {
        let why = "the profiles were made with other classifiers; give the same --classifiers, --enable and --disable";
        return Err(EngineError::Usage(why.into()));
    }
    let occasion = Occasion {
        id: run_id()?,
        started_at,
        finished_at: now(),
        backend: plan.backend.as_str().into(),
        principal: None,
        missing: None,
    };
    let decision = scan::write(&whole, &plan.program, &plan.config, &plan.outputs, &occasion)?;
    Ok(Finished {
        decision,
        interrupted: false,
        empty_handed: Vec::new(),
    })
}

fn read(path: &Path) -> Result<Profile, EngineError> {
    let bytes = plan::read(path, "read the profile")?;
    serde_json::from_slice(&bytes).map_err(|error| EngineError::Malformed {
        path: path.to_owned(),
        // The parser's own message could quote what it read.
        why: format!(
            "it is not a lakewarden.profile/1 (line {}, column {})",
            error.line(),
            error.column()
        ),
    })
}
