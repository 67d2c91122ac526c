//! Names of persons: by the words they are made of.
//!
//! Each word is looked up in a list of given names, surnames and ordinary English words (`classifiers/lists/README.md` says
//! where it comes from). The validators reject what no name looks like; the odds say how much the words speak for a name.
//! Letters outside Latin script are in no list.

mod fold;
mod slots;

use super::Verdict;
use super::list::{CALENDAR, List};
use fold::Folded;
pub(in crate::classify) use fold::unaccented;

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/names.bin"));

/// How well a word is known as given name and surname (0 not, 1 rare, 2 known, 3 common), and as a word of the language
/// (0 not, 1 in dictionaries, 2 one of the commonest).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Known {
    given: u8,
    surname: u8,
    ordinary: u8,
}

impl Known {
    fn is_name(self) -> bool {
        self.given > 0 || self.surname > 0
    }

    /// Neither a name nor a word: what most of the world's names are.
    fn is_unknown(self) -> bool {
        !self.is_name() && self.ordinary == 0
    }
}

fn look_up(word: &[u8]) -> Known {
    let (mut at, tag) = slots::place(word);
    loop {
        let slot = TABLE.get(at * 4..at * 4 + 4).map_or(0, |bytes| {
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        });
        if slot == 0 {
            return Known::default();
        }
        if slot & !slots::CLASS == tag {
            return Known {
                given: slot as u8 & 3,
                surname: (slot >> 2) as u8 & 3,
                ordinary: (slot >> 4) as u8 & 3,
            };
        }
        at = (at + 1) % slots::SLOTS;
    }
}

/// How ordinary a word is: 0 not in dictionaries, 1 in them, 2 one of the commonest.
pub(super) fn ordinary(word: &[u8]) -> u8 {
    Folded::of(word).map_or(0, |folded| look_up(folded.letters()).ordinary)
}

/// What a word of a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// A single letter, with or without a full stop.
    Initial,
    /// A small word inside surnames, such as `van`.
    Particle,
    /// A word of places and firms.
    Other,
    /// Anything else; whether it begins with a capital.
    Full(Known, bool),
}

/// Small words inside surnames, folded, sorted.
const PARTICLES: &[&[u8]] = &[
    b"abu", b"al", b"bin", b"bint", b"da", b"de", b"del", b"della", b"den", b"der", b"di", b"do", b"dos",
    b"du", b"el", b"ibn", b"la", b"le", b"ter", b"und", b"van", b"von", b"y", b"zu",
];

/// Words with a capital that begin or end names of places and firms; folded, sorted. What holds one is matched, so that it
/// hides the name inside it (`Port Elizabeth`, `Wayne Enterprises`), and weighs nothing.
const OTHERS: &[&[u8]] = &[
    b"ag",
    b"airlines",
    b"airport",
    b"analytics",
    b"associates",
    b"association",
    b"ave",
    b"avenida",
    b"avenue",
    b"bank",
    b"bay",
    b"beach",
    b"blvd",
    b"boulevard",
    b"bros",
    b"bv",
    b"calle",
    b"cape",
    b"capital",
    b"cathedral",
    b"centre",
    b"cir",
    b"city",
    b"club",
    b"co",
    b"college",
    b"company",
    b"consulting",
    b"corp",
    b"corporation",
    b"costa",
    b"county",
    b"court",
    b"ct",
    b"dr",
    b"drive",
    b"east",
    b"enterprises",
    b"fort",
    b"foundation",
    b"gmbh",
    b"group",
    b"healthcare",
    b"holdings",
    b"hospital",
    b"hotel",
    b"house",
    b"hwy",
    b"inc",
    b"industries",
    b"institute",
    b"insurance",
    b"international",
    b"investments",
    b"island",
    b"islands",
    b"labs",
    b"lake",
    b"las",
    b"league",
    b"limited",
    b"lines",
    b"llc",
    b"llp",
    b"ln",
    b"los",
    b"ltd",
    b"media",
    b"motors",
    b"mount",
    b"mt",
    b"museum",
    b"new",
    b"north",
    b"nv",
    b"parkway",
    b"partners",
    b"pharmaceuticals",
    b"piazza",
    b"pkwy",
    b"plaza",
    b"plc",
    b"port",
    b"praca",
    b"press",
    b"rd",
    b"records",
    b"river",
    b"road",
    b"route",
    b"rua",
    b"rue",
    b"saint",
    b"san",
    b"santa",
    b"sao",
    b"school",
    b"services",
    b"society",
    b"software",
    b"solutions",
    b"south",
    b"st",
    b"station",
    b"straat",
    b"strasse",
    b"street",
    b"streets",
    b"systems",
    b"technologies",
    b"technology",
    b"terrace",
    b"town",
    b"trail",
    b"ulica",
    b"universidad",
    b"university",
    b"ventures",
    b"via",
    b"village",
    b"west",
];

static PARTICLE: List = List::of(PARTICLES);
static OTHER: List = List::of(OTHERS);

fn word(text: &[u8]) -> Option<Word> {
    let folded = Folded::of(text)?;
    let letters = folded.letters();
    if letters.len() == 1 {
        return Some(Word::Initial);
    }
    if !folded.capital && PARTICLE.holds(letters) {
        return Some(Word::Particle);
    }
    if CALENDAR.holds(letters) || letters.ends_with(b"'s") {
        return None;
    }
    if OTHER.holds(letters) {
        return Some(Word::Other);
    }
    Some(Word::Full(known(letters), folded.capital))
}

/// How surnames of many countries end, folded: they are formed from other words, so that no list has all of them.
const ENDINGS: &[&[u8]] = &[
    b"akis", b"anova", b"berg", b"burg", b"chenko", b"czak", b"czyk", b"dottir", b"dze", b"elli", b"enko",
    b"escu", b"etti", b"eva", b"gaard", b"idis", b"iev", b"inen", b"ini", b"kova", b"mann", b"nen",
    b"opoulos", b"ova", b"ovic", b"quist", b"shvili", b"ska", b"skaya", b"ski", b"sky", b"son", b"sson",
    b"stein", b"strom", b"ucci", b"vich", b"wicz", b"yan", b"yev", b"yeva", b"zzi",
];

/// For each letter, those that follow it as the last two of an ending.
static LAST: [u32; 32] = {
    let mut pairs = [0; 32];
    let mut index = 0;
    while index < ENDINGS.len() {
        let ending = ENDINGS[index];
        let (first, second) = (ending[ending.len() - 2], ending[ending.len() - 1]);
        pairs[(first & 31) as usize] |= 1 << (second & 31);
        index += 1;
    }
    pairs
};

/// A word that is in no list but ends as surnames do, with three letters before that.
fn ends_as_surname(letters: &[u8]) -> bool {
    let [.., first, second] = letters else {
        return false;
    };
    let ends = |ending: &&[u8]| {
        ending.ends_with(&[*first, *second]) && letters.ends_with(ending) && letters.len() >= ending.len() + 3
    };
    LAST[usize::from(first & 31)] >> (second & 31) & 1 == 1 && ENDINGS.iter().any(ends)
}

/// A double name counts as its better half where it is not known itself.
fn known(letters: &[u8]) -> Known {
    let whole = look_up(letters);
    if whole != Known::default() {
        return whole;
    }
    if ends_as_surname(letters) {
        return Known {
            surname: 1,
            ..Known::default()
        };
    }
    let mut halves = letters.split(|byte| *byte == b'-').map(look_up);
    let first = halves.next().unwrap_or_default();
    halves.fold(first, |a, b| Known {
        given: a.given.max(b.given),
        surname: a.surname.max(b.surname),
        ordinary: a.ordinary.max(b.ordinary),
    })
}

/// The most words that a name has.
const MOST: usize = 5;

/// The words of a name in the order given name, …, surname: `Doe, Jane` is turned round.
struct Name {
    words: [Word; MOST],
    count: usize,
}

impl Name {
    /// `None` where a word cannot be one of a name.
    fn of(text: &[u8]) -> Option<Self> {
        let mut words = [Word::Initial; MOST];
        let mut count = 0;
        let mut turned = None;
        for part in text.split(|byte| *byte == b' ').filter(|part| !part.is_empty()) {
            let (part, comma) = part.strip_suffix(b",").map_or((part, false), |part| (part, true));
            *words.get_mut(count)? = word(part)?;
            count += 1;
            if comma && turned.replace(count).is_some() {
                return None;
            }
        }
        words[..count].rotate_left(turned.unwrap_or(0));
        Some(Self { words, count })
    }

    fn words(&self) -> &[Word] {
        &self.words[..self.count]
    }

    /// Whether it is the name of a place or firm with a person's name in it.
    fn is_other(&self) -> bool {
        self.words().contains(&Word::Other)
    }

    /// The words that are neither initials nor particles.
    fn full(&self) -> impl DoubleEndedIterator<Item = (Known, bool)> + '_ {
        self.words().iter().filter_map(|word| match word {
            Word::Full(known, capital) => Some((*known, *capital)),
            _ => None,
        })
    }
}

/// Whether the text can be a person's name: it begins with a word that can be a given name and ends with one that can be
/// a surname; at most one of three is in no list; words in lower case must all be names.
pub(super) fn person(text: &[u8]) -> Verdict {
    let name = Name::of(text);
    name.is_some_and(|name| {
        if name.is_other() {
            hides_name(&name)
        } else {
            is_name(&name)
        }
    })
    .into()
}

fn hides_name(name: &Name) -> bool {
    name.full().any(|(known, capital)| capital && known.is_name())
}

fn is_name(name: &Name) -> bool {
    let (Some((first, _)), Some((last, _))) = (name.full().next(), name.full().next_back()) else {
        return false;
    };
    let (mut count, mut unknown) = (0, 0);
    for (known, capital) in name.full() {
        // In lower case a word must be a name itself, or follow a given name.
        let strange = !known.is_name() && (count == 0 || first.given < 2) || known.ordinary == 2;
        if !capital && strange || known.ordinary > 0 && !known.is_name() {
            return false;
        }
        count += 1;
        unknown += usize::from(known.is_unknown());
    }
    let begins =
        first.given > 0 || first.is_unknown() || matches!(name.words()[0], Word::Initial) || count == 1;
    let ends = !matches!(name.words().last(), Some(Word::Particle))
        && (last.surname > 0 || last.given > 0 || last.is_unknown());
    begins && ends && (unknown < count || count <= 2)
}

/// Whether one word, or two, is a given name or surname that is known better than rare; with the small words of surnames.
pub(super) fn part(text: &[u8]) -> Verdict {
    let common = |(known, _): (Known, bool)| known.given > 1 || known.surname > 1;
    let name = Name::of(text).filter(|name| !name.is_other());
    name.is_some_and(|name| matches!(name.full().count(), 1 | 2) && name.full().all(common))
        .into()
}

/// What the words of a name weigh.
pub(super) fn odds(text: &[u8]) -> f64 {
    let Some(name) = Name::of(text) else { return 0.0 };
    let (Some((first, _)), Some((last, _))) = (name.full().next(), name.full().next_back()) else {
        return 0.0;
    };
    if name.is_other() {
        return NEVER;
    }
    let middle = name.words().iter().any(|word| !matches!(word, Word::Full(..)));
    let ordinary = ORDINARY[usize::from(first.ordinary)] + ORDINARY[usize::from(last.ordinary)];
    let middle = if middle { MIDDLE } else { 0.0 };
    if name.full().count() == 1 {
        return ALONE[usize::from(first.given.max(first.surname))]
            + ORDINARY[usize::from(first.ordinary)]
            + middle;
    }
    GIVEN[usize::from(first.given)] + SURNAME[usize::from(last.surname)] + ordinary + middle
}

/// Log-odds that nothing outweighs.
const NEVER: f64 = -50.0;
/// Log-odds of a first word that is no, a rare, a known, a common given name; fitted by `benches/quality/fit.py`.
const GIVEN: [f64; 4] = [-0.65, -0.5, 0.6, 2.9];
/// The same for a last word and surnames.
const SURNAME: [f64; 4] = [-0.6, 0.9, 1.0, 1.1];
/// For a word alone, behind words that lead to a name.
const ALONE: [f64; 4] = [-2.0, -0.5, 0.6, 1.2];
/// For a word that is also an ordinary word.
const ORDINARY: [f64; 3] = [0.0, -1.3, -1.3];
/// For an initial or a particle.
const MIDDLE: f64 = 0.7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_whatever_their_case_and_accents() {
        for same in ["José", "jose", "JOSE", "JOSÉ"] {
            let Some(Word::Full(known, _)) = word(same.as_bytes()) else {
                panic!("{same}")
            };
            assert_eq!(known.given, 3, "{same}");
        }
        assert_eq!(look_up(b"zzyzxq"), Known::default());
    }

    #[test]
    fn names_are_told_from_other_capitals() {
        for name in [
            "Mary Johnson",
            "Jean-Pierre Dupont",
            "Csanád P Gere",
            "J. Smith",
            "Ludwig van Houten",
            "benjamin a seiler",
            "Smith, John",
            "Mária Nagy",
            "O'Brien",
            "Zargan Vedzizhev",
        ] {
            assert!(person(name.as_bytes()).is_valid(), "{name}");
        }
        for other in [
            "Customer Service",
            "John Smith's",
            "the old man",
            "Inc Ltd",
            "January Sale",
            "",
            " ",
            "a b c",
            "Smith, John, Mary",
        ] {
            assert!(!person(other.as_bytes()).is_valid(), "{other}");
        }
    }

    #[test]
    fn places_and_firms_hide_the_names_in_them() {
        for other in [
            "San Diego",
            "Victoria Station",
            "Wayne Enterprises",
            "John Smith University",
        ] {
            assert!(
                person(other.as_bytes()).is_valid() && odds(other.as_bytes()) < -20.0,
                "{other}"
            );
        }
    }

    #[test]
    fn commoner_names_weigh_more() {
        assert!(odds(b"Mary Johnson") > odds(b"Mary Xyzzyk"));
        assert!(odds(b"Mary Xyzzyk") > odds(b"Qwertz Xyzzyk"));
    }
}
