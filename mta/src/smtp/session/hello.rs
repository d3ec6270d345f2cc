//! HELO and EHLO (RFC 5321 §4.1.1.1).

use super::super::command::HelloName;
use super::super::extensions::{self, Circumstances};
use super::super::replies;
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
    let circumstances = Circumstances {
        message_octets_max: house.limits().message_octets_max,
        tls: client.tls.is_some(),
        starttls: client.may_start_tls(),
        mechanisms: auth::offered(house, client),
    };
    let offered = extensions::offered(circumstances);
    let reply = replies::ehlo(house.hostname(), &name, &offered);
    Answer::idle(reply).and(Change::Greet(Hello { name, extended: true }))
}
