//! The fuzzer: hands what libFuzzer thinks of to the target named in `FUZZ_TARGET`. `fuzz/run` builds and starts it.
#![no_main]

use std::sync::LazyLock;

mod targets;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    targets::find(&name).unwrap_or_else(|| panic!("FUZZ_TARGET is none of {:?}", targets::names()))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
