//! Local folders: what mode bits let other users of the machine do.
//!
//! Another user reaches a file with `o+r` on it and `o+x` on every folder above. That is never worse than `external`.

mod modes;

pub(super) use modes::judge;
pub use modes::{facts, object};
