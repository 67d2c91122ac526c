//! Units: which patterns are confirmed together, and how.
//!
//! Most patterns are confirmed *forward*: from a candidate, one automaton of many patterns. A pattern that begins with a long
//! run of ordinary letters, such as a mail address, would make every word a candidate; it is confirmed *around* the
//! literal that must follow the run: backwards to the possible starts, forwards to the possible ends. Classifiers whose patterns
//! allow neither are left to the reference engine.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use regex_automata::nfa::thompson::NFA;
use regex_syntax::hir::Hir;

use super::Rule;
use super::automaton::{Accept, Automaton, Openings, nfa};
use super::begin::Begin;
use super::bytes::ByteSet;
use super::form::{Form, How, come_in_order, groups};
use super::gate::Gate;
use super::lazy::{Lazy, Memory};
use super::sample::Sample;

/// Everything that a gated scanner runs.
pub(crate) struct Matcher {
    pub(crate) gate: Gate,
    pub(crate) units: Vec<Unit>,
    pub(crate) neighbours: Neighbours,
    /// Whether a classifier's matches are found in the order of their starts.
    pub(crate) ordered: Vec<bool>,
    /// The classifiers that the reference engine scans.
    pub(crate) ungated: Vec<u16>,
}

/// Patterns that are confirmed together.
pub(crate) enum Unit {
    /// From their start.
    Forward(Box<Forward>),
    /// Around a literal.
    Around(Box<Around>),
}

/// Patterns that are walked from a candidate, which is their start.
pub(crate) struct Forward {
    pub(crate) walker: Walker,
    /// By the automaton's pattern.
    pub(crate) members: Vec<Member>,
    /// For numbers: what may follow so many digits.
    openings: Option<OnceLock<Openings>>,
}

/// Patterns of which a candidate is the literal inside.
pub(crate) struct Around {
    /// What stands before the literal, read backwards.
    pub(crate) before: Walker,
    /// The literal and what follows.
    pub(crate) behind: Walker,
    pub(crate) members: Vec<Member>,
}

/// One direction of a unit's patterns. Its automaton is determinised as it is walked, and once and for all when that was
/// often: what never comes up in a text costs nothing, and what seldom does costs little.
pub(crate) struct Walker {
    lazy: Lazy,
    /// `None` inside if it would be too large.
    ready: OnceLock<Option<Side>>,
    nfa: NFA,
    /// Whether that is never tried.
    large: bool,
    /// For each pattern, the boundary set that may not hold the byte after an end.
    borders: Vec<u32>,
}

/// An automaton, and where its patterns may not end.
pub(crate) struct Side {
    pub(crate) automaton: Automaton,
    /// For each accepting state, the boundary sets of its patterns: while the next byte is in all of them, none can end.
    borders: Vec<u32>,
}

/// What ends at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The patterns of an accepting state.
    Set(Accept),
    /// One pattern.
    One(u16),
}

/// What a scanner keeps of a unit's lazy automata, once it walked them: before, and behind or forward.
pub(crate) type Memories = [Option<Memory>; 2];

impl Walker {
    /// `large`: that it is never worth the time to determinise all of it.
    fn of(patterns: &[&Hir], reverse: bool, borders: Vec<u32>, large: bool) -> Option<Self> {
        let nfa = nfa(patterns, reverse)?;
        Some(Self {
            lazy: Lazy::build(nfa.clone(), LAZY).filter(|lazy| lazy.memory().is_ok())?,
            ready: OnceLock::new(),
            large: large || nfa.states().len() > READY,
            nfa,
            borders,
        })
    }

    /// The determinised automaton, if there is one yet.
    #[inline(always)]
    pub(crate) fn ready(&self) -> Option<&Side> {
        self.ready.get()?.as_ref()
    }

    /// Determinises the automaton, unless it is too large.
    #[cold]
    pub(crate) fn determinise(&self) {
        self.ready.get_or_init(|| {
            let automaton = (!self.large).then(|| Automaton::build(&self.nfa)).flatten()?;
            Some(Side::of(automaton, &self.borders))
        });
    }

    /// Whether a pattern can end, given the sets that hold the next byte.
    #[inline(always)]
    pub(crate) fn may_end(&self, pattern: u16, next: u32) -> bool {
        self.borders[usize::from(pattern)] & next == 0
    }

    /// The automaton that is determinised as it is walked.
    pub(crate) fn lazy(&self) -> &Lazy {
        &self.lazy
    }

    /// The patterns of an ending, in order.
    #[inline(always)]
    pub(crate) fn patterns<'a>(&'a self, ending: &'a Ending) -> &'a [u16] {
        match ending {
            Ending::Set(accept) => self.ready().map_or(&[], |side| side.automaton.patterns(*accept)),
            Ending::One(pattern) => std::slice::from_ref(pattern),
        }
    }
}

/// Automata larger than this before they are determinised are left to be determinised as they are walked.
const READY: usize = 20_000;
/// What a scanner's memory of a lazy automaton may take.
const LAZY: usize = 1 << 20;

impl Side {
    fn of(automaton: Automaton, borders: &[u32]) -> Self {
        let sets = |accept| {
            let patterns = automaton.patterns(accept).iter();
            patterns.fold(0, |sum, pattern| sum | borders[usize::from(*pattern)])
        };
        Self {
            borders: automaton.accepts().map(sets).collect(),
            automaton,
        }
    }

    /// Whether any pattern can end here, given the sets that hold the next byte.
    #[inline(always)]
    pub(crate) fn may_end(&self, accept: Accept, next: u32) -> bool {
        self.borders[accept.index()] & !next != 0
    }
}

/// One form of one classifier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) rule: u16,
    pub(crate) shape: u16,
    /// The set that may not hold the byte before, as a bit of [`Neighbours::before`].
    pub(crate) before: u32,
    /// The same for the byte after.
    pub(crate) after: u32,
}

/// Which of the classifiers' boundary sets hold a byte.
pub(crate) struct Neighbours {
    /// For each byte, one bit for each set of bytes not allowed before a match that holds it.
    before_of: Box<[u32; 256]>,
    /// The same for after a match.
    after_of: Box<[u32; 256]>,
    befores: Vec<ByteSet>,
    afters: Vec<ByteSet>,
}

/// Boundary sets that can be told apart; classifiers with others are left to the reference engine.
const SETS: usize = 32;
impl Matcher {
    /// Derives units and gate from the classifiers' patterns.
    pub(super) fn derive(rules: &[Rule]) -> Self {
        let mut sample = Sample::new();
        let mut ungated = BTreeSet::new();
        loop {
            let left = ungated.len();
            let matcher = Self::attempt(rules, &mut ungated, &mut sample);
            if ungated.len() == left {
                return matcher;
            }
            // A classifier that was given up may have forms in units already: once more without it.
        }
    }

    fn attempt(rules: &[Rule], ungated: &mut BTreeSet<u16>, sample: &mut Sample) -> Self {
        let mut neighbours = Neighbours::default();
        let mut ordered = vec![true; rules.len()];
        let mut forms = Vec::new();
        for (index, rule) in (0u16..).zip(rules) {
            if ungated.contains(&index) {
                continue;
            }
            match Form::all_of(index, rule, &mut neighbours, sample) {
                Some(own) => {
                    ordered[usize::from(index)] = come_in_order(&own);
                    forms.extend(own);
                }
                None => {
                    ungated.insert(index);
                }
            }
        }
        neighbours.index();
        let mut units = Units::default();
        for group in groups(forms, sample) {
            units.build(group.forms, group.large);
        }
        ungated.extend(units.refused);
        Self {
            gate: Gate::build(&units.begins, sample),
            units: units.units,
            ordered,
            neighbours,
            ungated: ungated.iter().copied().collect(),
        }
    }
}

/// Units as they are made.
#[derive(Default)]
struct Units {
    units: Vec<Unit>,
    /// What the forms of each begin with.
    begins: Vec<Vec<Begin>>,
    /// Classifiers with a pattern that fits no unit.
    refused: Vec<u16>,
}

impl Units {
    /// Makes units of a group, splitting it where its automaton would be too large.
    fn build(&mut self, mut forms: Vec<Form<'_>>, large: bool) {
        // Where several forms of one classifier end at one place, the first counts.
        forms.sort_by_key(|form| (form.member.rule, form.member.shape));
        let unit = self.units.len();
        let room = unit < u64::BITS as usize;
        if let Some(built) = Unit::of(&forms, large).filter(|_| room) {
            self.units.push(built);
            self.begins
                .push(forms.into_iter().map(|form| form.begin).collect());
        } else if forms.len() == 1 || !room {
            self.refused.extend(forms.iter().map(|form| form.member.rule));
        } else {
            let second = forms.split_off(forms.len() / 2);
            self.build(forms, large);
            self.build(second, large);
        }
    }
}

impl Forward {
    /// Whether a match can begin with the digits that `text` begins with.
    #[inline(always)]
    pub(crate) fn admits(&self, text: &[u8], neighbours: &Neighbours) -> bool {
        let (Some(openings), Some(side)) = (&self.openings, self.walker.ready()) else {
            return true;
        };
        let openings = openings.get_or_init(|| {
            side.automaton.openings(|accept, next| {
                let next = next.map_or(0, |byte| neighbours.after_of[usize::from(byte)]);
                side.may_end(accept, next)
            })
        });
        openings.admit(text)
    }
}

impl Member {
    /// Whether a match may stand between two bytes, given the sets that hold them.
    #[inline(always)]
    pub(crate) fn may_stand(&self, before: u32, after: u32) -> bool {
        self.before & before == 0 && self.after & after == 0
    }
}

impl Matcher {
    /// The sets that hold the byte before `at`; none where a cell begins.
    #[inline(always)]
    pub(crate) fn not_after(&self, text: &[u8], at: usize, from: usize) -> u32 {
        if at > from {
            self.neighbours.before_of[usize::from(text[at - 1])]
        } else {
            0
        }
    }

    /// The sets that hold the byte at `at`; none where a cell ends.
    #[inline(always)]
    pub(crate) fn not_before(&self, text: &[u8], at: usize, to: usize) -> u32 {
        if at < to {
            self.neighbours.after_of[usize::from(text[at])]
        } else {
            0
        }
    }
}

impl Neighbours {
    pub(super) fn before(&mut self, set: ByteSet) -> Option<u32> {
        Self::bit(&mut self.befores, set)
    }

    pub(super) fn after(&mut self, set: ByteSet) -> Option<u32> {
        Self::bit(&mut self.afters, set)
    }

    fn bit(known: &mut Vec<ByteSet>, set: ByteSet) -> Option<u32> {
        if let Some(index) = known.iter().position(|other| *other == set) {
            return Some(1 << index);
        }
        let room = known.len() < SETS;
        room.then(|| {
            known.push(set);
            1 << (known.len() - 1)
        })
    }

    fn index(&mut self) {
        let bits = |sets: &[ByteSet], byte: u8| {
            let holding = sets.iter().enumerate().filter(|(_, set)| set.contains(byte));
            holding.fold(0, |bits, (index, _)| bits | 1 << index)
        };
        for byte in 0..=255u8 {
            self.before_of[usize::from(byte)] = bits(&self.befores, byte);
            self.after_of[usize::from(byte)] = bits(&self.afters, byte);
        }
    }
}

impl Default for Neighbours {
    fn default() -> Self {
        Self {
            before_of: Box::new([0; 256]),
            after_of: Box::new([0; 256]),
            befores: Vec::new(),
            afters: Vec::new(),
        }
    }
}

impl Unit {
    fn of(group: &[Form<'_>], large: bool) -> Option<Self> {
        let members: Vec<Member> = group.iter().map(|form| form.member).collect();
        let (mut forward, mut befores, mut behinds) = (Vec::new(), Vec::new(), Vec::new());
        for form in group {
            match &form.how {
                How::Forward(hir) => forward.push(*hir),
                How::Around { before, behind, .. } => {
                    befores.push(before);
                    behinds.push(behind);
                }
            }
        }
        if !befores.is_empty() {
            return Some(Self::Around(Box::new(Around {
                before: Walker::of(
                    &befores,
                    true,
                    members.iter().map(|member| member.before).collect(),
                    false,
                )?,
                behind: Walker::of(
                    &behinds,
                    false,
                    members.iter().map(|member| member.after).collect(),
                    false,
                )?,
                members,
            })));
        }
        let borders = members.iter().map(|member| member.after).collect();
        Some(Self::Forward(Box::new(Forward {
            walker: Walker::of(&forward, false, borders, large)?,
            openings: group.iter().all(Form::is_number).then(OnceLock::new),
            members,
        })))
    }

    /// The forms of a forward unit that end where it says; none of any other unit.
    #[inline(always)]
    pub(crate) fn ending<'a>(&'a self, ending: &'a Ending) -> impl Iterator<Item = &'a Member> {
        let (patterns, members): (&[u16], &[Member]) = match self {
            Self::Forward(unit) => (unit.walker.patterns(ending), &unit.members),
            Self::Around(_) => (&[], &[]),
        };
        patterns.iter().map(|pattern| &members[usize::from(*pattern)])
    }
}
