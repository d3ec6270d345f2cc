//! What changed since a client was last here (RFC 7162).

use rusqlite::{Connection, params};

use super::{Changes, slice};
use crate::mailbox::{self, Mailbox};
use crate::value::{MailboxId, ModSeq, Uid, UidSet};
use crate::{Error, Store};

impl Store {
    /// What changed in a mailbox since a modseq (RFC 7162).
    pub async fn changes_since(&self, mailbox: MailboxId, since: ModSeq) -> Result<Changes, Error> {
        self.read(move |connection| {
            let found = mailbox::find(connection, mailbox)?;
            let rows = {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT {} FROM message INDEXED BY message_modseq WHERE mailbox_id = ?1 AND modseq > ?2 ORDER BY uid",
                    slice::COLUMNS
                ))?;
                let rows = statement.query_map(params![mailbox, since.stored()], slice::row)?;
                rows.collect::<rusqlite::Result<_>>()?
            };
            let complete_after: i64 = connection
                .prepare_cached("SELECT expunged_complete FROM mailbox WHERE id = ?1")?
                .query_row([mailbox], |row| row.get(0))?;
            let expunged_exact = since >= ModSeq::from_stored(complete_after);
            let expunged = if expunged_exact {
                expunged_since(connection, mailbox, since)?
            } else {
                not_there(connection, &found)?
            };
            Ok(Changes { rows, expunged, expunged_exact, highest_modseq: found.highest_modseq })
        })
        .await
    }
}

fn expunged_since(
    connection: &Connection,
    mailbox: MailboxId,
    since: ModSeq,
) -> Result<UidSet, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT first_uid, last_uid FROM expunged WHERE mailbox_id = ?1 AND modseq > ?2",
    )?;
    let mut rows = statement.query(params![mailbox, since.stored()])?;
    let mut expunged = UidSet::new();
    while let Some(row) = rows.next()? {
        expunged.insert_range(row.get(0)?, row.get(1)?);
    }
    Ok(expunged)
}

/// Every UID that was given and is not there.
fn not_there(connection: &Connection, mailbox: &Mailbox) -> Result<UidSet, Error> {
    let mut statement =
        connection.prepare_cached("SELECT uid FROM message WHERE mailbox_id = ?1 ORDER BY uid")?;
    let mut rows = statement.query([mailbox.id])?;
    let mut missing = UidSet::new();
    let mut expected = Some(Uid::FIRST);
    while let Some(row) = rows.next()? {
        let uid: Uid = row.get(0)?;
        insert_between(&mut missing, expected, Uid::new(uid.get() - 1));
        expected = uid.next();
    }
    let last = mailbox.uid_next.map_or(Some(Uid::LAST), |next| Uid::new(next.get() - 1));
    insert_between(&mut missing, expected, last);
    Ok(missing)
}

fn insert_between(missing: &mut UidSet, first: Option<Uid>, last: Option<Uid>) {
    if let (Some(first), Some(last)) = (first, last)
        && first <= last
    {
        missing.insert_range(first, last);
    }
}
