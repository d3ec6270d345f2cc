//! Where a conversation stands.

use mailstore::{DsnRequest, LocalTarget, Login};
use message::{Address, ForwardPath, ReversePath};

use super::super::command::RcptParameters;
use super::super::intake::Arrival;
use super::Hello;

/// RFC 5321 §4.1.4, as an enum.
#[derive(Debug)]
pub enum State {
    /// Nobody has said who they are, or it is forgotten after STARTTLS.
    Connected,
    /// HELO or EHLO.
    Greeted(Hello),
    /// In the middle of AUTH: lines are answers, not commands.
    Authenticating(Authenticating),
    /// MAIL, and perhaps some RCPT.
    Addressing(Letter),
    /// The first chunks of its message have come (RFC 3030).
    Chunking(Box<Arrival>),
}

/// A login that is not done yet.
#[derive(Debug)]
pub struct Authenticating {
    /// Where the conversation goes on.
    pub hello: Hello,
    /// What is said next.
    pub exchange: sasl::Exchange,
    /// What counts when the client has heard that we know its password too.
    pub won: Option<Login>,
}

/// A mail transaction: the buffers of RFC 5321 §4.1.1, but for the mail data.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Who hands it to us.
    pub hello: Hello,
    /// From whom.
    pub reverse_path: ReversePath,
    /// The size that was declared.
    pub size: Option<u64>,
    /// Whether SMTPUTF8 was declared.
    pub utf8: bool,
    /// Whether it may travel only where it cannot be read on the way (RFC 8689).
    pub requiretls: bool,
    /// What the sender wants to hear of it (RFC 3461).
    pub dsn: DsnRequest,
    /// To whom.
    pub addressees: Vec<Addressee>,
}

/// A recipient that was accepted.
#[derive(Clone, Debug)]
pub struct Addressee {
    /// As RCPT named it, without its source route.
    pub path: ForwardPath,
    /// Who gets it here.
    pub targets: Vec<LocalTarget>,
    /// Where it is sent on to.
    pub elsewhere: Vec<Address>,
    /// When the sender wants to hear of this recipient, and whom they wrote to (RFC 3461).
    pub wish: RcptParameters,
}

impl State {
    /// One more recipient for the letter that is begun.
    pub fn add(&mut self, addressee: Addressee) {
        if let Self::Addressing(letter) = self {
            letter.addressees.push(addressee);
        }
    }

    /// Back to before MAIL, or AUTH.
    pub fn forget(&mut self) {
        match self {
            Self::Chunking(arrival) => *self = Self::Greeted(arrival.letter.hello.clone()),
            Self::Addressing(letter) => *self = Self::Greeted(letter.hello.clone()),
            Self::Authenticating(login) => *self = Self::Greeted(login.hello.clone()),
            Self::Connected | Self::Greeted(_) => {}
        }
    }
}

impl Letter {
    /// The recipients, as they were named.
    #[must_use]
    pub fn paths(&self) -> Vec<ForwardPath> {
        self.addressees.iter().map(|addressee| addressee.path.clone()).collect()
    }

    /// The accounts that get it, each with the address it came to.
    pub fn targets(&self) -> impl Iterator<Item = &LocalTarget> {
        self.addressees.iter().flat_map(|addressee| &addressee.targets)
    }

    /// Whether nobody elsewhere gets it.
    #[must_use]
    pub fn stays_here(&self) -> bool {
        self.addressees.iter().all(|addressee| addressee.elsewhere.is_empty())
    }

    /// The addresses it comes to here.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.targets().map(|target| target.address.clone()).collect()
    }
}
