//! A decoder on its way through an object, and all that it gave so far.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::sync::watch;

use super::object::{End, ObjectRead, interrupted};
use super::part::{OpenPart, Site, Tallied, classify, name_column, shown_path};
use super::pool::{Panicked, Pool};
use crate::aggregate::{PartColumn, TableBuilder};
use crate::classify::{Place, Program, ScanError};
use crate::decode::{self, Close, DecodeError, Decoder, Passed, Piece, Skipped, Step, Want};
use crate::model::cells::CellBatch;
use crate::model::report::Format;
use crate::model::skip::SkipReason;

/// A decoder and what it gave so far.
pub(super) struct Job {
    decoder: Box<dyn Decoder>,
    object: Arc<str>,
    key: Vec<u8>,
    /// The open part, or for a child the place of its parent's.
    open: Open,
    /// Batches that are too small to be worth a thread each.
    held: Vec<CellBatch>,
    held_bytes: usize,
    /// Batches that other threads are matching.
    matching: VecDeque<Matching>,
    allowance: Allowance,
    /// A step that waits for them.
    waiting: Option<Result<Step, DecodeError>>,
    tables: TableBuilder,
    members: Vec<(String, SkipReason, String)>,
    format: Format,
    no_text: Option<&'static str>,
    /// What went wrong with the object as a whole.
    failure: Option<DecodeError>,
    /// Rows and bytes of all parts.
    sum: Close,
    program: Program,
    /// Columns for a key that is data; taken by the first part that closes.
    key_columns: Vec<PartColumn>,
}

/// How many bytes of an object may be with other threads before a decoder waits for those it gave them: shared with the jobs of its
/// parts, so that one that has much to match can have all of it.
#[derive(Clone)]
pub(super) struct Allowance {
    enough: usize,
    used: Arc<AtomicUsize>,
}

impl Allowance {
    /// An allowance of `enough` bytes; of none if there are no other threads.
    pub(super) fn new(enough: usize) -> Self {
        Self {
            enough,
            used: Arc::default(),
        }
    }

    fn take(&self, bytes: usize) -> Taken {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        Taken {
            bytes,
            used: self.used.clone(),
        }
    }

    fn is_used_up(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.enough
    }
}

/// A part of an allowance, given back when dropped.
struct Taken {
    bytes: usize,
    used: Arc<AtomicUsize>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Batches that another thread is matching.
struct Matching {
    #[expect(dead_code, reason = "held for its drop")]
    taken: Taken,
    told: oneshot::Receiver<Result<Result<Vec<Tallied>, DecodeError>, Panicked>>,
}

enum Open {
    Nothing,
    Part(Box<OpenPart>),
    Child {
        site: Site,
        tallied: Vec<Tallied>,
        passed: Vec<Passed>,
    },
}

/// Why a turn on the pool ended.
pub(super) enum Turn {
    /// Bytes are needed.
    Need(Want),
    /// Other threads have to match what they were given.
    Wait,
    /// Independent parts are to be run.
    Split(Vec<Box<dyn Decoder>>),
    /// The end.
    Done,
    /// The end, early.
    Failed(DecodeError),
}

impl Job {
    /// The job of reading one object.
    pub(super) fn new(
        decoder: Box<dyn Decoder>,
        object: Arc<str>,
        key: &[u8],
        allowance: Allowance,
        pool: &Pool,
    ) -> Self {
        let place = Place {
            object: object.clone(),
            member: None,
        };
        let named = pool.with_worker(|worker| shown_path(worker, key).map(|(_, found)| found));
        let key_columns = name_column("$key", scanned(named).unwrap_or_default(), &place);
        Self {
            key_columns,
            ..Self::bare(decoder, object, key, allowance, pool.program())
        }
    }

    fn bare(
        decoder: Box<dyn Decoder>,
        object: Arc<str>,
        key: &[u8],
        allowance: Allowance,
        program: &Program,
    ) -> Self {
        Self {
            decoder,
            object,
            key: key.to_vec(),
            open: Open::Nothing,
            held: Vec::new(),
            held_bytes: 0,
            matching: VecDeque::new(),
            allowance,
            waiting: None,
            tables: TableBuilder::default(),
            members: Vec::new(),
            format: Format::Other,
            no_text: None,
            failure: None,
            sum: Close::default(),
            program: program.clone(),
            key_columns: Vec::new(),
        }
    }

    /// The job of reading an independent part of this job's open part.
    pub(super) fn child(&self, decoder: Box<dyn Decoder>) -> Self {
        let site = match &self.open {
            Open::Part(part) => part.site().clone(),
            _ => Site::new(Place {
                object: self.object.clone(),
                member: None,
            }),
        };
        let open = Open::Child {
            site,
            tallied: Vec::new(),
            passed: Vec::new(),
        };
        Self {
            open,
            ..Self::bare(
                decoder,
                self.object.clone(),
                &self.key,
                self.allowance.clone(),
                &self.program,
            )
        }
    }

    /// Adds what a child gave to the open part.
    pub(super) fn adopt(&mut self, child: Self, failed: Option<DecodeError>) {
        if let (Open::Part(part), Open::Child { tallied, passed, .. }) = (&mut self.open, child.open) {
            part.absorb(tallied);
            passed.into_iter().for_each(|p| part.pass(p));
        }
        child
            .failure
            .into_iter()
            .chain(failed)
            .for_each(|error| self.fail(error));
    }

    /// Notes what went wrong; of several the one at the lowest byte is told, whatever order they came in.
    pub(super) fn fail(&mut self, error: DecodeError) {
        let rank = |e: &DecodeError| (e.at, e.reason, e.what);
        if self
            .failure
            .as_ref()
            .is_none_or(|known| rank(&error) < rank(known))
        {
            self.failure = Some(error);
        }
    }

    /// Hands bytes to the decoder.
    pub(super) fn feed(&mut self, piece: Piece) {
        self.decoder.feed(piece);
    }

    /// Steps until bytes are needed, other threads have to catch up, or the end.
    pub(super) fn advance(&mut self, pool: &Arc<Pool>, stop: &watch::Receiver<bool>) -> Turn {
        loop {
            self.collect();
            // Where all is with the matches of others there is nothing to wait for.
            if self.allowance.is_used_up() && !self.matching.is_empty() {
                return Turn::Wait;
            }
            let step = match self.waiting.take() {
                Some(step) => step,
                None if *stop.borrow() => Err(interrupted()),
                None => self.decoder.step(),
            };
            let told = match step {
                Ok(Step::Cells(batch)) => self.hold(batch, pool).map(|()| None),
                Ok(step @ (Step::Need(_) | Step::Passed(_))) => self.tell(step, pool),
                // What was given before belongs to the part that was open then, also if this is the end.
                other if !self.matching.is_empty() => {
                    self.hand_over(pool);
                    self.waiting = Some(other);
                    return Turn::Wait;
                }
                other => {
                    let matched = self.match_held(pool);
                    matched.and(other).and_then(|step| self.tell(step, pool))
                }
            };
            match told {
                Ok(None) => {}
                Ok(Some(turn)) => return turn,
                Err(error) => return Turn::Failed(error),
            }
        }
    }

    /// Keeps a batch until there are enough to have another thread match them; there and then if there is no other.
    fn hold(&mut self, batch: CellBatch, pool: &Arc<Pool>) -> Result<(), DecodeError> {
        self.held_bytes += batch.cells.memory();
        self.held.push(batch);
        let lots = LOTS * pool.jobs();
        match self.allowance.enough {
            0 => self.match_held(pool)?,
            enough if self.held_bytes >= enough / lots => self.hand_over(pool),
            _ => {}
        }
        Ok(())
    }

    /// Takes the batches that are kept, and where they belong.
    fn take_held(&mut self) -> (Vec<CellBatch>, Option<Site>) {
        self.held_bytes = 0;
        let site = match &self.open {
            Open::Part(part) => Some(part.site().clone()),
            Open::Child { site, .. } => Some(site.clone()),
            Open::Nothing => None,
        };
        (std::mem::take(&mut self.held), site)
    }

    /// Has another thread match the batches that are kept.
    fn hand_over(&mut self, pool: &Arc<Pool>) {
        let bytes = self.held_bytes;
        match self.take_held() {
            (held, Some(site)) if !held.is_empty() => {
                let told = pool.begin(move |pool| matched(pool, &held, &site));
                let taken = self.allowance.take(bytes);
                self.matching.push_back(Matching { taken, told });
            }
            _ => {}
        }
    }

    /// Matches the batches that are kept.
    fn match_held(&mut self, pool: &Pool) -> Result<(), DecodeError> {
        match self.take_held() {
            (held, Some(site)) if !held.is_empty() => {
                self.absorb(matched(pool, &held, &site)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes what other threads have matched by now.
    fn collect(&mut self) {
        while let Some(first) = self.matching.front_mut() {
            match first.told.try_recv() {
                Ok(told) => self.take_matched(told),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Closed) => self.take_matched(Err(Panicked)),
            }
        }
    }

    /// Waits for what another thread was given first.
    pub(super) async fn catch_up(&mut self) {
        if let Some(first) = self.matching.front_mut() {
            let told = (&mut first.told).await;
            self.take_matched(told.unwrap_or(Err(Panicked)));
        }
    }

    fn take_matched(&mut self, told: Result<Result<Vec<Tallied>, DecodeError>, Panicked>) {
        self.matching.pop_front();
        match told.unwrap_or_else(|Panicked| Err(panicked())) {
            Ok(tallied) => self.absorb(tallied),
            // It ends here, as if nothing after it had been looked at.
            Err(error) => {
                self.matching.clear();
                self.waiting = Some(Err(error));
            }
        }
    }

    fn absorb(&mut self, new: Vec<Tallied>) {
        match &mut self.open {
            Open::Part(part) => part.absorb(new),
            Open::Child { tallied, .. } => tallied.extend(new),
            Open::Nothing => {}
        }
    }

    /// Takes note of one step that is not cells.
    fn tell(&mut self, step: Step, pool: &Pool) -> Result<Option<Turn>, DecodeError> {
        match step {
            Step::Need(want) => return Ok(Some(Turn::Need(want))),
            Step::Split(children) => return Ok(Some(Turn::Split(children))),
            Step::Done => return Ok(Some(Turn::Done)),
            Step::Open(part) => self.open(part, pool)?,
            Step::Column(column) => {
                if let Open::Part(part) = &mut self.open {
                    scanned(pool.with_worker(|worker| part.add(column, worker)))?;
                }
            }
            Step::Cells(_) => {}
            Step::Passed(p) => match &mut self.open {
                Open::Part(part) => part.pass(p),
                Open::Child { passed, .. } => passed.push(p),
                Open::Nothing => {}
            },
            Step::Fold(fold) => {
                if let Open::Part(part) = &mut self.open {
                    part.fold(fold);
                }
            }
            Step::Close(close) => self.close(close),
            Step::Skipped(skipped) => self.skip(skipped, pool)?,
            Step::NoText(kind) => {
                if kind.member.is_empty() {
                    self.no_text = Some(kind.mime);
                }
            }
        }
        Ok(None)
    }

    fn open(&mut self, part: decode::Part, pool: &Pool) -> Result<(), DecodeError> {
        let format = Format::named(part.format.as_str());
        self.format = if part.member.is_empty() {
            format
        } else {
            Format::Tar
        };
        let opened = pool.with_worker(|worker| OpenPart::new(&self.object, &part.member, format, worker));
        self.open = Open::Part(Box::new(scanned(opened)?));
        Ok(())
    }

    fn close(&mut self, close: Close) {
        if let Open::Part(part) = std::mem::replace(&mut self.open, Open::Nothing) {
            self.sum.rows += close.rows;
            self.sum.bytes += close.bytes;
            let mut part = part.close(close, &self.program);
            part.columns.append(&mut self.key_columns);
            self.tables.add(&self.key, part);
        }
    }

    fn skip(&mut self, skipped: Skipped, pool: &Pool) -> Result<(), DecodeError> {
        if let Some(close) = skipped.partial {
            self.close(close);
        } else {
            self.open = Open::Nothing;
        }
        if skipped.member.is_empty() {
            self.fail(skipped.error);
            return Ok(());
        }
        let mut names = Vec::new();
        for name in &skipped.member {
            names.push(scanned(pool.with_worker(|worker| shown_path(worker, name)))?.0);
        }
        self.members
            .push((names.join("!"), skipped.error.reason, detail(&skipped.error)));
        Ok(())
    }

    /// What became of the object. `stopped` is what ended the job early, if anything did.
    pub(super) fn finish(mut self, stopped: Option<DecodeError>) -> ObjectRead {
        if let (Some(error), Open::Part(part)) = (&stopped, &self.open) {
            // What the decoder gave before it failed stays valid.
            let close = Close {
                rows: part.rows_seen(),
                bytes: error.at,
            };
            if close.rows > 0 {
                self.close(close);
            }
        }
        stopped.into_iter().for_each(|error| self.fail(error));
        let given = !self.tables.is_empty();
        let end = match (&self.failure, self.members.first()) {
            (Some(error), _) => self.cut_short(given, error.reason, detail(error)),
            (None, Some((_, reason, _))) => {
                let detail = format!(
                    "{} of its members could not be read to their end",
                    self.members.len()
                );
                self.cut_short(given, *reason, detail)
            }
            (None, None) => match self.no_text {
                Some(mime) if !given => End::NoText(mime.to_owned()),
                _ => End::Read,
            },
        };
        ObjectRead {
            tables: self.tables.finish(),
            members: self.members,
            format: self.format,
            end,
        }
    }

    fn cut_short(&self, given: bool, reason: SkipReason, detail: String) -> End {
        let Close { rows, bytes } = self.sum;
        if given {
            End::Partly {
                reason,
                bytes,
                rows,
                detail,
            }
        } else {
            End::Skipped { reason, detail }
        }
    }
}

/// Lots that an object's bytes for other threads are handed over in, for each thread.
const LOTS: usize = 4;

fn matched(pool: &Pool, batches: &[CellBatch], site: &Site) -> Result<Vec<Tallied>, DecodeError> {
    let batches = batches.iter();
    batches
        .map(|batch| scanned(classify(pool, batch, site)))
        .collect()
}

/// A scanner that cannot go on ends the object, not the run.
fn scanned<T>(done: Result<Result<T, ScanError>, Panicked>) -> Result<T, DecodeError> {
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(DecodeError::new(
            SkipReason::UnitTooLarge,
            "cell for the matching engine",
            0,
        )),
        Err(Panicked) => Err(panicked()),
    }
}

fn panicked() -> DecodeError {
    DecodeError::new(SkipReason::Corrupt, "cell", 0)
}

/// A reason in words: what and where, never content.
fn detail(error: &DecodeError) -> String {
    format!("{} at byte {}", error.what, error.at)
}
