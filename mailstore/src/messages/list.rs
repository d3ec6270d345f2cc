//! Reading message rows, in slices: each a short snapshot.

use rusqlite::params;

use super::slice::{self, Cursor, Which};
use super::{MessageRow, Place};
use crate::mailbox;
use crate::value::{AccountId, ContentId, Flags, MailboxId, Uid, UidSet};
use crate::{Error, Store};

/// Rows read in one job: some 5 ms.
const SLICE: usize = 20_000;

impl Store {
    /// The messages of the set that are there, by UID.
    pub async fn messages(
        &self,
        mailbox: MailboxId,
        uids: &UidSet,
    ) -> Result<Vec<MessageRow>, Error> {
        let mut all = Vec::new();
        let mut next = Some(Cursor::ALL);
        while let Some(cursor) = next {
            let uids = uids.clone();
            let slice = self.read(move |connection| {
                mailbox::find(connection, mailbox)?;
                slice::read(connection, mailbox, &uids, cursor, Which::All, SLICE)
            });
            let (rows, behind) = slice.await?;
            if all.is_empty() {
                all = rows;
            } else {
                all.extend(rows);
            }
            next = behind;
        }
        Ok(all)
    }

    /// Messages whose last line has no end: imported or uploaded ones, none that was delivered.
    pub async fn unended(&self, mailbox: MailboxId) -> Result<UidSet, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT uid FROM content INDEXED BY content_unended
                 CROSS JOIN message INDEXED BY message_content ON message.content_id = content.id
                 WHERE properties & 8 <> 0 AND message.mailbox_id = ?1",
            )?;
            let uids = statement.query_map([mailbox], |row| row.get::<_, Uid>(0))?;
            Ok(uids.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The first message without `\Seen`.
    pub async fn first_unseen(&self, mailbox: MailboxId) -> Result<Option<MessageRow>, Error> {
        self.read(move |connection| {
            // INDEXED BY: the planner passes over a partial index and reads the whole mailbox.
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {} FROM message INDEXED BY message_unseen WHERE mailbox_id = ?1 AND flags & 1 = 0 ORDER BY uid LIMIT 1",
                slice::COLUMNS
            ))?;
            let mut rows = statement.query([mailbox])?;
            Ok(rows.next()?.map(slice::row).transpose()?)
        })
        .await
    }

    /// Where in the account a message lies; empty when the account does not have it.
    pub async fn places(
        &self,
        account: AccountId,
        content: ContentId,
    ) -> Result<Vec<Place>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT message.mailbox_id, message.uid, message.flags FROM message INDEXED BY message_content
                 CROSS JOIN mailbox ON mailbox.id = message.mailbox_id
                 WHERE message.content_id = ?1 AND mailbox.account_id = ?2 AND mailbox.removed = 0
                 ORDER BY message.mailbox_id, message.uid",
            )?;
            let places = statement.query_map(params![content, account], |row| {
                let flags = Flags::from_stored(row.get(2)?);
                Ok(Place { mailbox: row.get(0)?, uid: row.get(1)?, flags })
            })?;
            Ok(places.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}
