//! What numbers look like: how many digits there are, and what stands between and behind them.
//!
//! Ordinary data is full of numbers, and most look like nothing that is looked for. The same few shapes come again and again, so that for
//! each it is kept which units have matches that begin so.

use regex_automata::nfa::thompson::NFA;
use regex_automata::util::primitives::{PatternID, StateID};
use regex_syntax::hir::{Class, ClassBytesRange, ClassUnicodeRange, Hir, HirKind, Repetition};

use super::automaton::{Automata, Known, next_of, nfa};
use super::keywords::has_letter;
use super::units::{Member, Neighbours};
use crate::classify::digits_at_once::{HIGH, all, others, zeroed};

/// The shapes of all units' matches: their patterns with any digit for every digit.
#[derive(Default)]
pub(crate) struct Shapes {
    automata: Automata,
    /// The automaton of all that is walked forward, if there is any and it is not too large.
    forward: Option<u16>,
    /// By its pattern, the unit that it is of, as a bit, and its form.
    patterns: Vec<(u64, Member)>,
    /// The automaton of all that is found around a literal.
    around: Option<u16>,
    /// By its pattern, its form.
    members_around: Vec<Member>,
    /// By state of the automaton, the units it is of, one bit each.
    states: Vec<u64>,
    /// The units that it is of no use to ask about, one bit each.
    others: u64,
    /// The units that look at what is not all of a cell, even if the cell has no letter, one bit each.
    always: u64,
}

/// What one scanner knows of [`Shapes`] so far.
pub(crate) struct Seen {
    known: Known,
    /// By the hash of a shape.
    recent: Box<[Entry; RECENT]>,
    worked_out: usize,
}

impl Seen {
    /// How many shapes had to be worked out so far.
    pub(crate) fn worked_out(&self) -> usize {
        self.worked_out
    }
}

/// A shape, and the units that may have matches that begin so, one bit each.
#[derive(Clone, Copy)]
struct Entry {
    shape: u128,
    units: u64,
    /// Those of them that have to look where a cell begins so.
    first: u64,
}

/// How many shapes are kept.
const RECENT: usize = 1 << 12;
/// The bytes of a shape.
const LENGTH: usize = size_of::<u128>();
/// Stands in a shape for every digit.
const DIGIT: u8 = b'0';
/// Stands in a shape for each byte beyond the end of a cell.
const END: u8 = b'1';
/// Stands in a shape for each byte that does not belong to it.
const REST: u8 = b'2';
/// Stands in a shape for a digit at its end with which the cell ends.
const LAST: u8 = b'3';

impl Entry {
    fn of(shape: u128, [units, first]: [u64; 2]) -> Self {
        Self { shape, units, first }
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            known: Known::default(),
            // No shape begins with a zero.
            recent: Box::new([Entry::of(0, [u64::MAX; 2]); RECENT]),
            worked_out: 0,
        }
    }
}

/// Shapes as they are put together.
#[derive(Default)]
pub(super) struct Drawing {
    hirs: Vec<Hir>,
    patterns: Vec<(u64, Member)>,
    others: u64,
    around_hirs: Vec<Hir>,
    around: Vec<Member>,
}

impl Drawing {
    /// Adds a pattern of a unit, which is walked forward.
    pub(super) fn add(&mut self, unit: usize, hir: &Hir, member: Member) {
        self.hirs.push(any_digits(hir));
        self.patterns.push((1 << unit, member));
    }

    /// Adds a pattern of a unit that may have any candidate, as it is found around a literal.
    pub(super) fn add_around(&mut self, unit: usize, hir: &Hir, member: Member) {
        self.others |= 1 << unit;
        self.around_hirs.push(any_digits(hir));
        self.around.push(member);
    }

    /// `always`: the units that look at what is not all of a cell, even if the cell has no letter.
    pub(super) fn finish(self, always: u64) -> Shapes {
        let mut automata = Automata::default();
        let mut add = |hirs: &[Hir], afters: Vec<u32>| {
            let hirs: Vec<&Hir> = hirs.iter().collect();
            let nfa = nfa(&hirs, false).filter(|_| !hirs.is_empty())?;
            Some(automata.add(nfa, afters))
        };
        let afters = self.patterns.iter().map(|(_, member)| member.after).collect();
        let forward = add(&self.hirs, afters);
        let around = add(
            &self.around_hirs,
            self.around.iter().map(|member| member.after).collect(),
        );
        let states = forward.map(|index| units_of(automata.nfa(index), &self.patterns));
        let walked = self.patterns.iter().fold(0, |all, (unit, _)| all | unit);
        Shapes {
            others: self.others | if forward.is_some() { 0 } else { walked },
            states: states.unwrap_or_default(),
            automata,
            forward,
            patterns: self.patterns,
            around,
            members_around: self.around,
            always,
        }
    }
}

/// For each state, the units whose patterns it is of.
fn units_of(nfa: &NFA, patterns: &[(u64, Member)]) -> Vec<u64> {
    let mut units = vec![0; nfa.states().len()];
    for (pattern, (unit, _)) in patterns.iter().enumerate() {
        let mut open: Vec<StateID> = nfa.start_pattern(PatternID::must(pattern)).into_iter().collect();
        while let Some(id) = open.pop() {
            if units[id.as_usize()] & unit == 0 {
                units[id.as_usize()] |= unit;
                next_of(nfa.state(id), &mut open);
            }
        }
    }
    units
}

impl Shapes {
    /// The units of which a match may begin with the number at `at`, in a cell from `from` to `to`.
    #[inline(always)]
    pub(crate) fn units(
        &self,
        neighbours: &Neighbours,
        seen: &mut Seen,
        text: &[u8],
        at: usize,
        (from, to): (usize, usize),
    ) -> u64 {
        let shape = shape(text, at, to);
        let slot = slot(shape);
        let mut entry = seen.recent[slot];
        if entry.shape != shape {
            entry = Entry::of(shape, self.look(neighbours, &mut seen.known, shape));
            seen.recent[slot] = entry;
            seen.worked_out += 1;
        }
        if at == from { entry.first } else { entry.units }
    }

    /// The units of which a match may begin with a shape, and those of them that have to look where a cell does.
    #[cold]
    fn look(&self, neighbours: &Neighbours, known: &mut Known, shape: u128) -> [u64; 2] {
        let Some(forward) = self.forward else {
            return [self.others; 2];
        };
        let mut bytes = shape.to_le_bytes();
        let other = |byte: &u8| matches!(*byte, END | REST);
        let len = bytes.iter().position(other).unwrap_or(LENGTH);
        let is_last = bytes[LENGTH - 1] == LAST;
        if is_last {
            bytes[LENGTH - 1] = DIGIT;
        }
        let own = bytes[..len].trim_ascii_end().len();
        let (mut units, mut whole) = (self.others, self.others);
        let states = self
            .automata
            .walk_to(forward, known, &bytes[..len], |known, at, ending| {
                for pattern in known.patterns(ending.accept(known)) {
                    let (unit, member) = self.patterns[usize::from(*pattern)];
                    let may_end = match bytes.get(at) {
                        Some(&DIGIT) => (b'0'..=b'9').any(|digit| neighbours.may_end(member.after, digit)),
                        // Nothing follows, or what is not known.
                        None | Some(&END | &REST) => true,
                        Some(byte) => neighbours.may_end(member.after, *byte),
                    };
                    units |= u64::from(may_end) * unit;
                    whole |= u64::from(at >= own) * unit;
                }
            });
        if !is_last && bytes.get(len) != Some(&END) {
            let open = states
                .iter()
                .fold(0, |units, state| units | self.states[state.as_usize()]);
            return [units | open; 2];
        }
        let first = match has_letter(&bytes[..len]) {
            true => units,
            // No keyword can stand in such a cell: what needs one must be all that it holds.
            false => units & (self.always | whole),
        };
        [units, first]
    }
}

/// Where forms can match.
impl Shapes {
    /// Whether all forms are known, none being too large.
    pub(super) fn are_all(&self) -> bool {
        self.forward.is_some() != self.patterns.is_empty()
            && self.around.is_some() != self.members_around.is_empty()
    }

    /// Calls `found` with every end and form of a match that begins where `bytes` do and may have any digit for each of theirs.
    pub(super) fn matches(&self, known: &mut Known, bytes: &[u8], mut found: impl FnMut(usize, &Member)) {
        if let Some(forward) = self.forward {
            self.automata
                .walk(forward, known, bytes.iter(), |known, end, ending| {
                    let patterns = known.patterns(ending.accept(known)).iter();
                    patterns.for_each(|pattern| found(end, &self.patterns[usize::from(*pattern)].1));
                });
        }
        if let Some(around) = self.around {
            self.automata
                .walk(around, known, bytes.iter(), |known, end, ending| {
                    let patterns = known.patterns(ending.accept(known)).iter();
                    patterns.for_each(|pattern| found(end, &self.members_around[usize::from(*pattern)]));
                });
        }
    }
}

/// The bytes from `at` on in a cell that ends at `to`, with the same digit for every digit: up to the first two in a row that are none.
#[inline(always)]
fn shape(text: &[u8], at: usize, to: usize) -> u128 {
    let bytes = match text[at..].first_chunk::<LENGTH>() {
        Some(bytes) => *bytes,
        None => {
            let mut bytes = [END; LENGTH];
            bytes[..text.len() - at].copy_from_slice(&text[at..]);
            bytes
        }
    };
    let bytes = u128::from_le_bytes(bytes);
    let mut others = others(bytes);
    let mut shape = zeroed(bytes);
    if to - at == LENGTH {
        let digit = (others ^ HIGH) >> (u128::BITS - 1);
        shape |= (digit * u128::from(LAST)) << (u128::BITS - 8);
    } else if to - at < LENGTH {
        let own = (1 << (8 * (to - at))) - 1;
        shape = shape & own | all(END) & !own;
        others |= HIGH & !own;
    }
    let second = others & others << 8;
    let kept = second ^ second.wrapping_sub(1);
    shape & kept | all(REST) & !kept
}

/// Where a shape is kept.
#[inline(always)]
fn slot(shape: u128) -> usize {
    let mixed = (shape as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ ((shape >> 64) as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    (mixed ^ mixed >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize
        >> (usize::BITS - RECENT.trailing_zeros())
}

/// The pattern with any digit wherever it has some.
fn any_digits(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Literal(literal) => Hir::concat(literal.0.iter().map(|byte| any_digit(*byte)).collect()),
        HirKind::Class(class) => {
            let mut class = class.clone();
            widen(&mut class);
            Hir::class(class)
        }
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(any_digits(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Capture(capture) => any_digits(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(any_digits).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(any_digits).collect()),
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

/// A byte, or any digit if it is one.
fn any_digit(byte: u8) -> Hir {
    match byte {
        b'0'..=b'9' => digits(),
        _ => Hir::literal([byte]),
    }
}

fn digits() -> Hir {
    let all = ClassBytesRange::new(b'0', b'9');
    Hir::class(Class::Bytes(regex_syntax::hir::ClassBytes::new([all])))
}

/// Adds all digits to a class that has some.
fn widen(class: &mut Class) {
    match class {
        Class::Bytes(bytes)
            if bytes
                .ranges()
                .iter()
                .any(|r| r.start() <= b'9' && r.end() >= b'0') =>
        {
            bytes.push(ClassBytesRange::new(b'0', b'9'));
        }
        Class::Unicode(chars) if chars.ranges().iter().any(|r| r.start() <= '9' && r.end() >= '0') => {
            chars.push(ClassUnicodeRange::new('0', '9'));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::program::Needs;
    use crate::classify::program::bytes::ByteSet;
    use crate::classify::program::pattern::parse;

    fn member(after: u32) -> Member {
        Member {
            rule: 0,
            shape: 0,
            needs: Needs::Nothing,
            is_led: false,
            max_len: u32::MAX,
            before: 0,
            after,
        }
    }

    /// Shapes of a unit each, none of which ends before a space or a digit, and a further unit that may have any candidate.
    fn shapes(patterns: &[&str], always: u64) -> (Shapes, Neighbours) {
        let mut neighbours = Neighbours::default();
        let after: ByteSet = b" 0123456789".iter().copied().collect();
        let after = neighbours.after(after).unwrap();
        neighbours.index();
        let mut drawing = Drawing::default();
        for (unit, pattern) in patterns.iter().enumerate() {
            drawing.add(unit, &parse(pattern).unwrap(), member(after));
        }
        drawing.add_around(patterns.len(), &parse("a@b[.]c").unwrap(), member(after));
        (drawing.finish(always), neighbours)
    }

    const PATTERNS: [&str; 4] = [
        "[0-9]{4,6}",
        "4[0-9]{2}-[0-9]{10}[A-Z]?",
        "[0-9]{20}x",
        "(?:19|20)[0-9]-?1?2",
    ];

    #[test]
    fn they_say_which_units_a_number_looks_like() {
        let (shapes, neighbours) = shapes(&PATTERNS, u64::MAX);
        let mut seen = Seen::default();
        for (text, admitted) in [
            ("1234", 0b1001),
            ("1234x", 0b1001),
            ("1234 ", 0b0000),
            ("12345", 0b1001),
            ("123456", 0b0001),
            ("123", 0b0000),
            ("123-", 0b0000),
            ("123-4567890123", 0b0010),
            ("123-4567890123 ", 0b0000),
            ("123-4567890123Q", 0b0010),
            ("123-45678901234", 0b0000),
            ("1234567890123456", 0b0000),
            ("1234567 ", 0b0000),
            ("777-66", 0b1000),
            ("777-66-", 0b1000),
            ("777-6", 0b1000),
            // What stands further on is not looked at.
            ("12345678901234567890", 0b0100),
            ("12345678901234567890x", 0b0100),
            ("123-4567890123QQQQQQQ", 0b0010),
            ("777--66", 0b0000),
        ] {
            // The cell may end where the text does, or before.
            for rest in ["", "89", "-89abcdefghijklmnop"] {
                let all = format!("{text}{rest}");
                let units = shapes.units(&neighbours, &mut seen, all.as_bytes(), 0, (0, text.len()));
                assert_eq!(units, 0b10000 | admitted, "{text} {rest}");
            }
        }
    }

    /// Whatever bytes there are, a unit of which a match begins there is named.
    #[test]
    fn no_match_is_lost() {
        let (shapes, neighbours) = shapes(&PATTERNS, u64::MAX);
        let engines = PATTERNS.map(|pattern| {
            regex_automata::meta::Regex::builder()
                .syntax(
                    regex_automata::util::syntax::Config::new()
                        .utf8(false)
                        .unicode(false),
                )
                .build(&format!("^(?:{pattern})(?:[^ 0-9]|$)"))
                .unwrap()
        });
        let mut seen = Seen::default();
        let alphabet = b"1204-2- xQ9";
        let mut state = 1u64;
        let mut named = [0; PATTERNS.len()];
        for _ in 0..200_000 {
            let mut next = |below: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as usize % below
            };
            let text: Vec<u8> = (0..1 + next(24))
                .map(|_| alphabet[next(alphabet.len())])
                .collect();
            let units = shapes.units(&neighbours, &mut seen, &text, 0, (0, text.len()));
            for (unit, engine) in engines.iter().enumerate() {
                if engine.is_match(&text) {
                    assert!(units >> unit & 1 == 1, "{}: {unit}", text.escape_ascii());
                    named[unit] += 1;
                }
            }
        }
        assert!(named[0] > 100 && named[3] > 10, "{named:?}");
    }

    #[test]
    fn what_needs_a_keyword_must_be_all_of_a_cell_without_words() {
        let (shapes, neighbours) = shapes(&["[0-9]{2,4}", "[0-9]{2}[.][0-9]{2}"], 0b10);
        let mut seen = Seen::default();
        for (text, admitted) in [
            (" 12.34", 0b110),
            (" 12.3", 0b100),
            (" 12", 0b101),
            (" 12  ", 0b100),
            (" 12-", 0b100),
            (" 12-x", 0b101),
            (" 12-34567890123456789", 0b101),
        ] {
            let cell = |from| (from, text.len());
            let first = shapes.units(&neighbours, &mut seen, text.as_bytes(), 1, cell(1));
            assert_eq!(first, admitted, "{text}");
            let later = shapes.units(&neighbours, &mut seen, text.as_bytes(), 1, cell(0));
            assert_eq!(later | 1, admitted | 1, "{text}");
        }
    }

    #[test]
    fn without_patterns_there_is_nothing_to_look_like() {
        let (shapes, neighbours) = shapes(&[], 0);
        let units = shapes.units(&neighbours, &mut Seen::default(), b"1234", 0, (0, 4));
        assert_eq!(units, 1);
    }

    #[test]
    fn digits_are_alike_and_two_others_in_a_row_end_a_shape() {
        let text = b"12/3x4-, and more of it";
        let shown = |to: usize| shape(text, 0, to).to_le_bytes();
        assert_eq!(&shown(text.len()), b"00/0x0-,22222222");
        assert_eq!(&shown(4), b"00/0112222222222");
        assert_eq!(&shown(2), b"0011222222222222");
        let text = b"0123456789012345";
        assert_eq!(&shape(text, 0, text.len()).to_le_bytes(), b"0000000000000003");
        assert_eq!(
            &shape(b"01234567890123456", 0, 17).to_le_bytes(),
            b"0000000000000000"
        );
        assert_eq!(
            &shape(b"012345678901234x", 0, 16).to_le_bytes(),
            b"000000000000000x"
        );
        assert_eq!(&shape(text, 0, 15).to_le_bytes(), b"0000000000000001");
        assert_eq!(&shape(text, 3, 16).to_le_bytes(), b"0000000000000112");
        let all: Vec<u8> = (0..=255).collect();
        for byte in 0..=255u8 {
            let one = shape(&all, usize::from(byte), usize::from(byte) + 1).to_le_bytes()[0];
            assert_eq!(one, if byte.is_ascii_digit() { DIGIT } else { byte });
        }
    }
}
