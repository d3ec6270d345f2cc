//! Who is at the other end, as far as the socket and TLS can say.

use std::net::SocketAddr;

/// What is known of a connection when its session is made.
#[derive(Clone, Debug)]
pub struct Peer {
    /// A number that is unique in this process, for the log.
    pub number: u64,
    /// The client's address.
    pub address: SocketAddr,
    /// Our address that it came to.
    pub local: SocketAddr,
    /// Set when the connection began with TLS.
    pub tls: Option<TlsFacts>,
    /// Whether the wish `Next::StartTls` can be granted, so whether it may be announced.
    pub starttls: bool,
}

/// What a finished TLS handshake says.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// As in a Received header: `TLSv1.3`.
    pub version: &'static str,
    /// As in a Received header: `TLS13_AES_256_GCM_SHA384`.
    pub cipher: &'static str,
    /// The name the client asked for (SNI).
    pub server_name: Option<String>,
    /// `tls-exporter` channel binding (RFC 9266 §2), for SCRAM-PLUS.
    pub exporter: Option<[u8; 32]>,
}

/// Without the channel binding, which has no business in a log.
impl std::fmt::Debug for TlsFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} for {:?}", self.version, self.cipher, self.server_name)
    }
}
