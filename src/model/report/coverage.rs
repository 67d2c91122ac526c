//! What was read and what was not, in objects and listed bytes. The buckets add up to what was listed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::skip::SkipReason;
use crate::model::tally::Merge;

/// Objects and the bytes that the listing gives for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// How many.
    pub objects: u64,
    /// Stored bytes, as listed.
    pub bytes: u64,
}

impl Amount {
    /// One object of this size.
    pub const fn one(bytes: u64) -> Self {
        Self { objects: 1, bytes }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.objects == 0
    }
}

impl Merge for Amount {
    fn merge(&mut self, other: Self) {
        self.objects = self.objects.saturating_add(other.objects);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Whether the listing itself is whole; the worst last.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// Every key was seen.
    #[default]
    Complete,
    /// It ended early: interrupted, or failing after retries.
    Partial,
    /// It was refused: nothing is known of what is there.
    Refused,
}

/// Every listed object is in exactly one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Whether the listing itself is whole.
    pub listing: Listing,
    /// What the listing gave.
    pub listed: Amount,
    /// Read to the end.
    pub read: Amount,
    /// Read in part, the rest skipped; counted with all their bytes.
    pub partly_read: Amount,
    /// Left out by sampling or by the byte limit.
    pub sampled_out: Amount,
    /// Not read because nothing changed since the last run; its findings are those of then.
    pub unchanged: Amount,
    /// Left out by a filter.
    pub filtered: Amount,
    /// Holds no text, by media type.
    pub no_text: BTreeMap<String, Amount>,
    /// In a storage class that is not online, or that costs to read.
    pub archived: Amount,
    /// Not read, by reason.
    pub skipped: BTreeMap<SkipReason, Amount>,
}

impl Coverage {
    /// The sum of all buckets: equal to `listed`, or something was lost or counted twice.
    pub fn accounted(&self) -> Amount {
        let plain = [
            self.read,
            self.partly_read,
            self.sampled_out,
            self.unchanged,
            self.filtered,
            self.archived,
        ];
        plain
            .iter()
            .chain(self.no_text.values())
            .chain(self.skipped.values())
            .fold(Amount::default(), |mut sum, amount| {
                sum.merge(*amount);
                sum
            })
    }

    /// Whether the buckets add up to what was listed, in objects and in bytes.
    pub fn balances(&self) -> bool {
        self.accounted() == self.listed
    }

    /// All that was skipped, whatever the reason.
    pub fn skipped_total(&self) -> Amount {
        total(self.skipped.values())
    }

    /// All that holds no text.
    pub fn no_text_total(&self) -> Amount {
        total(self.no_text.values())
    }

    /// What was asked for: listed, less what a filter left out or what holds no text.
    pub fn in_scope(&self) -> Amount {
        let no_text = self.no_text_total();
        Amount {
            objects: self
                .listed
                .objects
                .saturating_sub(self.filtered.objects)
                .saturating_sub(no_text.objects),
            bytes: self
                .listed
                .bytes
                .saturating_sub(self.filtered.bytes)
                .saturating_sub(no_text.bytes),
        }
    }

    /// What of it is known: read now, or unchanged since it was read.
    pub fn known(&self) -> Amount {
        let mut known = self.read;
        known.merge(self.unchanged);
        known
    }

    /// The share of bytes in scope that are known, in hundredths of a percent (0 to 10,000), rounded down so that
    /// 100 % means all of it. With nothing in scope 10,000 if the listing is whole, else 0.
    pub fn known_per_myriad(&self) -> u32 {
        let (known, scope) = (u128::from(self.known().bytes), u128::from(self.in_scope().bytes));
        let all = self.known().objects >= self.in_scope().objects && self.listing == Listing::Complete;
        match (known * 10_000).checked_div(scope) {
            Some(10_000..) if !all => 9_999,
            Some(share) => share.min(10_000) as u32,
            None => u32::from(all) * 10_000,
        }
    }
}

fn total<'a>(amounts: impl Iterator<Item = &'a Amount>) -> Amount {
    amounts.fold(Amount::default(), |mut sum, amount| {
        sum.merge(*amount);
        sum
    })
}

impl Merge for Coverage {
    fn merge(&mut self, other: Self) {
        self.listing = self.listing.max(other.listing);
        self.listed.merge(other.listed);
        self.read.merge(other.read);
        self.partly_read.merge(other.partly_read);
        self.sampled_out.merge(other.sampled_out);
        self.unchanged.merge(other.unchanged);
        self.filtered.merge(other.filtered);
        self.archived.merge(other.archived);
        other
            .no_text
            .into_iter()
            .for_each(|(k, v)| self.no_text.entry(k).or_default().merge(v));
        other
            .skipped
            .into_iter()
            .for_each(|(k, v)| self.skipped.entry(k).or_default().merge(v));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount() -> impl Strategy<Value = Amount> {
        (0u64..1000, 0u64..1_000_000).prop_map(|(objects, bytes)| Amount { objects, bytes })
    }

    fn balanced() -> impl Strategy<Value = Coverage> {
        (
            prop::array::uniform8(amount()),
            prop::sample::select(SkipReason::ALL.to_vec()),
        )
            .prop_map(|(a, reason)| {
                let mut coverage = Coverage {
                    read: a[0],
                    partly_read: a[1],
                    sampled_out: a[2],
                    unchanged: a[3],
                    filtered: a[4],
                    archived: a[5],
                    no_text: [("image/png".to_owned(), a[6])].into(),
                    skipped: [(reason, a[7])].into(),
                    ..Coverage::default()
                };
                coverage.listed = coverage.accounted();
                coverage
            })
    }

    proptest! {
        #[test]
        fn what_balances_still_balances_when_merged_in_any_order(a in balanced(), b in balanced()) {
            let (mut ab, mut ba) = (a.clone(), b.clone());
            ab.merge(b);
            ba.merge(a);
            prop_assert!(ab.balances());
            prop_assert!(ab.known_per_myriad() <= 10_000);
            prop_assert_eq!(ab, ba);
        }
    }

    #[test]
    fn an_object_in_no_bucket_or_in_two_is_noticed() {
        let mut coverage = Coverage {
            listed: Amount::one(10),
            ..Coverage::default()
        };
        assert!(!coverage.balances());
        coverage.read = Amount::one(10);
        assert!(coverage.balances());
        coverage.skipped.insert(SkipReason::Corrupt, Amount::one(0));
        assert!(!coverage.balances());
    }

    #[test]
    fn all_is_said_only_when_all_is_known() {
        let whole = Coverage {
            listed: Amount::one(10),
            read: Amount::one(10),
            ..Coverage::default()
        };
        assert_eq!(whole.known_per_myriad(), 10_000);
        let empty_skip = Coverage {
            listed: Amount {
                objects: 2,
                bytes: 10,
            },
            skipped: [(SkipReason::AccessDenied, Amount::one(0))].into(),
            ..whole.clone()
        };
        assert_eq!(empty_skip.known_per_myriad(), 9_999);
        assert_eq!(
            Coverage {
                listing: Listing::Refused,
                ..Coverage::default()
            }
            .known_per_myriad(),
            0
        );
        assert_eq!(Coverage::default().known_per_myriad(), 10_000);
    }
}
