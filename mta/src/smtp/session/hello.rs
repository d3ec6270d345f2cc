//! HELO and EHLO (RFC 5321 §4.1.1.1).

use super::super::command::HelloName;
use super::super::{extensions, replies};
use super::answer::{Answer, Change};
use super::{Client, House, auth};

/// How a client has introduced itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// With which name.
    pub name: HelloName,
    /// With EHLO rather than HELO.
    pub extended: bool,
}

pub(super) fn helo(house: &House, name: HelloName) -> Answer {
    let reply = replies::helo(house.hostname(), &name);
    Answer::idle(reply).and(Change::Greet(Hello { name, extended: false }))
}

pub(super) fn ehlo(house: &House, client: &Client, name: HelloName) -> Answer {
    let mechanisms = auth::offered(house, client);
    let offered =
        extensions::offered(house.limits().message_octets_max, client.may_start_tls(), mechanisms);
    let reply = replies::ehlo(house.hostname(), &name, &offered);
    Answer::idle(reply).and(Change::Greet(Hello { name, extended: true }))
}
