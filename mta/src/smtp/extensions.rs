//! What EHLO offers. Nothing stands here that would be answered with "not implemented"
//! (RFC 5321 §4.2.4).

use std::fmt;

use sasl::Mechanism;

/// A service extension, as EHLO announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extension {
    /// RFC 2920. Order and flushing are the wire's; nothing here depends on it.
    Pipelining,
    /// RFC 1870, with the largest message taken.
    Size(u64),
    /// RFC 6152: bodies are kept as they come, all bits of them.
    EightBitMime,
    /// RFC 6531: UTF-8 in addresses and header.
    SmtpUtf8,
    /// RFC 2034.
    EnhancedStatusCodes,
    /// RFC 3030. Not its BINARYMIME: lines end with CRLF here.
    Chunking,
    /// RFC 3461.
    Dsn,
    /// RFC 8689.
    RequireTls,
    /// RFC 3207.
    StartTls,
    /// RFC 4954, with the ways to log in.
    Auth(Vec<Mechanism>),
    /// RFC 5321 §4.1.1.8.
    Help,
}

/// What decides about what is offered.
#[derive(Debug)]
pub struct Circumstances {
    /// The largest message taken.
    pub message_octets_max: u64,
    /// Whether TLS is on.
    pub tls: bool,
    /// Whether it could be begun.
    pub starttls: bool,
    /// The ways to log in that there are.
    pub mechanisms: Vec<Mechanism>,
}

/// What is offered now: STARTTLS not again once TLS is on (RFC 3207 §4.2), REQUIRETLS only then
/// (RFC 8689 §2).
#[must_use]
pub fn offered(circumstances: Circumstances) -> Vec<Extension> {
    let Circumstances { message_octets_max, tls, starttls, mechanisms } = circumstances;
    let mut offered = vec![
        Extension::Pipelining,
        Extension::Size(message_octets_max),
        Extension::EightBitMime,
        Extension::SmtpUtf8,
        Extension::EnhancedStatusCodes,
        Extension::Chunking,
        Extension::Dsn,
    ];
    if tls {
        offered.push(Extension::RequireTls);
    }
    if starttls {
        offered.push(Extension::StartTls);
    }
    if !mechanisms.is_empty() {
        offered.push(Extension::Auth(mechanisms));
    }
    offered.push(Extension::Help);
    offered
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipelining => f.write_str("PIPELINING"),
            Self::Size(octets_max) => write!(f, "SIZE {octets_max}"),
            Self::EightBitMime => f.write_str("8BITMIME"),
            Self::SmtpUtf8 => f.write_str("SMTPUTF8"),
            Self::EnhancedStatusCodes => f.write_str("ENHANCEDSTATUSCODES"),
            Self::Chunking => f.write_str("CHUNKING"),
            Self::Dsn => f.write_str("DSN"),
            Self::RequireTls => f.write_str("REQUIRETLS"),
            Self::StartTls => f.write_str("STARTTLS"),
            Self::Auth(mechanisms) => {
                f.write_str("AUTH")?;
                mechanisms.iter().try_for_each(|mechanism| write!(f, " {}", mechanism.name()))
            }
            Self::Help => f.write_str("HELP"),
        }
    }
}
