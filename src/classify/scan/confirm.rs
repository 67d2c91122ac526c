//! Confirming candidates: exact, and the same for every width of gate.

use super::Hit;
use crate::classify::program::{
    Around, Ending, Forward, Matcher, Member, Memories, Memory, OutOfStates, Rule, Unit, Walker,
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

/// Finds matches at candidates. Candidates must come in order.
pub(super) struct Confirm {
    /// For each classifier, where its next match may start.
    resume: Vec<usize>,
    ends: Vec<End>,
    starts: Vec<End>,
    /// What may end at one place.
    members: Vec<Member>,
    /// Matches of classifiers whose candidates come out of order.
    loose: Vec<Hit>,
    /// By unit.
    memories: Vec<Memories>,
}

/// Where a walk accepted.
#[derive(Debug, Clone, Copy)]
struct End {
    at: usize,
    unit: usize,
    what: Ending,
}

impl Confirm {
    pub(super) fn new(matcher: &Matcher) -> Self {
        Self {
            resume: vec![0; matcher.ordered.len()],
            memories: matcher.units.iter().map(|_| Memories::default()).collect(),
            ends: Vec::new(),
            starts: Vec::new(),
            members: Vec::new(),
            loose: Vec::new(),
        }
    }

    /// Begins a run of cells.
    pub(super) fn begin(&mut self) {
        self.resume.fill(0);
    }

    /// Ends a run, whose hits are those of `hits` from `from` on.
    pub(super) fn finish(&mut self, hits: &mut Vec<Hit>, from: usize) {
        if !self.loose.is_empty() {
            leftmost(&mut self.loose);
            hits.append(&mut self.loose);
            hits[from..].sort_by_key(Hit::place);
        }
    }

    /// Confirms one candidate at `at`, which `units` have to look at.
    #[inline]
    pub(super) fn candidate(
        &mut self,
        (matcher, rules): (&Matcher, &[Rule]),
        cell: Cell<'_>,
        at: usize,
        mut units: u64,
        hits: &mut Vec<Hit>,
    ) -> Result<(), OutOfStates> {
        self.ends.clear();
        while units != 0 {
            let unit = units.trailing_zeros() as usize;
            units &= units - 1;
            match &matcher.units[unit] {
                Unit::Forward(forward) => self.walk(matcher, forward, unit, cell, at)?,
                Unit::Around(around) => self.around((matcher, rules), (around, unit), cell, at, hits)?,
            }
        }
        if !self.ends.is_empty() {
            self.settle((matcher, rules), cell, at, hits);
        }
        Ok(())
    }

    /// Collects the ends of one unit's patterns.
    #[inline]
    fn walk(
        &mut self,
        matcher: &Matcher,
        forward: &Forward,
        unit: usize,
        cell: Cell<'_>,
        at: usize,
    ) -> Result<(), OutOfStates> {
        let text = &cell.text[at..cell.to];
        if !forward.admits(text, &matcher.neighbours) {
            return Ok(());
        }
        let memory = &mut self.memories[unit][1];
        let after = |end| matcher.not_before(cell.text, end, cell.to);
        collect(
            &forward.walker,
            memory,
            (text, false),
            |len| after(at + len),
            |len, what| {
                self.ends.push(End {
                    at: at + len,
                    unit,
                    what,
                });
            },
        )
    }

    /// Turns the ends of one start into hits: for each classifier the longest that validates.
    fn settle(
        &mut self,
        (matcher, rules): (&Matcher, &[Rule]),
        cell: Cell<'_>,
        at: usize,
        hits: &mut Vec<Hit>,
    ) {
        let mut ends = std::mem::take(&mut self.ends);
        let mut members = std::mem::take(&mut self.members);
        let before = matcher.not_after(cell.text, at, cell.from);
        ends.sort_unstable_by_key(|end| (std::cmp::Reverse(end.at), end.unit));
        for here in ends.chunk_by(|a, b| a.at == b.at) {
            let end = here[0].at;
            let after = matcher.not_before(cell.text, end, cell.to);
            members.clear();
            for what in here {
                let ending = matcher.units[what.unit].ending(&what.what);
                members.extend(ending.filter(|member| member.may_stand(before, after)));
            }
            if here.len() > 1 {
                members.sort_unstable_by_key(|member| (member.rule, member.shape));
            }
            for member in &members {
                self.offer((matcher, rules), cell, (at, end), member, hits);
            }
        }
        (self.ends, self.members) = (ends, members);
    }

    /// Confirms a candidate that is a literal inside.
    fn around(
        &mut self,
        (matcher, rules): (&Matcher, &[Rule]),
        (unit, index): (&Around, usize),
        cell: Cell<'_>,
        at: usize,
        hits: &mut Vec<Hit>,
    ) -> Result<(), OutOfStates> {
        let mut ends = std::mem::take(&mut self.starts);
        ends.clear();
        let [backwards, forwards] = &mut self.memories[index];
        let end = |at, what| End {
            at,
            unit: index,
            what,
        };
        let after = |len| matcher.not_before(cell.text, at + len, cell.to);
        collect(
            &unit.behind,
            forwards,
            (&cell.text[at..cell.to], false),
            after,
            |len, what| ends.push(end(len, what)),
        )?;
        let split = ends.len();
        if split > 0 {
            let before = |len| matcher.not_after(cell.text, at - len, cell.from);
            collect(
                &unit.before,
                backwards,
                (&cell.text[cell.from..at], true),
                before,
                |len, what| ends.push(end(len, what)),
            )?;
        }
        let (behind, before) = ends.split_at(split);
        for start in before.iter().rev() {
            let first = at - start.at;
            let not_after = matcher.not_after(cell.text, first, cell.from);
            for end in behind.iter().rev() {
                let last = at + end.at;
                let not_before = matcher.not_before(cell.text, last, cell.to);
                for pattern in unit.behind.patterns(&end.what) {
                    let member = &unit.members[usize::from(*pattern)];
                    if member.may_stand(not_after, not_before)
                        && unit.before.patterns(&start.what).contains(pattern)
                    {
                        self.offer((matcher, rules), cell, (first, last), member, hits);
                    }
                }
            }
        }
        self.starts = ends;
        Ok(())
    }

    /// Takes `text[start..end]` as a match if nothing speaks against it.
    #[inline]
    fn offer(
        &mut self,
        (matcher, rules): (&Matcher, &[Rule]),
        cell: Cell<'_>,
        (start, end): (usize, usize),
        member: &Member,
        hits: &mut Vec<Hit>,
    ) {
        let index = usize::from(member.rule);
        let rule = &rules[index];
        let ordered = matcher.ordered[index];
        if (ordered && start < self.resume[index])
            || end - start > rule.max_len as usize
            || !rule.is_valid(member.shape, &cell.text[start..end])
        {
            return;
        }
        let hit = Hit {
            cell: cell.index,
            start: (start - cell.from) as u32,
            end: (end - cell.from) as u32,
            classifier: member.rule,
            shape: member.shape,
        };
        if ordered {
            self.resume[index] = end;
            insert(hits, hit);
        } else {
            self.loose.push(hit);
        }
    }
}

/// Walks after which determinising all of an automaton is worth the time.
const OFTEN: u32 = 5_000;

/// Calls `found` wherever patterns may end on a walk over `text`, backwards if wanted: with the number of bytes read and the
/// patterns. `border` says for a number of bytes which boundary sets hold the byte that follows.
#[inline(always)]
fn collect(
    walker: &Walker,
    memory: &mut Option<Memory>,
    (text, backwards): (&[u8], bool),
    border: impl Fn(usize) -> u32,
    mut found: impl FnMut(usize, Ending),
) -> Result<(), OutOfStates> {
    if let Some(side) = walker.ready() {
        let accepted = |len, accept| {
            if side.may_end(accept, border(len)) {
                found(len, Ending::Set(accept));
            }
        };
        if backwards {
            side.automaton.walk_back(text, accepted);
        } else {
            side.automaton.walk(text, accepted);
        }
        return Ok(());
    }
    let memory = match memory {
        Some(memory) => memory,
        none => none.insert(walker.lazy().memory()?),
    };
    memory.walks = memory.walks.saturating_add(1);
    if memory.walks == OFTEN {
        walker.determinise();
    }
    let accepted = |len, pattern| {
        if walker.may_end(pattern, border(len)) {
            found(len, Ending::One(pattern));
        }
    };
    match backwards {
        true => walker.lazy().walk(memory, text.iter().rev(), accepted),
        false => walker.lazy().walk(memory, text.iter(), accepted),
    }
}

/// Adds a hit where it belongs, which is at the end or not far from it.
#[inline]
fn insert(hits: &mut Vec<Hit>, hit: Hit) {
    let after = hits
        .iter()
        .rev()
        .take_while(|other| other.place() > hit.place())
        .count();
    hits.insert(hits.len() - after, hit);
}

/// Keeps, for each classifier, the leftmost of overlapping hits, the longest at each start, of equal ones the likeliest form.
fn leftmost(hits: &mut Vec<Hit>) {
    hits.sort_unstable_by_key(|hit| {
        (
            hit.cell,
            hit.classifier,
            hit.start,
            std::cmp::Reverse(hit.end),
            hit.shape,
        )
    });
    let mut resume = (0, 0, 0);
    hits.retain(|hit| {
        let here = (hit.cell, hit.classifier);
        let free = here != (resume.0, resume.1) || hit.start >= resume.2;
        if free {
            resume = (hit.cell, hit.classifier, hit.end);
        }
        free
    });
}
