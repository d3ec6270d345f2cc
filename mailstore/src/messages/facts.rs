//! How messages came to be here: for "why is this here?" and `trace`.

use message::{Address, ReversePath, Timestamp, TraceId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{DeliveryFacts, PeerFacts};
use crate::database::length;
use crate::value::{AccountId, ContentId};
use crate::{Error, Store};

const SELECT: &str = "SELECT id, trace, at, reverse_path, peer, helo, tls, protocol, octets, message_id FROM delivery";

impl Store {
    /// How a message came to be here, if it was delivered.
    pub async fn delivery_facts(&self, content: ContentId) -> Result<Option<DeliveryFacts>, Error> {
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached(&format!("{SELECT} WHERE content_id = ?1 LIMIT 1"))?;
            let found = statement.query_row([content], from_row).optional()?.flatten();
            found.map(|found| with_recipients(connection, found)).transpose()
        })
        .await
    }

    /// By its id.
    pub async fn trace(&self, trace: &TraceId) -> Result<Option<DeliveryFacts>, Error> {
        let trace = trace.to_string();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE trace = ?1"))?;
            let found = statement.query_row([trace], from_row).optional()?.flatten();
            found.map(|found| with_recipients(connection, found)).transpose()
        })
        .await
    }

    /// What was delivered to an address, newest first.
    pub async fn trace_address(
        &self,
        address: &Address,
        limit: u32,
    ) -> Result<Vec<DeliveryFacts>, Error> {
        let folded = address.canonical();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{SELECT} WHERE id IN (SELECT delivery_id FROM delivery_recipient WHERE folded = ?1
                                       ORDER BY delivery_id DESC LIMIT ?2) ORDER BY id DESC"
            ))?;
            let found: Vec<_> = statement
                .query_map(params![folded, limit], from_row)?
                .collect::<rusqlite::Result<_>>()?;
            found.into_iter().flatten().map(|found| with_recipients(connection, found)).collect()
        })
        .await
    }
}

/// None for a row that no version of ours wrote.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<(i64, DeliveryFacts)>> {
    let trace = TraceId::parse(row.get_ref(1)?.as_str()?);
    let reverse_path = match row.get_ref(3)?.as_str()? {
        "" => Some(ReversePath::Null),
        address => Address::parse(address).ok().map(ReversePath::Address),
    };
    let peer = row.get_ref(4)?.as_str()?.parse().ok();
    let (Some(trace), Some(reverse_path), Some(address)) = (trace, reverse_path, peer) else {
        return Ok(None);
    };
    let facts = DeliveryFacts {
        trace,
        at: Timestamp::new(row.get(2)?),
        reverse_path,
        peer: PeerFacts { address, helo: row.get(5)?, tls: row.get(6)?, protocol: row.get(7)? },
        octets: length(row.get(8)?),
        message_id: row.get(9)?,
        recipients: Vec::new(),
    };
    Ok(Some((row.get(0)?, facts)))
}

fn with_recipients(
    connection: &Connection,
    (id, mut facts): (i64, DeliveryFacts),
) -> Result<DeliveryFacts, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT account_id, written FROM delivery_recipient WHERE delivery_id = ?1 ORDER BY folded",
    )?;
    let rows: Vec<(AccountId, String)> = statement
        .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let parsed =
        |(account, written): (AccountId, String)| Some((account, Address::parse(&written).ok()?));
    facts.recipients = rows.into_iter().filter_map(parsed).collect();
    Ok(facts)
}
