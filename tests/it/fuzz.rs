//! What fuzzing found before, run again: every input under `fuzz/seeds` and `fuzz/regressions` through its target.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;

#[test]
fn every_kept_input_keeps_the_promises() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut inputs = 0;
    for name in targets::names() {
        let target = targets::find(name).unwrap();
        target(b"");
        for folder in ["seeds", "regressions"] {
            let Ok(entries) = fs::read_dir(fuzz.join(folder).join(name)) else {
                continue;
            };
            for entry in entries {
                target(&fs::read(entry.unwrap().path()).unwrap());
                inputs += 1;
            }
        }
    }
    assert!(inputs > 0, "no input was run");
}
