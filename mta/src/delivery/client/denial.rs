//! Why we do not give a message to a host, without asking it: the words of ours are all here.

use super::reply::Status;

/// Why a message does not go to a host as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Larger than the host takes (RFC 1870 §6.1).
    #[error("the message has {octets} octets, and the host takes {max}")]
    TooLarge {
        /// Its size.
        octets: u64,
        /// The host's limit.
        max: u64,
    },
    /// An address outside of ASCII (RFC 6531 §3.2).
    #[error("the host does not take addresses outside of ASCII (SMTPUTF8)")]
    Utf8Address,
    /// Header fields outside of ASCII (RFC 6531 §3.2).
    #[error("the host does not take header fields outside of ASCII (SMTPUTF8)")]
    Utf8Header,
    /// Eight-bit content that is signed as it is (RFC 1847 §2.1).
    #[error(
        "the host takes only 7-bit text, and a signed part of the message may not be converted"
    )]
    Signed,
    /// Too large to be converted.
    #[error("the host takes only 7-bit text, and the message is too large to be converted")]
    TooLargeToConvert,
    /// RFC 8689 §4.2.1.
    #[error("the sender requires TLS all the way, and the host does not offer REQUIRETLS")]
    NoRequireTls,
    /// RFC 8689 §4.2.1.
    #[error("the sender requires TLS all the way, and the host could not prove who it is")]
    NoSureTls,
    /// Passwords go through TLS only.
    #[error("the host offers no way to log in that we know, or only without TLS")]
    NoLogin,
    /// Our own disk.
    #[error("the message could not be read")]
    Unreadable,
}

impl Denial {
    /// What a bounce or a queue says of it.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::TooLarge { .. } => Status::new(5, 3, 4),
            Self::Utf8Address => Status::new(5, 6, 7),
            Self::Utf8Header => Status::new(5, 6, 9),
            Self::Signed | Self::TooLargeToConvert => Status::new(5, 6, 3),
            Self::NoRequireTls => Status::new(5, 7, 30),
            Self::NoSureTls => Status::new(5, 7, 10),
            Self::NoLogin => Status::new(4, 7, 0),
            Self::Unreadable => Status::new(4, 3, 0),
        }
    }
}
