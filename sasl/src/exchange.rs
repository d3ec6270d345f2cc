//! An exchange, whatever its mechanism: what is waited for, and what an answer leads to.

use crate::password::{self, Credentials};
use crate::scram::{FirstMessage, LastMessage, ProofGiven, SaltWanted};
use crate::text::text;
use crate::{Fault, Ground, MESSAGE_OCTETS_MAX, Mechanism};

/// An exchange that waits for the client's next answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Exchange(Waiting);

#[derive(Debug, PartialEq, Eq)]
enum Waiting {
    Plain,
    LoginName,
    LoginPassword {
        name: String,
    },
    ScramFirst(FirstMessage),
    ScramLast(LastMessage),
    /// For the empty answer to our last word: there is no room for that in the reply that says yes
    /// (RFC 4954 §4).
    Farewell,
}

/// What an answer leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask on: what to send, and how to go on with what comes back.
    Challenge(Vec<u8>, Exchange),
    /// All is said: somebody must look whether the password is right.
    NeedsPassword(Credentials),
    /// Somebody must look up the salt of a name.
    NeedsScram(SaltWanted),
    /// Somebody must look whether the proof is right.
    NeedsProof(ProofGiven),
    /// The client knows that we know: the login that the proof has won counts from here on.
    Done,
}

impl Step {
    pub(crate) fn ask_for_last_message(challenge: String, last: LastMessage) -> Self {
        Self::Challenge(challenge.into_bytes(), Exchange(Waiting::ScramLast(last)))
    }

    pub(crate) fn say_last_word(word: String) -> Self {
        Self::Challenge(word.into_bytes(), Exchange(Waiting::Farewell))
    }
}

impl Exchange {
    /// Begins. Clients may bring their first answer along, where the protocol has room for it.
    ///
    /// # Errors
    /// When that answer is none.
    pub fn begin(
        mechanism: Mechanism,
        ground: Ground,
        initial: Option<&[u8]>,
    ) -> Result<Step, Fault> {
        let (challenge, waiting) = match mechanism {
            Mechanism::Plain => ("", Waiting::Plain),
            Mechanism::Login => ("Username:", Waiting::LoginName),
            Mechanism::ScramSha256 | Mechanism::ScramSha256Plus => {
                ("", Waiting::ScramFirst(FirstMessage::new(mechanism, ground)))
            }
        };
        match initial {
            Some(answer) => Self(waiting).answered(answer),
            None => Ok(Step::Challenge(challenge.into(), Self(waiting))),
        }
    }

    /// Goes on.
    ///
    /// # Errors
    /// When the answer is none: the exchange is over.
    pub fn answered(self, answer: &[u8]) -> Result<Step, Fault> {
        if answer.len() > MESSAGE_OCTETS_MAX {
            return Err(Fault::Malformed);
        }
        match self.0 {
            Waiting::Plain => Ok(Step::NeedsPassword(password::plain(answer)?)),
            Waiting::LoginName => {
                let exchange = Self(Waiting::LoginPassword { name: text(answer)? });
                Ok(Step::Challenge("Password:".into(), exchange))
            }
            Waiting::LoginPassword { name } => {
                let password = text(answer)?.into();
                Ok(Step::NeedsPassword(Credentials { name, password }))
            }
            Waiting::ScramFirst(first) => Ok(Step::NeedsScram(first.read(answer)?)),
            Waiting::ScramLast(last) => Ok(Step::NeedsProof(last.read(answer)?)),
            Waiting::Farewell if answer.is_empty() => Ok(Step::Done),
            Waiting::Farewell => Err(Fault::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    fn begin(mechanism: Mechanism, initial: Option<&[u8]>) -> Result<Step, Fault> {
        Exchange::begin(mechanism, Ground::default(), initial)
    }

    fn asked(step: Step) -> (String, Exchange) {
        let Step::Challenge(challenge, exchange) = step else { panic!("{step:?}") };
        (String::from_utf8(challenge).unwrap(), exchange)
    }

    fn all_said(name: &str, password: &str) -> Result<Step, Fault> {
        let (name, password) = (name.to_owned(), password.to_owned().into());
        Ok(Step::NeedsPassword(Credentials { name, password }))
    }

    #[test]
    fn plain_says_all_at_once_or_when_asked() {
        let all = b"\0bob\0hungry";
        assert_eq!(begin(Mechanism::Plain, Some(all)), all_said("bob", "hungry"));
        let (challenge, exchange) = asked(begin(Mechanism::Plain, None).unwrap());
        assert_eq!(challenge, "");
        assert_eq!(exchange.answered(all), all_said("bob", "hungry"));
    }

    #[test]
    fn login_asks_for_the_name_and_then_for_the_password() {
        let (challenge, exchange) = asked(begin(Mechanism::Login, None).unwrap());
        assert_eq!(challenge, "Username:");
        let (challenge, exchange) = asked(exchange.answered(b"bob").unwrap());
        assert_eq!(challenge, "Password:");
        assert_eq!(exchange.answered("hungry €".as_bytes()), all_said("bob", "hungry €"));
        let (challenge, _) = asked(begin(Mechanism::Login, Some(b"bob")).unwrap());
        assert_eq!(challenge, "Password:");
    }

    #[test]
    fn an_answer_may_be_so_long_and_no_longer() {
        let longest = [&b"\0bob\0"[..], &vec![b'x'; MESSAGE_OCTETS_MAX - 5]].concat();
        assert!(begin(Mechanism::Plain, Some(&longest)).is_ok());
        let longer = [&longest[..], b"x"].concat();
        assert_eq!(begin(Mechanism::Plain, Some(&longer)), Err(Fault::Malformed));
    }

    #[test]
    fn our_last_word_is_answered_with_nothing() {
        let farewell = || Exchange(Waiting::Farewell);
        assert_eq!(farewell().answered(b""), Ok(Step::Done));
        assert_eq!(farewell().answered(b"but"), Err(Fault::Malformed));
    }
}
