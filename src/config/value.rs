//! Text → value, with what to write instead where it is none.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::Output;
use crate::model::spelling::nearest;

/// A size in bytes: `4096`, `10MB` (powers of 1000), `512MiB` or `512M` (powers of 1024), `1.5GiB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a size; write it like 512MiB, 10MB or 4096");
    let trimmed = text.trim();
    let digits = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let unit = unit_of(unit.trim()).ok_or_else(wrong)?;
    let (units, thousandths) = decimal(number, 3).ok_or_else(wrong)?;
    let part = u128::from(thousandths) * u128::from(unit) / 1000;
    u64::try_from(u128::from(units) * u128::from(unit) + part).map_err(|_| wrong())
}

fn unit_of(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_lowercase();
    let (letter, base) = match unit.as_bytes() {
        [] | [b'b'] => return Some(1),
        [letter] | [letter, b'i', b'b'] => (*letter, 1024_u64),
        [letter, b'b'] => (*letter, 1000),
        _ => return None,
    };
    let power = b"kmgtp".iter().position(|known| *known == letter)? as u32 + 1;
    Some(base.pow(power))
}

/// `12.34` → 12 and 340 thousandths (for three places). Integers, so that no size is rounded.
fn decimal(text: &str, places: usize) -> Option<(u64, u32)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let fits = !part.is_empty() && part.len() <= places && part.bytes().all(|b| b.is_ascii_digit());
    let scale = 10_u32.pow((places - part.len().min(places)) as u32);
    let whole = whole
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| whole.parse().ok())??;
    fits.then(|| part.parse::<u32>().ok().map(|part| (whole, part * scale)))?
}

/// A share in hundredths of a percent: `95%`, `99.5 %`, `95`.
pub(super) fn percent(text: &str) -> Result<u32, String> {
    let number = text.trim();
    let number = number.strip_suffix('%').unwrap_or(number).trim_end();
    decimal(number, 2)
        .filter(|(whole, part)| *whole < 100 || (*whole == 100 && *part == 0))
        .map(|(whole, part)| whole as u32 * 100 + part)
        .ok_or_else(|| format!("{text:?} is not a share; write it like 95% or 99.5%"))
}

/// A moment in seconds since 1970-01-01 UTC: RFC 3339, or a day, which begins at midnight UTC.
pub(super) fn date(text: &str) -> Result<i64, String> {
    let moment = text.parse::<Timestamp>().or_else(|_| {
        let day: Date = text.parse()?;
        day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp())
    });
    moment
        .map(Timestamp::as_second)
        .map_err(|_| format!("{text:?} is not a date; write it like 2026-01-31 or 2026-01-31T08:00:00Z"))
}

/// `i/n` with 1 ≤ i ≤ n.
pub(super) fn shard(text: &str) -> Result<(u32, u32), String> {
    let parsed = text
        .split_once('/')
        .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parsed
        .filter(|(i, n)| 1 <= *i && i <= n)
        .ok_or_else(|| format!("{text:?} is not a shard; write it like 1/4 for the first of four"))
}

/// A whole number from `least` to `most`.
pub(super) fn whole(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|n| (least..=most).contains(n));
    number.ok_or_else(|| match most {
        u64::MAX => format!("{text:?} is not a whole number from {least}"),
        _ => format!("{text:?} is not a whole number from {least} to {most}"),
    })
}

/// Yes or no.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}

/// One of a few words.
pub(super) fn chosen<T: Copy>(text: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let near = nearest(text, names.iter().copied());
        format!("{text:?} is not one of {}{near}", names.join(", "))
    })
}

/// `FORMAT`, `FORMAT=PATH` or `FORMAT=-`.
pub(super) fn output(text: &str) -> Result<Output, String> {
    let (format, path) = match text.split_once('=') {
        None => (text, None),
        Some((_, "")) => return Err(format!("{text:?} needs a path after the =")),
        Some((format, "-")) => (format, None),
        Some((format, path)) => (format, Some(PathBuf::from(path))),
    };
    Ok(Output {
        format: format.to_owned(),
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_decimal_and_binary_units_and_are_never_rounded() {
        let sizes = [
            ("4096", 4096),
            ("10MB", 10_000_000),
            ("512MiB", 512 << 20),
            ("1.5 GiB", 3 << 29),
            ("2k", 2048),
            ("7B", 7),
        ];
        for (text, bytes) in sizes {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for wrong in [
            "",
            "MB",
            "12XB",
            "-1",
            "1.2345kB",
            "1e3",
            ".",
            "99999999PiB",
            "1..2",
            "5kib5",
        ] {
            assert!(size(wrong).unwrap_err().contains("is not a size"), "{wrong}");
        }
    }

    #[test]
    fn shares_are_exact_to_a_hundredth_of_a_percent() {
        for (text, share) in [
            ("95%", 9500),
            ("99.5 %", 9950),
            ("0", 0),
            ("100%", 10_000),
            ("99.99%", 9999),
        ] {
            assert_eq!(percent(text), Ok(share), "{text}");
        }
        for wrong in ["101%", "100.01%", "-1%", "x", "%", "1.234%"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_are_days_or_moments() {
        assert_eq!(date("1970-01-02"), Ok(86_400));
        assert_eq!(date("1970-01-01T01:00:00+01:00"), Ok(0));
        for wrong in ["yesterday", "2026-02-30", "2026-13-01", ""] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shards_count_from_one() {
        assert_eq!(shard("2/4"), Ok((2, 4)));
        for wrong in ["0/4", "5/4", "1", "a/b", "1/0"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_word_that_is_almost_right_is_suggested() {
        let error = chosen("hgih", &[("low", 1), ("high", 2)]).unwrap_err();
        assert_eq!(error, "\"hgih\" is not one of low, high; did you mean \"high\"?");
    }

    #[test]
    fn an_output_is_a_format_with_or_without_a_file() {
        let on_stdout = |format: &str| Output {
            format: format.into(),
            path: None,
        };
        assert_eq!(output("json"), Ok(on_stdout("json")));
        assert_eq!(output("json=-"), Ok(on_stdout("json")));
        assert_eq!(output("html=a=b.html").unwrap().path, Some("a=b.html".into()));
        assert!(output("html=").is_err());
    }
}
