//! A reply on its way to the client.

use std::borrow::Cow;
use std::io;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use mailstore::Login;
use sasl::Exchange;
use wire::Chunk;

use super::maildrop::Maildrop;

/// What a handler answers, and what changes by it.
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) change: Change,
}

/// One of the three forms of RFC 1939 §3, and AUTH's (RFC 5034 §4).
pub(super) enum Reply {
    /// One line, without its line end.
    Line(Cow<'static, str>),
    /// A line, and lines with their line ends, none of which begins with a dot.
    Lines(Cow<'static, str>, String),
    /// A line and a message, to be dot-stuffed.
    Message(Cow<'static, str>, BoxStream<'static, io::Result<Bytes>>),
    /// A challenge in base64.
    Challenge(String),
}

/// A change of state as a value: applied in one place.
pub(super) enum Change {
    None,
    /// USER was said.
    Named(String),
    /// AUTH goes on; with the login that counts when it is done.
    Exchanging(Exchange, Option<Login>),
    /// Logged in.
    Opened(Maildrop),
    Utf8,
    StartTls,
    Close,
}

impl Answer {
    pub(super) fn and(self, change: Change) -> Self {
        Self { change, ..self }
    }
}

impl<R: Into<Reply>> From<R> for Answer {
    fn from(reply: R) -> Self {
        Self { reply: reply.into(), change: Change::None }
    }
}

impl From<&'static str> for Reply {
    fn from(line: &'static str) -> Self {
        Self::Line(line.into())
    }
}

impl From<String> for Reply {
    fn from(line: String) -> Self {
        Self::Line(line.into())
    }
}

impl Reply {
    pub(super) fn into_chunks(self) -> Vec<Chunk> {
        match self {
            Self::Line(line) => vec![format!("{line}\r\n").into()],
            Self::Lines(line, lines) => vec![format!("{line}\r\n{lines}.\r\n").into()],
            Self::Message(line, body) => {
                vec![format!("{line}\r\n").into(), Chunk::Dotted(body)]
            }
            Self::Challenge(text) => vec![format!("+ {text}\r\n").into()],
        }
    }
}
