//! What is remembered of a conversation goes with its last message.

use rusqlite::Connection;

use super::members::{has_message, joined, root};
use crate::Error;
use crate::value::ConversationId;

/// Deletes a conversation, with all that is tied to it, when none of them has a message any more. A late answer then begins a
/// new one.
pub(crate) fn forget(connection: &Connection, conversation: ConversationId) -> Result<(), Error> {
    let root = root(connection, conversation)?;
    let mut all = joined(connection, root)?;
    all.push(root);
    for one in &all {
        if has_message(connection, *one)? {
            return Ok(());
        }
    }
    for one in all {
        connection
            .prepare_cached("DELETE FROM message_reference WHERE conversation_id = ?1")?
            .execute([one])?;
        connection.prepare_cached("DELETE FROM conversation WHERE id = ?1")?.execute([one])?;
    }
    Ok(())
}
