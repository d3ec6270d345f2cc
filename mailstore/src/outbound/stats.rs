//! The queue in numbers.

use std::collections::BTreeMap;

use message::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::RecipientState;
use super::rows::time;
use crate::database::length;
use crate::{Error, Store};

/// The queue in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutboundStats {
    /// Messages with somebody pending.
    pub messages: u64,
    /// Recipients that wait.
    pub waiting: u64,
    /// Recipients that the owner holds.
    pub held: u64,
    /// When the oldest of these messages came.
    pub oldest: Option<Timestamp>,
    /// Destinations that somebody is pending for.
    pub destinations: u64,
    /// Those with the most.
    pub busiest: Vec<OutboundDestination>,
}

/// A destination in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundDestination {
    /// A domain, or an address literal with its brackets.
    pub domain: String,
    /// Recipients that wait.
    pub waiting: u64,
    /// Recipients that the owner holds.
    pub held: u64,
    /// When the first of them is tried next; None when all are held.
    pub next_attempt: Option<Timestamp>,
}

impl Store {
    /// Counts the queue, and names so many of its busiest destinations. Looks at every pending
    /// recipient: for people, not for each turn of a loop.
    pub async fn outbound_stats(&self, busiest: u32) -> Result<OutboundStats, Error> {
        let most = usize::try_from(busiest).unwrap_or(usize::MAX);
        self.read(move |connection| {
            let mut destinations = destinations(connection)?;
            destinations.sort_by(|one, other| {
                let count = |one: &OutboundDestination| one.waiting.saturating_add(one.held);
                count(other).cmp(&count(one)).then_with(|| one.domain.cmp(&other.domain))
            });
            let stats = OutboundStats {
                messages: messages(connection)?,
                waiting: destinations.iter().map(|one| one.waiting).sum(),
                held: destinations.iter().map(|one| one.held).sum(),
                oldest: oldest(connection)?,
                destinations: destinations.len() as u64,
                busiest: Vec::new(),
            };
            destinations.truncate(most);
            Ok(OutboundStats { busiest: destinations, ..stats })
        })
        .await
    }
}

/// By domain. The index has all of it, in this order: no row is read, nothing is sorted.
fn destinations(connection: &Connection) -> Result<Vec<OutboundDestination>, Error> {
    let mut all: BTreeMap<String, OutboundDestination> = BTreeMap::new();
    for state in [RecipientState::Waiting, RecipientState::Held] {
        let mut statement = connection.prepare_cached(
            "SELECT domain, count(*), min(next_attempt) FROM outbound_recipient INDEXED BY outbound_recipient_due
             WHERE state < 2 AND state = ?1 GROUP BY domain",
        )?;
        let mut rows = statement.query([state])?;
        while let Some(row) = rows.next()? {
            let domain: String = row.get(0)?;
            let one = all.entry(domain.clone()).or_insert(OutboundDestination {
                domain,
                waiting: 0,
                held: 0,
                next_attempt: None,
            });
            if state == RecipientState::Held {
                one.held = length(row.get(1)?);
            } else {
                one.waiting = length(row.get(1)?);
                one.next_attempt = Some(time(row, 2)?);
            }
        }
    }
    Ok(all.into_values().collect())
}

fn messages(connection: &Connection) -> Result<u64, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM outbound INDEXED BY outbound_pending WHERE pending > 0",
    )?;
    Ok(length(statement.query_row([], |row| row.get(0))?))
}

fn oldest(connection: &Connection) -> Result<Option<Timestamp>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT accepted FROM outbound INDEXED BY outbound_pending WHERE pending > 0 ORDER BY id LIMIT 1",
    )?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?.map(Timestamp::new))
}
