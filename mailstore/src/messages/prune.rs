//! Forgetting, some at a time: old deliveries, and expunged ranges that no client can still want to
//! hear of.

use message::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::facts;
use crate::Error;
use crate::database::Write;
use crate::value::{ContentId, MailboxId};

/// Deliveries forgotten in one transaction.
const SLICE: u32 = 500;

/// Forgets some deliveries that are too old. True when there were any.
pub(crate) fn prune_deliveries(write: &Write<'_>, before: Timestamp) -> Result<bool, Error> {
    // The oldest have the lowest ids: this stops at the first that is young enough.
    let oldest: Vec<(ContentId, i64, String)> = write
        .prepare_cached(
            "SELECT content_id, at, recipients FROM delivery ORDER BY content_id LIMIT ?1",
        )?
        .query_map([SLICE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let old = oldest.into_iter().take_while(|(_, at, _)| *at < before.seconds());
    let mut any = false;
    for (content, _, recipients) in old {
        let (here, elsewhere) = facts::decode(&recipients);
        for address in here.into_iter().map(|(_, address)| address).chain(elsewhere) {
            write
                .prepare_cached(
                    "DELETE FROM delivery_recipient WHERE folded = ?1 AND content_id = ?2",
                )?
                .execute(params![address.canonical(), content])?;
        }
        write.prepare_cached("DELETE FROM delivery WHERE content_id = ?1")?.execute([content])?;
        any = true;
    }
    Ok(any)
}

/// Forgets the older half of a mailbox's expunged ranges when there are too many. True when a
/// mailbox had too many.
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
