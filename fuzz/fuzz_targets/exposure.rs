//! Any bytes as a bucket policy, as a facts file, and as configuration items.

#![no_main]

#[path = "../src/targets/exposure.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::all(data));
