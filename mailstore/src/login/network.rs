//! From where: one IPv4 address, or the /64 that one IPv6 customer has all to themselves.

use std::net::{IpAddr, Ipv6Addr};

/// The network that is counted and banned as one.
pub(super) fn network_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
        address => address,
    }
}

/// Everything on the machine itself comes from here: banning it would lock the owner out of the
/// webmail behind a proxy.
pub(super) fn is_this_machine(peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_one_network_and_an_ipv4_address_is_itself() {
        for (peer, network) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(network_of(peer.parse().unwrap()), network.parse::<IpAddr>().unwrap());
        }
        assert!(
            is_this_machine("::ffff:127.0.0.1".parse().unwrap())
                && is_this_machine("::1".parse().unwrap())
        );
    }
}
