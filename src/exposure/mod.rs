//! Who can reach a store: asking for its settings, and judging them.
//!
//! Asking and judging are apart. [`judge`] is pure and takes captured settings ([`crate::model::facts`]), live or from
//! a file; every rule has a case in `fixtures/exposure/`. An `Inquiry` knows what to ask and how to read the replies;
//! the transport that signs and sends is given to it.

#[cfg(feature = "cloud")]
mod ask;
mod aws;
mod azure;
#[cfg(test)]
mod cases;
mod cidr;
mod evidence;
mod gcp;
#[cfg(feature = "cloud")]
mod inquiry;
mod judge;
pub mod local;
#[cfg(test)]
mod properties;
#[cfg(feature = "cloud")]
mod xml;

#[cfg(feature = "cloud")]
pub use ask::{Ask, AskError, Question, Reply, To};
#[cfg(feature = "cloud")]
pub use inquiry::{Inquiry, Probe, Target, calls, needs_object_acls};
pub use judge::{judge, judge_beside, judge_object, narrowed};
