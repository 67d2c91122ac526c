//! All finders on the same blocks: wider ones may let more through, never less.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::classify::program::Program;
use crate::classify::registry;

/// Deriving the gate takes longer than any test of it.
static PROGRAM: LazyLock<Program> =
    LazyLock::new(|| Program::compile(registry::built_in().unwrap()).unwrap());

fn candidates(finder: &mut dyn Find, text: &[u8], borders: &[usize]) -> Vec<(usize, bool)> {
    let mut out = Vec::new();
    for from in (0..text.len()).step_by(BLOCK) {
        let len = BLOCK.min(text.len() - from);
        let mut fresh = [0; BLOCK];
        let inside = borders
            .iter()
            .filter_map(|at| at.checked_sub(from))
            .filter(|at| *at < len);
        inside.for_each(|at| fresh[at] = u8::MAX);
        let mut found = Vec::new();
        let block = Block {
            text,
            from,
            len,
            fresh: &fresh,
        };
        finder.find(&block, &mut found);
        out.extend(found.iter().map(|c| (from + c.at as usize, c.words)));
    }
    out
}

/// Every finder finds what the one byte at a time finds, in order.
fn compare(text: &[u8], borders: &[usize]) {
    let gate = &PROGRAM.matcher().gate;
    let portable = candidates(open(gate, Backend::Portable).as_mut(), text, borders);
    for backend in Backend::ALL
        .into_iter()
        .filter(|backend| backend.missing().is_none())
    {
        let found = candidates(open(gate, backend).as_mut(), text, borders);
        assert!(found.is_sorted_by(|a, b| a.0 < b.0), "{backend:?}");
        for (at, words) in &portable {
            let same = found
                .binary_search_by_key(at, |(at, _)| *at)
                .map(|index| found[index].1);
            // What passed as more than a word must not come to pass as a word alone.
            assert!(same.is_ok_and(|only| *words || !only), "{backend:?} at {at}");
        }
    }
}

#[test]
fn lengths_around_every_width_agree() {
    let line = b"ana@lumen.pt 4111 1111 1111 1111 536-90-4399 secret=Zx81kqpPw02mVbnQ +44 20 7946 0958; ";
    let text: Vec<u8> = line.iter().copied().cycle().take(2 * BLOCK + 200).collect();
    let lengths = (0..200)
        .chain(BLOCK - 70..BLOCK + 70)
        .chain([2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1]);
    for len in lengths {
        compare(&text[len % 7..len % 7 + len], &[0, len / 2, len / 3]);
    }
}

proptest! {
    #[test]
    fn any_bytes_and_borders_agree(
        text in prop::collection::vec(prop_oneof![Just(b'1'), Just(b'-'), Just(b' '), Just(b'@'), any::<u8>()], 0..700),
        borders in prop::collection::vec(0usize..700, 0..20),
    ) {
        compare(&text, &borders);
    }
}
