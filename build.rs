//! Lists `classifiers/*.toml` for embedding, so that a new classifier is one new file and nothing else, and packs the list
//! of names into a table.

use std::path::Path;
use std::{env, fs, io};

#[path = "src/classify/validate/name/slots.rs"]
mod slots;

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let list = fs::read_to_string(Path::new(&root).join("classifiers/lists/names.txt"))?;
    fs::write(Path::new(&out).join("names.bin"), pack(&list))?;
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

/// Packs the list: `[given surname ordinary]` heads, each followed by the words of that class.
fn pack(list: &str) -> Vec<u8> {
    let mut slots = vec![0u32; slots::SLOTS];
    let mut class = 0;
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('[') {
            Some(head) => class = read_class(head),
            None => line.split(' ').filter(|word| !word.is_empty()).for_each(|word| {
                let (mut at, tag) = slots::place(word.as_bytes());
                while slots[at] != 0 {
                    at = (at + 1) % slots::SLOTS;
                }
                slots[at] = tag | class;
            }),
        }
    }
    slots.iter().flat_map(|slot| slot.to_le_bytes()).collect()
}

/// `given surname ordinary]`, one digit each → bits 0–1, 2–3, 4–5.
fn read_class(head: &str) -> u32 {
    let digits = head.bytes().filter(u8::is_ascii_digit).enumerate();
    digits
        .map(|(index, digit)| u32::from(digit - b'0') << (2 * index))
        .sum()
}
