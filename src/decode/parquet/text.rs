//! Values as the text a person would see: digits, dates, identifiers. Nothing else, so that a number matches as it
//! would in a document.

use std::io::Write;

use super::schema::Unit;

/// Floats from here on are not written out: their digits are an artefact of the format.
const MAX_WHOLE: f64 = 1e18;

/// The largest scale of any real decimal; beyond it a header lies.
pub(super) const MAX_SCALE: i32 = 256;

/// The longest unscaled decimal in bytes (256 bits are the widest in use).
const MAX_DECIMAL_BYTES: usize = 64;

/// Appends a whole number.
pub(super) fn int(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a float if it is whole; nothing else of it can be an identifier.
pub(super) fn whole(value: f64, out: &mut Vec<u8>) {
    if value.fract() == 0.0 && value.abs() < MAX_WHOLE {
        int(value as i64, out);
    }
}

/// An IEEE half-precision number.
pub(super) fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let exponent = i32::from(bits >> 10 & 0x1f);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

/// Appends an unscaled number with its point set.
pub(super) fn decimal(unscaled: i128, scale: i32, out: &mut Vec<u8>) {
    let digits = itoa::Buffer::new().format(unscaled.unsigned_abs()).to_owned();
    pointed(unscaled < 0, digits.as_bytes(), scale, out);
}

/// Appends a decimal stored as big-endian two's complement.
pub(super) fn decimal_bytes(bytes: &[u8], scale: i32, out: &mut Vec<u8>) {
    match big_endian(bytes) {
        Some(unscaled) => decimal(unscaled, scale, out),
        None if bytes.len() <= MAX_DECIMAL_BYTES => wide_decimal(bytes, scale, out),
        None => {}
    }
}

/// A two's complement number of at most 16 bytes; none is zero.
pub(super) fn big_endian(bytes: &[u8]) -> Option<i128> {
    if bytes.len() > 16 {
        return None;
    }
    let sign = if bytes.first().is_some_and(|b| b & 0x80 != 0) {
        -1
    } else {
        0
    };
    Some(bytes.iter().fold(sign, |n, b| n << 8 | i128::from(*b)))
}

/// Long division by 10^9 at a time, for numbers beyond 128 bits.
fn wide_decimal(bytes: &[u8], scale: i32, out: &mut Vec<u8>) {
    let negative = bytes[0] & 0x80 != 0;
    let mut magnitude = bytes.to_vec();
    if negative {
        negate(&mut magnitude);
    }
    let mut groups = Vec::new();
    while magnitude.iter().any(|b| *b != 0) {
        groups.push(divide(&mut magnitude));
    }
    let mut digits = Vec::new();
    int(groups.pop().unwrap_or(0), &mut digits);
    for group in groups.iter().rev() {
        padded(*group, 9, &mut digits);
    }
    pointed(negative, &digits, scale, out);
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

/// Divides by 10^9 in place and gives the remainder.
fn divide(bytes: &mut [u8]) -> u64 {
    let mut rest = 0u64;
    for byte in bytes.iter_mut() {
        let part = rest << 8 | u64::from(*byte);
        *byte = (part / 1_000_000_000) as u8;
        rest = part % 1_000_000_000;
    }
    rest
}

fn pointed(negative: bool, digits: &[u8], scale: i32, out: &mut Vec<u8>) {
    let scale = scale.clamp(0, MAX_SCALE) as usize;
    out.extend(negative.then_some(b'-'));
    if scale == 0 {
        out.extend_from_slice(digits);
        return;
    }
    let zeros = (scale + 1).saturating_sub(digits.len());
    let mut all = vec![b'0'; zeros];
    all.extend_from_slice(digits);
    let (before, after) = all.split_at(all.len() - scale);
    out.extend_from_slice(before);
    out.push(b'.');
    out.extend_from_slice(after);
}

fn padded(value: u64, width: usize, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value:0width$}");
}

/// Appends days since 1970-01-01 as an ISO date; years have at least four digits.
pub(super) fn date(days: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil(days);
    out.extend((year < 0).then_some(b'-'));
    padded(year.unsigned_abs(), 4, out);
    for part in [month, day] {
        out.push(b'-');
        padded(part, 2, out);
    }
}

/// Year, month and day in the proleptic Gregorian calendar. Counted in eras of 400 years (146,097 days) from a March,
/// so that the leap day comes last.
fn civil(days: i64) -> (i64, u64, u64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year + i64::from(month <= 2);
    (year, month as u64, day as u64)
}

/// Appends a timestamp as `2024-05-06T07:08:09`, with a fraction of three, six or nine digits where there is one.
pub(super) fn timestamp(value: i64, unit: Unit, out: &mut Vec<u8>) {
    let per_second = match unit {
        Unit::Millis => 1_000,
        Unit::Micros => 1_000_000,
        Unit::Nanos => 1_000_000_000,
    };
    let seconds = value.div_euclid(per_second);
    let nanos = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
    date(seconds.div_euclid(86_400), out);
    let clock = seconds.rem_euclid(86_400) as u64;
    for (mark, part) in [(b'T', clock / 3_600), (b':', clock / 60 % 60), (b':', clock % 60)] {
        out.push(mark);
        padded(part, 2, out);
    }
    fraction(nanos as u64, out);
}

fn fraction(nanos: u64, out: &mut Vec<u8>) {
    let (value, width) = match nanos {
        0 => return,
        n if n % 1_000_000 == 0 => (n / 1_000_000, 3),
        n if n % 1_000 == 0 => (n / 1_000, 6),
        n => (n, 9),
    };
    out.push(b'.');
    padded(value, width, out);
}

/// Appends 16 bytes as `01234567-89ab-cdef-0123-456789abcdef`.
pub(super) fn uuid(bytes: &[u8], out: &mut Vec<u8>) {
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend([byte >> 4, byte & 15].map(|n| b"0123456789abcdef"[n as usize]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dates_are_iso() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_849, "2024-05-06"),
            (11_016, "2000-02-29"),
            (-719_468, "0000-03-01"),
            (-719_529, "-0001-12-31"),
            (2_932_897, "10000-01-01"),
        ] {
            assert_eq!(text(|out| date(days, out)), expected);
        }
    }

    #[test]
    fn extreme_dates_do_not_overflow() {
        assert_eq!(text(|out| date(i64::from(i32::MAX), out)), "5881580-07-11");
        assert_eq!(
            text(|out| timestamp(i64::MIN, Unit::Millis, out)),
            "-292275055-05-16T16:47:04.192"
        );
    }

    #[test]
    fn timestamps_show_a_fraction_only_where_there_is_one() {
        let show = |value, unit| text(|out| timestamp(value, unit, out));
        assert_eq!(show(1_714_979_289_000, Unit::Millis), "2024-05-06T07:08:09");
        assert_eq!(
            show(1_714_979_289_250_000, Unit::Micros),
            "2024-05-06T07:08:09.250"
        );
        assert_eq!(
            show(1_714_979_289_000_000_001, Unit::Nanos),
            "2024-05-06T07:08:09.000000001"
        );
        assert_eq!(show(-1, Unit::Micros), "1969-12-31T23:59:59.999999");
    }

    #[test]
    fn decimals_have_their_point_where_the_scale_says() {
        for (unscaled, scale, expected) in [
            (12_345, 2, "123.45"),
            (-5, 2, "-0.05"),
            (0, 3, "0.000"),
            (4_111, 0, "4111"),
            (i128::MIN, 0, "-170141183460469231731687303715884105728"),
        ] {
            assert_eq!(text(|out| decimal(unscaled, scale, out)), expected);
        }
    }

    #[test]
    fn decimals_of_bytes_equal_those_of_numbers() {
        assert_eq!(text(|out| decimal_bytes(&[0xff], 0, out)), "-1");
        assert_eq!(text(|out| decimal_bytes(&[0x30, 0x39], 2, out)), "123.45");
        assert_eq!(text(|out| decimal_bytes(&[], 0, out)), "0");
    }

    #[test]
    fn decimals_beyond_128_bits_are_written_out() {
        let mut bytes = [0u8; 32];
        bytes[15] = 1;
        let power = "340282366920938463463374607431768211456";
        assert_eq!(text(|out| decimal_bytes(&bytes, 0, out)), power);
        assert_eq!(text(|out| decimal_bytes(&[0xff; 20], 1, out)), "-0.1");
        assert_eq!(text(|out| decimal_bytes(&[0; 65], 0, out)), "");
    }

    #[test]
    fn only_whole_floats_are_shown() {
        for (value, expected) in [
            (4_111_111_111_111_111.0, "4111111111111111"),
            (-2.0, "-2"),
            (-0.0, "0"),
            (2.5, ""),
            (f64::NAN, ""),
            (f64::INFINITY, ""),
            (1e300, ""),
        ] {
            assert_eq!(text(|out| whole(value, out)), expected);
        }
    }

    #[test]
    fn half_floats_have_their_value() {
        assert_eq!((half(0x3c00), half(0xc000), half(0x7bff)), (1.0, -2.0, 65_504.0));
        assert_eq!((half(0x0001), half(0x7c00).is_nan()), (2f64.powi(-24), true));
    }

    #[test]
    fn uuids_are_grouped() {
        let bytes: Vec<u8> = (0..16).map(|n| n * 17).collect();
        assert_eq!(
            text(|out| uuid(&bytes, out)),
            "00112233-4455-6677-8899-aabbccddeeff"
        );
    }
}
