//! What became of a message for one recipient, for whoever keeps the queue.

use std::fmt;
use std::net::IpAddr;

use super::client::reply::{Reply, Status};
use super::client::{Denial, Fault, TlsFacts};
use super::route::NoRoute;
use super::tls::Verified;

/// What became of a message for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What follows from it.
    pub verdict: Verdict,
    /// The enhanced status: the host's, or ours.
    pub status: Status,
    /// The host that was talked to last, if there was one.
    pub host: Option<String>,
    /// Its address.
    pub address: Option<IpAddr>,
    /// What it said, as it said it, on one line and cut; or why nothing was said, in our words.
    pub reply: String,
    /// Whether these are the host's words.
    pub said_by_host: bool,
    /// The TLS of the connection.
    pub tls: Option<TlsUsed>,
    /// The whole message was sent and no reply came: the host may have it. The next try may be a second
    /// copy, and is to be counted as one.
    pub perhaps_delivered: bool,
    /// Whether the host was told what the sender wants to hear, and will say it. Where it was not, a
    /// sender who wants to hear of success is told by us that the message went on (RFC 3461 §5.2.2).
    pub dsn_passed_on: bool,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The host is responsible now.
    Delivered,
    /// Another try may do.
    Later,
    /// No other try will do.
    Failed,
}

/// The TLS of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsUsed {
    /// Version and cipher.
    pub facts: TlsFacts,
    /// Who vouches for the host.
    pub verified: Verified,
}

/// As a timeline shows it: `TLSv1.3 TLS13_AES_256_GCM_SHA384, verified`.
impl fmt::Display for TlsUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {}", self.facts.version, self.facts.cipher, self.verified)
    }
}

/// Whom an outcome is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct With {
    pub host: Option<String>,
    pub address: Option<IpAddr>,
    pub tls: Option<TlsUsed>,
    pub dsn: bool,
}

impl Outcome {
    fn new(status: Status, reply: String, with: &With) -> Self {
        let verdict = match status.class {
            2 => Verdict::Delivered,
            5 => Verdict::Failed,
            _ => Verdict::Later,
        };
        let With { host, address, tls, dsn } = with.clone();
        Self {
            verdict,
            status,
            host,
            address,
            reply,
            said_by_host: false,
            tls,
            perhaps_delivered: false,
            dsn_passed_on: dsn && verdict == Verdict::Delivered,
        }
    }

    /// What we found out without asking anybody.
    #[must_use]
    pub fn ours(status: Status, text: String) -> Self {
        Self::new(status, text, &With::default())
    }

    /// What a host said.
    pub(super) fn said(reply: &Reply, with: &With, octets_max: usize) -> Self {
        let status = reply.status().unwrap_or(Status::new(reply.code() / 100, 0, 0));
        let mut text = reply.to_string();
        text.truncate(text.floor_char_boundary(octets_max));
        Self { said_by_host: true, ..Self::new(status, text, with) }
    }

    /// What we say, for now.
    pub(super) fn later(subject: u16, detail: u16, text: impl fmt::Display, with: &With) -> Self {
        Self::new(Status::new(4, subject, detail), text.to_string(), with)
    }

    pub(super) fn denied(denial: Denial, with: &With) -> Self {
        Self::new(denial.status(), denial.to_string(), with)
    }

    pub(super) fn no_route(none: &NoRoute) -> Self {
        Self::new(none.status, none.text.clone(), &With::default())
    }

    /// There was no time for it.
    pub(super) fn out_of_time() -> Self {
        Self::later(4, 7, Fault::OutOfTime, &With::default())
    }

    /// The same, for another time whatever was said.
    pub(super) fn softened(self) -> Self {
        let status = Status { class: 4, ..self.status };
        Self { verdict: Verdict::Later, status, ..self }
    }

    /// All was sent, and nothing came back.
    pub(super) fn perhaps(with: &With, why: impl fmt::Display) -> Self {
        let text = format!("the message was sent, and then {why}");
        Self { perhaps_delivered: true, ..Self::later(4, 2, text, with) }
    }
}
