//! The value inside a match: a pattern may put a group named `value` around the part of itself that was looked for.
//!
//! `password = hunter2` matches because of its name, but what was found, is counted and gets masked is `hunter2`. The rest
//! of the match is evidence for it, as a keyword is.

use std::collections::HashMap;
use std::ops::Range;

use regex_automata::nfa::thompson::{self, pikevm};
use regex_automata::util::captures::Captures;
use regex_automata::util::primitives::PatternID;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, Look};

/// The name of the group.
pub(crate) const GROUP: &str = "value";

/// Finds values in matches; one per worker, for it keeps scratch space.
///
/// Finders are built when a form first matches: most forms have no group, and most classifiers find nothing.
#[derive(Default)]
pub(super) struct Values(HashMap<(u16, u16), Option<Finder>>);

impl Values {
    /// The bytes of `matched` that are the value: the group's, or all. `form` names a classifier and its form, whose
    /// pattern is `hir`.
    pub(super) fn find(&mut self, form: (u16, u16), hir: &Hir, matched: &[u8]) -> Range<usize> {
        if hir.properties().explicit_captures_len() == 0 {
            return 0..matched.len();
        }
        let finder = self.0.entry(form).or_insert_with(|| Finder::new(hir));
        let found = finder.as_mut().and_then(|finder| finder.find(matched));
        found.unwrap_or(0..matched.len())
    }
}

struct Finder {
    vm: pikevm::PikeVM,
    cache: pikevm::Cache,
    captures: Captures,
}

impl Finder {
    /// `None` where the pattern has no such group, or is too large to look into: then the match is the value.
    fn new(hir: &Hir) -> Option<Self> {
        let whole = Hir::concat(vec![hir.clone(), Hir::look(Look::End)]);
        let config = thompson::Config::new().utf8(false);
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_from_hir(&whole)
            .ok()?;
        let vm = pikevm::PikeVM::new_from_nfa(nfa).ok()?;
        let (cache, captures) = (vm.create_cache(), vm.create_captures());
        captures.group_info().to_index(PatternID::ZERO, GROUP)?;
        Some(Self { vm, cache, captures })
    }

    fn find(&mut self, matched: &[u8]) -> Option<Range<usize>> {
        let input = Input::new(matched).anchored(Anchored::Yes);
        self.vm.captures(&mut self.cache, input, &mut self.captures);
        self.captures.get_group_by_name(GROUP).map(|span| span.range())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::Shape;

    fn value(pattern: &str, matched: &[u8]) -> Range<usize> {
        let shape = Shape::parse(pattern, None, 0.0).unwrap();
        Values::default().find((0, 0), &shape.hir, matched)
    }

    #[test]
    fn the_group_is_the_value_and_without_one_all_is() {
        assert_eq!(value("pass=(?P<value>[a-z]{4})", b"pass=abcd"), 5..9);
        assert_eq!(value("(?P<value>[a-z]{1,9}):[a-z]{4}", b"ab:abcd"), 0..2);
        assert_eq!(value("pass=[a-z]{4}", b"pass=abcd"), 0..9);
    }

    #[test]
    fn the_match_ends_where_it_was_found_to_end() {
        assert_eq!(value("pass=(?P<value>[a-z]{2,8}?)", b"pass=abcdef"), 5..11);
        assert_eq!(value("pass=(?:(?P<value>[0-9]{4})|[a-z]{4})", b"pass=abcd"), 0..9);
    }
}
