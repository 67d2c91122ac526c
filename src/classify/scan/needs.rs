//! What a valid match needs beside it to count: exact, and the same for every engine.

use crate::classify::program::{Keywords, Nearby, Needs, Rule};

/// Whether a value is all that its cell holds, spaces aside.
pub(in crate::classify) fn is_alone(cell: &[u8], value: usize) -> bool {
    cell.len() >= value && cell.trim_ascii().len() == value
}

/// Looks around matches, cell by cell.
#[derive(Default)]
pub(super) struct Surroundings(Nearby);

impl Surroundings {
    /// Begins another cell.
    pub(super) fn reset(&mut self) {
        self.0.reset();
    }

    /// Whether a match of a form of `rule`, the classifier `index`, has in its cell what it needs.
    pub(super) fn suffice(
        &mut self,
        keywords: &Keywords,
        (rule, index, shape): (&Rule, u16, u16),
        cell: &[u8],
        (start, end): (usize, usize),
    ) -> bool {
        let needs = rule.shapes[usize::from(shape)].needs;
        if needs == Needs::Nothing {
            return true;
        }
        let value = rule.value(shape, &cell[start..end]).len();
        let place = (end - value, end);
        is_alone(cell, value)
            || needs == Needs::Keyword && self.0.holds(keywords, cell, place, rule.window as usize, index)
    }
}
