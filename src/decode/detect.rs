//! Deciding what an object or a member is and handing it to the decoder for that, layer by layer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::archive::tar::Tar;
use super::buffered::Buffered;
use super::csv::Csv;
use super::inflate::{Codec, Inflate, Meter};
use super::json::{Json, Mode};
use super::leaf::Runner;
use super::sniff::{self, HEAD, Kind, Shape};
use super::text::Text;
use super::{DecodeError, Decoder, Format, NoText, Options, Piece, Skipped, Step, Want};
use crate::decode::charset::{self, Charset};
use crate::model::skip::SkipReason;

/// Where a layer stands: what it is called and how deep it lies.
#[derive(Clone)]
pub(super) struct Place {
    /// The member path; empty for the object itself.
    pub(super) member: Vec<Vec<u8>>,
    /// The object's key or the member's name.
    pub(super) name: Vec<u8>,
    /// Archives and compressions around.
    pub(super) depth: u32,
    /// What the compressions around have read and written.
    pub(super) meter: Option<Arc<Meter>>,
    /// Limits.
    pub(super) options: Arc<Options>,
}

/// The object: its head is asked for as a range, then the rest as a stream or as ranges.
pub(super) struct Root {
    place: Place,
    size: Option<u64>,
    state: RootState,
}

enum RootState {
    Start,
    AwaitHead(u64),
    /// `from` is where the stream begins; `ended` says that there is none.
    Stream {
        inner: Box<dyn Decoder>,
        from: u64,
        ended: bool,
    },
    /// A decoder that asks for ranges itself.
    Direct(Box<dyn Decoder>),
}

impl Root {
    /// An object of `size` bytes, if that is known.
    pub(super) fn new(place: Place, size: Option<u64>) -> Self {
        Self {
            place,
            size,
            state: RootState::Start,
        }
    }

    fn start(&mut self) -> Option<Want> {
        let size = self.size.unwrap_or(0);
        if size == 0 {
            let inner = Box::new(Detect::new(self.place.clone()));
            self.stream(inner, 0, self.size.is_some());
            return None;
        }
        let head = size.min(HEAD as u64);
        self.state = RootState::AwaitHead(head);
        Some(Want::range(0..head))
    }

    fn stream(&mut self, inner: Box<dyn Decoder>, from: u64, ended: bool) {
        self.state = RootState::Stream { inner, from, ended };
    }

    fn sniff(&mut self, head: Bytes, size: u64) {
        let whole = head.len() as u64 >= size;
        if sniff::kind(&self.place.name, &head, whole) == Kind::Parquet {
            let member = self.place.member.clone();
            self.state = RootState::Direct(super::parquet::open(size, member, &self.place.options));
            return;
        }
        let from = head.len() as u64;
        let inner = Detect::seeded(self.place.clone(), head, whole);
        self.stream(Box::new(inner), from, whole);
    }
}

impl Decoder for Root {
    fn feed(&mut self, piece: Piece) {
        match (&mut self.state, piece) {
            (RootState::AwaitHead(_), Piece::Ranges(mut ranges)) => {
                let size = self.size.unwrap_or(0);
                if let Some(head) = ranges.pop() {
                    self.sniff(head, size);
                }
            }
            (RootState::AwaitHead(_), Piece::Broken(error)) => {
                self.state = RootState::Direct(skip(self.place.member.clone(), error));
            }
            (RootState::Stream { inner, .. } | RootState::Direct(inner), piece) => inner.feed(piece),
            _ => {}
        }
    }

    fn step(&mut self) -> Result<Step, DecodeError> {
        match &mut self.state {
            RootState::Start => match self.start() {
                Some(want) => Ok(Step::Need(want)),
                None => self.step(),
            },
            RootState::AwaitHead(head) => Ok(Step::Need(Want::range(0..*head))),
            RootState::Direct(inner) => inner.step(),
            RootState::Stream { inner, from, ended } => loop {
                match inner.step()? {
                    Step::Need(_) if *ended => inner.feed(Piece::End),
                    Step::Need(_) => return Ok(Step::Need(Want::Stream { from: *from })),
                    step => return Ok(step),
                }
            },
        }
    }
}

/// A stream of unknown content: its head is gathered, then the right decoder takes over.
pub(super) struct Detect {
    place: Place,
    head: BytesMut,
    inner: Option<Box<dyn Decoder>>,
}

impl Detect {
    /// A stream of which nothing is known.
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            head: BytesMut::new(),
            inner: None,
        }
    }

    /// A stream that begins with `head`.
    fn seeded(place: Place, head: Bytes, whole: bool) -> Self {
        let mut detect = Self::new(place);
        detect.decide(head, whole, None);
        detect
    }

    fn decide(&mut self, head: Bytes, whole: bool, broken: Option<DecodeError>) {
        let mut inner = match broken {
            Some(error) if head.is_empty() => skip(self.place.member.clone(), error),
            _ => build(&self.place, &head, whole),
        };
        if !head.is_empty() {
            inner.feed(Piece::Bytes(head));
        }
        self.inner = Some(inner);
    }

    fn take_head(&mut self) -> Bytes {
        std::mem::take(&mut self.head).freeze()
    }
}

impl Decoder for Detect {
    fn feed(&mut self, piece: Piece) {
        if let Some(inner) = &mut self.inner {
            inner.feed(piece);
            return;
        }
        match piece {
            Piece::Bytes(bytes) if self.head.is_empty() && bytes.len() >= HEAD => {
                self.decide(bytes, false, None)
            }
            Piece::Bytes(bytes) => {
                self.head.extend_from_slice(&bytes);
                if self.head.len() >= HEAD {
                    let head = self.take_head();
                    self.decide(head, false, None);
                }
            }
            Piece::End => {
                let head = self.take_head();
                self.decide(head, true, None);
                self.feed(Piece::End);
            }
            Piece::Broken(error) => {
                let head = self.take_head();
                self.decide(head, false, Some(error.clone()));
                self.feed(Piece::Broken(error));
            }
            Piece::Ranges(_) => {}
        }
    }

    fn step(&mut self) -> Result<Step, DecodeError> {
        match &mut self.inner {
            Some(inner) => inner.step(),
            None => Ok(Step::Need(Want::Stream { from: 0 })),
        }
    }
}

/// The decoder for a stream that begins with `head`.
fn build(place: &Place, head: &[u8], whole: bool) -> Box<dyn Decoder> {
    let head = &head[..head.len().min(HEAD)];
    let whole = whole && head.len() < HEAD;
    let skip = |reason, what| skip(place.member.clone(), DecodeError::new(reason, what, 0));
    match sniff::kind(&place.name, head, whole) {
        Kind::Empty => Box::new(Runner::new(
            place.member.clone(),
            Format::Text,
            PLAIN,
            Text::new(&place.options),
        )),
        Kind::Text(charset) => text(place, charset, head, whole),
        Kind::Parquet => Box::new(Buffered::new(place.member.clone(), Arc::clone(&place.options))),
        Kind::Gzip => inflate(place, Codec::Gzip),
        Kind::Zstd => inflate(place, Codec::Zstd),
        Kind::Bzip2 => inflate(place, Codec::Bzip2),
        Kind::Xz => inflate(place, Codec::Xz),
        Kind::Tar => match deeper(place) {
            Some(place) => Box::new(Tar::new(place)),
            None => skip(SkipReason::TooDeep, "tar archive"),
        },
        Kind::Encrypted(what) => skip(SkipReason::Encrypted, what),
        Kind::Unsupported(what) => skip(SkipReason::UnsupportedFormat, what),
        Kind::NoText(mime) => Box::new(Said(Some(Step::NoText(NoText {
            member: place.member.clone(),
            mime,
        })))),
    }
}

const PLAIN: Charset = Charset {
    kind: charset::Kind::Utf8,
    mark: 0,
};

/// The decoder for a text.
fn text(place: &Place, charset: Charset, head: &[u8], whole: bool) -> Box<dyn Decoder> {
    let member = place.member.clone();
    let options = &place.options;
    match Shape::of(&charset.to_utf8(head), whole, &place.name) {
        Shape::Json(mode) => {
            let format = match mode {
                Mode::Document => Format::Json,
                Mode::Lines => Format::JsonLines,
            };
            Box::new(Runner::new(member, format, charset, Json::new(mode, options)))
        }
        Shape::Csv(layout) => {
            let tabbed = layout.dialect.delimiter == b'\t';
            let format = if tabbed { Format::Tsv } else { Format::Csv };
            Box::new(Runner::new(member, format, charset, Csv::new(layout, options)))
        }
        Shape::Text => Box::new(Runner::new(member, Format::Text, charset, Text::new(options))),
    }
}

/// The same place one layer further in, unless that is too deep.
fn deeper(place: &Place) -> Option<Place> {
    (place.depth < place.options.max_depth).then(|| Place {
        depth: place.depth + 1,
        ..place.clone()
    })
}

/// The decoder for a compressed stream.
fn inflate(place: &Place, codec: Codec) -> Box<dyn Decoder> {
    match deeper(place) {
        Some(place) => Box::new(Inflate::new(codec, place)),
        None => {
            let error = DecodeError::new(SkipReason::TooDeep, codec.as_str(), 0);
            skip(place.member.clone(), error)
        }
    }
}

/// A decoder that has one thing to say.
struct Said(Option<Step>);

impl Decoder for Said {
    fn feed(&mut self, _: Piece) {}

    fn step(&mut self) -> Result<Step, DecodeError> {
        Ok(self.0.take().unwrap_or(Step::Done))
    }
}

/// A decoder that says that `member` is not read.
pub(super) fn skip(member: Vec<Vec<u8>>, error: DecodeError) -> Box<dyn Decoder> {
    Box::new(Said(Some(Step::Skipped(Skipped {
        member,
        error,
        partial: None,
    }))))
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{dump, dump_stream, options};
    use crate::decode::{DecodeError, Format, Options, Piece, Step, Want, open};
    use crate::model::skip::SkipReason;
    use bytes::Bytes;
    use proptest::prelude::*;

    #[test]
    fn an_empty_object_is_a_text_without_rows() {
        for got in [
            dump(b"x", b"", &options(10), 1),
            dump_stream(b"x", b"", &options(10), 1),
        ] {
            assert_eq!(got.formats, [(String::new(), Format::Text)]);
            assert_eq!((got.rows, got.closes.len(), got.skips.len()), (0, 1, 0));
        }
    }

    #[test]
    fn a_small_object_needs_one_range_and_nothing_more() {
        let mut decoder = open(b"x.txt", Some(5), &options(10));
        let Ok(Step::Need(want)) = decoder.step() else {
            panic!("the head is wanted")
        };
        assert_eq!(want, Want::range(0..5));
        decoder.feed(Piece::Ranges(vec![Bytes::from_static(b"hello")]));
        loop {
            match decoder.step().unwrap() {
                Step::Need(_) => panic!("nothing more is needed"),
                Step::Done => break,
                _ => {}
            }
        }
    }

    #[test]
    fn the_stream_goes_on_behind_the_head() {
        let text = "some line of text\n".repeat(10_000);
        let got = dump(b"x.txt", text.as_bytes(), &options(5000), 4096);
        assert_eq!(got.texts("$text").concat(), text);
        assert_eq!(got, dump_stream(b"x.txt", text.as_bytes(), &options(5000), 1000));
    }

    #[test]
    fn a_broken_stream_gives_what_was_read_and_says_why() {
        let mut decoder = open(b"x.txt", None, &options(10));
        let cause = DecodeError::new(SkipReason::Unavailable, "object", 3);
        let mut pieces = vec![
            Piece::Broken(cause.clone()),
            Piece::Bytes(Bytes::from_static(b"abc")),
        ];
        let (mut text, mut said) = (Vec::new(), None);
        loop {
            match decoder.step().unwrap() {
                Step::Need(_) => decoder.feed(pieces.pop().unwrap()),
                Step::Cells(batch) => text.extend_from_slice(batch.cells.get(0)),
                Step::Skipped(skipped) => said = Some(skipped),
                Step::Done => break,
                _ => {}
            }
        }
        let said = said.unwrap();
        assert_eq!((text, said.error), (b"abc".to_vec(), cause));
        assert_eq!(said.partial.map(|close| close.bytes), Some(3));
    }

    #[test]
    fn what_is_not_decoded_is_said() {
        let reasons = |bytes: &[u8]| dump(b"x", bytes, &options(10), 5).skips[0].error.reason;
        assert_eq!(reasons(b"PK\x03\x04...."), SkipReason::UnsupportedFormat);
        assert_eq!(reasons(b"PAREPARE"), SkipReason::Encrypted);
        let media = dump(b"x", b"\x89PNG\r\n\x1a\n", &options(10), 5).no_text;
        assert_eq!(media, [(String::new(), "image/png")]);
    }

    #[test]
    fn a_member_that_needs_random_access_must_fit_in_memory() {
        let tight = Options {
            budget: 1 << 20,
            ..options(100)
        };
        let large = [b"PAR1\0\0\0\0", &vec![0; 1 << 19][..]].concat();
        let got = dump_stream(b"x", &large, &tight, 1 << 16);
        assert_eq!(got.skips[0].error.reason, SkipReason::UnitTooLarge);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_neither_panic_nor_hang(
            bytes in prop::collection::vec(any::<u8>(), 0..300), step in 1usize..100, magic in 0usize..8,
        ) {
            let magics: [&[u8]; 8] = [
                b"", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0\0", b"{\"a\":", b"[1,", b"\xff\xfe",
            ];
            let bytes = [magics[magic], &bytes].concat();
            dump(b"x.csv", &bytes, &options(50), step);
            dump_stream(b"x.jsonl", &bytes, &options(50), step);
        }
    }
}
