//! `classifiers check`: everything that a rule file can get wrong, found before it runs.

use super::{Classifier, Pattern};
use crate::classify::program::{Program, pattern};
use crate::classify::value::GROUP;
use crate::classify::{Keyed, Overlaps, Worker, validate};
use crate::model::tally::Confidence;

/// One thing that is wrong with a classifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The classifier's id.
    pub classifier: String,
    /// What is wrong and what to do. It may quote the file's own examples, which are not found data.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.classifier, self.what)
    }
}

/// Every problem of a set of classifiers that is to run together, sorted; none means that all is well.
pub fn check(classifiers: &[Classifier]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = classifiers.iter().flat_map(alone).collect();
    problems.extend(repeated_ids(classifiers));
    if problems.is_empty() {
        problems.extend(together(classifiers));
    }
    problems.sort();
    problems
}

fn problem(classifier: &Classifier, what: impl Into<String>) -> Problem {
    Problem {
        classifier: classifier.id.clone(),
        what: what.into(),
    }
}

/// What can be said of one file by itself.
fn alone(classifier: &Classifier) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |bad: bool, what: &str| {
        if bad {
            problems.push(problem(classifier, what));
        }
    };
    wrong(
        !is_id(&classifier.id),
        "id: use lower-case words joined by `_`, starting with a letter",
    );
    wrong(classifier.name.trim().is_empty(), "name: say what people call it");
    wrong(
        classifier.summary.trim().is_empty(),
        "summary: say what it is, why it matters and its limits",
    );
    wrong(
        classifier.accept.is_empty(),
        "accept: give at least one text in which it is found",
    );
    wrong(
        classifier.reject.is_empty(),
        "reject: give at least one near miss, with why",
    );
    wrong(
        classifier.matching.max_len == 0 && classifier.matching.words.is_none(),
        "match.max_len: give the longest match in bytes",
    );
    wrong(
        classifier.matching.max_len > 65_536,
        "match.max_len: at most 65536 bytes",
    );
    wrong(
        classifier.context.window > 4_096,
        "context.window: at most 4096 bytes",
    );
    wrong(
        classifier.matching.patterns.iter().any(names_unknown_group),
        "match.patterns: the only group with a name is `(?P<value>…)`; write others as `(?:…)`",
    );
    match Program::compile(vec![classifier.clone()]) {
        Ok(_) => problems.extend(pass_rate(classifier)),
        Err(error) => problems.push(problem(classifier, format!("match: {}", error.why))),
    }
    problems
}

/// Whether the stated random pass rate is the one that is measured.
fn pass_rate(classifier: &Classifier) -> Option<Problem> {
    let stated = classifier.validate.random_pass_rate;
    let shape = classifier.validate.random.as_ref();
    let shape = shape.or(classifier.matching.patterns.first().map(|form| &form.regex))?;
    let shape = match pattern::parse(shape) {
        Ok(shape) => shape,
        Err(why) => return Some(problem(classifier, format!("validate.random: {why}"))),
    };
    let validators: Option<Vec<_>> = classifier
        .validate
        .all
        .iter()
        .map(|name| validate::find(name))
        .collect();
    let measured = validate::pass_rate::measure(&shape, &validators?);
    (!validate::pass_rate::agrees(stated, measured)).then(|| {
        let measured = two_digits(measured);
        problem(
            classifier,
            format!("validate.random_pass_rate: it says {stated}, but {measured} is measured"),
        )
    })
}

/// A share with two significant digits; what is smaller than one in ten thousand is as good as that never.
fn two_digits(share: f64) -> String {
    let share = share.max(1e-5);
    let places = 1 + (-share.log10()).ceil().max(0.0) as usize;
    format!("{share:.places$}")
}

/// Whether a pattern names a group anything but `value`.
fn names_unknown_group(pattern: &Pattern) -> bool {
    let names = pattern.regex.split("(?P<").skip(1);
    names
        .map(|rest| rest.split('>').next())
        .any(|name| name != Some(GROUP))
}

fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn repeated_ids(classifiers: &[Classifier]) -> Vec<Problem> {
    let mut seen = std::collections::BTreeSet::new();
    let again = classifiers.iter().filter(|c| !seen.insert(c.id.as_str()));
    again
        .map(|c| problem(c, "id: another classifier has it"))
        .collect()
}

/// Whether the set compiles together and every example behaves.
fn together(classifiers: &[Classifier]) -> Vec<Problem> {
    let compiled = Program::compile(classifiers.to_vec());
    let worker = compiled.and_then(|p| {
        Keyed::random().map_or_else(
            |_| Worker::new(&p, &Keyed::from_secret(b"")),
            |k| Worker::new(&p, &k),
        )
    });
    match worker {
        Ok(mut worker) => examples(&mut worker),
        Err(error) => vec![Problem {
            classifier: error.id,
            what: error.why,
        }],
    }
}

fn examples(worker: &mut Worker) -> Vec<Problem> {
    let program = worker.program().clone();
    let mut problems = Vec::new();
    for (index, classifier) in program.classifiers().iter().enumerate() {
        let mut best = |text: &str| best(worker, index as u16, text);
        for case in &classifier.accept {
            match best(&case.text) {
                Some(level) if level >= case.confidence => {}
                Some(level) => problems.push(problem(
                    classifier,
                    format!(
                        "accept {:?}: found at {}, wanted {}",
                        case.text,
                        level.as_str(),
                        case.confidence.as_str()
                    ),
                )),
                None => problems.push(problem(classifier, format!("accept {:?}: not found", case.text))),
            }
        }
        for case in classifier.reject.iter().filter(|case| best(&case.text).is_some()) {
            problems.push(problem(
                classifier,
                format!("reject {:?}: found, although {}", case.text, case.why),
            ));
        }
    }
    problems
}

fn best(worker: &mut Worker, classifier: u16, text: &str) -> Option<Confidence> {
    let spans = worker
        .text(text.as_bytes(), Confidence::Low, Overlaps::All)
        .unwrap_or_default();
    spans
        .iter()
        .filter(|s| s.classifier == classifier)
        .map(|s| s.confidence)
        .max()
}

#[cfg(test)]
mod tests {
    use super::super::{built_in, parse};
    use super::*;

    #[test]
    fn the_built_in_classifiers_are_in_order() {
        let problems: Vec<String> = check(&built_in().unwrap())
            .iter()
            .map(Problem::to_string)
            .collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    const GOOD: &str = r#"
id = "ticket"
name = "Ticket"
category = "contact"
severity = "low"
summary = "A ticket."
[match]
patterns = [{ regex = '''TK[0-9]{6}''', weight = 2.0 }]
max_len = 8
[[accept]]
text = "see TK123456"
[[reject]]
text = "see XTK123456"
why = "part of a longer word"
"#;

    fn problems(change: (&str, &str)) -> Vec<String> {
        assert!(GOOD.contains(change.0));
        check(&[parse("t.toml", &GOOD.replace(change.0, change.1)).unwrap()])
            .iter()
            .map(Problem::to_string)
            .collect()
    }

    #[test]
    fn mistakes_are_explained() {
        assert_eq!(problems(("Ticket", "Ticket")), Vec::<String>::new());
        for (change, said) in [
            (("id = \"ticket\"", "id = \"Ticket No\""), "ticket_no"),
            (("TK[0-9]{6}''', ", "TKTK[0-9]+''', "), "no longest match"),
            (("TK[0-9]{6}", "TK"), "fewer than 4 bytes"),
            (("TK[0-9]{6}", "TK(?P<digits>[0-9]{6})"), "(?P<value>…)"),
            (("TK123456\"\n[[reject]]", "TK12345\"\n[[reject]]"), "not found"),
            (("XTK123456", "TK123456"), "found, although part of a longer word"),
            (
                ("max_len = 8", "max_len = 8\n[validate]\nall = [\"lunh\"]"),
                "did you mean \"luhn\"?",
            ),
            (
                (
                    "max_len = 8",
                    "max_len = 8\n[validate]\nall = [\"luhn\"]\nrandom = '[0-9]{9}'",
                ),
                "it says 1, but 0.10 is measured",
            ),
            (
                ("max_len = 8", "max_len = 8\n[validate]\nrandom = '[0-9'"),
                "validate.random: ",
            ),
            (
                ("max_len = 8", "max_len = 8\n[validate]\nrandom_pass_rate = 0.5"),
                "it says 0.5, but 1.0 is measured",
            ),
        ] {
            let found = problems(change).join("\n");
            let wanted = if said == "ticket_no" {
                "lower-case words"
            } else {
                said
            };
            assert!(found.contains(wanted), "{change:?}: {found}");
        }
    }
}
