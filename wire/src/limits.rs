//! Every limit a connection has, named, with its unit.

use std::time::Duration;

/// How long, how many, how much. The defaults are those of a small public host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once that share one count of seats.
    pub connections_max: usize,
    /// Of these, from one IPv4 address or one IPv6 /64 network.
    pub connections_per_address_max: usize,
    /// For a whole line, from the moment we wait for it. A client that sends an octet now and then
    /// does not gain more.
    pub idle_timeout: Duration,
    /// Within a body or literal, for the next octets (RFC 5321 §4.5.3.2.5 says 3 minutes).
    pub body_idle_timeout: Duration,
    /// For a whole body or literal.
    pub body_timeout: Duration,
    /// For the client to take the next 16 KiB of what we send.
    pub write_timeout: Duration,
    /// For a TLS handshake.
    pub tls_handshake_timeout: Duration,
    /// After our last words: how long we still read (and throw away) so that the client's kernel
    /// does not lose them to a reset.
    pub linger_timeout: Duration,
    /// When the house closes: how long a command in progress may still take. All is closed half a
    /// second later at the latest.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 1_000,
            connections_per_address_max: 50,
            idle_timeout: Duration::from_secs(5 * 60),
            body_idle_timeout: Duration::from_secs(3 * 60),
            body_timeout: Duration::from_secs(30 * 60),
            write_timeout: Duration::from_secs(60),
            tls_handshake_timeout: Duration::from_secs(20),
            linger_timeout: Duration::from_secs(1),
            drain_timeout: Duration::from_millis(1_200),
        }
    }
}
