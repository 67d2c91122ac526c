//! Features are promises: what a build without them pulls in.

use std::process::Command;

/// Crates that a library user on Arrow arrays never asked for.
const UNWANTED: &[&str] = &[
    "tokio",
    "hyper",
    "reqwest",
    "object_store",
    "aws-config",
    "aws-sigv4",
    "rustls",
    "clap",
    "indicatif",
    "parquet",
    "rusqlite",
    "zstd",
    "rayon",
    "openssl-sys",
    "native-tls",
];

fn tree(arguments: &[&str]) -> String {
    let out = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--offline",
            "--locked",
        ])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap()
}

fn crates(tree: &str) -> Vec<&str> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

#[test]
fn without_features_there_is_no_runtime_no_sdk_no_command_line() {
    let tree = tree(&["--no-default-features"]);
    let crates = crates(&tree);
    assert!(
        crates.contains(&"arrow") && crates.contains(&"regex-automata"),
        "{tree}"
    );
    let found: Vec<_> = UNWANTED.iter().filter(|name| crates.contains(name)).collect();
    assert!(found.is_empty(), "pulled in: {found:?}");
}

#[test]
fn the_whole_build_has_one_kind_of_tls() {
    let tree = tree(&[]);
    let crates = crates(&tree);
    assert!(crates.contains(&"rustls"), "{tree}");
    assert!(!crates.contains(&"openssl-sys") && !crates.contains(&"native-tls"));
}
