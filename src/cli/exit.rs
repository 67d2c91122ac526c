//! Exit codes.

use crate::engine::Finished;
use crate::model::report::Outcome;

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is well.
    Fine,
    /// A gate failed, or a check found problems.
    Failed,
    /// Bad usage or settings: nothing was done.
    Usage,
    /// A location that was named gave nothing at all.
    Empty,
    /// A gate is not proven.
    NotProven,
    /// The output could not be written, or the system refused what any run needs (`EX_IOERR`).
    Broken,
    /// Asked to end early.
    Interrupted,
}

impl Exit {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Empty => 3,
            Self::NotProven => 4,
            Self::Broken => 74,
            Self::Interrupted => 130,
        }
    }

    /// The first that applies; `named` says whether the locations come from the command line.
    pub(super) fn of(finished: &Finished, named: bool) -> Self {
        let result = finished.decision.as_ref().map(|decision| decision.result);
        if finished.interrupted {
            Self::Interrupted
        } else if result == Some(Outcome::Fail) {
            Self::Failed
        } else if named && !finished.empty_handed.is_empty() {
            Self::Empty
        } else if result == Some(Outcome::NotProven) {
            Self::NotProven
        } else {
            Self::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::report::Decision;

    fn finished(result: Option<Outcome>, interrupted: bool, empty: bool) -> Finished {
        Finished {
            decision: result.map(|result| Decision {
                result,
                gates: Vec::new(),
                reasons: Vec::new(),
            }),
            interrupted,
            empty_handed: empty
                .then(|| "s3://b: not found".to_owned())
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn the_first_code_that_applies_is_given() {
        let code = |result, interrupted, empty| Exit::of(&finished(result, interrupted, empty), true).code();
        assert_eq!(code(Some(Outcome::Fail), true, true), 130);
        assert_eq!(code(Some(Outcome::Fail), false, true), 1);
        assert_eq!(code(Some(Outcome::NotProven), false, true), 3);
        assert_eq!(code(Some(Outcome::NotProven), false, false), 4);
        assert_eq!(code(Some(Outcome::Pass), false, false), 0);
        assert_eq!(code(None, false, true), 3);
    }

    #[test]
    fn an_empty_location_of_the_config_file_is_no_failure_by_itself() {
        assert_eq!(Exit::of(&finished(None, false, true), false), Exit::Fine);
    }
}
