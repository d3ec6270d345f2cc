//! Reading mailboxes.

use rusqlite::{OptionalExtension, params};

use super::rows::{SELECT, find_name, find_of, from_row};
use super::{Mailbox, SpecialUse};
use crate::account::check_exists;
use crate::value::{AccountId, MailboxId, MailboxName};
use crate::{Error, Store};

impl Store {
    /// The account's mailboxes: INBOX first, then by name.
    pub async fn mailboxes(&self, account: AccountId) -> Result<Vec<Mailbox>, Error> {
        self.read(move |connection| {
            check_exists(connection, account)?;
            let mut statement = connection.prepare_cached(&format!(
                "{SELECT} AND account_id = ?1 ORDER BY name <> 'INBOX', name"
            ))?;
            Ok(statement.query_map([account], from_row)?.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// One mailbox of this account; another account's is `NoSuchMailbox`.
    pub async fn mailbox(&self, account: AccountId, mailbox: MailboxId) -> Result<Mailbox, Error> {
        self.read(move |connection| find_of(connection, account, mailbox)).await
    }

    /// By name; INBOX in any case. A name that no mailbox can have is `NoSuchMailbox`.
    pub async fn mailbox_by_name(&self, account: AccountId, name: &str) -> Result<Mailbox, Error> {
        let name = MailboxName::parse(name).map_err(|_| Error::NoSuchMailbox)?;
        self.read(move |connection| {
            find_name(connection, account, &name)?.ok_or(Error::NoSuchMailbox)
        })
        .await
    }

    /// The mailbox that the account uses for something.
    pub async fn mailbox_for(
        &self,
        account: AccountId,
        special_use: SpecialUse,
    ) -> Result<Mailbox, Error> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached(&format!("{SELECT} AND account_id = ?1 AND special_use = ?2"))?;
            let found = statement.query_row(params![account, special_use.stored()], from_row);
            found.optional()?.ok_or(Error::NoSuchMailbox)
        })
        .await
    }
}
