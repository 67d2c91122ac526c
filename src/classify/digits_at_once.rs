//! Which bytes of a word are digits, all of them at once.

/// The bytes of the widest word.
pub(super) const LANES: usize = size_of::<u128>();

/// A word of one byte over and over.
pub(super) const fn all(byte: u8) -> u128 {
    u128::from_le_bytes([byte; LANES])
}

/// The highest bit of every byte.
pub(super) const HIGH: u128 = all(0x80);

/// The highest bit of every byte that is no digit. Of a narrower word, the lower part of what this gives is its own: no byte depends on
/// those above it.
#[inline(always)]
pub(super) const fn others(word: u128) -> u128 {
    const ZEROS: u128 = all(b'0');
    const BEYOND_NINE: u128 = all(0x76);
    // A digit without its high half is at most nine.
    let low = word ^ ZEROS;
    (((low & !HIGH) + BEYOND_NINE) | low) & HIGH
}

/// The word with a zero for every digit.
#[inline(always)]
pub(super) const fn zeroed(word: u128) -> u128 {
    word & !(((others(word) ^ HIGH) >> 7) * 0x0f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_told_from_every_other_byte_whatever_stands_beside_them() {
        for byte in 0..=255u8 {
            for beside in [0, b'0', b'9', b':', 0x80, 0xff] {
                let word = u128::from_le_bytes(std::array::from_fn(|at| [beside, byte][at % 2]));
                let expected = |byte: u8| if byte.is_ascii_digit() { b'0' } else { byte };
                let wanted = std::array::from_fn(|at| expected([beside, byte][at % 2]));
                assert_eq!(
                    zeroed(word),
                    u128::from_le_bytes(wanted),
                    "{byte} beside {beside}"
                );
                let narrow = others(word) as u32 >> 15 & 1 == 1;
                assert_eq!(narrow, !byte.is_ascii_digit(), "{byte} beside {beside}");
            }
        }
    }
}
