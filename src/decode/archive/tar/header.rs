//! Tar header blocks and what extension headers add to them.

/// The size of a header and the unit of data.
pub(super) const BLOCK: usize = 512;

/// Whether a tar archive begins here.
pub(in crate::decode) fn begins(head: &[u8]) -> bool {
    head.get(..BLOCK).and_then(Header::parse).is_some()
}

/// A header block whose checksum is right.
pub(super) struct Header {
    block: [u8; BLOCK],
    /// Bytes of data behind it, as the block says.
    pub(super) size: u64,
}

/// A header that says something about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extension {
    /// A pax header for the next member.
    Pax,
    /// GNU: the next member's name.
    LongName,
    /// Something that is of no use here: global headers, long link targets.
    Other,
}

/// What extension headers said about the next member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: Option<Vec<u8>>,
    /// The size of its data.
    pub(super) size: Option<u64>,
    /// Whether its data is a map of holes.
    pub(super) sparse: bool,
}

impl Header {
    /// The header in `block`, if its checksum is right.
    pub(super) fn parse(block: &[u8]) -> Option<Self> {
        let block: [u8; BLOCK] = block.try_into().ok()?;
        let stated = number(&block[148..156])?;
        let spaces = 8 * u64::from(b' ');
        let rest = block[..148].iter().chain(&block[156..]);
        let unsigned = rest.clone().map(|b| u64::from(*b)).sum::<u64>() + spaces;
        // Some old writers summed signed bytes.
        let signed = rest.map(|b| i64::from(*b as i8)).sum::<i64>() + spaces as i64;
        let sound = stated == unsigned || i64::try_from(stated) == Ok(signed);
        let size = number(&block[124..136])?;
        (sound && (block[0] != 0 || block[156] != 0)).then_some(Self { block, size })
    }

    fn kind(&self) -> u8 {
        self.block[156]
    }

    /// The kind of extension header this is.
    pub(super) fn extension(&self) -> Option<Extension> {
        match self.kind() {
            b'x' | b'X' => Some(Extension::Pax),
            b'L' => Some(Extension::LongName),
            b'g' | b'K' => Some(Extension::Other),
            _ => None,
        }
    }

    /// Whether bytes follow: links, devices, directories and pipes have none, whatever size they state.
    pub(super) fn has_data(&self) -> bool {
        !matches!(self.kind(), b'1'..=b'6')
    }

    /// Whether it is a file. Kinds unknown to POSIX are to be taken for files; GNU's directory dumps, volume labels
    /// and multi-volume parts are not.
    pub(super) fn is_file(&self) -> bool {
        let directory = self.kind() == 0 && self.name().ends_with(b"/");
        self.has_data() && !matches!(self.kind(), b'D' | b'V' | b'M' | b'N') && !directory
    }

    /// Whether it is a sparse file of GNU's old form.
    pub(super) fn is_sparse(&self) -> bool {
        self.kind() == b'S'
    }

    /// Its name, with ustar's prefix before it.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = until_zero(&self.block[..100]);
        let prefix = until_zero(&self.block[345..500]);
        if !self.block[257..].starts_with(b"ustar\0") || prefix.is_empty() {
            return name.to_vec();
        }
        [prefix, b"/", name].concat()
    }
}

impl Entry {
    /// Takes in the data of an extension header.
    pub(super) fn apply(&mut self, kind: Extension, data: &[u8]) {
        match kind {
            Extension::LongName => self.name = Some(until_zero(data).to_vec()),
            Extension::Pax => pax_records(data, |key, value| self.record(key, value)),
            Extension::Other => {}
        }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"path" => self.name = Some(value.to_vec()),
            b"size" => self.size = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok()),
            key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
    }
}

/// The records `length key=value\n` of a pax header; reading stops at the first that is none.
fn pax_records(mut data: &[u8], mut each: impl FnMut(&[u8], &[u8])) {
    while let Some((record, rest)) = pax_record(data) {
        if let Some(equals) = memchr::memchr(b'=', record) {
            each(&record[..equals], &record[equals + 1..]);
        }
        data = rest;
    }
}

fn pax_record(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr::memchr(b' ', data)?;
    let length: usize = std::str::from_utf8(&data[..space]).ok()?.parse().ok()?;
    let record = data.get(space + 1..length)?.strip_suffix(b"\n")?;
    Some((record, &data[length..]))
}

fn until_zero(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}

/// A number in octal digits between spaces and zeros, or GNU's base 256.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (high, low) = field.split_at(field.len().saturating_sub(8));
        let fits = high
            .iter()
            .enumerate()
            .all(|(i, b)| if i == 0 { *b == 0x80 } else { *b == 0 });
        let fold = |sum: u64, b: &u8| sum << 8 | u64::from(*b);
        return (fits && !high.is_empty())
            .then(|| low.iter().fold(0, fold))
            .filter(|n| *n < 1 << 62);
    }
    let digits = until_zero(field).trim_ascii();
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   17 \0\0\0"), Some(0o17));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\0"), Some(0x2_0000_0000));
        assert_eq!(number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(number(b"12x4\0"), None);
    }

    #[test]
    fn pax_records_name_and_measure_the_next_member() {
        let mut entry = Entry::default();
        entry.apply(
            Extension::Pax,
            b"12 path=a/b\n16 size=5000000\n20 GNU.sparse.map=1\n9 broken",
        );
        let want = Entry {
            name: Some(b"a/b".to_vec()),
            size: Some(5_000_000),
            sparse: true,
        };
        assert_eq!(entry, want);
    }

    #[test]
    fn a_block_of_text_or_zeros_is_no_header() {
        assert!(!begins(&[b'0'; BLOCK]));
        assert!(!begins(&[0; BLOCK]));
        assert!(!begins(b"short"));
    }
}
