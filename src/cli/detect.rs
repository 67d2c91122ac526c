//! `detect`: text from a file or a pipe.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter};
use std::path::Path;

use super::commands::{Detect, Global, InputFormat};
use super::exit::Exit;
use super::{Failure, Outcome, run, screen};
use crate::engine::detect::{self, Input, Options};

/// Bad lines that are named one by one.
const NAMED: usize = 20;

pub(super) fn run(global: &Global, asked: &Detect) -> Outcome {
    let loaded = asked.options.load(global, &[])?;
    let chosen = &loaded.config.classifiers;
    let mut worker = crate::engine::worker(&loaded.config).map_err(run::failure)?;
    let options = Options {
        input: match asked.input {
            InputFormat::Text => Input::Text { id: id(&asked.file) },
            InputFormat::Jsonl => Input::Jsonl,
        },
        least: chosen.min_confidence,
        overlaps: asked.overlaps.into(),
        offsets: asked.offsets.into(),
        redact: asked.redact,
    };
    let mut input = open(&asked.file)?;
    if asked.input == InputFormat::Text {
        input = whole(global, input, asked)?;
    }
    let mut output = BufWriter::new(io::stdout().lock());
    let done = detect::detect(&mut worker, &options, &mut input, &mut output)
        .map_err(|error| Failure::broken(format!("failed to detect in {}: {error}", asked.file.display())))?;
    name_bad_lines(&done.bad);
    Ok(Exit::Fine)
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The record's id: the file's name.
fn id(file: &Path) -> String {
    match file.file_name() {
        Some(name) if !is_stdin(file) => name.to_string_lossy().into_owned(),
        _ => "-".to_owned(),
    }
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if is_stdin(file) {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = File::open(file).and_then(|opened| match opened.metadata()?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(opened),
    });
    match opened {
        Ok(opened) => Ok(Box::new(BufReader::with_capacity(1 << 16, opened))),
        Err(error) => Err(Failure::usage(format!(
            "failed to open {}: {error}",
            file.display()
        ))),
    }
}

/// All of a text as UTF-8. What is no text would seem to hold nothing, and would be passed on as it is by `--redact`.
fn whole(global: &Global, mut input: Box<dyn BufRead>, asked: &Detect) -> Result<Box<dyn BufRead>, Failure> {
    let name = asked.file.display();
    let mut bytes = Vec::new();
    (input.read_to_end(&mut bytes))
        .map_err(|error| Failure::broken(format!("failed to read {name}: {error}")))?;
    let (text, was) = detect::whole_text(bytes).ok_or_else(|| {
        let why = "`lakewarden scan` reads compressed files and tables";
        Failure::usage(format!("{name} is no text: {why}"))
    })?;
    let remark = match (was, std::str::from_utf8(&text)) {
        (Some(was), _) => Some(format!(
            "{name} is {was}: it is read as UTF-8, and offsets count that"
        )),
        (None, Err(_)) => Some(format!(
            "{name} is not all UTF-8: what is not is read as U+FFFD, of three bytes, and offsets count those"
        )),
        (None, Ok(_)) => None,
    };
    if let Some(remark) = remark.filter(|_| !global.quiet) {
        screen::say(&remark);
    }
    Ok(Box::new(io::Cursor::new(text)))
}

fn name_bad_lines(bad: &[(u64, &'static str)]) {
    for (number, why) in bad.iter().take(NAMED) {
        screen::say(&format!("line {number}: left out, {why}"));
    }
    if bad.len() > NAMED {
        screen::say(&format!("and {} more lines were left out", bad.len() - NAMED));
    }
}
