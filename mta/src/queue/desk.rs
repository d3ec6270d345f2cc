//! Where the courier gets parcels of one destination, and says what became of them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;

use bytes::Bytes;
use mailstore::{Error, Leased};
use tracing::{error, info, warn};

use super::bounce::{self, Tried};
use super::letter::parcel;
use super::worker::Queue;
use crate::delivery::client::reply::Status;
use crate::delivery::{Desk, Desking, Outcome, Parcel, Settled};

/// The parcels of one destination, leased a few at a time.
pub(super) struct QueueDesk<'a> {
    queue: &'a Queue,
    domain: &'a str,
    waiting: VecDeque<Leased>,
    /// With the courier, by the numbers of their parcels.
    out: HashMap<i64, Leased>,
    parcels: i64,
    /// How many recipients are settled.
    pub(super) settled: usize,
    /// Why nothing more can be leased, when that is a fault of ours.
    failed: Option<Error>,
}

impl<'a> QueueDesk<'a> {
    pub(super) fn new(queue: &'a Queue, domain: &'a str) -> Self {
        Self {
            queue,
            domain,
            waiting: VecDeque::new(),
            out: HashMap::new(),
            parcels: 0,
            settled: 0,
            failed: None,
        }
    }

    /// The next message, leased. When the house closes there is none: what is begun then would be cut
    /// off, and might arrive twice.
    pub(super) async fn lease(&mut self) -> Option<Leased> {
        if self.queue.closing.load(Ordering::Acquire) || self.failed.is_some() {
            return None;
        }
        if self.waiting.is_empty() {
            match lease(self.queue, self.domain).await {
                Ok(leased) => self.waiting = leased.into(),
                Err(cause) => self.failed = Some(cause),
            }
        }
        self.waiting.pop_front()
    }

    /// The end of the errand: what was leased and never tried goes back.
    pub(super) async fn close(self) -> Result<(), Error> {
        let recipients = self.waiting.iter().flat_map(|leased| &leased.recipients);
        let untried: Vec<_> = recipients.map(|recipient| recipient.id).collect();
        if !untried.is_empty() {
            self.queue.store.give_back_outbound(untried).await?;
        }
        self.failed.map_or(Ok(()), Err)
    }

    async fn next_parcel(&mut self) -> Option<Parcel> {
        while let Some(leased) = self.lease().await {
            match self.queue.store.content(leased.content).await {
                Ok(content) => {
                    self.parcels += 1;
                    let head = match &self.queue.signing {
                        Some(signing) => {
                            signing.head(leased.content, &content, leased.account).await
                        }
                        None => Bytes::new(),
                    };
                    let parcel = parcel(self.parcels, &leased, head, content);
                    self.out.insert(self.parcels, leased);
                    return Some(parcel);
                }
                Err(cause @ (Error::NoSuchMessage | Error::Corrupt(_))) => {
                    error!(trace = %leased.trace, %cause, "a message in the queue cannot be read");
                    let lost = "the message cannot be read any more, by a fault of ours";
                    let lost = Outcome::ours(Status::new(5, 3, 0), lost.to_owned());
                    let outcomes = vec![lost; leased.recipients.len()];
                    self.settle_leased(leased, outcomes).await;
                }
                Err(cause) => {
                    self.waiting.push_front(leased);
                    self.failed = Some(cause);
                }
            }
        }
        None
    }

    /// What became of each of its recipients, in their order.
    pub(super) async fn settle_leased(&mut self, leased: Leased, outcomes: Vec<Outcome>) {
        for (recipient, outcome) in leased.recipients.iter().zip(&outcomes) {
            info!(
                trace = %leased.trace,
                to = %recipient.address,
                attempt = recipient.attempts,
                verdict = ?outcome.verdict,
                status = %outcome.status,
                host = outcome.host,
                reply = outcome.reply,
                perhaps_delivered = outcome.perhaps_delivered,
                "tried"
            );
        }
        self.settled += outcomes.len();
        let tried = leased.recipients.iter().cloned().zip(outcomes);
        let tried = tried.map(|(recipient, outcome)| Tried::new(recipient, outcome)).collect();
        bounce::settle(self.queue, &leased, tried).await;
    }
}

/// Takes some recipients out to be tried. Their next try is written first, as if this one came to
/// nothing.
async fn lease(queue: &Queue, domain: &str) -> Result<Vec<Leased>, Error> {
    let (store, schedule) = (queue.store.clone(), queue.settings.schedule.clone());
    let next = move |tried: &mailstore::Tried| {
        let now = store.now();
        let [chance] = store.random();
        schedule.next_attempt(now, tried.accepted, tried.attempts, chance)
    };
    queue.store.lease_outbound(domain, queue.settings.limits.leased_at_once, next).await
}

impl Desk for QueueDesk<'_> {
    fn next(&mut self) -> Desking<'_, Option<Parcel>> {
        Box::pin(self.next_parcel())
    }

    fn settle(&mut self, settled: Settled) -> Desking<'_, ()> {
        Box::pin(async move {
            match self.out.remove(&settled.parcel.number) {
                Some(leased) => self.settle_leased(leased, settled.outcomes).await,
                None => {
                    warn!(domain = self.domain, "a parcel came back that never went out")
                }
            }
        })
    }
}
