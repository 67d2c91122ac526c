//! The one integration-test binary; each module says what belongs there.
mod servers;
