//! Renaming mailboxes, with those below them.

use rusqlite::params;

use super::create::{check_count, make_parents};
use super::rows::{SELECT, find, find_name, find_of, from_row, insert, tell};
use super::{Mailbox, set_subscribed};
use crate::change::What;
use crate::database::{Purpose, Write};
use crate::value::{AccountId, MailboxId, MailboxName, NameFault};
use crate::{Error, Store};

impl Store {
    /// Gives a mailbox and those below it another name (RFC 9051 §6.3.6). Renaming INBOX moves its
    /// messages to the new mailbox and leaves an empty INBOX; what lies below INBOX stays.
    pub async fn rename_mailbox(
        &self,
        account: AccountId,
        mailbox: MailboxId,
        name: &str,
    ) -> Result<(), Error> {
        let name = MailboxName::parse(name)?;
        let (now, limit) = (self.now().seconds(), self.options().limits.mailboxes_max);
        self.write(Purpose::Grows, move |write| {
            let found = find_of(write, account, mailbox)?;
            if find_name(write, account, &name)?.is_some() {
                return Err(Error::MailboxExists);
            }
            if name.is_under(&found.name) && !found.name.is_inbox() {
                // Below itself there is no place for it.
                return Err(Error::NameInvalid(NameFault::TooDeep));
            }
            make_parents(write, account, &name, now)?;
            if found.name.is_inbox() {
                rename_inbox(write, &found, &name, now)?;
            } else {
                rename_tree(write, &found, &name)?;
            }
            check_count(write, account, limit)
        })
        .await
    }
}

/// The mailbox takes its messages, UIDs and all, to the new name; a new, empty one is INBOX from
/// now on. No message is touched.
fn rename_inbox(
    write: &Write<'_>,
    inbox: &Mailbox,
    name: &MailboxName,
    now: i64,
) -> Result<(), Error> {
    set_name(write, inbox.id, name)?;
    tell(write, inbox, What::Renamed);
    let fresh = insert(write, inbox.account, &MailboxName::inbox(), None, now)?;
    set_subscribed(write, fresh, true)?;
    tell(write, &find(write, fresh)?, What::Created);
    Ok(())
}

fn rename_tree(write: &Write<'_>, top: &Mailbox, name: &MailboxName) -> Result<(), Error> {
    let all: Vec<Mailbox> = write
        .prepare_cached(&format!("{SELECT} AND account_id = ?1"))?
        .query_map([top.account], from_row)?
        .collect::<rusqlite::Result<_>>()?;
    for mailbox in all.iter().filter(|one| one.id == top.id || one.name.is_under(&top.name)) {
        let below = mailbox.name.as_str().strip_prefix(top.name.as_str()).unwrap_or_default();
        // Checked again: a longer parent may make a name too long or too deep.
        set_name(write, mailbox.id, &MailboxName::parse(&format!("{name}{below}"))?)?;
        tell(write, mailbox, What::Renamed);
    }
    Ok(())
}

fn set_name(write: &Write<'_>, mailbox: MailboxId, name: &MailboxName) -> Result<(), Error> {
    write
        .prepare_cached("UPDATE mailbox SET name = ?2 WHERE id = ?1")?
        .execute(params![mailbox, name.as_str()])?;
    Ok(())
}
