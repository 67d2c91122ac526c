//! A column chunk cut into pages, from windows of its bytes; every size a header claims is checked before it is
//! believed.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use parquet::basic::{Compression, Encoding};
use parquet::column::page::Page;

use super::inflate;
use super::levels::{self, Run};
use super::thrift::{Reader, Stop, kind};
use crate::model::skip::SkipReason;

/// The longest page header; statistics in it can hold whole values.
const MAX_HEADER: usize = 16 << 20;

/// A page header, as far as decoding needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    kind: u32,
    plain_len: u32,
    packed_len: u32,
    crc: Option<u32>,
    values: u32,
    nulls: u32,
    rows: u32,
    encoding: u32,
    def_encoding: u32,
    rep_encoding: u32,
    def_len: u32,
    rep_len: u32,
    uncompressed: bool,
}

const DATA: u32 = 0;
const DICTIONARY: u32 = 2;
const DATA_V2: u32 = 3;

impl Header {
    /// Reads a header at the start of `bytes`; gives its length too. Field numbers are those of `PageHeader` in
    /// <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.
    fn read(bytes: &[u8]) -> Result<(Self, usize), Stop> {
        let mut header = Self::default();
        let mut r = Reader::new(bytes);
        r.fields(|r, id, kind| match id {
            1 => r.size().map(|n| header.kind = n),
            2 => r.size().map(|n| header.plain_len = n),
            3 => r.size().map(|n| header.packed_len = n),
            4 => r.int().map(|n| header.crc = Some(n as u32)),
            5 | 7 => header.data(r),
            8 => header.data_v2(r),
            _ => r.skip(kind),
        })?;
        Ok((header, r.position()))
    }

    /// `DataPageHeader`, whose first two fields are those of `DictionaryPageHeader` too.
    fn data(&mut self, r: &mut Reader<'_>) -> Result<(), Stop> {
        let dictionary = self.kind == DICTIONARY;
        r.fields(|r, id, kind| match id {
            1 => r.size().map(|n| self.values = n),
            2 => r.size().map(|n| self.encoding = n),
            3 if !dictionary => r.size().map(|n| self.def_encoding = n),
            4 if !dictionary => r.size().map(|n| self.rep_encoding = n),
            _ => r.skip(kind),
        })
    }

    fn data_v2(&mut self, r: &mut Reader<'_>) -> Result<(), Stop> {
        r.fields(|r, id, found| match id {
            1 => r.size().map(|n| self.values = n),
            2 => r.size().map(|n| self.nulls = n),
            3 => r.size().map(|n| self.rows = n),
            4 => r.size().map(|n| self.encoding = n),
            5 => r.size().map(|n| self.def_len = n),
            6 => r.size().map(|n| self.rep_len = n),
            7 => {
                self.uncompressed = found == kind::FALSE;
                Ok(())
            }
            _ => r.skip(found),
        })
    }
}

fn encoding(id: u32) -> Result<Encoding, SkipReason> {
    Ok(match id {
        0 => Encoding::PLAIN,
        2 => Encoding::PLAIN_DICTIONARY,
        3 => Encoding::RLE,
        #[expect(deprecated, reason = "old files use it for levels")]
        4 => Encoding::BIT_PACKED,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        8 => Encoding::RLE_DICTIONARY,
        9 => Encoding::BYTE_STREAM_SPLIT,
        _ => return Err(SkipReason::UnsupportedFormat),
    })
}

/// A page, decompressed, with what was learned about it on the way.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// The page in the parquet crate's form.
    pub(super) page: Page,
    /// Its cells.
    pub(super) values: u32,
    /// Whether its first cell begins a row.
    pub(super) starts_row: bool,
    /// Whether every cell of it is known to be null.
    pub(super) all_null: bool,
    /// Whether its values are indexes into the dictionary.
    pub(super) by_dictionary: bool,
    /// Bytes of its values when decoded.
    pub(super) bytes: u64,
}

/// The levels of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    /// The largest definition level.
    pub(super) def: u16,
    /// The largest repetition level.
    pub(super) rep: u16,
}

/// What comes next out of a chunk.
pub(super) enum Next {
    /// Bytes of this range of the file are needed.
    Need(Range<u64>),
    /// A data page.
    Data(Opened),
    /// The dictionary.
    Dictionary(Page),
    /// The chunk's bytes are used up.
    End,
}

/// Cuts a chunk into pages.
pub(super) struct Pages {
    range: Range<u64>,
    codec: Compression,
    levels: Levels,
    /// The largest page, packed or not.
    limit: u64,
    /// How much to ask for at once.
    window: u64,
    /// File offset of the first byte of `buf`.
    at: u64,
    buf: Bytes,
    header: Option<Header>,
}

impl Pages {
    /// Pages of the chunk at `range`, none larger than half of `budget`. A chunk of at most an eighth of it is asked
    /// for whole, a larger one in windows.
    pub(super) fn new(range: Range<u64>, codec: Compression, levels: Levels, budget: u64) -> Self {
        let len = range.end - range.start;
        let window = if len <= budget / 8 {
            len
        } else {
            (budget / 32).clamp(64 << 10, 8 << 20)
        };
        Self {
            at: range.start,
            range,
            codec,
            levels,
            limit: budget / 2,
            window: window.max(1),
            buf: Bytes::new(),
            header: None,
        }
    }

    /// Where the next page stands in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Hands over the bytes last asked for.
    pub(super) fn feed(&mut self, bytes: Bytes) {
        if self.buf.is_empty() {
            self.buf = bytes;
        } else {
            let mut joined = BytesMut::with_capacity(self.buf.len() + bytes.len());
            joined.extend_from_slice(&self.buf);
            joined.extend_from_slice(&bytes);
            self.buf = joined.freeze();
        }
    }

    /// Goes on to the next page. After an error there is none.
    pub(super) fn next(&mut self) -> Result<Next, SkipReason> {
        loop {
            let header = match self.header.take() {
                Some(header) => header,
                None if self.at == self.range.end => return Ok(Next::End),
                None => match self.header()? {
                    Some(header) => header,
                    None => return self.need(0),
                },
            };
            let len = header.packed_len as usize;
            if self.buf.len() < len {
                self.header = Some(header);
                return self.need(len);
            }
            let body = self.take(len);
            if let Some(next) = self.open(&header, body)? {
                return Ok(next);
            }
        }
    }

    fn header(&mut self) -> Result<Option<Header>, SkipReason> {
        match Header::read(&self.buf) {
            Ok((header, len)) => {
                self.take(len);
                self.believe(&header)?;
                Ok(Some(header))
            }
            Err(Stop::Short) if self.buf.len() <= MAX_HEADER => Ok(None),
            Err(_) => Err(SkipReason::Corrupt),
        }
    }

    fn believe(&self, header: &Header) -> Result<(), SkipReason> {
        let (packed, plain) = (u64::from(header.packed_len), u64::from(header.plain_len));
        if packed > self.range.end - self.at {
            return Err(SkipReason::Truncated);
        }
        if packed.max(plain) > self.limit {
            return Err(SkipReason::UnitTooLarge);
        }
        Ok(())
    }

    fn take(&mut self, len: usize) -> Bytes {
        self.at += len as u64;
        self.buf.split_to(len)
    }

    /// Asks for the next window, or for all that is missing from `len` bytes.
    fn need(&self, len: usize) -> Result<Next, SkipReason> {
        let from = self.at + self.buf.len() as u64;
        let more = self.window.max((len - self.buf.len().min(len)) as u64);
        let to = from.saturating_add(more).min(self.range.end);
        if from < to {
            Ok(Next::Need(from..to))
        } else {
            Err(SkipReason::Truncated)
        }
    }

    /// `None`: a page of a kind that holds no values.
    fn open(&self, header: &Header, body: Bytes) -> Result<Option<Next>, SkipReason> {
        if header.crc.is_some_and(|crc| crc != crc32fast::hash(&body)) {
            return Err(SkipReason::Corrupt);
        }
        match header.kind {
            DATA => self.data(header, body).map(Next::Data).map(Some),
            DATA_V2 => self.data_v2(header, body).map(Next::Data).map(Some),
            DICTIONARY => self.dictionary(header, body).map(Next::Dictionary).map(Some),
            _ => Ok(None),
        }
    }

    /// Decompresses `body`, whose first `levels` bytes are not compressed.
    fn inflate(&self, header: &Header, body: Bytes, levels: usize) -> Result<Bytes, SkipReason> {
        let len = header.plain_len as usize;
        // Early C++ writers compressed version 2 pages and said that they had not; their sizes tell.
        if (header.uncompressed || self.codec == Compression::UNCOMPRESSED) && body.len() == len {
            return Ok(body);
        }
        let (plain, packed) = body.split_at_checked(levels).ok_or(SkipReason::Corrupt)?;
        let rest = len.checked_sub(levels).ok_or(SkipReason::Corrupt)?;
        let mut out = Vec::with_capacity(len);
        out.extend_from_slice(plain);
        inflate::inflate(self.codec, packed, rest, &mut out).map_err(|failure| match failure {
            inflate::Failure::Corrupt => SkipReason::Corrupt,
            inflate::Failure::Unsupported => SkipReason::UnsupportedFormat,
        })?;
        Ok(out.into())
    }

    fn dictionary(&self, header: &Header, body: Bytes) -> Result<Page, SkipReason> {
        let buf = self.inflate(header, body, 0)?;
        // Every value takes a byte at least; a decoder allocates for as many as are announced.
        if u64::from(header.values) > buf.len() as u64 {
            return Err(SkipReason::Corrupt);
        }
        Ok(Page::DictionaryPage {
            buf,
            num_values: header.values,
            encoding: encoding(header.encoding)?,
            is_sorted: false,
        })
    }

    fn data(&self, header: &Header, body: Bytes) -> Result<Opened, SkipReason> {
        let buf = self.inflate(header, body, 0)?;
        let (rep_encoding, def_encoding) = (encoding(header.rep_encoding)?, encoding(header.def_encoding)?);
        let (rep, rest) = first_level(&buf, rep_encoding, header.values, self.levels.rep)?;
        let (def, values) = first_level(rest, def_encoding, header.values, self.levels.def)?;
        let all_null =
            def.is_some_and(|run| run.level < self.levels.def && run.len >= u64::from(header.values));
        let bytes = self.expanded(header, values)?;
        let page = Page::DataPage {
            buf,
            num_values: header.values,
            encoding: encoding(header.encoding)?,
            def_level_encoding: def_encoding,
            rep_level_encoding: rep_encoding,
            statistics: None,
        };
        Ok(self.opened(header, page, rep, all_null, bytes))
    }

    fn data_v2(&self, header: &Header, body: Bytes) -> Result<Opened, SkipReason> {
        let levels = header.rep_len as usize + header.def_len as usize;
        let buf = self.inflate(header, body, levels)?;
        let values = buf.get(levels..).ok_or(SkipReason::Corrupt)?;
        if header.nulls > header.values {
            return Err(SkipReason::Corrupt);
        }
        let rep = levels::first_run(&buf[..header.rep_len as usize], levels::bits(self.levels.rep));
        let all_null = self.levels.def > 0 && header.nulls == header.values;
        let bytes = self.expanded(header, values)?;
        let page = Page::DataPageV2 {
            buf,
            num_values: header.values,
            encoding: encoding(header.encoding)?,
            num_nulls: header.nulls,
            num_rows: header.rows,
            def_levels_byte_len: header.def_len,
            rep_levels_byte_len: header.rep_len,
            is_compressed: false,
            statistics: None,
        };
        Ok(self.opened(header, page, rep, all_null, bytes))
    }

    fn opened(&self, header: &Header, page: Page, rep: Option<Run>, all_null: bool, bytes: u64) -> Opened {
        let by_dictionary = matches!(
            page.encoding(),
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY
        );
        Opened {
            page,
            values: header.values,
            starts_row: self.levels.rep == 0 || rep.is_none_or(|run| run.level == 0),
            all_null,
            by_dictionary,
            bytes,
        }
    }

    fn expanded(&self, header: &Header, values: &[u8]) -> Result<u64, SkipReason> {
        let encoding = encoding(header.encoding)?;
        let bytes = levels::expanded(values, encoding, header.values).ok_or(SkipReason::Corrupt)?;
        if bytes > self.limit {
            Err(SkipReason::UnitTooLarge)
        } else {
            Ok(bytes)
        }
    }
}

/// The first of `values` levels up to `max` at the start of `bytes`, if there are any, and what follows the levels.
fn first_level(
    bytes: &[u8],
    encoding: Encoding,
    values: u32,
    max: u16,
) -> Result<(Option<Run>, &[u8]), SkipReason> {
    let (packed, rest) = levels::split_v1(bytes, encoding, values, max).ok_or(SkipReason::Corrupt)?;
    let first = match encoding {
        Encoding::RLE => levels::first_run(packed, levels::bits(max)),
        _ => levels::first_packed(packed, levels::bits(max)),
    };
    Ok((first, rest))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn varint(mut value: u64, out: &mut Vec<u8>) {
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }

    /// A struct of 32-bit fields in ascending order of id.
    fn fields(values: &[(u8, u32)], out: &mut Vec<u8>) {
        let mut last = 0;
        for (id, value) in values {
            out.push((id - last) << 4 | kind::I32);
            varint(u64::from(*value) * 2, out);
            last = *id;
        }
    }

    /// A page header with one inner struct under field `inner`.
    fn header(page: &[(u8, u32)], inner: u8, values: &[(u8, u32)]) -> Vec<u8> {
        let mut out = Vec::new();
        fields(page, &mut out);
        out.push((inner - page.last().unwrap().0) << 4 | kind::STRUCT);
        fields(values, &mut out);
        out.extend([0, 0]);
        out
    }

    /// The header of a plainly encoded version 1 data page.
    pub(in super::super) fn data(plain: u32, packed: u32, values: u32) -> Vec<u8> {
        header(
            &[(1, 0), (2, plain), (3, packed)],
            5,
            &[(1, values), (2, 0), (3, 3), (4, 3)],
        )
    }

    const FLAT: Levels = Levels { def: 0, rep: 0 };

    fn pages(bytes: &[u8], codec: Compression, levels: Levels) -> Pages {
        let mut pages = Pages::new(100..100 + bytes.len() as u64, codec, levels, 1 << 20);
        pages.feed(Bytes::copy_from_slice(bytes));
        pages
    }

    fn fails(bytes: &[u8]) -> Option<SkipReason> {
        pages(bytes, Compression::SNAPPY, FLAT).next().err()
    }

    #[test]
    fn headers_read_back_whatever_statistics_stand_in_them() {
        let (read, len) = Header::read(&data(9, 8, 7)).unwrap();
        assert_eq!((read.plain_len, read.packed_len, read.values, len), (9, 8, 7, 17));
        assert_eq!((read.def_encoding, read.rep_encoding), (3, 3));
        let v2 = [(1, 9), (2, 4), (3, 9), (4, 0), (5, 2), (6, 1)];
        let (read, _) = Header::read(&header(&[(1, 3), (2, 1), (3, 1)], 8, &v2)).unwrap();
        assert_eq!(
            (read.nulls, read.def_len, read.rep_len, read.uncompressed),
            (4, 2, 1, false)
        );
    }

    #[test]
    fn a_page_larger_than_its_chunk_or_half_the_budget_is_refused_before_it_is_fetched() {
        assert_eq!(
            fails(&data(0x7fff_ffff, 0x7fff_ffff, 1)),
            Some(SkipReason::Truncated)
        );
        assert_eq!(fails(&data(0x7fff_ffff, 0, 1)), Some(SkipReason::UnitTooLarge));
    }

    #[test]
    fn a_dictionary_cannot_have_more_values_than_bytes() {
        let mut bytes = header(&[(1, 2), (2, 4), (3, 4)], 7, &[(1, 0x7fff_ffff), (2, 0)]);
        bytes.extend([0; 4]);
        let mut cut = pages(&bytes, Compression::UNCOMPRESSED, FLAT);
        assert_eq!(cut.next().err(), Some(SkipReason::Corrupt));
    }

    #[test]
    fn a_version_two_page_that_denies_its_compression_is_decompressed() {
        let text = [b'x'; 40];
        let body = snap::raw::Encoder::new().compress_vec(&text).unwrap();
        let mut bytes = Vec::new();
        fields(&[(1, 3), (2, 40), (3, body.len() as u32)], &mut bytes);
        bytes.push(5 << 4 | kind::STRUCT);
        fields(&[(1, 1), (2, 0), (3, 1), (4, 0), (5, 0), (6, 0)], &mut bytes);
        bytes.extend([1 << 4 | kind::FALSE, 0, 0]);
        bytes.extend(body);
        match pages(&bytes, Compression::SNAPPY, FLAT).next() {
            Ok(Next::Data(page)) => assert_eq!(page.page.buffer()[..], text),
            _ => panic!("a data page"),
        }
    }

    #[test]
    fn pages_are_the_same_from_any_window() {
        let mut bytes = Vec::new();
        for n in 1..4u8 {
            bytes.extend(data(u32::from(n), u32::from(n), 1));
            bytes.extend(vec![n; usize::from(n)]);
        }
        let range = 100..100 + bytes.len() as u64;
        for window in 1..bytes.len() as u64 {
            let mut cut = Pages::new(range.clone(), Compression::UNCOMPRESSED, FLAT, 1 << 20);
            cut.window = window;
            let mut found = Vec::new();
            loop {
                match cut.next() {
                    Ok(Next::Need(want)) => {
                        let (from, to) = ((want.start - 100) as usize, (want.end - 100) as usize);
                        cut.feed(Bytes::copy_from_slice(&bytes[from..to]));
                    }
                    Ok(Next::Data(page)) => found.push(page.page.buffer().to_vec()),
                    Ok(Next::Dictionary(_)) | Err(_) => panic!("no such page"),
                    Ok(Next::End) => break,
                }
            }
            assert_eq!(found, [vec![1], vec![2; 2], vec![3; 3]], "{window}");
        }
    }

    #[test]
    fn a_chunk_that_ends_inside_a_page_is_truncated() {
        let mut bytes = data(4, 4, 1);
        for end in 1..bytes.len() {
            let mut cut = pages(&bytes[..end], Compression::UNCOMPRESSED, FLAT);
            assert_eq!(cut.next().err(), Some(SkipReason::Truncated), "{end}");
        }
        bytes.extend([0; 3]);
        assert_eq!(fails(&bytes), Some(SkipReason::Truncated));
    }

    /// A version 1 page of ten values with the given level runs.
    fn levelled(rep: [u8; 2], def: [u8; 2]) -> Opened {
        let body = [&[2, 0, 0, 0][..], &rep, &[2, 0, 0, 0], &def].concat();
        let mut bytes = data(body.len() as u32, body.len() as u32, 10);
        bytes.extend(body);
        let mut cut = pages(&bytes, Compression::UNCOMPRESSED, Levels { def: 2, rep: 1 });
        match cut.next() {
            Ok(Next::Data(page)) => page,
            _ => panic!("a data page"),
        }
    }

    #[test]
    fn the_first_levels_tell_where_rows_begin_and_what_is_all_null() {
        let facts = |rep, def| {
            let page = levelled(rep, def);
            (page.starts_row, page.all_null)
        };
        assert_eq!(facts([20, 0], [20, 2]), (true, false));
        assert_eq!(facts([20, 1], [20, 1]), (false, true));
        assert_eq!(facts([20, 0], [18, 1]), (true, false));
    }

    #[test]
    fn an_encoding_nobody_knows_is_unsupported() {
        let mut bytes = header(&[(1, 0), (2, 0), (3, 0)], 5, &[(1, 1), (2, 77), (3, 3), (4, 3)]);
        bytes.push(0);
        assert_eq!(fails(&bytes), Some(SkipReason::UnsupportedFormat));
    }
}
