//! Patterns: parsed, bounded, and asked for what makes candidates rare.

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::bytes::ByteSet;

/// One form of a classifier.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Parsed, over bytes; with the lead before it.
    pub(crate) hir: Hir,
    /// Tells the value from the words that lead to it.
    lead: Option<Lead>,
    /// Log-odds before any check, keyword or name.
    pub(crate) weight: f64,
    /// A byte that every match holds early, if the pattern has one.
    pub(crate) anchor: Option<Anchor>,
    /// What its matches need to count.
    pub(crate) needs: Needs,
}

/// What a valid match of a form needs beside it to be of the least confidence that is asked for. A cell that holds nothing else
/// needs nothing: it is judged with its column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needs {
    /// Nothing: its form and its checks suffice.
    #[default]
    Nothing,
    /// A keyword near it.
    Keyword,
    /// A column: no keyword suffices.
    Column,
}

/// A byte that stands in every match of a pattern, at most `reach` bytes after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Anchor {
    pub(crate) byte: u8,
    pub(crate) reach: usize,
}

/// The shortest match that a pattern may have: below it, every other word of any text would be a candidate.
const SHORTEST: usize = 4;

impl Shape {
    pub(crate) fn parse(regex: &str, lead: Option<&str>, weight: f64) -> Result<Self, String> {
        let lead = lead.map(|lead| Lead::parse(lead, regex)).transpose()?;
        let whole = lead.as_ref().map_or(regex, |lead| &lead.whole);
        let hir = parse(whole)?;
        let properties = hir.properties();
        if !properties.look_set().is_empty() {
            return Err("a pattern uses look-around; say what may stand beside a match in `boundary`".into());
        }
        match properties.minimum_len() {
            Some(least) if least >= SHORTEST => {}
            _ => return Err(format!("a pattern can match fewer than {SHORTEST} bytes")),
        }
        if properties.maximum_len().is_none() {
            return Err("a pattern has no longest match; bound its repetitions, as in {1,64}".into());
        }
        if !weight.is_finite() {
            return Err("a pattern's weight is not a number".into());
        }
        let anchor = anchor(&hir);
        Ok(Self {
            hir,
            lead,
            weight,
            anchor,
            needs: Needs::Nothing,
        })
    }

    /// Whether words lead to the value.
    pub(crate) fn is_led(&self) -> bool {
        self.lead.is_some()
    }

    /// Where the value begins in a match.
    pub(crate) fn value_start(&self, matched: &[u8]) -> usize {
        self.lead.as_ref().map_or(0, |lead| lead.end_in(matched))
    }
}

/// The words that lead to a value, such as `my name is `: found with it, but no part of it.
#[derive(Debug, Clone)]
struct Lead {
    /// The lead and the value.
    whole: String,
    /// A whole match; its only group is the value.
    regex: Regex,
}

impl Lead {
    fn parse(lead: &str, value: &str) -> Result<Self, String> {
        if parse(value)?.properties().minimum_len() == Some(0) {
            return Err("a pattern with a lead can match nothing".into());
        }
        let whole = format!("(?:{lead})(?:{value})");
        let bytes = syntax::Config::new().utf8(false).unicode(false);
        let regex = Regex::builder()
            .configure(Regex::config().utf8_empty(false))
            .syntax(bytes)
            .build(&format!("^(?:{lead})({value})$"))
            .map_err(|_| "a lead does not parse, or its pattern has groups of its own: use (?:…)")?;
        match regex.captures_len() {
            2 => Ok(Self { whole, regex }),
            _ => Err("a pattern with a lead has groups of its own: use (?:…)".into()),
        }
    }

    fn end_in(&self, matched: &[u8]) -> usize {
        // Start and end of the match and of its only group.
        let mut places = [None; 4];
        self.regex.search_slots(&Input::new(matched), &mut places);
        places[2].map_or(0, |start| start.get())
    }
}

/// Parses over bytes: `.` and classes need not match whole characters.
pub(crate) fn parse(regex: &str) -> Result<Hir, String> {
    let parsed = ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .build()
        .parse(regex);
    parsed.map_err(|error| match error {
        regex_syntax::Error::Parse(e) => format!("a pattern does not parse: {}", e.kind()),
        regex_syntax::Error::Translate(e) => format!("a pattern does not parse: {}", e.kind()),
        _ => "a pattern does not parse".into(),
    })
}

/// The bytes of a pattern that is one class of single bytes.
pub(crate) fn single_byte_class(hir: &Hir) -> Option<ByteSet> {
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() == 1 => Some([literal.0[0]].into_iter().collect()),
        HirKind::Class(Class::Bytes(class)) => Some(class.iter().flat_map(|r| r.start()..=r.end()).collect()),
        HirKind::Class(Class::Unicode(class)) if class.is_ascii() => Some(
            class
                .iter()
                .flat_map(|r| r.start() as u8..=r.end() as u8)
                .collect(),
        ),
        _ => None,
    }
}

/// The first single literal byte that every match must reach after a class run, such as the `@` of an address: starts
/// further than `reach` before the next one cannot match. Only bytes that the run before them cannot hold are worth
/// looking for, and a pattern that begins with a literal needs no anchor.
fn anchor(hir: &Hir) -> Option<Anchor> {
    let HirKind::Concat(parts) = hir.kind() else {
        return None;
    };
    let mut reach = 0;
    for (index, part) in parts.iter().enumerate() {
        if let HirKind::Literal(literal) = part.kind() {
            let byte = *literal.0.first()?;
            return (index > 0 && !byte.is_ascii_alphanumeric() && reach > 4)
                .then_some(Anchor { byte, reach });
        }
        reach += part.properties().maximum_len()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_anchored_at_its_at_sign() {
        let shape = Shape::parse("(?-u)[a-z][a-z.]{0,63}@[a-z]{2,9}", None, 0.0).unwrap();
        assert_eq!(
            shape.anchor,
            Some(Anchor {
                byte: b'@',
                reach: 64
            })
        );
        assert_eq!(Shape::parse("[0-9]{3}-[0-9]{4}", None, 0.0).unwrap().anchor, None);
        assert_eq!(Shape::parse("ghp_[a-z]{4}@", None, 0.0).unwrap().anchor, None);
    }

    #[test]
    fn a_lead_is_no_part_of_the_value() {
        let shape = Shape::parse("[a-z]{3,9}", Some("(?i:dear) (?:dr )?"), 0.0).unwrap();
        assert_eq!(shape.value_start(b"Dear dr foobar"), 8);
        assert_eq!(shape.value_start(b"dear foobar"), 5);
        assert!(Shape::parse("(a)bcd", Some("x"), 0.0).is_err());
        assert!(Shape::parse("a{0,3}", Some("wxyz"), 0.0).is_err());
    }

    #[test]
    fn unbounded_short_and_look_around_patterns_are_refused() {
        for bad in ["a+bcde", "ab", r"\bword\b", "(", "(a|b)?"] {
            assert!(Shape::parse(bad, None, 0.0).is_err(), "{bad}");
        }
    }
}
