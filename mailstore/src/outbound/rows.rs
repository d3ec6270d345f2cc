//! Rows of tables outbound and outbound_recipient, as values.

use message::{Address, ReversePath, Timestamp, TraceId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};

use super::request::stored;
use super::{Outbound, OutboundRecipient, RecipientState};
use crate::Error;
use crate::database::length;
use crate::value::OutboundId;

stored!(
    RecipientState,
    Self::Waiting => 0,
    Self::Held => 1,
    Self::Delivered => 2,
    Self::Failed => 3,
    Self::Dropped => 4,
);

impl RecipientState {
    /// Something is still to come.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Waiting | Self::Held)
    }
}

/// A reverse-path as it is stored: `<>` is empty.
pub(super) fn path_stored(path: &ReversePath) -> String {
    path.address().map(ToString::to_string).unwrap_or_default()
}

/// From what is stored.
pub(super) fn path(text: &str) -> Result<ReversePath, Error> {
    match text {
        "" => Ok(ReversePath::Null),
        text => address(text).map(ReversePath::Address),
    }
}

pub(super) fn address(text: &str) -> Result<Address, Error> {
    Address::parse(text).map_err(|_| Error::corrupt("an address that cannot be read"))
}

pub(super) fn trace(text: &str) -> Result<TraceId, Error> {
    TraceId::parse(text).ok_or_else(|| Error::corrupt("a trace id that cannot be read"))
}

/// A column of text, not copied.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, Error> {
    row.get_ref(column)?.as_str().map_err(Error::corrupt)
}

/// A column of seconds.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::new)
}

fn maybe_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::new))
}

/// What [`message`] reads.
pub(super) const MESSAGE: &str = "SELECT outbound.id, outbound.trace, outbound.content_id, content.octets, outbound.account_id,
    outbound.reverse_path, outbound.accepted, outbound.not_before, outbound.expires, outbound.priority, outbound.pending,
    outbound.settled FROM outbound LEFT JOIN content ON content.id = outbound.content_id";

/// A message with the counts of its recipients.
pub(super) fn message(connection: &Connection, row: &Row<'_>) -> Result<Outbound, Error> {
    let id = row.get(0)?;
    let (recipients, held, next_attempt) = counts(connection, id)?;
    Ok(Outbound {
        id,
        trace: trace(text(row, 1)?)?,
        content: row.get(2)?,
        octets: row.get::<_, Option<i64>>(3)?.map(length),
        account: row.get(4)?,
        reverse_path: path(text(row, 5)?)?,
        accepted: time(row, 6)?,
        not_before: time(row, 7)?,
        expires: time(row, 8)?,
        priority: row.get(9)?,
        recipients,
        pending: row.get(10)?,
        held,
        next_attempt,
        settled: maybe_time(row, 11)?,
    })
}

fn counts(
    connection: &Connection,
    outbound: OutboundId,
) -> Result<(u32, u32, Option<Timestamp>), Error> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*), ifnull(sum(state = 1), 0), min(CASE WHEN state = 0 THEN next_attempt END)
         FROM outbound_recipient INDEXED BY outbound_recipient_outbound WHERE outbound_id = ?1",
    )?;
    Ok(statement
        .query_row([outbound], |row| Ok((row.get(0)?, row.get(1)?, maybe_time(row, 2)?)))?)
}

/// What [`recipient`] reads.
pub(super) const RECIPIENT: &str = "SELECT id, outbound_id, address, domain, state, attempts, next_attempt, last_attempt, last_host,
    last_reply, delay_told, dsn_notify, dsn_original, settled FROM outbound_recipient";

pub(super) fn recipient(row: &Row<'_>) -> Result<OutboundRecipient, Error> {
    Ok(OutboundRecipient {
        id: row.get(0)?,
        outbound: row.get(1)?,
        address: address(text(row, 2)?)?,
        domain: row.get(3)?,
        state: row.get(4)?,
        attempts: row.get(5)?,
        next_attempt: time(row, 6)?,
        last_attempt: maybe_time(row, 7)?,
        last_host: row.get(8)?,
        last_reply: row.get(9)?,
        delay_told: row.get(10)?,
        notify: row.get(11)?,
        original: row.get(12)?,
        settled: maybe_time(row, 13)?,
    })
}

/// All rows of a query, each read by a function that may find it broken.
pub(super) fn collect<T>(
    mut rows: rusqlite::Rows<'_>,
    mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}
