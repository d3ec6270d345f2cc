//! Which conversations are one, and which messages they have.

use rusqlite::{Connection, OptionalExtension};

use crate::Error;
use crate::value::{AccountId, ConversationId, MailboxId, Uid};

/// The conversation that this one turned out to be part of, or itself.
pub(super) fn root(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<ConversationId, Error> {
    let mut statement =
        connection.prepare_cached("SELECT joined_id FROM conversation WHERE id = ?1")?;
    let joined: Option<Option<ConversationId>> =
        statement.query_row([conversation], |row| row.get(0)).optional()?;
    Ok(joined.flatten().unwrap_or(conversation))
}

/// The same for a number from outside: None when the account has no such conversation.
pub(super) fn root_of(
    connection: &Connection,
    account: AccountId,
    conversation: ConversationId,
) -> Result<Option<ConversationId>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT joined_id FROM conversation WHERE id = ?1 AND account_id = ?2")?;
    let joined: Option<Option<ConversationId>> =
        statement.query_row((conversation, account), |row| row.get(0)).optional()?;
    Ok(joined.map(|joined| joined.unwrap_or(conversation)))
}

/// Those that turned out to be part of this one.
pub(super) fn joined(
    connection: &Connection,
    root: ConversationId,
) -> Result<Vec<ConversationId>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM conversation WHERE joined_id = ?1")?;
    Ok(statement.query_map([root], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// True when a message was given this very number and is still there.
pub(super) fn has_message(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message INDEXED BY message_conversation WHERE conversation_id = ?1)",
    )?;
    Ok(statement.query_row([conversation], |row| row.get(0))?)
}

/// All places of all messages of a conversation, given by its root.
pub(super) fn places(
    connection: &Connection,
    root: ConversationId,
) -> Result<Vec<(MailboxId, Uid)>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT mailbox_id, uid FROM message INDEXED BY message_conversation WHERE conversation_id = ?1",
    )?;
    let mut places = Vec::new();
    for conversation in std::iter::once(root).chain(joined(connection, root)?) {
        let mut rows = statement.query([conversation])?;
        while let Some(row) = rows.next()? {
            places.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(places)
}
