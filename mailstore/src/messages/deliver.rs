//! Delivering: one message, however many of our accounts get it and however many others are to be
//! sent it, in one transaction with the facts of how it came.

use std::sync::Arc;

use message::{Address, ReversePath, Timestamp};
use rusqlite::params;

use super::facts;
use super::findings::Findings;
use super::{Arriving, Delivered, Delivery, Filing, LocalRecipient, PeerFacts};
use crate::content::{self, PlacedFile, Prepared};
use crate::database::{Purpose, Write, stored};
use crate::outbound::{self, Outgoing};
use crate::value::ContentId;
use crate::{ConversationLimits, Error, Store};

impl Store {
    /// Delivers a message to all its local recipients and queues it for all others, or does
    /// nothing, in one transaction. On disk when it returns.
    pub async fn deliver(&self, delivery: Delivery) -> Result<Delivered, Error> {
        let ready = self.ready(delivery).await?;
        let (octets, file) = (ready.octets(), ready.file());
        let delivered =
            self.write_octets(Purpose::Grows, octets, move |write| ready.deliver(write)).await;
        content::answered(file, delivered)
    }

    /// Does all of a delivery that can be done before the writer is asked.
    pub(crate) async fn ready(&self, delivery: Delivery) -> Result<Ready, Error> {
        let Delivery { trace, envelope, staged, local, outgoing, peer, findings } = delivery;
        let nobody = local.is_empty() && outgoing.is_empty();
        if nobody || outgoing.iter().any(|one| one.recipients.is_empty()) {
            return Err(Error::NoRecipients);
        }
        let facts = Facts {
            trace: trace.to_string(),
            reverse_path: path(&envelope.reverse_path),
            peer,
            at: self.now(),
            findings: Findings::new(findings, &local, &self.options().limits),
        };
        let (prepared, file) = staged.place().await?;
        let limits = self.options().conversation.clone();
        Ok(Ready { facts, local, outgoing, prepared, file, limits })
    }
}

/// As it is stored: `<>` is empty.
fn path(reverse_path: &ReversePath) -> String {
    reverse_path.address().map(ToString::to_string).unwrap_or_default()
}

/// A delivery that only has to be written. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Ready {
    facts: Facts,
    local: Vec<LocalRecipient>,
    outgoing: Vec<Outgoing>,
    prepared: Prepared,
    file: Option<Arc<PlacedFile>>,
    limits: ConversationLimits,
}

/// How the message came.
#[derive(Debug)]
struct Facts {
    trace: String,
    reverse_path: String,
    peer: PeerFacts,
    at: Timestamp,
    findings: Findings,
}

impl Ready {
    /// Octets that it puts into the database.
    pub(crate) fn octets(&self) -> usize {
        self.prepared.stored_octets()
    }

    /// Its content file, if it has one: see [`content::answered`].
    pub(crate) fn file(&self) -> Option<Arc<PlacedFile>> {
        self.file.clone()
    }

    /// Writes it.
    pub(crate) fn deliver(&self, write: &Write<'_>) -> Result<Delivered, Error> {
        content::with_file(self.file.as_ref(), || {
            let content = content::insert(write, &self.prepared)?;
            self.insert_facts(write, content)?;
            let arriving = Arriving {
                content,
                octets: self.prepared.octets,
                identity: self.prepared.identity,
                threading: &self.prepared.threading,
                at: self.facts.at,
            };
            let mut filing = Filing::new(write, arriving, &self.limits);
            for recipient in &self.local {
                filing.file(recipient.account, recipient.mailbox, recipient.flags)?;
            }
            let placed = filing.into_placed();
            let (trace, at) = (&self.facts.trace, self.facts.at);
            let queue = |outgoing| outbound::enqueue(write, outgoing, trace, content, at);
            let outbound = self.outgoing.iter().map(queue).collect::<Result<_, _>>()?;
            Ok(Delivered { content, placed, outbound })
        })
    }

    fn elsewhere(&self) -> impl Iterator<Item = &Address> {
        self.outgoing.iter().flat_map(|one| &one.recipients).map(|one| &one.address)
    }

    fn insert_facts(&self, write: &Write<'_>, content: ContentId) -> Result<(), Error> {
        let mut statement = write.prepare_cached(
            "INSERT INTO delivery (content_id, trace, at, reverse_path, peer, helo, tls, protocol, octets, message_id, recipients)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        let Facts { trace, reverse_path, peer, at, findings } = &self.facts;
        statement.execute(params![
            content,
            trace,
            at.seconds(),
            reverse_path,
            peer.address.to_string(),
            peer.helo,
            peer.tls,
            peer.protocol,
            stored(self.prepared.octets),
            self.prepared.summary.message_id,
            facts::encode(&self.local, self.elsewhere()),
        ])?;
        findings.write(write, content)?;
        let mut statement = write.prepare_cached(
            "INSERT OR IGNORE INTO delivery_recipient (folded, content_id) VALUES (?1, ?2)",
        )?;
        let here = self.local.iter().map(|one| &one.address);
        for address in here.chain(self.elsewhere()) {
            statement.execute(params![address.canonical(), content])?;
        }
        Ok(())
    }
}
