//! Forgetting, some at a time: messages that were settled long ago, with their timeline.

use message::Timestamp;
use rusqlite::params;

use crate::Error;
use crate::database::Write;
use crate::value::{OutboundId, OutboundRecipientId};

/// Recipients forgotten in one transaction.
const SLICE: usize = 500;

/// Forgets some of what was settled before a time. True when there was any.
pub(crate) fn prune(write: &Write<'_>, before: Timestamp) -> Result<bool, Error> {
    let old = old(write, before)?;
    let mut left = SLICE;
    for outbound in &old {
        if left == 0 {
            break;
        }
        let recipients = recipients(write, *outbound, left)?;
        left -= recipients.len();
        for recipient in recipients {
            write
                .prepare_cached("DELETE FROM outbound_attempt WHERE recipient_id = ?1")?
                .execute([recipient])?;
            write
                .prepare_cached("DELETE FROM outbound_recipient WHERE id = ?1")?
                .execute([recipient])?;
        }
        write
            .prepare_cached(
                "DELETE FROM outbound WHERE id = ?1
                 AND NOT EXISTS (SELECT 1 FROM outbound_recipient WHERE outbound_id = outbound.id)",
            )?
            .execute([outbound])?;
    }
    Ok(!old.is_empty())
}

/// The oldest have the lowest ids: this stops at the first that came too late to be old enough.
fn old(write: &Write<'_>, before: Timestamp) -> Result<Vec<OutboundId>, Error> {
    let mut statement =
        write.prepare_cached("SELECT id, accepted, settled FROM outbound ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut old = Vec::new();
    while old.len() < SLICE
        && let Some(row) = rows.next()?
        && row.get::<_, i64>(1)? < before.seconds()
    {
        let settled: Option<i64> = row.get(2)?;
        if settled.is_some_and(|settled| settled < before.seconds()) {
            old.push(row.get(0)?);
        }
    }
    Ok(old)
}

fn recipients(
    write: &Write<'_>,
    outbound: OutboundId,
    most: usize,
) -> Result<Vec<OutboundRecipientId>, Error> {
    let mut statement = write
        .prepare_cached("SELECT id FROM outbound_recipient WHERE outbound_id = ?1 LIMIT ?2")?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(statement.query_map(params![outbound, most], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
