//! Joining what is alike: again and again the two that cost least together become one.

/// What can be joined. The default is what is left of one that was.
pub(super) trait Join: Default {
    /// What both cost together more than apart; infinite for what was joined already or must stay apart.
    fn cost_with(&self, other: &Self) -> f64;

    /// Takes the other in.
    fn join(&mut self, other: Self);
}

/// Things being joined.
pub(super) struct Joining<T> {
    open: Vec<T>,
    count: usize,
    /// For each, what joining it with each of those before it would cost.
    costs: Vec<Vec<f64>>,
    /// For each, its best partner among those before it.
    best: Vec<Option<(f64, usize)>>,
}

/// Two that can be joined.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// What they cost together more than apart.
    pub(super) cost: f64,
    into: usize,
    from: usize,
}

impl<T: Join> Joining<T> {
    pub(super) fn of(open: Vec<T>) -> Self {
        let costs = (0..open.len())
            .map(|a| (0..a).map(|b| open[a].cost_with(&open[b])).collect())
            .collect();
        let mut joining = Self {
            best: vec![None; open.len()],
            count: open.len(),
            open,
            costs,
        };
        (0..joining.open.len()).for_each(|one| joining.choose(one));
        joining
    }

    /// How many are left.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// All, with the defaults that are left of those that were joined.
    pub(super) fn open(&self) -> &[T] {
        &self.open
    }

    /// All, as [`Joining::open`] shows them.
    pub(super) fn into_open(self) -> Vec<T> {
        self.open
    }

    /// The two to join next.
    pub(super) fn cheapest(&self) -> Option<Pair> {
        let best = self.best.iter().enumerate();
        let pairs = best.filter_map(|(from, best)| best.map(|(cost, into)| Pair { cost, into, from }));
        pairs.min_by(|a, b| a.cost.total_cmp(&b.cost))
    }

    /// Joins two.
    pub(super) fn join(&mut self, pair: Pair) {
        let gone = std::mem::take(&mut self.open[pair.from]);
        self.open[pair.into].join(gone);
        self.count -= 1;
        for other in 0..self.open.len() {
            for changed in [pair.into, pair.from] {
                if other != changed {
                    self.costs[other.max(changed)][other.min(changed)] =
                        self.open[other].cost_with(&self.open[changed]);
                }
            }
        }
        (0..self.open.len()).for_each(|one| self.choose_again(one, pair));
    }

    /// Chooses a partner again after a pair was joined; for most nothing has changed.
    fn choose_again(&mut self, one: usize, pair: Pair) {
        let changed = |partner| partner == pair.into || partner == pair.from;
        match self.best[one] {
            Some((cost, partner)) if !changed(one) && !changed(partner) => {
                let offered = self.costs[one].get(pair.into).map(|cost| (*cost, pair.into));
                self.best[one] = offered
                    .filter(|offered| *offered < (cost, partner))
                    .or(self.best[one]);
            }
            // Joined already, or without partners: larger ones will not suit it better.
            None if !changed(one) => {}
            _ => self.choose(one),
        }
    }

    fn choose(&mut self, one: usize) {
        let partners = self.costs[one].iter().enumerate();
        let best = partners
            .filter(|(_, cost)| cost.is_finite())
            .min_by(|a, b| a.1.total_cmp(b.1));
        self.best[one] = best.map(|(partner, cost)| (*cost, partner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Numbers(Vec<i32>);

    impl Join for Numbers {
        fn cost_with(&self, other: &Self) -> f64 {
            match (self.0.first(), other.0.first()) {
                (Some(a), Some(b)) => f64::from((a - b).abs()),
                _ => f64::INFINITY,
            }
        }

        fn join(&mut self, other: Self) {
            self.0.extend(other.0);
        }
    }

    #[test]
    fn partners_are_chosen_as_if_all_were_looked_at() {
        let numbers = |n: usize| (n * 7919 % 101) as i32;
        let mut joining = Joining::of((0..40).map(|n| Numbers(vec![numbers(n)])).collect());
        while let Some(pair) = joining.cheapest() {
            joining.join(pair);
            let chosen = joining.best.clone();
            (0..joining.open.len()).for_each(|one| joining.choose(one));
            assert_eq!(joining.best, chosen);
        }
        assert_eq!(joining.count(), 1);
    }

    #[test]
    fn the_nearest_are_joined_first_and_none_is_lost() {
        let mut joining = Joining::of([1, 100, 2, 90, 4].map(|n| Numbers(vec![n])).into());
        while let Some(pair) = joining.cheapest().filter(|pair| pair.cost < 50.0) {
            joining.join(pair);
        }
        let left = joining.open().iter().filter(|numbers| !numbers.0.is_empty());
        let left: Vec<Vec<i32>> = left.map(|numbers| numbers.0.clone()).collect();
        assert_eq!(left, [vec![1, 2, 4], vec![100, 90]]);
        assert_eq!(joining.count(), 2);
    }
}
