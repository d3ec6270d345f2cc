//! A refusal: what the client is told, and whose fault it is.

use std::borrow::Cow;

use super::replies;

/// Why a handler did not do what was asked.
#[derive(Debug)]
pub(super) struct Refusal {
    /// For the client: the whole line, without its line end.
    pub(super) line: Cow<'static, str>,
    /// For us.
    pub(super) blame: Blame,
}

/// Whose fault it is.
#[derive(Debug)]
pub(super) enum Blame {
    /// The client's: it is counted.
    Client,
    /// Nobody's: another program was quicker.
    Nobody,
    /// Ours, and temporary. The cause is for the log; no stranger reads it.
    House(mailstore::Error),
    /// Nobody who speaks POP3: the connection ends.
    Stranger,
}

impl Refusal {
    pub(super) fn client(line: impl Into<Cow<'static, str>>) -> Self {
        Self { line: line.into(), blame: Blame::Client }
    }

    pub(super) fn stranger(line: &'static str) -> Self {
        Self { line: line.into(), blame: Blame::Stranger }
    }
}

/// The one place where an error of the store becomes a reply. What is not temporary (an account or a
/// mailbox that went away under a session) is gone at the next login, and so is the question.
impl From<mailstore::Error> for Refusal {
    fn from(error: mailstore::Error) -> Self {
        match error {
            mailstore::Error::NoSuchMessage => {
                Self { line: replies::GONE.into(), blame: Blame::Nobody }
            }
            error => Self { line: replies::OUR_FAULT.into(), blame: Blame::House(error) },
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        mailstore::Error::from(error).into()
    }
}
