//! Character sets: which one a text is in, and its bytes as UTF-8.

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A character set that text is converted from, with the length of its byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charset {
    /// Which.
    pub(super) kind: Kind,
    /// Bytes of the byte order mark at the start; it is no part of the text.
    pub(super) mark: usize,
}

/// The character sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// UTF-8, or any superset of ASCII that need not be converted; invalid bytes stay as they are.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-32, little-endian.
    Utf32Le,
    /// UTF-32, big-endian.
    Utf32Be,
    /// Windows-1252, a superset of the printable Latin-1.
    Cp1252,
}

/// Marks, longest first where one begins another.
const MARKS: [(&[u8], Kind); 5] = [
    (b"\xff\xfe\0\0", Kind::Utf32Le),
    (b"\0\0\xfe\xff", Kind::Utf32Be),
    (b"\xef\xbb\xbf", Kind::Utf8),
    (b"\xff\xfe", Kind::Utf16Le),
    (b"\xfe\xff", Kind::Utf16Be),
];

impl Charset {
    /// The character set of a text that begins with `head`, or `None` if this is no text. `whole` says that nothing
    /// follows.
    pub(super) fn detect(head: &[u8], whole: bool) -> Option<Self> {
        let head = behind_hole(head);
        let marked = MARKS.iter().find(|(mark, _)| head.starts_with(mark));
        if let Some(&(mark, kind)) = marked {
            let charset = Self {
                kind,
                mark: mark.len(),
            };
            return (kind == Kind::Utf8 || charset.reads(head)).then_some(charset);
        }
        let kind = unmarked_utf16(head).or_else(|| bytewise(head, whole))?;
        let charset = Self { kind, mark: 0 };
        let two_byte = matches!(kind, Kind::Utf16Le | Kind::Utf16Be);
        (!two_byte || charset.reads(head)).then_some(charset)
    }

    /// The character set of something that is called a text and is full of bytes that are none: a superset of ASCII, if
    /// ASCII's spaces and letters are there.
    pub(super) fn insist(head: &[u8]) -> Option<Self> {
        let controls = head.iter().filter(|b| is_odd(**b)).count();
        let kind = Kind::Utf8;
        (controls * 3 <= head.len() && plausible_latin(head)).then_some(Self { kind, mark: 0 })
    }

    /// Whether `head` converts to something that looks like text.
    fn reads(self, head: &[u8]) -> bool {
        let text = self.to_utf8(head);
        let replaced = memchr::memmem::find_iter(&text, "\u{fffd}").count();
        few_controls(&text) && replaced * 20 <= text.len()
    }

    /// The beginning of a text as UTF-8, for sniffing.
    pub(super) fn to_utf8(self, head: &[u8]) -> Vec<u8> {
        Transcoder::new(self).convert(head, false).to_vec()
    }
}

/// A whole text as UTF-8, and what it was, if something else; `None` if it is no text.
#[cfg(all(feature = "cli", feature = "cloud"))]
pub(crate) fn whole_text(bytes: Vec<u8>) -> Option<(Vec<u8>, Option<&'static str>)> {
    let charset = Charset::detect(&bytes, true)?;
    let was = match charset.kind {
        // Its mark stays, so that places in the text are those in the input.
        Kind::Utf8 => return Some((bytes, None)),
        Kind::Utf16Le | Kind::Utf16Be => "UTF-16",
        Kind::Utf32Le | Kind::Utf32Be => "UTF-32",
        Kind::Cp1252 => "Windows-1252",
    };
    let text = Transcoder::new(charset).convert(&bytes, true).to_vec();
    Some((text, Some(was)))
}

/// UTF-16 without a mark shows by the zero halves of its ASCII characters.
fn unmarked_utf16(head: &[u8]) -> Option<Kind> {
    let pairs = head.chunks_exact(2);
    let count = pairs.len();
    let low_first = pairs.clone().filter(|p| p[0] != 0 && p[1] == 0).count();
    let high_first = pairs.filter(|p| p[0] == 0 && p[1] != 0).count();
    let clear = |many: usize, few: usize| count >= 2 && many * 3 >= count && few * 20 <= count;
    if clear(low_first, high_first) {
        return Some(Kind::Utf16Le);
    }
    clear(high_first, low_first).then_some(Kind::Utf16Be)
}

/// UTF-8 or a single-byte set, if the bytes look like text at all.
fn bytewise(head: &[u8], whole: bool) -> Option<Kind> {
    if !few_controls(head) {
        return None;
    }
    let (multi, invalid) = utf8_health(head, whole);
    if invalid <= multi {
        return Some(Kind::Utf8);
    }
    plausible_latin(head).then_some(Kind::Cp1252)
}

/// Whether control characters that no text holds are rare: at most one in fifty, or one in all. The separators of
/// Hive's text tables (0x01 to 0x03) are text.
fn few_controls(bytes: &[u8]) -> bool {
    let controls = bytes.iter().filter(|b| is_odd(**b)).count();
    controls <= 1 && bytes.len() > 1 || controls * 50 <= bytes.len()
}

fn is_odd(byte: u8) -> bool {
    matches!(byte, 0 | 4..=7 | 14..=26 | 28..=31 | 127)
}

/// What follows a hole of zeros: a log that was truncated while being written begins with one. Up to three zeros may
/// be halves of wide characters.
fn behind_hole(head: &[u8]) -> &[u8] {
    let zeros = head.iter().position(|b| *b != 0).unwrap_or(head.len());
    if zeros < 4 { head } else { &head[zeros..] }
}

/// How many multi-byte characters of UTF-8 and how many invalid bytes there are. A character cut off by the end of
/// the head is neither.
fn utf8_health(head: &[u8], whole: bool) -> (usize, usize) {
    let (mut multi, mut invalid) = (0, 0);
    let mut chunks = head.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        multi += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let cut_off = chunks.peek().is_none() && !whole && chunk.invalid().len() < 4;
        if !cut_off {
            invalid += chunk.invalid().len();
        }
    }
    (multi, invalid)
}

/// Whether bytes that are not UTF-8 can be a single-byte set built on ASCII: then spaces and line ends are where they
/// should be. EBCDIC and compressed data fail here.
fn plausible_latin(head: &[u8]) -> bool {
    let gaps = head
        .iter()
        .filter(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
        .count();
    let ascii = head.iter().filter(|b| b.is_ascii()).count();
    head.len() < 32 || (gaps * 100 >= head.len() && ascii * 3 >= head.len())
}

/// Converts a stream to UTF-8.
pub(super) struct Transcoder {
    skip: usize,
    kind: Converter,
    buffer: Vec<u8>,
}

enum Converter {
    Verbatim,
    Known(Box<Decoder>),
    Utf32 { big: bool, held: Vec<u8> },
}

impl Transcoder {
    /// A converter from `charset`.
    pub(super) fn new(charset: Charset) -> Self {
        let known = |encoding: &'static encoding_rs::Encoding| {
            Converter::Known(Box::new(encoding.new_decoder_without_bom_handling()))
        };
        let utf32 = |big| Converter::Utf32 {
            big,
            held: Vec::new(),
        };
        let kind = match charset.kind {
            Kind::Utf8 => Converter::Verbatim,
            Kind::Utf16Le => known(UTF_16LE),
            Kind::Utf16Be => known(UTF_16BE),
            Kind::Cp1252 => known(WINDOWS_1252),
            Kind::Utf32Le => utf32(false),
            Kind::Utf32Be => utf32(true),
        };
        Self {
            skip: charset.mark,
            kind,
            buffer: Vec::new(),
        }
    }

    /// The next bytes as UTF-8; what cannot be converted is U+FFFD (for UTF-8 itself: left as it is). `last` says that
    /// no more follow.
    pub(super) fn convert<'a>(&'a mut self, bytes: &'a [u8], last: bool) -> &'a [u8] {
        let mark = self.skip.min(bytes.len());
        self.skip -= mark;
        let bytes = &bytes[mark..];
        self.buffer.clear();
        match &mut self.kind {
            Converter::Verbatim => return bytes,
            Converter::Known(decoder) => decode_all(decoder, bytes, last, &mut self.buffer),
            Converter::Utf32 { big, held } => decode_utf32(*big, held, bytes, last, &mut self.buffer),
        }
        &self.buffer
    }
}

fn decode_all(decoder: &mut Decoder, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
    let room = decoder
        .max_utf8_buffer_length(bytes.len())
        .unwrap_or(bytes.len() * 3 + 16);
    out.resize(room, 0);
    let (_, _, written, _) = decoder.decode_to_utf8(bytes, out, last);
    out.truncate(written);
}

fn decode_utf32(big: bool, held: &mut Vec<u8>, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
    held.extend_from_slice(bytes);
    let units = held.chunks_exact(4);
    let rest = units.remainder().to_vec();
    for unit in units {
        let unit = [unit[0], unit[1], unit[2], unit[3]];
        let scalar = if big {
            u32::from_be_bytes(unit)
        } else {
            u32::from_le_bytes(unit)
        };
        push_char(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), out);
    }
    if last && !rest.is_empty() {
        push_char(char::REPLACEMENT_CHARACTER, out);
    }
    *held = if last { Vec::new() } else { rest };
}

/// Appends a character as UTF-8.
pub(super) fn push_char(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind(bytes: &[u8]) -> Option<Kind> {
        Charset::detect(bytes, true).map(|c| c.kind)
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let bytes = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn marks_decide() {
        assert_eq!(kind(b"\xef\xbb\xbfname"), Some(Kind::Utf8));
        assert_eq!(kind(b"\xff\xfen\0a\0"), Some(Kind::Utf16Le));
        assert_eq!(kind(b"\xfe\xff\0n\0a"), Some(Kind::Utf16Be));
        assert_eq!(kind(b"\xff\xfe\0\0n\0\0\0"), Some(Kind::Utf32Le));
        assert_eq!(kind(b"\0\0\xfe\xff\0\0\0n"), Some(Kind::Utf32Be));
    }

    #[test]
    fn utf16_without_a_mark_shows_by_its_zero_halves() {
        assert_eq!(kind(&utf16("id,naïve\n1,2\n", false)), Some(Kind::Utf16Le));
        assert_eq!(kind(&utf16("id,naïve\n1,2\n", true)), Some(Kind::Utf16Be));
    }

    #[test]
    fn small_integers_are_not_utf16() {
        let numbers: Vec<u8> = (0u16..4000).flat_map(|n| (n % 25).to_le_bytes()).collect();
        assert_eq!(kind(&numbers), None);
    }

    #[test]
    fn single_byte_text_is_windows_1252() {
        assert_eq!(
            kind(b"Fran\xe7ois caf\xe9, a longer line of text here\n"),
            Some(Kind::Cp1252)
        );
    }

    #[test]
    fn one_broken_byte_in_utf8_text_does_not_change_its_character_set() {
        assert_eq!(kind("één, twéé \u{20ac}".as_bytes()), Some(Kind::Utf8));
        assert_eq!(kind(b"\xc3\xa9\xc3\xa9 and \xff broken"), Some(Kind::Utf8));
    }

    #[test]
    fn a_character_cut_off_by_the_head_is_not_an_error() {
        assert_eq!(
            Charset::detect(b"caf\xc3", false).map(|c| c.kind),
            Some(Kind::Utf8)
        );
    }

    #[test]
    fn a_hole_before_a_text_does_not_make_it_binary() {
        let holed = [&[0; 5000][..], b"12:00 up\n12:01 down\n"].concat();
        assert_eq!(
            (kind(&holed), kind(&[0; 5000])),
            (Some(Kind::Utf8), Some(Kind::Utf8))
        );
    }

    #[test]
    fn what_is_called_a_text_may_hold_more_noise_but_not_another_alphabet() {
        let noisy = b"a,\x05\x06b\nc,d e\x10\x12 f,g\nh i,\x00\x05j\n";
        assert_eq!(
            (kind(noisy), Charset::insist(noisy).map(|c| c.kind)),
            (None, Some(Kind::Utf8))
        );
        assert_eq!(
            Charset::insist(&b"\x86\xa4\x93\x93\x6d\x95\x81\x25".repeat(10)),
            None
        );
    }

    #[test]
    fn ebcdic_and_noise_are_no_text() {
        let ebcdic: Vec<u8> = b"\x86\xa4\x93\x93\x6d\x95\x81\x94\x85\x6b\x85\x94\x81\x89\x93\x25".repeat(10);
        assert_eq!(kind(&ebcdic), None);
        let noise: Vec<u8> = (0u32..4096)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(kind(&noise), None);
    }

    #[test]
    fn utf32_is_converted_and_a_cut_unit_replaced() {
        let charset = Charset {
            kind: Kind::Utf32Be,
            mark: 4,
        };
        let mut transcoder = Transcoder::new(charset);
        let text = transcoder.convert(b"\0\0\xfe\xff\0\0\0a\0\0", false).to_vec();
        let rest = transcoder.convert(&[], true).to_vec();
        assert_eq!((&text[..], &rest[..]), (&b"a"[..], "\u{fffd}".as_bytes()));
    }

    proptest! {
        #[test]
        fn conversion_does_not_depend_on_where_the_bytes_are_cut(
            text in ".{0,40}", cut in 0usize..100, big: bool,
        ) {
            let bytes = utf16(&text, big);
            let kind = if big { Kind::Utf16Be } else { Kind::Utf16Le };
            let mut transcoder = Transcoder::new(Charset { kind, mark: 0 });
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            let mut got = transcoder.convert(a, false).to_vec();
            got.extend_from_slice(transcoder.convert(b, false));
            got.extend_from_slice(transcoder.convert(&[], true));
            prop_assert_eq!(got, text.into_bytes());
        }
    }
}
