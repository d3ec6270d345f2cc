//! What the tests of the queue share.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, reason = "tests")]

use mailstore::*;
use message::{Envelope, ReversePath, Timestamp};

use crate::house::{self, House, address, letter};

/// Days until a message is given up.
const DAYS: i64 = 5;

/// From bob, to these.
pub fn outgoing(house: &House, account: Option<AccountId>, to: &[&str]) -> Outgoing {
    let now = house.store.now();
    let recipient = |to: &&str| OutgoingRecipient {
        address: address(to),
        notify: Notify::NOT_GIVEN,
        original: None,
    };
    Outgoing {
        account,
        reverse_path: ReversePath::Address(address("bob@hamburger.edu")),
        recipients: to.iter().map(recipient).collect(),
        not_before: now,
        expires: Timestamp::new(now.seconds() + DAYS * 86_400),
        priority: Priority::Letter,
        body: BodyType::SevenBit,
        smtputf8: false,
        requiretls: false,
        dsn: DsnRequest::default(),
    }
}

/// A schedule: so many seconds from now.
pub fn in_seconds(house: &House, seconds: i64) -> impl Fn(&Tried) -> Timestamp + Send + 'static {
    let next = Timestamp::new(house.store.now().seconds() + seconds);
    move |_| next
}

/// Whom, in order.
pub fn to(leased: &[Leased]) -> Vec<String> {
    leased.iter().flat_map(|one| &one.recipients).map(|one| one.address.to_string()).collect()
}

pub fn settlement(recipient: OutboundRecipientId, outcome: Outcome, reply: &str) -> Settlement {
    let host = Some("mx.example".to_owned());
    Settlement { recipient, outcome, host, reply: reply.to_owned(), tls: None }
}

pub fn delivered(recipient: &LeasedRecipient) -> Settlement {
    settlement(recipient.id, Outcome::Delivered, "250 ok")
}

pub fn failed(recipient: &LeasedRecipient) -> Settlement {
    settlement(recipient.id, Outcome::Failed, "550 no")
}

pub fn later(recipient: &LeasedRecipient, next: Option<Timestamp>) -> Settlement {
    settlement(recipient.id, Outcome::Later(next), "450 later")
}

/// Delivers one letter as a submission does.
pub async fn deliver_out(
    store: &Store,
    local: Vec<LocalRecipient>,
    outgoing: Vec<Outgoing>,
    letter: &[u8],
) -> Result<Delivered, Error> {
    let delivery = Delivery {
        trace: store.new_trace_id(),
        envelope: Envelope { reverse_path: ReversePath::Null, recipients: Vec::new() },
        staged: store.stage(letter).await?,
        local,
        outgoing,
        peer: house::peer(),
        findings: None,
    };
    store.deliver(delivery).await
}

/// A house's queue.
pub trait Queue {
    async fn deliver_out(
        &self,
        local: Vec<LocalRecipient>,
        outgoing: Vec<Outgoing>,
        letter: &[u8],
    ) -> Result<Delivered, Error>;
    async fn queue(&self, to: &[&str]) -> OutboundId;
    async fn lease(&self, domain: &str) -> Vec<Leased>;
    async fn show(&self, outbound: OutboundId) -> OutboundHistory;
    async fn pending(&self) -> Vec<OutboundRecipient>;
    async fn report(&self, to: AccountId, letter: &[u8]) -> Delivery;
    async fn pruned(&self);
}

impl Queue for House {
    async fn deliver_out(
        &self,
        local: Vec<LocalRecipient>,
        outgoing: Vec<Outgoing>,
        letter: &[u8],
    ) -> Result<Delivered, Error> {
        deliver_out(&self.store, local, outgoing, letter).await
    }

    /// One letter to these.
    async fn queue(&self, to: &[&str]) -> OutboundId {
        let out = vec![outgoing(self, None, to)];
        *self
            .deliver_out(Vec::new(), out, &letter("queued", 300))
            .await
            .unwrap()
            .outbound
            .first()
            .unwrap()
    }

    /// All that is due there, to be tried again in a minute.
    async fn lease(&self, domain: &str) -> Vec<Leased> {
        self.store.lease_outbound(domain, 10_000, in_seconds(self, 60)).await.unwrap()
    }

    async fn show(&self, outbound: OutboundId) -> OutboundHistory {
        self.store.outbound_show(outbound).await.unwrap().unwrap()
    }

    /// Everybody who is in the list.
    async fn pending(&self) -> Vec<OutboundRecipient> {
        let listed = self.store.outbound_list(OutboundFilter::default(), None, 1_000).await;
        listed.unwrap().into_iter().flat_map(|(_, recipients)| recipients).collect()
    }

    /// A bounce for an account.
    async fn report(&self, to: AccountId, letter: &[u8]) -> Delivery {
        Delivery {
            trace: self.store.new_trace_id(),
            envelope: Envelope { reverse_path: ReversePath::Null, recipients: Vec::new() },
            staged: self.store.stage(letter).await.unwrap(),
            local: vec![LocalRecipient {
                account: to,
                address: address("bob@hamburger.edu"),
                mailbox: None,
                flags: Flags::NONE,
                reason: None,
            }],
            outgoing: Vec::new(),
            peer: house::peer(),
            findings: None,
        }
    }

    /// Waits until the writer has nothing to do any more: it forgets what is old after it opened.
    async fn pruned(&self) {
        let kept = i64::try_from(self.options.outbound.kept.as_secs()).unwrap();
        let before = self.store.now().seconds() - kept;
        let query = format!(
            "SELECT (SELECT count(*) FROM outbound WHERE settled < {before}) + (SELECT count(*) FROM reclaim)"
        );
        for _ in 0..2_000 {
            if self.count(&query) == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        unreachable!("the background did not come to its end");
    }
}
