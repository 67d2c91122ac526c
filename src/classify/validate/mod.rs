//! Validators: what a value must satisfy beyond its shape, such as a check digit or an issued range.
//!
//! A validator sees the matched bytes as they stand in the text, separators included. It never allocates, never
//! panics whatever the bytes are, and states its rule with the source of that rule. Classifier files name validators
//! by the names in the table below, as a condition (`all`), as a demotion (`demote`: a match for which it holds is the
//! thing, but not one that matters) or as what makes a match void (`void`). Adding one is a function in its family's file and one line here.

mod africa;
mod alpine;
mod australia;
mod balkans;
mod baltic;
mod belgium;
mod bic;
mod brazil;
mod canada;
mod card;
mod central_europe;
mod crypto;
mod date;
mod device;
mod digits;
mod east_asia;
mod east_asian_name;
mod eastern_europe;
mod email;
mod france;
mod germany;
mod hidden;
mod iban;
mod india;
mod ireland;
mod italy;
mod keccak;
mod latin_america;
mod list;
mod location;
mod login;
mod middle_east;
mod mrz;
mod name;
mod net;
mod netherlands;
mod new_zealand;
mod nordic;
pub mod pass_rate;
mod pem;
mod phone;
mod place;
mod poland;
mod portugal;
mod secret;
mod securities;
mod south_asia;
mod spain;
mod token;
mod uk;
mod us;
mod vehicle;
mod words;

pub(in crate::classify) use name::unaccented;

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
    ("ad_nrt", portugal::ad_tax),
    ("ae_emirates_id", middle_east::ae_identity),
    ("al_nipt", balkans::al_tax),
    ("ar_cbu", latin_america::ar_account),
    ("ar_cuit", latin_america::ar_tax),
    ("assigned_password", login::assigned_password),
    ("at_svnr", alpine::at_insurance),
    ("at_tax_number", alpine::at_tax),
    ("at_vat", alpine::at_vat),
    ("au_abn", australia::business_number),
    ("au_acn", australia::company_number),
    ("au_medicare", australia::medicare),
    ("au_tfn", australia::tax_file_number),
    ("aws_access_key", token::aws_access_key),
    ("aws_secret_key", token::aws_secret_key),
    ("az_voen", eastern_europe::az_taxpayer),
    ("azure_storage_key", token::azure_storage_key),
    ("be_bis", belgium::be_bis),
    ("be_enterprise", belgium::be_enterprise),
    ("be_identity_card", belgium::be_identity_card),
    ("be_national_number", belgium::be_national),
    ("be_payment_reference", belgium::be_payment_reference),
    ("bg_egn", balkans::bg_personal),
    ("bg_lnch", balkans::bg_foreigner),
    ("bg_vat", balkans::bg_vat),
    ("bic", bic::bic),
    ("bitcoin_address", crypto::bitcoin_address),
    ("br_cnh", brazil::driving_licence),
    ("br_cnpj", brazil::cnpj),
    ("br_cpf", brazil::cpf),
    ("br_pis", brazil::worker_number),
    ("by_unp", eastern_europe::by_payer),
    ("ca_bc_phn", canada::bc_health_number),
    ("ca_business_number", canada::business_number),
    ("ca_ontario_health", canada::ontario_health_number),
    ("ca_quebec_health", canada::quebec_health_number),
    ("ca_sin", canada::sin),
    ("card_expiry", card::expiry),
    ("ch_ahv", alpine::ch_insurance),
    ("ch_uid", alpine::ch_enterprise),
    ("cl_rut", latin_america::cl_rut),
    ("client_id", secret::client_id),
    ("cn_credit_code", east_asia::cn_credit_code),
    ("cn_resident_id", east_asia::cn_resident),
    ("co_nit", latin_america::co_tax),
    ("coordinates", location::coordinates),
    ("cr_cpj", latin_america::cr_company),
    ("creditor_reference", securities::creditor_reference),
    ("crypto_private_key", crypto::private_key),
    ("cryptocurrency_address", crypto::other_address),
    ("cu_identity", latin_america::cu_identity),
    ("cusip", securities::cusip),
    ("cy_tax_number", balkans::cy_tax),
    ("cz_account", central_europe::cz_account),
    ("cz_dic", central_europe::cz_tax),
    ("cz_sk_birth_number", central_europe::birth_number),
    ("date_of_birth", date::date_of_birth),
    ("de_handelsregister", germany::register_number),
    ("de_health_number", germany::health_number),
    ("de_identity_document", germany::identity_document),
    ("de_pension_number", germany::pension_number),
    ("de_tax_id", germany::tax_id),
    ("de_tax_number", germany::tax_number),
    ("de_vat", germany::vat),
    ("dea_number", us::dea),
    ("device_token", secret::device_token),
    ("dk_cpr", nordic::dk_personal),
    ("dk_cvr", nordic::dk_enterprise),
    ("do_cedula", latin_america::do_identity),
    ("do_rnc", latin_america::do_taxpayer),
    ("east_asian_name", east_asian_name::name),
    ("ec_cedula", latin_america::ec_identity),
    ("ec_ruc", latin_america::ec_taxpayer),
    ("ee_personal_code", baltic::ee_personal),
    ("ee_registry_code", baltic::ee_registry),
    ("ee_vat", baltic::ee_vat),
    ("eg_national_id", africa::eg_national),
    ("element_secret", secret::element_secret),
    ("email", email::email),
    ("email_reserved", email::reserved),
    ("es_cae", spain::excise_code),
    ("es_ccc", spain::bank_account),
    ("es_cif", spain::cif),
    ("es_cups", spain::supply_point),
    ("es_dni", spain::dni),
    ("es_nie", spain::nie),
    ("es_nif_special", spain::nif_special),
    ("es_nuss", spain::social_security),
    ("ethereum_address", crypto::ethereum_address),
    ("example", secret::example),
    ("fi_business_id", nordic::fi_business),
    ("fi_hetu", nordic::fi_personal),
    ("figi", securities::figi),
    ("fr_nir", france::nir),
    ("fr_rcs", france::register_entry),
    ("fr_siren", france::siren),
    ("fr_siret", france::siret),
    ("fr_tax_number", france::tax_number),
    ("fr_vat", france::vat),
    ("generic_password", secret::generic_password),
    ("generic_secret", secret::generic_secret),
    ("gh_tin", africa::gh_taxpayer),
    ("github_token", token::github_token),
    ("gitlab_token", token::gitlab_token),
    ("gn_nifp", africa::gn_tax),
    ("gr_afm", balkans::gr_tax),
    ("gr_amka", balkans::gr_social),
    ("gt_nit", latin_america::gt_tax),
    ("harmless_name", secret::harmless_name),
    ("hidden_tags", hidden::hidden_tags),
    ("hk_id", east_asia::hk_identity),
    ("hr_oib", balkans::hr_personal),
    ("http_basic", token::http_basic),
    ("hu_personal_tax", central_europe::hu_personal_tax),
    ("hu_taj", central_europe::hu_social),
    ("hu_tax_number", central_europe::hu_tax),
    ("iban", iban::iban),
    ("iccid", device::iccid),
    ("id_nik", south_asia::id_identity),
    ("id_npwp", south_asia::id_taxpayer),
    ("ie_pps", ireland::pps),
    ("ie_vat", ireland::vat),
    ("il_company", middle_east::il_company),
    ("il_id", middle_east::il_identity),
    ("imei", device::imei),
    ("imei_unchecked", device::imei_unchecked),
    ("imsi", device::imsi),
    ("in_aadhaar", india::aadhaar),
    ("in_gstin", india::gstin),
    ("in_pan", india::pan),
    ("in_passport", india::passport),
    ("in_vehicle_registration", india::vehicle_registration),
    ("in_vid", india::virtual_id),
    ("in_voter_id", india::voter_card),
    ("ip_not_global", net::ip_not_global),
    ("ipv4", net::ipv4),
    ("ipv6", net::ipv6),
    ("is_kennitala", nordic::is_kennitala),
    ("isin", securities::isin),
    ("issued_value", secret::issued_value),
    ("it_codice_fiscale", italy::codice_fiscale),
    ("it_vat", italy::vat),
    ("jp_corporate_number", east_asia::jp_corporate),
    ("jp_my_number", east_asia::jp_individual),
    ("jwt", token::jwt),
    ("jwt_claims", token::jwt_claims),
    ("ke_pin", africa::ke_pin),
    ("kr_business_number", east_asia::kr_business),
    ("kr_rrn", east_asia::kr_resident),
    ("kw_civil_id", middle_east::kw_civil),
    ("kz_iin", eastern_europe::kz_individual),
    ("lei", securities::lei),
    ("literal_password", login::literal_password),
    ("lk_nic", south_asia::lk_identity),
    ("login_name", login::login_name),
    ("lt_personal_code", baltic::lt_personal),
    ("lt_vat", baltic::lt_vat),
    ("lu_national_id", belgium::lu_national),
    ("lu_vat", belgium::lu_vat),
    ("luhn", card::luhn),
    ("lv_personal_code", baltic::lv_personal),
    ("lv_vat", baltic::lv_vat),
    ("ma_ice", africa::ma_enterprise),
    ("mac_address", net::mac),
    ("mac_group", net::mac_group),
    ("magnetic_stripe", card::track),
    ("mc_vat", france::monaco_vat),
    ("md_idno", eastern_europe::md_number),
    ("me_pib", balkans::me_tax),
    ("meid", device::meid),
    ("meid_unchecked", device::meid_unchecked),
    ("mk_edb", balkans::mk_tax),
    ("mrz", mrz::line),
    ("mt_vat", balkans::mt_vat),
    ("mu_nid", africa::mu_national),
    ("mx_curp", latin_america::mx_curp),
    ("mx_rfc", latin_america::mx_rfc),
    ("my_nric", south_asia::my_identity),
    ("mz_nuit", africa::mz_taxpayer),
    ("netrc_password", login::netrc_password),
    ("nl_bsn", netherlands::bsn),
    ("nl_document_number", netherlands::document_number),
    ("nl_education_number", netherlands::education_number),
    ("nl_vat", netherlands::vat),
    ("no_account", nordic::no_account),
    ("no_fodselsnummer", nordic::no_birth_number),
    ("no_organisation_number", nordic::no_organisation),
    ("npm_token", token::npm_token),
    ("nz_bank_account", new_zealand::account),
    ("nz_ird", new_zealand::tax),
    ("nz_nhi", new_zealand::health_index),
    ("pair_password", login::pair_password),
    ("password_placeholder", login::password_placeholder),
    ("pe_dni", latin_america::pe_identity),
    ("pe_ruc", latin_america::pe_taxpayer),
    ("person_name", name::person),
    ("person_name_part", name::part),
    ("phone", phone::phone),
    ("phone_unassigned", phone::unassigned),
    ("pk_cnic", south_asia::pk_identity),
    ("pl_nip", poland::nip),
    ("pl_pesel", poland::pesel),
    ("pl_regon", poland::regon),
    ("place", place::place),
    ("postal_code", place::postal_code),
    ("private_key", pem::private_key),
    ("private_key_line", pem::private_key_line),
    ("prose_password", login::prose_password),
    ("pt_citizen_card", portugal::pt_citizen_card),
    ("pt_nif", portugal::pt_tax),
    ("py_ruc", latin_america::py_taxpayer),
    ("random_letters", secret::random_letters),
    ("random_token", secret::random_token),
    ("ro_cnp", balkans::ro_personal),
    ("ro_company_number", balkans::ro_company),
    ("ro_trade_register", balkans::ro_register),
    ("rs_pib", balkans::rs_tax),
    ("ru_inn", eastern_europe::ru_taxpayer),
    ("ru_ogrn", eastern_europe::ru_register),
    ("ru_snils", eastern_europe::ru_insurance),
    ("sa_national_id", middle_east::sa_identity),
    ("se_coordination_number", nordic::se_coordination),
    ("se_organisation_number", nordic::se_organisation),
    ("se_personnummer", nordic::se_personal),
    ("se_vat", nordic::se_vat),
    ("sedol", securities::sedol),
    ("sepa_creditor", securities::sepa_creditor),
    ("service_value", secret::service_value),
    ("sg_nric", south_asia::sg_identity),
    ("sg_uen", south_asia::sg_entity),
    ("si_emso", balkans::master_citizen),
    ("si_register_number", balkans::si_register),
    ("si_tax_number", balkans::si_tax),
    ("signed_address", secret::signed_address),
    ("sk_vat", central_europe::sk_vat),
    ("sn_ninea", africa::sn_enterprise),
    ("street_address", place::street_address),
    ("sv_nit", latin_america::sv_tax),
    ("th_company", south_asia::th_company),
    ("th_id", south_asia::th_identity),
    ("time_of_day", date::time_of_day),
    ("tn_mf", africa::tn_tax),
    ("tn_mf_misplaced", africa::tn_misplaced),
    ("tr_tckn", middle_east::tr_identity),
    ("tr_vkn", middle_east::tr_tax),
    ("tw_business_number", east_asia::tw_business),
    ("tw_id", east_asia::tw_identity),
    ("ua_edrpou", eastern_europe::ua_company),
    ("ua_rntrc", eastern_europe::ua_taxpayer),
    ("uk_driving_licence", uk::driving_licence),
    ("uk_nhs", uk::nhs_number),
    ("uk_nino", uk::nino),
    ("uk_upn", uk::pupil_number),
    ("uk_utr", uk::taxpayer_reference),
    ("uk_vat", uk::vat),
    ("url_password", login::url_password),
    ("url_placeholder", login::url_placeholder),
    ("us_aba_routing", us::aba_routing),
    ("us_atin", us::atin),
    ("us_ein", us::ein),
    ("us_itin", us::itin),
    ("us_mbi", us::medicare_beneficiary),
    ("us_npi", us::provider),
    ("us_ptin", us::ptin),
    ("us_ssn", us::ssn),
    ("uy_ci", latin_america::uy_identity),
    ("uy_rut", latin_america::uy_taxpayer),
    ("ve_rif", latin_america::ve_taxpayer),
    ("vin", vehicle::vin),
    ("vn_cccd", south_asia::vn_citizen),
    ("vn_mst", south_asia::vn_tax),
    ("za_id", africa::za_identity),
    ("za_tax_reference", africa::za_tax),
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

/// Asserts that a validator accepts the first texts and refuses the second.
#[cfg(test)]
pub(super) fn judges(validator: Validator, good: &[&str], bad: &[&str]) {
    for text in good {
        assert!(validator(text.as_bytes()).is_valid(), "{text} is one");
    }
    for text in bad {
        assert!(!validator(text.as_bytes()).is_valid(), "{text} is none");
    }
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
