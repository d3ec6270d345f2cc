//! What is known of the connection that a request came by.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Put into each request by `serve`.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// Where they reached us.
    pub local: SocketAddr,
    /// It is encrypted.
    pub tls: bool,
}

impl Connection {
    /// Cookies must travel encrypted, except on this machine's own loopback.
    pub fn is_private(&self) -> bool {
        self.tls || self.local.ip().to_canonical().is_loopback()
    }

    /// The other end's address, an IPv4 one as such.
    pub fn peer_address(&self) -> IpAddr {
        self.peer.ip().to_canonical()
    }
}

impl Default for Connection {
    /// A request that nobody described is treated as one from afar over TLS: the strictest reading for cookies.
    fn default() -> Self {
        let nowhere = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0);
        Self { peer: nowhere, local: nowhere, tls: true }
    }
}
