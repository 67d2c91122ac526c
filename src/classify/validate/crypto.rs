//! Addresses and keys of cryptocurrencies.

use sha2::{Digest, Sha256};

use super::{Verdict, keccak};

/// The alphabet of base 58: no 0, O, I and l.
const BASE_58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// The most bytes that are decoded: an extended key has 82.
const LONGEST: usize = 82;

/// Decodes base 58 into bytes, the last four of which must begin the double SHA-256 of the others; without these four.
///
/// Source: Bitcoin wiki, "Base58Check encoding".
fn base_58_check(text: &[u8], bytes: &mut [u8; LONGEST]) -> Option<usize> {
    let mut len = 0;
    for &symbol in text {
        let mut carry = BASE_58.iter().position(|letter| *letter == symbol)? as u32;
        for byte in bytes[..len].iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            if len == LONGEST {
                return None;
            }
            bytes.copy_within(..len, 1);
            bytes[0] = carry as u8;
            len += 1;
        }
    }
    let zeros = text.iter().take_while(|symbol| **symbol == b'1').count();
    (len + zeros <= LONGEST).then_some(())?;
    bytes.copy_within(..len, zeros);
    bytes[..zeros].fill(0);
    len += zeros;
    let (body, check) = bytes[..len].split_at_checked(len.checked_sub(4)?)?;
    Sha256::digest(Sha256::digest(body))
        .starts_with(check)
        .then_some(len - 4)
}

/// Whether base 58 text decodes to `len` bytes whose first is one of `versions`.
fn versioned(text: &[u8], lens: &[usize], versions: &[u8]) -> bool {
    let mut bytes = [0; LONGEST];
    base_58_check(text, &mut bytes).is_some_and(|len| lens.contains(&len) && versions.contains(&bytes[0]))
}

/// The alphabet of bech32.
const BECH_32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// One step of the checksum of bech32 (a BCH code over 32 symbols).
fn polymod(state: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    let folded = (state & 0x01FF_FFFF) << 5 ^ u32::from(value);
    let bits = (0..5).filter(|bit| state >> (25 + bit) & 1 == 1);
    bits.fold(folded, |state, bit| state ^ GENERATOR[bit])
}

/// Whether text of one case is a segregated witness address: prefix, 1, version, program and the checksum of bech32 (version 0) or bech32m.
///
/// Source: BIP-173, BIP-350.
fn segwit(text: &[u8], prefix: &[u8]) -> bool {
    let mixed = text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let Some((head, data)) = text.split_at_checked(prefix.len() + 1) else {
        return false;
    };
    let named = head[..prefix.len()].eq_ignore_ascii_case(prefix) && head[prefix.len()] == b'1';
    let start = prefix.iter().fold(1, |state, byte| polymod(state, byte >> 5));
    let start = prefix
        .iter()
        .fold(polymod(start, 0), |state, byte| polymod(state, byte & 31));
    let value = |byte: &u8| {
        BECH_32
            .iter()
            .position(|letter| *letter == byte.to_ascii_lowercase())
            .map(|at| at as u8)
    };
    let sum = data
        .iter()
        .try_fold(start, |state, byte| Some(polymod(state, value(byte)?)));
    let wanted = match data.first().and_then(value) {
        Some(0) => 1,
        Some(1..=16) => 0x2BC8_30A3,
        _ => return false,
    };
    !mixed && named && data.len() >= 8 && sum == Some(wanted)
}

/// A Bitcoin address: base 58 with version 0 or 5 and twenty bytes, or a segregated witness address with `bc`.
///
/// Source: BIP-13, BIP-173, BIP-350.
pub(super) fn bitcoin_address(text: &[u8]) -> Verdict {
    (versioned(text, &[21], &[0, 5]) || segwit(text, b"bc")).into()
}

/// A Litecoin, Dogecoin, Dash, Zcash or Tron address: base 58 with the network's version and twenty bytes.
///
/// Source: the networks' chain parameters (SLIP-44 and their reference implementations).
pub(super) fn other_address(text: &[u8]) -> Verdict {
    let mut bytes = [0; LONGEST];
    let known = match base_58_check(text, &mut bytes) {
        Some(21) => matches!(bytes[0], 48 | 50 | 30 | 22 | 76 | 16 | 65),
        // Zcash has two bytes of version.
        Some(22) => matches!(bytes[..2], [0x1C, 0xB8 | 0xBD]),
        _ => false,
    };
    (known || segwit(text, b"ltc")).into()
}

/// A private key: in wallet import format (base 58, version 128, 32 bytes and perhaps 1), or an extended private key (`xprv`, `yprv`, `zprv`).
///
/// Source: Bitcoin wiki, "Wallet import format"; BIP-32, SLIP-132.
pub(super) fn private_key(text: &[u8]) -> Verdict {
    let mut bytes = [0; LONGEST];
    let known = match base_58_check(text, &mut bytes) {
        Some(33) => bytes[0] == 0x80,
        Some(34) => bytes[0] == 0x80 && bytes[33] == 1,
        Some(78) => matches!(
            bytes[..4],
            [0x04, 0x88, 0xAD, 0xE4] | [0x04, 0x9D, 0x78, 0x78] | [0x04, 0xB2, 0x43, 0x0C]
        ),
        _ => false,
    };
    known.into()
}

/// An Ethereum address: `0x` and forty hexadecimal digits; where letters of both cases stand in it, those are capitals whose half-byte in the Keccak-256
/// hash of the lower-case digits is 8 or more. Addresses of one repeated byte are fillers.
///
/// Source: EIP-55.
pub(super) fn ethereum_address(text: &[u8]) -> Verdict {
    let Some(digits) = text
        .get(2..)
        .and_then(|digits| <&[u8; 40]>::try_from(digits).ok())
    else {
        return Verdict::Invalid;
    };
    let hex = digits.iter().all(u8::is_ascii_hexdigit);
    let distinct = (0..=255u8).filter(|byte| digits.contains(byte)).count();
    let mixed = digits.iter().any(u8::is_ascii_lowercase) && digits.iter().any(u8::is_ascii_uppercase);
    let hash = keccak::keccak_256(&digits.map(|digit| digit.to_ascii_lowercase()));
    let half = |at: usize| {
        if at.is_multiple_of(2) {
            hash[at / 2] >> 4
        } else {
            hash[at / 2] & 0xF
        }
    };
    let cased = digits
        .iter()
        .enumerate()
        .all(|(at, digit)| digit.is_ascii_digit() || digit.is_ascii_uppercase() == (half(at) >= 8));
    (hex && distinct > 4 && (!mixed || cased)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::validate::judges;

    #[test]
    fn checksums_decide() {
        judges(
            bitcoin_address,
            &[
                "13rFoJAdkHQvmmy6QfEX5DGXa2zy8vnUit",
                "39CjH1YNUbMrCj2X2UyuJtJpJzbNttQEjw",
                "bc1q4npgmv47k76zh2sukqjr6squed8rlnjyl4czu5",
                "bc1pfra3pv2l84z2p8wg95ptqevpurqvd9rce87je78epym9jqv6z6rse2cx2e",
                "BC1QSLZK3CPH5HA9PVDUJY0GACV6WLZD60PZHN5EXTUXLHV2Y940U95QSPKGQH",
            ],
            &[
                "13rFoJAdk2Qvmmy6QfEX5DGXa2zy8vnUit",
                "bc1q4npgmv47276zh2sukqjr6squed8rlnjyl4czu5",
            ],
        );
        judges(
            other_address,
            &[
                "LVY2KfW1ycjZLfJwCHKj332SMaicaysNa1",
                "D7WGT8MSpzXLc5c78iVASscuyJGciaQYMW",
                "THJkojAckGgMkJeCRRcoURe6LjZMLeseS6",
                "t1gvXcCDHkBztmE83683wAqiyH7xsaUT6hR",
                "ltc1q9tu2jyzt8ajw6eqd33lznrfdfq8s8gmpwatnr7",
                "XxfA4g3dku1QrGshJzNVYHYi7fNwyCtfyV",
            ],
            &[
                "LVY2KfW1y2jZLfJwCHKj332SMaicaysNa1",
                "THJkojAck2gMkJeCRRcoURe6LjZMLeseS6",
            ],
        );
        judges(
            private_key,
            &[
                "5JvLiT2sfsFMHWvgrErHo7muw7MMBFwjPNFy9wUCFM3uVocQWb5",
                "L481NHirD1kpWr1PQhB9cU7XsX6vPowT3JZpgMJongGdAJHtSbF2",
                "KxhUYjKubt58CxTgcLUNDRMvCEvdsj3mL94kapXCNupY29SosPMG",
                "xprvEcrnJS71Fcc3r8c2JWKSae42MLmhviCUxyJbdoFkrhkWGAe9oxMy71qMcqwhxVXtretVzvTq3hK5HxikrKURRww1WHatfVvSCjvdJGZipXe",
            ],
            &[
                "5JvLiT2sf2FMHWvgrErHo7muw7MMBFwjPNFy9wUCFM3uVocQWb5",
                "L481NHirD1kpWr1PQhB92U7XsX6vPowT3JZpgMJongGdAJHtSbF2",
            ],
        );
        judges(
            ethereum_address,
            &[
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
                "0xf14aae6a0e050b74e4b7b9a5b2ef1a60ceccbbca",
            ],
            &[
                "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
            ],
        );
    }
}
