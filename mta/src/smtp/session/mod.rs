//! One client's conversation.
//!
//! Knows in which order commands may come (RFC 5321 §4.1.4) and what each of them does: one file per
//! command, each handler gives an [`Answer`] or a [`Refusal`]. What that means for the state, the
//! count of errors, the log and the wire is decided here and only here. It sees no socket.

mod answer;
mod auth;
mod bdat;
mod data;
mod filed;
mod hello;
mod judged;
mod mail;
mod misread;
mod outgoing;
mod pace;
mod practice;
mod rcpt;
mod sender;
mod starttls;
mod state;
mod vrfy;

pub use hello::Hello;
pub use state::{Addressee, Letter};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailstore::{Login, Store};
use tracing::{debug, error};
use wire::{Ending, Input, Next, Output, Peer, TlsFacts};

use super::command::{self, Chunk, Command};
use super::intake::Intake;
use super::limits::SmtpLimits;
use super::patience::{Patience, Reaction};
use super::rates::Kind;
use super::refusal::{Blame, Refusal};
use super::reply::Reply;
use super::role::{Receiving, Role, Submission};
use super::{help, replies};
use answer::{Answer, Change};
use state::{Authenticating, State};

/// An SMTP session, on whatever stream.
pub struct Session {
    house: House,
    client: Client,
    state: State,
    patience: Patience,
    /// Whether the message ends with the chunk that is coming.
    last_chunk: bool,
}

/// What a session may use.
struct House {
    role: Role,
    store: Store,
}

impl House {
    fn hostname(&self) -> &str {
        self.role.hostname()
    }

    fn limits(&self) -> &SmtpLimits {
        self.role.limits()
    }
}

/// What is known of the client apart from what it says.
struct Client {
    address: IpAddr,
    /// Whether the wire could begin TLS, were it not on already.
    starttls: bool,
    tls: Option<TlsFacts>,
    /// Who it is, once it has proved that. Only where mail is handed in.
    login: Option<Login>,
}

impl Client {
    /// RFC 3207 §4.2: not offered again once it is on.
    const fn may_start_tls(&self) -> bool {
        self.starttls && self.tls.is_none()
    }
}

impl Session {
    /// A session for a client that has just connected to bring mail for this house.
    #[must_use]
    pub fn new(receiving: Arc<Receiving>, store: Store, peer: Peer) -> Self {
        Self::for_role(Role::Receive(receiving), store, peer)
    }

    /// A session for a client that has just connected to hand in mail.
    #[must_use]
    pub fn for_submission(submission: Arc<Submission>, store: Store, peer: Peer) -> Self {
        Self::for_role(Role::Submit(submission), store, peer)
    }

    fn for_role(role: Role, store: Store, peer: Peer) -> Self {
        let Peer { address, tls, starttls, .. } = peer;
        let address = address.ip().to_canonical();
        Self {
            house: House { role, store },
            client: Client { address, starttls, tls, login: None },
            state: State::Connected,
            patience: Patience::default(),
            last_chunk: false,
        }
    }

    async fn obey(&self, command: Command) -> Result<Answer, Refusal> {
        let Self { house, client, state, .. } = self;
        auth::check(house, client, &command)?;
        match command {
            Command::Helo(name) => Ok(hello::helo(house, name)),
            Command::Ehlo(name) => Ok(hello::ehlo(house, client, name)),
            Command::Mail(path, parameters) => {
                mail::mail(house, client, state, path, parameters).await
            }
            Command::Rcpt(recipient) => rcpt::rcpt(house, client, state, recipient).await,
            Command::Data => data::data(house, client, state),
            Command::Rset => Ok(Answer::idle(replies::FORGOTTEN).and(Change::Forget)),
            Command::Noop => Ok(Answer::idle(replies::STILL_HERE)),
            Command::Vrfy(question) => vrfy::vrfy(house, client, question).await,
            Command::Help(topic) => Ok(Answer::idle(help::page(&topic))),
            Command::StartTls => starttls::starttls(client, state),
            Command::Auth(asked) => auth::auth(house, client, state, asked).await,
            Command::Quit => Ok(Answer::new(replies::goodbye(house.hostname())).and(Change::Close)),
            Command::NotOffered(what) => Err(Refusal::client(replies::not_offered(what))),
            // Has its own way: its octets come first.
            Command::Bdat(_) => Err(Refusal::client(replies::MAIL_BEFORE_DATA)),
            Command::Http => Err(Refusal::stranger(replies::WEB_BROWSER)),
        }
    }

    /// BDAT has no reply of its own: there is one when its octets have come.
    async fn chunk(&mut self, Chunk { octets, last }: Chunk) -> Output<Intake> {
        let limits = self.house.limits();
        if octets > limits.chunk_octets_max {
            let reply = replies::message_too_large(limits.message_octets_max);
            return self.refused(Refusal::stranger(reply)).await;
        }
        self.last_chunk = last;
        let intake = match bdat::next(&self.house, &self.client, &mut self.state) {
            Ok(arrival) => Intake::Message(arrival),
            Err(refusal) => Intake::Nowhere(Box::new(refusal)),
        };
        Output::silent(Next::Literal { octets, intake })
    }

    async fn line(&mut self, line: &[u8]) -> Output<Intake> {
        let outcome = match self.interrupted_login() {
            Some(login) => auth::answer(&self.house, &self.client, login, line).await,
            None => match command::parse(line) {
                Ok(Command::Bdat(chunk)) => return self.chunk(chunk).await,
                Ok(command) => self.obey(command).await,
                Err(fault) => Err(misread::refusal(fault)),
            },
        };
        self.conclude(outcome).await
    }

    /// It ends a login, too.
    fn long_line(&mut self) -> Refusal {
        let login = self.interrupted_login().is_some();
        let limits = self.house.limits();
        Refusal::client(if login {
            replies::answer_too_long(limits.sasl_octets_max)
        } else {
            replies::line_too_long(limits.command_octets_max)
        })
    }

    /// RFC 3207 §4.2: what was said before is forgotten, HELO and AUTH included.
    fn tls_started(&mut self, facts: TlsFacts) -> Output<Intake> {
        self.client.tls = Some(facts);
        self.client.login = None;
        self.state = State::Connected;
        Output::silent(self.next_line())
    }

    async fn conclude(&mut self, outcome: Result<Answer, Refusal>) -> Output<Intake> {
        match outcome {
            Ok(answer) => self.answered(answer).await,
            Err(refusal) => self.refused(refusal).await,
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
            Change::Authenticate(login) => self.state = State::Authenticating(login),
            Change::LoggedIn(login) => self.client.login = Some(login),
            Change::Begin(letter) => self.state = State::Addressing(letter),
            Change::Add(addressee) => self.state.add(addressee),
            Change::Forget => self.state.forget(),
            Change::Chunk(arrival) => self.state = State::Chunking(arrival),
            Change::Accepted => self.patience.message_accepted(),
            Change::Receive(arrival) => {
                let limits = self.house.limits();
                return Next::Body {
                    octets_max: limits.message_octets_max,
                    line_octets_max: limits.text_line_octets_max,
                    intake: Intake::Message(arrival),
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

    /// The login that waits for this line. Unless it is answered with another question, it is over.
    fn interrupted_login(&mut self) -> Option<Authenticating> {
        if !matches!(self.state, State::Authenticating(_)) {
            return None;
        }
        match std::mem::replace(&mut self.state, State::Connected) {
            State::Authenticating(login) => {
                self.state = State::Greeted(login.hello.clone());
                Some(login)
            }
            _ => None,
        }
    }

    fn next_line(&self) -> Next<Intake> {
        let limits = self.house.limits();
        let octets_max = match self.state {
            State::Authenticating(_) => limits.sasl_octets_max,
            _ => limits.command_octets_max,
        };
        Next::Line { octets_max }
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
        if let Err(refusal) = pace::check(&self.house, &self.client, Kind::Connection) {
            return Output::new(refusal.reply.to_bytes(), Next::Close);
        }
        Output::new(replies::greeting(self.house.hostname()).to_bytes(), self.next_line())
    }

    async fn handle(&mut self, input: Input<Intake>) -> Output<Intake> {
        let outcome = match input {
            Input::Line(line) => return self.line(&line).await,
            // Who ends commands so would end a message so too, and that must be refused (RFC 5321
            // §4.1.1.4): better to say it at the first line.
            Input::BareLine(_) => {
                drop(self.interrupted_login());
                Err(Refusal::client(replies::BARE_LINE_FEED))
            }
            Input::LongLine => Err(self.long_line()),
            Input::Body(Intake::Message(arrival), ended) => {
                // RFC 5321 §4.1.1.4: taken or not, the buffers are cleared.
                self.state.forget();
                data::received(&self.house, &self.client, *arrival, ended).await
            }
            Input::TlsStarted(facts) => return self.tls_started(facts),
            Input::Literal(Intake::Message(arrival), ended) => {
                let Self { house, client, last_chunk, .. } = self;
                bdat::received(house, client, arrival, *last_chunk, ended).await
            }
            Input::Literal(Intake::Nowhere(refusal), _) => Err(*refusal),
            // Never wished for.
            Input::Body(Intake::Nowhere(_), _) | Input::Changed => {
                return Output::silent(self.next_line());
            }
        };
        self.conclude(outcome).await
    }

    fn last_words(ending: Ending) -> &'static str {
        replies::last_words(ending)
    }
}

#[cfg(test)]
mod tests;
