//! Every limit of a POP3 session, named, with its unit.

use std::time::Duration;

/// How much one POP3 client may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pop3Limits {
    /// Longest command line, its CRLF counted. Never set it below 255 (RFC 2449 §4).
    pub command_octets_max: usize,
    /// Longest answer in an AUTH exchange, its CRLF counted (RFC 5034 §4 says 12,288).
    pub sasl_octets_max: usize,
    /// Errors of the client that are answered; the next one ends the connection.
    pub errors_max: u32,
    /// Lines before login; each one more is an error. Who asks what we can do for ever holds a seat that others wait
    /// for.
    pub lines_before_login_max: u32,
}

impl Default for Pop3Limits {
    fn default() -> Self {
        Self {
            command_octets_max: 2_000,
            sasl_octets_max: 12_288,
            errors_max: 10,
            lines_before_login_max: 100,
        }
    }
}

/// What wire should hold POP3 connections to. RFC 1939 §3: never log out before ten minutes.
#[must_use]
pub fn connection_limits() -> wire::Limits {
    wire::Limits { idle_timeout: Duration::from_secs(10 * 60), ..wire::Limits::default() }
}
