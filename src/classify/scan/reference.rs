//! The reference engine: regex-automata straight from the classifiers. It defines what a match is.
//!
//! From each byte at which some classifier may start, one anchored automaton of all the classifiers that share a left
//! boundary is walked until it dies; the ends seen on the way are tried from the longest to the shortest. There is no
//! search over the text with all patterns at once: the cost of a byte is bounded by how far a walk can go.
//!
//! Two things keep walks rare. A table of byte pairs says which groups can begin with these two bytes; and a pattern that
//! must reach a certain byte (the `@` of an address) is not begun further from the next such byte than it can reach.

use super::fields::for_each_cell;
use super::lazy::{Lazy, Memory, OutOfStates};
use super::needs::Surroundings;
use super::{Backend, Hit, ScanError, Scanner};
use crate::classify::program::{Anchor, ByteSet, Classifiers, CompileError, Program, Rule, nfa};
use crate::model::cells::Cells;

/// The engine's name.
const NAME: &str = "reference";

/// The reference engine with its scratch space.
pub struct Reference {
    program: Program,
    groups: Vec<Group>,
    /// For each byte, the groups that may not start after it.
    blocked: Box<[u64; 256]>,
    /// For each pair of bytes, the groups that can start with it.
    starts: Box<[u64; 65_536]>,
    /// Where each classifier's next match may start in the current cell.
    resume: Vec<u32>,
    /// The classifiers whose `resume` is not 0.
    touched: Vec<u16>,
    /// The ends seen in the current walk.
    ends: Vec<End>,
    /// Hits of the current cell.
    found: Vec<Hit>,
    around: Surroundings,
}

/// Classifiers that share a left boundary and an anchor, in one automaton.
struct Group {
    automaton: Lazy,
    memory: Memory,
    anchor: Option<Anchor>,
    longest: usize,
    /// For each of the automaton's patterns, its classifier and shape.
    owners: Vec<(u16, u16)>,
}

#[derive(Debug, Clone, Copy)]
struct End {
    at: u32,
    classifier: u16,
    shape: u16,
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reference")
            .field("program", &self.program)
            .field("groups", &self.groups.len())
            .finish()
    }
}

impl Reference {
    /// Builds the engine for a program.
    ///
    /// # Errors
    ///
    /// The patterns are too large together.
    pub fn new(program: &Program) -> Result<Self, CompileError> {
        Self::of(program, |_| true)
    }

    /// The engine for some of a program's classifiers, by their indexes.
    pub(super) fn of(program: &Program, wanted: impl Fn(u16) -> bool) -> Result<Self, CompileError> {
        let mut groups = Vec::new();
        let mut blocked = Box::new([0u64; 256]);
        let mut starts: Box<[u64; 65_536]> = vec![0u64; 65_536]
            .into_boxed_slice()
            .try_into()
            .map_err(too_large)?;
        for (key, owners) in partition(program.rules(), wanted)? {
            let bit = 1u64 << groups.len();
            let mut group = Group::build(program.rules(), key.1, owners)?;
            (0..=255u8)
                .filter(|b| key.0.contains(*b))
                .for_each(|b| blocked[usize::from(b)] |= bit);
            group.mark_starts(bit, &mut starts).map_err(too_large)?;
            groups.push(group);
        }
        Ok(Self {
            resume: vec![0; program.rules().len()],
            program: program.clone(),
            groups,
            blocked,
            starts,
            touched: Vec::new(),
            ends: Vec::new(),
            found: Vec::new(),
            around: Surroundings::default(),
        })
    }

    fn scan_cell(&mut self, cell: u32, text: &[u8]) -> Result<(), OutOfStates> {
        self.found.clear();
        self.around.reset();
        self.touched
            .drain(..)
            .for_each(|c| self.resume[usize::from(c)] = 0);
        let mut reachable = Reachable::new(&self.groups, text);
        let mut previous_blocks = 0;
        for at in 0..text.len().saturating_sub(1) {
            let pair = usize::from(text[at]) << 8 | usize::from(text[at + 1]);
            let mut candidates = self.starts[pair] & !previous_blocks;
            previous_blocks = self.blocked[usize::from(text[at])];
            if candidates == 0 {
                continue;
            }
            candidates &= reachable.at(text, at);
            while candidates != 0 {
                let group = candidates.trailing_zeros() as usize;
                candidates &= candidates - 1;
                self.groups[group].walk(text, at, &mut self.ends)?;
            }
            if !self.ends.is_empty() {
                self.confirm(cell, text, at);
            }
        }
        Ok(())
    }

    /// Tries the ends of one start, longest first; among forms that end together, the likeliest first.
    fn confirm(&mut self, cell: u32, text: &[u8], start: usize) {
        let mut ends = std::mem::take(&mut self.ends);
        ends.sort_unstable_by_key(|end| (std::cmp::Reverse(end.at), end.classifier, end.shape));
        for end in ends.drain(..) {
            let index = usize::from(end.classifier);
            let rule = &self.program.rules()[index];
            let at = end.at as usize;
            if start < self.resume[index] as usize || !fits(rule, text, start, at) {
                continue;
            }
            let value = start + rule.value_start(end.shape, &text[start..at]);
            let needs = rule.shapes[usize::from(end.shape)].needs;
            let (keywords, form) = (self.program.keywords(), (rule, end.classifier, needs));
            if !rule.is_valid(&text[value..at]) || !self.around.suffice(keywords, form, text, (value, at)) {
                continue;
            }
            if self.resume[index] == 0 {
                self.touched.push(end.classifier);
            }
            self.resume[index] = end.at;
            let (classifier, shape) = (end.classifier, end.shape);
            self.found.push(Hit {
                cell,
                start: start as u32,
                end: end.at,
                value: value as u32,
                classifier,
                shape,
            });
        }
        self.ends = ends;
    }
}

/// Whether `text[start..end]` is not too long for a match of `rule`, and may end there.
fn fits(rule: &Rule, text: &[u8], start: usize, end: usize) -> bool {
    end - start <= rule.max_len as usize && !text.get(end).is_some_and(|next| rule.after.contains(*next))
}

impl Scanner for Reference {
    fn scan_column(
        &mut self,
        cells: &Cells,
        _idle: Option<&Classifiers>,
        hits: &mut Vec<Hit>,
    ) -> Result<(), ScanError> {
        for_each_cell(cells, |index, text| {
            if u32::try_from(text.len()).is_err() {
                return Err(ScanError::CellTooLong { engine: NAME });
            }
            self.scan_cell(index, text)
                .map_err(|_| ScanError::OutOfStates { engine: NAME })?;
            self.found.sort_unstable_by_key(Hit::place);
            hits.extend_from_slice(&self.found);
            Ok(())
        })
    }

    fn backend(&self) -> Backend {
        Backend::Reference
    }
}

/// The left boundary and anchor that the members of a group share.
type GroupKey<'a> = (&'a ByteSet, Option<Anchor>);

/// A group and its members, as (classifier, shape).
type Members<'a> = (GroupKey<'a>, Vec<(u16, u16)>);

/// As many groups as one word of candidate bits can name; anchors are given up before they run out.
const GROUPS: usize = 64;
const ANCHORED_GROUPS: usize = 32;

/// Groups of shapes by left boundary and anchor.
fn partition(rules: &[Rule], wanted: impl Fn(u16) -> bool) -> Result<Vec<Members<'_>>, CompileError> {
    let mut groups: Vec<Members<'_>> = Vec::new();
    for (classifier, rule) in rules
        .iter()
        .enumerate()
        .filter(|(index, _)| wanted(*index as u16))
    {
        for (index, shape) in rule.shapes.iter().enumerate() {
            let owner = (classifier as u16, index as u16);
            let anchor = shape.anchor.filter(|_| groups.len() < ANCHORED_GROUPS);
            match groups.iter_mut().find(|(key, _)| *key == (&rule.before, anchor)) {
                Some((_, owners)) => owners.push(owner),
                None => groups.push(((&rule.before, anchor), vec![owner])),
            }
        }
    }
    if groups.len() > GROUPS {
        let why = format!("more than {GROUPS} different left boundaries; share some between classifiers");
        return Err(CompileError {
            id: "match.boundary".into(),
            why,
        });
    }
    Ok(groups)
}

fn too_large<E>(_: E) -> CompileError {
    CompileError {
        id: "match.patterns".into(),
        why: "the patterns are too large together for one automaton".into(),
    }
}

impl Group {
    fn build(rules: &[Rule], anchor: Option<Anchor>, owners: Vec<(u16, u16)>) -> Result<Self, CompileError> {
        let shape = |(c, s): &(u16, u16)| &rules[usize::from(*c)].shapes[usize::from(*s)];
        let hirs: Vec<_> = owners.iter().map(|o| &shape(o).hir).collect();
        let nfa = nfa(&hirs, false).ok_or_else(|| too_large(()))?;
        let automaton = Lazy::build(nfa, 16 << 20).ok_or_else(|| too_large(()))?;
        let memory = automaton.memory().map_err(too_large)?;
        let longest = owners
            .iter()
            .map(|(c, _)| rules[usize::from(*c)].max_len as usize)
            .max()
            .unwrap_or(0);
        Ok(Self {
            automaton,
            memory,
            anchor,
            longest,
            owners,
        })
    }

    /// Sets `bit` for every pair of bytes that some match of the group begins with.
    fn mark_starts(&mut self, bit: u64, starts: &mut [u64; 65_536]) -> Result<(), OutOfStates> {
        self.automaton.pairs(&mut self.memory, |first, second| {
            starts[usize::from(first) << 8 | usize::from(second)] |= bit;
        })
    }

    /// Collects every end of a match that starts at `at`.
    fn walk(&mut self, text: &[u8], at: usize, ends: &mut Vec<End>) -> Result<(), OutOfStates> {
        let owners = &self.owners;
        // One byte beyond the longest match, for patterns end where the next byte is read.
        let to = text.len().min(at + self.longest + 1);
        self.automaton
            .walk(&mut self.memory, text[at..to].iter(), |len, pattern| {
                let (classifier, shape) = owners[usize::from(pattern)];
                ends.push(End {
                    at: (at + len) as u32,
                    classifier,
                    shape,
                });
            })
    }
}

/// Which anchored groups can still reach their byte.
struct Reachable {
    unanchored: u64,
    /// For each anchored group: its bit, its anchor, and where the anchor's byte stands next (the text's length: nowhere).
    anchored: Vec<(u64, Anchor, usize)>,
}

impl Reachable {
    fn new(groups: &[Group], text: &[u8]) -> Self {
        let mut unanchored = 0;
        let mut anchored = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            match group.anchor {
                None => unanchored |= 1 << index,
                Some(anchor) => anchored.push((1 << index, anchor, next(text, anchor.byte, 0))),
            }
        }
        Self { unanchored, anchored }
    }

    /// The groups that may start at `at`.
    fn at(&mut self, text: &[u8], at: usize) -> u64 {
        let mut groups = self.unanchored;
        for (bit, anchor, stands) in &mut self.anchored {
            if *stands < at {
                *stands = next(text, anchor.byte, at);
            }
            if *stands < text.len() && *stands - at <= anchor.reach {
                groups |= *bit;
            }
        }
        groups
    }
}

fn next(text: &[u8], byte: u8, from: usize) -> usize {
    memchr::memchr(byte, &text[from..]).map_or(text.len(), |at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::registry;

    #[test]
    fn the_longest_form_wins_although_another_has_a_different_anchor() {
        let file = r#"
            id = "tag"
            name = "Tag"
            category = "network"
            severity = "low"
            summary = "A tag."
            [match]
            patterns = [{ regex = '[a-z]{4}', weight = 0.0 }, { regex = '[a-z]{1,9}@[a-z]{4}', weight = 0.0 }]
            max_len = 20
        "#;
        let program = Program::compile(vec![registry::parse("tag.toml", file).unwrap()]).unwrap();
        let mut hits = Vec::new();
        let cells = Cells::one(b"abcd@efgh".to_vec());
        Reference::new(&program).unwrap().scan(&cells, &mut hits).unwrap();
        assert_eq!(
            hits.iter().map(|hit| (hit.start, hit.end)).collect::<Vec<_>>(),
            [(0, 9)]
        );
    }
}
