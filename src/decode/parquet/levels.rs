//! What a page's levels and lengths tell before it is decoded: whether it begins a row, whether all of it is null, and
//! how large its values become. Decoding by the page's own claims could fill memory; these checks come first.

use parquet::basic::Encoding;

/// Bits that a level up to `max` takes.
pub(super) fn bits(max: u16) -> u32 {
    u16::BITS - max.leading_zeros()
}

/// The first run of levels in the RLE and bit-packing hybrid
/// (<https://github.com/apache/parquet-format/blob/master/Encodings.md#run-length-encoding--bit-packing-hybrid-rle--3>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Its first level.
    pub(super) level: u16,
    /// How many levels are surely equal to it, itself included.
    pub(super) len: u64,
}

/// Reads the first run of `bytes`, whose levels take `bits` bits each.
pub(super) fn first_run(bytes: &[u8], bits: u32) -> Option<Run> {
    let (head, at) = varint(bytes)?;
    let low = u16::from(*bytes.get(at)?);
    let mask = (1u32 << bits) - 1;
    let high = if bits > 8 {
        u16::from(*bytes.get(at + 1)?)
    } else {
        0
    };
    let level = ((u32::from(high) << 8 | u32::from(low)) & mask) as u16;
    let len = if head & 1 == 0 { head >> 1 } else { 1 };
    Some(Run { level, len })
}

/// The first level in the deprecated packing from the most significant bit.
pub(super) fn first_packed(bytes: &[u8], bits: u32) -> Option<Run> {
    let pair = [*bytes.first()?, bytes.get(1).copied().unwrap_or(0)];
    Some(Run {
        level: u16::from_be_bytes(pair) >> (16 - bits),
        len: 1,
    })
}

fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// Splits off the levels at the start of a version 1 page: (levels, rest).
pub(super) fn split_v1(bytes: &[u8], encoding: Encoding, values: u32, max: u16) -> Option<(&[u8], &[u8])> {
    if max == 0 {
        return Some((&[], bytes));
    }
    if encoding != Encoding::RLE {
        let len = (u64::from(values) * u64::from(bits(max))).div_ceil(8);
        return bytes.split_at_checked(usize::try_from(len).ok()?);
    }
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*len) as usize)
}

/// The size that the value section of a page has when decoded, as far as its encoding hides it; `None` where lengths
/// are wrong or more than `max_values` of them are announced.
///
/// Only the delta encodings hide anything: DELTA_BYTE_ARRAY writes a shared prefix once, however long and however
/// often it is shared, and all of them announce a count that a decoder allocates for.
pub(super) fn expanded(bytes: &[u8], encoding: Encoding, max_values: u32) -> Option<u64> {
    match encoding {
        Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY if bytes.is_empty() => Some(0),
        Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => {
            Packed::new(bytes, max_values).map(|_| bytes.len() as u64)
        }
        Encoding::DELTA_BYTE_ARRAY if !bytes.is_empty() => {
            let (prefixes, at) = total(bytes, max_values)?;
            let (suffixes, _) = total(bytes.get(at..)?, max_values)?;
            prefixes.checked_add(suffixes)
        }
        _ => Some(bytes.len() as u64),
    }
}

/// The sum of a block of lengths, and where it ends.
fn total(bytes: &[u8], max_values: u32) -> Option<(u64, usize)> {
    let mut packed = Packed::new(bytes, max_values)?;
    let mut sum = 0u64;
    while let Some(length) = packed.next()? {
        sum = sum.checked_add(u64::try_from(length).ok()?)?;
    }
    Some((sum, packed.at))
}

/// DELTA_BINARY_PACKED numbers
/// (<https://github.com/apache/parquet-format/blob/master/Encodings.md#delta-encoding-delta_binary_packed--5>).
struct Packed<'a> {
    bytes: &'a [u8],
    at: usize,
    per_block: u64,
    blocks: u64,
    left: u64,
    value: i64,
    fresh: bool,
    min_delta: i64,
    widths: Vec<u8>,
    mini: usize,
    in_mini: u64,
}

impl<'a> Packed<'a> {
    /// `None`: the header is wrong or announces more than `max_values`.
    fn new(bytes: &'a [u8], max_values: u32) -> Option<Self> {
        let mut at = 0;
        let mut number = || {
            let (value, len) = varint(bytes.get(at..)?)?;
            at += len;
            Some(value)
        };
        let (block, minis, left, first) = (number()?, number()?, number()?, number()?);
        let sound = block.is_multiple_of(128)
            && minis > 0
            && block.is_multiple_of(minis)
            && (block / minis).is_multiple_of(32)
            && block / minis > 0
            && block <= 1 << 24
            && left <= u64::from(max_values);
        sound.then(|| Self {
            bytes,
            at,
            per_block: block / minis,
            blocks: minis,
            left,
            value: zigzag(first),
            fresh: true,
            min_delta: 0,
            widths: Vec::new(),
            mini: 0,
            in_mini: 0,
        })
    }

    /// `Some(None)`: the end; `None`: wrong.
    fn next(&mut self) -> Option<Option<i64>> {
        if self.left == 0 {
            self.at = self.at.max(self.mini_end());
            return Some(None);
        }
        self.left -= 1;
        if self.fresh {
            self.fresh = false;
            return Some(Some(self.value));
        }
        if self.in_mini == self.per_block {
            self.at = self.mini_end();
            self.mini += 1;
            self.in_mini = 0;
        }
        if self.mini == self.widths.len() {
            self.block()?;
        }
        let delta = self.unpack()?;
        self.in_mini += 1;
        self.value = self.value.wrapping_add(self.min_delta).wrapping_add(delta);
        Some(Some(self.value))
    }

    fn block(&mut self) -> Option<()> {
        let (min_delta, len) = varint(self.bytes.get(self.at..)?)?;
        self.at += len;
        let end = self.at.checked_add(usize::try_from(self.blocks).ok()?)?;
        self.widths = self.bytes.get(self.at..end)?.to_vec();
        self.at = end;
        self.min_delta = zigzag(min_delta);
        (self.mini, self.in_mini) = (0, 0);
        self.widths.iter().all(|w| *w <= 64).then_some(())
    }

    /// Where the miniblock being read ends.
    fn mini_end(&self) -> usize {
        let width = self.widths.get(self.mini).copied().unwrap_or(0);
        self.at + (u64::from(width) * self.per_block / 8) as usize
    }

    fn unpack(&self) -> Option<i64> {
        let width = u64::from(self.widths[self.mini]);
        if width == 0 {
            return Some(0);
        }
        let bit = self.in_mini * width;
        let from = self.at + (bit / 8) as usize;
        // Nine bytes hold 64 bits at any offset; the last ones may lie past the end.
        let mut window = [0u8; 16];
        let have = self.bytes.get(from..)?;
        let take = have.len().min(9);
        if (take as u64) * 8 < bit % 8 + width {
            return None;
        }
        window[..take].copy_from_slice(&have[..take]);
        let value = u128::from_le_bytes(window) >> (bit % 8) & ((1u128 << width) - 1);
        Some(value as u64 as i64)
    }
}

fn zigzag(raw: u64) -> i64 {
    (raw >> 1) as i64 ^ -((raw & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_take_as_few_bits_as_their_maximum() {
        assert_eq!([0, 1, 2, 3, 4, 255, 256].map(bits), [0, 1, 2, 2, 3, 8, 9]);
    }

    #[test]
    fn the_first_run_is_read_from_both_kinds() {
        assert_eq!(first_run(&[0x14, 1], 1), Some(Run { level: 1, len: 10 }));
        assert_eq!(first_run(&[0x03, 0b0000_0110], 2), Some(Run { level: 2, len: 1 }));
        assert_eq!(
            first_run(&[0x14, 0x2c, 0x01], 9),
            Some(Run { level: 300, len: 10 })
        );
        assert_eq!(first_run(&[0x14], 1), None);
        assert_eq!(first_packed(&[0b1000_0000], 2), Some(Run { level: 2, len: 1 }));
    }

    #[test]
    fn version_one_levels_are_split_off() {
        let bytes = [2, 0, 0, 0, 0x14, 1, 9, 9];
        assert_eq!(
            split_v1(&bytes, Encoding::RLE, 10, 1),
            Some((&bytes[4..6], &bytes[6..]))
        );
        #[expect(deprecated, reason = "old files use it")]
        let packed = split_v1(&bytes, Encoding::BIT_PACKED, 10, 1);
        assert_eq!(packed, Some((&bytes[..2], &bytes[2..])));
        assert_eq!(split_v1(&bytes[..5], Encoding::RLE, 10, 1), None);
        assert_eq!(
            split_v1(&bytes, Encoding::RLE, 10, 0),
            Some((&[][..], &bytes[..]))
        );
    }

    /// 128 values a block in 4 miniblocks; first 5, then deltas of 1 and 3 by a width of 2 (minimum 1).
    fn lengths() -> Vec<u8> {
        let mut bytes = vec![0x80, 0x01, 4, 3, 10, 2, 2, 0, 0, 0];
        bytes.extend([0b0000_1000, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn delta_lengths_add_up() {
        assert_eq!(total(&lengths(), 3), Some((5 + 6 + 9, 18)));
        assert_eq!(total(&lengths(), 2), None);
        for end in 0..11 {
            assert_eq!(total(&lengths()[..end], 3), None, "{end}");
        }
    }

    #[test]
    fn shared_prefixes_count_as_often_as_they_are_shared() {
        let mut bytes = lengths();
        bytes.extend(lengths());
        bytes.extend([b'x'; 20]);
        assert_eq!(expanded(&bytes, Encoding::DELTA_BYTE_ARRAY, 3), Some(40));
        assert_eq!(expanded(&bytes, Encoding::PLAIN, 3), Some(bytes.len() as u64));
    }

    #[test]
    fn a_header_that_would_divide_by_zero_is_refused() {
        assert_eq!(
            expanded(&[0x80, 0x01, 0, 1, 0], Encoding::DELTA_BINARY_PACKED, 9),
            None
        );
        assert_eq!(expanded(&[0, 4, 1, 0], Encoding::DELTA_BINARY_PACKED, 9), None);
    }

    #[test]
    fn a_count_beyond_the_page_is_refused() {
        let bytes = [0x80, 0x01, 4, 0xff, 0xff, 0xff, 0xff, 0x07, 0];
        for encoding in [
            Encoding::DELTA_BINARY_PACKED,
            Encoding::DELTA_LENGTH_BYTE_ARRAY,
            Encoding::DELTA_BYTE_ARRAY,
        ] {
            assert_eq!(expanded(&bytes, encoding, 1000), None);
        }
    }
}
