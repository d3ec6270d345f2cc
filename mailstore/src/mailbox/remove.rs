//! Deleting mailboxes: gone from every list at once, their messages tidied away in the background,
//! some at a time.

use rusqlite::{OptionalExtension, params};

use super::rows::{find_of, tell};
use crate::change::What;
use crate::content::let_go;
use crate::database::{Purpose, Write};
use crate::quota;
use crate::value::{AccountId, ContentId, ConversationId, MailboxId};
use crate::{Error, Store};

/// Messages tidied away in one transaction.
const SLICE: u32 = 500;

impl Store {
    /// Deletes a mailbox with its messages: gone at once, tidied away in the background. INBOX and
    /// mailboxes with others below them are refused.
    pub async fn delete_mailbox(
        &self,
        account: AccountId,
        mailbox: MailboxId,
    ) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let found = find_of(write, account, mailbox)?;
            if found.name.is_inbox() {
                return Err(Error::MailboxIsInbox);
            }
            if has_children(write, account, found.name.as_str())? {
                return Err(Error::MailboxHasChildren);
            }
            write
                .prepare_cached("UPDATE mailbox SET removed = 1 WHERE id = ?1")?
                .execute([mailbox])?;
            quota::give_back(write, account, found.octets)?;
            tell(write, &found, What::Deleted);
            Ok(())
        })
        .await
    }
}

/// `0` is the character after `/`: all names below are between.
fn has_children(write: &Write<'_>, account: AccountId, name: &str) -> Result<bool, Error> {
    let mut statement = write.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM mailbox
                        WHERE account_id = ?1 AND removed = 0 AND name > ?2 || '/' AND name < ?2 || '0')",
    )?;
    Ok(statement.query_row(params![account, name], |row| row.get(0))?)
}

/// Deletes all mailboxes of an account that is being removed.
pub(crate) fn remove_all(write: &Write<'_>, account: AccountId) -> Result<(), Error> {
    write
        .prepare_cached("UPDATE mailbox SET removed = 1 WHERE account_id = ?1")?
        .execute([account])?;
    Ok(())
}

/// Tidies some messages of deleted mailboxes away, then the mailbox. True when there was anything.
pub(crate) fn tidy_removed(write: &Write<'_>) -> Result<bool, Error> {
    let next = write
        .prepare_cached("SELECT id, account_id FROM mailbox INDEXED BY mailbox_removed WHERE removed = 1 LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((mailbox, account)) = next else { return Ok(false) };
    if !tidy_messages(write, mailbox, account)? {
        for table in ["expunged", "keyword"] {
            write
                .prepare_cached(&format!("DELETE FROM {table} WHERE mailbox_id = ?1"))?
                .execute([mailbox])?;
        }
        write.prepare_cached("DELETE FROM mailbox WHERE id = ?1")?.execute([mailbox])?;
    }
    Ok(true)
}

fn tidy_messages(write: &Write<'_>, mailbox: MailboxId, account: AccountId) -> Result<bool, Error> {
    let gone: Vec<(u32, ContentId, ConversationId)> = write
        .prepare_cached("SELECT uid, content_id, conversation_id FROM message WHERE mailbox_id = ?1 ORDER BY uid LIMIT ?2")?
        .query_map(params![mailbox, SLICE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let Some((last, ..)) = gone.last() else { return Ok(false) };
    write
        .prepare_cached("DELETE FROM message WHERE mailbox_id = ?1 AND uid <= ?2")?
        .execute(params![mailbox, last])?;
    for (_, content, conversation) in gone {
        let_go(write, account, content, conversation)?;
    }
    Ok(true)
}
