//! Classifier files: whatever a rule file holds, it is refused with a reason or it runs.

use lakewarden::classify::scan::{Backend, open};
use lakewarden::classify::{Program, registry};
use lakewarden::model::cells::Cells;

/// A text with something of every shape in it.
const TEXT: &[u8] = b"ana.silva@lumenbank.pt 4111 1111 1111 1111, 126-16-4489; key=AKIAQ3EGRWTL5UXDYN2M\n2001:db8::1 aaaa____----\x00\xff";

/// A classifier file.
pub(crate) fn file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(classifier) = registry::parse("fuzzed.toml", text) else {
        return;
    };
    let problems = registry::check::check(std::slice::from_ref(&classifier));
    match Program::compile(vec![classifier]) {
        Err(error) => assert!(
            !problems.is_empty(),
            "check passes what does not compile: {error}"
        ),
        Ok(program) => {
            let mut expected = None;
            for backend in Backend::ALL
                .into_iter()
                .filter(|backend| backend.missing().is_none())
            {
                let mut engine = open(&program, backend).expect("one classifier that compiles can be run");
                let mut hits = Vec::new();
                engine
                    .scan(&Cells::one(TEXT.to_vec()), &mut hits)
                    .expect("a short text is scanned");
                let found = expected.get_or_insert_with(|| hits.clone());
                assert_eq!(*found, hits, "{} finds other matches", backend.as_str());
                assert!(
                    hits.iter()
                        .all(|hit| hit.start < hit.end && hit.end as usize <= TEXT.len())
                );
            }
        }
    }
}
