//! Keeps the stores of a page within a number of bytes: the least urgent give up their details first, then their place.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::risk::Level;

/// Most urgent first.
pub(super) type Order = (Reverse<(Level, Level, u8)>, String);

/// A store on its way to the page, as the insides of JSON objects.
pub(super) struct Entry {
    pub(super) order: Order,
    /// What the page needs for its lists.
    pub(super) base: String,
    /// Tables and objects.
    pub(super) detail: Option<String>,
}

/// The stores that the page has room for.
pub(super) struct Budget {
    room: usize,
    used: usize,
    omitted: u64,
    /// By urgency, with the place in the order pushed.
    entries: BTreeMap<Order, (u64, String)>,
    details: BTreeMap<Order, String>,
    pushed: u64,
}

impl Budget {
    pub(super) fn new(room: usize) -> Self {
        Self {
            room,
            used: 0,
            omitted: 0,
            entries: BTreeMap::new(),
            details: BTreeMap::new(),
            pushed: 0,
        }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.used += entry.base.len() + entry.detail.as_ref().map_or(0, String::len);
        if let Some(detail) = entry.detail {
            self.details.insert(entry.order.clone(), detail);
        }
        self.entries.insert(entry.order, (self.pushed, entry.base));
        self.pushed += 1;
        while self.used > self.room && self.give_up() {}
    }

    /// Lets go of the least urgent thing; `false` when nothing is left.
    fn give_up(&mut self) -> bool {
        if let Some((_, detail)) = self.details.pop_last() {
            self.used -= detail.len();
            return true;
        }
        let Some((_, (_, base))) = self.entries.pop_last() else {
            return false;
        };
        self.used -= base.len();
        self.omitted += 1;
        true
    }

    /// How many stores have no place.
    pub(super) fn omitted(&self) -> u64 {
        self.omitted
    }

    /// The stores as JSON objects, in the order pushed.
    pub(super) fn entries(&self) -> impl Iterator<Item = String> {
        let mut in_order: Vec<_> = self.entries.iter().collect();
        in_order.sort_by_key(|(_, (place, _))| *place);
        in_order
            .into_iter()
            .map(|(order, (_, base))| match self.details.get(order) {
                Some(detail) => format!("{{{base},{detail}}}"),
                None => format!("{{{base}}}"),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(level: Level, uri: &str) -> Entry {
        let order = (Reverse((level, level, 0)), uri.to_owned());
        Entry {
            order,
            base: format!("\"uri\":\"{uri}\""),
            detail: Some("\"tables\":[0]".to_owned()),
        }
    }

    fn page(room: usize) -> (Vec<String>, u64) {
        let mut budget = Budget::new(room);
        budget.push(entry(Level::Low, "a"));
        budget.push(entry(Level::Critical, "b"));
        budget.push(entry(Level::None, "c"));
        (budget.entries().collect(), budget.omitted())
    }

    #[test]
    fn details_go_first_then_stores_least_urgent_first() {
        let full = [
            "{\"uri\":\"a\",\"tables\":[0]}",
            "{\"uri\":\"b\",\"tables\":[0]}",
            "{\"uri\":\"c\",\"tables\":[0]}",
        ];
        assert_eq!(page(1000), (full.map(str::to_owned).to_vec(), 0));
        let tight = [
            "{\"uri\":\"a\"}",
            "{\"uri\":\"b\",\"tables\":[0]}",
            "{\"uri\":\"c\"}",
        ];
        assert_eq!(page(40), (tight.map(str::to_owned).to_vec(), 0));
        assert_eq!(
            page(20),
            (
                vec!["{\"uri\":\"a\"}".to_owned(), "{\"uri\":\"b\"}".to_owned()],
                1
            )
        );
        assert_eq!(page(0).1, 3);
    }
}
