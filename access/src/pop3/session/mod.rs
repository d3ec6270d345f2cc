//! One client's conversation.
//!
//! Knows the three states of RFC 1939 and which commands each of them takes. Each handler gives an
//! [`Answer`] or a [`Refusal`]; what that means for the state, the count of errors, the log and the
//! wire is decided here and only here. It sees no socket.

mod authorization;
mod transaction;
mod update;

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use mailstore::{Login, Store};
use sasl::{Exchange, Mechanism};
use tracing::{debug, error, info};
use wire::{Ending, Input, Next, NoIntake, Output, Peer, TlsFacts};

use super::capability;
use super::command::{self, Command, Fault};
use super::limits::Pop3Limits;
use super::maildrop::Maildrop;
use super::refusal::{Blame, Refusal};
use super::replies;
use super::reply::{Answer, Change, Reply};

/// How this house lets its mail be read; the same for all connections.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Our own name, in the greeting.
    pub hostname: message::Domain,
    /// What a client may ask for.
    pub limits: Pop3Limits,
    /// Whether passwords may come without TLS. Only where nobody can listen: the demo's loopback.
    pub cleartext_logins: bool,
}

/// A POP3 session, on whatever stream.
pub struct Session {
    house: House,
    client: Client,
    state: State,
    errors: u32,
    lines_before_login: u32,
}

/// What a session may use.
struct House {
    reading: Arc<Reading>,
    store: Store,
}

impl House {
    fn hostname(&self) -> &str {
        self.reading.hostname.as_ascii()
    }
}

/// What is known of the client apart from its state.
pub(super) struct Client {
    address: IpAddr,
    starttls: bool,
    tls: bool,
    /// What the TLS connection can be recognised by (RFC 9266), if it can.
    exporter: Option<[u8; 32]>,
    cleartext_logins: bool,
    /// UTF-8 mode (RFC 6856 §2.1).
    utf8: bool,
}

impl Client {
    pub(super) fn may_start_tls(&self) -> bool {
        self.starttls && !self.tls
    }

    /// The ways of AUTH that there are now.
    pub(super) fn mechanisms(&self) -> impl Iterator<Item = Mechanism> {
        let bound = self.exporter.is_some();
        Mechanism::ALL.into_iter().filter(move |one| bound || !one.needs_binding())
    }

    pub(super) fn may_send_password(&self) -> bool {
        self.tls || self.cleartext_logins
    }
}

enum State {
    /// Before login; with the name that USER gave.
    Authorization(Option<String>),
    /// Before login, in the middle of AUTH: lines are answers, not commands. With the login that counts
    /// when the client has heard that we know its password too.
    Exchange(Exchange, Option<Login>),
    /// After login. Boxed: most sessions that wait are not there yet.
    Transaction(Box<Maildrop>),
}

impl Session {
    /// A session for a client that has just connected.
    #[must_use]
    pub fn new(reading: Arc<Reading>, store: Store, peer: Peer) -> Self {
        let client = Client {
            address: peer.address.ip(),
            starttls: peer.starttls,
            tls: peer.tls.is_some(),
            exporter: peer.tls.as_ref().and_then(exporter),
            cleartext_logins: reading.cleartext_logins,
            utf8: false,
        };
        let house = House { reading, store };
        let state = State::Authorization(None);
        Self { house, client, state, errors: 0, lines_before_login: 0 }
    }

    async fn line(&mut self, line: Bytes) -> Output<NoIntake> {
        let result = match std::mem::replace(&mut self.state, State::Authorization(None)) {
            State::Exchange(exchange, won) => {
                authorization::exchange(&self.house, &self.client, exchange, won, &line).await
            }
            state => {
                self.state = state;
                match command::parse(&line) {
                    Ok(Command::Quit) => self.obey(Command::Quit).await,
                    Ok(_) if self.hesitates() => Err(Refusal::client(replies::LOG_IN_AT_LAST)),
                    Ok(command) => self.obey(command).await,
                    Err(fault) => Err(refuse(fault)),
                }
            }
        };
        self.conclude(result)
    }

    /// Whether the client has said too much by now without logging in.
    fn hesitates(&mut self) -> bool {
        if let State::Transaction(_) = self.state {
            return false;
        }
        self.lines_before_login += 1;
        self.lines_before_login > self.house.reading.limits.lines_before_login_max
    }

    async fn obey(&mut self, command: Command) -> Result<Answer, Refusal> {
        debug!(?command, "asked");
        let Self { house, client, state, .. } = self;
        match (command, state) {
            (Command::Capa, state) => {
                Ok(capability::capa(client, matches!(state, State::Transaction(_))))
            }
            (Command::Help, _) => Ok(replies::HELP.into()),
            (command, State::Transaction(maildrop)) => {
                transaction::obey(house, client, maildrop, command).await
            }
            (command, State::Authorization(name)) => {
                authorization::obey(house, client, name, command).await
            }
            // Never: in an exchange lines are answers.
            (_, State::Exchange(..)) => Err(Refusal::client(replies::LOG_IN_FIRST)),
        }
    }

    /// The one place where answers and refusals are logged, counted and worded.
    fn conclude(&mut self, result: Result<Answer, Refusal>) -> Output<NoIntake> {
        match result {
            Ok(answer) => {
                let next = self.changed(answer.change);
                Output { chunks: answer.reply.into_chunks(), next }
            }
            Err(Refusal { line, blame }) => {
                let last = self.blamed(&blame, &line);
                let (end, next) = match (last, blame) {
                    (_, Blame::Stranger) => ("", Next::Close),
                    (true, _) => (replies::TOO_MANY_ERRORS, Next::Close),
                    (false, _) => ("", self.next()),
                };
                Output { chunks: Reply::from(format!("{line}{end}")).into_chunks(), next }
            }
        }
    }

    /// Whether that was one error too many.
    fn blamed(&mut self, blame: &Blame, line: &str) -> bool {
        match blame {
            Blame::House(cause) => {
                error!(%cause, line, "refused: our fault");
                return false;
            }
            Blame::Nobody => {
                debug!(line, "refused");
                return false;
            }
            Blame::Stranger => info!(line, "refused: no mail program"),
            Blame::Client => debug!(line, "refused"),
        }
        self.errors += 1;
        self.errors > self.house.reading.limits.errors_max
    }

    /// The one place where the state changes.
    fn changed(&mut self, change: Change) -> Next<NoIntake> {
        match change {
            Change::None => {}
            Change::Named(name) => self.state = State::Authorization(Some(name)),
            Change::Exchanging(exchange, won) => self.state = State::Exchange(exchange, won),
            Change::Opened(maildrop) => self.state = State::Transaction(Box::new(maildrop)),
            Change::Utf8 => self.client.utf8 = true,
            Change::StartTls => return Next::StartTls,
            Change::Close => return Next::Close,
        }
        self.next()
    }

    fn next(&self) -> Next<NoIntake> {
        let limits = &self.house.reading.limits;
        let octets_max = match self.state {
            State::Exchange(..) => limits.sasl_octets_max,
            State::Authorization(_) | State::Transaction(_) => limits.command_octets_max,
        };
        Next::Line { octets_max }
    }

    /// RFC 2595 §4: nothing that was learnt before TLS holds behind it.
    fn tls_started(&mut self, facts: &TlsFacts) -> Output<NoIntake> {
        self.client.tls = true;
        self.client.exporter = exporter(facts);
        self.client.utf8 = false;
        self.state = State::Authorization(None);
        Output::silent(self.next())
    }

    /// A line that was too long also ends an exchange.
    fn long_line(&mut self) -> Output<NoIntake> {
        if let State::Exchange(..) = self.state {
            self.state = State::Authorization(None);
        }
        self.conclude(Err(Refusal::client(replies::TOO_LONG)))
    }
}

impl wire::Session for Session {
    type Intake = NoIntake;

    async fn greeting(&mut self) -> Output<NoIntake> {
        let reply = Reply::from(replies::greeting(self.house.hostname()));
        Output { chunks: reply.into_chunks(), next: self.next() }
    }

    async fn handle(&mut self, input: Input<NoIntake>) -> Output<NoIntake> {
        match input {
            // People with `nc` send bare LFs; nothing can be smuggled past a protocol of lines.
            Input::Line(line) | Input::BareLine(line) => self.line(line).await,
            Input::LongLine => self.long_line(),
            Input::TlsStarted(facts) => self.tls_started(&facts),
            Input::Changed => Output::silent(self.next()),
            Input::Body(intake, _) | Input::Literal(intake, _) => match intake {},
        }
    }

    fn last_words(ending: Ending) -> &'static str {
        replies::last_words(ending)
    }
}

/// RFC 9266 §4.2: in TLS 1.2 an exporter tells two channels apart only with an extension that the wire
/// does not tell of.
fn exporter(facts: &TlsFacts) -> Option<[u8; 32]> {
    facts.exporter.filter(|_| facts.version == "TLSv1.3")
}

fn refuse(fault: Fault) -> Refusal {
    match fault {
        Fault::Empty => Refusal::client(replies::EMPTY),
        Fault::Unknown => Refusal::client(replies::UNKNOWN),
        Fault::Apop => Refusal::client(replies::NO_APOP),
        Fault::Usage(usage) => Refusal::client(replies::usage(usage)),
        Fault::NotText => Refusal::client(replies::NOT_TEXT),
        Fault::Http => Refusal::stranger(replies::WEB_BROWSER),
        Fault::Handshake => Refusal::stranger(replies::HANDSHAKE),
    }
}
