//! Geographic coordinates.

use super::Verdict;

/// A latitude from −90 to 90 and a longitude from −180 to 180, in degrees with decimals, that are not both whole or equal; or one of
/// them that is not whole.
///
/// Source: ISO 6709.
pub(super) fn coordinates(text: &[u8]) -> Verdict {
    let number = |part: &[u8]| std::str::from_utf8(part.trim_ascii()).ok()?.parse::<f64>().ok();
    let mut parts = text.split(|byte| matches!(byte, b',' | b';'));
    let all = (
        parts.next().and_then(number),
        parts.next().map(number),
        parts.next(),
    );
    let is_degrees = match all {
        (Some(one), None, None) => one.abs() <= 180.0 && one.fract() != 0.0,
        (Some(latitude), Some(Some(longitude)), None) => {
            let whole = latitude.fract() == 0.0 && longitude.fract() == 0.0;
            latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && !whole && latitude != longitude
        }
        _ => false,
    };
    is_degrees.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn latitude_stands_before_longitude() {
        judges(
            coordinates,
            &["48.13743, 11.57549", "-33.86882,151.20930", "151.20930"],
            &["98.13743, 11.57549", "198.13743", "12.0, 15.0", "12.0000"],
        );
    }
}
