//! Networks in address conditions and firewalls: how wide is a range, and is it private?

use std::net::IpAddr;

/// Who an address list lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// Too wide, or not understood: everyone.
    Everyone,
    /// These public ranges.
    Public(Vec<String>),
    /// Private ranges only, which no request from the Internet comes from.
    Private(Vec<String>),
}

/// Judges an address list as S3 does: fixed means no range wider than /8 (IPv4) or /32 (IPv6), private ranges
/// excepted. Many narrow ranges that make up more than half of all IPv4 addresses are everyone, too.
pub(super) fn reach(ranges: &[String]) -> Reach {
    let mut public = Vec::new();
    let mut width: u64 = 0;
    for text in ranges {
        let Some(range) = Range::parse(text) else {
            return Reach::Everyone;
        };
        if range.is_private() {
            continue;
        }
        if range.bits < if range.address.is_ipv4() { 8 } else { 32 } {
            return Reach::Everyone;
        }
        if range.address.is_ipv4() {
            width += 1 << (32 - range.bits);
        }
        public.push(text.clone());
    }
    match (ranges.is_empty() || width > 1 << 31, public.is_empty()) {
        (true, _) => Reach::Everyone,
        (_, true) => Reach::Private(ranges.to_vec()),
        _ => Reach::Public(public),
    }
}

struct Range {
    address: IpAddr,
    bits: u32,
}

impl Range {
    /// `192.0.2.0/24`, or one address.
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |b| b.trim().parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether the whole range is private: RFC 1918, loopback, link-local, or unique local for IPv6.
    fn is_private(&self) -> bool {
        match self.address {
            IpAddr::V4(a) => match a.octets() {
                [10 | 127, ..] => self.bits >= 8,
                [172, b, ..] if b & 0xf0 == 16 => self.bits >= 12,
                [192, 168, ..] | [169, 254, ..] => self.bits >= 16,
                _ => false,
            },
            IpAddr::V6(a) => a.octets()[0] & 0xfe == 0xfc && self.bits >= 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ranges: &[&str]) -> Reach {
        reach(&ranges.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn width_decides_and_private_ranges_are_excepted() {
        assert_eq!(of(&["0.0.0.0/0"]), Reach::Everyone);
        assert_eq!(of(&["128.0.0.0/7"]), Reach::Everyone);
        assert_eq!(of(&["128.0.0.0/8"]), Reach::Public(vec!["128.0.0.0/8".into()]));
        assert_eq!(of(&["2001:db8::/31"]), Reach::Everyone);
        assert_eq!(
            of(&["2001:db8::/32"]),
            Reach::Public(vec!["2001:db8::/32".into()])
        );
        assert_eq!(
            of(&["10.0.0.0/8", "192.168.1.7"]),
            Reach::Private(vec!["10.0.0.0/8".into(), "192.168.1.7".into()])
        );
        assert_eq!(
            of(&["10.1.0.0/16", "192.0.2.1"]),
            Reach::Public(vec!["192.0.2.1".into()])
        );
        assert_eq!(
            of(&["172.16.0.0/11"]),
            Reach::Public(vec!["172.16.0.0/11".into()])
        );
    }

    #[test]
    fn what_is_no_range_is_everyone() {
        for odd in ["", "*", "1.2.3", "1.2.3.4/33", "1.2.3.4/x", "::/-1"] {
            assert_eq!(of(&[odd]), Reach::Everyone, "{odd}");
        }
        assert_eq!(of(&[]), Reach::Everyone);
    }

    #[test]
    fn half_the_internet_in_pieces_is_everyone() {
        let pieces: Vec<String> = (0..=200u8).map(|b| format!("{b}.0.0.0/8")).collect();
        assert_eq!(reach(&pieces), Reach::Everyone);
    }
}
