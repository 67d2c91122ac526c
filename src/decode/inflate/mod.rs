//! Decompression of streams: the only use of decompressors outside Parquet, in bounded pieces and against bombs.

mod codec;
mod gzip;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::{Buf, Bytes};

pub(super) use codec::Codec;
use codec::Members;

use super::detect::{Detect, Place};
use super::{DecodeError, Decoder, Piece, Step, Want};
use crate::model::skip::SkipReason;

/// Output that is never a bomb.
const FREE: u64 = 64 << 20;
/// How many times its input a stream may expand to, beyond [`FREE`].
const RATIO: u64 = 200;
/// The most output made at once; expansion is judged at its multiples, so that the verdict does not depend on how the
/// input arrives.
const CHUNK: u64 = 256 << 10;

/// What the compressions of one nest have read, at the outside, and written, together.
#[derive(Default)]
pub(super) struct Meter {
    input: AtomicU64,
    output: AtomicU64,
}

/// A compressed stream around something else.
pub(super) struct Inflate {
    codec: Codec,
    members: Members,
    inner: Detect,
    meter: Arc<Meter>,
    outermost: bool,
    input: Bytes,
    ending: Option<Option<DecodeError>>,
    /// Why no more output is made.
    failed: Option<DecodeError>,
    read: u64,
    written: u64,
}

/// A whole gzip stream, decompressed; `None` where it is none, is cut short, or makes more than `limit` bytes.
#[cfg(feature = "cloud")]
pub(crate) fn gunzip(mut input: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut members = Members::new(Codec::Gzip, 0);
    let (mut out, mut filled) = (Vec::new(), 0);
    while filled <= limit {
        out.resize(filled + CHUNK as usize, 0);
        let progress = members.run(input, &mut out[filled..]).ok()?;
        input = &input[progress.read..];
        filled += progress.written;
        if progress.read == 0 && progress.written == 0 {
            break;
        }
    }
    out.truncate(filled);
    (members.between() && input.is_empty() && filled <= limit).then_some(out)
}

/// What became of an attempt to make output.
enum Made {
    Output(Vec<u8>),
    NeedsInput,
    Ended(Piece),
}

impl Inflate {
    /// A stream compressed with `codec`, which lies at `place`.
    pub(super) fn new(codec: Codec, mut place: Place) -> Self {
        let outermost = place.meter.is_none();
        let meter = Arc::clone(place.meter.get_or_insert_default());
        Self {
            codec,
            members: Members::new(codec, place.options.budget / 4),
            inner: Detect::new(place),
            meter,
            outermost,
            input: Bytes::new(),
            ending: None,
            failed: None,
            read: 0,
            written: 0,
        }
    }

    /// Makes the next output, up to the next multiple of [`CHUNK`].
    fn make(&mut self) -> Made {
        if let Some(error) = self.failed.take() {
            return Made::Ended(Piece::Broken(error));
        }
        let mut out = vec![0; (CHUNK - self.written % CHUNK) as usize];
        let mut filled = 0;
        let ended = loop {
            match self.run(&mut out[filled..]) {
                Ok(0) if self.input.is_empty() => break self.ended(),
                Ok(0) => break Some(Piece::Broken(self.error(SkipReason::Corrupt))),
                Ok(written) => filled += written,
                Err(reason) => break Some(Piece::Broken(self.error(reason))),
            }
            if filled == out.len() {
                break None;
            }
        };
        self.settle(out, filled, ended)
    }

    fn settle(&mut self, mut out: Vec<u8>, filled: usize, ended: Option<Piece>) -> Made {
        out.truncate(filled);
        if self.written.is_multiple_of(CHUNK) && self.is_bomb() {
            self.failed = Some(self.error(SkipReason::Bomb));
        } else if let (Some(Piece::Broken(error)), true) = (&ended, filled > 0) {
            self.failed = Some(error.clone());
        }
        match ended {
            _ if filled > 0 => Made::Output(out),
            Some(piece) => Made::Ended(piece),
            None => Made::NeedsInput,
        }
    }

    /// Decompresses once; gives how much was written, 0 if more input is needed.
    fn run(&mut self, out: &mut [u8]) -> Result<usize, SkipReason> {
        loop {
            let progress = self.members.run(&self.input, out)?;
            self.input.advance(progress.read);
            self.count(progress.read, progress.written);
            if progress.written > 0 || progress.read == 0 {
                return Ok(progress.written);
            }
        }
    }

    fn count(&mut self, read: usize, written: usize) {
        self.read += read as u64;
        self.written += written as u64;
        if self.outermost {
            self.meter.input.fetch_add(read as u64, Relaxed);
        }
        self.meter.output.fetch_add(written as u64, Relaxed);
    }

    /// What the end of the input means; `None` if it has not ended.
    fn ended(&self) -> Option<Piece> {
        Some(match self.ending.as_ref()? {
            Some(error) => Piece::Broken(error.clone()),
            None if self.members.between() => Piece::End,
            None => Piece::Broken(self.error(SkipReason::Truncated)),
        })
    }

    fn is_bomb(&self) -> bool {
        let (input, output) = (self.meter.input.load(Relaxed), self.meter.output.load(Relaxed));
        let expands = self.written / RATIO > self.read || output / RATIO > input;
        self.written > FREE && expands
    }

    fn error(&self, reason: SkipReason) -> DecodeError {
        DecodeError::new(reason, self.codec.as_str(), self.read)
    }
}

impl Decoder for Inflate {
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
            match self.inner.step()? {
                Step::Need(_) => match self.make() {
                    Made::Output(bytes) => self.inner.feed(Piece::Bytes(bytes.into())),
                    Made::Ended(piece) => self.inner.feed(piece),
                    Made::NeedsInput => return Ok(Step::Need(Want::Stream { from: 0 })),
                },
                step => return Ok(step),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::decode::testing::{Dump, dump, options};
    use proptest::prelude::*;

    const TABLE: &[u8] = b"name,city\nAda,Rome\nBob,Oslo\nCy,Bonn\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::GzBuilder::new()
            .filename("name")
            .comment("comment")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn compressed(bytes: &[u8]) -> [(Vec<u8>, &'static str); 4] {
        [
            (gzip(bytes), "gzip stream"),
            (zstd(bytes), "zstd stream"),
            (bzip2(bytes), "bzip2 stream"),
            (xz(bytes), "xz stream"),
        ]
    }

    fn read(bytes: &[u8], step: usize) -> Dump {
        dump(b"x.csv", bytes, &options(1000), step)
    }

    #[test]
    fn every_codec_gives_its_content_however_the_bytes_arrive() {
        let want = read(TABLE, 1000);
        assert_eq!(want.rows, 3);
        for (bytes, what) in compressed(TABLE) {
            for step in [1, 7, 1000] {
                assert_eq!(read(&bytes, step), want, "{what}");
            }
        }
    }

    #[test]
    fn members_one_after_the_other_are_one_stream() {
        let (a, b) = TABLE.split_at(20);
        for ((mut bytes, what), (more, _)) in compressed(a).into_iter().zip(compressed(b)) {
            bytes.extend_from_slice(&more);
            assert_eq!(read(&bytes, 5).cells, read(TABLE, 5).cells, "{what}");
        }
    }

    #[test]
    fn what_was_read_before_a_truncation_is_kept() {
        let long: Vec<u8> = (0..200_000u32)
            .flat_map(|n| format!("{n},x{n}\n").into_bytes())
            .collect();
        for (bytes, what) in compressed(&long) {
            let got = read(&bytes[..bytes.len() * 9 / 10], 10_000);
            let [skip] = &got.skips[..] else { panic!("{what}") };
            assert_eq!(
                (skip.error.reason, skip.error.what),
                (SkipReason::Truncated, what)
            );
            assert!(skip.partial.is_some_and(|close| close.rows > 100), "{what}");
        }
    }

    #[test]
    fn damage_is_never_silent() {
        for (mut bytes, what) in compressed(&TABLE.repeat(2000)) {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 8].fill(0x5a);
            let got = read(&bytes, 10_000);
            // Damaged lengths may make a stream seem to go on.
            let said = [SkipReason::Corrupt, SkipReason::Truncated];
            assert!(said.contains(&got.skips[0].error.reason), "{what}");
        }
    }

    #[test]
    fn a_wrong_checksum_is_corrupt() {
        let mut bytes = gzip(TABLE);
        let crc = bytes.len() - 8;
        bytes[crc] ^= 1;
        assert_eq!(read(&bytes, 100).skips[0].error.reason, SkipReason::Corrupt);
    }

    #[test]
    fn zero_padding_behind_a_stream_is_nothing_and_other_bytes_are_corrupt() {
        let mut bytes = gzip(TABLE);
        bytes.extend([0; 100]);
        assert_eq!(read(&bytes, 3), read(TABLE, 3));
        bytes.push(b'x');
        assert_eq!(read(&bytes, 3).skips[0].error.reason, SkipReason::Corrupt);
    }

    #[test]
    fn a_bomb_is_cut_off() {
        let bomb = gzip(&vec![b'a'; 80 << 20]);
        let got = read(&bomb, 4096);
        assert_eq!(got.skips[0].error.reason, SkipReason::Bomb);
        assert!(got.skips[0].partial.is_some_and(|close| close.bytes < 66 << 20));
    }

    #[test]
    fn a_bomb_in_layers_that_each_stay_modest_is_cut_off() {
        let inner = gzip(&expanding(100, 1 << 20)).repeat(70);
        let outer = gzip(&inner);
        assert!((70 << 20) / inner.len() < 200 && inner.len() / outer.len() < 200);
        assert_eq!(read(&outer, 4096).skips[0].error.reason, SkipReason::Bomb);
    }

    #[test]
    fn a_large_stream_that_expands_honestly_is_no_bomb() {
        let got = read(&gzip(&expanding(100, 70 << 20)), 1 << 20);
        assert_eq!((got.skips, got.closes[0].bytes), (vec![], 70 << 20));
    }

    /// Bytes that compress to about one in `ratio`.
    fn expanding(ratio: usize, len: usize) -> Vec<u8> {
        let mut seed = 1u64;
        let mut noise = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            b'a' + (seed >> 60) as u8
        };
        (0..len)
            .map(|at| if at % ratio == 0 { noise() } else { b'.' })
            .collect()
    }

    #[test]
    fn a_window_beyond_the_budget_is_too_large_a_unit() {
        let frame = b"\x28\xb5\x2f\xfd\x00\xb8\x09\x00\x00a";
        let got = read(frame, 100);
        assert_eq!(got.skips[0].error.reason, SkipReason::UnitTooLarge);
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let mut bytes = TABLE.to_vec();
        let limit = options(1000).max_depth;
        for _ in 0..limit {
            bytes = gzip(&bytes);
        }
        assert_eq!(read(&bytes, 1000).cells, read(TABLE, 1000).cells);
        let got = read(&gzip(&bytes), 1000);
        assert_eq!(got.skips[0].error.reason, SkipReason::TooDeep);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_streams_neither_panic_nor_hang(
            which in 0usize..4, at in 0usize..200, byte: u8, step in 1usize..300,
        ) {
            let (mut bytes, _) = compressed(TABLE)[which].clone();
            let at = at % bytes.len();
            bytes[at] = byte;
            read(&bytes, step);
        }
    }
}
