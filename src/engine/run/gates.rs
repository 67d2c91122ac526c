//! Gates: what must hold for a run to pass, and when that cannot be told.

use crate::config::Gates;
use crate::model::report::{Coverage, Decision, Gate, GateKind, Listing, Outcome, Store};
use crate::model::risk::Level;

/// Follows the stores as they are reported.
#[derive(Debug, Default)]
pub(super) struct Watch {
    gates: Gates,
    /// The worst known risk and sensitivity, with the first store that has it.
    risk: Option<(Level, String)>,
    sensitivity: Option<(Level, String)>,
    /// The worst risk that undecided settings could hide.
    hidden: Option<(Level, String)>,
}

impl Watch {
    pub(super) fn new(gates: Gates) -> Self {
        Self {
            gates,
            ..Self::default()
        }
    }

    pub(super) fn see(&mut self, store: &Store) {
        raise(&mut self.risk, store.risk.level, store);
        raise(&mut self.sensitivity, store.sensitivity.level, store);
        if let Some(upper) = store.risk.upper {
            raise(&mut self.hidden, upper, store);
        }
    }

    /// The decision, if any gate is set. `missing`: why content is missing that the coverage does not tell of.
    pub(super) fn decide(
        self,
        coverage: &Coverage,
        complete: bool,
        missing: Option<&str>,
    ) -> Option<Decision> {
        if !self.gates.any() {
            return None;
        }
        let mut reasons = Vec::new();
        let unread = missing
            .map(str::to_owned)
            .or_else(|| self.unread(coverage, complete));
        let mut gates = Vec::new();
        if let Some(limit) = self.gates.fail_on {
            let result = self.risk_gate(limit, unread.as_deref(), &mut reasons);
            gates.push(Gate {
                gate: GateKind::Risk,
                limit: limit.as_str().into(),
                result,
            });
        }
        if let Some(limit) = self.gates.fail_on_sensitivity {
            let result = known(&self.sensitivity, "sensitivity", limit, &mut reasons)
                .unwrap_or_else(|| proven(unread.as_deref(), &mut reasons));
            gates.push(Gate {
                gate: GateKind::Sensitivity,
                limit: limit.as_str().into(),
                result,
            });
        }
        if let Some(limit) = self.gates.min_coverage {
            let result = match covered(coverage, limit, &mut reasons) {
                Outcome::Pass => proven(missing, &mut reasons),
                failed => failed,
            };
            gates.push(Gate {
                gate: GateKind::Coverage,
                limit: percent(limit),
                result,
            });
        }
        reasons.dedup();
        let result = [Outcome::Fail, Outcome::NotProven]
            .into_iter()
            .find(|bad| gates.iter().any(|gate| gate.result == *bad))
            .unwrap_or(Outcome::Pass);
        Some(Decision {
            result,
            gates,
            reasons,
        })
    }

    fn risk_gate(&self, limit: Level, unread: Option<&str>, reasons: &mut Vec<String>) -> Outcome {
        if let Some(failed) = known(&self.risk, "risk", limit, reasons) {
            return failed;
        }
        if let Some((level, store)) = self.hidden.as_ref().filter(|(level, _)| *level >= limit) {
            reasons.push(format!(
                "{store} could be at {} risk: who can reach it is undecided",
                level.as_str()
            ));
            return Outcome::NotProven;
        }
        proven(unread, reasons)
    }

    /// What was not read and could hide a failure, in words. A coverage that was asked for and met is enough.
    fn unread(&self, coverage: &Coverage, complete: bool) -> Option<String> {
        let share = coverage.known_per_myriad();
        let enough = self.gates.min_coverage.unwrap_or(10_000);
        if !complete {
            return Some("the run was interrupted".into());
        }
        if coverage.listing != Listing::Complete {
            return Some("a listing was refused or ended early".into());
        }
        (share < enough).then(|| format!("{} of the bytes in scope were read to the end", percent(share)))
    }
}

fn raise(worst: &mut Option<(Level, String)>, level: Level, store: &Store) {
    if worst.as_ref().is_none_or(|(known, _)| level > *known) {
        *worst = Some((level, store.uri.to_string()));
    }
}

/// A failure that is known, whatever else is not.
fn known(
    worst: &Option<(Level, String)>,
    of: &str,
    limit: Level,
    reasons: &mut Vec<String>,
) -> Option<Outcome> {
    let (level, store) = worst.as_ref().filter(|(level, _)| *level >= limit)?;
    reasons.push(format!("{store} is at {} {of}", level.as_str()));
    Some(Outcome::Fail)
}

fn proven(unread: Option<&str>, reasons: &mut Vec<String>) -> Outcome {
    match unread {
        None => Outcome::Pass,
        Some(why) => {
            reasons.push(why.to_owned());
            Outcome::NotProven
        }
    }
}

fn covered(coverage: &Coverage, limit: u32, reasons: &mut Vec<String>) -> Outcome {
    let share = coverage.known_per_myriad();
    if share >= limit {
        return Outcome::Pass;
    }
    reasons.push(format!(
        "{} of the bytes in scope were read to the end, {} wanted",
        percent(share),
        percent(limit)
    ));
    Outcome::Fail
}

fn percent(per_myriad: u32) -> String {
    match per_myriad % 100 {
        0 => format!("{} %", per_myriad / 100),
        rest => format!("{}.{rest:02} %", per_myriad / 100),
    }
}
