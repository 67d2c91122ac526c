//! One object from its first byte to its tables.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use tokio::sync::watch;

use super::budget::{Budget, Share};
use super::job::{Allowance, Job, Turn};
use super::pool::{Panicked, Pool};
use crate::decode::{self, DecodeError, Decoder, Piece, Want};
use crate::model::profile::TableProfile;
use crate::model::report::Format;
use crate::model::skip::SkipReason;
use crate::source::{ObjectMeta, Source, SourceError};

/// What reading objects takes.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) pool: Arc<Pool>,
    pub(super) budget: Budget,
    pub(super) options: decode::Options,
    /// Turns true when the run is to end.
    pub(super) stop: watch::Receiver<bool>,
}

/// What became of an object.
#[derive(Debug)]
pub(super) struct ObjectRead {
    pub(super) tables: Vec<TableProfile>,
    /// Members that were skipped, or read in part: name as shown, reason, detail.
    pub(super) members: Vec<(String, SkipReason, String)>,
    pub(super) format: Format,
    pub(super) end: End,
}

/// A job at its end (`None`: it ended in a panic), and what stopped it early.
type Driven = (Option<Job>, Option<DecodeError>);

/// How an object ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Read to its end.
    Read,
    /// Read in part.
    Partly {
        reason: SkipReason,
        bytes: u64,
        rows: u64,
        detail: String,
    },
    /// Not read.
    Skipped { reason: SkipReason, detail: String },
    /// Of a kind that holds no text.
    NoText(String),
}

impl Reader {
    /// Reads an object and tallies it. `key` is its key as reports show it.
    ///
    /// # Errors
    ///
    /// Only [`SourceError::Changed`]: what was read is of two contents and counts for nothing.
    pub(super) async fn read(
        &self,
        source: &dyn Source,
        object: &ObjectMeta,
        key: &[u8],
        shown: &Arc<str>,
    ) -> Result<ObjectRead, SourceError> {
        let decoder = decode::open(key, Some(object.size), &self.options);
        let (shown, named) = (shown.clone(), key.to_vec());
        let allowance = Allowance::new(self.waiting());
        let Ok(job) = self
            .pool
            .run(move |pool| Job::new(decoder, shown, &named, allowance, pool))
            .await
        else {
            return Ok(ObjectRead::panicked());
        };
        let (job, failed) = self.drive(source, object, job).await?;
        Ok(job.map_or_else(ObjectRead::panicked, |job| job.finish(failed)))
    }

    /// How many bytes of an object may be with other threads: one thread matches them as they come.
    fn waiting(&self) -> usize {
        match self.pool.jobs() {
            1 => 0,
            jobs => jobs * EACH * self.options.piece,
        }
    }

    /// Steps a job to its end. `None` for a job that ended in a panic and took what it had with it; beside it what
    /// stopped it early.
    fn drive<'a>(
        &'a self,
        source: &'a dyn Source,
        object: &'a ObjectMeta,
        mut job: Job,
    ) -> BoxFuture<'a, Result<Driven, SourceError>> {
        Box::pin(async move {
            let mut feeder = Feeder::new(self, source, object);
            loop {
                let turn;
                match self.turn(job).await {
                    Ok(back) => (job, turn) = back,
                    Err(Panicked) => return Ok((None, None)),
                }
                match turn {
                    Turn::Need(want) => job.feed(feeder.obtain(want).await?),
                    Turn::Wait => job.catch_up().await,
                    Turn::Split(children) => {
                        // What the parent holds is given back while its children take their own.
                        feeder.rest();
                        self.split(source, object, &mut job, children).await?;
                    }
                    Turn::Done => return Ok((Some(job), None)),
                    Turn::Failed(error) => return Ok((Some(job), Some(error))),
                }
            }
        })
    }

    /// One turn on the pool.
    async fn turn(&self, mut job: Job) -> Result<(Job, Turn), Panicked> {
        let stop = self.stop.clone();
        self.pool
            .run(move |pool| {
                let turn = job.advance(pool, &stop);
                (job, turn)
            })
            .await
    }

    /// Runs independent parts at once and adds what they gave to the open part.
    async fn split(
        &self,
        source: &dyn Source,
        object: &ObjectMeta,
        job: &mut Job,
        children: Vec<Box<dyn Decoder>>,
    ) -> Result<(), SourceError> {
        let runs = children
            .into_iter()
            .map(|child| self.drive(source, object, job.child(child)));
        let runs: Vec<_> = runs.collect();
        // Two more than there are threads: while some are decoded, others are read.
        let mut runs = stream::iter(runs).buffer_unordered(self.pool.jobs() + 2);
        while let Some(run) = runs.next().await {
            match run? {
                (Some(child), failed) => job.adopt(child, failed),
                (None, _) => job.fail(DecodeError::new(SkipReason::Corrupt, "a part of the object", 0)),
            }
        }
        Ok(())
    }
}

impl ObjectRead {
    /// An object whose decoder ended in a panic.
    fn panicked() -> Self {
        let detail = "its decoder failed on these bytes".to_owned();
        Self {
            tables: Vec::new(),
            members: Vec::new(),
            format: Format::Other,
            end: End::Skipped {
                reason: SkipReason::Corrupt,
                detail,
            },
        }
    }
}

/// Pieces of a streamed object that wait for each thread, so that none is idle while the last are matched.
const EACH: usize = 2;

/// Obtains bytes for one decoder.
struct Feeder<'a> {
    reader: &'a Reader,
    source: &'a dyn Source,
    object: &'a ObjectMeta,
    stream: Option<BoxStream<'a, Result<bytes::Bytes, SourceError>>>,
    share: Option<Share>,
    stop: watch::Receiver<bool>,
}

impl<'a> Feeder<'a> {
    fn new(reader: &'a Reader, source: &'a dyn Source, object: &'a ObjectMeta) -> Self {
        Self {
            reader,
            source,
            object,
            stream: None,
            share: None,
            stop: reader.stop.clone(),
        }
    }

    /// Gives back its share of the budget.
    fn rest(&mut self) {
        self.share = None;
    }

    /// The bytes wanted, or [`Piece::Broken`] where they cannot be had.
    async fn obtain(&mut self, want: Want) -> Result<Piece, SourceError> {
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Ok(Piece::Broken(interrupted())),
            got = self.fetch(want) => match got {
                Err(error @ SourceError::Changed { .. }) => Err(error),
                Err(error) => Ok(Piece::Broken(DecodeError::new(error.skip_reason().unwrap_or(SkipReason::Unavailable), "object", 0))),
                Ok(piece) => Ok(piece),
            },
        }
    }

    async fn fetch(&mut self, want: Want) -> Result<Piece, SourceError> {
        match want {
            Want::Ranges(ranges) => {
                // Given back before more is taken: whoever holds a share and waits for another could wait for ever.
                self.share = None;
                let bytes = ranges.iter().map(|range| range.end - range.start).sum();
                self.share = Some(self.reader.budget.take(bytes).await);
                Ok(Piece::Ranges(self.source.read(self.object, &ranges).await?))
            }
            Want::Stream { from } => {
                if self.stream.is_none() {
                    self.share = None;
                    self.share = Some(self.reader.budget.take(self.stream_share()).await);
                    self.stream = Some(self.source.stream(self.object, from));
                }
                match self.stream.as_mut() {
                    Some(stream) => stream
                        .next()
                        .await
                        .transpose()
                        .map(|piece| piece.map_or(Piece::End, Piece::Bytes)),
                    None => Ok(Piece::End),
                }
            }
        }
    }

    /// A streamed object holds a few pieces at a time: what arrives, what is decoded, what is matched.
    fn stream_share(&self) -> u64 {
        let all = 4 * self.reader.options.piece + self.reader.waiting();
        (all as u64).min(4 * self.object.size + (64 << 10))
    }
}

/// The run was told to end.
pub(super) fn interrupted() -> DecodeError {
    DecodeError::new(
        SkipReason::Unavailable,
        "object before the run was interrupted",
        0,
    )
}
