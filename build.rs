//! Lists `classifiers/*.toml` for embedding, so that a new classifier is one new file and nothing else, and packs the list
//! of names into a table.

use std::path::Path;

#[path = "src/classify/validate/name/slots.rs"]
mod slots;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let list = fs::read_to_string(Path::new(&root).join("classifiers/lists/names.txt"))?;
    fs::write(Path::new(&out).join("names.bin"), slots::pack(&list))?;
    classifiers(&root, &out)
}

fn classifiers(root: &str, out: &str) -> io::Result<()> {
    println!("cargo::rerun-if-changed=classifiers");
    let mut files: Vec<_> = fs::read_dir(Path::new(root).join("classifiers"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    files.sort();
    let lines: Vec<String> = files
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().display().to_string();
            format!("({name:?}, include_str!({:?})),", path.display().to_string())
        })
        .collect();
    let code = format!(
        "/// Every built-in classifier file: name and text.\nstatic FILES: &[(&str, &str)] = &[\n{}\n];\n",
        lines.join("\n")
    );
    fs::write(Path::new(out).join("classifiers.rs"), code)
}
