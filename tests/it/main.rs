//! The one integration-test binary; each module says what belongs there.
mod golden;
mod page;
mod report;
mod sample;
mod schemas;
mod servers;
#[cfg(feature = "cloud")]
mod source;
