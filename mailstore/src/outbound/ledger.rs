//! What one transaction does to recipients, so that everything that depends on them is brought up to
//! date once, at its end: the messages' pending counts, their contents, the destinations.

use std::collections::{BTreeMap, BTreeSet};

use message::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::request::Priority;
use super::{RecipientState, destination};
use crate::Error;
use crate::content::let_go_of_sent;
use crate::database::Write;
use crate::value::{ContentId, OutboundId, OutboundRecipientId};

/// A recipient as far as changing it needs.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: OutboundRecipientId,
    pub(super) outbound: OutboundId,
    pub(super) state: RecipientState,
    pub(super) domain: String,
    pub(super) priority: Priority,
    pub(super) attempts: u32,
    pub(super) delay_told: bool,
}

/// Reads a recipient.
pub(super) fn entry(
    write: &Write<'_>,
    recipient: OutboundRecipientId,
) -> Result<Option<Entry>, Error> {
    let mut statement = write.prepare_cached(
        "SELECT outbound_id, state, domain, priority, attempts, delay_told FROM outbound_recipient WHERE id = ?1",
    )?;
    let entry = statement.query_row([recipient], |row| {
        Ok(Entry {
            id: recipient,
            outbound: row.get(0)?,
            state: row.get(1)?,
            domain: row.get(2)?,
            priority: row.get(3)?,
            attempts: row.get(4)?,
            delay_told: row.get(5)?,
        })
    });
    Ok(entry.optional()?)
}

/// What is to be brought up to date. Close it.
pub(super) struct Ledger<'a> {
    write: &'a Write<'a>,
    now: Timestamp,
    destinations: BTreeSet<(String, Priority)>,
    settled: BTreeMap<OutboundId, u32>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(write: &'a Write<'a>, now: Timestamp) -> Self {
        Self { write, now, destinations: BTreeSet::new(), settled: BTreeMap::new() }
    }

    /// The next try of somebody at a destination changed.
    pub(super) fn touch(&mut self, domain: &str, priority: Priority) {
        let destination = (domain.to_owned(), priority);
        self.destinations.insert(destination);
    }

    /// A pending recipient is not pending any more.
    pub(super) fn settle(&mut self, entry: &Entry, state: RecipientState) -> Result<(), Error> {
        self.write
            .prepare_cached("UPDATE outbound_recipient SET state = ?2, settled = ?3 WHERE id = ?1")?
            .execute(params![entry.id, state, self.now.seconds()])?;
        *self.settled.entry(entry.outbound).or_default() += 1;
        self.touch(&entry.domain, entry.priority);
        Ok(())
    }

    /// Brings everything up to date.
    pub(super) fn close(self) -> Result<(), Error> {
        for (outbound, settled) in &self.settled {
            let (pending, content): (u32, ContentId) = self
                .write
                .prepare_cached(
                    "UPDATE outbound SET pending = pending - ?2, settled = CASE WHEN pending = ?2 THEN ?3 END
                     WHERE id = ?1 RETURNING pending, content_id",
                )?
                .query_row(params![outbound, settled, self.now.seconds()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            if pending == 0 {
                let_go_of_sent(self.write, content)?;
            }
        }
        for (domain, priority) in &self.destinations {
            destination::refresh(self.write, domain, *priority)?;
        }
        Ok(())
    }
}
