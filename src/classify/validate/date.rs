//! Calendar dates, and dates that can be a birth date.

use super::Verdict;

/// Years that a birth date can have. There is no clock here, so that the same input always gives the same result.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2099;

/// Whether a day exists in the Gregorian calendar.
pub(super) fn exists(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// The last year of birth that an identity number can tell today. There is no clock here: raise it in time.
const LAST_BIRTH: u32 = 2030;

/// Whether a day exists and someone born on it can have a number.
pub(super) fn born(year: u32, month: u32, day: u32) -> bool {
    year <= LAST_BIRTH && exists(year, month, day)
}

/// Whether a day exists in the year of the 1900s or of the 2000s that ends in `year`.
pub(super) fn in_either_century(year: u32, month: u32, day: u32) -> bool {
    exists(1900 + year, month, day) || exists(2000 + year, month, day)
}

/// How months begin in English, German, French, Spanish, Italian, Portuguese and Dutch; the first fit counts.
const MONTH_NAMES: [(&[u8], u32); 32] = [
    (b"jan", 1),
    (b"ene", 1),
    (b"gen", 1),
    (b"feb", 2),
    (b"fev", 2),
    (b"f\xC3\xA9v", 2),
    (b"mar", 3),
    (b"m\xC3\xA4r", 3),
    (b"maa", 3),
    (b"mrt", 3),
    (b"apr", 4),
    (b"avr", 4),
    (b"abr", 4),
    (b"mai", 5),
    (b"may", 5),
    (b"mag", 5),
    (b"mei", 5),
    (b"jun", 6),
    (b"juin", 6),
    (b"giu", 6),
    (b"jui", 7),
    (b"jul", 7),
    (b"lug", 7),
    (b"aug", 8),
    (b"ago", 8),
    (b"ao", 8),
    (b"sep", 9),
    (b"set", 9),
    (b"o", 10),
    (b"nov", 11),
    (b"d", 12),
    (b"janv", 1),
];

/// A date that exists, from 1900 to 2099: year first, year last with day and month in either order, eight digits with the
/// year first, or with the month's name.
///
/// That a date exists says nothing of whose birth it was: the classifier needs context. Source: ISO 8601-1 for the first
/// form; the others are how people write dates.
pub(super) fn date_of_birth(text: &[u8]) -> Verdict {
    let text = without_time(text);
    let parts = Parts::read(text);
    let found = match (parts.month, parts.numbers()) {
        (None, &[all]) if text.len() == 8 => real(all / 10_000, all / 100 % 100, all % 100),
        (None, &[all]) if text.len() == 6 => short(all % 100, all / 100 % 100, all / 10_000),
        (None, &[first, second, third]) => three(first, second, third),
        (Some(month), &[day, year] | &[day, year, _]) if year > 99 => real(year, month, day),
        (Some(month), &[day, year])
            if year > 31 || text.last().is_some_and(u8::is_ascii_digit) && day <= 31 =>
        {
            short(day, month, year)
        }
        (Some(month), &[year, day]) => real(year, month, day),
        _ => false,
    };
    found.into()
}

/// Holds (as a doubt) for a date with a time of day that is not midnight: it says when something happened, and only a column's
/// name that this was a birth.
pub(super) fn time_of_day(text: &[u8]) -> Verdict {
    let time = text[without_time(text).len()..].trim_ascii();
    let twelve = time.ends_with(b"AM") && time.starts_with(b"12");
    let clock = if twelve { &time[2..] } else { time };
    clock.iter().any(|byte| matches!(byte, b'1'..=b'9')).into()
}

/// The date of a moment: databases write a day as its midnight.
fn without_time(text: &[u8]) -> &[u8] {
    let time = text.iter().position(|byte| *byte == b':');
    let day = time.and_then(|colon| text[..colon].iter().rposition(|byte| matches!(byte, b' ' | b'T')));
    day.map_or(text, |end| &text[..end])
}

/// Whether three numbers are a date, year first or last; a day and a month may stand in either order.
fn three(first: u32, second: u32, third: u32) -> bool {
    real(first, second, third)
        || real(third, second, first)
        || real(third, first, second)
        || short(first, second, third)
        || short(second, first, third)
}

/// Whether it is a date in one of two centuries, by the year's last two digits.
fn short(day: u32, month: u32, year: u32) -> bool {
    year < 100 && (exists(1900 + year, month, day) || exists(2000 + year, month, day))
}

/// Whether it is a date in the years of interest.
fn real(year: u32, month: u32, day: u32) -> bool {
    YEARS.contains(&year) && exists(year, month, day)
}

/// The numbers of a written date, and its month's name if it has one.
struct Parts {
    values: [u32; 3],
    len: usize,
    month: Option<u32>,
}

impl Parts {
    fn read(text: &[u8]) -> Self {
        let mut parts = Self {
            values: [0; 3],
            len: 0,
            month: None,
        };
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let digits = first.is_ascii_digit();
            let letters = is_letter(first);
            let same = |byte: &&u8| {
                if digits {
                    byte.is_ascii_digit()
                } else {
                    is_letter(**byte) == letters && !byte.is_ascii_digit()
                }
            };
            let (run, after) = rest.split_at(rest.iter().take_while(same).count().max(1));
            if digits {
                parts.push(run);
            } else if letters && run.len() > 2 {
                parts.month = parts.month.or(month(run));
            }
            rest = after;
        }
        parts
    }

    /// Adds a number; one of more than eight digits is taken as its first eight, which is no date either way.
    fn push(&mut self, digits: &[u8]) {
        if let Some(slot) = self.values.get_mut(self.len) {
            *slot = digits
                .iter()
                .take(8)
                .fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
            self.len += 1;
        }
    }

    fn numbers(&self) -> &[u32] {
        &self.values[..self.len]
    }
}

/// ASCII letters, and the bytes of letters outside ASCII.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// The month whose name begins so.
fn month(name: &[u8]) -> Option<u32> {
    let starts = |start: &[u8]| {
        name.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    MONTH_NAMES
        .iter()
        .find(|(start, _)| starts(start))
        .map(|(_, month)| *month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_usual_order() {
        for good in [
            "1980-02-29",
            "29.02.1980",
            "2/29/1980",
            "19800229",
            "29 Feb 1980",
            "February 29, 1980",
            "29 février 1980",
            "1980 Feb 29",
            "3 juin 1971",
            "3 juillet 1971",
            "29th of Feb 1980",
            "1. März 1999",
            "5 de agosto de 1988",
        ] {
            assert!(date_of_birth(good.as_bytes()).is_valid(), "{good}");
        }
    }

    #[test]
    fn midnight_is_no_time_of_day() {
        for day in [
            "1980-02-29",
            "1980-02-29T00:00:00Z",
            "1980-02-29 00:00:00.000",
            "2/29/1980 12:00:00 AM",
            "29.02.1980 0:00",
        ] {
            assert!(date_of_birth(day.as_bytes()).is_valid(), "{day}");
            assert!(!time_of_day(day.as_bytes()).is_valid(), "{day}");
        }
        for moment in [
            "1980-02-29 18:01:57,119",
            "1980-02-29T00:00:01Z",
            "2/29/1980 12:30 AM",
            "2/29/1980 12:00:00 PM",
        ] {
            assert!(date_of_birth(moment.as_bytes()).is_valid(), "{moment}");
            assert!(time_of_day(moment.as_bytes()).is_valid(), "{moment}");
        }
    }

    #[test]
    fn days_that_do_not_exist_and_other_years_are_refused() {
        for bad in [
            "1981-02-29",
            "31.04.1980",
            "1899-01-01",
            "2100-01-01",
            "13/13/1980",
            "32 Jan 1980",
            "1980-02",
            "",
        ] {
            assert!(!date_of_birth(bad.as_bytes()).is_valid(), "{bad}");
        }
    }
}
