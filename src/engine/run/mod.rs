//! The commands that crawl, judge and report.

mod assemble;
mod budget;
mod collect;
mod error;
mod exposure;
mod filter;
mod gates;
mod job;
mod merge;
mod object;
mod part;
mod plan;
mod pool;
mod progress;
mod scan;
mod settings;
mod suppress;
mod transport;

use std::path::{Path, PathBuf};

#[cfg(feature = "cli")]
use crate::classify::cost::{self, Cost};
use crate::classify::registry::{self, Classifier, check::Problem};
use crate::classify::scan::Backend;
use crate::classify::{Keyed, Worker};
use crate::config::{self, Config};
use crate::model::id::{Provider, hex};
use crate::model::privilege::{Call, On};
use crate::model::report::Decision;
use crate::source;

pub use error::EngineError;
pub use merge::merge;
pub use progress::{Progress, Stop};
pub use scan::{exposure, scan};

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The decision, if any gate was set.
    pub decision: Option<Decision>,
    /// Whether it was asked to end early.
    pub interrupted: bool,
    /// The locations that gave nothing at all, each with why.
    pub empty_handed: Vec<String>,
}

/// The classifiers that a configuration chooses, by id.
///
/// # Errors
///
/// A file that is no classifier, or a name that is none.
pub fn chosen_classifiers(chosen: &config::Classifiers) -> Result<Vec<Classifier>, EngineError> {
    let mut classifiers = plan::classifiers(chosen)?;
    classifiers.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(classifiers)
}

/// A worker with the classifiers and the matching engine that a configuration chooses, for text outside of any store.
///
/// # Errors
///
/// As [`chosen_classifiers`]; classifiers that do not compile together; an engine that cannot run here.
pub fn worker(config: &Config) -> Result<Worker, EngineError> {
    let program = plan::program(&config.classifiers)?;
    let backend = plan::backend(&config.backend)?;
    let keyed = Keyed::random()
        .map_err(|_| EngineError::Start("the operating system gives no random bytes".into()))?;
    Ok(Worker::with_backend(&program, &keyed, backend)?)
}

/// The matching engines: the name, and why it cannot run here, if so.
pub fn backends() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    Backend::ALL
        .into_iter()
        .map(|backend| (backend.as_str(), backend.missing()))
}

/// The matching engine that `auto` stands for.
pub fn best_backend() -> &'static str {
    Backend::best().as_str()
}

/// Reads another tool's rules and writes a classifier file for each into a folder, which is made.
///
/// # Errors
///
/// The file cannot be read, or is of no known tool; a classifier file of the same name is there already.
#[cfg(feature = "cli")]
pub fn import_classifiers(file: &Path, folder: &Path) -> Result<registry::import::Imported, EngineError> {
    use std::io::Write as _;

    let failed = |what: &'static str, path: &Path| {
        let path = path.to_owned();
        move |source| EngineError::File { what, path, source }
    };
    let text = std::fs::read_to_string(file).map_err(failed("read", file))?;
    let imported = registry::import::import(&file.display().to_string(), &text)
        .map_err(|error| EngineError::Usage(error.to_string()))?;
    std::fs::create_dir_all(folder).map_err(failed("make", folder))?;
    for classifier in &imported.classifiers {
        let path = folder.join(format!("{}.toml", classifier.id));
        let text =
            toml::to_string_pretty(classifier).map_err(|error| EngineError::Usage(error.to_string()))?;
        let mut file = std::fs::File::create_new(&path).map_err(failed("make", &path))?;
        file.write_all(text.as_bytes()).map_err(failed("write", &path))?;
    }
    Ok(imported)
}

/// Checks the classifiers in files and folders, or the built-in ones where none are named. Gives how many there are and
/// what is wrong with them.
///
/// # Errors
///
/// A file that cannot be read or is no classifier.
pub fn check_classifiers(paths: &[PathBuf]) -> Result<(usize, Vec<Problem>), EngineError> {
    let classifiers = asked_for(paths)?;
    Ok((classifiers.len(), registry::check::check(&classifiers)))
}

/// The classifiers of files and folders; the built-in ones where there are none.
fn asked_for(paths: &[PathBuf]) -> Result<Vec<Classifier>, EngineError> {
    if paths.is_empty() {
        return Ok(registry::built_in()?);
    }
    let mut classifiers = Vec::new();
    for path in paths {
        classifiers.extend(registry::from_path(path)?);
    }
    Ok(classifiers)
}

/// What each of the classifiers in `paths` (the built-in ones where there are none) costs, the dearest first.
///
/// # Errors
///
/// A file that cannot be read or is no classifier; one that does not compile.
#[cfg(feature = "cli")]
pub fn classifier_costs(paths: &[PathBuf]) -> Result<Vec<Cost>, EngineError> {
    let of = |classifier| cost::of(classifier).map_err(|error| EngineError::Usage(error.to_string()));
    let mut costs = asked_for(paths)?.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    costs.sort_by(|a, b| b.nanoseconds.total_cmp(&a.nanoseconds));
    Ok(costs)
}

/// The calls that `exposure` can make at a cloud with rights that do not open content: settings, and the listings that
/// say what there is.
pub fn calls_for_settings(provider: Provider) -> Vec<&'static Call> {
    every_call(provider).filter(|call| !opens_content(call)).collect()
}

/// The calls that `scan` can make besides, and those for which a cloud asks for the right to read content.
pub fn calls_for_content(provider: Provider) -> Vec<&'static Call> {
    every_call(provider).filter(|call| opens_content(call)).collect()
}

fn every_call(provider: Provider) -> impl Iterator<Item = &'static Call> {
    let settings = crate::exposure::calls(provider).iter();
    let source = source::listing_calls(provider)
        .iter()
        .chain(source::content_calls(provider));
    settings.chain(source).copied()
}

fn opens_content(call: &Call) -> bool {
    matches!(call.on, On::Content | On::Key)
}

/// The runtime for the asynchronous ends: two threads are plenty for waiting.
fn runtime() -> Result<tokio::runtime::Runtime, EngineError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("io")
        .enable_all()
        .build()
        .map_err(|error| EngineError::Start(error.to_string()))
}

/// A random id for a run: 16 hex digits.
fn run_id() -> Result<String, EngineError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|_| EngineError::Start("the operating system gives no random bytes".into()))?;
    Ok(hex(&bytes))
}

/// Now, in RFC 3339, UTC, to the second.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
