//! `scan`: crawl, classify, judge exposure, report.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures::stream::{FuturesUnordered, StreamExt as _};
use sha2::{Digest, Sha256};

use super::assemble::{self, Occasion};
use super::budget::Budget;
use super::collect::Collector;
use super::exposure::{self, Asked, Asker, Keys};
use super::filter::Fate;
use super::object::Reader;
use super::plan::Plan;
use super::pool::Pool;
use super::progress::{Progress, Stop};
use super::transport::Transport;
use super::{EngineError, Finished};
use crate::classify::Program;
use crate::config::{Config, ObjectAcls};
use crate::decode;
use crate::engine::findings::Judge;
use crate::model::id::{Key, Provider, StoreUri, hex};
use crate::model::profile::{Profile, Schema};
use crate::model::report::{Detail, Listing};
use crate::model::skip::SkipReason;
use crate::report::{self, Sink};
use crate::source::{self, Entry, Location, ObjectMeta, Session, Source, SourceError};

/// Runs `scan`.
///
/// # Errors
///
/// What was asked cannot be done as asked, or the report cannot be written. Everything else is in the report.
pub fn scan(config: &Config, progress: &Arc<Progress>, stop: &Stop) -> Result<Finished, EngineError> {
    run(config, Depth::Content, progress, stop)
}

/// Runs `exposure`: settings only, never an object's content. Without a location it judges every store of the facts
/// file.
///
/// # Errors
///
/// What was asked cannot be done as asked, or the report cannot be written.
pub fn exposure(config: &Config, progress: &Arc<Progress>, stop: &Stop) -> Result<Finished, EngineError> {
    run(config, Depth::Settings, progress, stop)
}

fn run(
    config: &Config,
    depth: Depth,
    progress: &Arc<Progress>,
    stop: &Stop,
) -> Result<Finished, EngineError> {
    let plan = Plan::new(config, &[])?;
    if plan.locations.is_empty() && !(depth == Depth::Settings && plan.facts.is_some()) {
        return Err(EngineError::Usage(
            "name at least one location, such as s3://bucket or a folder".into(),
        ));
    }
    super::runtime()?.block_on(Scan::begin(plan, depth, progress, stop)?.run())
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Settings alone.
    Settings,
    /// Settings and content.
    Content,
}

/// A scan under way.
struct Scan {
    plan: Plan,
    depth: Depth,
    session: Session,
    reader: Reader,
    collector: Collector,
    progress: Arc<Progress>,
    stop: Stop,
    run: String,
    started_at: String,
    /// Listings that are still under way.
    unlisted: AtomicUsize,
}

/// One store to read: where its bytes come from, and the beginning of the keys that are meant.
struct Target {
    location: Location,
    source: Arc<dyn Source>,
}

/// Stores that are crawled at once.
const STORES_AT_ONCE: usize = 8;
/// Stores whose settings alone are read at once; the calls in flight are bounded over all of them.
const SETTINGS_AT_ONCE: usize = 32;
/// Keys that `exposure` lists, unless all objects' own access lists are wanted: enough for a sample of them.
const PEEKED: usize = 1000;
/// Objects under way at once in one store; the byte budget bounds what they hold.
const OBJECTS_AT_ONCE: usize = 32;

impl Scan {
    fn begin(plan: Plan, depth: Depth, progress: &Arc<Progress>, stop: &Stop) -> Result<Self, EngineError> {
        let run = super::run_id()?;
        let wants_objects = plan.config.detail == Detail::Objects
            || plan.outputs.iter().any(|(format, _)| {
                format
                    .open(Box::new(std::io::sink()), &Default::default())
                    .wants_objects()
            });
        let reader = Reader {
            pool: Pool::new(plan.config.jobs.max(1), &plan.program, &plan.keyed, plan.backend)?,
            budget: Budget::new(plan.config.memory),
            options: decode_options(&plan.config, &plan.program),
            stop: stop.watch(),
        };
        Ok(Self {
            depth,
            session: Session::new(eyes(&plan.config, &run)),
            reader,
            collector: Collector::new(wants_objects),
            progress: progress.clone(),
            stop: stop.clone(),
            started_at: super::now(),
            unlisted: AtomicUsize::new(0),
            run,
            plan,
        })
    }

    async fn run(self) -> Result<Finished, EngineError> {
        let (targets, mut empty) = self.unless_stopped(self.targets()).await.unwrap_or_default();
        self.unlisted.store(targets.len(), Relaxed);
        let transport = Transport::new(&self.session, &self.plan.locations);
        let asker = Asker::new(&self.plan, &self.session, &transport);
        let runs = targets.iter().map(|target| self.store(target, &asker));
        let at_once = match self.depth {
            Depth::Content => STORES_AT_ONCE,
            Depth::Settings => SETTINGS_AT_ONCE,
        };
        let done: Vec<Option<String>> = futures::stream::iter(runs)
            .buffer_unordered(at_once)
            .collect()
            .await;
        empty.extend(done.into_iter().flatten());
        empty.sort();
        if let Some(file) = self
            .plan
            .facts
            .as_ref()
            .filter(|_| self.plan.locations.is_empty())
        {
            exposure::captured_stores(&asker, file)
                .await
                .into_iter()
                .for_each(|asked| self.note(asked));
        }
        self.progress.listing_done.store(true, Relaxed);
        asker.write_facts()?;
        self.finish(empty)
    }

    /// The stores that the locations stand for, and the locations that gave nothing, with why.
    async fn targets(&self) -> (Vec<Target>, Vec<String>) {
        let (mut targets, mut empty) = (Vec::new(), Vec::new());
        for location in &self.plan.locations {
            match self.session.expand(location).await {
                Err(error) => empty.push(format!("{location}: {error}")),
                Ok(stores) => {
                    for location in stores {
                        match self.session.open(&location).await {
                            Ok(source) => targets.push(Target { location, source }),
                            Err(error) => empty.push(format!("{location}: {error}")),
                        }
                    }
                }
            }
        }
        (targets, empty)
    }

    /// Reads one store: its settings and its objects at once. Gives why it gave nothing, if so.
    async fn store(&self, target: &Target, asker: &Asker<'_>) -> Option<String> {
        let own = target.source.uri().clone();
        let names = Names::new(&self.plan, &own);
        let mut seen: BTreeMap<StoreUri, Keys> = names.stores().map(|uri| (uri, Keys::default())).collect();
        let settings = self.unless_stopped(asker.settings(&own));
        let (facts, listed) = match self.depth {
            // The settings of the listed store are asked meanwhile; those of mirrored ones are in the facts file.
            Depth::Content => tokio::join!(settings, self.crawl(target, &names, &mut seen)),
            Depth::Settings => {
                let facts = settings.await;
                let wanted = facts.as_ref().is_some_and(|facts| asker.wants_keys(facts));
                let listed = match wanted {
                    true => self.unless_stopped(self.peek(target, &names, &mut seen)).await,
                    false => None,
                };
                (facts, listed.unwrap_or(Ok(())))
            }
        };
        // Keys that a refused, broken off or narrower listing did not show may be there all the same.
        if listed.is_err() || self.stop.is_stopped() || !target.location.prefix().is_empty() {
            seen.values_mut().for_each(Keys::cut);
        }
        for (uri, keys) in &seen {
            // A store that was looked at is in the report, also when the run ended before its settings came.
            self.collector.with(uri, |_| ());
            let judged = async {
                let facts = if *uri == own {
                    facts.clone()?
                } else {
                    asker.settings(uri).await
                };
                Some(asker.judge(facts, keys).await)
            };
            if let Some(asked) = self.unless_stopped(judged).await.flatten() {
                self.note(asked);
            }
        }
        listed.err().map(|error| format!("{}: {error}", target.location))
    }

    fn note(&self, asked: Asked) {
        self.collector
            .with(&asked.uri.clone(), |store| asked.apply(store));
    }

    /// Lists just enough to know which objects to ask about.
    async fn peek(
        &self,
        target: &Target,
        names: &Names,
        seen: &mut BTreeMap<StoreUri, Keys>,
    ) -> Result<(), SourceError> {
        if target.source.uri().provider() == Some(Provider::Local) || self.plan.facts.is_some() {
            return Ok(());
        }
        let all = self.plan.config.object_acls == ObjectAcls::All;
        let most = if all { usize::MAX } else { PEEKED };
        let mut listing = target.source.list(target.location.prefix()).take(most);
        let mut count = 0;
        while let Some(entry) = listing.next().await {
            count += 1;
            if let Entry::Object(meta) = entry? {
                self.offer(seen, &names.resolve(&meta.key));
            }
        }
        if count == most {
            seen.values_mut().for_each(Keys::cut);
        }
        Ok(())
    }

    fn offer(&self, seen: &mut BTreeMap<StoreUri, Keys>, (uri, key): &(StoreUri, Key)) {
        seen.entry(uri.clone())
            .or_default()
            .offer(key, self.plan.config.object_acls);
    }

    /// Lists and reads; objects are read while the listing goes on.
    async fn crawl(
        &self,
        target: &Target,
        names: &Names,
        seen: &mut BTreeMap<StoreUri, Keys>,
    ) -> Result<(), SourceError> {
        let source = target.source.as_ref();
        let own = source.uri().clone();
        let mut stop = self.stop.watch();
        let mut listing = source.list(target.location.prefix());
        let mut running = FuturesUnordered::new();
        let mut outcome = Ok(());
        let mut open = true;
        while open || !running.is_empty() {
            tokio::select! {
                biased;
                _ = running.next(), if !running.is_empty() => {}
                _ = stop.wait_for(|stop| *stop), if open => {
                    open = self.end_listing();
                    self.collector.listing(&own, Listing::Partial);
                }
                entry = listing.next(), if open && running.len() < OBJECTS_AT_ONCE => match entry {
                    None => open = self.end_listing(),
                    Some(Ok(Entry::Object(meta))) => {
                        let (uri, key) = names.resolve(&meta.key);
                        self.offer(seen, &(uri.clone(), key.clone()));
                        if self.take(&uri, &meta) {
                            running.push(self.object(source, meta, uri, key));
                        }
                    }
                    Some(Ok(Entry::Unreadable { key, error })) => {
                        let (uri, key) = names.resolve(&key);
                        self.unreadable(&uri, &key, &error);
                    }
                    Some(Err(error)) => {
                        open = self.end_listing();
                        self.collector.listing(&own, listing_of(&error));
                        outcome = Err(error);
                    }
                },
            }
        }
        outcome
    }

    /// One listing less is under way; says that it is not any more.
    fn end_listing(&self) -> bool {
        if self.unlisted.fetch_sub(1, Relaxed) == 1 {
            self.progress.listing_done.store(true, Relaxed);
        }
        false
    }

    /// Waits for `work`, or gives it up when the run is told to end.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut stop = self.stop.watch();
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = stop.wait_for(|stop| *stop) => None,
        }
    }

    /// Counts a listed object and says whether it is to be read.
    fn take(&self, uri: &StoreUri, meta: &ObjectMeta) -> bool {
        match self.plan.filter.fate(meta) {
            Fate::Elsewhere => return false,
            Fate::Read => {
                self.progress.list(meta.size);
                return true;
            }
            Fate::Filtered => self
                .collector
                .count(uri, meta.size, |coverage| &mut coverage.filtered),
            Fate::Archived => self
                .collector
                .count(uri, meta.size, |coverage| &mut coverage.archived),
        }
        false
    }

    fn unreadable(&self, uri: &StoreUri, key: &Key, error: &SourceError) {
        let reason = error.skip_reason().unwrap_or(SkipReason::Unavailable);
        self.collector.skip(uri, key, 0, reason, error.to_string());
    }

    async fn object(&self, source: &dyn Source, meta: ObjectMeta, uri: StoreUri, key: Key) {
        let shown: Arc<str> = key.to_text().into();
        let read = match self.reader.read(source, &meta, key.as_bytes(), &shown).await {
            Err(_) => self.again(source, &meta, &key, &shown).await,
            read => read,
        };
        let matches = match read {
            Ok(mut read) => {
                self.plan.suppressions.apply(&uri, &shown, &mut read.tables);
                let judge = Judge::new(&self.plan.program, self.plan.config.classifiers.min_confidence);
                self.collector.add(&uri, &key, &meta, read, &judge)
            }
            Err(error) => {
                let reason = error.skip_reason().unwrap_or(SkipReason::Unavailable);
                self.collector
                    .skip(&uri, &key, meta.size, reason, error.to_string());
                0
            }
        };
        self.progress.done(meta.size, matches);
    }

    /// An object that changed while it was read is read once more, as it is now.
    async fn again(
        &self,
        source: &dyn Source,
        old: &ObjectMeta,
        key: &Key,
        shown: &Arc<str>,
    ) -> Result<super::object::ObjectRead, SourceError> {
        let mut listing = source.list(old.key.as_bytes());
        while let Some(entry) = listing.next().await {
            if let Entry::Object(now) = entry?
                && now.key == old.key
            {
                return self.reader.read(source, &now, key.as_bytes(), shown).await;
            }
        }
        Err(SourceError::NotFound {
            what: "the object, which changed while being read".into(),
        })
    }

    fn finish(self, empty: Vec<String>) -> Result<Finished, EngineError> {
        let interrupted = self.stop.is_stopped();
        let profile = Profile {
            schema: Schema::V1,
            version: env!("CARGO_PKG_VERSION").into(),
            program_id: self.plan.program.id().into(),
            key_id: self.plan.keyed.id().map(str::to_owned),
            locations: self.plan.config.locations.iter().cloned().collect(),
            asked: self.plan.asked(),
            catalogue_sha256: catalogue(&self.plan.program),
            facts_sha256: self.plan.facts.as_ref().map(|facts| facts.sha256.clone()),
            min_confidence: self.plan.config.classifiers.min_confidence,
            seed: self.plan.config.seed,
            complete: !interrupted,
            stores: self.collector.finish(),
        };
        let occasion = Occasion {
            id: self.run,
            started_at: self.started_at,
            finished_at: super::now(),
            backend: self.plan.backend.as_str().into(),
            principal: None,
            missing: match self.depth {
                Depth::Settings => Some("no content was read: `lakewarden scan` reads it"),
                Depth::Content if !empty.is_empty() => {
                    Some("nothing was read from a location that was asked for")
                }
                Depth::Content => None,
            },
        };
        let decision = write(
            &profile,
            &self.plan.program,
            &self.plan.config,
            &self.plan.outputs,
            &occasion,
        )?;
        Ok(Finished {
            decision,
            interrupted,
            empty_handed: empty,
        })
    }
}

/// Writes the profile, if asked for, and every output.
pub(super) fn write(
    profile: &Profile,
    program: &Program,
    config: &Config,
    outputs: &[(&'static report::Format, Option<PathBuf>)],
    occasion: &Occasion,
) -> Result<Option<crate::model::report::Decision>, EngineError> {
    if let Some(path) = &config.profile_out {
        let failed = |source| EngineError::File {
            what: "write the profile",
            path: path.clone(),
            source,
        };
        let text = serde_json::to_vec(profile).map_err(|error| failed(error.into()))?;
        std::fs::write(path, text).map_err(failed)?;
    }
    let options = report::Options {
        detail: config.detail,
        style: report::Style {
            color: config.style.0,
            width: config.style.1,
        },
    };
    let mut sinks = outputs
        .iter()
        .map(|(format, path)| Ok(format.open(writer(path.as_deref())?, &options)))
        .collect::<Result<Vec<Box<dyn Sink>>, EngineError>>()?;
    assemble::report(
        profile,
        program,
        config.gates,
        config.detail,
        occasion,
        &mut sinks,
    )
    .map_err(|error| EngineError::Report(error.to_string()))
}

fn writer(path: Option<&Path>) -> Result<Box<dyn Write + Send>, EngineError> {
    match path {
        None => Ok(Box::new(std::io::stdout())),
        Some(path) => File::create(path)
            .map(|file| Box::new(file) as Box<dyn Write + Send>)
            .map_err(|source| EngineError::File {
                what: "write the report to",
                path: path.to_owned(),
                source,
            }),
    }
}

fn listing_of(error: &SourceError) -> Listing {
    match error {
        SourceError::AccessDenied { .. } | SourceError::NotFound { .. } => Listing::Refused,
        _ => Listing::Partial,
    }
}

fn catalogue(program: &Program) -> String {
    let text = serde_json::to_string(program.classifiers()).unwrap_or_default();
    hex(&Sha256::digest(text.as_bytes()))
}

/// Pieces are a sixty-fourth of the budget, within reason: several are on their way at once. Smaller ones where several threads
/// take them.
fn decode_options(config: &Config, program: &Program) -> decode::Options {
    let piece = (config.memory / 64).clamp(256 << 10, 4 << 20) as usize;
    let piece = if config.jobs > 1 { piece / 4 } else { piece };
    decode::Options {
        budget: config.memory,
        piece: config.piece.unwrap_or(piece),
        overlap: program.overlap(),
        ..decode::Options::default()
    }
}

fn eyes(config: &Config, run: &str) -> source::Options {
    let eyes = config.eyes.clone();
    source::Options {
        profile: eyes.profile,
        region: eyes.region,
        endpoint: eyes.endpoint,
        role_arn: eyes.role_arn,
        external_id: eyes.external_id,
        project: eyes.project,
        subscription: eyes.subscription,
        anonymous: eyes.anonymous,
        requester_pays: eyes.requester_pays,
        run: run.to_owned(),
        ..source::Options::default()
    }
}

/// Which store a listed key belongs to: the one listed, or one that a facts file says a local folder mirrors.
struct Names {
    own: StoreUri,
    /// The listed folder, for a local one.
    root: Option<PathBuf>,
    /// Folders below or above the root with the store that they mirror; the longest first.
    mapped: Vec<(PathBuf, StoreUri)>,
}

impl Names {
    fn new(plan: &Plan, own: &StoreUri) -> Self {
        let root = own.as_str().strip_prefix("file://").map(PathBuf::from);
        let mut mapped: Vec<(PathBuf, StoreUri)> = match (&root, &plan.facts) {
            (Some(root), Some(file)) => file
                .facts
                .mapped(&file.base)
                .into_iter()
                .filter(|(folder, _)| folder.starts_with(root) || root.starts_with(folder))
                .map(|(folder, store)| (folder, store.uri.clone()))
                .collect(),
            _ => Vec::new(),
        };
        mapped.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.components().count()));
        Self {
            own: own.clone(),
            root,
            mapped,
        }
    }

    /// The stores that are in the report whatever is in them: those that parts of a folder mirror, else the listed one.
    fn stores(&self) -> impl Iterator<Item = StoreUri> {
        let plain = self.mapped.is_empty().then(|| self.own.clone());
        self.mapped.iter().map(|(_, uri)| uri.clone()).chain(plain)
    }

    fn resolve(&self, key: &Key) -> (StoreUri, Key) {
        if let Some(root) = self.root.as_ref().filter(|_| !self.mapped.is_empty()) {
            let path = root.join(local_path(key.as_bytes()));
            for (folder, uri) in &self.mapped {
                if let Ok(below) = path.strip_prefix(folder) {
                    return (uri.clone(), Key::new(below.as_os_str().as_encoded_bytes()));
                }
            }
        }
        (self.own.clone(), key.clone())
    }
}

#[cfg(unix)]
fn local_path(bytes: &[u8]) -> &Path {
    Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(
        bytes,
    ))
}

#[cfg(not(unix))]
fn local_path(bytes: &[u8]) -> &Path {
    Path::new(std::str::from_utf8(bytes).unwrap_or_default())
}
