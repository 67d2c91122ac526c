//! The `lakewarden` binary.

fn main() {}
