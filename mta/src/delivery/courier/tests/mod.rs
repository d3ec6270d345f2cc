//! Deliveries to scripted hosts behind a name service in memory.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod breaks;
mod policies;
mod relays;
mod routes;
mod sockets;

use std::sync::Arc;

use bytes::Bytes;
use dns::Zone;
use message::{Address, ReversePath};

use super::super::outcome::Verdict;
use super::super::parcel::{BodyKind, DsnWish, Recipient};
use super::super::tls_world::Authority;
use super::super::world::{Door, World};
use super::*;

pub(super) const HELLO: &str = "S: 220 mx\nC: EHLO me.example\nS: 250 mx\n";
pub(super) const TAKE: &str = "C: MAIL FROM:*\nS: 250 a\nC: RCPT TO:*\nS: 250 b\nC: DATA\nS: 354 go\nmessage *\nS: 250 2.0.0 taken\n";
pub(super) const QUIT: &str = "C: QUIT\nS: 221 bye";

/// Two exchanges, the first with two addresses.
pub(super) const ZONE: &str = "b.example MX 10 one.b.example\nb.example MX 20 two.b.example\n\
    one.b.example A 192.0.2.1\none.b.example AAAA 2001:db8::1\ntwo.b.example A 192.0.2.2\n";

pub(super) const ONE: &str = "192.0.2.1:25";
pub(super) const ONE_BY_IPV6: &str = "[2001:db8::1]:25";
pub(super) const TWO: &str = "192.0.2.2:25";

pub(super) struct Scene {
    pub world: Arc<World>,
    pub zone: Arc<Zone>,
    pub settings: Settings,
    pub policies: Option<Arc<dyn Fetcher>>,
    pub authority: Authority,
    pub memory: Memory,
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(super) fn scene(zone: &str) -> Scene {
    Scene {
        world: Arc::default(),
        zone: Arc::new(Zone::parse(zone).unwrap()),
        settings: Settings::new(name("me.example")),
        policies: None,
        authority: Authority::new(),
        memory: Memory::default(),
    }
}

impl Scene {
    pub fn courier(&self) -> Courier {
        let (dns, dial) = (Arc::<Zone>::clone(&self.zone), Arc::<World>::clone(&self.world));
        let world = Surroundings {
            dns,
            dial,
            policies: self.policies.clone(),
            roots: self.authority.roots(),
            dice: Arc::new(|_| 0),
        };
        Courier::new(self.settings.clone(), world)
    }

    pub fn destination(&self) -> Destination {
        let host = Host::parse("b.example").unwrap();
        Destination { host, memory: self.memory.clone() }
    }

    pub async fn deliver(&self, parcels: Vec<Parcel>) -> (Vec<Settled>, Report) {
        // Spawned, as the queue does it.
        let (courier, destination) = (self.courier(), self.destination());
        let delivery =
            async move { courier.deliver(Timestamp::new(1_000), &destination, parcels).await };
        tokio::spawn(delivery).await.unwrap()
    }

    /// Delivers one parcel to one recipient.
    pub async fn deliver_one(&self) -> (Outcome, Report) {
        let (mut settled, report) = self.deliver(vec![parcel(0)]).await;
        assert_eq!((settled.len(), settled[0].outcomes.len()), (1, 1));
        (settled.remove(0).outcomes.remove(0), report)
    }

    pub fn at(&self, address: &str, script: impl Into<String>) {
        self.world.at(address, Door::plain(script));
    }

    /// All scripts were played to their end.
    pub async fn no_surprises(&self) {
        assert_eq!(self.world.surprises().await, Vec::<String>::new());
    }
}

pub(super) fn parcel(number: i64) -> Parcel {
    Parcel {
        number,
        reverse_path: ReversePath::Address(Address::parse("ann@example.org").unwrap()),
        recipients: vec![Recipient::new(Address::parse("bob@b.example").unwrap())],
        body: BodyKind::SevenBit,
        smtputf8: false,
        requiretls: false,
        dsn: DsnWish::default(),
        source: Arc::new(Bytes::from_static(b"Subject: x\r\n\r\nhi\r\n")),
    }
}

/// `delivered 2.0.0 one.b.example`
pub(super) fn words(outcome: &Outcome) -> String {
    let verdict = format!("{:?}", outcome.verdict).to_lowercase();
    let host = outcome.host.as_deref().unwrap_or("nobody");
    format!("{verdict} {} {host}", outcome.status)
}
