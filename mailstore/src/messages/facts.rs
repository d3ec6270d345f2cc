//! How messages came to be here: for "why is this here?" and `trace`.

use message::{Address, ReversePath, Timestamp, TraceId};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::findings;
use super::{DeliveryFacts, LocalRecipient, PeerFacts};
use crate::database::length;
use crate::value::{AccountId, ContentId};
use crate::{Error, Store};

const SELECT: &str = "SELECT trace, at, reverse_path, peer, helo, tls, protocol, octets, message_id, recipients, findings, reasons FROM delivery";

impl Store {
    /// How a message came to be here, if it was delivered.
    pub async fn delivery_facts(&self, content: ContentId) -> Result<Option<DeliveryFacts>, Error> {
        self.read(move |connection| one(connection, "content_id", content)).await
    }

    /// By its id.
    pub async fn trace(&self, trace: &TraceId) -> Result<Option<DeliveryFacts>, Error> {
        let trace = trace.to_string();
        self.read(move |connection| one(connection, "trace", trace)).await
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
                "{SELECT} WHERE content_id IN (SELECT content_id FROM delivery_recipient WHERE folded = ?1
                                               ORDER BY content_id DESC LIMIT ?2) ORDER BY content_id DESC"
            ))?;
            let found = statement.query_map(params![folded, limit], from_row)?;
            Ok(found.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

fn one(
    connection: &Connection,
    column: &str,
    value: impl ToSql,
) -> Result<Option<DeliveryFacts>, Error> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE {column} = ?1"))?;
    Ok(statement.query_row([value], from_row).optional()?.flatten())
}

/// None for a row that no version of ours wrote.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<DeliveryFacts>> {
    let trace = TraceId::parse(row.get_ref(0)?.as_str()?);
    let reverse_path = match row.get_ref(2)?.as_str()? {
        "" => Some(ReversePath::Null),
        address => Address::parse(address).ok().map(ReversePath::Address),
    };
    let peer = row.get_ref(3)?.as_str()?.parse().ok();
    let (Some(trace), Some(reverse_path), Some(address)) = (trace, reverse_path, peer) else {
        return Ok(None);
    };
    let (recipients, elsewhere) = decode(row.get_ref(9)?.as_str()?);
    Ok(Some(DeliveryFacts {
        trace,
        at: Timestamp::new(row.get(1)?),
        reverse_path,
        peer: PeerFacts { address, helo: row.get(4)?, tls: row.get(5)?, protocol: row.get(6)? },
        octets: length(row.get(7)?),
        message_id: row.get(8)?,
        recipients,
        elsewhere,
        findings: row.get(10)?,
        reasons: findings::reasons(row, 11)?,
    }))
}

/// Stands in place of an account for an address elsewhere.
const ELSEWHERE: i64 = 0;

/// Recipients as one column: a JSON array of `[account id, address]`.
pub(super) fn encode<'a>(
    local: &[LocalRecipient],
    elsewhere: impl Iterator<Item = &'a Address>,
) -> String {
    let here = local.iter().map(|one| (one.account.get(), one.address.to_string()));
    let there = elsewhere.map(|address| (ELSEWHERE, address.to_string()));
    let pairs: Vec<(i64, String)> = here.chain(there).collect();
    serde_json::to_string(&pairs).unwrap_or_else(|_| "[]".to_owned())
}

/// From what is stored: those here, and those elsewhere.
pub(super) fn decode(stored: &str) -> (Vec<(AccountId, Address)>, Vec<Address>) {
    let pairs: Vec<(i64, String)> = serde_json::from_str(stored).unwrap_or_default();
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for (account, address) in pairs {
        match (account, Address::parse(&address)) {
            (ELSEWHERE, Ok(address)) => there.push(address),
            (account, Ok(address)) => here.push((AccountId::new(account), address)),
            (_, Err(_)) => {}
        }
    }
    (here, there)
}
