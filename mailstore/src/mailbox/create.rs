//! Making mailboxes.

use rusqlite::params;

use super::rows::{find, find_name, insert, tell};
use super::{SpecialUse, set_subscribed};
use crate::account::check_exists;
use crate::change::What;
use crate::database::{Purpose, Write};
use crate::value::{AccountId, MailboxId, MailboxName};
use crate::{Error, Store};

impl Store {
    /// Makes a mailbox, and those above it that are missing (RFC 9051 §6.3.4). Not subscribed,
    /// unless it is for something. Another mailbox that was for it is not any more.
    pub async fn create_mailbox(
        &self,
        account: AccountId,
        name: &str,
        special_use: Option<SpecialUse>,
    ) -> Result<MailboxId, Error> {
        let name = MailboxName::parse(name)?;
        let (now, limit) = (self.now().seconds(), self.options().limits.mailboxes_max);
        self.write(Purpose::Grows, move |write| {
            check_exists(write, account)?;
            if find_name(write, account, &name)?.is_some() {
                return Err(Error::MailboxExists);
            }
            make_parents(write, account, &name, now)?;
            if let Some(special_use) = special_use {
                write
                    .prepare_cached("UPDATE mailbox SET special_use = NULL WHERE account_id = ?1 AND special_use = ?2")?
                    .execute(params![account, special_use.stored()])?;
            }
            let mailbox = insert(write, account, &name, special_use, now)?;
            set_subscribed(write, mailbox, special_use.is_some())?;
            check_count(write, account, limit)?;
            tell(write, &find(write, mailbox)?, What::Created);
            Ok(mailbox)
        })
        .await
    }
}

/// Every mailbox has those above it, so that no list has holes.
pub(super) fn make_parents(
    write: &Write<'_>,
    account: AccountId,
    name: &MailboxName,
    now: i64,
) -> Result<(), Error> {
    let mut missing = Vec::new();
    let mut above = name.parent();
    while let Some(name) = above {
        if find_name(write, account, &name)?.is_some() {
            break;
        }
        above = name.parent();
        missing.push(name);
    }
    for name in missing.iter().rev() {
        let mailbox = insert(write, account, name, None, now)?;
        tell(write, &find(write, mailbox)?, What::Created);
    }
    Ok(())
}

pub(super) fn check_count(write: &Write<'_>, account: AccountId, limit: u32) -> Result<(), Error> {
    let count: u32 = write
        .prepare_cached("SELECT count(*) FROM mailbox WHERE account_id = ?1 AND removed = 0")?
        .query_row([account], |row| row.get(0))?;
    if count > limit { Err(Error::TooManyMailboxes { limit }) } else { Ok(()) }
}
