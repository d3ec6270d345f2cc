//! Mailboxes: names in a hierarchy, counters, subscriptions. Knows nothing of the messages in them
//! but how many.

mod create;
mod list;
mod remove;
mod rename;
mod rows;

pub(crate) use remove::{remove_all, tidy_removed};
pub(crate) use rows::{changed, find, inbox, insert, set_subscribed};

use rusqlite::params;

use crate::change::What;
use crate::database::Purpose;
use crate::value::{AccountId, MailboxId, MailboxName, ModSeq, Uid, UidValidity};
use crate::{Error, Store};

/// What a mailbox is for (RFC 6154 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecialUse {
    /// `\Drafts`
    Drafts,
    /// `\Sent`
    Sent,
    /// `\Junk`
    Junk,
    /// `\Trash`
    Trash,
    /// `\Archive`
    Archive,
}

/// A mailbox and its counters, as they were at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Which.
    pub id: MailboxId,
    /// Whose.
    pub account: AccountId,
    /// Its full name.
    pub name: MailboxName,
    /// What it is for.
    pub special_use: Option<SpecialUse>,
    /// Shown by clients that show only what is subscribed to.
    pub subscribed: bool,
    /// Changes when UIDs can no longer be trusted.
    pub uid_validity: UidValidity,
    /// The UID that the next message gets; None when the last was given.
    pub uid_next: Option<Uid>,
    /// The modseq of the latest change.
    pub highest_modseq: ModSeq,
    /// Messages.
    pub messages: u32,
    /// Messages without `\Seen`.
    pub unseen: u32,
    /// Octets of all messages.
    pub octets: u64,
}

impl Store {
    /// Shows or hides a mailbox in clients that show only what is subscribed to.
    pub async fn subscribe_mailbox(
        &self,
        account: AccountId,
        mailbox: MailboxId,
        subscribed: bool,
    ) -> Result<(), Error> {
        self.write(Purpose::Grows, move |write| {
            let found = rows::find_of(write, account, mailbox)?;
            set_subscribed(write, mailbox, subscribed)?;
            rows::tell(write, &found, What::Subscribed);
            Ok(())
        })
        .await
    }

    /// Changes what a mailbox is for; another mailbox that was for it is not any more.
    pub async fn set_special_use(
        &self,
        account: AccountId,
        mailbox: MailboxId,
        special_use: Option<SpecialUse>,
    ) -> Result<(), Error> {
        self.write(Purpose::Grows, move |write| {
            let found = rows::find_of(write, account, mailbox)?;
            let code = special_use.map(SpecialUse::stored);
            write
                .prepare_cached("UPDATE mailbox SET special_use = NULL WHERE account_id = ?1 AND special_use = ?2")?
                .execute(params![account, code])?;
            write
                .prepare_cached("UPDATE mailbox SET special_use = ?2 WHERE id = ?1")?
                .execute(params![mailbox, code])?;
            rows::tell(write, &found, What::Renamed);
            Ok(())
        })
        .await
    }
}

impl SpecialUse {
    const ALL: [(Self, i64); 5] =
        [(Self::Drafts, 1), (Self::Sent, 2), (Self::Junk, 3), (Self::Trash, 4), (Self::Archive, 5)];

    fn stored(self) -> i64 {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or(0, |(_, code)| *code)
    }

    pub(crate) fn from_stored(code: i64) -> Option<Self> {
        Self::ALL.iter().find(|(_, one)| *one == code).map(|(special_use, _)| *special_use)
    }
}
