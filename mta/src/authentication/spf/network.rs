//! Networks of addresses, and whether an address is in one (RFC 7208 §5).

use std::net::IpAddr;

/// The addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    pub address: IpAddr,
    /// How many bits.
    pub length: u8,
}

/// How many bits of a host's addresses count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PrefixLengths {
    pub v4: u8,
    pub v6: u8,
}

impl Network {
    /// Whether this address is in it. One of the other family never is.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                let differing = u32::from(one) ^ u32::from(other);
                differing.leading_zeros() >= u32::from(self.length)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                let differing = u128::from(one) ^ u128::from(other);
                differing.leading_zeros() >= u32::from(self.length)
            }
            _ => false,
        }
    }
}

impl PrefixLengths {
    /// The network around an address of a host.
    pub fn around(self, address: IpAddr) -> Network {
        let length = if address.is_ipv4() { self.v4 } else { self.v6 };
        Network { address, length }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn so_many_bits_count_and_no_more() {
        for (network, length, address, expected) in [
            ("192.0.2.0", 24, "192.0.2.255", true),
            ("192.0.2.0", 24, "192.0.3.0", false),
            ("192.0.2.1", 32, "192.0.2.1", true),
            ("192.0.2.1", 32, "192.0.2.0", false),
            ("192.0.2.1", 0, "203.0.113.9", true),
            ("192.0.2.1", 31, "192.0.2.0", true),
            ("2001:db8::", 32, "2001:db8:ffff::1", true),
            ("2001:db8::", 33, "2001:db8:ffff::1", false),
            ("::", 0, "2001:db8::1", true),
            ("::", 0, "192.0.2.1", false),
            ("0.0.0.0", 0, "::1", false),
        ] {
            let network = Network { address: network.parse().unwrap(), length };
            assert_eq!(network.has(address.parse().unwrap()), expected, "{network:?} {address}");
        }
    }
}
