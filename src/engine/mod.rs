//! One function per command. The engine alone knows every stage; it wires them and owns the runtime.
//!
//! ```text
//! listing ─▶ filter ─▶ read ─(byte budget)─▶ decode + classify (worker pool) ─▶ tables ─▶ profile ─▶ findings ─▶ report
//!                                                        settings ─▶ verdict ──────────────┘
//! ```
//!
//! [`batch`] and [`detect`] need no runtime and are there without any feature.

pub mod batch;
pub mod detect;
#[cfg(all(feature = "cloud", feature = "decode"))]
mod doors;
mod findings;
#[cfg(all(feature = "cloud", feature = "decode"))]
mod run;

#[cfg(all(feature = "cloud", feature = "decode"))]
pub use run::{
    EngineError, Finished, Progress, Stop, backends, best_backend, calls_for_content, calls_for_settings,
    check_classifiers, chosen_classifiers, exposure, merge, scan, worker,
};

#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
pub use run::{classifier_costs, import_classifiers};

pub use crate::classify::cost::Cost;
pub use crate::classify::registry::{Alias, Classifier, check::Problem};
pub use crate::classify::{Overlaps, Worker};

/// What stands in place of a value: the classifier's id in capitals, in brackets.
pub(crate) fn placeholder(classifier: &str) -> String {
    format!("[{}]", classifier.to_uppercase())
}
