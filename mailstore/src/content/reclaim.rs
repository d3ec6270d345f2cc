//! Letting go of contents: first only noted, in the transaction that takes the message away; then
//! looked at in the background, some at a time, and deleted when nobody has them.

use rusqlite::{OptionalExtension, params};

use super::folder::{ContentFolder, remove};
use super::read::file_of;
use crate::Error;
use crate::conversation;
use crate::database::{Told, Write};
use crate::value::{AccountId, ContentId, ConversationId};

/// Contents looked at in one transaction.
const SLICE: u32 = 50;

/// An account took a message out of a mailbox: it may not have it any more.
pub(crate) fn let_go(
    write: &Write<'_>,
    account: AccountId,
    content: ContentId,
    conversation: ConversationId,
) -> Result<(), Error> {
    let mut statement = write.prepare_cached(
        "INSERT OR REPLACE INTO reclaim (content_id, account_id, conversation_id) VALUES (?1, ?2, ?3)",
    )?;
    statement.execute(params![content, account, conversation])?;
    Ok(())
}

/// Looks at some contents that were let go of. True when there were any.
pub(crate) fn reclaim_some(write: &Write<'_>, folder: &ContentFolder) -> Result<bool, Error> {
    let candidates = {
        let mut statement = write.prepare_cached(
            "SELECT content_id, account_id, conversation_id FROM reclaim LIMIT ?1",
        )?;
        let rows =
            statement.query_map([SLICE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<Vec<(ContentId, AccountId, ConversationId)>>>()?
    };
    for (content, account, conversation) in &candidates {
        if !account_has(write, *account, *content)? {
            forget(write, *account, *content, *conversation)?;
        }
        if !is_wanted(write, *content)? {
            delete(write, folder, *content)?;
        }
        write
            .prepare_cached("DELETE FROM reclaim WHERE content_id = ?1 AND account_id = ?2")?
            .execute(params![content, account])?;
    }
    Ok(!candidates.is_empty())
}

fn account_has(write: &Write<'_>, account: AccountId, content: ContentId) -> Result<bool, Error> {
    let mut statement = write.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message CROSS JOIN mailbox ON mailbox.id = message.mailbox_id
                        WHERE message.content_id = ?1 AND mailbox.account_id = ?2)",
    )?;
    Ok(statement.query_row(params![content, account], |row| row.get(0))?)
}

/// In a mailbox, or on its way out.
fn is_wanted(write: &Write<'_>, content: ContentId) -> Result<bool, Error> {
    let mut statement = write.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message WHERE content_id = ?1)
             OR EXISTS (SELECT 1 FROM outbound WHERE content_id = ?1 AND pending > 0)",
    )?;
    Ok(statement.query_row([content], |row| row.get(0))?)
}

/// The account does not have the content any more: nothing of the account's points to it.
fn forget(
    write: &Write<'_>,
    account: AccountId,
    content: ContentId,
    conversation: ConversationId,
) -> Result<(), Error> {
    let identity: Option<i64> = write
        .prepare_cached("SELECT identity FROM content WHERE id = ?1")?
        .query_row([content], |row| row.get(0))
        .optional()?;
    let other = other_of(write, account, identity)?;
    write
        .prepare_cached(
            "UPDATE message_reference SET content_id = ?4, conversation_id = ifnull(?5, conversation_id)
             WHERE account_id = ?1 AND hash = ?2 AND content_id = ?3",
        )?
        .execute(params![account, identity, content, other.map(|one| one.0), other.map(|one| one.1)])?;
    write
        .prepare_cached("INSERT OR REPLACE INTO index_todo (content_id, account_id, operation) VALUES (?1, ?2, 2)")?
        .execute(params![content, account])?;
    write.tell(Told::ToIndex);
    conversation::forget(write, conversation)
}

/// Another message of the account with this identity, and its conversation. Of many in the house a
/// few are looked at: that an import brings a message again is no great harm.
fn other_of(
    write: &Write<'_>,
    account: AccountId,
    identity: Option<i64>,
) -> Result<Option<(ContentId, ConversationId)>, Error> {
    let mut statement = write.prepare_cached(
        "SELECT message.content_id, message.conversation_id
         FROM (SELECT id FROM content WHERE identity = ?2 ORDER BY id DESC LIMIT 50) AS alike
         CROSS JOIN message INDEXED BY message_content ON message.content_id = alike.id
         CROSS JOIN mailbox ON mailbox.id = message.mailbox_id AND mailbox.account_id = ?1
         LIMIT 1",
    )?;
    let found =
        statement.query_row(params![account, identity], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// Nobody has it: its rows go now, its file once that is committed.
fn delete(write: &Write<'_>, folder: &ContentFolder, content: ContentId) -> Result<(), Error> {
    if let Some(name) = file_of(write, content)? {
        let path = folder.path(&name);
        write.after_commit(move || remove(&path));
    }
    write.prepare_cached("DELETE FROM blob WHERE id = ?1")?.execute([content])?;
    write.prepare_cached("DELETE FROM content WHERE id = ?1")?.execute([content])?;
    Ok(())
}
