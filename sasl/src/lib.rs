//! The server's side of SASL (RFC 4422): PLAIN (RFC 4616), LOGIN, SCRAM-SHA-256 and its -PLUS
//! (RFC 5802, RFC 7677), as pure exchanges: octets in, a [`Step`] out.
//!
//! Knows what is said in which order, and what of it can be trusted. It does *not* know how a protocol
//! carries it (but for [`encode`] and [`decode`], which all of them share), who lives here, which password
//! is right and when one may be sent at all: a step that needs to know says so, and is given it.
//!
//! ```text
//!  PLAIN, LOGIN   Challenge* ─▶ NeedsPassword
//!  SCRAM-…        Challenge? ─▶ NeedsScram ─▶ Challenge ─▶ NeedsProof ─▶ Challenge ─▶ Done
//! ```

mod carry;
mod channel;
mod exchange;
mod mechanism;
mod password;
mod scram;
mod text;

pub use carry::{NotBase64, decode, encode, initial};
pub use channel::{Binding, Ground};
pub use exchange::{Exchange, Step};
pub use mechanism::Mechanism;
pub use password::{Credentials, Secret};
pub use scram::{ProofGiven, SaltWanted};

/// Octets in one message of a client. What a line of 12,288 octets holds in base64 (RFC 4954 §4).
pub const MESSAGE_OCTETS_MAX: usize = 9_216;

/// Octets in the nonce of a client. Our answer repeats it, and must fit a reply line of 512 octets.
pub const NONCE_OCTETS_MAX: usize = 256;

/// Why an exchange is over before anybody was asked about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no answer for this mechanism.
    #[error("no answer for this mechanism")]
    Malformed,
    /// The client believes that we cannot bind to the channel, and we had offered it: somebody between
    /// us has changed the list of mechanisms (RFC 5802 §6).
    #[error("the client did not see that channel binding is offered")]
    Downgraded,
    /// The client binds to another channel: there is somebody between us. Or to a kind of channel that
    /// there is not.
    #[error("the client is bound to another channel")]
    OtherChannel,
}
