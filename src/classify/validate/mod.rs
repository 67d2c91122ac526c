//! Validators: what a value must satisfy beyond its shape, such as a check digit or an issued range.
//!
//! A validator sees the matched bytes as they stand in the text, separators included. It never allocates, never
//! panics whatever the bytes are, and states its rule with the source of that rule. Classifier files name validators
//! by the names in the table below, either as a condition (`all`) or as a demotion (`demote`: a match for which it holds
//! is the thing, but not one that matters). Adding one is a function in its family's file and one line here.

mod australia;
mod bic;
mod brazil;
mod canada;
mod card;
mod date;
mod digits;
mod email;
mod france;
mod germany;
mod iban;
mod india;
mod italy;
mod name;
mod net;
mod netherlands;
pub mod pass_rate;
mod phone;
mod place;
mod poland;
mod spain;
mod token;
mod uk;
mod us;

/// What a validator says about one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The match breaks the rule: it is not the thing, whatever its shape.
    Invalid,
    /// The match satisfies the rule. That is evidence, not proof: see the classifier's random pass rate.
    Valid,
}

impl Verdict {
    /// Whether the match satisfies the rule.
    pub fn is_valid(self) -> bool {
        self == Self::Valid
    }
}

impl From<bool> for Verdict {
    fn from(valid: bool) -> Self {
        if valid { Self::Valid } else { Self::Invalid }
    }
}

/// Judges matched bytes, as they stand in the text.
pub type Validator = fn(&[u8]) -> Verdict;

/// The log-odds that a value's own words give, on top of those of its form: for things that no check digit proves.
pub type Odds = fn(&[u8]) -> f64;

/// Every function of odds under the name that classifier files use.
static ODDS: &[(&str, Odds)] = &[("person_name", name::odds)];

/// The odds that classifier files call `name`.
pub fn find_odds(name: &str) -> Option<Odds> {
    ODDS.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, odds)| *odds)
}

/// Every validator under the name that classifier files use, sorted by name.
static ALL: &[(&str, Validator)] = &[
    ("au_tfn", australia::tax_file_number),
    ("aws_access_key", token::aws_access_key),
    ("bic", bic::bic),
    ("br_cpf", brazil::cpf),
    ("ca_sin", canada::sin),
    ("date_of_birth", date::date_of_birth),
    ("de_tax_id", germany::tax_id),
    ("email", email::email),
    ("email_reserved", email::reserved),
    ("es_dni", spain::dni),
    ("es_nie", spain::nie),
    ("example", token::example),
    ("fr_nir", france::nir),
    ("generic_secret", token::generic_secret),
    ("github_token", token::github_token),
    ("iban", iban::iban),
    ("in_aadhaar", india::aadhaar),
    ("in_pan", india::pan),
    ("ip_not_global", net::ip_not_global),
    ("ipv4", net::ipv4),
    ("ipv6", net::ipv6),
    ("it_codice_fiscale", italy::codice_fiscale),
    ("jwt", token::jwt),
    ("luhn", card::luhn),
    ("mac_address", net::mac),
    ("mac_group", net::mac_group),
    ("nl_bsn", netherlands::bsn),
    ("person_name", name::person),
    ("person_name_part", name::part),
    ("phone", phone::phone),
    ("phone_unassigned", phone::unassigned),
    ("pl_pesel", poland::pesel),
    ("place", place::place),
    ("postal_code", place::postal_code),
    ("private_key", token::private_key),
    ("street_address", place::street_address),
    ("uk_nhs", uk::nhs_number),
    ("uk_nino", uk::nino),
    ("us_aba_routing", us::aba_routing),
    ("us_ein", us::ein),
    ("us_itin", us::itin),
    ("us_ssn", us::ssn),
];

/// The validator that classifier files call `name`.
pub fn find(name: &str) -> Option<Validator> {
    let at = ALL.binary_search_by_key(&name, |(name, _)| name).ok()?;
    Some(ALL[at].1)
}

/// The names of all validators, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_listed_name_is_found_and_others_are_not() {
        assert!(
            ALL.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "sorted, no name twice"
        );
        assert!(names().all(|name| find(name).is_some()));
        assert!(find("no_such_rule").is_none());
    }

    proptest! {
        #[test]
        fn no_validator_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for (_, validator) in ALL {
                let first = validator(&bytes);
                prop_assert_eq!(first, validator(&bytes));
            }
        }

        #[test]
        fn no_validator_panics_on_plausible_text(text in "[0-9A-Za-z .:@_/+=()-]{0,80}") {
            for (_, validator) in ALL {
                let _ = validator(text.as_bytes());
            }
        }
    }
}
