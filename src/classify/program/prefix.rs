//! What a match begins with: for the first positions of a pattern, the bytes that may stand there.
//!
//! The sets are read off the pattern's automaton by taking every step at once, so that no match can begin otherwise: a
//! prefix may admit too much, never too little. Alternatives are kept apart as long as their number allows, because
//! `4` then `0-9` and `5` then `1-5` say more than `45` then `0-9`.

use std::collections::BTreeMap;

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;

use super::automaton::Reach;
use super::bytes::ByteSet;

/// The bytes that may stand at each of a match's first positions; after the last, any byte may.
pub(super) type Prefix = Vec<ByteSet>;

/// One way to begin, as far as it was followed.
struct Branch {
    states: Vec<StateID>,
    prefix: Prefix,
}

/// At most `most` prefixes of at most `depth` bytes, one of which every match of the automaton begins with.
pub(super) fn prefixes(nfa: &NFA, depth: usize, most: usize) -> Vec<Prefix> {
    let mut reach = Reach::default();
    let start = Branch {
        states: reach.closure(nfa, [nfa.start_anchored()]),
        prefix: Vec::new(),
    };
    let (mut open, mut done) = (vec![start], Vec::new());
    for _ in 0..depth {
        let mut next = Vec::new();
        let mut waiting = open.len();
        for branch in open.drain(..) {
            waiting -= 1;
            let room = most.saturating_sub(done.len() + next.len() + waiting);
            match steps(nfa, &branch.states) {
                None => done.push(branch.prefix),
                Some(steps) => next.extend(branch.follow(nfa, &mut reach, steps, room)),
            }
        }
        open = next;
    }
    done.extend(open.into_iter().map(|branch| branch.prefix));
    done.sort();
    done.dedup();
    done
}

impl Branch {
    /// The branches after one more byte: one for each way to go on, or all in one where there is no room.
    fn follow(&self, nfa: &NFA, reach: &mut Reach, steps: Steps, room: usize) -> Vec<Self> {
        let mut after = |bytes: ByteSet, targets: &[StateID]| Self {
            states: reach.closure(nfa, targets.iter().copied()),
            prefix: self.prefix.iter().copied().chain([bytes]).collect(),
        };
        if steps.len() <= room {
            return steps
                .iter()
                .map(|(targets, bytes)| after(*bytes, targets))
                .collect();
        }
        let mut all: Vec<StateID> = steps.keys().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        let bytes = steps.values().fold(ByteSet::EMPTY, |sum, set| sum | *set);
        vec![after(bytes, &all)]
    }
}

/// The bytes that lead to each set of states.
type Steps = BTreeMap<Vec<StateID>, ByteSet>;

/// Where each byte leads; `None` if a match may end here.
fn steps(nfa: &NFA, states: &[StateID]) -> Option<Steps> {
    let mut ranges = Vec::new();
    for id in states {
        match nfa.state(*id) {
            State::ByteRange { trans } => ranges.push((trans.start, trans.end, trans.next)),
            State::Sparse(sparse) => {
                ranges.extend(sparse.transitions.iter().map(|t| (t.start, t.end, t.next)));
            }
            State::Dense(dense) => {
                let next = |byte| dense.matches_byte(byte).map(|next| (byte, byte, next));
                ranges.extend((0..=255u8).filter_map(next));
            }
            State::Match { .. } => return None,
            _ => {}
        }
    }
    let mut edges: Vec<u16> = ranges
        .iter()
        .flat_map(|(from, to, _)| [u16::from(*from), u16::from(*to) + 1])
        .collect();
    edges.sort_unstable();
    edges.dedup();
    let mut steps = Steps::new();
    for edge in edges.windows(2) {
        let (first, last) = (edge[0] as u8, (edge[1] - 1) as u8);
        let mut targets: Vec<StateID> = ranges
            .iter()
            .filter(|(from, to, _)| *from <= first && last <= *to)
            .map(|(_, _, next)| *next)
            .collect();
        targets.sort_unstable();
        targets.dedup();
        if !targets.is_empty() {
            *steps.entry(targets).or_insert(ByteSet::EMPTY) |= (first..=last).collect();
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::automaton::nfa;
    use crate::classify::program::pattern::parse;

    fn shown(pattern: &str, depth: usize, most: usize) -> Vec<String> {
        let nfa = nfa(&[&parse(pattern).unwrap()], false).unwrap();
        let show = |prefix: &Prefix| -> String {
            let parts: Vec<String> = prefix
                .iter()
                .map(|set| set.iter().map(char::from).collect())
                .collect();
            parts.join(" ")
        };
        prefixes(&nfa, depth, most).iter().map(show).collect()
    }

    #[test]
    fn alternatives_are_kept_apart_while_there_is_room() {
        assert_eq!(shown("4[0-2]|5[7-9]", 4, 8), ["4 012", "5 789"]);
        assert_eq!(shown("4[0-2]|5[7-9]", 4, 1), ["45 012789"]);
    }

    #[test]
    fn a_prefix_ends_where_a_match_may() {
        assert_eq!(shown("ab[cd]{0,9}", 4, 8), ["a b"]);
        assert_eq!(shown("a-?b", 4, 8), ["a b", "a - b"]);
    }
}
