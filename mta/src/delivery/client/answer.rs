//! What a host answered for one recipient.

use std::fmt;

use super::denial::Denial;
use super::reply::Reply;

/// What became of a message for one recipient, on one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The host is responsible for it now.
    Taken(Reply),
    /// The host said no: 4xx for now, 5xx for good.
    Refused {
        /// To what.
        step: Step,
        /// How.
        reply: Reply,
    },
    /// We would not send it, as it stands, to such a host.
    Denied(Denial),
    /// All of the message was sent, and no answer came: the host may have it, or not (RFC 1047).
    Perhaps,
    /// The conversation ended before anything was decided.
    Open,
}

/// What a host says no to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Our connection.
    Greeting,
    /// EHLO and HELO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The message itself.
    Content,
}

/// As a person reads it: `in reply to RCPT TO`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "connecting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL FROM",
            Self::Rcpt => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "the message",
        })
    }
}
