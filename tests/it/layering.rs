//! The shape of the code: stages never import each other. Each file's `crate::` paths are read and held against the
//! table of who may use what.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Module → what of ours it may use, itself aside.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("source", &["model"]),
    ("decode", &["model"]),
    ("classify", &["model"]),
    ("aggregate", &["model"]),
    ("exposure", &["model"]),
    ("report", &["model"]),
    (
        "engine",
        &[
            "model",
            "config",
            "source",
            "decode",
            "classify",
            "aggregate",
            "exposure",
            "report",
        ],
    ),
    ("cli", &["engine", "config", "model"]),
];

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            out.push(path);
        }
    }
}

/// The top-level modules that a file's code names through `crate::…`, comments aside.
fn used(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let word = |rest: &str| {
        rest.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(list.split(',').map(|item| word(item.trim_start())));
            }
            None => {
                found.insert(word(rest));
            }
        }
    }
    found.retain(|name| MAY_USE.iter().any(|(module, _)| module == name));
    found
}

#[test]
fn stages_never_import_each_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (module, allowed) in MAY_USE {
        let mut files = Vec::new();
        rust_files(&src.join(module), &mut files);
        seen += files.len();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for name in used(&text)
                .into_iter()
                .filter(|name| name != module && !allowed.contains(&name.as_str()))
            {
                wrong.push(format!(
                    "{}: {module} may not use {name}",
                    file.strip_prefix(&src).unwrap().display()
                ));
            }
        }
    }
    assert!(seen > 50, "only {seen} files were looked at");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_top_level_module_has_its_line_in_the_table() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for module in declared {
        assert!(
            MAY_USE.iter().any(|(known, _)| *known == module),
            "{module} is in no line of the table"
        );
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let silent: Vec<_> = files
        .iter()
        .filter(|f| !fs::read_to_string(f).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no `//!` header: {silent:?}");
}

#[test]
fn imports_are_found_in_all_their_forms() {
    let text = "use crate::model::id;\nuse crate::{decode::X, source};\n// crate::report\nlet x = crate::classify::y();";
    let found: Vec<String> = used(text).into_iter().collect();
    assert_eq!(found, ["classify", "decode", "model", "source"]);
}
