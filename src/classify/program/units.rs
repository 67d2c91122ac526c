//! Units: which patterns are confirmed together, and how.
//!
//! Most patterns are confirmed *forward*: from a candidate, one automaton of many patterns. A pattern that begins with a long
//! run of ordinary letters, such as a mail address, would make every word a candidate; it is confirmed *around* the
//! literal that must follow the run: backwards to the possible starts, forwards to the possible ends. Classifiers whose patterns
//! allow neither are left to the reference engine.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, OnceLock};

use regex_automata::nfa::thompson::State;
use regex_syntax::hir::{Hir, HirKind};

use super::Rule;
use super::automaton::{Accept, Automaton, Openings, nfa};
use super::bytes::ByteSet;
use super::gate::{Gate, Item, Sample, WIDTH, Window, window};
use super::lazy::{Lazy, Memory};
use super::prefix::{Prefix, prefixes};

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
    openings: OnceLock<Option<Openings>>,
}

/// Patterns of which a candidate is the literal inside.
pub(crate) struct Around {
    /// What stands before the literal, read backwards.
    pub(crate) before: Walker,
    /// The literal and what follows.
    pub(crate) behind: Walker,
    pub(crate) members: Vec<Member>,
}

/// One direction of a unit's patterns. Its automaton is determinised when it is first walked: what never comes up in a
/// text costs nothing.
pub(crate) struct Walker {
    ready: LazyLock<Option<Side>, Box<dyn FnOnce() -> Option<Side> + Send + Sync>>,
    /// For automata that are too large for that.
    lazy: Lazy,
    /// For each pattern, the boundary set that may not hold the byte after an end.
    borders: Arc<[u32]>,
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
    fn of(patterns: &[&Hir], reverse: bool, borders: Arc<[u32]>) -> Option<Self> {
        let nfa = nfa(patterns, reverse)?;
        let lazy = Lazy::build(nfa.clone(), LAZY).filter(|lazy| lazy.memory().is_ok())?;
        let of_patterns = borders.clone();
        let ready = move || {
            let small = nfa.states().len() <= READY;
            let automaton = small.then(|| Automaton::build(&nfa)).flatten()?;
            Some(Side::of(automaton, &of_patterns))
        };
        Some(Self {
            ready: LazyLock::new(Box::new(ready)),
            lazy,
            borders,
        })
    }

    /// The determinised automaton, unless it is too large.
    #[inline(always)]
    pub(crate) fn ready(&self) -> Option<&Side> {
        self.ready.as_ref()
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
const LAZY: usize = 16 << 20;

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
/// Places in a megabyte of ordinary data beyond which a pattern is better confirmed around a literal.
const FREQUENT: f64 = 5_000.0;
/// Places in a megabyte beyond which the gate is of no use.
const USELESS: f64 = 60_000.0;
/// How many prefixes a pattern may have that is no list of words.
const PREFIXES: usize = 24;
/// States beyond which an automaton is large before it is determinised.
const LARGE: usize = 400;

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
        for group in groups(forms) {
            units.build(group);
        }
        ungated.extend(units.refused);
        Self {
            gate: Gate::build(units.items, sample),
            units: units.units,
            ordered,
            neighbours,
            ungated: ungated.iter().copied().collect(),
        }
    }
}

/// A pattern on its way into a unit.
struct Form<'a> {
    member: Member,
    how: How<'a>,
    windows: Vec<Window>,
    /// Whether its automaton is left to be determinised as it is walked.
    large: bool,
}

enum How<'a> {
    Forward(&'a Hir),
    Around { before: Hir, behind: Hir },
}

impl<'a> Form<'a> {
    /// The forms of a classifier; `None` if one of them cannot be gated.
    fn all_of(
        index: u16,
        rule: &'a Rule,
        neighbours: &mut Neighbours,
        sample: &mut Sample,
    ) -> Option<Vec<Self>> {
        let (before, after) = (neighbours.before(rule.before)?, neighbours.after(rule.after)?);
        let of = |(shape, hir): (usize, &'a Hir)| {
            let member = Member {
                rule: index,
                shape: shape as u16,
                before,
                after,
            };
            Self::of(member, hir, rule.before, sample)
        };
        let hirs = rule.shapes.iter().map(|shape| &shape.hir);
        hirs.enumerate().map(of).collect()
    }

    fn of(member: Member, hir: &'a Hir, before: ByteSet, sample: &mut Sample) -> Option<Self> {
        let (prefixes, size) = begins(hir)?;
        let forward: Vec<Window> = prefixes.iter().map(|prefix| window(!before, prefix)).collect();
        let frequency = sample.per_megabyte(&forward);
        let form = |how, windows, size| Self {
            member,
            how,
            windows,
            large: size > LARGE,
        };
        if frequency > FREQUENT
            && let Some((around, windows, size)) = around(hir)
            && sample.per_megabyte(&windows) < frequency / 4.0
        {
            return Some(form(around, windows, size));
        }
        (frequency < USELESS).then(|| form(How::Forward(hir), forward, size))
    }
}

impl Form<'_> {
    /// The bytes that a candidate may begin with.
    fn first(&self) -> ByteSet {
        self.windows
            .iter()
            .fold(ByteSet::EMPTY, |sum, window| sum | window[1])
    }
}

/// What a pattern may begin with, and how large its automaton is.
fn begins(hir: &Hir) -> Option<(Vec<Prefix>, usize)> {
    let nfa = nfa(&[hir], false)?;
    let size = nfa.states().len();
    // A list of words is worth being told apart word by word.
    let words = prefixes(&nfa, WORD, WORDS);
    let is_word = |prefix: &Prefix| prefix.len() == WORD && prefix.iter().all(|set| set.len() <= 2);
    let most = if words.iter().all(is_word) {
        WORDS
    } else {
        PREFIXES
    };
    Some((prefixes(&nfa, WIDTH - 1, most), size))
}

/// The bytes by which words are told apart, and how many of them.
const WORD: usize = 4;
const WORDS: usize = 1_000;

/// A pattern taken apart before the first literal that its beginning cannot hold.
fn around<'a>(hir: &Hir) -> Option<(How<'a>, Vec<Window>, usize)> {
    let HirKind::Concat(parts) = hir.kind() else {
        return None;
    };
    let is_literal = |part: &Hir| matches!(part.kind(), HirKind::Literal(_));
    let cut = (1..parts.len()).find(|index| is_literal(&parts[*index]))?;
    let (before, behind) = (
        Hir::concat(parts[..cut].to_vec()),
        Hir::concat(parts[cut..].to_vec()),
    );
    let backwards = prefixes(&nfa(&[&before], true)?, 1, 1);
    let last = *backwards.first()?.first()?;
    let (prefixes, size) = begins(&behind)?;
    let windows = prefixes.iter().map(|prefix| window(last, prefix)).collect();
    Some((How::Around { before, behind }, windows, size))
}

/// Whether candidates come in the order of the starts that they lead to: they do if they are the starts, and around a
/// literal if no byte before one can be taken for its first.
fn come_in_order(forms: &[Form<'_>]) -> bool {
    let mut before = ByteSet::EMPTY;
    let mut literals = ByteSet::EMPTY;
    for form in forms {
        if let How::Around { before: part, .. } = &form.how {
            before |= alphabet(part);
            literals |= form.first();
        }
    }
    let around = forms.iter().filter(|form| matches!(form.how, How::Around { .. }));
    match around.count() {
        0 => true,
        n => n == forms.len() && (before & literals).is_empty(),
    }
}

/// Every byte that a match of the pattern may hold.
fn alphabet(hir: &Hir) -> ByteSet {
    let Some(nfa) = nfa(&[hir], false) else {
        return ByteSet::ANY;
    };
    let mut set = ByteSet::EMPTY;
    for state in nfa.states() {
        match state {
            State::ByteRange { trans } => set |= (trans.start..=trans.end).collect(),
            State::Sparse(sparse) => {
                for t in &sparse.transitions {
                    set |= (t.start..=t.end).collect();
                }
            }
            State::Dense(_) => return ByteSet::ANY,
            _ => {}
        }
    }
    set
}

/// Forms that go into one automaton each: those around literals, then forward ones by what they begin with.
fn groups(forms: Vec<Form<'_>>) -> Vec<Vec<Form<'_>>> {
    let mut groups: [Vec<Form<'_>>; 8] = Default::default();
    for form in forms {
        groups[2 * kind(&form) + usize::from(form.large)].push(form);
    }
    groups.into_iter().filter(|group| !group.is_empty()).collect()
}

fn kind(form: &Form<'_>) -> usize {
    let first = form.first();
    let numbers: ByteSet = b"0123456789+(".iter().copied().collect();
    match &form.how {
        How::Around { .. } => 0,
        How::Forward(_) if (first & !numbers).is_empty() => 1,
        How::Forward(_) if first.iter().count() <= 2 => 2,
        How::Forward(_) => 3,
    }
}

/// Units as they are made.
#[derive(Default)]
struct Units {
    units: Vec<Unit>,
    items: Vec<Item>,
    /// Classifiers with a pattern that fits no unit.
    refused: Vec<u16>,
}

impl Units {
    /// Makes units of a group, splitting it where its automaton would be too large.
    fn build(&mut self, mut group: Vec<Form<'_>>) {
        let unit = self.units.len();
        let room = unit < u64::BITS as usize;
        if let Some(built) = Unit::of(&group).filter(|_| room) {
            self.units.push(built);
            let windows = group.iter().flat_map(|form| &form.windows);
            self.items.extend(windows.map(|window| Item {
                unit,
                window: *window,
            }));
        } else if group.len() == 1 || !room {
            self.refused.extend(group.iter().map(|form| form.member.rule));
        } else {
            let second = group.split_off(group.len() / 2);
            self.build(group);
            self.build(second);
        }
    }
}

impl Forward {
    /// Whether a match can begin with the digits that `text` begins with.
    #[inline(always)]
    pub(crate) fn admits(&self, text: &[u8], neighbours: &Neighbours) -> bool {
        let openings = self.openings.get_or_init(|| {
            let side = self.walker.ready()?;
            Some(side.automaton.openings(|accept, next| {
                let next = next.map_or(0, |byte| neighbours.after_of[usize::from(byte)]);
                side.may_end(accept, next)
            }))
        });
        openings.as_ref().is_none_or(|openings| openings.admit(text))
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
    fn before(&mut self, set: ByteSet) -> Option<u32> {
        Self::bit(&mut self.befores, set)
    }

    fn after(&mut self, set: ByteSet) -> Option<u32> {
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
    fn of(group: &[Form<'_>]) -> Option<Self> {
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
                )?,
                behind: Walker::of(
                    &behinds,
                    false,
                    members.iter().map(|member| member.after).collect(),
                )?,
                members,
            })));
        }
        let borders = members.iter().map(|member| member.after).collect();
        Some(Self::Forward(Box::new(Forward {
            walker: Walker::of(&forward, false, borders)?,
            openings: OnceLock::new(),
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
