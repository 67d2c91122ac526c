//! Plans: what a short cell can hold, by its shape.
//!
//! The cells of a column are alike: numbers of so many digits, dates, amounts, addresses of machines. With any digit taken for
//! any other they are a few shapes, and a shape says nearly all that the gate and the automata would find out about each of its cells
//! anew: which forms can match, from where to where. That is a plan. What is left to do for a cell is to look at the digits where a
//! form wants certain ones, and at what comes after matching.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;

use super::automaton::{Known, Reach, after, nfa};
use super::keywords::has_letter;
use super::units::{Member, Neighbours};
use super::{Needs, Program};
use crate::classify::digits_at_once::zeroed;

/// The longest cell that has a shape.
pub(crate) const LONGEST: usize = 40;
/// Cells of a shape that are seen before its plan is made.
const SEEN: u8 = 32;
/// Shapes that are kept.
const SLOTS: usize = 1 << 12;
/// The bytes that plans and what they are made from may take; then all are forgotten.
const ROOM: usize = 16 << 20;
/// The bytes that a form in a plan takes, its digits aside, about.
const STEP: usize = 64;
/// States of one form's digits beyond which its shape gets no plan.
const STATES: usize = 512;

/// A cell with any digit for every digit, and 255 beyond its end. It may be a value: it has no printable form.
#[derive(Clone, Copy)]
struct Key {
    words: [u64; WORDS],
    len: u8,
}

const WORDS: usize = LONGEST / size_of::<u64>();

/// The forms that cells of a shape can hold, in the order in which they are to be tried: by start, the longest first.
pub(crate) struct Plan(Box<[Step]>);

/// A form at a place.
pub(crate) struct Step {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The form, with what it still needs there.
    pub(crate) member: Member,
    /// Whether it depends on the digits beside it whether it can stand there.
    pub(crate) bordered: bool,
    /// Whether it is all of the cell, spaces aside, and the last of its classifier: what is found later does not depend on it.
    pub(crate) only: bool,
    /// Whether the step before is another form of its classifier for the same value.
    pub(crate) again: bool,
    digits: Digits,
}

/// Which digits a form wants at a place; none if any will do.
#[derive(Default)]
struct Digits(Box<[Choice]>);

/// What follows from a digit.
struct Choice {
    /// Where in the cell it stands.
    at: u8,
    /// By the digit, the next choice, or [`YES`] or [`NO`].
    next: [u16; 10],
}

/// Whatever the other digits are, it matches.
const YES: u16 = u16::MAX;
/// Whatever they are, it does not.
const NO: u16 = u16::MAX - 1;

struct Slot {
    key: Key,
    /// How often it was seen; with a plan, how often something else may still be seen here.
    seen: u8,
    plan: Option<Plan>,
}

/// The plans that one scanner has made.
pub(crate) struct Plans {
    slots: Box<[Slot]>,
    size: usize,
    known: Known,
    /// By classifier and form.
    forms: HashMap<(u16, u16), NFA>,
    reach: Reach,
}

impl Default for Plans {
    fn default() -> Self {
        let none = || Slot {
            key: Key {
                words: [0; WORDS],
                len: 0,
            },
            seen: 0,
            plan: None,
        };
        Self {
            slots: std::iter::repeat_with(none).take(SLOTS).collect(),
            size: 0,
            known: Known::default(),
            forms: HashMap::new(),
            reach: Reach::default(),
        }
    }
}

impl Plan {
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    fn size(&self) -> usize {
        let digits = self.0.iter().map(|step| step.digits.0.len());
        self.0.len() * STEP + digits.sum::<usize>() * size_of::<Choice>()
    }
}

impl Step {
    /// Whether it finds the same value for the same classifier.
    fn is_as(&self, other: &Self) -> bool {
        let place = |step: &Self| (step.start, step.end, step.member.rule);
        place(self) == place(other) && !self.member.is_led && !other.member.is_led
    }

    /// Whether a cell of the shape has the digits that the form wants.
    #[inline(always)]
    pub(crate) fn suits(&self, cell: &[u8]) -> bool {
        self.digits.are_in(cell)
    }
}

impl Digits {
    #[inline(always)]
    fn are_in(&self, cell: &[u8]) -> bool {
        let Some(mut choice) = self.0.first() else {
            return true;
        };
        loop {
            match choice.next[usize::from(cell[usize::from(choice.at)] - b'0')] {
                YES => return true,
                NO => return false,
                next => choice = &self.0[usize::from(next)],
            }
        }
    }
}

impl Plans {
    /// Where the plan of a cell is, if it has one.
    #[inline(always)]
    pub(crate) fn find(
        &mut self,
        program: &Program,
        text: &[u8],
        (from, to): (usize, usize),
    ) -> Option<usize> {
        if to - from > LONGEST {
            return None;
        }
        let key = Key::of(text, from, to);
        let slot = key.slot();
        let kept = &self.slots[slot];
        if kept.key == key && kept.plan.is_some() {
            return Some(slot);
        }
        self.meet(program, key, slot)
    }

    /// The plan at a place that [`Plans::find`] gave.
    #[inline(always)]
    pub(crate) fn at(&self, slot: usize) -> Option<&Plan> {
        self.slots[slot].plan.as_ref()
    }

    /// Sees a cell of a shape without a plan, which it may get now.
    #[inline(never)]
    fn meet(&mut self, program: &Program, key: Key, slot: usize) -> Option<usize> {
        let kept = &mut self.slots[slot];
        if kept.key != key {
            // Columns of words have a shape for every cell: a plan gives way to many only.
            if kept.plan.is_some() && kept.seen > 0 {
                kept.seen -= 1;
                return None;
            }
            self.size -= kept.plan.as_ref().map_or(0, Plan::size);
            *kept = Slot {
                key,
                seen: 0,
                plan: None,
            };
        }
        // What gets none is not looked at again.
        kept.seen = kept.seen.saturating_add(1);
        if kept.seen != SEEN {
            return None;
        }
        let plan = self.make(program, &key)?;
        if self.size > ROOM {
            *self = Self::default();
        }
        self.size += plan.size();
        self.slots[slot] = Slot {
            key,
            seen: u8::MAX,
            plan: Some(plan),
        };
        Some(slot)
    }

    /// `None` if a form takes too much, or not all are known.
    fn make(&mut self, program: &Program, key: &Key) -> Option<Plan> {
        let matcher = program.matcher();
        if !matcher.shapes.are_all() {
            return None;
        }
        let bytes = key.words.map(u64::to_le_bytes);
        let cell = &bytes.as_flattened()[..usize::from(key.len)];
        let wordless = program.keywords().are_lettered() && !has_letter(cell);
        let value = cell.trim_ascii().len();
        let mut found = Vec::new();
        for start in 0..cell.len() {
            let before = start.checked_sub(1).map(|at| cell[at]);
            (matcher.shapes).matches(&mut self.known, &cell[start..], |len, member| {
                let beside = [
                    (matcher.neighbours).before(member.before, before),
                    (matcher.neighbours).behind(member.after, cell.get(start + len).copied()),
                ];
                // Where words lead to the value, it may be alone though the match is not.
                let needs = match member.needs {
                    _ if len == value && !member.is_led => Needs::Nothing,
                    needs => needs,
                };
                let wanting = match needs {
                    Needs::Nothing => false,
                    Needs::Keyword => wordless,
                    Needs::Column => !member.is_led,
                };
                if !wanting && len <= member.max_len as usize && !beside.contains(&Some(false)) {
                    let member = Member { needs, ..*member };
                    found.push((start, start + len, member, beside.contains(&None)));
                }
            });
        }
        found.sort_unstable_by_key(|(start, end, member, _)| {
            (*start, std::cmp::Reverse(*end), member.rule, member.shape)
        });
        let mut steps = Vec::new();
        for (start, end, member, bordered) in found {
            let digits = self.digits(program, &member, cell, (start, end))?;
            let only = end - start == value && !member.is_led;
            steps.extend(digits.map(|digits| Step {
                start,
                end,
                member,
                bordered,
                only,
                again: false,
                digits,
            }));
        }
        for at in 0..steps.len() {
            let other = |later: &Step| later.member.rule != steps[at].member.rule;
            let last = steps[at + 1..].iter().all(other);
            let again = at > 0 && steps[at - 1].is_as(&steps[at]);
            steps[at].only &= last;
            steps[at].again = again;
        }
        Some(Plan(steps.into()))
    }

    /// Which digits a form wants at a place, if there are any that will do; `None` if that takes too much.
    fn digits(
        &mut self,
        program: &Program,
        member: &Member,
        cell: &[u8],
        (start, end): (usize, usize),
    ) -> Option<Option<Digits>> {
        let form = (member.rule, member.shape);
        let nfa = match self.forms.entry(form) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let hir = &program.rules()[usize::from(form.0)].shapes[usize::from(form.1)].hir;
                let nfa = nfa(&[hir], false)?;
                self.size += nfa.memory_usage();
                new.insert(nfa)
            }
        };
        let mut drawing = Drawing {
            nfa,
            reach: &mut self.reach,
            cell,
            end,
            choices: Vec::new(),
            known: HashMap::new(),
        };
        let first = drawing.reach.closure(drawing.nfa, [drawing.nfa.start_anchored()]);
        Some(match drawing.from(start, first)? {
            YES => Some(Digits::default()),
            NO => None,
            _ => Some(Digits(drawing.in_order())),
        })
    }
}

/// Digits being worked out.
struct Drawing<'a> {
    nfa: &'a NFA,
    reach: &'a mut Reach,
    cell: &'a [u8],
    end: usize,
    /// Each behind those that it leads to.
    choices: Vec<Choice>,
    known: HashMap<(usize, Vec<StateID>), u16>,
}

impl Drawing<'_> {
    /// What it depends on from `at` on, where the automaton is in these states.
    fn from(&mut self, mut at: usize, mut states: Vec<StateID>) -> Option<u16> {
        while at < self.end && !self.cell[at].is_ascii_digit() {
            states = self.step(&states, self.cell[at]);
            at += 1;
        }
        if states.is_empty() {
            return Some(NO);
        }
        if at == self.end {
            let accepts = |id: &StateID| matches!(self.nfa.state(*id), State::Match { .. });
            return Some(if states.iter().any(accepts) { YES } else { NO });
        }
        if let Some(known) = self.known.get(&(at, states.clone())) {
            return Some(*known);
        }
        let mut next = [NO; 10];
        let classes = self.nfa.byte_classes();
        for (index, digit) in (b'0'..=b'9').enumerate() {
            // Most digits are not told apart.
            next[index] = match index.checked_sub(1) {
                Some(last) if classes.get(digit) == classes.get(digit - 1) => next[last],
                _ => {
                    let states = self.step(&states, digit);
                    self.from(at + 1, states)?
                }
            };
        }
        let choice = if next.iter().all(|one| *one == next[0]) && next[0] >= NO {
            next[0]
        } else {
            self.choices.push(Choice { at: at as u8, next });
            (self.choices.len() <= STATES).then_some(self.choices.len() as u16 - 1)?
        };
        self.known.insert((at, states), choice);
        Some(choice)
    }

    fn step(&mut self, states: &[StateID], byte: u8) -> Vec<StateID> {
        let targets: Vec<_> = (states.iter())
            .filter_map(|id| after(self.nfa, *id, byte))
            .collect();
        self.reach.closure(self.nfa, targets)
    }

    /// The choices, the first in front.
    fn in_order(self) -> Box<[Choice]> {
        let last = self.choices.len() as u16 - 1;
        let turned = |next: u16| if next < NO { last - next } else { next };
        let choices = self.choices.into_iter().rev();
        choices
            .map(|choice| Choice {
                next: choice.next.map(turned),
                ..choice
            })
            .collect()
    }
}

impl Key {
    /// Of a cell that is no longer than [`LONGEST`].
    #[inline(always)]
    fn of(text: &[u8], from: usize, to: usize) -> Self {
        let len = to - from;
        let mut words = match text[from..].first_chunk::<LONGEST>() {
            Some(bytes) => Self::words(bytes),
            None => {
                let mut bytes = [0; LONGEST];
                bytes[..len].copy_from_slice(&text[from..to]);
                Self::words(&bytes)
            }
        };
        let beyond = &BEYOND[len];
        for at in 0..WORDS {
            words[at] = zeroed(u128::from(words[at])) as u64 | beyond[at];
        }
        Self {
            words,
            len: len as u8,
        }
    }

    #[inline(always)]
    fn words(bytes: &[u8; LONGEST]) -> [u64; WORDS] {
        let (words, _) = bytes.as_chunks();
        std::array::from_fn(|at| u64::from_le_bytes(words[at]))
    }

    #[inline(always)]
    fn slot(&self) -> usize {
        const ODD: [u64; WORDS] = [
            0x9e37_79b9_7f4a_7c15,
            0xc2b2_ae3d_27d4_eb4f,
            0x1656_67b1_9e37_79f9,
            0x27d4_eb2f_1656_67c5,
            0x8531_1b0f_2c3b_91ad,
        ];
        // Each word on its own, so that none waits for another.
        let words = self.words.iter().zip(ODD);
        let mixed = words.fold(0, |mixed, (word, odd)| {
            mixed ^ (word ^ word >> 32).wrapping_mul(odd)
        });
        (mixed ^ mixed >> 29).wrapping_mul(ODD[0]) as usize >> (usize::BITS - SLOTS.trailing_zeros())
    }
}

impl PartialEq for Key {
    /// They mostly are equal: nothing branches on where they differ.
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        let words = self.words.iter().zip(&other.words);
        let differing = words.fold(u64::from(self.len ^ other.len), |all, (a, b)| all | (a ^ b));
        differing == 0
    }
}

/// By length, what fills a key up.
const BEYOND: [[u64; WORDS]; LONGEST + 1] = {
    let mut all = [[0; WORDS]; LONGEST + 1];
    let mut len = 0;
    while len <= LONGEST {
        let mut at = len;
        while at < LONGEST {
            all[len][at / 8] |= 0xff << (8 * (at % 8));
            at += 1;
        }
        len += 1;
    }
    all
};

impl Neighbours {
    /// Whether a byte, or any digit in place of one, may stand before a match; `None` if that depends on the digit.
    fn before(&self, set: u32, byte: Option<u8>) -> Option<bool> {
        allowed(byte, |byte| self.may_begin(set, byte))
    }

    /// The same for the byte behind it.
    fn behind(&self, set: u32, byte: Option<u8>) -> Option<bool> {
        allowed(byte, |byte| self.may_end(set, byte))
    }
}

fn allowed(byte: Option<u8>, may: impl Fn(u8) -> bool) -> Option<bool> {
    let Some(byte) = byte else {
        return Some(true);
    };
    if !byte.is_ascii_digit() {
        return Some(may(byte));
    }
    let count = (b'0'..=b'9').filter(|digit| may(*digit)).count();
    match count {
        0 => Some(false),
        10 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    /// The digits that a pattern wants where it is all of a cell of a shape.
    fn digits(pattern: &str, cell: &str) -> Option<Digits> {
        let nfa = nfa(&[&parse(pattern).unwrap()], false).unwrap();
        let mut drawing = Drawing {
            nfa: &nfa,
            reach: &mut Reach::default(),
            cell: cell.as_bytes(),
            end: cell.len(),
            choices: Vec::new(),
            known: HashMap::new(),
        };
        let first = drawing.reach.closure(&nfa, [nfa.start_anchored()]);
        match drawing.from(0, first).unwrap() {
            YES => Some(Digits::default()),
            NO => None,
            _ => Some(Digits(drawing.in_order())),
        }
    }

    #[test]
    fn digits_are_looked_at_where_a_form_wants_certain_ones() {
        assert!(digits("[0-9]{3}-[0-9]{2}", "000-00").unwrap().0.is_empty());
        assert!(digits("[0-9]{3}-[0-9]{2}", "000-000").is_none());
        let octet = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
        let cases = [
            ("(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])", "0000-00"),
            (octet, "000"),
            (octet, "00"),
            ("4[0-9]{2}(?:0|77)?[a-z]8", "00000x0"),
        ];
        for (pattern, shape) in cases {
            let regex = regex_automata::meta::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            let digits = digits(pattern, shape);
            let places: Vec<usize> = (0..shape.len())
                .filter(|at| shape.as_bytes()[*at] == b'0')
                .collect();
            let mut matched = 0;
            for number in 0..10usize.pow(places.len() as u32) {
                let mut cell = shape.as_bytes().to_vec();
                let mut rest = number;
                for place in &places {
                    cell[*place] = b'0' + (rest % 10) as u8;
                    rest /= 10;
                }
                let suits = digits.as_ref().is_some_and(|digits| digits.are_in(&cell));
                assert_eq!(suits, regex.is_match(&cell), "{pattern} {}", cell.escape_ascii());
                matched += usize::from(suits);
            }
            assert!(matched > 0, "{pattern}");
        }
    }

    #[test]
    fn shapes_are_told_apart_by_all_but_their_digits() {
        let key = |text: &str, to| Key::of(text.as_bytes(), 0, to);
        assert!(key("12-34 rest", 5) == key("98-70", 5));
        assert!(key("12-34", 5) != key("12-34", 4));
        assert!(key("12-34", 5) != key("12.34", 5));
        let pad = [b'1', u8::MAX];
        assert!(Key::of(&pad, 0, 2) != Key::of(&pad, 0, 1));
    }
}
