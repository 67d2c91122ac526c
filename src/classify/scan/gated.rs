//! The gated engines: find candidates block by block, confirm them, leave the rest to the reference engine.

use std::ops::Range;

use super::confirm::{self, Cell, Confirm, Means};
use super::fields::{Borders, Each, Run, for_each_run};
use super::gate::{self, BLOCK, Block, Candidate, Find};
use super::vicinity::{AROUND, MARGIN, Surrounded, Vicinity};
use super::{Backend, Hit, Reference, ScanError, Scanner};
use crate::classify::program::{Classifiers, CompileError, Plans, Program, Seen, opens_number};
use crate::model::cells::Cells;

/// A gated engine with its scratch space.
pub struct Gated {
    program: Program,
    backend: Backend,
    finder: Box<dyn Find>,
    confirm: Confirm,
    /// For classifiers that no gate can be derived for.
    ungated: Option<Reference>,
    candidates: Vec<Candidate>,
    /// For each, the units that have to look at it.
    units: Vec<u64>,
    /// Those that some unit has to look at.
    asked: Vec<confirm::Candidate>,
    /// Whether all candidates are looked at for what makes the next look cheaper.
    first_look: Look,
    /// Whether numbers are looked at by their shapes.
    by_shape: Look,
    seen: Seen,
    plans: Plans,
    /// How many candidates some unit had to look at.
    confirmed: u64,
    /// For each place of a block and around it, 255 where a cell begins and 0 elsewhere.
    fresh: Box<[u8; AROUND]>,
    /// Whether any does.
    parted: bool,
    /// Where some units look only near keywords.
    vicinity: Option<Box<Vicinity>>,
}

impl std::fmt::Debug for Gated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gated")
            .field("program", &self.program)
            .field("backend", &self.backend)
            .finish()
    }
}

impl Gated {
    /// Builds an engine for a program; a backend that cannot run here becomes the portable one.
    ///
    /// # Errors
    ///
    /// The patterns of the classifiers that no gate can be derived for are too large together.
    pub fn new(program: &Program, backend: Backend) -> Result<Self, CompileError> {
        let matcher = program.matcher();
        let ungated = match matcher.ungated.as_slice() {
            [] => None,
            some => Some(Reference::of(program, |index| some.contains(&index))?),
        };
        Ok(Self {
            finder: gate::open(&matcher.gate, backend),
            confirm: Confirm::new(matcher),
            program: program.clone(),
            backend,
            ungated,
            candidates: Vec::with_capacity(BLOCK),
            units: Vec::with_capacity(BLOCK),
            asked: Vec::with_capacity(BLOCK),
            first_look: Look::default(),
            by_shape: Look::default(),
            seen: Seen::default(),
            plans: Plans::default(),
            confirmed: 0,
            fresh: Box::new([0; AROUND]),
            parted: false,
            vicinity: (matcher.always.count_ones() as usize != matcher.units.len())
                .then(|| Box::new(Vicinity::new())),
        })
    }

    /// How many candidates had to be confirmed so far.
    pub(crate) fn candidates(&self) -> u64 {
        self.confirmed
    }

    fn scan_run<B: Borders>(&mut self, run: &Run<'_, B>, idle: Option<&Classifiers>, hits: &mut Vec<Hit>) {
        let from = hits.len();
        self.confirm.begin();
        let planned = self.scan_planned(run, idle, hits);
        self.scan_cells(run, planned..run.borders.cells(), hits);
        self.confirm.finish(hits, from);
    }

    /// Scans cells of which it is known by their shape what they can hold, and those between them, as long as most are such. Gives the
    /// first that was not looked at.
    fn scan_planned<B: Borders>(
        &mut self,
        run: &Run<'_, B>,
        idle: Option<&Classifiers>,
        hits: &mut Vec<Hit>,
    ) -> usize {
        let (mut others, mut next) = (0, 0);
        for cell in 0..run.borders.cells() {
            let (from, to) = (run.borders.at(cell), run.borders.at(cell + 1));
            if from == to {
                continue;
            }
            let Some(plan) = self.plans.find(&self.program, run.text, (from, to)) else {
                others += 1;
                if others > FEW + cell / 4 {
                    break;
                }
                continue;
            };
            self.scan_cells(run, next..cell, hits);
            next = cell + 1;
            let cell = Cell {
                index: run.first + cell as u32,
                text: run.text,
                from,
                to,
            };
            let means = Means::of(&self.program);
            if let Some(plan) = self.plans.at(plan) {
                self.confirm.planned(means, cell, (plan, idle), hits);
            }
        }
        next
    }

    /// Scans cells block by block.
    fn scan_cells<B: Borders>(&mut self, run: &Run<'_, B>, cells: Range<usize>, hits: &mut Vec<Hit>) {
        let (mut cell, mut start) = (cells.start, run.borders.at(cells.start));
        let end = run.borders.at(cells.end);
        while start < end {
            let len = BLOCK.min(end - start);
            self.mark_borders(run, cell, start, len);
            let block = Block {
                text: run.text,
                from: start,
                len,
                fresh: &self.fresh[MARGIN..],
            };
            self.candidates.clear();
            self.finder.find(&block, &mut self.candidates);
            cell = self.confirm_block(run, cell, (start, len), hits);
            start += len;
        }
    }

    /// Marks where cells begin in the block and around it; `cell` is one that begins at or before the block.
    fn mark_borders<B: Borders>(&mut self, run: &Run<'_, B>, mut cell: usize, start: usize, len: usize) {
        let all = AROUND - BLOCK + len;
        if std::mem::take(&mut self.parted) {
            self.fresh.fill(0);
        }
        let at = |cell| run.borders.at(cell) + MARGIN;
        while cell > 0 && at(cell) > start {
            cell -= 1;
        }
        while cell < run.borders.cells() && at(cell) < start + all {
            if let Some(place) = at(cell).checked_sub(start) {
                self.fresh[place] = u8::MAX;
                self.parted = true;
            }
            cell += 1;
        }
    }

    /// Keeps the candidates that some unit has to look at, and finds out which. Nobody can tell which of them these are, so that
    /// no step branches on it.
    fn look_again<B: Borders>(&mut self, run: &Run<'_, B>, mut cell: usize, start: usize) {
        let text = run.text;
        let matcher = self.program.matcher();
        let gate = &matcher.gate;
        let fresh = |candidate: &Candidate| self.fresh[MARGIN + candidate.at as usize] != 0;
        if self.first_look.is_due() {
            let found = self.candidates.len();
            retain(&mut self.candidates, |candidate| {
                let at = start + candidate.at as usize;
                gate.may_begin(text, at, fresh(candidate), candidate.words)
            });
            if found - self.candidates.len() < found / 8 {
                self.first_look.leave_out(15);
            }
        }
        self.units.clear();
        self.units.extend(self.candidates.iter().map(|candidate| {
            let at = start + candidate.at as usize;
            gate.units(text, at, fresh(candidate), candidate.words)
        }));
        drop_unasked(&mut self.candidates, &mut self.units);
        let by_shape = self.by_shape.is_due();
        let (mut numbers, seen) = (0, self.seen.worked_out());
        for (candidate, units) in self.candidates.iter().zip(&mut self.units) {
            let at = start + candidate.at as usize;
            if by_shape && opens_number(text[at]) {
                numbers += 1;
                reach(run.borders, &mut cell, at);
                let cell = (run.borders.at(cell), run.borders.at(cell + 1));
                *units &= (matcher.shapes).units(&matcher.neighbours, &mut self.seen, text, at, cell);
            } else {
                *units = gate.further(text, at, *units);
            }
        }
        // To work a shape out costs more than a number does without.
        if self.seen.worked_out() - seen > NEW_SHAPES + numbers / 4 {
            self.by_shape.leave_out(63);
        }
        drop_unasked(&mut self.candidates, &mut self.units);
    }

    /// Confirms a block's candidates. Gives the cell that the block ends in.
    fn confirm_block<B: Borders>(
        &mut self,
        run: &Run<'_, B>,
        mut cell: usize,
        (start, len): (usize, usize),
        hits: &mut Vec<Hit>,
    ) -> usize {
        self.look_again(run, cell, start);
        if let Some(vicinity) = &mut self.vicinity {
            vicinity.reset();
        }
        let matcher = self.program.matcher();
        let means = Means::of(&self.program);
        self.asked.clear();
        let surrounded = Surrounded {
            text: run.text,
            from: start,
            fresh: &self.fresh,
            parted: self.parted,
        };
        let asked = self.candidates.iter().zip(&self.units);
        for (candidate, units) in asked {
            let at = start + candidate.at as usize;
            reach(run.borders, &mut cell, at);
            let (from, to) = (run.borders.at(cell), run.borders.at(cell + 1));
            let mut units = *units & matcher.room.units(to - at);
            if let Some(vicinity) = &mut self.vicinity
                && units & !matcher.always != 0
                // What a cell begins with may be all that it holds.
                && !run.text[from..at].trim_ascii().is_empty()
            {
                let near = match units & matcher.called {
                    0 => 0,
                    _ => vicinity.at(&matcher.callers, surrounded, candidate.at as usize),
                };
                units &= matcher.always | near;
            }
            if units != 0 {
                self.asked.push(confirm::Candidate {
                    at,
                    units,
                    cell: run.first + cell as u32,
                    from,
                    to,
                });
            }
        }
        self.confirmed += self.asked.len() as u64;
        self.confirm.block(means, run.text, &self.asked, hits);
        reach(run.borders, &mut cell, start + len - 1);
        cell
    }
}

/// Cells without a plan that no run has too many of.
const FEW: usize = 512;
/// Shapes that no block has too many of, though all are new.
const NEW_SHAPES: usize = 256;

/// A look that only saves work. It is left out for some blocks where it saves little.
#[derive(Default)]
struct Look {
    blocks_off: u8,
}

impl Look {
    fn is_due(&mut self) -> bool {
        let due = self.blocks_off == 0;
        self.blocks_off = self.blocks_off.saturating_sub(1);
        due
    }

    fn leave_out(&mut self, blocks: u8) {
        self.blocks_off = blocks;
    }
}

/// Goes on to the cell that holds a place.
#[inline(always)]
fn reach<B: Borders>(borders: &B, cell: &mut usize, at: usize) {
    while borders.at(*cell + 1) <= at {
        *cell += 1;
    }
}

/// Keeps what passes, without a branch on it.
fn retain<T: Copy>(all: &mut Vec<T>, pass: impl Fn(&T) -> bool) {
    let mut kept = 0;
    for index in 0..all.len() {
        let one = all[index];
        all[kept] = one;
        kept += usize::from(pass(&one));
    }
    all.truncate(kept);
}

/// Drops the candidates that no unit has to look at.
fn drop_unasked(candidates: &mut Vec<Candidate>, units: &mut Vec<u64>) {
    let mut kept = 0;
    for index in 0..candidates.len() {
        (candidates[kept], units[kept]) = (candidates[index], units[index]);
        kept += usize::from(units[index] != 0);
    }
    candidates.truncate(kept);
    units.truncate(kept);
}

/// A scan under way.
struct Scan<'a> {
    engine: &'a mut Gated,
    idle: Option<&'a Classifiers>,
    hits: &'a mut Vec<Hit>,
}

impl Each for Scan<'_> {
    type Error = ScanError;

    fn run<B: Borders>(&mut self, run: Run<'_, B>) -> Result<(), ScanError> {
        let engine = self.engine.backend.as_str();
        let longest = (0..run.borders.cells())
            .map(|cell| run.borders.at(cell + 1) - run.borders.at(cell))
            .max();
        if longest.is_some_and(|longest| u32::try_from(longest).is_err()) {
            return Err(ScanError::CellTooLong { engine });
        }
        self.engine.scan_run(&run, self.idle, self.hits);
        Ok(())
    }
}

impl Scanner for Gated {
    fn scan_column(
        &mut self,
        cells: &Cells,
        idle: Option<&Classifiers>,
        hits: &mut Vec<Hit>,
    ) -> Result<(), ScanError> {
        let from = hits.len();
        let engine = &mut *self;
        for_each_run(cells, &mut Scan { engine, idle, hits })?;
        if let Some(reference) = &mut self.ungated {
            reference.scan(cells, hits)?;
            hits[from..].sort_by_key(Hit::place);
        }
        Ok(())
    }

    fn backend(&self) -> Backend {
        self.backend
    }
}
