//! Tar archives as a stream (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU).

mod header;

use std::mem;

use bytes::Bytes;

use super::super::detect::{Detect, Place};
use super::super::{Close, DecodeError, Decoder, Piece, Skipped, Step, Want};
use crate::model::skip::SkipReason;
pub(in crate::decode) use header::begins;
use header::{BLOCK, Entry, Extension, Header};

/// The longest pax header or long name that is read.
const LONGEST_EXTENSION: u64 = 1 << 20;

/// Where the archive stands.
enum State {
    /// Before a header, of which these bytes were seen.
    Header(Vec<u8>),
    /// In an extension header's data.
    Extension {
        kind: Extension,
        data: Vec<u8>,
        left: u64,
    },
    /// In a member's data.
    Member {
        inner: Box<dyn Decoder>,
        left: u64,
    },
    /// Bytes that mean nothing: padding, links' data, members not read.
    Skip(u64),
    /// Behind the last member, or failed.
    Ended(Option<DecodeError>),
    Done,
}

/// A tar archive.
pub(in crate::decode) struct Tar {
    place: Place,
    state: State,
    /// What extension headers said about the next member.
    entry: Entry,
    /// The path of the open member.
    open: Vec<Vec<u8>>,
    /// Padding behind the open member.
    padding: u64,
    input: Bytes,
    ending: Option<Option<DecodeError>>,
    at: u64,
    members: u64,
}

impl Tar {
    /// The archive at `place`; its members lie below it.
    pub(in crate::decode) fn new(place: Place) -> Self {
        Self {
            place,
            state: State::Header(Vec::new()),
            entry: Entry::default(),
            open: Vec::new(),
            padding: 0,
            input: Bytes::new(),
            ending: None,
            at: 0,
            members: 0,
        }
    }

    fn take(&mut self, most: u64) -> Bytes {
        let len = most.min(self.input.len() as u64) as usize;
        self.at += len as u64;
        self.input.split_to(len)
    }

    /// Goes on as far as the input reaches; gives a step to pass on.
    fn advance(&mut self) -> Option<Step> {
        match mem::replace(&mut self.state, State::Done) {
            State::Header(seen) => self.header(seen),
            State::Extension { kind, data, left } => self.extension(kind, data, left),
            State::Member { inner, left } => self.member(inner, left),
            State::Skip(left) => self.skip(left),
            State::Ended(failed) => failed.map(|error| self.failure(error)),
            State::Done => Some(Step::Done),
        }
    }

    fn header(&mut self, mut seen: Vec<u8>) -> Option<Step> {
        let block = self.take((BLOCK - seen.len()) as u64);
        seen.extend_from_slice(&block);
        if seen.len() < BLOCK {
            let between = seen.is_empty();
            self.state = State::Header(seen);
            return self.starved(between);
        }
        if seen.iter().all(|b| *b == 0) {
            self.state = State::Ended(None);
            return None;
        }
        match Header::parse(&seen) {
            Some(header) => self.begin(&header),
            None => {
                self.fail(SkipReason::Corrupt);
                None
            }
        }
    }

    /// Acts on a header.
    fn begin(&mut self, header: &Header) -> Option<Step> {
        if let Some(kind) = header.extension() {
            self.padding = padding(header.size);
            if header.size > LONGEST_EXTENSION {
                self.fail(SkipReason::Corrupt);
                return None;
            }
            self.state = State::Extension {
                kind,
                data: Vec::new(),
                left: header.size,
            };
            return None;
        }
        let entry = mem::take(&mut self.entry);
        let size = if header.has_data() {
            entry.size.unwrap_or(header.size)
        } else {
            0
        };
        if header.is_file() {
            return self.open(header, entry, size);
        }
        self.state = State::Skip(size.saturating_add(padding(size)));
        None
    }

    fn open(&mut self, header: &Header, entry: Entry, size: u64) -> Option<Step> {
        self.members += 1;
        let sparse = header.is_sparse() || entry.sparse;
        let name = entry.name.unwrap_or_else(|| header.name());
        let mut place = self.place.clone();
        place.member.push(name.clone());
        place.name = name;
        if sparse {
            self.state = State::Skip(size.saturating_add(padding(size)));
            return Some(Step::Skipped(Skipped {
                member: place.member,
                error: DecodeError::new(SkipReason::UnsupportedFormat, "sparse tar member", self.at),
                partial: None,
            }));
        }
        self.padding = padding(size);
        self.open.clone_from(&place.member);
        self.state = State::Member {
            inner: Box::new(Detect::new(place)),
            left: size,
        };
        None
    }

    fn extension(&mut self, kind: Extension, mut data: Vec<u8>, left: u64) -> Option<Step> {
        let more = self.take(left);
        data.extend_from_slice(&more);
        let left = left - more.len() as u64;
        if left > 0 {
            self.state = State::Extension { kind, data, left };
            return self.starved(false);
        }
        self.entry.apply(kind, &data);
        self.state = State::Skip(self.padding);
        None
    }

    fn member(&mut self, mut inner: Box<dyn Decoder>, left: u64) -> Option<Step> {
        let step = inner.step();
        match step {
            Ok(Step::Need(_)) if left == 0 => inner.feed(Piece::End),
            Ok(Step::Need(_)) if !self.input.is_empty() => {
                let bytes = self.take(left);
                let left = left - bytes.len() as u64;
                inner.feed(Piece::Bytes(bytes));
                self.state = State::Member { inner, left };
                return None;
            }
            Ok(Step::Need(_)) => match self.ending.clone() {
                None => {
                    self.state = State::Member { inner, left };
                    return Some(Step::Need(Want::Stream { from: 0 }));
                }
                Some(reason) => {
                    let cut = || DecodeError::new(SkipReason::Truncated, "tar archive", self.at);
                    inner.feed(Piece::Broken(reason.unwrap_or_else(cut)));
                }
            },
            Ok(Step::Done) => {
                self.state = State::Skip(left.saturating_add(self.padding));
                return None;
            }
            Ok(step) => {
                self.state = State::Member { inner, left };
                return Some(step);
            }
            Err(error) => {
                self.state = State::Skip(left.saturating_add(self.padding));
                return Some(self.member_failure(error));
            }
        }
        self.state = State::Member { inner, left };
        None
    }

    fn skip(&mut self, left: u64) -> Option<Step> {
        let left = left - self.take(left).len() as u64;
        if left == 0 {
            self.state = State::Header(Vec::new());
            return None;
        }
        self.state = State::Skip(left);
        self.starved(false)
    }

    /// The input ran out: more is asked for, or the archive ends here. Between members it may: archives without their
    /// closing zero blocks are common.
    fn starved(&mut self, between: bool) -> Option<Step> {
        match self.ending.take() {
            None => return Some(Step::Need(Want::Stream { from: 0 })),
            Some(Some(error)) => self.state = State::Ended(Some(error)),
            Some(None) if between => self.state = State::Ended(None),
            Some(None) => self.fail(SkipReason::Truncated),
        }
        None
    }

    fn fail(&mut self, reason: SkipReason) {
        self.state = State::Ended(Some(DecodeError::new(reason, "tar archive", self.at)));
    }

    /// What is said of the archive as a whole when it fails; its members were given.
    fn failure(&self, error: DecodeError) -> Step {
        let read = Close {
            rows: 0,
            bytes: self.at,
        };
        Step::Skipped(Skipped {
            member: self.place.member.clone(),
            error,
            partial: (self.members > 0).then_some(read),
        })
    }

    fn member_failure(&self, error: DecodeError) -> Step {
        Step::Skipped(Skipped {
            member: self.open.clone(),
            error,
            partial: None,
        })
    }
}

/// Zeros between `size` bytes of data and the next header.
fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}

impl Decoder for Tar {
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
            if let Some(step) = self.advance() {
                return Ok(step);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::Options;
    use crate::decode::testing::{Dump, dump, options};
    use crate::model::skip::SkipReason;
    use proptest::prelude::*;

    /// A header block.
    fn header(name: &[u8], kind: u8, size: usize) -> Vec<u8> {
        let mut block = vec![0; super::BLOCK];
        block[..name.len()].copy_from_slice(name);
        block[100..108].copy_from_slice(b"0000644\0");
        block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        block[156] = kind;
        block[257..265].copy_from_slice(b"ustar\x0000");
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|b| u64::from(*b)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }

    fn entry(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
        let mut bytes = header(name.as_bytes(), kind, data.len());
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len().next_multiple_of(super::BLOCK), 0);
        bytes
    }

    fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
        [&entries.concat()[..], &[0; 1024]].concat()
    }

    fn read(bytes: &[u8]) -> Dump {
        dump(b"x.tar", bytes, &options(100), 333)
    }

    #[test]
    fn members_are_read_as_what_they_are() {
        let got = read(&archive(&[
            entry("t.csv", b'0', b"a,b\n1,2\n"),
            entry("empty.txt", b'0', b""),
            entry("note.txt", b'0', b"hello"),
            entry("p.png", b'0', b"\x89PNG\r\n\x1a\n"),
        ]));
        assert_eq!(got.texts("t.csv!b"), ["2"]);
        assert_eq!(got.texts("note.txt!$text"), ["hello"]);
        assert_eq!(got.no_text, [("p.png".to_owned(), "image/png")]);
        assert_eq!((got.closes.len(), got.skips), (3, vec![]));
    }

    #[test]
    fn links_pipes_and_directories_are_passed_over() {
        let got = read(&archive(&[
            entry("d/", b'5', b""),
            header(b"hard", b'1', 9999),
            header(b"soft", b'2', 0),
            header(b"pipe", b'6', 0),
            entry("f", b'0', b"x"),
        ]));
        assert_eq!((got.formats.len(), got.skips.len()), (1, 0));
    }

    #[test]
    fn long_names_and_pax_headers_apply_to_the_next_member_only() {
        let long = "n/".repeat(120) + "x.txt";
        let pax = b"15 path=\xc3\xa9.txt\n13 other=why\n";
        let got = read(&archive(&[
            entry("././@LongLink", b'L', long.as_bytes()),
            entry("short", b'0', b"1"),
            entry("pax", b'x', pax),
            entry("short", b'0', b"2"),
            entry("plain", b'0', b"3"),
        ]));
        let names: Vec<&str> = got.formats.iter().map(|(name, _)| &name[..]).collect();
        assert_eq!(names, [&(long + "!"), "é.txt!", "plain!"]);
    }

    #[test]
    fn a_failing_member_is_skipped_and_the_rest_goes_on() {
        let got = read(&archive(&[
            entry("bad.gz", b'0', b"\x1f\x8b\x08\0\0\0\0\0\0\0garbage"),
            entry("holes", b'S', b"123"),
            entry("bin", b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0]),
            entry("good", b'0', b"fine"),
        ]));
        assert_eq!(got.texts("good!$text"), ["fine"]);
        let members: Vec<_> = got.skips.iter().map(|skip| skip.member[0].clone()).collect();
        assert_eq!(members, [b"bad.gz".to_vec(), b"holes".to_vec(), b"bin".to_vec()]);
    }

    #[test]
    fn a_broken_header_ends_the_archive_as_corrupt() {
        let mut bytes = archive(&[entry("a", b'0', b"1"), entry("b", b'0', b"2")]);
        bytes[1024 + 3] ^= 0x40;
        let got = read(&bytes);
        let [skip] = &got.skips[..] else {
            panic!("one report")
        };
        assert_eq!((skip.error.reason, skip.member.len()), (SkipReason::Corrupt, 0));
        assert!(skip.partial.is_some());
    }

    #[test]
    fn a_cut_in_a_member_is_told_of_it_and_of_the_archive() {
        let bytes = archive(&[entry("a", b'0', &[b'x'; 2000])]);
        let got = read(&bytes[..1500]);
        let reports: Vec<_> = got
            .skips
            .iter()
            .map(|skip| (skip.member.len(), skip.error.reason))
            .collect();
        assert_eq!(reports, [(1, SkipReason::Truncated), (0, SkipReason::Truncated)]);
        assert_eq!(got.texts("a!$text")[0].len(), 988);
    }

    #[test]
    fn archives_in_archives_are_read_up_to_the_limit() {
        let mut bytes = entry("leaf.txt", b'0', b"deep");
        for _ in 0..5 {
            bytes = entry("t.tar", b'0', &archive(&[bytes]));
        }
        let got = read(&archive(&[bytes.clone()]));
        assert_eq!(got.texts(&("t.tar!".repeat(5) + "leaf.txt!$text")), ["deep"]);
        let shallow = Options {
            max_depth: 3,
            ..options(100)
        };
        let got = dump(b"x.tar", &archive(&[bytes]), &shallow, 100);
        assert_eq!(
            (got.skips[0].error.reason, got.skips[0].member.len()),
            (SkipReason::TooDeep, 3)
        );
    }

    proptest! {
        #[test]
        fn arrival_changes_nothing_and_damage_never_panics(
            at in 0usize..3000, byte: u8, step in 1usize..2000,
        ) {
            let mut bytes = archive(&[entry("t.csv", b'0', b"a,b\n1,2\n"), entry("n", b'L', b"name"), entry("x", b'0', b"y")]);
            let at = at % bytes.len();
            bytes[at] = byte;
            prop_assert_eq!(dump(b"x.tar", &bytes, &options(100), step), read(&bytes));
        }
    }
}
