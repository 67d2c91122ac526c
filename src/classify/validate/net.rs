//! Network identifiers: IP and MAC addresses.

use super::{Verdict, digits};
use std::net::Ipv6Addr;

/// The text as an IPv6 address.
fn v6(text: &[u8]) -> Option<Ipv6Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// An IPv4 address: four decimal octets 0–255 without leading zeros.
///
/// Source: RFC 6943 section 3.1.1 (the strict form), RFC 791.
pub(super) fn ipv4(text: &[u8]) -> Verdict {
    octets(text).is_some().into()
}

/// The octets of an IPv4 address.
fn octets(text: &[u8]) -> Option<[u8; 4]> {
    let mut octets = [0u8; 4];
    let (mut at, mut digits, mut value) = (0, 0, 0u32);
    for byte in text {
        match byte {
            // A zero stands alone.
            b'0'..=b'9' if digits < 3 && (digits == 0 || value != 0) => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && at < 3 => {
                octets[at] = u8::try_from(value).ok()?;
                (at, digits, value) = (at + 1, 0, 0);
            }
            _ => return None,
        }
    }
    octets[at] = u8::try_from(value).ok()?;
    (at == 3 && digits > 0).then_some(octets)
}

/// An IPv6 address in one of the textual forms of RFC 4291 section 2.2.
pub(super) fn ipv6(text: &[u8]) -> Verdict {
    // Times of day look alike: without a gap, there are eight groups, or six and an IPv4 address.
    let colons = text.iter().filter(|byte| **byte == b':').count();
    let whole = colons >= 6 || text.windows(2).any(|pair| pair == b"::");
    (whole && v6(text).is_some()).into()
}

/// Holds (as a demotion) for an address that names no host on the public internet, or that is more often something
/// else: special-purpose ranges, and IPv4 quads of single digits, which are mostly version numbers and resolvers.
///
/// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates); global unicast IPv6 is
/// 2000::/3.
pub(super) fn ip_not_global(text: &[u8]) -> Verdict {
    if let Some(octets) = octets(text) {
        return (special_v4(octets) || text.len() == 7).into();
    }
    v6(text).is_some_and(special_v6).into()
}

/// Whether an IPv4 address is in a range that is not globally reachable.
fn special_v4(octets: [u8; 4]) -> bool {
    match octets {
        [0 | 10 | 127, ..] => true,
        [100, 64..=127, ..] => true, // shared address space, RFC 6598
        [169, 254, ..] => true,      // link-local, RFC 3927
        [172, 16..=31, ..] => true,  // private, RFC 1918
        [192, 0, 0 | 2, _] => true,  // protocol assignments, documentation (RFC 5737)
        [192, 88, 99, _] => true,    // deprecated relay, RFC 7526
        [192, 168, ..] => true,      // private, RFC 1918
        [198, 18 | 19, ..] => true,  // benchmarking, RFC 2544
        [198, 51, 100, _] => true,   // documentation, RFC 5737
        [203, 0, 113, _] => true,    // documentation, RFC 5737
        [224..=255, ..] => true,     // multicast, reserved, broadcast
        [.., 0, 0] => true,          // a network, or a browser's version
        _ => false,
    }
}

/// Whether an IPv6 address is outside global unicast or in a special range within it.
fn special_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0xdb8, ..] => true,      // documentation, RFC 3849
        [0x3fff, 0..=0x0fff, ..] => true, // documentation, RFC 9637
        [0x2001, 0..=0x01ff, ..] => true, // protocol assignments, RFC 2928
        [first, ..] => first & 0xe000 != 0x2000,
    }
}

/// A 48-bit MAC address in six pairs (`:` or `-`, one kind) or three groups of four (`.`); not all zeros or all ones.
///
/// Source: IEEE 802, EUI-48 textual forms. Which makers own which prefixes is not checked.
pub(super) fn mac(text: &[u8]) -> Verdict {
    let Some(octets) = mac_octets(text) else {
        return Verdict::Invalid;
    };
    (!digits::all_equal(&octets)).into()
}

/// Holds (as a demotion) for a group address, which names no device: the lowest bit of the first octet is set.
///
/// Source: IEEE 802, the individual/group bit.
pub(super) fn mac_group(text: &[u8]) -> Verdict {
    mac_octets(text).is_some_and(|octets| octets[0] & 1 == 1).into()
}

/// The six octets of a written MAC address.
fn mac_octets(text: &[u8]) -> Option<[u8; 6]> {
    let (every, separator) = match (text.len(), text.get(2), text.get(4)) {
        (12, ..) => (12, b':'),
        (17, Some(&mark @ (b':' | b'-')), _) => (2, mark),
        (14, _, Some(b'.')) => (4, b'.'),
        _ => return None,
    };
    let mut octets = [0u8; 6];
    let mut nibbles = 0usize;
    for (place, &byte) in text.iter().enumerate() {
        if place % (every + 1) == every {
            (byte == separator).then_some(())?;
            continue;
        }
        let value = char::from(byte).to_digit(16)? as u8;
        let octet = octets.get_mut(nibbles / 2)?;
        *octet = *octet << 4 | value;
        nibbles += 1;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_strictly() {
        assert!(ipv4(b"203.46.166.247").is_valid());
        assert!(!ipv4(b"203.46.166.256").is_valid());
        assert!(!ipv4(b"203.046.166.2").is_valid());
        assert!(ipv6(b"2a00:1450:4001:81b::200e").is_valid());
        assert!(!ipv6(b"2a00:1450::4001::200e").is_valid());
        assert!(!ipv6(b"12:34:56").is_valid());
    }

    proptest::proptest! {
        #[test]
        fn octets_are_read_as_the_standard_library_reads_them(text in "[0-9]{0,3}(\\.[0-9]{0,4}){2,4}") {
            let known = text.parse::<std::net::Ipv4Addr>().ok();
            proptest::prop_assert_eq!(octets(text.as_bytes()), known.map(|address| address.octets()));
        }
    }

    #[test]
    fn private_documentation_and_version_like_addresses_are_not_global() {
        for low in [
            "10.1.2.3",
            "192.168.1.10",
            "172.31.0.9",
            "198.51.100.7",
            "1.2.3.4",
            "::1",
            "fe80::1",
        ] {
            assert!(ip_not_global(low.as_bytes()).is_valid(), "{low}");
        }
        for global in [
            "203.46.166.247",
            "172.32.0.9",
            "100.63.1.1",
            "2a00:1450:4001:81b::200e",
        ] {
            assert!(!ip_not_global(global.as_bytes()).is_valid(), "{global}");
        }
        assert!(ip_not_global(b"2001:db8::1").is_valid());
    }

    #[test]
    fn mac_addresses_keep_one_separator() {
        assert!(mac(b"d0:50:99:84:a2:a0").is_valid());
        assert!(mac(b"D0-50-99-84-A2-A0").is_valid());
        assert!(mac(b"d050.9984.a2a0").is_valid());
        assert!(mac(b"d0509984a2a0").is_valid());
        assert!(!mac(b"d0:50-99:84:a2:a0").is_valid());
        assert!(!mac(b"ff:ff:ff:ff:ff:ff").is_valid());
        assert!(!mac(b"d0:50:99:84:a2").is_valid());
        assert!(mac_group(b"01:00:5e:84:a2:a0").is_valid());
        assert!(!mac_group(b"d0:50:99:84:a2:a0").is_valid());
    }
}
