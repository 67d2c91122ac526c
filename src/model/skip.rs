//! What was not read, why, and the count that adds up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why an object or a member of it was not read, or not to its end. The list is closed: a report's reader can rely on
/// having seen every word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The store refused the read.
    AccessDenied,
    /// Listed, but gone when it was read.
    NotFound,
    /// Throttled, timed out or failing after all retries.
    Unavailable,
    /// It changed twice while being read.
    ChangedDuringRead,
    /// Encrypted: its bytes cannot be decoded without a key.
    Encrypted,
    /// No decoder for this format.
    UnsupportedFormat,
    /// The bytes contradict their format.
    Corrupt,
    /// It ends before its format says it does.
    Truncated,
    /// Nested deeper than the limit.
    TooDeep,
    /// It expands more than 200 times after the first 64 MiB.
    Bomb,
    /// One indivisible unit (a page, a member that needs random access) is larger than the memory budget allows.
    UnitTooLarge,
    /// No request can carry this key unchanged.
    KeyNotAddressable,
}

impl SkipReason {
    /// Every reason, in the order of the closed list.
    pub const ALL: [Self; 12] = [
        Self::AccessDenied,
        Self::NotFound,
        Self::Unavailable,
        Self::ChangedDuringRead,
        Self::Encrypted,
        Self::UnsupportedFormat,
        Self::Corrupt,
        Self::Truncated,
        Self::TooDeep,
        Self::Bomb,
        Self::UnitTooLarge,
        Self::KeyNotAddressable,
    ];

    /// The word a report uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
            Self::ChangedDuringRead => "changed_during_read",
            Self::Encrypted => "encrypted",
            Self::UnsupportedFormat => "unsupported_format",
            Self::Corrupt => "corrupt",
            Self::Truncated => "truncated",
            Self::TooDeep => "too_deep",
            Self::Bomb => "bomb",
            Self::UnitTooLarge => "unit_too_large",
            Self::KeyNotAddressable => "key_not_addressable",
        }
    }
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_serde_writes() {
        for reason in SkipReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
