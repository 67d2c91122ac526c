//! Scanners: every engine finds what the reference finds, and neither layout nor cuts change it.

use std::cell::RefCell;
use std::sync::LazyLock;

use lakewarden::arrow::array::BinaryViewArray;
use lakewarden::arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use lakewarden::classify::scan::{Backend, Hit, Scanner, open};
use lakewarden::classify::{Program, registry};
use lakewarden::model::cells::Cells;

use super::lot;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
    let classifiers = registry::built_in().expect("the built-in files are classifiers");
    Program::compile(classifiers).expect("the built-in classifiers compile")
});

thread_local! {
    /// Every engine that runs here, the reference first.
    static ENGINES: RefCell<Vec<Box<dyn Scanner>>> = RefCell::new(engines());
}

fn engines() -> Vec<Box<dyn Scanner>> {
    let able = Backend::ALL
        .into_iter()
        .filter(|backend| backend.missing().is_none());
    able.map(|backend| open(&PROGRAM, backend).expect("the built-in classifiers can be run"))
        .collect()
}

/// Any text: as one cell, as cells of several layouts, and cut in two with the neighbours' bytes around, by every engine.
pub(crate) fn text(data: &[u8]) {
    ENGINES.with_borrow_mut(|engines| {
        let whole = hits(&mut *engines[0], &Cells::one(data.to_vec()));
        ordered(&whole, data);
        let cells = cells(data);
        let lines = hits(&mut *engines[0], &cells[0]);
        for engine in engines {
            let name = engine.backend().as_str();
            assert_eq!(
                hits(&mut **engine, &Cells::one(data.to_vec())),
                whole,
                "{name} finds other matches"
            );
            assert_eq!(
                cut(&mut **engine, data),
                whole,
                "{name}: a cut changes what is found"
            );
            for layout in &cells {
                assert_eq!(
                    hits(&mut **engine, layout),
                    lines,
                    "{name}: the layout changes what is found"
                );
            }
        }
    });
}

fn hits(scanner: &mut dyn Scanner, cells: &Cells) -> Vec<Hit> {
    let mut hits = Vec::new();
    scanner
        .scan(cells, &mut hits)
        .expect("cells of a fuzzer's size are scanned");
    hits
}

/// Hits are inside their cell, ordered, and those of one classifier do not overlap.
fn ordered(hits: &[Hit], text: &[u8]) {
    assert!(
        hits.iter()
            .all(|hit| hit.start < hit.end && hit.end as usize <= text.len())
    );
    assert!(hits.is_sorted_by_key(|hit| (hit.cell, hit.start, hit.classifier)));
    let mut by_classifier = hits.to_vec();
    by_classifier.sort_by_key(|hit| (hit.classifier, hit.start));
    let apart = |pair: &[Hit]| pair[0].classifier != pair[1].classifier || pair[0].end <= pair[1].start;
    assert!(
        by_classifier.windows(2).all(apart),
        "matches of one classifier overlap"
    );
}

/// The text as two pieces that overlap as a scan's pieces do, each giving the hits that start in it.
fn cut(scanner: &mut dyn Scanner, text: &[u8]) -> Vec<Hit> {
    let overlap = PROGRAM.overlap();
    let middle = lot(text) as usize % (text.len() + 1);
    let left = hits(
        scanner,
        &Cells::one(text[..text.len().min(middle + overlap)].to_vec()),
    );
    let from = middle.saturating_sub(overlap);
    let right = hits(scanner, &Cells::one(text[from..].to_vec()));
    let left = left.into_iter().filter(|hit| (hit.start as usize) < middle);
    let right = right.into_iter().map(|hit| Hit {
        start: hit.start + from as u32,
        end: hit.end + from as u32,
        value: hit.value + from as u32,
        ..hit
    });
    let mut all: Vec<Hit> = left
        .chain(right.filter(|hit| hit.start as usize >= middle))
        .collect();
    all.sort_by_key(|hit| (hit.start, hit.classifier));
    all
}

/// The lines of the text as cells of each layout.
fn cells(text: &[u8]) -> [Cells; 4] {
    let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
    let mut ends = vec![0i64];
    ends.extend(lines.iter().scan(0, |end, line| {
        *end += line.len() as i64;
        Some(*end)
    }));
    let values = Buffer::from(lines.concat());
    let narrow: Vec<i32> = ends.iter().map(|end| *end as i32).collect();
    let view = || Cells::View(BinaryViewArray::from_iter_values(lines.iter()));
    [
        Cells::Offsets64 {
            offsets: OffsetBuffer::new(ScalarBuffer::from(ends)),
            values: values.clone(),
        },
        Cells::Offsets32 {
            offsets: OffsetBuffer::new(ScalarBuffer::from(narrow)),
            values,
        },
        view(),
        Cells::Dict {
            keys: ScalarBuffer::from(vec![0; 3]),
            values: Box::new(view()),
        },
    ]
}
