//! Measures, for every classifier file, the share of random strings of its shape that its validators accept.

use std::path::Path;

use super::find;

/// Random strings tried for each classifier, and how many accepted ones are enough to know the rate within 5 %.
const DRAWS: u32 = 200_000;
const ENOUGH: u32 = 2_000;

/// Below this all rates count as "almost never": the confidence model caps what a check can prove there.
const NEVER: f64 = 1e-4;

/// The commonest shape of each classifier. `#` is a digit, `?` a capital, `*` a capital or digit, `~` a letter or digit,
/// `&` a hexadecimal digit, `^` a base 32 symbol, `%` a number of one to three digits, `$` an ISO date with months to 12
/// and days to 31; all else stands for itself.
const SHAPES: &[(&str, &str)] = &[
    ("au_tfn", "#########"),
    ("aws_access_key", "AKIA^^^^^^^^^^^^^^^^"),
    ("bic", "????????"),
    ("br_cpf", "###.###.###-##"),
    ("ca_sin", "#########"),
    ("date_of_birth", "$"),
    ("de_tax_id", "###########"),
    ("email", "~~~~~~~@~~~~~~~.net"),
    ("es_dni", "########?"),
    ("es_nie", "X#######?"),
    ("fr_nir", "###############"),
    ("generic_secret", "api_key=~~~~~~~~~~~~~~~~~~~~~~~~"),
    ("github_token", "ghp_~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"),
    ("iban", "??##******************"),
    ("in_aadhaar", "############"),
    ("in_pan", "?????####?"),
    ("ipv4", "%.%.%.%"),
    ("ipv6", "&&&&:&&&&:&&&&:&&&&:&&&&:&&&&:&&&&:&&&&"),
    ("it_codice_fiscale", "??????##?##?###?"),
    ("jwt", "eyJ~~~~~~~~~~~~~~~~~~~.eyJ~~~~~~~~~~~~.~~~~~~~~~~~"),
    ("mac_address", "&&:&&:&&:&&:&&:&&"),
    ("nl_bsn", "#########"),
    ("payment_card", "################"),
    ("phone", "##########"),
    ("pl_pesel", "###########"),
    ("private_key", "-----BEGIN ???? PRIVATE KEY-----"),
    ("uk_nhs", "##########"),
    ("uk_nino", "??######?"),
    ("us_aba_routing", "#########"),
    ("us_ein", "#########"),
    ("us_itin", "#########"),
    ("us_ssn", "#########"),
];

/// SplitMix64 (S. Vigna): small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of(&mut self, symbols: &[u8]) -> u8 {
        symbols[self.below(symbols.len() as u64) as usize]
    }
}

const SYMBOLS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Writes one random string of a shape.
fn draw(shape: &str, random: &mut Random, text: &mut Vec<u8>) {
    text.clear();
    for symbol in shape.bytes() {
        match symbol {
            b'#' => text.push(random.one_of(&SYMBOLS[..10])),
            b'?' => text.push(random.one_of(&SYMBOLS[10..36])),
            b'*' => text.push(random.one_of(&SYMBOLS[..36])),
            b'~' => text.push(random.one_of(SYMBOLS)),
            b'&' => text.push(random.one_of(b"0123456789abcdef")),
            b'^' => text.push(random.one_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
            b'%' => (0..=random.below(3)).for_each(|_| text.push(random.one_of(&SYMBOLS[..10]))),
            b'$' => text.extend(date(random).bytes()),
            other => text.push(other),
        }
    }
}

fn date(random: &mut Random) -> String {
    let (year, month, day) = (
        1900 + random.below(200),
        1 + random.below(12),
        1 + random.below(31),
    );
    format!("{year}-{month:02}-{day:02}")
}

/// The share of random strings of a shape that all the named validators accept.
fn measure(shape: &str, names: &[&str]) -> f64 {
    let validators: Vec<_> = names
        .iter()
        .map(|name| find(name).expect("a listed validator"))
        .collect();
    let (mut random, mut text) = (Random(1), Vec::new());
    let (mut drawn, mut passed) = (0u32, 0u32);
    while drawn < DRAWS && passed < ENOUGH {
        draw(shape, &mut random, &mut text);
        drawn += 1;
        passed += u32::from(validators.iter().all(|valid| valid(&text).is_valid()));
    }
    f64::from(passed) / f64::from(drawn)
}

/// Whether a stated rate is the measured one: within a fifth, or both almost never.
fn agrees(stated: f64, measured: f64) -> bool {
    (stated < NEVER && measured < NEVER) || (stated - measured).abs() <= 0.2 * measured
}

/// What stands in a classifier file about validators: their names and the stated rate.
fn stated(file: &toml::Table) -> (Vec<&str>, f64) {
    let validate = file["validate"].as_table().expect("a table");
    let names = validate["all"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|name| name.as_str().expect("a name"));
    (
        names.collect(),
        validate["random_pass_rate"].as_float().expect("a number"),
    )
}

#[test]
fn every_classifier_states_the_pass_rate_that_is_measured() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("classifiers");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let file: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let (names, rate) = stated(&file);
        let shape = SHAPES.iter().find(|(name, _)| *name == id);
        let (_, shape) = shape.unwrap_or_else(|| panic!("{id}: no shape to measure; add one to SHAPES"));
        let measured = measure(shape, &names);
        assert!(
            agrees(rate, measured),
            "{id}: the file states {rate}, measured is {measured}"
        );
        seen += 1;
    }
    assert_eq!(seen, SHAPES.len());
}

#[test]
fn a_wrong_rate_is_noticed() {
    assert!(agrees(0.1, 0.1099));
    assert!(!agrees(0.1, 0.2));
    assert!(!agrees(1e-5, 0.01));
    assert!(measure("#########", &["us_ssn"]) > 0.8 && measure("#########", &["us_itin"]) < 0.1);
}
