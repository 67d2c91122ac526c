//! Config → plan: everything that can be wrong with what was asked is found here, before anything is done.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::EngineError;
use super::filter::Filter;
use super::suppress::Suppressions;
use crate::classify::registry::{self, Classifier, Exceptions};
use crate::classify::scan::Backend;
use crate::classify::{Keyed, Program};
use crate::config::{self, Config};
use crate::decode;
use crate::model::facts::Facts;
use crate::model::id::hex;
use crate::model::spelling::nearest;
use crate::report;
use crate::source::Location;

/// A run that can begin; valid because it exists.
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) program: Program,
    pub(super) suppressions: Suppressions,
    pub(super) keyed: Keyed,
    pub(super) locations: Vec<Location>,
    pub(super) filter: Filter,
    pub(super) facts: Option<FactsFile>,
    pub(super) outputs: Vec<(&'static report::Format, Option<PathBuf>)>,
    pub(super) backend: Backend,
}

/// A facts file that was read.
pub(super) struct FactsFile {
    pub(super) facts: Facts,
    /// The folder that its paths are relative to.
    pub(super) base: PathBuf,
    pub(super) sha256: String,
}

impl Plan {
    /// Checks everything. `read`: files that the run reads, which no output may replace.
    pub(super) fn new(config: &Config, read: &[PathBuf]) -> Result<Self, EngineError> {
        if config.shard.is_some() && config.key.is_none() {
            return Err(EngineError::Usage(
                "--shard needs --key: without it the shards' profiles would not merge".into(),
            ));
        }
        apart(config, read)?;
        let backend = backend(&config.backend)?;
        let locations = config
            .locations
            .iter()
            .map(|text| Location::parse(text).map_err(|error| EngineError::Usage(error.to_string())))
            .collect::<Result<_, _>>()?;
        let (program, exceptions) = compiled(&config.classifiers)?;
        Ok(Self {
            suppressions: Suppressions::new(&exceptions.suppress, program.classifiers())?,
            program,
            keyed: keyed(config.key.as_deref())?,
            locations,
            filter: Filter::new(&config.filter, config.shard)?,
            facts: config.facts.as_deref().map(FactsFile::read).transpose()?,
            outputs: outputs(&config.outputs)?,
            backend,
            config: config.clone(),
        })
    }

    /// What was asked for, as far as it decides the result: arguments, then what is left out.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = self.config.asked();
        asked.extend(self.suppressions.said().map(str::to_owned));
        asked
    }
}

/// The matching engine that was asked for, if it can run here.
pub(super) fn backend(name: &str) -> Result<Backend, EngineError> {
    let backend: Backend = name
        .parse()
        .map_err(|error| EngineError::Usage(format!("--backend: {error}")))?;
    match backend.missing() {
        None => Ok(backend),
        Some(why) => Err(EngineError::Usage(format!(
            "--backend {name} cannot run here: {why}"
        ))),
    }
}

/// The chosen classifiers, compiled.
pub(super) fn program(chosen: &config::Classifiers) -> Result<Program, EngineError> {
    Ok(compiled(chosen)?.0)
}

fn compiled(chosen: &config::Classifiers) -> Result<(Program, Exceptions), EngineError> {
    let all = known(chosen)?;
    let exceptions = exceptions(chosen)?;
    exceptions.check(&all)?;
    let program = Program::compile_with(choose(all, chosen)?, &exceptions.allow, chosen.min_confidence)?;
    Ok((program, exceptions))
}

/// The exceptions of the user's folders that have not run out.
fn exceptions(chosen: &config::Classifiers) -> Result<Exceptions, EngineError> {
    let mut all = Exceptions::default();
    for folder in &chosen.folders {
        all.extend(Exceptions::of_folder(folder)?);
    }
    for reason in all.expire(&super::now()[..10]) {
        tracing::warn!("an exception has run out and counts for nothing: {reason}");
    }
    Ok(all)
}

/// The chosen classifiers.
pub(super) fn classifiers(chosen: &config::Classifiers) -> Result<Vec<Classifier>, EngineError> {
    choose(known(chosen)?, chosen)
}

/// The classifiers to choose from: the built-in ones and those of the user's folders.
fn known(chosen: &config::Classifiers) -> Result<Vec<Classifier>, EngineError> {
    let mut all = registry::built_in()?;
    for folder in &chosen.folders {
        all.extend(registry::from_path(folder)?);
    }
    Ok(all)
}

fn choose(all: Vec<Classifier>, chosen: &config::Classifiers) -> Result<Vec<Classifier>, EngineError> {
    let chosen = registry::choose(all, &chosen.enable, &chosen.disable)?;
    if chosen.is_empty() {
        return Err(EngineError::Usage(
            "no classifier is left; --disable took them all away".into(),
        ));
    }
    Ok(chosen)
}

/// The key for hashes: the user's, or one for this run alone.
fn keyed(path: Option<&Path>) -> Result<Keyed, EngineError> {
    match path {
        Some(path) => {
            let secret = read(path, "read the key file")?;
            if secret.len() < 16 {
                let why = "a key has at least 16 bytes; make one with: head -c 32 /dev/urandom > FILE".into();
                return Err(EngineError::Malformed {
                    path: path.to_owned(),
                    why,
                });
            }
            Ok(Keyed::from_secret(&secret))
        }
        None => Keyed::random()
            .map_err(|_| EngineError::Start("the operating system gives no random bytes".into())),
    }
}

pub(super) fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, EngineError> {
    std::fs::read(path).map_err(|source| EngineError::File {
        what,
        path: path.to_owned(),
        source,
    })
}

impl FactsFile {
    /// Reads a file, or every `.json` and `.json.gz` below a folder as one capture.
    fn read(path: &Path) -> Result<Self, EngineError> {
        let (files, folder) = if path.is_dir() {
            (facts_files(path)?, path.to_owned())
        } else {
            (
                vec![path.to_owned()],
                path.parent().unwrap_or(Path::new("")).to_owned(),
            )
        };
        let mut digest = Sha256::new();
        let mut texts = Vec::with_capacity(files.len());
        for file in &files {
            let bytes = read(file, "read the facts file")?;
            digest.update(&bytes);
            texts.push(text(file, bytes)?);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let facts = Facts::gather(&texts).map_err(|(i, error)| malformed(&files[i], error.to_string()))?;
        // A file named alone lies in the working folder, whose path is not empty.
        let folder = Path::new(".").join(folder);
        let base = std::path::absolute(&folder).unwrap_or(folder);
        Ok(Self {
            facts,
            base,
            sha256: hex(&digest.finalize()),
        })
    }
}

/// The facts files below a folder, in order of their paths.
fn facts_files(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let failed = |source| EngineError::File {
            what: "look into the facts folder",
            path: folder.clone(),
            source,
        };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            if kind.is_dir() {
                folders.push(path);
            } else if name.ends_with(".json") || name.ends_with(".json.gz") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        return Err(malformed(folder, "it holds no .json and no .json.gz file".into()));
    }
    files.sort();
    Ok(files)
}

/// The most that a compressed facts file may expand to.
const FACTS_LIMIT: usize = 1 << 30;

/// A file's text, decompressed where AWS Config compressed it.
fn text(path: &Path, bytes: Vec<u8>) -> Result<String, EngineError> {
    let plain = if bytes.starts_with(&[0x1f, 0x8b]) {
        let why = "it is no whole gzip stream, or expands to more than 1 GiB";
        decode::gunzip(&bytes, FACTS_LIMIT).ok_or_else(|| malformed(path, why.into()))?
    } else {
        bytes
    };
    String::from_utf8(plain).map_err(|_| malformed(path, "it is not UTF-8 text".into()))
}

fn malformed(path: &Path, why: String) -> EngineError {
    EngineError::Malformed {
        path: path.to_owned(),
        why,
    }
}

/// Every file is written once, and none over what is `read`.
fn apart(config: &Config, read: &[PathBuf]) -> Result<(), EngineError> {
    let outputs = config.outputs.iter().filter_map(|output| output.path.as_ref());
    let written = outputs.chain(&config.profile_out).chain(&config.facts_out);
    let mut taken: Vec<PathBuf> = read
        .iter()
        .filter_map(|path| std::path::absolute(path).ok())
        .collect();
    for path in written.filter(|path| !path.exists() || path.is_file()) {
        let place = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        if taken.contains(&place) {
            return Err(EngineError::Usage(format!(
                "{} would be written over; give each output a file of its own",
                path.display()
            )));
        }
        taken.push(place);
    }
    Ok(())
}

/// The outputs' formats; their folders must be there, and at most one of them is stdout.
fn outputs(asked: &[config::Output]) -> Result<Vec<(&'static report::Format, Option<PathBuf>)>, EngineError> {
    if asked.iter().filter(|output| output.path.is_none()).count() > 1 {
        return Err(EngineError::Usage(
            "two outputs on stdout; give all but one a file: -o json=FILE".into(),
        ));
    }
    asked
        .iter()
        .map(|output| {
            let format =
                report::Format::named(&output.format).ok_or_else(|| unknown_format(&output.format))?;
            if let Some(folder) = output
                .path
                .as_deref()
                .and_then(Path::parent)
                .filter(|f| !f.as_os_str().is_empty())
                && !folder.is_dir()
            {
                return Err(EngineError::Usage(format!(
                    "--output: the folder {} is not there",
                    folder.display()
                )));
            }
            Ok((format, output.path.clone()))
        })
        .collect()
}

fn unknown_format(name: &str) -> EngineError {
    let known: Vec<&str> = report::FORMATS.iter().map(|format| format.name).collect();
    EngineError::Usage(format!(
        "--output {name:?} is no format; there are {}{}",
        known.join(", "),
        nearest(name, known.iter().copied())
    ))
}
