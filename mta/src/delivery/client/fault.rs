//! What ends a conversation before its time.

use std::io;

use super::reply::{Reply, ReplyFault, harmless};

const HANDSHAKE_OCTETS_MAX: usize = 500;

/// Why a connection can't be used any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The host hung up.
    #[error("the host closed the connection")]
    Closed,
    /// The network failed.
    #[error("the connection failed: {0}")]
    Network(String),
    /// The host took too long for one step.
    #[error("the host did not answer in time")]
    Timeout,
    /// All of it took too long.
    #[error("the time for this delivery is over")]
    OutOfTime,
    /// The host said something that is no reply.
    #[error(transparent)]
    Reply(#[from] ReplyFault),
    /// The host spoke without having been asked, or answered something else.
    #[error("the host's reply answers nothing that was asked: {0}")]
    OutOfStep(Reply),
    /// The host ended the conversation in words.
    #[error("the host ended the conversation: {0}")]
    Farewell(Reply),
    /// Octets in clear behind the reply to STARTTLS: somebody in between wrote them (RFC 3207 §6).
    #[error("something was said in clear after STARTTLS")]
    Injected,
    /// The TLS handshake failed.
    #[error("TLS failed: {0}")]
    Handshake(String),
    /// The host refused a message in the middle of it, and can't be talked to any more.
    #[error("the host stopped reading in the middle of the message")]
    Interrupted,
    /// Our own disk.
    #[error("the message could not be read")]
    Source(String),
}

impl Fault {
    /// In words, which are cut: they may hold all the names of a stranger's certificate.
    pub(super) fn handshake(error: &io::Error) -> Self {
        let mut words = harmless(error.to_string().as_bytes());
        words.truncate(words.floor_char_boundary(HANDSHAKE_OCTETS_MAX));
        Self::Handshake(words)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted => Self::Closed,
            kind => Self::Network(kind.to_string()),
        }
    }
}
