//! The shared nouns. Imports nothing of ours: every stage speaks in these terms and none needs another stage.

pub mod cells;
pub mod door;
pub mod exposure;
pub mod facts;
pub mod id;
pub mod locator;
pub mod privilege;
pub mod profile;
pub mod redact;
pub mod report;
pub mod risk;
pub mod sketch;
pub mod skip;
pub(crate) mod spelling;
pub mod tally;
