//! Confirming candidates: exact, and the same for every width of gate.

use super::Hit;
use super::needs::Surroundings;
use crate::classify::program::{
    Accept, Classifiers, Keywords, Known, Matcher, Member, Needs, Plan, Program, Rule, Walk,
};

/// The cell that a candidate is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    /// The index that hits name.
    pub(super) index: u32,
    /// Its bytes and those of its neighbours.
    pub(super) text: &'a [u8],
    /// Where it begins there.
    pub(super) from: usize,
    /// Where it ends.
    pub(super) to: usize,
}

/// A candidate, in the cell from `from` to `to` of a run's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) at: usize,
    /// The units that have to look at it.
    pub(super) units: u64,
    /// The index of the cell that hits name.
    pub(super) cell: u32,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What matches are confirmed by.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) matcher: &'a Matcher,
    pub(super) rules: &'a [Rule],
    pub(super) keywords: &'a Keywords,
}

impl<'a> Means<'a> {
    pub(super) fn of(program: &'a Program) -> Self {
        Self {
            matcher: program.matcher(),
            rules: program.rules(),
            keywords: program.keywords(),
        }
    }
}

/// Finds matches at candidates. Candidates must come in order.
pub(super) struct Confirm {
    /// For each classifier, where its next match may start.
    resume: Vec<usize>,
    /// The units whose candidates are literals inside.
    around: u64,
    /// The walks to take from a block's candidates.
    walks: Vec<Walk>,
    ends: Vec<End>,
    /// For each candidate, its last end.
    last: Vec<u32>,
    /// Those of one candidate.
    here: Vec<End>,
    /// Where walks around one accepted, by their length.
    lengths: Vec<(usize, Accept)>,
    /// What may end at one place.
    members: Vec<Member>,
    /// The patterns of all that ended behind a literal.
    ended: Vec<u16>,
    together: Together,
    /// Matches of classifiers whose candidates come out of order, as they may overlap.
    loose: Vec<Hit>,
    /// What is known of the automata that are walked forward.
    forward: Known,
    /// Of those that are walked back.
    backward: Known,
    surroundings: Surroundings,
    /// Where the cell begins that they were asked about last.
    surrounded: usize,
}

/// Where a walk accepted the same at one place, or at several in a row.
#[derive(Debug, Clone, Copy)]
struct End {
    first: usize,
    last: usize,
    unit: u16,
    what: Accept,
    /// The candidate's end before this one.
    before: u32,
}

/// No end.
const NONE: u32 = u32::MAX;

/// What several units accepted at one place, and its members in the order of their classifiers and forms. Kept for the next place,
/// where it is often the same: the cells of a column are alike.
#[derive(Default)]
struct Together {
    accepted: Vec<(u16, Accept)>,
    members: Vec<Member>,
}

impl Together {
    /// The members of what ends at one place.
    fn of(&mut self, matcher: &Matcher, known: &Known, ends: &[End]) -> &[Member] {
        let accepted = || ends.iter().map(|end| (end.unit, end.what));
        if !accepted().eq(self.accepted.iter().copied()) {
            self.accepted.clear();
            self.accepted.extend(accepted());
            self.members.clear();
            for end in ends {
                let unit = &matcher.units[usize::from(end.unit)];
                let patterns = known.patterns(end.what).iter();
                self.members.extend(patterns.map(|pattern| unit.member(*pattern)));
            }
            self.members
                .sort_unstable_by_key(|member| (member.rule, member.shape));
        }
        &self.members
    }
}

impl Confirm {
    pub(super) fn new(matcher: &Matcher) -> Self {
        Self {
            resume: vec![0; matcher.ordered.len()],
            around: (matcher.units.iter().enumerate())
                .filter(|(_, unit)| unit.backward.is_some())
                .fold(0, |units, (index, _)| units | 1 << index),
            walks: Vec::new(),
            forward: Known::default(),
            backward: Known::default(),
            ends: Vec::new(),
            last: Vec::new(),
            here: Vec::new(),
            lengths: Vec::new(),
            members: Vec::new(),
            ended: Vec::new(),
            together: Together::default(),
            loose: Vec::new(),
            surroundings: Surroundings::default(),
            surrounded: 0,
        }
    }

    /// Begins a run of cells.
    pub(super) fn begin(&mut self) {
        self.resume.fill(0);
        self.surroundings.reset();
        self.surrounded = 0;
    }

    /// Ends a run, whose hits are those of `hits` from `from` on.
    pub(super) fn finish(&mut self, hits: &mut Vec<Hit>, from: usize) {
        if !self.loose.is_empty() {
            keep_first(&mut self.loose, self.resume.len());
            merge(hits, from, &mut self.loose);
        }
    }

    /// Confirms what a cell can hold by its shape; `idle` are classifiers whose whole cells are nothing.
    pub(super) fn planned(
        &mut self,
        means: Means<'_>,
        cell: Cell<'_>,
        (plan, idle): (&Plan, Option<&Classifiers>),
        hits: &mut Vec<Hit>,
    ) {
        let text = &cell.text[cell.from..cell.to];
        let mut decided = false;
        for step in plan.steps() {
            decided &= step.again;
            if decided || step.only && idle.is_some_and(|idle| idle.contain(step.member.rule)) {
                continue;
            }
            let (start, end) = (cell.from + step.start, cell.from + step.end);
            let beside = || {
                step.member.may_stand(
                    means.matcher.not_after(cell.text, start, cell.from),
                    means.matcher.not_before(cell.text, end, cell.to),
                )
            };
            if step.suits(text) && (!step.bordered || beside()) {
                decided = self.offer(means, cell, (start, end), &step.member, hits);
            }
        }
    }

    /// Confirms a block's candidates in a run's text.
    pub(super) fn block(
        &mut self,
        means: Means<'_>,
        text: &[u8],
        candidates: &[Candidate],
        hits: &mut Vec<Hit>,
    ) {
        self.walk_all(means.matcher, text, candidates);
        for (who, candidate) in candidates.iter().enumerate() {
            if self.last[who] == NONE {
                continue;
            }
            let cell = Cell {
                index: candidate.cell,
                text,
                from: candidate.from,
                to: candidate.to,
            };
            for index in ones(candidate.units & self.around) {
                self.around(means, index as u16, cell, (who, candidate.at), hits);
            }
            self.settle(means, cell, (who, candidate.at), hits);
        }
    }

    /// Collects the ends of all that is walked forward.
    fn walk_all(&mut self, matcher: &Matcher, text: &[u8], candidates: &[Candidate]) {
        self.ends.clear();
        self.last.clear();
        self.last.resize(candidates.len(), NONE);
        let Some(base) = candidates.first().map(|first| first.at) else {
            return;
        };
        // No match is so long that it would end beyond.
        let near = |at: usize| u32::try_from(at - base).unwrap_or(u32::MAX);
        // A block has fewer places.
        for (who, candidate) in (0u16..).zip(candidates) {
            let (at, to) = (near(candidate.at), near(candidate.to));
            let walks = ones(candidate.units).map(|unit| Walk::new(who, unit as u16, at, to));
            self.walks.extend(walks);
        }
        let text = &text[base..];
        matcher.forward.walk_all(
            &mut self.forward,
            text,
            &mut self.walks,
            |walk| matcher.not_before(text, walk.at as usize, walk.to as usize),
            |walk, what| {
                let last = &mut self.last[usize::from(walk.who)];
                let (at, unit) = (base + walk.at as usize, walk.automaton);
                // What other units accepted may have come between.
                let mut latest = *last as usize;
                while let Some(end) = self.ends.get_mut(latest).filter(|end| end.last + 1 >= at) {
                    if (end.last + 1, end.unit, end.what) == (at, unit, what) {
                        end.last = at;
                        return;
                    }
                    latest = end.before as usize;
                }
                self.ends.push(End {
                    first: at,
                    last: at,
                    unit,
                    what,
                    before: std::mem::replace(last, self.ends.len() as u32),
                });
            },
        );
    }

    /// The ends of a candidate, the latest first.
    fn ends_of(&self, who: usize) -> impl Iterator<Item = End> {
        let mut next = self.last[who];
        std::iter::from_fn(move || {
            let end = *self.ends.get(next as usize)?;
            next = end.before;
            Some(end)
        })
    }

    /// Turns the ends of one start into hits: for each classifier the longest that validates.
    fn settle(&mut self, means: Means<'_>, cell: Cell<'_>, (who, at): (usize, usize), hits: &mut Vec<Hit>) {
        let last = self.ends[self.last[who] as usize];
        if last.before == NONE && last.first == last.last && self.around >> last.unit & 1 == 0 {
            return self.settle_one(means, cell, at, last, hits);
        }
        let mut ends = std::mem::take(&mut self.here);
        ends.clear();
        ends.extend(self.ends_of(who).filter(|end| self.around >> end.unit & 1 == 0));
        match ends.as_slice() {
            [] => {}
            [first, rest @ ..] if rest.iter().all(|end| end.unit == first.unit) => {
                for end in &ends {
                    self.settle_row(means, cell, at, end, hits);
                }
            }
            _ => self.settle_all(means, cell, at, &mut ends, hits),
        }
        self.here = ends;
    }

    /// The only end of a start.
    fn settle_one(&mut self, means: Means<'_>, cell: Cell<'_>, at: usize, end: End, hits: &mut Vec<Hit>) {
        let unit = &means.matcher.units[usize::from(end.unit)];
        let before = means.matcher.not_after(cell.text, at, cell.from);
        let after = means.matcher.not_before(cell.text, end.last, cell.to);
        for index in 0..self.forward.patterns(end.what).len() {
            let member = unit.member(self.forward.patterns(end.what)[index]);
            if member.may_stand(before, after) {
                self.offer(means, cell, (at, end.last), &member, hits);
            }
        }
    }

    /// Those of a start that only one unit accepted, from the furthest on, until all that ends there has its match.
    fn settle_row(&mut self, means: Means<'_>, cell: Cell<'_>, at: usize, ends: &End, hits: &mut Vec<Hit>) {
        let mut members = std::mem::take(&mut self.members);
        let unit = &means.matcher.units[usize::from(ends.unit)];
        members.clear();
        members.extend(
            self.forward
                .patterns(ends.what)
                .iter()
                .map(|pattern| unit.member(*pattern)),
        );
        let before = means.matcher.not_after(cell.text, at, cell.from);
        for end in (ends.first..=ends.last).rev() {
            members.retain(|member| !self.is_taken(means.matcher, member, at));
            if members.is_empty() {
                break;
            }
            let after = means.matcher.not_before(cell.text, end, cell.to);
            for member in members.iter().filter(|member| member.may_stand(before, after)) {
                self.offer(means, cell, (at, end), member, hits);
            }
        }
        self.members = members;
    }

    /// Those of a start that several units accepted.
    fn settle_all(
        &mut self,
        means: Means<'_>,
        cell: Cell<'_>,
        at: usize,
        ends: &mut Vec<End>,
        hits: &mut Vec<Hit>,
    ) {
        for index in 0..ends.len() {
            let row = ends[index];
            ends[index].first = row.last;
            ends.extend((row.first..row.last).map(|place| End {
                first: place,
                last: place,
                ..row
            }));
        }
        ends.sort_unstable_by_key(|end| (std::cmp::Reverse(end.last), end.unit));
        let mut members = std::mem::take(&mut self.members);
        let before = means.matcher.not_after(cell.text, at, cell.from);
        for here in ends.chunk_by(|a, b| a.last == b.last) {
            let end = here[0].last;
            let after = means.matcher.not_before(cell.text, end, cell.to);
            members.clear();
            let all = self.together.of(means.matcher, &self.forward, here).iter();
            members.extend(all.filter(|member| member.may_stand(before, after)));
            for member in &members {
                self.offer(means, cell, (at, end), member, hits);
            }
        }
        self.members = members;
    }

    /// Confirms a candidate that is a literal inside for one unit.
    fn around(
        &mut self,
        means: Means<'_>,
        index: u16,
        cell: Cell<'_>,
        (who, at): (usize, usize),
        hits: &mut Vec<Hit>,
    ) {
        let unit = &means.matcher.units[usize::from(index)];
        let mut ends = std::mem::take(&mut self.lengths);
        ends.clear();
        for end in self.ends_of(who).filter(|end| end.unit == index) {
            ends.extend((end.first..=end.last).rev().map(|last| (last - at, end.what)));
        }
        let split = ends.len();
        if let Some(automaton) = unit.backward.filter(|_| split > 0) {
            let rest = cell.text[cell.from..at].iter().rev();
            (means.matcher.backward).walk(automaton, &mut self.backward, rest, |before, len, what| {
                if what.may_be(before, means.matcher.not_after(cell.text, at - len, cell.from)) {
                    ends.push((len, what.accept(before)));
                }
            });
        }
        let (behinds, befores) = ends.split_at(split);
        let mut members = std::mem::take(&mut self.members);
        let mut ended = std::mem::take(&mut self.ended);
        ended.clear();
        for (_, what) in behinds {
            ended.extend_from_slice(self.forward.patterns(*what));
        }
        ended.sort_unstable();
        ended.dedup();
        for (len, begun) in befores.iter().rev() {
            let first = at - len;
            // Every byte before may be a start, and the first has it all: once a match holds the literal, it holds what is behind
            // its start.
            let taken = |at| {
                ended
                    .iter()
                    .all(|pattern| self.is_taken(means.matcher, &unit.member(*pattern), at))
            };
            if taken(at) {
                break;
            }
            if taken(first) {
                continue;
            }
            let not_after = means.matcher.not_after(cell.text, first, cell.from);
            for (len, ended) in behinds {
                let last = at + len;
                let not_before = means.matcher.not_before(cell.text, last, cell.to);
                let begun = self.backward.patterns(*begun);
                let ended = self.forward.patterns(*ended).iter();
                let both = ended.filter(|pattern| begun.contains(pattern));
                members.clear();
                members.extend(
                    both.map(|pattern| unit.member(*pattern))
                        .filter(|member| member.may_stand(not_after, not_before)),
                );
                for member in &members {
                    self.offer(means, cell, (first, last), member, hits);
                }
            }
        }
        (self.lengths, self.members, self.ended) = (ends, members, ended);
    }

    /// Takes `text[start..end]` as a match if nothing speaks against it. Says whether that decides it for all forms of the classifier
    /// of which it is the value, too: what is no valid value in one is none in another.
    #[inline]
    fn offer(
        &mut self,
        means: Means<'_>,
        cell: Cell<'_>,
        (start, end): (usize, usize),
        member: &Member,
        hits: &mut Vec<Hit>,
    ) -> bool {
        if self.is_taken(means.matcher, member, start) || end - start > member.max_len as usize {
            return true;
        }
        let index = usize::from(member.rule);
        let rule = &means.rules[index];
        let led = |matched| rule.value_start(member.shape, matched);
        let value = if member.is_led {
            start + led(&cell.text[start..end])
        } else {
            start
        };
        if !self.suffices(means, cell, (value, end), member) {
            return false;
        }
        if !rule.is_valid(&cell.text[value..end]) {
            return true;
        }
        let hit = Hit {
            cell: cell.index,
            start: (start - cell.from) as u32,
            end: (end - cell.from) as u32,
            value: (value - cell.from) as u32,
            classifier: member.rule,
            shape: member.shape,
        };
        if means.matcher.ordered[index] {
            self.resume[index] = end;
            insert(hits, hit);
        } else {
            insert_first(&mut self.loose, hit);
        }
        true
    }

    /// Whether a match of the form's classifier holds the place already.
    #[inline(always)]
    fn is_taken(&self, matcher: &Matcher, member: &Member, at: usize) -> bool {
        let rule = usize::from(member.rule);
        matcher.ordered[rule] && at < self.resume[rule]
    }

    /// Whether a value has beside it what its form needs.
    #[inline(always)]
    fn suffices(
        &mut self,
        means: Means<'_>,
        cell: Cell<'_>,
        (value, end): (usize, usize),
        member: &Member,
    ) -> bool {
        if member.needs == Needs::Nothing {
            return true;
        }
        if self.surrounded != cell.from {
            self.surroundings.reset();
            self.surrounded = cell.from;
        }
        let form = (&means.rules[usize::from(member.rule)], member.rule, member.needs);
        let place = (value - cell.from, end - cell.from);
        self.surroundings
            .suffice(means.keywords, form, &cell.text[cell.from..cell.to], place)
    }
}

/// The places of the bits that are set.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let one = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        one
    })
}

/// Adds a hit where it belongs.
#[inline]
fn insert(hits: &mut Vec<Hit>, hit: Hit) {
    let at = rank(hits, &hit, Hit::place);
    hits.insert(at, hit);
}

/// Adds a hit where it belongs, unless it starts where one of its classifier does that is taken before it.
fn insert_first(hits: &mut Vec<Hit>, hit: Hit) {
    let at = rank(hits, &hit, precedence);
    if at == 0 || hits[at - 1].place() != hit.place() {
        hits.insert(at, hit);
    }
}

/// Where a hit belongs, which is at the end or not far from it.
#[inline(always)]
fn rank<K: Ord>(hits: &[Hit], hit: &Hit, key: impl Fn(&Hit) -> K) -> usize {
    let after = hits.iter().rev().take_while(|other| key(other) > key(hit));
    hits.len() - after.count()
}

/// The order in which the first of overlapping hits of a classifier is its match: the leftmost, the longest at each start, of equal
/// ones the likeliest form.
fn precedence(hit: &Hit) -> impl Ord + use<> {
    (hit.place(), std::cmp::Reverse(hit.end), hit.shape)
}

/// Moves hits that are in order among those from `from` on, which are.
fn merge(hits: &mut Vec<Hit>, from: usize, others: &mut Vec<Hit>) {
    let mut left = hits.len();
    hits.extend_from_slice(others);
    let mut to = hits.len();
    while let Some(last) = others.last() {
        to -= 1;
        if left > from && hits[left - 1].place() > last.place() {
            left -= 1;
            hits[to] = hits[left];
        } else {
            hits[to] = *last;
            others.pop();
        }
    }
}

/// Keeps, for each classifier, the first of overlapping hits.
fn keep_first(hits: &mut Vec<Hit>, classifiers: usize) {
    let mut resume = vec![(0, 0); classifiers];
    hits.retain(|hit| {
        let resume = &mut resume[usize::from(hit.classifier)];
        let free = hit.cell != resume.0 || hit.start >= resume.1;
        if free {
            *resume = (hit.cell, hit.end);
        }
        free
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit((classifier, start, end, shape): (u16, u32, u32, u16)) -> Hit {
        Hit {
            cell: 0,
            start,
            end,
            value: start,
            classifier,
            shape,
        }
    }

    #[test]
    fn of_overlapping_hits_of_a_classifier_the_leftmost_and_longest_is_kept() {
        let mut loose = Vec::new();
        let found = [
            (1, 7, 9, 0),
            (1, 3, 5, 0),
            (0, 4, 9, 1),
            (1, 3, 8, 1),
            (1, 3, 8, 0),
            (0, 4, 8, 0),
        ];
        for hit in found.map(hit) {
            insert_first(&mut loose, hit);
        }
        keep_first(&mut loose, 2);
        assert_eq!(loose, [(1, 3, 8, 0), (0, 4, 9, 1)].map(hit));
        let mut hits = [(2, 9, 9, 0), (2, 3, 4, 0), (2, 4, 5, 0), (2, 8, 9, 0)]
            .map(hit)
            .to_vec();
        merge(&mut hits, 1, &mut loose);
        let all = [
            (2, 9, 9, 0),
            (1, 3, 8, 0),
            (2, 3, 4, 0),
            (0, 4, 9, 1),
            (2, 4, 5, 0),
            (2, 8, 9, 0),
        ];
        assert_eq!((hits, loose), (all.map(hit).to_vec(), vec![]));
    }
}
