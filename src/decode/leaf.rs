//! Running one innermost text-like file: bytes in, `Open`, columns, cells and `Close` out.

use std::collections::VecDeque;

use bytes::Bytes;

use super::charset::{Charset, Transcoder};
use super::{Close, DecodeError, Decoder, Format, Part, Piece, Skipped, Step, Want};

/// The most bytes that a leaf is given at once, so that what it gathers stays small.
const SLICE: usize = 256 << 10;

/// Steps on their way out.
pub(super) type Out = VecDeque<Step>;

/// A format over a stream of UTF-8 (or at least ASCII-compatible) bytes.
pub(super) trait Leaf: Send {
    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// Nothing after these bytes can be understood; [`Leaf::finish`] is still called.
    fn push(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), DecodeError>;

    /// Gives everything that is still held: the stream ended, or broke, or `push` failed.
    ///
    /// # Errors
    ///
    /// The content should not have ended here, or parts of it were passed over.
    fn finish(&mut self, out: &mut Out) -> Result<(), DecodeError>;

    /// Rows so far.
    fn rows(&self) -> u64;
}

enum State {
    Start,
    Running,
    Ended(Option<DecodeError>),
    Closed,
}

/// The decoder around a [`Leaf`].
pub(super) struct Runner<L> {
    part: Part,
    text: Transcoder,
    leaf: L,
    input: Bytes,
    ending: Option<Option<DecodeError>>,
    bytes: u64,
    out: Out,
    state: State,
}

impl<L: Leaf> Runner<L> {
    /// Runs `leaf` as the content of `member`.
    pub(super) fn new(member: Vec<Vec<u8>>, format: Format, charset: Charset, leaf: L) -> Self {
        Self {
            part: Part { member, format },
            text: Transcoder::new(charset),
            leaf,
            input: Bytes::new(),
            ending: None,
            bytes: 0,
            out: Out::new(),
            state: State::Start,
        }
    }

    fn advance(&mut self) -> Option<Step> {
        if !self.input.is_empty() {
            let slice = self.input.split_to(self.input.len().min(SLICE));
            self.bytes += slice.len() as u64;
            self.run(&slice, false);
            return None;
        }
        match self.ending.take() {
            None => Some(Step::Need(Want::Stream { from: 0 })),
            Some(reason) => {
                self.run(&[], true);
                if matches!(self.state, State::Running) {
                    let finished = self.leaf.finish(&mut self.out).err();
                    self.state = State::Ended(reason.or(finished));
                }
                None
            }
        }
    }

    fn run(&mut self, slice: &[u8], last: bool) {
        let text = self.text.convert(slice, last);
        if let Err(error) = self.leaf.push(text, &mut self.out) {
            // Whatever else the leaf has to say, the first failure is the one to report.
            let _ = self.leaf.finish(&mut self.out);
            self.state = State::Ended(Some(error));
        }
    }

    fn close(&mut self, failed: Option<DecodeError>) -> Step {
        let close = Close {
            rows: self.leaf.rows(),
            bytes: self.bytes,
        };
        match failed {
            None => Step::Close(close),
            Some(error) => Step::Skipped(Skipped {
                member: self.part.member.clone(),
                error,
                partial: Some(close),
            }),
        }
    }
}

impl<L: Leaf> Decoder for Runner<L> {
    fn feed(&mut self, piece: Piece) {
        match piece {
            Piece::Bytes(bytes) => self.input = bytes,
            Piece::End => self.ending = Some(None),
            Piece::Broken(error) => self.ending = Some(Some(error)),
            Piece::Ranges(_) => {}
        }
    }

    fn step(&mut self) -> Result<Step, DecodeError> {
        loop {
            if let Some(step) = self.out.pop_front() {
                return Ok(step);
            }
            match std::mem::replace(&mut self.state, State::Closed) {
                State::Start => {
                    self.state = State::Running;
                    return Ok(Step::Open(self.part.clone()));
                }
                State::Running => {
                    self.state = State::Running;
                    if let Some(step) = self.advance() {
                        return Ok(step);
                    }
                }
                State::Ended(failed) => return Ok(self.close(failed)),
                State::Closed => return Ok(Step::Done),
            }
        }
    }
}
