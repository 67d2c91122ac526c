//! Units: which patterns are confirmed together, and how.
//!
//! Most patterns are confirmed *forward*: from a candidate, one automaton of many patterns. A pattern that begins with a long
//! run of ordinary letters, such as a mail address, would make every word a candidate; it is confirmed *around* a
//! literal, or one of a number of words, that must follow: backwards to the possible starts, forwards to the possible ends.
//! Classifiers whose patterns allow neither are left to the reference engine.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::thread;

use regex_syntax::hir::Hir;

use super::automaton::{Automata, nfa};
use super::begin::Begin;
use super::bytes::ByteSet;
use super::callers::Callers;
use super::form::{Asked, Form, How, come_in_order, groups};
use super::gate::{Gate, Windows};
use super::sample::{Sample, try_out};
use super::shapes::{Drawing, Shapes};
use super::{Keywords, Needs, Rule};

/// Everything that a gated scanner runs.
pub(crate) struct Matcher {
    pub(crate) gate: Gate,
    pub(crate) shapes: Shapes,
    pub(crate) room: Room,
    pub(crate) units: Vec<Unit>,
    /// By unit, what is walked from a candidate on.
    pub(crate) forward: Automata,
    /// What is walked back from the candidates of some units.
    pub(crate) backward: Automata,
    /// The units that look at a candidate whatever stands near it, one bit each.
    pub(crate) always: u64,
    /// The units that look at a candidate only if keywords near it call them up, one bit each.
    pub(crate) called: u64,
    /// The keywords that do.
    pub(crate) callers: Callers,
    pub(crate) neighbours: Neighbours,
    /// Whether a classifier's matches are found in the order of their starts.
    pub(crate) ordered: Vec<bool>,
    /// The classifiers that the reference engine scans.
    pub(crate) ungated: Vec<u16>,
}

/// Patterns that are confirmed together.
pub(crate) struct Unit {
    /// By the pattern of its automata.
    pub(crate) members: Vec<Member>,
    /// Where its candidates are a literal inside: which of [`Matcher::backward`] reads what stands before it. Otherwise they are where
    /// matches start.
    pub(crate) backward: Option<u16>,
}

/// One form of one classifier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) rule: u16,
    pub(crate) shape: u16,
    pub(crate) needs: Needs,
    /// Whether words lead to the value.
    pub(crate) is_led: bool,
    /// No match is longer.
    pub(crate) max_len: u32,
    /// The set that may not hold the byte before, as a bit of [`Neighbours::before`].
    pub(crate) before: u32,
    /// The same for the byte after.
    pub(crate) after: u32,
}

/// Which units have matches that are short enough.
pub(crate) struct Room {
    /// By the bytes that there are, the units with a match of no more from a candidate on, one bit each.
    units: [u64; ROOM],
}

/// Where counting bytes stops.
const ROOM: usize = 64;

impl Default for Room {
    fn default() -> Self {
        let mut units = [0; ROOM];
        units[ROOM - 1] = u64::MAX;
        Self { units }
    }
}

impl Room {
    fn add(&mut self, unit: usize, hir: &Hir) {
        let least = hir.properties().minimum_len().unwrap_or(0);
        let enough = self.units.iter_mut().skip(least);
        enough.for_each(|units| *units |= 1 << unit);
    }

    /// The units with a match of `bytes` or fewer.
    #[inline(always)]
    pub(crate) fn units(&self, bytes: usize) -> u64 {
        self.units[bytes.min(ROOM - 1)]
    }
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
    pub(super) fn derive(rules: &[Rule], keywords: &Keywords) -> Self {
        let mut ungated = BTreeSet::new();
        loop {
            let left = ungated.len();
            let matcher = Self::attempt(rules, keywords, &mut ungated);
            if ungated.len() == left {
                return matcher;
            }
            // A classifier that was given up may have forms in units already: once more without it.
        }
    }

    fn attempt(rules: &[Rule], keywords: &Keywords, ungated: &mut BTreeSet<u16>) -> Self {
        let mut neighbours = Neighbours::default();
        let sides: Vec<_> = rules.iter().map(|rule| neighbours.sides(rule)).collect();
        neighbours.index();
        let all = try_out(rules.len(), |index, sample| {
            let gated = !ungated.contains(&(index as u16));
            let sides = sides[index].filter(|_| gated)?;
            Form::all_of(index as u16, &rules[index], sides, keywords, sample)
        });
        let (mut ordered, mut forms) = (Vec::new(), Vec::new());
        for (index, own) in (0u16..).zip(all) {
            ordered.push(own.as_deref().is_none_or(come_in_order));
            match own {
                Some(own) => forms.extend(own),
                None => _ = ungated.insert(index),
            }
        }
        let windows = Windows::of(forms.iter().map(|form| &form.begin));
        let (banks, units) = thread::scope(|scope| {
            let banks = scope.spawn(|| windows.gather());
            let mut units = Units::default();
            for group in groups(forms, &mut Sample::new()) {
                units.build(group.forms);
            }
            (banks.join().unwrap_or_else(|panic| resume_unwind(panic)), units)
        });
        ungated.extend(units.refused);
        let with = |wanted| {
            let asked = (units.asked.iter().enumerate()).filter(move |(_, asked)| **asked == wanted);
            asked.map(|(unit, _)| unit)
        };
        let rules_of = |unit: &Unit| unit.members.iter().map(|member| member.rule).collect();
        let listed: Vec<_> = with(Asked::Near)
            .map(|unit| (unit, rules_of(&units.units[unit])))
            .collect();
        let always = with(Asked::Always).fold(0, |units, unit| units | 1 << unit);
        Self {
            shapes: (units.drawing).finish(if keywords.are_lettered() { always } else { u64::MAX }),
            room: units.room,
            always,
            called: with(Asked::Near).fold(0, |units, unit| units | 1 << unit),
            callers: Callers::of(keywords, &listed),
            gate: Gate::of(banks, &units.begins),
            units: units.units,
            forward: units.forward,
            backward: units.backward,
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
    forward: Automata,
    backward: Automata,
    /// What the forms of each begin with.
    begins: Vec<Vec<Begin>>,
    /// Which candidates each has to look at.
    asked: Vec<Asked>,
    drawing: Drawing,
    room: Room,
    /// Classifiers with a pattern that fits no unit.
    refused: Vec<u16>,
}

impl Units {
    /// Makes units of a group, splitting it where its automaton would be too large.
    fn build(&mut self, mut forms: Vec<Form<'_>>) {
        // Where several forms of one classifier end at one place, the first counts.
        forms.sort_by_key(|form| (form.member.rule, form.member.shape));
        let room = self.units.len() < u64::BITS as usize;
        if let Some(unit) = room.then(|| self.unit(&forms)).flatten() {
            self.draw(&forms);
            self.units.push(unit);
            self.asked.push(forms[0].asked);
            self.begins
                .push(forms.into_iter().map(|form| form.begin).collect());
        } else if forms.len() == 1 || !room {
            self.refused.extend(forms.iter().map(|form| form.member.rule));
        } else {
            let second = forms.split_off(forms.len() / 2);
            self.build(forms);
            self.build(second);
        }
    }

    /// Draws the shapes of the next unit's forms.
    fn draw(&mut self, forms: &[Form<'_>]) {
        let unit = self.units.len();
        for form in forms {
            match &form.how {
                How::Forward(hir) => {
                    self.drawing.add(unit, hir, form.member);
                    self.room.add(unit, hir);
                }
                How::Around { before, behind } => {
                    let whole = Hir::concat(vec![before.clone(), behind.clone()]);
                    self.drawing.add_around(unit, &whole, form.member);
                    self.room.add(unit, behind);
                }
            }
        }
    }

    /// The unit of these forms; `None` where an automaton would be too large.
    fn unit(&mut self, forms: &[Form<'_>]) -> Option<Unit> {
        let members: Vec<Member> = forms.iter().map(|form| form.member).collect();
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        for form in forms {
            match &form.how {
                How::Forward(hir) => forward.push(*hir),
                How::Around { before, behind } => {
                    backward.push(before);
                    forward.push(behind);
                }
            }
        }
        let forward = nfa(&forward, false)?;
        let backward = match backward.as_slice() {
            [] => None,
            some => Some(nfa(some, true)?),
        };
        let befores = || members.iter().map(|member| member.before).collect();
        let backward = backward.map(|nfa| self.backward.add(nfa, befores()));
        let afters = members.iter().map(|member| member.after).collect();
        self.forward.add(forward, afters);
        Some(Unit { members, backward })
    }
}

impl Unit {
    /// The form of a pattern.
    #[inline(always)]
    pub(crate) fn member(&self, pattern: u16) -> Member {
        self.members[usize::from(pattern)]
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
    /// A classifier's boundary sets, before and after, as bits; `None` where there are too many.
    fn sides(&mut self, rule: &Rule) -> Option<(u32, u32)> {
        Some((
            Self::bit(&mut self.befores, rule.before)?,
            self.after(rule.after)?,
        ))
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

    /// Whether a pattern can begin behind a byte, which the boundary set `before` may not hold.
    pub(super) fn may_begin(&self, before: u32, last: u8) -> bool {
        self.before_of[usize::from(last)] & before == 0
    }

    /// Whether a pattern can end before a byte, which the boundary set `after` may not hold.
    pub(super) fn may_end(&self, after: u32, next: u8) -> bool {
        self.after_of[usize::from(next)] & after == 0
    }

    pub(super) fn index(&mut self) {
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
