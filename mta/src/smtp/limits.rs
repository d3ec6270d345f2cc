//! Every limit of an SMTP session, named, with its unit.
//!
//! Limits of the connection itself (how many, how long idle) are `wire::Limits`.

use std::time::Duration;

/// How much one SMTP client may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpLimits {
    /// Largest message, announced as SIZE (RFC 1870): its octets without dot-stuffing and without
    /// the trace fields that we add.
    pub message_octets_max: u64,
    /// Largest chunk of BDAT that is read, if only to be thrown away; who announces a larger one is not
    /// listened to any longer, as there is no telling where the next command begins.
    pub chunk_octets_max: u64,
    /// Largest header block of a message.
    pub header_octets_max: u64,
    /// Longest line of a message, its CRLF counted. RFC 5321 §4.5.3.1.6 lets a client send 1,000;
    /// real mail has lines of megabytes (whole attachments, style sheets), and its readers never see
    /// the line. So by default a line may be as long as a message.
    pub text_line_octets_max: usize,
    /// Recipients in one transaction. Never set it below 100 (RFC 5321 §4.5.3.1.8).
    pub recipients_max: usize,
    /// Longest command line, its CRLF counted. Never set it below 512 (RFC 5321 §4.5.3.1.4).
    pub command_octets_max: usize,
    /// Longest answer in an AUTH exchange, its CRLF counted (RFC 4954 §4 says 12,288).
    pub sasl_octets_max: usize,
    /// Received fields in a message, above which it goes in circles (RFC 5321 §6.3).
    pub received_max: usize,
    /// Errors of the client that are answered; the next one ends the connection (RFC 5321 §7.8).
    pub errors_max: usize,
    /// Commands that bring no mail nearer (NOOP, RSET, VRFY, HELP, …) since the last accepted
    /// message; each one more is an error.
    pub idle_commands_max: usize,
    /// How long the answer to an error is held back, from the second one on, to slow down those who
    /// guess addresses.
    pub error_delay: Duration,
}

impl SmtpLimits {
    /// Those who live here may write to more people at once.
    #[must_use]
    pub fn for_submission() -> Self {
        Self { recipients_max: 1_000, ..Self::default() }
    }
}

impl Default for SmtpLimits {
    fn default() -> Self {
        Self {
            message_octets_max: 50 * 1024 * 1024,
            chunk_octets_max: 100 * 1024 * 1024,
            header_octets_max: 1024 * 1024,
            text_line_octets_max: 50 * 1024 * 1024,
            recipients_max: 100,
            command_octets_max: 2_000,
            sasl_octets_max: 12_288,
            received_max: 100,
            errors_max: 10,
            idle_commands_max: 100,
            error_delay: Duration::from_secs(1),
        }
    }
}
