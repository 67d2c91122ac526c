//! Committed files that a test compares with what the program makes now. `LAKEWARDEN_BLESS=1` rewrites them.

use std::path::Path;

/// Compares `made` with the committed file, a path below the crate's root.
pub(crate) fn check(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("LAKEWARDEN_BLESS").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, made).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    if committed == made {
        return;
    }
    let differs = committed.lines().zip(made.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or_else(|| committed.lines().count().min(made.lines().count()));
    let show = |text: &str| text.lines().nth(line).unwrap_or("(ends here)").to_owned();
    panic!(
        "{path} differs from what is made now in line {}:\n  committed: {}\n  made now:  {}\nLAKEWARDEN_BLESS=1 rewrites it",
        line + 1,
        show(&committed),
        show(made)
    );
}
