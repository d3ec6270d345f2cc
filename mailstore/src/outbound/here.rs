//! A recipient that was queued and turns out to be here: what was sent later, what could be undone.

use message::Timestamp;
use rusqlite::OptionalExtension;

use super::ledger::{Ledger, entry};
use super::timeline::{self, End};
use super::{Outgoing, RecipientState, Settled, queue};
use crate::content::Known;
use crate::database::{Purpose, Write};
use crate::messages::{Arriving, Filing, LocalRecipient, Placed};
use crate::value::{ContentId, OutboundId, OutboundRecipientId};
use crate::{ConversationLimits, Error, Store};

/// What the timeline says instead of a reply.
const FILED: &str = "delivered here";
const LED_ON: &str = "led on to other addresses";

/// A queued recipient was delivered in this house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredHere {
    /// Whether it was; when it was settled before, nothing else was done.
    pub settled: Settled,
    /// Where it lies; one account and mailbox once.
    pub placed: Vec<Placed>,
    /// What waits to leave instead, in the order of the next hops.
    pub outbound: Vec<OutboundId>,
}

impl Store {
    /// Files a queued message into mailboxes here, queues it for where aliases lead, and settles the
    /// recipient, in one transaction. On disk when it returns. When an account has no room for it,
    /// nothing is done for anybody.
    pub async fn deliver_outbound_here(
        &self,
        recipient: OutboundRecipientId,
        local: Vec<LocalRecipient>,
        next_hops: Vec<Outgoing>,
    ) -> Result<DeliveredHere, Error> {
        let nobody = local.is_empty() && next_hops.is_empty();
        if nobody || next_hops.iter().any(|one| one.recipients.is_empty()) {
            return Err(Error::NoRecipients);
        }
        let Some((content, trace)) = self.content_of(recipient).await? else {
            return Ok(untouched(Settled::Unknown));
        };
        let known = match self.known(content).await {
            Ok(known) => known,
            // Settled and tidied away a moment ago, or settled long since.
            Err(Error::NoSuchMessage) => return self.not_pending(recipient).await,
            Err(error) => return Err(error),
        };
        let (now, limits) = (self.now(), self.options().conversation.clone());
        let (flights, here) =
            (self.flights().clone(), Here { recipient, local, next_hops, trace, known, now });
        self.write(Purpose::Grows, move |write| {
            let delivered = here.deliver(write, &limits)?;
            let flights = flights.clone();
            write.after_commit(move || flights.landed(&[recipient]));
            Ok(delivered)
        })
        .await
    }

    async fn content_of(
        &self,
        recipient: OutboundRecipientId,
    ) -> Result<Option<(ContentId, String)>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT content_id, trace FROM outbound
                 WHERE id = (SELECT outbound_id FROM outbound_recipient WHERE id = ?1)",
            )?;
            Ok(statement.query_row([recipient], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })
        .await
    }

    /// The content is gone: the recipient must be settled, or something is wrong.
    async fn not_pending(&self, recipient: OutboundRecipientId) -> Result<DeliveredHere, Error> {
        let state = self.read(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT state FROM outbound_recipient WHERE id = ?1")?;
            Ok(statement.query_row([recipient], |row| row.get(0)).optional()?)
        });
        match state.await? {
            None => Ok(untouched(Settled::Unknown)),
            Some(RecipientState::Waiting | RecipientState::Held) => {
                Err(Error::corrupt("the content of a queued message is gone"))
            }
            Some(state) => Ok(untouched(Settled::Already(state))),
        }
    }
}

fn untouched(settled: Settled) -> DeliveredHere {
    DeliveredHere { settled, placed: Vec::new(), outbound: Vec::new() }
}

struct Here {
    recipient: OutboundRecipientId,
    local: Vec<LocalRecipient>,
    next_hops: Vec<Outgoing>,
    trace: String,
    known: Known,
    now: Timestamp,
}

impl Here {
    fn deliver(
        &self,
        write: &Write<'_>,
        limits: &ConversationLimits,
    ) -> Result<DeliveredHere, Error> {
        let entry = match entry(write, self.recipient)? {
            None => return Ok(untouched(Settled::Unknown)),
            Some(entry) if !entry.state.is_pending() => {
                return Ok(untouched(Settled::Already(entry.state)));
            }
            Some(entry) => entry,
        };
        let mut filing = Filing::new(write, arriving(&self.known, self.now), limits);
        for recipient in &self.local {
            filing.file(recipient.account, recipient.mailbox, recipient.flags)?;
        }
        let placed = filing.into_placed();
        // Before the recipient is settled: the content is never let go of in between.
        let content = self.known.content;
        let queue = |hop| queue::enqueue(write, hop, &self.trace, content, self.now);
        let outbound = self.next_hops.iter().map(queue).collect::<Result<_, _>>()?;
        let line = timeline::Line {
            at: self.now,
            outcome: End::Delivered,
            host: None,
            reply: if placed.is_empty() { LED_ON } else { FILED }.to_owned(),
            tls: None,
        };
        timeline::note(write, self.recipient, &line)?;
        let mut ledger = Ledger::new(write, self.now);
        ledger.settle(&entry, RecipientState::Delivered)?;
        ledger.close()?;
        Ok(DeliveredHere { settled: Settled::Done, placed, outbound })
    }
}

/// A content that has been here for a while arrives in a mailbox now.
pub(super) fn arriving(known: &Known, now: Timestamp) -> Arriving<'_> {
    Arriving {
        content: known.content,
        octets: known.octets,
        identity: known.identity,
        threading: &known.threading,
        at: now,
    }
}
