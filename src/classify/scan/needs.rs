//! What a valid match needs beside it to count: exact, and the same for every engine.

use crate::classify::program::{Keywords, NEAR, Nearby, Needs, Rule};

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

    /// Whether a value that `rule`, the classifier `index`, found has in its cell what it needs.
    pub(super) fn suffice(
        &mut self,
        keywords: &Keywords,
        (rule, index, needs): (&Rule, u16, Needs),
        cell: &[u8],
        value: (usize, usize),
    ) -> bool {
        let window = rule.window as usize;
        let reach = NEAR[1].max(window + rule.max_len as usize);
        match needs {
            Needs::Nothing => true,
            _ if is_alone(cell, value.1 - value.0) => true,
            Needs::Keyword => (self.0).holds_from(keywords, cell, value, (window, reach), index),
            Needs::Column => false,
        }
    }
}
