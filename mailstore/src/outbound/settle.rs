//! Settling: what became of a try. Many recipients in one transaction; a bounce or a delay notice
//! goes into the same one, so that nobody is told twice or not at all.

use std::sync::Arc;

use message::Timestamp;
use rusqlite::params;

use super::flights::Flights;
use super::ledger::{Entry, Ledger, entry};
use super::limits::OutboundLimits;
use super::{RecipientState, timeline, words};
use crate::content;
use crate::database::{Purpose, Told, Write};
use crate::messages::{Delivered, Delivery};
use crate::value::OutboundRecipientId;
use crate::{Error, Store};

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Whose.
    pub recipient: OutboundRecipientId,
    /// How it ended.
    pub outcome: Outcome,
    /// Who was asked; None when nobody could be.
    pub host: Option<String>,
    /// What it said, verbatim, or why nobody could be asked. Cut, and stripped of control
    /// characters, when it is kept.
    pub reply: String,
    /// TLS version and cipher; None in the clear.
    pub tls: Option<String>,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The other server has it.
    Delivered,
    /// It is given up.
    Failed,
    /// It will be tried again: then, or when the lease said.
    Later(Option<Timestamp>),
}

/// What telling it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is so now.
    Done,
    /// It was settled before: nothing changed.
    Already(RecipientState),
    /// Nobody of that id.
    Unknown,
}

impl Store {
    /// Tells what became of tries, in one transaction. Gives what it did for each, in their order.
    /// Safe to be repeated when it is not certain that it was heard.
    pub async fn settle_outbound(
        &self,
        settlements: Vec<Settlement>,
    ) -> Result<Vec<Settled>, Error> {
        let desk = Desk::of(self);
        // What was delivered must be known as such even when the disk is full: it would go out again.
        self.write(Purpose::Frees, move |write| desk.settle(write, &settlements, false)).await
    }

    /// The same, and delivers or queues a bounce or a delay notice in the same transaction. Those
    /// who are to be tried again know from then on that it takes longer. When nothing changed that
    /// would be worth a notice (it is a repetition, or the owner dropped them all meanwhile), there
    /// is none. When the report cannot be delivered (its account or the disk is full), nothing is
    /// told either: what was delivered should then be told without it.
    pub async fn settle_with_report(
        &self,
        settlements: Vec<Settlement>,
        report: Option<Delivery>,
    ) -> Result<(Vec<Settled>, Option<Delivered>), Error> {
        let Some(report) = report else {
            return Ok((self.settle_outbound(settlements).await?, None));
        };
        let (desk, ready) = (Desk::of(self), self.ready(report).await?);
        let (octets, file) = (ready.octets(), ready.file());
        let settled = self.write_octets(Purpose::Grows, octets, move |write| {
            let is_new = desk.any_new(write, &settlements)?;
            let settled = desk.settle(write, &settlements, true)?;
            let delivered = if is_new { Some(ready.deliver(write)?) } else { None };
            Ok((settled, delivered))
        });
        content::answered(file, settled.await)
    }
}

/// Where settlements are taken in.
struct Desk {
    now: Timestamp,
    limits: OutboundLimits,
    flights: Arc<Flights>,
}

impl Desk {
    fn of(store: &Store) -> Self {
        let limits = store.options().outbound.clone();
        Self { now: store.now(), limits, flights: store.flights().clone() }
    }

    fn settle(
        &self,
        write: &Write<'_>,
        settlements: &[Settlement],
        delay_told: bool,
    ) -> Result<Vec<Settled>, Error> {
        let mut ledger = Ledger::new(write, self.now);
        let mut settled = Vec::with_capacity(settlements.len());
        for settlement in settlements {
            settled.push(match entry(write, settlement.recipient)? {
                None => Settled::Unknown,
                Some(entry) if entry.state.is_pending() => {
                    self.note(write, settlement)?;
                    self.apply(write, &mut ledger, &entry, settlement.outcome, delay_told)?;
                    Settled::Done
                }
                Some(entry) => {
                    self.note_late(write, settlement, &entry)?;
                    Settled::Already(entry.state)
                }
            });
        }
        ledger.close()?;
        let landed: Vec<_> = settlements.iter().map(|one| one.recipient).collect();
        let flights = self.flights.clone();
        write.after_commit(move || flights.landed(&landed));
        Ok(settled)
    }

    /// Whether there is anything to tell the sender of.
    fn any_new(&self, write: &Write<'_>, settlements: &[Settlement]) -> Result<bool, Error> {
        for settlement in settlements {
            if let Some(entry) = entry(write, settlement.recipient)?
                && entry.state.is_pending()
                && !(entry.delay_told && matches!(settlement.outcome, Outcome::Later(_)))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn apply(
        &self,
        write: &Write<'_>,
        ledger: &mut Ledger<'_>,
        entry: &Entry,
        outcome: Outcome,
        delay_told: bool,
    ) -> Result<(), Error> {
        match outcome {
            Outcome::Delivered => ledger.settle(entry, RecipientState::Delivered),
            Outcome::Failed => ledger.settle(entry, RecipientState::Failed),
            Outcome::Later(next) => {
                let next = next.map(Timestamp::seconds);
                write
                    .prepare_cached(
                        "UPDATE outbound_recipient SET delay_told = delay_told OR ?3, next_attempt = max(ifnull(?2, next_attempt),
                           (SELECT not_before FROM outbound WHERE outbound.id = outbound_id)) WHERE id = ?1",
                    )?
                    .execute(params![entry.id, next, delay_told])?;
                if next.is_some() {
                    ledger.touch(&entry.domain, entry.priority);
                    write.tell(Told::ToSend);
                }
                Ok(())
            }
        }
    }

    /// The last words, and a line of the timeline.
    fn note(&self, write: &Write<'_>, settlement: &Settlement) -> Result<(), Error> {
        let host = settlement.host.as_deref().map(|host| self.word(host));
        let reply = words::reply(&settlement.reply, self.limits.reply_octets_max);
        write
            .prepare_cached(
                "UPDATE outbound_recipient SET last_host = ?2, last_reply = ?3 WHERE id = ?1",
            )?
            .execute(params![settlement.recipient, host, reply])?;
        let line = timeline::Line {
            at: self.now,
            outcome: settlement.outcome.into(),
            host,
            reply,
            tls: settlement.tls.as_deref().map(|tls| self.word(tls)),
        };
        timeline::note(write, settlement.recipient, &line)
    }

    /// The owner dropped it while it was being tried: the timeline says what became of that try, too.
    fn note_late(
        &self,
        write: &Write<'_>,
        settlement: &Settlement,
        entry: &Entry,
    ) -> Result<(), Error> {
        let dropped = entry.state == RecipientState::Dropped;
        if dropped && timeline::count(write, entry.id)? < entry.attempts {
            self.note(write, settlement)?;
        }
        Ok(())
    }

    fn word(&self, text: &str) -> String {
        words::word(text, self.limits.word_octets_max)
    }
}
