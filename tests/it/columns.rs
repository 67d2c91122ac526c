//! What a column's name and the look of its cells do to its verdict. Every value is made up.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use lakewarden::arrow;
use lakewarden::classify::{Program, is_named, registry};
use lakewarden::engine::batch::{Profile, Profiler, Verdicts};
use lakewarden::model::tally::Confidence;

/// The profile of a column of this name.
fn profile(name: &str, cells: impl IntoIterator<Item = String>) -> Profile {
    let chosen = [
        "coordinates",
        "cyrillic_name",
        "date_of_birth",
        "in_pan",
        "ipv4",
        "generic_password",
        "card_security_code",
        "name_part",
        "other_script_name",
        "person_name",
        "phone",
        "postal_code",
        "slack_webhook",
        "uk_nino",
        "url",
        "us_bank_account",
        "us_ssn",
        "za_id",
    ];
    let chosen: Vec<String> = chosen.iter().map(|id| (*id).to_owned()).collect();
    let chosen = registry::choose(registry::built_in().unwrap(), &chosen, &[]).unwrap();
    let program = Program::compile_with(chosen, &[], Confidence::Medium).unwrap();
    let cells: StringArray = cells.into_iter().map(Some).collect();
    let batch = RecordBatch::try_from_iter([(name, Arc::new(cells) as _)]).unwrap();
    let mut profiler = Profiler::with_key(&program, b"columns").unwrap();
    profiler.push(&batch).unwrap();
    profiler.finish()
}

/// What is found at medium and above in a column of this name.
fn found(name: &str, cells: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let verdicts = Verdicts::from_profile(&profile(name, cells), Confidence::Medium);
    let findings = verdicts.column(name).iter();
    findings.map(|finding| finding.classifier.clone()).collect()
}

fn one(id: &str) -> BTreeSet<String> {
    BTreeSet::from([id.to_owned()])
}

/// Numbers that look drawn: the same ones every time.
fn drawn(count: u64, below: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) % below)
}

#[test]
fn part_numbers_that_fit_a_rule_by_chance_are_no_ones() {
    let parts = |last: &'static [u8]| {
        drawn(400, 1_000_000).map(move |n| {
            let letter = char::from(last[(n % last.len() as u64) as usize]);
            format!("AB{n:06}{letter}")
        })
    };
    assert_eq!(
        found("part_no", parts(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
        BTreeSet::new()
    );
    assert_eq!(found("part_no", parts(b"ABCD")), one("uk_nino"));
    let words = drawn(400, 10_000).map(|n| {
        let letter = |shift: u64| char::from(b'A' + ((n / shift + n) % 26) as u8);
        let letters: String = [1, 26, 676, 3, 7].map(letter).iter().collect();
        format!("{letters}{n:04}K")
    });
    assert_eq!(found("vendor_item", words), BTreeSet::new());
}

#[test]
fn what_counts_is_no_ones_number_unless_it_is_called_so() {
    let counted = || (0..400).map(|n| (123_004_000 + n).to_string());
    assert_eq!(found("id", counted()), BTreeSet::new());
    assert_eq!(found("account_number", counted()), one("us_bank_account"));
    let twice = counted().chain((0..400).map(|n| (987_004_000 + n).to_string()));
    assert_eq!(found("id", twice.chain(["0".to_owned()])), BTreeSet::new());
}

#[test]
fn a_zero_among_others_does_not_make_them_a_sequence() {
    let numbers = drawn(400, 100_000_000)
        .map(|n| format!("{:03}-{:02}-{:04}", 100 + n % 500, 10 + n % 80, 1000 + n % 9000));
    assert_eq!(found("c5", numbers.chain(["0".to_owned()])), one("us_ssn"));
}

#[test]
fn a_profile_holds_no_cell() {
    let cells = || drawn(400, 900_000_000).map(|n| (100_000_000 + n).to_string());
    let text = serde_json::to_string(profile("ssn", cells()).table()).unwrap();
    let shown: Vec<String> = cells().filter(|cell| text.contains(cell)).collect();
    assert_eq!(shown, [""; 0]);
}

#[test]
fn versions_are_no_addresses() {
    let versions = || drawn(400, 60_000).map(|n| format!("{}.{}.{}.{}", 2 + n % 3, n % 20, n % 9, n % 250));
    assert_eq!(found("fw", versions()), BTreeSet::new());
    assert_eq!(found("c7", versions()), BTreeSet::new());
    let addresses = || {
        drawn(400, 1 << 32).map(|n| {
            format!(
                "{}.{}.{}.{}",
                31 + n % 150,
                n >> 9 & 255,
                n >> 17 & 255,
                1 + n % 250
            )
        })
    };
    assert_eq!(found("c7", addresses()), one("ipv4"));
    assert_eq!(found("release", addresses()), BTreeSet::new());
}

#[test]
fn weak_forms_count_in_columns_that_are_called_so() {
    let codes = || drawn(300, 90_000).map(|n| (10_000 + n).to_string());
    assert_eq!(found("shipToZip", codes()), one("postal_code"));
    assert_eq!(found("cp", codes()), one("postal_code"));
    assert_eq!(found("cp_total", codes()), BTreeSet::new());
    assert_eq!(found("amount", codes()), BTreeSet::new());
    let days = || drawn(300, 28).map(|n| format!("{:02}{:02}{:02}", n * 3, 1 + n % 12, 1 + n));
    assert_eq!(found("BRTHDT", days()), one("date_of_birth"));
    assert_eq!(found("batch", days()), BTreeSet::new());
    let codes = || drawn(300, 900).map(|n| (100 + n).to_string());
    assert_eq!(found("cvv", codes()), one("card_security_code"));
    assert_eq!(found("room", codes()), BTreeSet::new());
}

#[test]
fn numbers_that_no_one_has_yet_are_telephones_where_the_column_says_so() {
    // Norway gives out no numbers that begin with 42.
    let numbers = || {
        drawn(300, 1_000_000)
            .map(|n| format!("+47 42{:01} {:02} {:03}", n / 100_000, n / 1000 % 100, n % 1000))
    };
    assert_eq!(found("mobil", numbers()), one("phone"));
    assert_eq!(found("reading", numbers()), BTreeSet::new());
}

#[test]
fn a_list_of_few_names_with_many_typing_errors_is_one_where_the_column_says_so() {
    let names = [
        "Patterson",
        "Roberts",
        "Johnson",
        "Taylor",
        "Sullivan",
        "Williams",
        "Harris",
        "Martin",
    ];
    let cells = || {
        drawn(400, 1 << 20).enumerate().map(move |(row, n)| {
            let name = names[(n % names.len() as u64) as usize];
            match row % 8 {
                0 => format!("{name}{}", char::from(b'a' + (n / 8 % 26) as u8)),
                _ => name.to_owned(),
            }
        })
    };
    assert_eq!(found("surname", cells()), one("name_part"));
    assert_eq!(found("label", cells()), BTreeSet::new());
}

#[test]
fn the_longer_name_says_more() {
    let first = [
        "Magdalena",
        "Krzysztof",
        "Katarzyna",
        "Joanna",
        "Anna",
        "Piotr",
        "Tomasz",
        "Agnieszka",
    ];
    let last = [
        "Nowak",
        "Kowalski",
        "Wojciechowski",
        "Lewandowski",
        "Zielinski",
        "Krawczyk",
        "Mazur",
        "Pawlak",
    ];
    let cells =
        drawn(300, 1 << 30).map(|n| format!("{} {}", first[(n % 8) as usize], last[(n / 8 % 8) as usize]));
    assert_eq!(found("Imię i nazwisko", cells), one("person_name"));
}

#[test]
fn what_people_of_a_country_call_a_thing_is_what_its_column_is_called() {
    let chosen = ["gr_afm".to_owned(), "ru_inn".to_owned()];
    let chosen = registry::choose(registry::built_in().unwrap(), &chosen, &[]).unwrap();
    let program = Program::compile(chosen).unwrap();
    let of = |id: &str| program.classifiers().iter().position(|c| c.id == id).unwrap() as u16;
    assert_eq!(is_named(&program, of("ru_inn"), "ИНН водителя"), Some(true));
    assert_eq!(is_named(&program, of("gr_afm"), "ΑΦΜ"), Some(true));
    assert_eq!(is_named(&program, of("gr_afm"), "ИНН"), None);
}

#[test]
fn cyrillic_names_are_told_by_patronymics_or_the_column() {
    let (first, middle) = (
        ["Иван", "Алексей", "Андрей", "Пётр"],
        ["Иванович", "Петрович", "Сергеевич", "Андреевич"],
    );
    let last = [
        "Козлов",
        "Попов",
        "Новиков",
        "Кузнецов",
        "Соколов",
        "Морозов",
        "Волков",
        "Лебедев",
    ];
    let whole = drawn(300, 1 << 30).map(|n| {
        let of = |list: &[&'static str], n: u64| list[(n % list.len() as u64) as usize];
        format!("{} {} {}", of(&last, n), of(&first, n / 8), of(&middle, n / 32))
    });
    assert_eq!(found("c3", whole), one("cyrillic_name"));
    let surnames = || drawn(300, 8).map(|n| last[n as usize].to_owned());
    assert_eq!(found("Фамилия", surnames()), one("other_script_name"));
    assert_eq!(found("Город", surnames()), BTreeSet::new());
}

#[test]
fn names_of_things_are_no_persons() {
    let names = || {
        let given = [
            "Emma", "Lukas", "Clara", "Martin", "Julia", "Simon", "Hannah", "Oscar", "Laura", "Peter",
        ];
        let surnames = [
            "Fischer", "Bergmann", "Harper", "Collins", "Miller", "Johnson", "Walker", "Turner",
        ];
        given
            .into_iter()
            .flat_map(move |given| surnames.map(|surname| format!("{given} {surname}")))
    };
    assert_eq!(found("contact_name", names()), one("person_name"));
    assert_eq!(found("product_name", names()), BTreeSet::new());
    assert_eq!(found("company_contact_name", names()), one("person_name"));
}

#[test]
fn a_password_column_holds_passwords() {
    let values = || drawn(50, 1 << 40).map(|n| format!("q{n:x}!Kz"));
    assert_eq!(found("password", values()), one("generic_password"));
    assert_eq!(found("comment", values()), BTreeSet::new());
}

/// A South African identity number: a birth date, a running number and a Luhn digit.
fn za_identity(n: u64) -> String {
    let body = format!(
        "{:02}{:02}{:02}{:04}08",
        50 + n % 50,
        1 + n % 12,
        1 + n % 28,
        n % 10_000
    );
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') << (place % 2 == 0) as u32;
            digit / 10 + digit % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[test]
fn numbers_of_several_countries_in_one_column_are_found_where_it_is_called_an_id() {
    let cells = |every: usize| {
        drawn(600, 1 << 40)
            .enumerate()
            .map(move |(row, n)| match row % every {
                0 => za_identity(n),
                _ => format!("P{:09}", n % 1_000_000_000),
            })
    };
    assert_eq!(found("national_id", cells(4)), one("za_id"));
    assert_eq!(found("holder.idNumber", cells(4)), one("za_id"));
    assert_eq!(
        found("national_id", cells(40)),
        BTreeSet::new(),
        "chance would do"
    );
}

#[test]
fn a_credential_that_is_an_address_is_one_in_a_column_of_addresses() {
    let token = |n: u64| {
        let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        let draw = |place: u64| letters[((n >> (place % 40)).wrapping_mul(place * 7 + 3) % 57) as usize];
        (1..=24).map(|place| char::from(draw(place))).collect::<String>()
    };
    let hooks = || {
        drawn(200, 1 << 60).map(|n| {
            format!(
                "https://hooks.slack.com/services/T0L4K3WRD/B0N8X2M7Q/{}",
                token(n)
            )
        })
    };
    for name in ["url", "target_url", "x"] {
        assert_eq!(found(name, hooks()), one("slack_webhook"), "{name}");
    }
    let pages = drawn(200, 1 << 30).map(|n| format!("https://harbour-mail.com/p/{n}"));
    assert_eq!(found("url", pages), one("url"));
}

#[test]
fn latitude_and_longitude_apart_are_told_by_the_column() {
    let degrees = || drawn(300, 100_000_000).map(|n| format!("{}.{:06}", 40 + n % 9, n % 1_000_000));
    assert_eq!(found("pickup_lat", degrees()), one("coordinates"));
    assert_eq!(found("geo.lng", degrees()), one("coordinates"));
    assert_eq!(found("price", degrees()), BTreeSet::new());
}

#[test]
fn names_in_other_scripts_are_told_by_the_column() {
    let columns: [(&str, [&str; 4]); 4] = [
        ("שם פרטי", ["נועה", "יוסי", "הילה", "מיכל"]),
        (
            "اسم المريض",
            ["فاطمة السيد", "كريم علي", "دينا شاكر", "مصطفى منصور"],
        ),
        ("ชื่อ-สกุล", ["อรุณี ใจดี", "สมชาย สุขสันต์", "วิไล รัตนพันธ์", "อนุชา ศรีสุข"]),
        (
            "Ονοματεπώνυμο",
            [
                "Μαρία Παπαδοπούλου",
                "Νίκος Γεωργίου",
                "Ελένη Μακρή",
                "Πέτρος Λάμπρου",
            ],
        ),
    ];
    for (name, names) in columns {
        let cells = || drawn(200, 1 << 20).map(|n| names[(n % 4) as usize].to_owned());
        assert_eq!(found(name, cells()), one("other_script_name"), "{name}");
        assert_eq!(found("label", cells()), BTreeSet::new(), "{name}");
    }
}

#[test]
fn no_more_values_are_different_than_there_are() {
    for column in 1..=8u64 {
        let numbers =
            (0..900u64).map(|n| format!("{}-{:02}-{:04}", 100 + n % 500, 10 + column, 1000 + n * 7));
        let verdicts = Verdicts::from_profile(&profile("ssn", numbers), Confidence::Medium);
        let findings = verdicts.column("ssn");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].count, 900);
        assert!(findings[0].distinct_estimate <= 900, "{:?}", findings[0]);
        let said = findings[0].evidence[0].split(' ').nth(3).unwrap();
        assert!(said.parse::<u64>().unwrap() <= 900, "{said}");
    }
}
