//! The one integration-test binary; each module says what belongs there.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![allow(
    clippy::print_stderr,
    reason = "what was left out is said where the tests run"
)]

#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod classifiers_page;
mod cli;
mod columns;
mod demo_lake;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod doors;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod exceptions;
#[cfg(feature = "cloud")]
mod exposure;
mod features;
#[cfg(all(feature = "cloud", feature = "decode"))]
mod fuzz;
mod golden;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod hostile;
mod layering;
mod matching;
mod page;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod permissions;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod planted;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod program;
mod report;
mod sample;
#[cfg(all(feature = "cloud", feature = "decode"))]
mod scan_clouds;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
mod scan_local;
mod schemas;
mod servers;
#[cfg(feature = "cloud")]
mod source;
