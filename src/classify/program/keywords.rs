//! All classifiers' keywords in one automaton: which of them stand in a stretch of text as whole words.

use regex_automata::hybrid::dfa::{Cache, DFA, OverlappingState};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind};

use super::CompileError;
use crate::classify::registry::Classifier;

/// The keywords of a program.
pub(crate) struct Keywords {
    dfa: Option<DFA>,
    /// For each keyword, the classifiers that list it and its length in bytes.
    owners: Vec<(Vec<u16>, usize)>,
    longest: usize,
}

impl Keywords {
    pub(crate) fn compile(classifiers: &[Classifier]) -> Result<Self, CompileError> {
        let mut words: std::collections::BTreeMap<String, Vec<u16>> = std::collections::BTreeMap::new();
        for (index, classifier) in classifiers.iter().enumerate() {
            for keyword in &classifier.context.keywords {
                words
                    .entry(keyword.to_lowercase())
                    .or_default()
                    .push(index as u16);
            }
        }
        let longest = words.keys().map(String::len).max().unwrap_or(0);
        let patterns: Vec<String> = words.keys().map(|word| regex_syntax::escape(word)).collect();
        let owners = words
            .iter()
            .map(|(word, owners)| (owners.clone(), word.len()))
            .collect();
        if patterns.is_empty() {
            return Ok(Self {
                dfa: None,
                owners,
                longest,
            });
        }
        let dfa = DFA::builder()
            .configure(DFA::config().match_kind(MatchKind::All).cache_capacity(4 << 20))
            .syntax(syntax::Config::new().case_insensitive(true))
            .build_many(&patterns)
            .map_err(|_| CompileError {
                id: "context.keywords".into(),
                why: "the keywords of all classifiers are too many for one automaton".into(),
            })?;
        Ok(Self {
            dfa: Some(dfa),
            owners,
            longest,
        })
    }

    /// The longest keyword, in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    pub(crate) fn cache(&self) -> Option<Cache> {
        self.dfa.as_ref().map(DFA::create_cache)
    }

    /// Whether a keyword of `classifier` stands in `text[from..to]` as a whole word; neighbours outside the stretch
    /// count for wholeness.
    pub(crate) fn near(
        &self,
        cache: &mut Cache,
        text: &[u8],
        from: usize,
        to: usize,
        classifier: u16,
    ) -> bool {
        let Some(dfa) = &self.dfa else { return false };
        let input = Input::new(text).range(from..to);
        let mut state = OverlappingState::start();
        loop {
            // The automaton gives up only on inputs far longer than any window; nothing found is the answer then.
            if dfa.try_search_overlapping_fwd(cache, &input, &mut state).is_err() {
                return false;
            }
            let Some(found) = state.get_match() else {
                return false;
            };
            let (owners, len) = &self.owners[found.pattern().as_usize()];
            let end = found.offset();
            if owners.contains(&classifier) && end >= from + len && whole_word(text, end - len, end) {
                return true;
            }
        }
    }
}

/// Case folding keeps lengths for the scripts in use, so a keyword's start is its end less its length.
fn whole_word(text: &[u8], start: usize, end: usize) -> bool {
    let word = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let goes_on_before = word(before) && word(text.get(start));
    let goes_on_after = word(text.get(end)) && word(text.get(end - 1));
    !goes_on_before && !goes_on_after
}
