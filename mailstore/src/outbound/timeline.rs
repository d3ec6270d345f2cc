//! "What happened to my message?": every try, when, with whom, and what they said.

use message::{Timestamp, TraceId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};

use super::request::stored;
use super::rows::{self, MESSAGE, RECIPIENT, collect, time};
use super::{Outbound, OutboundRecipient, Outcome};
use crate::database::Write;
use crate::value::{ContentId, OutboundId, OutboundRecipientId};
use crate::{Error, Store};

/// One try, as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundAttempt {
    /// When it ended.
    pub at: Timestamp,
    /// How; the time of `Later` is not kept.
    pub outcome: Outcome,
    /// Who was asked; None when nobody could be, or when it was delivered in this house.
    pub host: Option<String>,
    /// What they said, cut, or why nobody could be asked.
    pub reply: String,
    /// TLS version and cipher; None in the clear.
    pub tls: Option<String>,
}

/// All that is known of a message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundHistory {
    /// The message.
    pub message: Outbound,
    /// Its recipients, each with its tries, the first in front.
    pub recipients: Vec<(OutboundRecipient, Vec<OutboundAttempt>)>,
}

/// How a try ended, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Delivered,
    Failed,
    Later,
}

stored!(End, Self::Delivered => 1, Self::Failed => 2, Self::Later => 3);

impl From<Outcome> for End {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Delivered => Self::Delivered,
            Outcome::Failed => Self::Failed,
            Outcome::Later(_) => Self::Later,
        }
    }
}

impl From<End> for Outcome {
    fn from(end: End) -> Self {
        match end {
            End::Delivered => Self::Delivered,
            End::Failed => Self::Failed,
            End::Later => Self::Later(None),
        }
    }
}

/// A line to be kept.
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) outcome: End,
    pub(super) host: Option<String>,
    pub(super) reply: String,
    pub(super) tls: Option<String>,
}

/// Adds a line.
pub(super) fn note(
    write: &Write<'_>,
    recipient: OutboundRecipientId,
    line: &Line,
) -> Result<(), Error> {
    write
        .prepare_cached(
            "INSERT INTO outbound_attempt (recipient_id, number, at, outcome, host, reply, tls)
             SELECT ?1, ifnull(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM outbound_attempt WHERE recipient_id = ?1",
        )?
        .execute(params![
            recipient,
            line.at.seconds(),
            line.outcome,
            line.host,
            line.reply,
            line.tls
        ])?;
    Ok(())
}

/// Lines there are.
pub(super) fn count(write: &Write<'_>, recipient: OutboundRecipientId) -> Result<u32, Error> {
    let mut statement =
        write.prepare_cached("SELECT count(*) FROM outbound_attempt WHERE recipient_id = ?1")?;
    Ok(statement.query_row([recipient], |row| row.get(0))?)
}

impl Store {
    /// A message on its way out with everything that happened to it; None when it is not known, or
    /// not any more.
    pub async fn outbound_show(
        &self,
        outbound: OutboundId,
    ) -> Result<Option<OutboundHistory>, Error> {
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached(&format!("{MESSAGE} WHERE outbound.id = ?1"))?;
            let mut rows = statement.query([outbound])?;
            rows.next()?.map(|row| history(connection, row)).transpose()
        })
        .await
    }

    /// What became of an accepted message outside this house: one part for each sender it was sent
    /// as, the first in front.
    pub async fn delivery_timeline(&self, trace: &TraceId) -> Result<Vec<OutboundHistory>, Error> {
        let trace = trace.to_string();
        self.read(move |connection| by_trace(connection, &trace)).await
    }

    /// The same by the message's bytes.
    pub async fn delivery_timeline_of(
        &self,
        content: ContentId,
    ) -> Result<Vec<OutboundHistory>, Error> {
        self.read(move |connection| {
            let trace: Option<String> = connection
                .prepare_cached("SELECT trace FROM delivery WHERE content_id = ?1")?
                .query_row([content], |row| row.get(0))
                .optional()?;
            trace.map_or_else(|| Ok(Vec::new()), |trace| by_trace(connection, &trace))
        })
        .await
    }
}

fn by_trace(connection: &Connection, trace: &str) -> Result<Vec<OutboundHistory>, Error> {
    let mut statement = connection
        .prepare_cached(&format!("{MESSAGE} WHERE outbound.trace = ?1 ORDER BY outbound.id"))?;
    collect(statement.query([trace])?, |row| history(connection, row))
}

fn history(connection: &Connection, row: &rusqlite::Row<'_>) -> Result<OutboundHistory, Error> {
    let message = rows::message(connection, row)?;
    let mut statement = connection.prepare_cached(&format!(
        "{RECIPIENT} INDEXED BY outbound_recipient_outbound WHERE outbound_id = ?1 ORDER BY id"
    ))?;
    let recipients = collect(statement.query([message.id])?, |row| {
        let recipient = rows::recipient(row)?;
        let attempts = attempts(connection, recipient.id)?;
        Ok((recipient, attempts))
    })?;
    Ok(OutboundHistory { message, recipients })
}

fn attempts(
    connection: &Connection,
    recipient: OutboundRecipientId,
) -> Result<Vec<OutboundAttempt>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT at, outcome, host, reply, tls FROM outbound_attempt WHERE recipient_id = ?1 ORDER BY number",
    )?;
    collect(statement.query([recipient])?, |row| {
        Ok(OutboundAttempt {
            at: time(row, 0)?,
            outcome: row.get::<_, End>(1)?.into(),
            host: row.get(2)?,
            reply: row.get(3)?,
            tls: row.get(4)?,
        })
    })
}
