//! The shared nouns. Imports nothing of ours: every stage speaks in these terms and none needs another stage.

pub mod exposure;
