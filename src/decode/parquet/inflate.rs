//! Page decompression with the output's size known and enforced beforehand.
//!
//! The parquet crate lets gzip, brotli and LZ4 frames write as much as they like before it compares sizes, so a page
//! of a few kilobytes could fill memory; here no codec can write more than its page header declared.

use std::io::Read;

use parquet::basic::Compression;

/// Why a page did not decompress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The bytes are not what the codec or the header says.
    Corrupt,
    /// No decoder for this codec.
    Unsupported,
}

/// Decompresses `input` into exactly `len` bytes appended to `out`.
pub(super) fn inflate(
    codec: Compression,
    input: &[u8],
    len: usize,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    // By the format a page without values may leave its compressed part out altogether.
    if len == 0 {
        return Ok(());
    }
    let from = out.len();
    match codec {
        Compression::UNCOMPRESSED if input.len() == len => out.extend_from_slice(input),
        Compression::UNCOMPRESSED => return Err(Failure::Corrupt),
        Compression::SNAPPY => block(out, len, |to| {
            snap::raw::Decoder::new().decompress(input, to).ok()
        })?,
        Compression::GZIP(_) => stream(flate2::read::MultiGzDecoder::new(input), len, out)?,
        Compression::BROTLI(_) => stream(brotli::Decompressor::new(input, 4096), len, out)?,
        Compression::ZSTD(_) => block(out, len, |to| zstd::bulk::decompress_to_buffer(input, to).ok())?,
        Compression::LZ4_RAW => block(out, len, |to| raw_lz4(input, to))?,
        Compression::LZ4 => legacy_lz4(input, len, out)?,
        Compression::LZO => return Err(Failure::Unsupported),
    }
    if out.len() - from == len {
        Ok(())
    } else {
        Err(Failure::Corrupt)
    }
}

/// Runs a codec that fills a slice of `len` bytes and says how many it wrote.
fn block(
    out: &mut Vec<u8>,
    len: usize,
    fill: impl FnOnce(&mut [u8]) -> Option<usize>,
) -> Result<(), Failure> {
    let from = out.len();
    out.resize(from + len, 0);
    match fill(&mut out[from..]) {
        Some(written) if written == len => Ok(()),
        _ => Err(Failure::Corrupt),
    }
}

/// Runs a codec that streams, one byte further than allowed at most.
fn stream(from: impl Read, len: usize, out: &mut Vec<u8>) -> Result<(), Failure> {
    from.take(len as u64 + 1)
        .read_to_end(out)
        .map(drop)
        .map_err(|_| Failure::Corrupt)
}

fn raw_lz4(input: &[u8], to: &mut [u8]) -> Option<usize> {
    lz4_flex::block::decompress_into(input, to).ok()
}

/// The codec named plain `LZ4` means three things in the wild: Hadoop's framing (what the format settled on), the LZ4
/// frame format (early Rust writers), or a bare block (early C++ writers).
fn legacy_lz4(input: &[u8], len: usize, out: &mut Vec<u8>) -> Result<(), Failure> {
    let from = out.len();
    if block(out, len, |to| hadoop_lz4(input, to)).is_ok() {
        return Ok(());
    }
    out.truncate(from);
    let frame = lz4_flex::frame::FrameDecoder::new(input);
    if stream(frame, len, out).is_ok() && out.len() - from == len {
        return Ok(());
    }
    out.truncate(from);
    block(out, len, |to| raw_lz4(input, to))
}

/// Hadoop's framing: per block the decompressed size, the compressed size (both big-endian 32 bits), the block.
fn hadoop_lz4(mut input: &[u8], to: &mut [u8]) -> Option<usize> {
    let mut written = 0;
    while !input.is_empty() {
        let (head, rest) = input.split_first_chunk::<8>()?;
        let plain = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let packed = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let target = to.get_mut(written..)?.get_mut(..plain)?;
        if raw_lz4(rest.get(..packed)?, target)? != plain {
            return None;
        }
        written += plain;
        input = &rest[packed..];
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"one two two three three three four four four four";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        to.write_all(bytes).unwrap();
        to.finish().unwrap()
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        brotli::CompressorWriter::new(&mut packed, 4096, 5, 22)
            .write_all(bytes)
            .unwrap();
        packed
    }

    fn frame(bytes: &[u8]) -> Vec<u8> {
        let mut to = lz4_flex::frame::FrameEncoder::new(Vec::new());
        to.write_all(bytes).unwrap();
        to.finish().unwrap()
    }

    fn hadoop(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        for part in bytes.chunks(20) {
            let block = lz4_flex::block::compress(part);
            packed.extend((part.len() as u32).to_be_bytes());
            packed.extend((block.len() as u32).to_be_bytes());
            packed.extend(block);
        }
        packed
    }

    fn packed(bytes: &[u8]) -> Vec<(Compression, Vec<u8>)> {
        vec![
            (Compression::UNCOMPRESSED, bytes.to_vec()),
            (
                Compression::SNAPPY,
                snap::raw::Encoder::new().compress_vec(bytes).unwrap(),
            ),
            (Compression::GZIP(Default::default()), gzip(bytes)),
            (Compression::BROTLI(Default::default()), brotli(bytes)),
            (
                Compression::ZSTD(Default::default()),
                zstd::bulk::compress(bytes, 3).unwrap(),
            ),
            (Compression::LZ4_RAW, lz4_flex::block::compress(bytes)),
            (Compression::LZ4, hadoop(bytes)),
            (Compression::LZ4, frame(bytes)),
            (Compression::LZ4, lz4_flex::block::compress(bytes)),
        ]
    }

    #[test]
    fn every_codec_reads_back_behind_what_is_there() {
        for (codec, input) in packed(TEXT) {
            let mut out = b"levels".to_vec();
            assert_eq!(inflate(codec, &input, TEXT.len(), &mut out), Ok(()), "{codec:?}");
            assert_eq!(&out[6..], TEXT);
        }
    }

    #[test]
    fn no_codec_writes_more_than_declared() {
        let zeros = vec![0u8; 8 << 20];
        for (codec, input) in packed(&zeros) {
            let mut out = Vec::new();
            assert_eq!(
                inflate(codec, &input, 1000, &mut out),
                Err(Failure::Corrupt),
                "{codec:?}"
            );
            assert!(out.capacity() < 1 << 20, "{codec:?}");
        }
    }

    #[test]
    fn less_than_declared_is_corrupt_too() {
        for (codec, input) in packed(TEXT) {
            assert_eq!(
                inflate(codec, &input, TEXT.len() + 1, &mut Vec::new()),
                Err(Failure::Corrupt),
                "{codec:?}"
            );
        }
    }

    #[test]
    fn a_codec_without_a_decoder_says_so() {
        assert_eq!(
            inflate(Compression::LZO, TEXT, 9, &mut Vec::new()),
            Err(Failure::Unsupported)
        );
    }
}
