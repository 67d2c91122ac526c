//! Classes of bytes: what no set tells apart.

use std::collections::HashMap;

use super::bytes::ByteSet;

/// All bytes, each in one class.
pub(super) struct Classes(Vec<ByteSet>);

impl Classes {
    /// Splits the bytes by the sets that hold them, the commonest first; what is told apart by rare sets alone may stay
    /// together where there would be more than `most` classes.
    pub(super) fn of(sets: impl Iterator<Item = ByteSet>, most: usize) -> Self {
        let mut count: HashMap<ByteSet, usize> = HashMap::new();
        sets.for_each(|set| *count.entry(set).or_default() += 1);
        let mut sets: Vec<_> = count.into_iter().collect();
        sets.sort_unstable_by_key(|(set, count)| (std::cmp::Reverse(*count), *set));
        let mut classes = vec![ByteSet::ANY];
        for (set, _) in sets {
            for index in 0..classes.len() {
                let (within, without) = (classes[index] & set, classes[index] & !set);
                if !within.is_empty() && !without.is_empty() && classes.len() < most {
                    classes[index] = within;
                    classes.push(without);
                }
            }
        }
        Self(classes)
    }

    /// The classes that hold a byte of a set.
    pub(super) fn holding(&self, set: ByteSet) -> impl Iterator<Item = usize> {
        let all = self.0.iter().enumerate();
        all.filter_map(move |(index, class)| (!(*class & set).is_empty()).then_some(index))
    }

    /// What each byte's class is worth.
    pub(super) fn table<T: Copy + Default>(&self, worth: impl Fn(usize) -> T) -> [T; 256] {
        let mut table = [T::default(); 256];
        for (index, class) in self.0.iter().enumerate() {
            class
                .iter()
                .for_each(|byte| table[usize::from(byte)] = worth(index));
        }
        table
    }
}
