//! The codecs behind one face: streams of one or more members, run buffer to buffer.

use bzip2::Decompress as Bzip2;
use liblzma::stream::{Action, Error as XzError, Status as XzStatus, Stream as Xz};
use zstd::stream::raw::{DParameter, Decoder as Zstd, Operation};

use super::gzip::Gzip;
use crate::model::skip::SkipReason;

/// A compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Codec {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// bzip2.
    Bzip2,
    /// The .xz format.
    Xz,
}

impl Codec {
    /// Its name in errors.
    pub(in crate::decode) fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip stream",
            Self::Zstd => "zstd stream",
            Self::Bzip2 => "bzip2 stream",
            Self::Xz => "xz stream",
        }
    }
}

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Bytes of input used.
    pub(super) read: usize,
    /// Bytes of output made.
    pub(super) written: usize,
    /// Whether a member ended.
    pub(super) ended: bool,
}

/// A stream of members, which together are one content.
pub(super) struct Members {
    codec: Codec,
    memory: u64,
    engine: Option<Engine>,
    between: bool,
    any: bool,
}

enum Engine {
    Gzip(Box<Gzip>),
    Zstd(Zstd<'static>),
    Bzip2(Bzip2),
    Xz(Xz),
}

impl Members {
    /// A stream not yet begun. A member that needs more than `memory` bytes of window is refused.
    pub(super) fn new(codec: Codec, memory: u64) -> Self {
        Self {
            codec,
            memory,
            engine: None,
            between: true,
            any: false,
        }
    }

    /// Whether the stream may end here.
    pub(super) fn between(&self) -> bool {
        self.between && self.any
    }

    /// Decompresses `input` into `out`, one member at most.
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Progress, SkipReason> {
        if self.between {
            let padding = if self.any { leading_zeros(input) } else { 0 };
            if padding > 0 || input.is_empty() {
                return Ok(Progress {
                    read: padding,
                    ..Progress::default()
                });
            }
            self.begin()?;
        }
        let progress = match &mut self.engine {
            Some(engine) => engine.run(input, out)?,
            None => return Err(SkipReason::Corrupt),
        };
        self.between = progress.ended;
        self.any |= progress.ended;
        Ok(progress)
    }

    fn begin(&mut self) -> Result<(), SkipReason> {
        self.between = false;
        // A zstd context begins its next frame by itself, and is costly to make.
        if self.codec != Codec::Zstd || self.engine.is_none() {
            self.engine = Some(Engine::new(self.codec, self.memory)?);
        }
        Ok(())
    }
}

/// Padding behind a member: tapes and block devices leave zeros.
fn leading_zeros(input: &[u8]) -> usize {
    input.iter().position(|b| *b != 0).unwrap_or(input.len())
}

impl Engine {
    fn new(codec: Codec, memory: u64) -> Result<Self, SkipReason> {
        Ok(match codec {
            Codec::Gzip => Self::Gzip(Box::default()),
            Codec::Zstd => Self::Zstd(zstd(memory)?),
            Codec::Bzip2 => Self::Bzip2(Bzip2::new(false)),
            Codec::Xz => Self::Xz(Xz::new_stream_decoder(memory, 0).map_err(xz_reason)?),
        })
    }

    fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Progress, SkipReason> {
        match self {
            Self::Gzip(engine) => engine.run(input, out),
            Self::Zstd(engine) => run_zstd(engine, input, out),
            Self::Bzip2(engine) => run_bzip2(engine, input, out),
            Self::Xz(engine) => run_xz(engine, input, out),
        }
    }
}

/// A context whose window stays within `memory`.
fn zstd(memory: u64) -> Result<Zstd<'static>, SkipReason> {
    let log = memory.max(1).ilog2().clamp(20, 30);
    let mut engine = Zstd::new().map_err(|_| SkipReason::UnitTooLarge)?;
    let window = DParameter::WindowLogMax(log);
    engine.set_parameter(window).map_err(|_| SkipReason::Corrupt)?;
    Ok(engine)
}

fn run_zstd(engine: &mut Zstd<'_>, input: &[u8], out: &mut [u8]) -> Result<Progress, SkipReason> {
    let status = engine.run_on_buffers(input, out).map_err(|error| {
        // The library tells a window beyond the limit only by its words, which are not passed on.
        let memory = error.to_string().contains("memory");
        if memory {
            SkipReason::UnitTooLarge
        } else {
            SkipReason::Corrupt
        }
    })?;
    Ok(Progress {
        read: status.bytes_read,
        written: status.bytes_written,
        ended: status.remaining == 0,
    })
}

fn run_bzip2(engine: &mut Bzip2, input: &[u8], out: &mut [u8]) -> Result<Progress, SkipReason> {
    let (read, written) = (engine.total_in(), engine.total_out());
    let status = engine.decompress(input, out).map_err(|_| SkipReason::Corrupt)?;
    Ok(Progress {
        read: (engine.total_in() - read) as usize,
        written: (engine.total_out() - written) as usize,
        ended: status == bzip2::Status::StreamEnd,
    })
}

fn run_xz(engine: &mut Xz, input: &[u8], out: &mut [u8]) -> Result<Progress, SkipReason> {
    let (read, written) = (engine.total_in(), engine.total_out());
    let status = engine.process(input, out, Action::Run).map_err(xz_reason)?;
    Ok(Progress {
        read: (engine.total_in() - read) as usize,
        written: (engine.total_out() - written) as usize,
        ended: matches!(status, XzStatus::StreamEnd),
    })
}

fn xz_reason(error: XzError) -> SkipReason {
    match error {
        XzError::MemLimit | XzError::Mem => SkipReason::UnitTooLarge,
        XzError::Options | XzError::UnsupportedCheck => SkipReason::UnsupportedFormat,
        _ => SkipReason::Corrupt,
    }
}
