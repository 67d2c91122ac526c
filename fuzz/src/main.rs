//! The fuzzer: hands what libFuzzer thinks of to the target named in `FUZZ_TARGET`. `fuzz/run` builds and starts it.
#![no_main]

use std::sync::LazyLock;

mod targets;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let_others_panic();
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    targets::find(&name).unwrap_or_else(|| panic!("FUZZ_TARGET is none of {:?}", targets::names()))
});

/// Decoders of other crates may panic over hostile bytes: that is caught, and the chunk is corrupt. libFuzzer's own hook would
/// end the process before. One that nobody catches still does, and any in our own code.
fn let_others_panic() {
    let inherited = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let foreign = |file: &str| file.contains("/registry/") || file.starts_with("/rustc/");
        if !info.location().is_some_and(|at| foreign(at.file())) {
            inherited(info);
        }
    }));
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
