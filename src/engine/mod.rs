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
mod findings;

/// What stands in place of a value: the classifier's id in capitals, in brackets.
pub(crate) fn placeholder(classifier: &str) -> String {
    format!("[{}]", classifier.to_uppercase())
}
