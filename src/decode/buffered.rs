//! A member that needs random access, inside a stream: it is held in memory if it is small enough.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::{DecodeError, Decoder, Options, Piece, Skipped, Step, Want};
use crate::model::skip::SkipReason;

/// A Parquet file in a stream.
pub(super) struct Buffered {
    member: Vec<Vec<u8>>,
    options: Arc<Options>,
    data: BytesMut,
    inner: Option<Answered>,
    failed: Option<DecodeError>,
    done: bool,
}

impl Buffered {
    /// The file that is called `member`.
    pub(super) fn new(member: Vec<Vec<u8>>, options: Arc<Options>) -> Self {
        Self {
            member,
            options,
            data: BytesMut::new(),
            inner: None,
            failed: None,
            done: false,
        }
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.data.len() as u64 + bytes.len() as u64 > self.options.budget / 4 {
            let at = self.data.len() as u64;
            self.failed = Some(DecodeError::new(
                SkipReason::UnitTooLarge,
                "parquet in a stream",
                at,
            ));
            self.data = BytesMut::new();
        } else {
            self.data.extend_from_slice(bytes);
        }
    }

    fn open(&mut self) {
        let data = std::mem::take(&mut self.data).freeze();
        let member = self.member.clone();
        let inner = super::parquet::open(data.len() as u64, member, &self.options);
        self.inner = Some(Answered { inner, data });
    }
}

impl Decoder for Buffered {
    fn feed(&mut self, piece: Piece) {
        match piece {
            _ if self.failed.is_some() || self.inner.is_some() => {}
            Piece::Bytes(bytes) => self.hold(&bytes),
            Piece::End => self.open(),
            Piece::Broken(error) => self.failed = Some(error),
            Piece::Ranges(_) => {}
        }
    }

    fn step(&mut self) -> Result<Step, DecodeError> {
        if let Some(error) = self.failed.take() {
            self.done = true;
            return Ok(Step::Skipped(Skipped {
                member: self.member.clone(),
                error,
                partial: None,
            }));
        }
        match &mut self.inner {
            _ if self.done => Ok(Step::Done),
            Some(inner) => inner.step(),
            None => Ok(Step::Need(Want::Stream { from: 0 })),
        }
    }
}

/// A decoder whose wants are answered from memory.
struct Answered {
    inner: Box<dyn Decoder>,
    data: Bytes,
}

impl Answered {
    fn answer(&mut self, want: Want) {
        match want {
            Want::Ranges(ranges) => {
                let parts: Option<Vec<Bytes>> = ranges.into_iter().map(|range| self.slice(range)).collect();
                let outside =
                    || DecodeError::new(SkipReason::Corrupt, "parquet file", self.data.len() as u64);
                let piece = parts.map_or_else(|| Piece::Broken(outside()), Piece::Ranges);
                self.inner.feed(piece);
            }
            Want::Stream { .. } => self.inner.feed(Piece::End),
        }
    }

    fn slice(&self, range: Range<u64>) -> Option<Bytes> {
        let (start, end) = (
            usize::try_from(range.start).ok()?,
            usize::try_from(range.end).ok()?,
        );
        (start <= end && end <= self.data.len()).then(|| self.data.slice(start..end))
    }

    fn wrap(&self, inner: Box<dyn Decoder>) -> Box<dyn Decoder> {
        Box::new(Self {
            inner,
            data: self.data.clone(),
        })
    }
}

impl Decoder for Answered {
    fn feed(&mut self, piece: Piece) {
        self.inner.feed(piece);
    }

    fn step(&mut self) -> Result<Step, DecodeError> {
        loop {
            match self.inner.step()? {
                Step::Need(want) => self.answer(want),
                Step::Split(parts) => {
                    return Ok(Step::Split(
                        parts.into_iter().map(|part| self.wrap(part)).collect(),
                    ));
                }
                step => return Ok(step),
            }
        }
    }
}
