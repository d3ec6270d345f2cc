//! A refusal: what the client is told, and whose fault it is.

use message::TraceId;

use super::replies;
use super::reply::Reply;

/// Why a handler did not do what was asked.
#[derive(Debug)]
pub struct Refusal {
    /// For the client.
    pub reply: Reply,
    /// For us.
    pub blame: Blame,
    /// The message it is about, if it has an id already.
    pub about: Option<TraceId>,
}

/// Whose fault it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The client's: it is counted.
    Client,
    /// Nobody's, as too many recipients at once.
    Nobody,
    /// Nobody's either, but asking again and again brings no mail nearer, as with a full mailbox.
    Idle,
    /// Ours, and temporary. The cause is for the log; no stranger reads it.
    House(String),
    /// Nobody who speaks SMTP: the connection ends.
    Stranger,
}

impl Refusal {
    fn new(reply: impl Into<Reply>, blame: Blame) -> Self {
        Self { reply: reply.into(), blame, about: None }
    }

    /// The client is at fault.
    pub fn client(reply: impl Into<Reply>) -> Self {
        Self::new(reply, Blame::Client)
    }

    /// Nobody is at fault.
    pub fn nobody(reply: impl Into<Reply>) -> Self {
        Self::new(reply, Blame::Nobody)
    }

    /// Nobody is at fault, and it is counted as a command that brings no mail nearer.
    pub fn idle(reply: impl Into<Reply>) -> Self {
        Self::new(reply, Blame::Idle)
    }

    /// The client does not speak SMTP.
    pub fn stranger(reply: impl Into<Reply>) -> Self {
        Self::new(reply, Blame::Stranger)
    }

    /// We are at fault.
    pub fn house(reply: impl Into<Reply>, cause: impl ToString) -> Self {
        Self::new(reply, Blame::House(cause.to_string()))
    }

    /// About this message.
    pub fn about(self, trace: TraceId) -> Self {
        Self { about: Some(trace), ..self }
    }
}

/// The one place where an error of the store becomes a reply.
impl From<mailstore::Error> for Refusal {
    fn from(error: mailstore::Error) -> Self {
        match &error {
            mailstore::Error::Full => Self::house(replies::DISK_FULL, error),
            mailstore::Error::OverQuota { .. } => Self::nobody(replies::MAILBOX_FULL),
            // Even one that is no accident here (an account that went away between RCPT and DATA) is
            // told apart at the next try, so it is temporary for this one.
            _ => Self::house(replies::OUR_FAULT, error),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        mailstore::Error::from(error).into()
    }
}
