//! What a match is, as cases that every engine must pass (`fixtures/engine/*.toml`); the reference engine against an oracle
//! that tries every start and every end; and every other engine against the reference, to the last hit.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use arrow::array::BinaryViewArray;
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use lakewarden::classify::program::Program;
use lakewarden::classify::registry::{self, Classifier};
use lakewarden::classify::scan::{Backend, Hit, Scanner, open};
use lakewarden::classify::validate;
use lakewarden::classify::{Keyed, Overlaps, Place, Worker};
use lakewarden::model::cells::{CellBatch, Cells, ColumnId, Cut, Position, RowMap};
use lakewarden::model::tally::Confidence;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Deserialize;

/// One file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    /// What the file is about.
    #[expect(dead_code, reason = "for readers of the file")]
    about: String,
    #[serde(default = "low")]
    least: Confidence,
    classifier: Vec<ShortClassifier>,
    case: Vec<Case>,
}

fn low() -> Confidence {
    Confidence::Low
}

/// A classifier with only what matters for matching.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShortClassifier {
    id: String,
    patterns: Vec<String>,
    #[serde(default)]
    boundary: registry::Boundary,
    max_len: u32,
    #[serde(default)]
    validate: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    window: u32,
}

/// A text and its matches, as `classifier:start-end`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    matches: Vec<String>,
}

impl ShortClassifier {
    fn whole(&self) -> Classifier {
        let text = format!(
            "id = {:?}\nname = 'x'\ncategory = 'contact'\nseverity = 'low'\nsummary = 'x'\n[match]\npatterns = [{{ regex = 'xxxx', weight = 0.0 }}]\nmax_len = {}\n",
            self.id, self.max_len
        );
        let mut whole = registry::parse("case", &text).unwrap();
        whole.matching.patterns = self
            .patterns
            .iter()
            .map(|regex| registry::Pattern {
                regex: regex.clone(),
                lead: None,
                weight: 0.0,
            })
            .collect();
        whole.matching.boundary = self.boundary.clone();
        whole.validate.all = self.validate.clone();
        whole.context.keywords = self.keywords.clone();
        whole.context.window = self.window;
        whole
    }
}

fn hits(scanner: &mut dyn Scanner, text: &[u8]) -> Vec<Hit> {
    hits_of(scanner, &Cells::one(text.to_vec()))
}

fn hits_of(scanner: &mut dyn Scanner, cells: &Cells) -> Vec<Hit> {
    let mut hits = Vec::new();
    scanner.scan(cells, &mut hits).unwrap();
    hits
}

/// The engines that can run here, the reference first.
fn engines(program: &Program) -> Vec<Box<dyn Scanner>> {
    let able = Backend::ALL
        .into_iter()
        .filter(|backend| backend.missing().is_none());
    able.map(|backend| open(program, backend).unwrap()).collect()
}

/// Scans with every engine and compares. Gives how many hits there were.
fn all_agree(engines: &mut [Box<dyn Scanner>], cells: &Cells) -> usize {
    let mut hits = engines
        .iter_mut()
        .map(|engine| (engine.backend(), hits_of(engine.as_mut(), cells)));
    let (_, reference) = hits.next().unwrap();
    for (backend, found) in hits {
        assert_eq!(found, reference, "{backend:?} on {cells:?}");
    }
    reference.len()
}

#[test]
fn every_engine_passes_every_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/engine");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let suite: Suite = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let classifiers = suite.classifier.iter().map(ShortClassifier::whole).collect();
        let program = Program::compile_with(classifiers, &[], suite.least).unwrap();
        let shown = |hit: &Hit| {
            let id = &program.classifiers()[usize::from(hit.classifier)].id;
            format!("{id}:{}-{}", hit.start, hit.end)
        };
        for mut engine in engines(&program) {
            for case in &suite.case {
                let mut found = hits(engine.as_mut(), case.text.as_bytes());
                found.sort_by_key(|hit| (hit.classifier, hit.start));
                let found: Vec<String> = found.iter().map(shown).collect();
                let (engine, file) = (engine.backend(), path.display());
                assert_eq!(found, case.matches, "{engine:?}: {file}: {}", case.name);
                cases += 1;
            }
        }
    }
    assert!(cases >= 20, "only {cases} cases were run");
}

/// The definition, taken literally: for each classifier every start, and at each start every end from the longest.
fn oracle(classifiers: &[Classifier], text: &[u8]) -> Vec<(u16, u32, u32)> {
    let mut found = Vec::new();
    for (index, classifier) in classifiers.iter().enumerate() {
        let (before, after) = neighbours(&classifier.matching.boundary);
        let patterns: Vec<regex_automata::meta::Regex> = classifier
            .matching
            .patterns
            .iter()
            .map(|p| {
                let syntax = regex_automata::util::syntax::Config::new()
                    .unicode(false)
                    .utf8(false);
                let config = regex_automata::meta::Config::new().utf8_empty(false);
                let whole = format!("^(?:{})({})$", p.lead.as_deref().unwrap_or(""), p.regex);
                regex_automata::meta::Builder::new()
                    .syntax(syntax)
                    .configure(config)
                    .build(&whole)
                    .unwrap()
            })
            .collect();
        let validators: Vec<_> = classifier
            .validate
            .all
            .iter()
            .map(|name| validate::find(name).unwrap())
            .collect();
        let mut start = 0;
        while start < text.len() {
            let blocked = start > 0 && before(text[start - 1]);
            let longest = text.len().min(start + classifier.matching.max_len as usize);
            let end = (start + 1..=longest).rev().filter(|_| !blocked).find(|end| {
                let free = text.get(*end).is_none_or(|next| !after(*next));
                free && patterns.iter().any(|p| {
                    let value = value(p, &text[start..*end]);
                    value.is_some_and(|value| validators.iter().all(|v| v(value).is_valid()))
                })
            });
            if let Some(end) = end {
                found.push((index as u16, start as u32, end as u32));
            }
            start = end.unwrap_or(start + 1);
        }
    }
    found
}

/// What stands behind the lead of a whole match.
fn value<'t>(pattern: &regex_automata::meta::Regex, matched: &'t [u8]) -> Option<&'t [u8]> {
    let mut groups = pattern.create_captures();
    pattern.captures(matched, &mut groups);
    groups.get_group(1).map(|value| &matched[value.start..])
}

type ByteTest = Box<dyn Fn(u8) -> bool>;

fn neighbours(boundary: &registry::Boundary) -> (ByteTest, ByteTest) {
    let class = |text: &str| -> ByteTest {
        let syntax = regex_automata::util::syntax::Config::new()
            .unicode(false)
            .utf8(false);
        let config = regex_automata::meta::Config::new().utf8_empty(false);
        let class = regex_automata::meta::Builder::new()
            .syntax(syntax)
            .configure(config)
            .build(text)
            .unwrap();
        Box::new(move |byte| class.is_match(&[byte][..]))
    };
    match boundary {
        registry::Boundary::Classes { before, after } => (class(before), class(after)),
        registry::Boundary::Named(registry::Named::None) => (Box::new(|_| false), Box::new(|_| false)),
        _ => (class("[0-9A-Za-z_]"), class("[0-9A-Za-z_]")),
    }
}

/// Pieces that matches are made of and that break them.
fn crumbs() -> impl Strategy<Value = Vec<u8>> {
    let crumb = prop::sample::select(vec![
        "ana.silva@lumenbank.pt",
        "4111 1111 1111 1111",
        "5557083934735715",
        "126-16-4489",
        "DE70432178537536631674",
        "10.1.2.3",
        "203.0.113.9",
        "2001:db8::1",
        "00:1b:44:11:3a:b7",
        "+44 20 7946 0958",
        "(212) 555-0147",
        "12345678Z",
        "X1234567L",
        "AKIAQ3EGRWTL5UXDYN2M",
        "password = \"hunter2hunter2\"",
        "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln",
        "-----BEGIN PRIVATE KEY-----",
        "1980-02-29",
        "my name is ",
        "Mary Johnson",
        "ssn ",
        "DNI: ",
        "steuernummer ",
        "電話",
        "téléphone ",
        "1200 Harbour Street",
        " ",
        "",
        "-",
        ".",
        ":",
        "\n",
        "x",
        "7",
        "@",
        "_",
        "é",
        "\u{0}",
    ]);
    prop::collection::vec(crumb, 0..6).prop_map(|crumbs| crumbs.concat().into_bytes())
}

/// Cells in every layout.
fn layouts(words: &[Vec<u8>]) -> Vec<Cells> {
    let values = Buffer::from(words.concat());
    let ends = |index: usize| words[..index].iter().map(Vec::len).sum::<usize>();
    let narrow: Vec<i32> = (0..=words.len()).map(|index| ends(index) as i32).collect();
    let wide: Vec<i64> = narrow.iter().map(|end| i64::from(*end)).collect();
    let view = || Cells::View(BinaryViewArray::from_iter_values(words));
    vec![
        Cells::Offsets32 {
            offsets: OffsetBuffer::new(ScalarBuffer::from(narrow)),
            values: values.clone(),
        },
        Cells::Offsets64 {
            offsets: OffsetBuffer::new(ScalarBuffer::from(wide)),
            values,
        },
        view(),
        Cells::Dict {
            keys: ScalarBuffer::from((0..words.len() as i32).collect::<Vec<_>>()),
            values: Box::new(view()),
        },
    ]
}

fn built_in() -> Vec<Classifier> {
    let mut classifiers = registry::built_in().unwrap();
    classifiers.sort_by(|a, b| a.id.cmp(&b.id));
    classifiers
}

/// The classifiers without what comes after matching a pattern, so that whatever fits one is a hit.
fn unvalidated() -> Vec<Classifier> {
    let strip = |mut classifier: Classifier| {
        classifier.validate.all.clear();
        classifier
    };
    built_in().into_iter().map(strip).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn the_reference_equals_the_oracle(text in crumbs()) {
        let classifiers = built_in();
        let program = Program::compile(classifiers.clone()).unwrap();
        let mut engine = open(&program, Backend::Reference).unwrap();
        let mut found: Vec<_> =
            hits(engine.as_mut(), &text).iter().map(|h| (h.classifier, h.start, h.end)).collect();
        found.sort_unstable();
        prop_assert_eq!(found, oracle(&classifiers, &text));
    }
}

#[test]
fn every_engine_equals_the_reference_on_cells_of_every_layout() {
    let (all, some) = (Confidence::Low, Confidence::Medium);
    let programs = [
        (built_in(), all),
        (unvalidated(), all),
        (built_in(), some),
        (unvalidated(), some),
    ];
    for (classifiers, least) in programs {
        let program = Program::compile_with(classifiers, &[], least).unwrap();
        let mut engines = engines(&program);
        let mut runner = TestRunner::deterministic();
        let words = prop::collection::vec(crumbs(), 0..40);
        let mut found = 0;
        for _ in 0..64 {
            let words = words.new_tree(&mut runner).unwrap().current();
            for cells in layouts(&words) {
                found += all_agree(&mut engines, &cells);
            }
        }
        assert!(found > 1_000, "{found}");
    }
}

/// Numbers below one given, the same ones every time.
fn numbers() -> impl FnMut(u64) -> u64 {
    let mut state = 7u64;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

/// The classifiers' own short examples, one of each shape.
fn examples_of_each_shape() -> Vec<String> {
    let own = |classifier: &Classifier| {
        let cells = classifier
            .accept
            .iter()
            .flat_map(|case| case.text.lines())
            .map(str::to_owned);
        cells.filter(|cell| cell.len() < 40).collect::<Vec<_>>()
    };
    let mut examples: Vec<String> = built_in().iter().flat_map(own).collect();
    let mut shapes = HashSet::new();
    examples.retain(|cell| shapes.insert(cell.replace(|c: char| c.is_ascii_digit(), "0")));
    examples
}

/// A column of cells like one, with other digits, and others between them.
fn alike(example: &str, random: &mut impl FnMut(u64) -> u64) -> Vec<Vec<u8>> {
    let mut cell = || match random(16) {
        0 => Vec::new(),
        1 => b"none of it".to_vec(),
        2 => format!(" {example} ").into_bytes(),
        3 => format!("{example}{}", random(10)).into_bytes(),
        _ => example
            .bytes()
            .map(|byte| match byte {
                // Most digits stay, so that much is something.
                b'0'..=b'9' if random(4) == 0 => b'0' + random(10) as u8,
                _ => byte,
            })
            .collect(),
    };
    (0..64).map(|_| cell()).collect()
}

/// Columns of numbers of one shape, as each classifier's own examples have it, with other cells between them: what a cell can
/// hold is worked out once for a shape, and must be what is found in each of its cells.
#[test]
fn every_engine_equals_the_reference_on_columns_of_few_shapes() {
    let examples = examples_of_each_shape();
    for (classifiers, least) in [(built_in(), Confidence::Medium), (unvalidated(), Confidence::Low)] {
        let program = Program::compile_with(classifiers, &[], least).unwrap();
        let mut engines = engines(&program);
        let mut random = numbers();
        let mut found = 0;
        for example in &examples {
            let cells = alike(example, &mut random);
            found += all_agree(&mut engines, &layouts(&cells)[0]);
        }
        assert!(found > 10_000, "{found}");
    }
}

/// What a column's name makes nothing of need not be looked for, but changes nothing of what is found.
#[test]
fn every_engine_equals_the_reference_in_columns_with_a_name() {
    let program = Program::compile_with(built_in(), &[], Confidence::Medium).unwrap();
    let keyed = Keyed::from_secret(b"test");
    let able = Backend::ALL
        .into_iter()
        .filter(|backend| backend.missing().is_none());
    let mut workers: Vec<Worker> = able
        .map(|backend| Worker::with_backend(&program, &keyed, backend).unwrap())
        .collect();
    let place = Place {
        object: "t.csv".into(),
        member: None,
    };
    let (mut random, mut found) = (numbers(), 0);
    for (example, name) in examples_of_each_shape()
        .iter()
        .zip(["x", "phone", "dob", "account_number"].into_iter().cycle())
    {
        let cells = alike(example, &mut random);
        let batch = CellBatch {
            column: ColumnId(0),
            cells: layouts(&cells)[0].clone(),
            nulls: None,
            rows: RowMap::OnePerRow { first: 0 },
            cut: Cut::default(),
            at: Position::default(),
        };
        let mut tallies = workers.iter_mut().map(|worker| {
            let heading = worker.heading(name, &[name]);
            worker.batch(&batch, &place, Some(&heading)).unwrap()
        });
        let first = tallies.next().unwrap();
        found += first.found.len();
        for other in tallies {
            assert_eq!(first, other, "{example} in {name}");
        }
    }
    assert!(found > 500, "{found}");
}

/// What is not looked for where only `medium` and above are asked for would not have been `medium`.
#[test]
fn asking_for_less_changes_nothing_of_what_is_asked_for() {
    let worker = |least| {
        let program = Program::compile_with(built_in(), &[], least).unwrap();
        Worker::new(&program, &Keyed::from_secret(b"test")).unwrap()
    };
    let (mut all, mut some) = (worker(Confidence::Low), worker(Confidence::Medium));
    let mut runner = TestRunner::deterministic();
    let words = prop::collection::vec(crumbs(), 1..12);
    let mut found = 0;
    for _ in 0..512 {
        let text = words.new_tree(&mut runner).unwrap().current().join(&b' ');
        let [all, some] = [&mut all, &mut some]
            .map(|worker| worker.text(&text, Confidence::Medium, Overlaps::Best).unwrap());
        found += some.len();
        assert_eq!(all, some, "{:?}", String::from_utf8_lossy(&text));
    }
    assert!(found > 500, "{found}");
}

/// A nine-digit number is nothing without the word before or behind it, wherever a block or a cell ends.
#[test]
fn a_keyword_is_found_wherever_it_stands() {
    let mut number = built_in().remove(0);
    number.matching.patterns = vec![registry::Pattern {
        regex: "[0-9]{9}".into(),
        lead: None,
        weight: 0.0,
    }];
    number.matching.boundary = registry::Boundary::default();
    number.matching.max_len = 9;
    number.validate.all.clear();
    number.context.keywords = ["ssn", "número de", "電話", "c.p.f", "registration number"]
        .map(String::from)
        .to_vec();
    number.context.window = 48;
    let words = number.context.keywords.clone();
    let program = Program::compile_with(vec![number], &[], Confidence::Medium).unwrap();
    let mut engines = engines(&program);
    let mut found = 0;
    for word in &words {
        for space in [0, 1, 30, 48 - word.len(), 49 - word.len(), 100] {
            for before in [0, 1, 31, 16_300, 16_384] {
                let (fill, gap) = (". ".repeat(before), " ".repeat(space));
                let texts = [
                    format!("{fill}{word}{gap}x 123456789 x"),
                    format!("{fill}x 123456789 {gap}{word} x"),
                    format!("{fill}x{word}{gap} 123456789 x"),
                ];
                for text in &texts {
                    found += all_agree(&mut engines, &Cells::one(text.clone().into_bytes()));
                    let halves = text.split_at(text.ceil_char_boundary(fill.len() + 1));
                    let cells: Vec<_> = [&fill, halves.0, halves.1, word, " 123456789 ", "123456789 "]
                        .map(|cell| cell.as_bytes().to_vec())
                        .to_vec();
                    for cells in layouts(&cells) {
                        found += all_agree(&mut engines, &cells);
                    }
                }
            }
        }
    }
    assert!(found > 1_000, "{found}");
}

#[test]
fn more_boundaries_than_an_engine_tells_apart_change_nothing() {
    let classifier = |index: usize| {
        let mut classifier = built_in().remove(0);
        classifier.id = format!("c{index:02}");
        classifier.matching.patterns = vec![registry::Pattern {
            regex: "k[0-9]{4}".into(),
            lead: None,
            weight: 0.0,
        }];
        classifier.matching.boundary = registry::Boundary::Classes {
            before: format!(r"[\x{:02x}\x{:02x}]", 0x21 + index, 0x22 + index),
            after: "[0-9]".into(),
        };
        classifier.validate.all.clear();
        classifier
    };
    let program = Program::compile((0..40).map(classifier).collect()).unwrap();
    let mut engines = engines(&program);
    let text: Vec<u8> = (b'!'..=b'z')
        .flat_map(|byte| [byte, b'k', b'1', b'2', b'3', b'4', b' '])
        .collect();
    assert!(all_agree(&mut engines, &Cells::one(text)) > 1_000);
}

#[test]
fn every_engine_equals_the_reference_at_every_length_and_shift() {
    let program = Program::compile(unvalidated()).unwrap();
    let mut engines = engines(&program);
    let line = b"x ana.silva@lumenbank.pt 4111-1111 1111 1111;126-16-4489,password=hunter2hunter2 00:1b:44:11:3a:b7\n";
    let text: Vec<u8> = line.iter().copied().cycle().take(9000).collect();
    for len in (0..230).chain(4000..4200).chain([8191, 8192, 8193]) {
        let shift = len % 97;
        all_agree(&mut engines, &Cells::one(text[shift..shift + len].to_vec()));
    }
}

/// What fits a pattern must be found whatever stands beside it: three hundred strings of each classifier's, between
/// neighbours that border, that go on, and that are no text.
#[test]
fn no_engine_misses_what_fits_a_pattern() {
    let classifiers = unvalidated();
    let program = Program::compile(classifiers.clone()).unwrap();
    let mut engines = engines(&program);
    let mut runner = TestRunner::deterministic();
    let neighbours: [&[u8]; 9] = [
        b"",
        b" ",
        b"7",
        b"x",
        b"-",
        b"\xff",
        b"\0",
        "é".as_bytes(),
        b"=\"",
    ];
    for classifier in &classifiers {
        let whole =
            |p: &registry::Pattern| format!("(?:{})(?:{})", p.lead.as_deref().unwrap_or_default(), p.regex);
        let patterns = classifier.matching.patterns.iter();
        let forms: Vec<_> = patterns
            .map(|p| proptest::string::bytes_regex(&whole(p)).unwrap())
            .collect();
        // Some are found where nothing stands beside them only.
        let alone = matches!(
            &classifier.matching.boundary,
            registry::Boundary::Classes { before, .. } if before == r"[\x00-\xFF]"
        );
        let word = |index: usize| {
            let string = forms[index % forms.len()]
                .new_tree(&mut runner)
                .unwrap()
                .current();
            match alone && index.is_multiple_of(2) {
                true => string,
                false => [neighbours[index % 9], &string, neighbours[index / 9 % 9]].concat(),
            }
        };
        let words: Vec<Vec<u8>> = (0..300).map(word).collect();
        let found = all_agree(&mut engines, &layouts(&words)[0]);
        assert!(found >= 100, "{}: {found}", classifier.id);
    }
}
