//! One client's conversation.
//!
//! Knows in which order commands may come (RFC 5321 §4.1.4) and what each of them does: one file per
//! command, each handler gives an [`Answer`] or a [`Refusal`]. What that means for the state, the
//! count of errors, the log and the wire is decided here and only here. It sees no socket.

mod answer;
mod data;
mod hello;
mod mail;
mod misread;
mod practice;
mod rcpt;
mod starttls;
mod state;
mod vrfy;

pub use hello::Hello;
pub use state::{Addressee, Letter};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailstore::Store;
use tracing::{debug, error};
use wire::{Ending, Input, Next, Output, Peer, TlsFacts};

use super::command::{self, Command};
use super::intake::Intake;
use super::limits::SmtpLimits;
use super::patience::{Patience, Reaction};
use super::refusal::{Blame, Refusal};
use super::reply::Reply;
use super::{help, replies};
use answer::{Answer, Change};
use state::State;

/// How this house receives mail; the same for all its connections.
#[derive(Clone, Debug)]
pub struct Receiving {
    /// Our own name, in the greeting and in Received fields.
    pub hostname: message::Domain,
    /// What a client may ask for.
    pub limits: SmtpLimits,
    /// Whether there are recipients to practise with, which fail or are slow on purpose. For the demo.
    pub practice: bool,
}

/// An SMTP session, on whatever stream.
pub struct Session {
    house: House,
    client: Client,
    state: State,
    patience: Patience,
}

/// What a session may use.
struct House {
    receiving: Arc<Receiving>,
    store: Store,
}

impl House {
    fn hostname(&self) -> &str {
        self.receiving.hostname.as_ascii()
    }

    fn limits(&self) -> &SmtpLimits {
        &self.receiving.limits
    }
}

/// What is known of the client apart from what it says.
struct Client {
    address: IpAddr,
    /// Whether the wire could begin TLS, were it not on already.
    starttls: bool,
    tls: Option<TlsFacts>,
}

impl Client {
    /// RFC 3207 §4.2: not offered again once it is on.
    const fn may_start_tls(&self) -> bool {
        self.starttls && self.tls.is_none()
    }
}

impl Session {
    /// A session for a client that has just connected.
    #[must_use]
    pub fn new(receiving: Arc<Receiving>, store: Store, peer: Peer) -> Self {
        let Peer { address, tls, starttls, .. } = peer;
        Self {
            house: House { receiving, store },
            client: Client { address: address.ip().to_canonical(), starttls, tls },
            state: State::Connected,
            patience: Patience::default(),
        }
    }

    async fn obey(&self, command: Command) -> Result<Answer, Refusal> {
        let Self { house, client, state, .. } = self;
        match command {
            Command::Helo(name) => Ok(hello::helo(house, name)),
            Command::Ehlo(name) => Ok(hello::ehlo(house, client, name)),
            Command::Mail(path, parameters) => mail::mail(house, client, state, path, parameters),
            Command::Rcpt(recipient) => rcpt::rcpt(house, client, state, recipient).await,
            Command::Data => data::data(house, client, state),
            Command::Rset => Ok(Answer::idle(replies::FORGOTTEN).and(Change::Forget)),
            Command::Noop => Ok(Answer::idle(replies::STILL_HERE)),
            Command::Vrfy(question) => vrfy::vrfy(house, question).await,
            Command::Help(topic) => Ok(Answer::idle(help::page(&topic))),
            Command::StartTls => starttls::starttls(client, state),
            Command::Quit => Ok(Answer::new(replies::goodbye(house.hostname())).and(Change::Close)),
            Command::NotOffered(what) => Err(Refusal::client(replies::not_offered(what))),
            Command::Http => Err(Refusal::stranger(replies::WEB_BROWSER)),
        }
    }

    async fn answered(&mut self, Answer { reply, change, idle }: Answer) -> Output<Intake> {
        let next = self.changed(change);
        let reaction = if idle {
            self.patience.idle_command(self.house.limits())
        } else {
            Reaction::AnswerAfter(Duration::ZERO)
        };
        react(reaction, &reply, next).await
    }

    /// The one place where the state changes.
    fn changed(&mut self, change: Change) -> Next<Intake> {
        match change {
            Change::Stay => {}
            Change::Greet(hello) => self.state = State::Greeted(hello),
            Change::Begin(letter) => self.state = State::Addressing(letter),
            Change::Add(addressee) => self.state.add(addressee),
            Change::Forget => self.state.forget(),
            Change::Accepted => self.patience.message_accepted(),
            Change::Receive(intake) => {
                let limits = self.house.limits();
                return Next::Body {
                    octets_max: limits.message_octets_max,
                    line_octets_max: limits.text_line_octets_max,
                    intake: *intake,
                };
            }
            Change::StartTls => return Next::StartTls,
            Change::Close => return Next::Close,
        }
        self.next_line()
    }

    /// The one place where a refusal is counted and logged.
    async fn refused(&mut self, Refusal { reply, blame, about }: Refusal) -> Output<Intake> {
        let (peer, code) = (self.client.address, reply.status().code());
        let trace = about.as_ref().map(tracing::field::display);
        let reaction = match blame {
            Blame::Client => {
                debug!(%peer, code, "refused");
                self.patience.error(self.house.limits())
            }
            Blame::Nobody => Reaction::AnswerAfter(Duration::ZERO),
            Blame::Idle => self.patience.idle_command(self.house.limits()),
            Blame::House(cause) => {
                error!(%peer, code, trace, cause, "could not do what was asked");
                Reaction::AnswerAfter(Duration::ZERO)
            }
            Blame::Stranger => {
                debug!(%peer, code, "no SMTP client");
                return Output::new(reply.to_bytes(), Next::Close);
            }
        };
        react(reaction, &reply, self.next_line()).await
    }

    fn next_line(&self) -> Next<Intake> {
        Next::Line { octets_max: self.house.limits().command_octets_max }
    }
}

async fn react(reaction: Reaction, reply: &Reply, next: Next<Intake>) -> Output<Intake> {
    match reaction {
        Reaction::End => Output::new(Reply::from(replies::TOO_MANY_ERRORS).to_bytes(), Next::Close),
        Reaction::AnswerAfter(delay) => {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            Output::new(reply.to_bytes(), next)
        }
    }
}

impl wire::Session for Session {
    type Intake = Intake;

    async fn greeting(&mut self) -> Output<Intake> {
        Output::new(replies::greeting(self.house.hostname()).to_bytes(), self.next_line())
    }

    async fn handle(&mut self, input: Input<Intake>) -> Output<Intake> {
        let outcome = match input {
            Input::Line(line) => match command::parse(&line) {
                Ok(command) => self.obey(command).await,
                Err(fault) => Err(misread::refusal(fault)),
            },
            // Who ends commands so would end a message so too, and that must be refused (RFC 5321
            // §4.1.1.4): better to say it at the first line.
            Input::BareLine(_) => Err(Refusal::client(replies::BARE_LINE_FEED)),
            Input::LongLine => {
                let octets_max = self.house.limits().command_octets_max;
                Err(Refusal::client(replies::line_too_long(octets_max)))
            }
            Input::Body(intake, ended) => {
                // RFC 5321 §4.1.1.4: taken or not, the buffers are cleared.
                self.state.forget();
                data::received(&self.house, &self.client, intake, ended).await
            }
            Input::TlsStarted(facts) => {
                // RFC 3207 §4.2: what was said before is forgotten, HELO included.
                self.client.tls = Some(facts);
                self.state = State::Connected;
                return Output::silent(self.next_line());
            }
            // Never wished for.
            Input::Literal(..) | Input::Changed => return Output::silent(self.next_line()),
        };
        match outcome {
            Ok(answer) => self.answered(answer).await,
            Err(refusal) => self.refused(refusal).await,
        }
    }

    fn last_words(ending: Ending) -> &'static str {
        replies::last_words(ending)
    }
}

#[cfg(test)]
mod tests;
