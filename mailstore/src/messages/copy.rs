//! Copying and moving within an account: rows only, the bytes stay where they are.

use super::arrive::{Given, Row, into_mailbox};
use super::expunge::take_out;
use super::keyword::Translation;
use super::slice::{self, Cursor, Which};
use super::{Copied, Expunge, MessageRow};
use crate::database::{Purpose, Write};
use crate::junk;
use crate::mailbox::{self, Mailbox};
use crate::quota;
use crate::value::{Flags, MailboxId, Uid, UidSet, UidValidity};
use crate::{Error, Store};
use message::Timestamp;

/// Messages copied or moved in one transaction.
const SLICE: usize = 2_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Copy,
    Move,
}

impl Way {
    /// Moving to Trash is how most people delete: a full disk must not prevent it.
    const fn purpose(self) -> Purpose {
        match self {
            Self::Copy => Purpose::Grows,
            Self::Move => Purpose::Frees,
        }
    }
}

impl Store {
    /// Copies messages to another mailbox of the account, all or none even when the caller does not
    /// wait for it; only a crash may leave the first few thousand. UIDs that are not there are
    /// passed over.
    pub async fn copy(
        &self,
        mailbox: MailboxId,
        uids: &UidSet,
        to: MailboxId,
    ) -> Result<Copied, Error> {
        let (store, uids) = (self.clone(), uids.clone());
        let whole = tokio::spawn(async move { store.copy_whole(mailbox, &uids, to).await });
        whole.await.map_err(Error::unavailable)?
    }

    async fn copy_whole(
        &self,
        mailbox: MailboxId,
        uids: &UidSet,
        to: MailboxId,
    ) -> Result<Copied, Error> {
        let mut copied = None;
        match self.transfer(mailbox, uids, to, Way::Copy, &mut copied).await {
            Ok(copied) => Ok(copied),
            Err(error) => {
                // RFC 9051 §6.4.7: the target is brought back to what it was.
                let there = copied.into_iter().flat_map(|copied: Copied| copied.pairs);
                let there: UidSet = there.map(|(_, there)| there).collect();
                if !there.is_empty() {
                    self.expunge(to, Expunge::Uids(there)).await?;
                }
                Err(error)
            }
        }
    }

    /// Moves messages to another mailbox of the account, each wholly or not at all (RFC 6851).
    pub async fn move_messages(
        &self,
        mailbox: MailboxId,
        uids: &UidSet,
        to: MailboxId,
    ) -> Result<Copied, Error> {
        self.transfer(mailbox, uids, to, Way::Move, &mut None).await
    }

    /// Slice by slice. What is done so far is in `done`, should a later slice fail.
    async fn transfer(
        &self,
        mailbox: MailboxId,
        uids: &UidSet,
        to: MailboxId,
        way: Way,
        done: &mut Option<Copied>,
    ) -> Result<Copied, Error> {
        let now = self.now();
        let mut next = Some(Cursor::ALL);
        while let Some(cursor) = next {
            let uids = uids.clone();
            let slice = self.write(way.purpose(), move |write| {
                let (from, to) = (mailbox::find(write, mailbox)?, mailbox::find(write, to)?);
                if from.account != to.account {
                    return Err(Error::NoSuchMailbox);
                }
                transfer_slice(write, &from, &to, &uids, cursor.bounded(&from), way, now)
            });
            let (uid_validity, pairs, behind) = slice.await?;
            done.get_or_insert(Copied { uid_validity, pairs: Vec::new() }).pairs.extend(pairs);
            next = behind;
        }
        done.take().ok_or(Error::NoSuchMailbox)
    }
}

type Slice = (UidValidity, Vec<(Uid, Uid)>, Option<Cursor>);

fn transfer_slice(
    write: &Write<'_>,
    from: &Mailbox,
    to: &Mailbox,
    uids: &UidSet,
    cursor: Cursor,
    way: Way,
    now: Timestamp,
) -> Result<Slice, Error> {
    let (rows, next) = slice::read(write, from.id, uids, cursor, Which::All, SLICE)?;
    if rows.is_empty() {
        return Ok((to.uid_validity, Vec::new(), None));
    }
    if way == Way::Copy {
        quota::take(write, from.account, rows.iter().map(|row| row.octets).sum())?;
    }
    junk::moved(write, from, to, &rows)?;
    let given = put(write, from, to, &rows, now)?;
    if way == Way::Move {
        take_out(write, from.account, from.id, &rows)?;
    }
    let there = (given.first.get()..=u32::MAX).filter_map(Uid::new);
    let pairs = rows.iter().map(|row| row.uid).zip(there).collect();
    Ok((given.uid_validity, pairs, next))
}

fn put(
    write: &Write<'_>,
    from: &Mailbox,
    to: &Mailbox,
    rows: &[MessageRow],
    now: Timestamp,
) -> Result<Given, Error> {
    let used = rows.iter().fold(Flags::NONE, |all, row| all | row.flags);
    let translation = Translation::new(write, from.id, to.id, used)?;
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| Row {
            flags: translation.of(row.flags),
            internal_date: row.internal_date,
            save_date: now,
            octets: row.octets,
            content: row.content,
            conversation: row.conversation,
        })
        .collect();
    into_mailbox(write, to.account, to.id, &rows)
}
