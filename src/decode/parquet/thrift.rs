//! Just enough of Thrift's compact protocol to read page headers and to look a footer over before the parquet crate
//! parses it: page headers are private there, and a footer's claims must be bounded before anything is allocated.
//!
//! The encoding: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end inside the value: with more of them it might be read.
    Short,
    /// No continuation makes this valid.
    Bad,
}

/// The wire types that this reader tells apart.
pub(super) mod kind {
    pub(in super::super) const TRUE: u8 = 1;
    pub(in super::super) const FALSE: u8 = 2;
    pub(in super::super) const BYTE: u8 = 3;
    pub(in super::super) const I16: u8 = 4;
    pub(in super::super) const I32: u8 = 5;
    pub(in super::super) const I64: u8 = 6;
    pub(in super::super) const DOUBLE: u8 = 7;
    pub(in super::super) const BINARY: u8 = 8;
    pub(in super::super) const LIST: u8 = 9;
    pub(in super::super) const SET: u8 = 10;
    pub(in super::super) const MAP: u8 = 11;
    pub(in super::super) const STRUCT: u8 = 12;
    pub(in super::super) const UUID: u8 = 13;
}

/// How deep values may nest; no Parquet structure comes near.
const MAX_DEPTH: u32 = 32;

/// A cursor over compact-protocol bytes.
pub(super) struct Reader<'a> {
    buf: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `buf`.
    pub(super) fn new(buf: &'a [u8]) -> Self {
        Self { buf, at: 0 }
    }

    /// How many bytes were read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.checked_add(n).ok_or(Stop::Bad)?;
        let bytes = self.buf.get(self.at..end).ok_or(Stop::Short)?;
        self.at = end;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128 number of at most 64 bits.
    pub(super) fn varint(&mut self) -> Result<u64, Stop> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Stop::Bad)
    }

    /// A zigzag number of at most 64 bits.
    pub(super) fn int(&mut self) -> Result<i64, Stop> {
        let raw = self.varint()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// A size or count: not negative and within 31 bits.
    pub(super) fn size(&mut self) -> Result<u32, Stop> {
        u32::try_from(self.int()?)
            .ok()
            .filter(|n| *n <= i32::MAX as u32)
            .ok_or(Stop::Bad)
    }

    /// Reads a struct: `each` is called with every field's id and wire type and must consume the field's value (a
    /// boolean has none).
    pub(super) fn fields(
        &mut self,
        mut each: impl FnMut(&mut Self, i64, u8) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut id = 0i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => self.int()?,
                delta => id + i64::from(delta),
            };
            each(self, id, head & 0x0f)?;
        }
    }

    /// Reads a list of structs: `each` is called at the start of each and must consume it.
    pub(super) fn structs(
        &mut self,
        found: u8,
        mut each: impl FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if found != kind::LIST {
            return Err(Stop::Bad);
        }
        let (element, count) = self.list()?;
        if count > 0 && element != kind::STRUCT {
            return Err(Stop::Bad);
        }
        (0..count).try_for_each(|_| each(self))
    }

    fn list(&mut self) -> Result<(u8, u64), Stop> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        // Every element is at least one byte, so a count beyond the bytes left is not worth starting on.
        if count > (self.buf.len() - self.at) as u64 {
            return Err(Stop::Short);
        }
        Ok((head & 0x0f, count))
    }

    /// Passes over a value of wire type `found`.
    pub(super) fn skip(&mut self, found: u8) -> Result<(), Stop> {
        self.skip_at(found, MAX_DEPTH)
    }

    fn skip_at(&mut self, found: u8, depth: u32) -> Result<(), Stop> {
        let depth = depth.checked_sub(1).ok_or(Stop::Bad)?;
        match found {
            kind::TRUE | kind::FALSE => Ok(()),
            kind::BYTE => self.byte().map(drop),
            kind::I16 | kind::I32 | kind::I64 => self.varint().map(drop),
            kind::DOUBLE => self.take(8).map(drop),
            kind::UUID => self.take(16).map(drop),
            kind::BINARY => self.skip_binary(),
            kind::STRUCT => self.fields(|r, _, k| r.skip_at(k, depth)),
            kind::LIST | kind::SET => {
                let (element, count) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(element, depth))
            }
            kind::MAP => self.skip_map(depth),
            _ => Err(Stop::Bad),
        }
    }

    fn skip_binary(&mut self) -> Result<(), Stop> {
        let len = usize::try_from(self.varint()?).map_err(|_| Stop::Bad)?;
        self.take(len).map(drop)
    }

    /// Booleans inside collections take a byte, unlike boolean fields.
    fn skip_element(&mut self, element: u8, depth: u32) -> Result<(), Stop> {
        match element {
            kind::TRUE | kind::FALSE => self.byte().map(drop),
            other => self.skip_at(other, depth),
        }
    }

    fn skip_map(&mut self, depth: u32) -> Result<(), Stop> {
        let count = self.varint()?;
        if count == 0 {
            return Ok(());
        }
        let kinds = self.byte()?;
        (0..count).try_for_each(|_| {
            self.skip_element(kinds >> 4, depth)?;
            self.skip_element(kinds & 0x0f, depth)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        let mut r = Reader::new(&[0xac, 0x02, 0x03, 0x02]);
        assert_eq!((r.varint(), r.int(), r.int()), (Ok(300), Ok(-2), Ok(1)));
        assert_eq!(r.position(), 4);
    }

    #[test]
    fn a_varint_of_eleven_bytes_is_refused() {
        assert_eq!(Reader::new(&[0x80; 11]).varint(), Err(Stop::Bad));
    }

    #[test]
    fn a_negative_size_is_refused() {
        assert_eq!(Reader::new(&[0x01]).size(), Err(Stop::Bad));
    }

    #[test]
    fn unknown_fields_of_every_kind_are_passed_over() {
        // 1: true, 2: binary "ab", 3: list<i32> [1, 2], 4: struct {}, 5: map<byte, bool> {1: true}, 6: double.
        let bytes = [
            0x11, 0x18, 2, b'a', b'b', 0x19, 0x25, 2, 4, 0x1c, 0, 0x1b, 1, 0x31, 1, 1, 0x17, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0xee,
        ];
        let mut ids = Vec::new();
        let mut r = Reader::new(&bytes);
        let end = r.fields(|r, id, kind| {
            ids.push(id);
            r.skip(kind)
        });
        assert_eq!(
            (end, ids, r.position()),
            (Ok(()), vec![1, 2, 3, 4, 5, 6], bytes.len() - 1)
        );
    }

    #[test]
    fn a_list_longer_than_its_bytes_is_not_started() {
        let mut r = Reader::new(&[0xfc, 0xff, 0xff, 0xff, 0x7f, 0]);
        assert_eq!(r.structs(kind::LIST, |r| r.skip(kind::STRUCT)), Err(Stop::Short));
    }

    #[test]
    fn nesting_ends_somewhere() {
        assert_eq!(Reader::new(&[0x1c; 4096]).skip(kind::STRUCT), Err(Stop::Bad));
    }

    #[test]
    fn every_truncation_is_short_not_wrong() {
        let bytes = [0x18, 2, b'a', b'b', 0x19, 0x25, 2, 4, 0];
        for end in 0..bytes.len() {
            assert_eq!(
                Reader::new(&bytes[..end]).skip(kind::STRUCT),
                Err(Stop::Short),
                "{end}"
            );
        }
    }
}
