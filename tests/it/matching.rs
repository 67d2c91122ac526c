//! What a match is, as cases that every engine must pass (`fixtures/engine/*.toml`), and the engine against an oracle
//! that tries every start and every end.

use std::fs;
use std::path::Path;

use lakewarden::classify::program::Program;
use lakewarden::classify::registry::{self, Classifier};
use lakewarden::classify::scan::{Hit, Reference, Scanner};
use lakewarden::classify::validate;
use lakewarden::model::cells::Cells;
use proptest::prelude::*;
use serde::Deserialize;

/// One file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    /// What the file is about.
    #[expect(dead_code, reason = "for readers of the file")]
    about: String,
    classifier: Vec<ShortClassifier>,
    case: Vec<Case>,
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
        whole
    }
}

fn hits(scanner: &mut dyn Scanner, text: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    scanner.scan(&Cells::one(text.to_vec()), &mut hits).unwrap();
    hits
}

#[test]
fn every_engine_passes_every_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/engine");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let suite: Suite = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let program =
            Program::compile(suite.classifier.iter().map(ShortClassifier::whole).collect()).unwrap();
        let mut scanner = Reference::new(&program).unwrap();
        for case in &suite.case {
            let found: Vec<String> = hits(&mut scanner, case.text.as_bytes())
                .iter()
                .map(|h| {
                    format!(
                        "{}:{}-{}",
                        program.classifiers()[usize::from(h.classifier)].id,
                        h.start,
                        h.end
                    )
                })
                .collect();
            assert_eq!(found, case.matches, "{}: {}", path.display(), case.name);
            cases += 1;
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn the_engine_equals_the_oracle(text in crumbs()) {
        let mut classifiers = registry::built_in().unwrap();
        classifiers.sort_by(|a, b| a.id.cmp(&b.id));
        let program = Program::compile(classifiers.clone()).unwrap();
        let mut engine = Reference::new(&program).unwrap();
        let found: Vec<_> = hits(&mut engine, &text).iter().map(|h| (h.classifier, h.start, h.end)).collect();
        prop_assert_eq!(found, oracle(&classifiers, &text));
    }
}
