//! One gzip member (RFC 1952): header, deflated body, checksum and length.

use flate2::{Decompress, FlushDecompress, Status};

use super::codec::Progress;
use crate::model::skip::SkipReason;

/// Header flags of RFC 1952, 2.3.1.
const FHCRC: u8 = 0x02;
const FEXTRA: u8 = 0x04;
const FNAME: u8 = 0x08;
const FCOMMENT: u8 = 0x10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The fixed ten bytes, these many of which were seen.
    Fixed(usize),
    /// The length of the extra field; the first byte, if seen.
    ExtraLength(Option<u8>),
    /// So many bytes of the extra field are left.
    Extra(u16),
    Name,
    Comment,
    /// So many bytes of the header's checksum are left.
    HeaderCheck(u8),
    Body,
    /// The eight bytes behind the body, these many of which were seen.
    Trailer(usize),
}

/// The reader of one member.
pub(super) struct Gzip {
    stage: Stage,
    flags: u8,
    trailer: [u8; 8],
    inflate: Decompress,
    check: crc32fast::Hasher,
    length: u32,
}

impl Default for Gzip {
    fn default() -> Self {
        Self {
            stage: Stage::Fixed(0),
            flags: 0,
            trailer: [0; 8],
            inflate: Decompress::new(false),
            check: crc32fast::Hasher::new(),
            length: 0,
        }
    }
}

impl Gzip {
    /// Reads on.
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Progress, SkipReason> {
        let mut progress = Progress::default();
        while self.stage != Stage::Body && !progress.ended && progress.read < input.len() {
            progress.ended = self.byte(input[progress.read])?;
            progress.read += 1;
        }
        if self.stage == Stage::Body && progress.read < input.len().max(1) {
            let body = self.body(&input[progress.read..], out)?;
            progress.read += body.read;
            progress.written = body.written;
        }
        Ok(progress)
    }

    fn body(&mut self, input: &[u8], out: &mut [u8]) -> Result<Progress, SkipReason> {
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, out, FlushDecompress::None);
        let status = status.map_err(|_| SkipReason::Corrupt)?;
        let read = (self.inflate.total_in() - read) as usize;
        let written = (self.inflate.total_out() - written) as usize;
        self.check.update(&out[..written]);
        self.length = self.length.wrapping_add(written as u32);
        if status == Status::StreamEnd {
            self.stage = Stage::Trailer(0);
        }
        Ok(Progress {
            read,
            written,
            ended: false,
        })
    }

    /// Takes a byte of the header or trailer; gives whether the member ended.
    fn byte(&mut self, byte: u8) -> Result<bool, SkipReason> {
        self.stage = match self.stage {
            Stage::Fixed(at) => self.fixed(at, byte)?,
            Stage::ExtraLength(None) => Stage::ExtraLength(Some(byte)),
            Stage::ExtraLength(Some(low)) => self.after_extra_length(u16::from_le_bytes([low, byte])),
            Stage::Extra(1) => self.after_extra(),
            Stage::Extra(left) => Stage::Extra(left - 1),
            Stage::Name if byte == 0 => self.after_name(),
            Stage::Comment if byte == 0 => self.after_comment(),
            Stage::HeaderCheck(1) => Stage::Body,
            Stage::HeaderCheck(left) => Stage::HeaderCheck(left - 1),
            Stage::Trailer(at) => {
                self.trailer[at] = byte;
                if at == 7 {
                    return self.verify().map(|()| true);
                }
                Stage::Trailer(at + 1)
            }
            stage => stage,
        };
        Ok(false)
    }

    fn fixed(&mut self, at: usize, byte: u8) -> Result<Stage, SkipReason> {
        match (at, byte) {
            (0, 0x1f) | (1, 0x8b) | (2, 8) | (4..=8, _) => {}
            (3, flags) if flags < 0x20 => self.flags = flags,
            (9, _) if self.flags & FEXTRA != 0 => return Ok(Stage::ExtraLength(None)),
            (9, _) => return Ok(self.after_extra()),
            _ => return Err(SkipReason::Corrupt),
        }
        Ok(Stage::Fixed(at + 1))
    }

    fn after_extra_length(&self, length: u16) -> Stage {
        if length == 0 {
            self.after_extra()
        } else {
            Stage::Extra(length)
        }
    }

    fn after_extra(&self) -> Stage {
        if self.flags & FNAME != 0 {
            Stage::Name
        } else {
            self.after_name()
        }
    }

    fn after_name(&self) -> Stage {
        if self.flags & FCOMMENT != 0 {
            Stage::Comment
        } else {
            self.after_comment()
        }
    }

    fn after_comment(&self) -> Stage {
        if self.flags & FHCRC != 0 {
            Stage::HeaderCheck(2)
        } else {
            Stage::Body
        }
    }

    fn verify(&self) -> Result<(), SkipReason> {
        let [a, b, c, d, e, f, g, h] = self.trailer;
        let check = u32::from_le_bytes([a, b, c, d]);
        let length = u32::from_le_bytes([e, f, g, h]);
        let sound = check == self.check.clone().finalize() && length == self.length;
        if sound { Ok(()) } else { Err(SkipReason::Corrupt) }
    }
}
