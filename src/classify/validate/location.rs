//! Geographic coordinates.

use super::Verdict;

/// A latitude from −90 to 90 and a longitude from −180 to 180, in degrees with decimals, that are not both whole or equal.
///
/// Source: ISO 6709.
pub(super) fn coordinates(text: &[u8]) -> Verdict {
    let number = |part: &[u8]| std::str::from_utf8(part.trim_ascii()).ok()?.parse::<f64>().ok();
    let mut parts = text.split(|byte| matches!(byte, b',' | b';'));
    let pair = (
        parts.next().and_then(number),
        parts.next().and_then(number),
        parts.next(),
    );
    let (Some(latitude), Some(longitude), None) = pair else {
        return Verdict::Invalid;
    };
    let whole = latitude.fract() == 0.0 && longitude.fract() == 0.0;
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && !whole && latitude != longitude).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn latitude_stands_before_longitude() {
        judges(
            coordinates,
            &["48.13743, 11.57549", "-33.86882,151.20930"],
            &["98.13743, 11.57549", "48.13743", "12.0, 15.0"],
        );
    }
}
