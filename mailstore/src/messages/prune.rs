//! Forgetting, some at a time: old deliveries, and expunged ranges that no client can still want to hear of.

use message::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::Error;
use crate::database::Write;
use crate::value::MailboxId;

/// Deliveries forgotten in one transaction.
const SLICE: u32 = 500;

/// Forgets some deliveries that are too old. True when there were any.
pub(crate) fn prune_deliveries(write: &Write<'_>, before: Timestamp) -> Result<bool, Error> {
    let old: Vec<i64> = write
        .prepare_cached("SELECT id FROM delivery WHERE at < ?1 LIMIT ?2")?
        .query_map(params![before.seconds(), SLICE], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for delivery in &old {
        write
            .prepare_cached("DELETE FROM delivery_recipient WHERE delivery_id = ?1")?
            .execute([delivery])?;
        write.prepare_cached("DELETE FROM delivery WHERE id = ?1")?.execute([delivery])?;
    }
    Ok(!old.is_empty())
}

/// Forgets the older half of a mailbox's expunged ranges when there are too many. True when a mailbox had too many.
pub(crate) fn prune_expunged(write: &Write<'_>, ranges_max: u32) -> Result<bool, Error> {
    let crowded: Option<(MailboxId, u32)> = write
        .prepare_cached("SELECT mailbox_id, count(*) FROM expunged GROUP BY mailbox_id HAVING count(*) > ?1 LIMIT 1")?
        .query_row([ranges_max], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((mailbox, _)) = crowded else { return Ok(false) };
    let complete_after: i64 = write
        .prepare_cached(
            "SELECT modseq FROM expunged WHERE mailbox_id = ?1 ORDER BY modseq DESC LIMIT 1 OFFSET ?2",
        )?
        .query_row(params![mailbox, ranges_max / 2], |row| row.get(0))?;
    write
        .prepare_cached("DELETE FROM expunged WHERE mailbox_id = ?1 AND modseq <= ?2")?
        .execute(params![mailbox, complete_after])?;
    write
        .prepare_cached("UPDATE mailbox SET expunged_complete = ?2 WHERE id = ?1")?
        .execute(params![mailbox, complete_after])?;
    Ok(true)
}
