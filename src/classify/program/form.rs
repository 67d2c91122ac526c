//! Forms of classifiers on their way into units: how each is found, and which of them are confirmed together.

use std::collections::BTreeMap;

use regex_automata::nfa::thompson::State;
use regex_syntax::hir::{Hir, HirKind};

use super::automaton::{next_of, nfa};
use super::begin::{Begin, DEPTH};
use super::bytes::ByteSet;
use super::callers::Callers;
use super::joining::{Join, Joining};
use super::prefix::prefixes;
use super::sample::{Places, Sample};
use super::units::Member;
use super::{Keywords, Needs, Rule, Shape};

/// One form of one classifier.
pub(super) struct Form<'a> {
    pub(super) member: Member,
    pub(super) how: How<'a>,
    /// What a candidate begins with.
    pub(super) begin: Begin,
    /// Which candidates have to be confirmed.
    pub(super) asked: Asked,
    /// At how many places of a megabyte of ordinary data it seems to begin.
    frequency: f64,
}

/// How a form is confirmed.
pub(super) enum How<'a> {
    /// From its start.
    Forward(&'a Hir),
    /// Around a literal: what stands before it, and the literal with what follows.
    Around { before: Hir, behind: Hir },
}

/// Which candidates of a form have to be confirmed, besides those that a cell begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    /// All.
    Always,
    /// Those near which one of the classifier's keywords begins: at most [`NEAR`] away.
    Near,
    /// None.
    Never,
}

/// How far from a candidate a keyword of an [`Asked::Near`] form can begin, before and behind.
pub(crate) const NEAR: [usize; 2] = [96, 160];

impl Asked {
    fn of(rule: &Rule, needs: Needs, told: bool) -> Self {
        let (window, reach) = (rule.window as usize, (rule.window + rule.max_len) as usize);
        match needs {
            Needs::Column => Self::Never,
            Needs::Keyword if told && window <= NEAR[0] && reach <= NEAR[1] => Self::Near,
            _ => Self::Always,
        }
    }
}

/// Places in a megabyte of ordinary data beyond which a pattern is better confirmed around a literal.
const FREQUENT: f64 = 3_000.0;
/// Places in a megabyte beyond which the gate is of no use.
const USELESS: f64 = 60_000.0;

impl<'a> Form<'a> {
    /// The forms of a classifier; `None` if one of them cannot be gated. Its boundary sets come as a member has them.
    pub(super) fn all_of(
        index: u16,
        rule: &'a Rule,
        (before, after): (u32, u32),
        keywords: &Keywords,
        sample: &mut Sample,
    ) -> Option<Vec<Self>> {
        let told = Callers::can_tell(keywords, index);
        let of = |(number, shape): (usize, &'a Shape)| {
            let member = Member {
                rule: index,
                shape: number as u16,
                needs: shape.needs,
                is_led: shape.is_led(),
                max_len: rule.max_len,
                before,
                after,
            };
            let mut form = Self::of(member, &shape.hir, !rule.before, sample)?;
            // Around a literal, a match begins before the candidate.
            if matches!(form.how, How::Forward(_)) {
                form.asked = Asked::of(rule, shape.needs, told);
            }
            Some(form)
        };
        rule.shapes.iter().enumerate().map(of).collect()
    }

    fn of(member: Member, hir: &'a Hir, before: ByteSet, sample: &mut Sample) -> Option<Self> {
        let forward = Self::new(member, How::Forward(hir), Begin::of(hir, before)?, sample);
        if forward.frequency > FREQUENT {
            let arounds = arounds(hir).into_iter();
            let arounds = arounds.map(|(how, begin)| Self::new(member, how, begin, sample));
            let rarest = arounds.min_by(|a, b| a.frequency.total_cmp(&b.frequency));
            if let Some(rarest) = rarest.filter(|rarest| rarest.frequency < forward.frequency / 4.0) {
                return Some(rarest);
            }
        }
        (forward.frequency < USELESS).then_some(forward)
    }

    fn new(member: Member, how: How<'a>, begin: Begin, sample: &mut Sample) -> Self {
        Self {
            member,
            how,
            asked: Asked::Always,
            frequency: sample.per_megabyte(&begin),
            begin,
        }
    }

    fn kind(&self) -> Kind {
        let first = self.begin.first();
        let lower: ByteSet = (b'0'..=b'9').chain(b'a'..=b'z').collect();
        match &self.how {
            How::Around { .. } => Kind::Around,
            How::Forward(_) if self.begin.is_number() => match self.begin.may_follow(b'-') {
                true => Kind::Part,
                false => Kind::Number,
            },
            How::Forward(_) if self.begin.heads.is_some() => Kind::Words,
            How::Forward(_) if (first & lower).is_empty() => Kind::Capital,
            How::Forward(_) => Kind::Token,
        }
    }
}

/// What candidates of a form look like. Units of one kind alone let the least through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Around,
    /// It begins with a digit, and stands alone.
    Number,
    /// It may stand behind other numbers and what joins them, as the days of a date do.
    Part,
    /// It begins with one of a number of words.
    Words,
    /// It begins with a capital, or with what is no ASCII letter and no digit.
    Capital,
    Token,
}

/// A pattern taken apart before each part that is a literal or one of a number of words, and what candidates begin with.
fn arounds<'a>(hir: &Hir) -> Vec<(How<'a>, Begin)> {
    let HirKind::Concat(parts) = hir.kind() else {
        return Vec::new();
    };
    let of = |cut: usize| {
        let literal = match parts[cut].kind() {
            HirKind::Literal(_) => true,
            HirKind::Alternation(_) => false,
            _ => return None,
        };
        let (before, behind) = (
            Hir::concat(parts[..cut].to_vec()),
            Hir::concat(parts[cut..].to_vec()),
        );
        let backwards = prefixes(&nfa(&[&before], true)?, 1, 1);
        let begin = Begin::of(&behind, *backwards.first()?.first()?)?;
        (literal || begin.heads.is_some()).then_some((How::Around { before, behind }, begin))
    };
    (1..parts.len()).filter_map(of).collect()
}

/// Whether candidates come in the order of the starts that they lead to: they do if they are the starts, and around a
/// literal if no byte before one can be taken for its first.
pub(super) fn come_in_order(forms: &[Form<'_>]) -> bool {
    let mut before = ByteSet::EMPTY;
    let mut literals = ByteSet::EMPTY;
    for form in forms {
        if let How::Around { before: part, .. } = &form.how {
            before |= alphabet(part);
            literals |= form.begin.first();
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
    let mut seen = vec![false; nfa.states().len()];
    // The automaton has states of a search, too, that take any byte.
    let mut open = vec![nfa.start_anchored()];
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id.as_usize()], true) {
            continue;
        }
        match nfa.state(id) {
            State::ByteRange { trans } => set |= (trans.start..=trans.end).collect(),
            State::Sparse(sparse) => {
                for t in &sparse.transitions {
                    set |= (t.start..=t.end).collect();
                }
            }
            State::Dense(_) => return ByteSet::ANY,
            _ => {}
        }
        next_of(nfa.state(id), &mut open);
    }
    set
}

/// States beyond which a form is large, and beyond which a number is: large ones are kept apart, as what they have in common
/// with others is little beside what they have not.
const LARGE: [usize; 2] = [400, 2_000];
/// States up to which forms share an automaton, and up to which large ones do.
const TOGETHER: [usize; 2] = [4_000, 12_000];
/// Units of that size at most, so that with what is left over of each kind there are no more than a word has bits.
const UNITS: usize = 40;

/// Forms that are confirmed by one unit.
#[derive(Default)]
pub(super) struct Group<'a> {
    pub(super) forms: Vec<Form<'a>>,
    states: usize,
    most: usize,
    places: Places,
    cost: f64,
}

/// Forms that are confirmed by one unit each: alike ones, as many as make an automaton of bearable size.
pub(super) fn groups<'a>(forms: Vec<Form<'a>>, sample: &mut Sample) -> Vec<Group<'a>> {
    let states: usize = forms.iter().map(|form| form.begin.states).sum();
    let mut kinds: BTreeMap<(Asked, Kind, bool), Vec<Group<'a>>> = BTreeMap::new();
    for form in forms {
        let large = form.begin.states > LARGE[usize::from(form.begin.is_number())];
        let most = TOGETHER[usize::from(large)].max(states / UNITS);
        kinds
            .entry((form.asked, form.kind(), large))
            .or_default()
            .push(Group::of(form, most, sample));
    }
    kinds
        .into_iter()
        .flat_map(|((asked, kind, _), groups)| match kind {
            Kind::Words | Kind::Number | Kind::Part => neighbours(groups),
            _ => alike(groups, ALIKE[usize::from(asked != Asked::Always)]),
        })
        .collect()
}

/// Joins neighbours by what they begin with into groups of about the same size.
fn neighbours(mut groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    groups.sort_by(|a, b| a.forms[0].begin.prefix.cmp(&b.forms[0].begin.prefix));
    let states: usize = groups.iter().map(|group| group.states).sum();
    let most = states.div_ceil(states.div_ceil(groups[0].most));
    let mut joined: Vec<Group<'_>> = Vec::new();
    for group in groups {
        match joined
            .last_mut()
            .filter(|last| last.states + group.states <= most)
        {
            Some(last) => last.join(group),
            None => joined.push(group),
        }
    }
    joined
}

/// Joins what seems to begin at the same places, until the rest would cost more together than apart, and there are no more than
/// `most`.
fn alike(groups: Vec<Group<'_>>, most: usize) -> Vec<Group<'_>> {
    let mut joining = Joining::of(groups);
    while let Some(pair) = joining.cheapest() {
        if pair.cost > APART && joining.count() <= most {
            break;
        }
        joining.join(pair);
    }
    let joined = joining.into_open().into_iter();
    joined.filter(|group| !group.forms.is_empty()).collect()
}

/// Units of one such kind at most: of forms that look at every candidate, and of those that look at few.
const ALIKE: [usize; 2] = [10, 4];
/// Places of the sample at which joining lets one unit too many look.
const APART: f64 = 0.5;

impl<'a> Group<'a> {
    fn of(form: Form<'a>, most: usize, sample: &mut Sample) -> Self {
        let before = form
            .begin
            .windows
            .iter()
            .fold(ByteSet::EMPTY, |sum, window| sum | window[0]);
        let prefix = form
            .begin
            .prefix
            .iter()
            .copied()
            .chain(std::iter::repeat(ByteSet::ANY));
        let sets: Vec<ByteSet> = std::iter::once(before).chain(prefix.take(DEPTH)).collect();
        let places = sample.places(&sets);
        Self {
            most,
            states: form.begin.states,
            cost: places.count(),
            places,
            forms: vec![form],
        }
    }
}

impl Join for Group<'_> {
    fn cost_with(&self, other: &Self) -> f64 {
        let gone = self.forms.is_empty() || other.forms.is_empty();
        if gone || self.states + other.states > self.most {
            return f64::INFINITY;
        }
        self.places.count_with(&other.places) - self.cost - other.cost
    }

    fn join(&mut self, other: Self) {
        self.states += other.states;
        self.places.join(&other.places);
        self.cost = self.places.count();
        self.forms.extend(other.forms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::pattern::parse;

    #[test]
    fn an_alphabet_is_what_matches_hold() {
        let alphabet = alphabet(&parse("[a-c]{1,3}[.]?x").unwrap());
        assert_eq!(alphabet, b"abc.x".iter().copied().collect());
    }
}
