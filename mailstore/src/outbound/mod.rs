//! The queue: messages on their way out, a row per recipient. What is due, who is being tried, what
//! came of it, what the owner wants to be done with it.
//!
//! Knows when a recipient is due because it is told: the schedule is the worker's. Knows no protocol,
//! no route, and not why a try failed, only what the other side said.

mod cancel;
mod destination;
mod flights;
mod here;
mod lease;
mod ledger;
mod limits;
mod list;
mod prune;
mod queue;
mod request;
mod rows;
mod selection;
mod settle;
mod stats;
mod timeline;
mod words;

use message::{Address, ReversePath, Timestamp, TraceId};

pub use cancel::Cancelled;
pub use destination::DueDomain;
pub use flights::Lease;
pub use here::DeliveredHere;
pub use lease::{Leased, LeasedRecipient, Tried};
pub use limits::OutboundLimits;
pub use list::OutboundFilter;
pub use request::{BodyType, DsnRequest, DsnReturn, Notify, Priority};
pub use selection::Selection;
pub use settle::{Outcome, Settled, Settlement};
pub use stats::{OutboundDestination, OutboundStats};
pub use timeline::{OutboundAttempt, OutboundHistory};

pub(crate) use flights::Flights;
pub(crate) use prune::prune;
pub(crate) use queue::enqueue;

use crate::Store;
use crate::value::{AccountId, ContentId, OutboundId, OutboundRecipientId};

/// A message that is to leave this house, from one sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Who submitted it; None for our own bounces and for what is forwarded.
    pub account: Option<AccountId>,
    /// Who gets the news when it cannot be delivered.
    pub reverse_path: ReversePath,
    /// To whom. An address that stands here twice gets it once.
    pub recipients: Vec<OutgoingRecipient>,
    /// Undo and send later: nothing is tried before.
    pub not_before: Timestamp,
    /// When it is given up.
    pub expires: Timestamp,
    /// What goes first.
    pub priority: Priority,
    /// What the bytes need of a peer.
    pub body: BodyType,
    /// It needs a peer with SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// It must not travel in the clear (RFC 8689).
    pub requiretls: bool,
    /// What the sender wants to hear of it (RFC 3461).
    pub dsn: DsnRequest,
}

/// One recipient of such a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRecipient {
    /// Whom.
    pub address: Address,
    /// When the sender wants to hear of it.
    pub notify: Notify,
    /// ORCPT: whom the sender wrote to (RFC 3461 §4.2).
    pub original: Option<String>,
}

/// How far a recipient is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecipientState {
    /// It waits for its next try, or is being tried.
    Waiting,
    /// The owner holds it.
    Held,
    /// Another server has it, or a mailbox here.
    Delivered,
    /// It was given up.
    Failed,
    /// The owner, or the sender, took it out of the queue.
    Dropped,
}

/// A message in the queue, or one that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Which.
    pub id: OutboundId,
    /// The message's one id.
    pub trace: TraceId,
    /// Its bytes, which may be gone when nobody is pending.
    pub content: ContentId,
    /// Octets of the message, while they are known.
    pub octets: Option<u64>,
    /// Who submitted it.
    pub account: Option<AccountId>,
    /// Who gets the news.
    pub reverse_path: ReversePath,
    /// When it came.
    pub accepted: Timestamp,
    /// Nothing is tried before.
    pub not_before: Timestamp,
    /// When it is given up.
    pub expires: Timestamp,
    /// What goes first.
    pub priority: Priority,
    /// All recipients.
    pub recipients: u32,
    /// Those that are not settled, the held ones too.
    pub pending: u32,
    /// Those that the owner holds.
    pub held: u32,
    /// When the first of them is tried next.
    pub next_attempt: Option<Timestamp>,
    /// When the last was settled.
    pub settled: Option<Timestamp>,
}

/// A recipient in the queue, or one that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundRecipient {
    /// Which.
    pub id: OutboundRecipientId,
    /// Of which message.
    pub outbound: OutboundId,
    /// Whom.
    pub address: Address,
    /// Where: a domain, or an address literal with its brackets.
    pub domain: String,
    /// How far it is.
    pub state: RecipientState,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next; of no meaning when it does not wait.
    pub next_attempt: Timestamp,
    /// When the last try began.
    pub last_attempt: Option<Timestamp>,
    /// Who was asked last.
    pub last_host: Option<String>,
    /// What it said, or why it could not be asked.
    pub last_reply: Option<String>,
    /// The sender knows that it takes longer.
    pub delay_told: bool,
    /// When the sender wants to hear of it.
    pub notify: Notify,
    /// ORCPT.
    pub original: Option<String>,
    /// When it was delivered, failed or dropped.
    pub settled: Option<Timestamp>,
}

impl Store {
    /// Pending until the queue should be looked at: something was queued, released, is to be tried
    /// earlier, or another process wrote. What happened before anybody waited is told at once. One
    /// listener.
    pub async fn outbound_wake(&self) {
        self.announcer().something_to_send().await;
    }
}
