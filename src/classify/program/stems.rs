//! How words are told apart at a glance: by their *stems*, which is what they begin with.
//!
//! A stem is up to eight bytes of an ASCII word, letters in either case, or up to four bytes of other characters. It ends where
//! bytes of the other kind begin, so that the stem of what stands in a text depends on nothing behind the word.

/// Bytes of a stem, of an ASCII word and of other characters. The latter are not parted by spaces everywhere: a longer one would
/// take in what follows a short word.
const LENGTHS: [usize; 2] = [8, 4];

/// Whether a byte can be part of an ASCII word. Names join their words by `_`, which parts them here. Without a branch, so that
/// many are looked at together.
#[inline(always)]
pub(super) fn is_word(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

/// The kinds of bytes that a stem does not mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// ASCII letters and digits.
    Word,
    /// Bytes of characters beyond ASCII.
    Wide,
    Other,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            0x80.. => Self::Wide,
            _ if is_word(byte) => Self::Word,
            _ => Self::Other,
        }
    }
}

/// The hash of a stem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stem(u64);

impl Stem {
    /// Values of [`Stem::head`].
    pub(super) const HEADS: usize = 1 << 14;

    /// The stem of a keyword; `None` where a text may go on behind it so that it has another one there, and where it does not
    /// begin as words do.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        let kind = Kind::of(*word.first()?);
        let same = word.iter().take_while(|byte| Kind::of(**byte) == kind).count();
        let longest = LENGTHS[usize::from(kind == Kind::Wide)];
        let begins = match kind {
            Kind::Word => true,
            // Such characters may stand side by side with others of another word.
            Kind::Wide => word[0] >= 0xc0 && (same < word.len() || same >= longest),
            Kind::Other => false,
        };
        begins.then(|| {
            let bytes = word[..same.min(longest)].iter().rev();
            Self::folded(bytes.fold(0, |stem, byte| stem << 8 | u64::from(*byte)))
        })
    }

    /// Of its bytes, the first lowest. ASCII letters become small; other bytes become whatever, but always the same.
    #[inline(always)]
    fn folded(bytes: u64) -> Self {
        Self((bytes | 0x2020_2020_2020_2020).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number by which known stems are told apart.
    #[inline(always)]
    pub(super) fn head(self) -> usize {
        (self.0 >> 40) as usize % Self::HEADS
    }

    /// Two places of [`Stems`].
    #[inline(always)]
    fn places(self) -> [usize; 2] {
        [(self.0 >> 48) as usize % PLACES, (self.0 >> 32) as usize % PLACES]
    }
}

const PLACES: usize = 1 << 16;

/// A set of stems: few others pass for one of it.
pub(super) struct Stems(Box<[u64; PLACES / 64]>);

impl Stems {
    pub(super) fn new() -> Self {
        Self(Box::new([0; PLACES / 64]))
    }

    pub(super) fn add(&mut self, stem: Stem) {
        for place in stem.places() {
            self.0[place / 64] |= 1 << (place % 64);
        }
    }

    /// 1 if a stem seems to be in the set, otherwise 0.
    #[inline(always)]
    pub(super) fn holds(&self, stem: Stem) -> u64 {
        let [a, b] = stem.places();
        self.0[a / 64] >> (a % 64) & self.0[b / 64] >> (b % 64) & 1
    }
}

/// Bytes that are looked at together.
pub(crate) const READ: usize = u64::BITS as usize;

/// The words in some bytes: places are bits.
pub(crate) struct Words<'a> {
    bytes: &'a [u8; READ],
    /// Where one may begin.
    begins: u64,
    /// Where one may go on, of ASCII and of other characters.
    on: [u64; 2],
}

impl<'a> Words<'a> {
    /// Of the places from 1 to this one, the words that begin there can be told: place 0 says whether one goes on at 1.
    pub(crate) const LAST: usize = READ - LENGTHS[0];

    /// `parted`: where words end and begin whatever the bytes.
    #[inline(always)]
    pub(crate) fn of(bytes: &'a [u8; READ], parted: u64) -> Self {
        let word = mask(bytes, |byte| u8::from(is_word(byte)));
        let mut words = Self {
            bytes,
            begins: word & (parted | !(word << 1)),
            on: [word & !parted, 0],
        };
        if !bytes.is_ascii() {
            words.begins |= mask(bytes, |byte| u8::from(byte >= 0xc0));
            words.on[1] = mask(bytes, |byte| byte >> 7) & !parted;
        }
        words
    }

    /// The places among the first `count` from 1 on where words begin, with their stems.
    #[inline(always)]
    pub(super) fn first(&self, count: usize) -> impl Iterator<Item = (usize, Stem)> {
        let mut begins = self.begins & ((1 << count) - 1) << 1;
        let places = std::iter::from_fn(move || {
            let at = (begins != 0).then(|| begins.trailing_zeros() as usize)?;
            begins &= begins - 1;
            Some(at)
        });
        places
            .filter(|at| !self.is_ending(*at))
            .map(|at| (at, self.stem(at)))
    }

    /// Whether one or two letters or digits end a name: an `order_id` is no one's id.
    #[inline(always)]
    fn is_ending(&self, at: usize) -> bool {
        let on = self.on[0] >> at;
        self.bytes[at - 1] == b'_' && matches!(on & 0b111, 0b001 | 0b011 | 0b101)
    }

    #[inline(always)]
    fn stem(&self, at: usize) -> Stem {
        let wide = usize::from(self.bytes[at] >> 7);
        let more = (self.on[wide] >> (at + 1)) & ((1 << (LENGTHS[wide] - 1)) - 1);
        let bytes = self.bytes[at..].first_chunk();
        let bytes = bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Stem::folded(bytes & u64::MAX >> (u64::BITS - 8 * (1 + more.trailing_ones())))
    }
}

/// The bytes of `text` from one before `at` on, with spaces where it has not begun or is over.
#[inline(always)]
pub(crate) fn from_before<'b>(text: &'b [u8], at: usize, padded: &'b mut [u8; READ]) -> &'b [u8; READ] {
    let whole = at.checked_sub(1).and_then(|from| text.get(from..)?.first_chunk());
    whole.unwrap_or_else(|| {
        for (place, byte) in padded.iter_mut().enumerate() {
            let at = (at + place).checked_sub(1);
            *byte = at.and_then(|at| text.get(at)).copied().unwrap_or(b' ');
        }
        padded
    })
}

/// One bit for each of sixty-four bytes; `of` says 1 or 0.
#[inline(always)]
pub(crate) fn mask(bytes: &[u8; READ], of: impl Fn(u8) -> u8) -> u64 {
    let mut marks = [[0; 8]; READ / 8];
    let all = marks.as_flattened_mut().iter_mut().zip(bytes);
    all.for_each(|(mark, byte)| *mark = of(*byte));
    let mut mask = 0;
    for (index, eight) in marks.iter().enumerate() {
        // The lowest bits of eight bytes, side by side.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places in `text` where a word with the stem of `word` begins.
    fn places(word: &str, text: &str) -> Vec<usize> {
        let (stem, text) = (Stem::of(word.as_bytes()).unwrap(), text.as_bytes());
        let mut known = Stems::new();
        known.add(stem);
        let mut found = Vec::new();
        for from in (0..text.len()).step_by(Words::LAST) {
            let mut padded = [b' '; READ];
            let words = Words::of(from_before(text, from, &mut padded), 0);
            let here = words.first(Words::LAST).filter(|(_, other)| *other == stem);
            found.extend(
                here.inspect(|(_, stem)| assert_eq!(known.holds(*stem), 1))
                    .map(|(at, _)| from + at - 1),
            );
        }
        found
    }

    #[test]
    fn a_word_has_its_stem_wherever_it_stands() {
        for word in [
            "ssn",
            "passport",
            "passports",
            "电话",
            "téléphone",
            "č.ú",
            "id no",
            "x",
        ] {
            for before in 0..130 {
                for behind in ["", " ", ". y", "é", "-"] {
                    let text = format!("{}{word}{behind}", " ".repeat(before));
                    assert!(places(word, &text).contains(&before), "{word:?} in {text:?}");
                }
            }
        }
    }

    #[test]
    fn others_have_another() {
        assert!(places("ssn", "ssns xssn sn").is_empty());
        assert_eq!(places("ssn", "Ssn; éSSN"), [0, 7]);
        assert_eq!(places("passport", "passports"), [0]);
        assert!(places("passport", "passpart").is_empty());
    }

    #[test]
    fn what_a_text_may_go_on_behind_has_none() {
        assert_eq!(Stem::of("号".as_bytes()), None);
        assert_eq!(Stem::of(b"#x"), None);
        assert_eq!(Stem::of(b""), None);
        assert!(Stem::of("电话".as_bytes()).is_some());
    }
}
