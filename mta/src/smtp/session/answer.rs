//! What a handler gives when all is well: a reply, and what changes.

use mailstore::Login;

use super::super::intake::Arrival;
use super::super::reply::Reply;
use super::state::Authenticating;
use super::{Addressee, Hello, Letter};

/// A reply and a change.
#[derive(Debug)]
pub struct Answer {
    /// For the client.
    pub reply: Reply,
    /// For the session.
    pub change: Change,
    /// Whether the command brings no mail nearer.
    pub idle: bool,
}

/// What becomes of the session.
#[derive(Debug)]
pub enum Change {
    /// Nothing.
    Stay,
    /// The client has said who it is; whatever was begun is forgotten (RFC 5321 §4.1.4).
    Greet(Hello),
    /// AUTH goes on with the client's next line.
    Authenticate(Authenticating),
    /// Somebody is in.
    LoggedIn(Login),
    /// A letter is begun.
    Begin(Letter),
    /// It gets one more recipient.
    Add(Addressee),
    /// It is forgotten.
    Forget,
    /// Its message is about to come.
    Receive(Box<Arrival>),
    /// A chunk of its message has come, and others will.
    Chunk(Box<Arrival>),
    /// Its message is on disk.
    Accepted,
    /// A TLS handshake comes.
    StartTls,
    /// The connection ends.
    Close,
}

impl Answer {
    /// A reply that changes nothing.
    pub fn new(reply: impl Into<Reply>) -> Self {
        Self { reply: reply.into(), change: Change::Stay, idle: false }
    }

    /// The same, to a command that brings no mail nearer.
    pub fn idle(reply: impl Into<Reply>) -> Self {
        Self { idle: true, ..Self::new(reply) }
    }

    /// With this change.
    pub fn and(self, change: Change) -> Self {
        Self { change, ..self }
    }
}
