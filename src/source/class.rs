//! What reading each storage class costs: the one table of all clouds.
//!
//! | cloud | online | readable at once for a retrieval fee | needs a restore |
//! |---|---|---|---|
//! | S3 | `STANDARD`, `REDUCED_REDUNDANCY`, `INTELLIGENT_TIERING`, `EXPRESS_ONEZONE` | `STANDARD_IA`, `ONEZONE_IA`, `GLACIER_IR` | `GLACIER`, `DEEP_ARCHIVE` |
//! | GCS | `STANDARD`, `MULTI_REGIONAL`, `REGIONAL`, `DURABLE_REDUCED_AVAILABILITY`, `RAPID` | `NEARLINE`, `COLDLINE`, `ARCHIVE` | |
//! | Azure | `Hot`, `Premium`, `Smart`, premium page blobs (`P10` …) | `Cool`, `Cold` | `Archive` |
//!
//! A class that is not in the table is online: servers that speak a cloud's API name their own. Where such an object,
//! or one that S3 Intelligent-Tiering has archived, refuses the read, the refusal is reported as archived.
//! Sources: Amazon S3 User Guide "Understanding and managing Amazon S3 storage classes"; Cloud Storage "Storage
//! classes"; Azure "Access tiers for blob data".

use super::Tier;
use crate::model::id::Provider;

/// Classes that cost a retrieval fee.
const FEE: &[(Provider, &[&str])] = &[
    (Provider::Aws, &["STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"]),
    (Provider::Gcp, &["NEARLINE", "COLDLINE", "ARCHIVE"]),
    (Provider::Azure, &["Cool", "Cold"]),
];

/// Classes that must be restored first.
const ARCHIVED: &[(Provider, &[&str])] = &[
    (Provider::Aws, &["GLACIER", "DEEP_ARCHIVE"]),
    (Provider::Azure, &["Archive"]),
];

/// The tier of a storage class, in the provider's own word.
pub(super) fn tier(provider: Provider, class: &str) -> Tier {
    let within = |table: &[(Provider, &[&str])]| {
        table
            .iter()
            .any(|(of, names)| *of == provider && names.iter().any(|name| name.eq_ignore_ascii_case(class)))
    };
    if within(ARCHIVED) {
        Tier::Archived
    } else if within(FEE) {
        Tier::Fee
    } else {
        Tier::Online
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_word_differs_between_clouds() {
        assert_eq!(tier(Provider::Gcp, "ARCHIVE"), Tier::Fee);
        assert_eq!(tier(Provider::Azure, "Archive"), Tier::Archived);
        assert_eq!(tier(Provider::Aws, "GLACIER"), Tier::Archived);
        assert_eq!(tier(Provider::Aws, "GLACIER_IR"), Tier::Fee);
        assert_eq!(tier(Provider::Aws, "INTELLIGENT_TIERING"), Tier::Online);
        assert_eq!(tier(Provider::Azure, "Cold"), Tier::Fee);
        assert_eq!(tier(Provider::Aws, "Cold"), Tier::Online);
    }
}
