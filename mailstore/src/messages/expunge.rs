//! Expunging. The UIDs that go are remembered as ranges (RFC 7162 §3.2), the contents are let go
//! of.

use rusqlite::params;

use super::slice::{self, Cursor, Which};
use super::{Expunge, MessageRow};
use crate::change::What;
use crate::content::let_go;
use crate::database::{Purpose, Write, stored};
use crate::mailbox;
use crate::quota;
use crate::value::{AccountId, Flags, MailboxId, ModSeq, UidSet};
use crate::{Error, Store};

/// Messages expunged in one transaction: more than anybody deletes by hand.
const SLICE: usize = 5_000;

impl Store {
    /// Expunges messages and gives the UIDs that went. Up to 5,000 go in one transaction.
    pub async fn expunge(&self, mailbox: MailboxId, what: Expunge) -> Result<UidSet, Error> {
        let (uids, which) = match what {
            Expunge::Deleted => (UidSet::all(), Which::Deleted),
            Expunge::DeletedAmong(uids) => (uids, Which::Deleted),
            Expunge::Uids(uids) => (uids, Which::All),
        };
        let mut all = UidSet::new();
        let mut next = Some(Cursor::ALL);
        while let Some(cursor) = next {
            let uids = uids.clone();
            let slice = self.write(Purpose::Frees, move |write| {
                let found = mailbox::find(write, mailbox)?;
                let (account, cursor) = (found.account, cursor.bounded(&found));
                let (rows, next) = slice::read(write, mailbox, &uids, cursor, which, SLICE)?;
                let gone = take_out(write, account, mailbox, &rows)?;
                let octets = rows.iter().map(|row| row.octets).sum();
                quota::give_back(write, account, octets)?;
                for row in &rows {
                    let_go(write, account, row.content, row.conversation)?;
                }
                Ok((gone, next))
            });
            let (gone, behind) = slice.await?;
            all.extend_set(&gone);
            next = behind;
        }
        Ok(all)
    }
}

/// Takes messages out of a mailbox, counts them out, remembers their UIDs, and tells.
pub(super) fn take_out(
    write: &Write<'_>,
    account: AccountId,
    mailbox: MailboxId,
    rows: &[MessageRow],
) -> Result<UidSet, Error> {
    let gone: UidSet = rows.iter().map(|row| row.uid).collect();
    if gone.is_empty() {
        return Ok(gone);
    }
    let modseq = count_out(write, mailbox, rows)?;
    for range in gone.ranges() {
        // Every UID between the first and the last of a range is one of them.
        write
            .prepare_cached("DELETE FROM message WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3")?
            .execute(params![mailbox, range.start(), range.end()])?;
        write
            .prepare_cached("INSERT INTO expunged (mailbox_id, modseq, first_uid, last_uid) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![mailbox, modseq.stored(), range.start(), range.end()])?;
    }
    mailbox::changed(write, account, mailbox, modseq, What::Expunged);
    Ok(gone)
}

fn count_out(write: &Write<'_>, mailbox: MailboxId, rows: &[MessageRow]) -> Result<ModSeq, Error> {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let unseen = rows.iter().filter(|row| !row.flags.contains(Flags::SEEN)).count();
    let octets: u64 = rows.iter().map(|row| row.octets).sum();
    let mut statement = write.prepare_cached(
        "UPDATE mailbox SET highest_modseq = highest_modseq + 1, messages = messages - ?2, unseen = unseen - ?3,
                            octets = octets - ?4
         WHERE id = ?1 RETURNING highest_modseq",
    )?;
    let counted = params![mailbox, count(rows.len()), count(unseen), stored(octets)];
    Ok(ModSeq::from_stored(statement.query_row(counted, |row| row.get(0))?))
}
