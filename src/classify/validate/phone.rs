//! Telephone numbers: international ones against the numbering plans, national ones by shape.

use std::sync::LazyLock;

use super::{Verdict, digits};

/// The longest number, country code included (ITU-T E.164 section 6).
const LONGEST: usize = 15;

/// Numbering plans, one country code a line: the code, then for each set of lengths the leading digits in use, as in
/// `44 10:20,113-118 9-10:120`. Lengths count the digits after the country code.
///
/// Facts of the national numbering plans (ITU-T E.164 and its national annexes) as published in libphonenumber's metadata
/// 9.0, to three leading digits (five in part of +1).
static PLANS: &str = include_str!("phone_plan.txt");

/// The plan of each country code, by the code; read once, because numbers are looked up at every candidate.
static BY_CODE: LazyLock<Vec<Option<Plan>>> = LazyLock::new(|| {
    let mut plans: Vec<Option<Plan>> = (0..1000).map(|_| None).collect();
    for (code, plan) in PLANS.lines().filter_map(|line| line.split_once(' ')) {
        if let Some(slot) = code.parse::<usize>().ok().and_then(|code| plans.get_mut(code)) {
            *slot = Some(Plan::read(plan));
        }
    }
    plans
});

/// How many leading digits the plans tell apart.
const LEAD: usize = 5;

/// One country's numbering plan.
struct Plan {
    /// By length of the national number: its first [`LEAD`] digits in use, as sorted ranges that do not overlap.
    leads: [Vec<(u32, u32)>; LONGEST + 1],
}

impl Plan {
    fn read(text: &str) -> Self {
        let mut plan = Self {
            leads: Default::default(),
        };
        for (lengths, leads) in text.split(' ').filter_map(|part| part.split_once(':')) {
            for length in (1..=LONGEST).filter(|length| among(lengths, *length)) {
                plan.leads[length].extend(leads.split(',').filter_map(|range| lead_range(range, length)));
            }
        }
        plan.leads.iter_mut().for_each(|ranges| ranges.sort_unstable());
        plan
    }

    /// Whether a national number can have this length.
    fn has_length(&self, length: usize) -> bool {
        self.leads.get(length).is_some_and(|ranges| !ranges.is_empty())
    }

    /// Whether the plan has the length and the leading digits of a national number.
    fn holds(&self, number: &[u8]) -> bool {
        let Some(ranges) = self.leads.get(number.len()) else {
            return false;
        };
        let lead = (0..LEAD).fold(0, |sum, at| {
            sum * 10 + u32::from(number.get(at).copied().unwrap_or(0))
        });
        let below = ranges.partition_point(|(first, _)| *first <= lead);
        below.checked_sub(1).is_some_and(|at| lead <= ranges[at].1)
    }
}

/// The first and last [`LEAD`] digits of numbers that begin with one of the equally long prefixes of `20` or `113-118`.
fn lead_range(range: &str, length: usize) -> Option<(u32, u32)> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let width = first.len().min(LEAD);
    let scale = 10u32.pow((LEAD - width) as u32);
    let bound = |text: &str| text.get(..width)?.parse::<u32>().ok();
    (first.len() <= length).then_some(())?;
    Some((bound(first)? * scale, bound(last)? * scale + (scale - 1)))
}

/// A telephone number. With `+` or `00` in front: a country code and a number of a length that its plan knows. Without: 7
/// to 12 digits that are no date; three-three-four groups that do not start with 0 must fit the North American plan.
///
/// Source: ITU-T E.164, E.123 (how numbers are written), North American Numbering Plan.
pub(super) fn phone(text: &[u8]) -> Verdict {
    let (international, body) = split(text);
    let Some(number) = gather(body) else {
        return Verdict::Invalid;
    };
    let number = number.as_slice();
    let plausible = if international {
        plan_of(number).is_some()
    } else {
        national(text, number)
    };
    (plausible && !digits::all_equal(number)).into()
}

/// The longest way to write a local number of seven digits.
const LOCAL: usize = 9;

/// Holds (as a doubt) for an international number whose leading digits are not in use in its country, and for a local one that is
/// kept for fiction.
///
/// Source: the national numbering plans of ITU-T E.164; NANPA, 555 line numbers.
pub(super) fn unassigned(text: &[u8]) -> Verdict {
    let (international, body) = split(text);
    let first = body.iter().find(|byte| byte.is_ascii_digit());
    let worth = international || body.len() <= LOCAL && first == Some(&b'5');
    let Some(number) = worth.then(|| gather(body)).flatten() else {
        return Verdict::Invalid;
    };
    let number = number.as_slice();
    let unused = match international {
        true => plan_of(number).is_some_and(|(plan, national)| !plan.holds(national)),
        // North America keeps 555-0100 to 555-0199 for fiction.
        false => number.len() == 7 && number.starts_with(&[5, 5, 5, 0, 1]),
    };
    unused.into()
}

/// Whether a number is written internationally, and what follows the sign for that.
fn split(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'+', body @ ..] | [b'0', b'0', body @ ..] => (true, body),
        body => (false, body),
    }
}

/// The digit values, without a trunk zero in parentheses as in `+44 (0)20 …`.
fn gather(text: &[u8]) -> Option<digits::Symbols<LONGEST>> {
    let trunk = || text.windows(3).position(|three| three == b"(0)");
    let parted = text.iter().fold(false, |any, byte| any | (*byte == b'('));
    let Some(at) = parted.then(trunk).flatten() else {
        return digits::up_to(text);
    };
    digits::joined(&text[..at], &text[at + 3..])
}

/// The plan of the country code that a number begins with, and the national number, if the plan knows its length. No code
/// is the beginning of another.
fn plan_of(number: &[u8]) -> Option<(&'static Plan, &[u8])> {
    (1..=3).find_map(|length| {
        let (code, national) = number.split_at_checked(length)?;
        let plan = BY_CODE[digits::number(code) as usize % 1000]
            .as_ref()
            .filter(|_| code[0] != 0)?;
        plan.has_length(national.len()).then_some((plan, national))
    })
}

/// Whether `length` is in a list such as `7-9,11`.
fn among(lengths: &str, length: usize) -> bool {
    lengths.split(',').any(|range| within(range, length as u64))
}

/// Whether `value` is in `7` or `7-9`.
fn within(range: &str, value: u64) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let bound = |text: &str| text.parse::<u64>().ok();
    bound(first).is_some_and(|first| first <= value) && bound(last).is_some_and(|last| value <= last)
}

/// Whether a number without a country code can be one.
fn national(text: &[u8], number: &[u8]) -> bool {
    let groups = Groups::of(text);
    let named_otherwise = groups.is_date() || groups.is([3, 2, 4]) || is_zip_code(text);
    let plausible = (7..=13).contains(&number.len()) && !named_otherwise;
    let north_american = match number {
        [1, rest @ ..] if rest.len() == 10 && groups.len > 1 && groups.lengths[0] == 1 => Some(rest),
        rest if rest.len() == 10 && rest[0] > 0 && groups.is([3, 3, 4]) => Some(rest),
        _ => None,
    };
    plausible && north_american.is_none_or(|rest| BY_CODE[1].as_ref().is_some_and(|plan| plan.holds(rest)))
}

/// Whether it is five digits, a dash and four, as American postcodes are. Brazilian numbers begin with 9 in that form.
fn is_zip_code(text: &[u8]) -> bool {
    text.len() == 10
        && text[5] == b'-'
        && text[0] != b'9'
        && text[..5].iter().chain(&text[6..]).all(u8::is_ascii_digit)
}

/// The lengths and values of the digit groups of a number as it is written.
struct Groups {
    lengths: [usize; 6],
    values: [u32; 6],
    len: usize,
}

impl Groups {
    fn of(text: &[u8]) -> Self {
        let mut groups = Self {
            lengths: [0; 6],
            values: [0; 6],
            len: 0,
        };
        let mut inside = false;
        for byte in text {
            let digit = byte.wrapping_sub(b'0');
            let was_inside = std::mem::replace(&mut inside, digit < 10);
            groups.len += usize::from(inside && !was_inside);
            if groups.len > 6 {
                groups.len = 6;
                break;
            }
            if inside {
                let at = groups.len - 1;
                groups.lengths[at] += 1;
                if groups.lengths[at] <= 8 {
                    groups.values[at] = groups.values[at] * 10 + u32::from(digit);
                }
            }
        }
        groups
    }

    fn is(&self, lengths: [usize; 3]) -> bool {
        self.len == 3 && self.lengths[..3] == lengths
    }

    /// Whether the groups read as year, month and day in some usual order, perhaps with a time after them.
    fn is_date(&self) -> bool {
        let [a, b, c, ..] = self.values;
        let small = |value: u32| (1..=31).contains(&value);
        let year = |value: u32| (1900..2100).contains(&value);
        match self.lengths {
            [4, 1..=2, 1..=2, ..] => year(a) && small(b) && small(c),
            [1..=2, 1..=2, 4, ..] => small(a) && small(b) && year(c),
            [8, 0, ..] => year(a / 10_000) && (1..=12).contains(&(a / 100 % 100)) && small(a % 100),
            [4, 4, 0, ..] => year(a) && year(b),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_numbers_need_a_country_code_and_a_length_of_its_plan() {
        for good in [
            "+44 20 7946 0958",
            "+1 212-909-9217",
            "+41 (0)44 668 18 00",
            "0049 30 901820",
            "+33612345678",
        ] {
            assert!(phone(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "+999 12345678",
            "+44 20 7946 095812",
            "+1 212-909-921",
            "+",
            "00",
            "+7",
        ] {
            assert!(!phone(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn leading_digits_that_no_plan_uses_are_known() {
        for unused in ["+1 112-909-9217", "+33 012345678", "555-0129"] {
            assert!(phone(unused.as_bytes()).is_valid(), "{unused}");
            assert!(unassigned(unused.as_bytes()).is_valid(), "{unused}");
        }
        for other in [
            "+44 20 7946 0958",
            "0494 92 82 32",
            "+999 12345678",
            "555-0209",
            "",
        ] {
            assert!(!unassigned(other.as_bytes()).is_valid(), "{other}");
        }
    }

    #[test]
    fn national_numbers_are_no_dates_and_north_american_ones_fit_the_plan() {
        for good in [
            "(212) 909-9217",
            "0494 92 82 32",
            "699 956 915",
            "1-212-909-9217",
            "010-1234-5678",
        ] {
            assert!(phone(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "2019-04-12",
            "12.04.2019",
            "20190412",
            "2019-04-12 09",
            "123-456-7890",
            "536-90-4399",
            "1999-2004",
            "000 000 0000",
        ] {
            assert!(!phone(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn every_plan_reads_back() {
        let range = |text: &str| text.split('-').all(|bound| bound.parse::<u64>().is_ok());
        assert!(BY_CODE.iter().flatten().count() > 200);
        for part in PLANS.lines().flat_map(|line| line.split(' ').skip(1)) {
            let (lengths, leads) = part.split_once(':').unwrap();
            assert!(lengths.split(',').chain(leads.split(',')).all(range), "{part}");
        }
    }

    #[test]
    fn ranges_of_leading_digits_do_not_overlap() {
        for plan in BY_CODE.iter().flatten() {
            for ranges in &plan.leads {
                assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "{ranges:?}");
            }
        }
    }
}
