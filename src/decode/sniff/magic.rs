//! Signatures of formats, from their specifications.

use super::Kind;
use Kind::{Bzip2, Encrypted, Gzip, NoText, Parquet, Unsupported, Xz, Zstd};

/// A signature: these bytes at this offset.
struct Magic {
    at: usize,
    bytes: &'static [u8],
    kind: Kind,
}

const fn magic(at: usize, bytes: &'static [u8], kind: Kind) -> Magic {
    Magic { at, bytes, kind }
}

/// Signatures that no text begins with: they hold a byte that is none, or more letters than chance gives.
const CERTAIN: &[Magic] = &[
    magic(0, b"\x1f\x8b", Gzip),
    magic(0, b"\x28\xb5\x2f\xfd", Zstd),
    magic(0, b"\xfd7zXZ\0", Xz),
    magic(0, b"PK\x03\x04", Unsupported("zip archive")),
    magic(0, b"PK\x05\x06", Unsupported("zip archive")),
    magic(0, b"PK\x07\x08", Unsupported("zip archive")),
    magic(0, b"7z\xbc\xaf\x27\x1c", Unsupported("7z archive")),
    magic(0, b"Rar!\x1a\x07", Unsupported("rar archive")),
    magic(0, b"\x04\x22\x4d\x18", Unsupported("lz4 stream")),
    magic(0, b"\xff\x06\0\0sNaPpY", Unsupported("snappy stream")),
    magic(0, b"\x1f\x9d", Unsupported("compress stream")),
    magic(0, b"LZIP\x01", Unsupported("lzip stream")),
    magic(0, b"!<arch>\n", Unsupported("ar archive")),
    magic(0, b"\xed\xab\xee\xdb", Unsupported("rpm package")),
    magic(0, b"%PDF-", Unsupported("pdf document")),
    magic(
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Unsupported("office document"),
    ),
    magic(0, b"SQLite format 3\0", Unsupported("sqlite database")),
    magic(8, b"DUCK", Unsupported("duckdb database")),
    magic(0, b"Obj\x01", Unsupported("avro file")),
    magic(0, b"ARROW1\0\0", Unsupported("arrow file")),
    magic(0, b"\xff\xff\xff\xff", Unsupported("arrow stream")),
    magic(0, b"FEA1\0", Unsupported("feather file")),
    magic(0, b"SEQ\x06", Unsupported("hadoop sequence file")),
    magic(0, b"\x89HDF\r\n\x1a\n", Unsupported("hdf5 file")),
    magic(0, b"CDF\x01", Unsupported("netcdf file")),
    magic(0, b"CDF\x02", Unsupported("netcdf file")),
    magic(0, b"\x93NUMPY", Unsupported("numpy array")),
    magic(0, b"\x80\x02", Unsupported("python pickle")),
    magic(0, b"\x80\x03", Unsupported("python pickle")),
    magic(0, b"\x80\x04\x95", Unsupported("python pickle")),
    magic(0, b"\x80\x05\x95", Unsupported("python pickle")),
    magic(0, b"\x7fELF", Unsupported("executable")),
    magic(0, b"\xca\xfe\xba\xbe", Unsupported("executable")),
    magic(0, b"\xfe\xed\xfa\xce", Unsupported("executable")),
    magic(0, b"\xfe\xed\xfa\xcf", Unsupported("executable")),
    magic(0, b"\xce\xfa\xed\xfe", Unsupported("executable")),
    magic(0, b"\xcf\xfa\xed\xfe", Unsupported("executable")),
    magic(0, b"\0asm", Unsupported("executable")),
    magic(0, b"\x1a\x45\xdf\xa3", Unsupported("video")),
    magic(0, b"\0\0\x01\xba", Unsupported("video")),
    magic(0, b"\0\x01\0\0\0", Unsupported("font")),
    magic(0, b"OTTO\0", Unsupported("font")),
    magic(0, b"wOFF\0", Unsupported("font")),
    magic(0, b"wOF2\0", Unsupported("font")),
    magic(0, b"age-encryption.org/v1\n", Encrypted("age file")),
    magic(0, b"Salted__", Encrypted("openssl file")),
    magic(0, b"\x89PNG\r\n\x1a\n", NoText("image/png")),
    magic(0, b"\xff\xd8\xff", NoText("image/jpeg")),
    magic(0, b"GIF87a", NoText("image/gif")),
    magic(0, b"GIF89a", NoText("image/gif")),
    magic(0, b"II*\0", NoText("image/tiff")),
    magic(0, b"MM\0*", NoText("image/tiff")),
    magic(0, b"\0\0\x01\0", NoText("image/x-icon")),
    magic(0, b"\0\0\0\x0cjP  \r\n", NoText("image/jp2")),
    magic(0, b"8BPS\0\x01", NoText("image/vnd.adobe.photoshop")),
    magic(4, b"ftypavif", NoText("image/avif")),
    magic(4, b"ftypheic", NoText("image/heic")),
    magic(4, b"ftypheix", NoText("image/heic")),
    magic(4, b"ftypmif1", NoText("image/heif")),
    magic(4, b"ftypM4A ", NoText("audio/mp4")),
    magic(4, b"ftypM4B ", NoText("audio/mp4")),
    magic(4, b"ftyp", Unsupported("video")),
    magic(0, b"fLaC\0", NoText("audio/flac")),
    magic(0, b"OggS\0", NoText("audio/ogg")),
    magic(0, b"MThd\0\0\0\x06", NoText("audio/midi")),
    magic(0, b"#!AMR\n", NoText("audio/amr")),
];

/// Signatures of letters only: a text may begin so, and is one if the rest reads as text.
const LIKELY: &[Magic] = &[
    magic(0, b"PAR1", Parquet),
    magic(0, b"PARE", Encrypted("parquet footer")),
    magic(0, b"BZh", Bzip2),
    magic(0, b"ORC", Unsupported("orc file")),
    magic(0, b"MZ", Unsupported("executable")),
    magic(0, b"BM", NoText("image/bmp")),
    magic(0, b"ID3", NoText("audio/mpeg")),
    magic(0, b"\xff\xfb", NoText("audio/mpeg")),
    magic(0, b"\xff\xf3", NoText("audio/mpeg")),
    magic(0, b"\xff\xf2", NoText("audio/mpeg")),
    magic(0, b"\xff\xf1", NoText("audio/aac")),
    magic(0, b"\xff\xf9", NoText("audio/aac")),
];

fn find(magics: &[Magic], head: &[u8]) -> Option<Kind> {
    let matches = |m: &&Magic| head.get(m.at..).is_some_and(|rest| rest.starts_with(m.bytes));
    magics.iter().find(matches).map(|m| m.kind)
}

/// What a signature that no text begins with says.
pub(super) fn certain(head: &[u8]) -> Option<Kind> {
    find(CERTAIN, head)
        .or_else(|| riff(head))
        .or_else(|| skippable(head))
}

/// What a signature says that a text could begin with.
pub(super) fn likely(head: &[u8]) -> Option<Kind> {
    find(LIKELY, head)
}

/// RIFF files name their content eight bytes in.
fn riff(head: &[u8]) -> Option<Kind> {
    match (head.get(..4)?, head.get(8..12)?) {
        (b"RIFF", b"WEBP") => Some(NoText("image/webp")),
        (b"RIFF", b"WAVE") => Some(NoText("audio/wav")),
        (b"RIFF", b"AVI ") => Some(Unsupported("video")),
        (b"FORM", b"AIFF" | b"AIFC") => Some(NoText("audio/aiff")),
        _ => None,
    }
}

/// A zstd stream may begin with frames to be skipped (RFC 8878, 3.1.2).
fn skippable(head: &[u8]) -> Option<Kind> {
    let &[low, 0x2a, 0x4d, 0x18] = head.get(..4)? else {
        return None;
    };
    (low & 0xf0 == 0x50).then_some(Zstd)
}
