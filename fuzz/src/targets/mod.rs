//! What is fuzzed: each target takes any bytes and panics if a promise is broken. The same functions replay what was found
//! before in the ordinary tests (`tests/it/fuzz.rs`).

mod classifiers;
mod decoders;
mod exposure;
mod scanner;

/// Takes any bytes.
pub(crate) type Target = fn(&[u8]);

/// Every target by name; the name is also its folder of seeds and of regressions.
const TARGETS: &[(&str, Target)] = &[
    ("classifiers", classifiers::file),
    ("csv", decoders::csv),
    ("exposure", exposure::all),
    ("inflate", decoders::inflate),
    ("json", decoders::json),
    ("parquet", decoders::parquet),
    ("scanner", scanner::text),
    ("sniff", decoders::sniff),
    ("tar", decoders::tar),
    ("text", decoders::text),
];

/// The names of all targets.
pub(crate) fn names() -> Vec<&'static str> {
    TARGETS.iter().map(|(name, _)| *name).collect()
}

/// The target of that name.
pub(crate) fn find(name: &str) -> Option<Target> {
    TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, target)| *target)
}

/// A number that depends on all of the input: settings are drawn from it, so that a seed is nothing but a file.
fn lot(data: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(data);
    hasher.finish()
}
