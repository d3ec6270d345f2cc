//! The table `index_todo` in `mail.db`, the outbox of the index: written with every change of messages, emptied when the index has it
//! on disk. Together with the index it is always exact: what is not in the one is in the other.

use rusqlite::{Connection, OptionalExtension, params};

use crate::Error;
use crate::database::length;
use crate::value::{AccountId, ContentId};

/// To be put in.
const PUT: i64 = 1;

/// One thing to be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Todo {
    pub(super) content: ContentId,
    pub(super) account: AccountId,
    operation: i64,
}

impl Todo {
    /// True for a message that came, false for one that went.
    pub(super) const fn is_put(self) -> bool {
        self.operation == PUT
    }
}

/// What is to be done next: the youngest messages first, they are what people look for.
pub(super) fn next(connection: &Connection, most: u32) -> Result<Vec<Todo>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT content_id, account_id, operation FROM index_todo ORDER BY content_id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([most], |row| {
        Ok(Todo { content: row.get(0)?, account: row.get(1)?, operation: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The messages of an account that the index may not have yet, lowest first.
pub(crate) fn not_indexed(
    connection: &Connection,
    account: AccountId,
) -> Result<Vec<ContentId>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT content_id FROM index_todo INDEXED BY index_todo_account
         WHERE account_id = ?1 AND operation = ?2 ORDER BY content_id",
    )?;
    Ok(statement.query_map((account, PUT), |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// How much there is to be done.
pub(super) fn count(connection: &Connection) -> Result<u64, Error> {
    Ok(length(connection.query_row("SELECT count(*) FROM index_todo", [], |row| row.get(0))?))
}

/// Which file the index is, and the last batch that need not be done again.
pub(super) fn state(connection: &Connection) -> Result<Option<(i64, i64)>, Error> {
    let mut statement = connection.prepare_cached("SELECT identity, batch FROM index_state")?;
    Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// True when this is the file that `mail.db` knows, neither older nor younger. Between the two commits of a batch it is one batch
/// ahead.
pub(super) fn knows(connection: &Connection, (identity, batch): (i64, i64)) -> Result<bool, Error> {
    Ok(state(connection)?
        .is_some_and(|(known, done)| known == identity && (batch == done || batch == done + 1)))
}

/// A batch is in the index, on disk. What was asked for anew meanwhile stays.
pub(super) fn done(connection: &Connection, done: &[Todo], batch: i64) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM index_todo WHERE content_id = ?1 AND account_id = ?2 AND operation = ?3",
    )?;
    for todo in done {
        statement.execute(params![todo.content, todo.account, todo.operation])?;
    }
    connection.prepare_cached("UPDATE index_state SET batch = ?1")?.execute([batch])?;
    Ok(())
}

/// The index begins anew: nothing is to be done. Gives the youngest content there is.
pub(super) fn begin(connection: &Connection) -> Result<i64, Error> {
    connection.execute("DELETE FROM index_todo", [])?;
    Ok(connection.query_row("SELECT ifnull(max(id), 0) FROM content", [], |row| row.get(0))?)
}

/// All messages with a content above this one, so many contents at most, are to be put in.
pub(super) fn put_all(connection: &Connection, above: i64, most: i64) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO index_todo (content_id, account_id, operation)
         SELECT message.content_id, mailbox.account_id, ?1
         FROM message INDEXED BY message_content CROSS JOIN mailbox ON mailbox.id = message.mailbox_id
         WHERE message.content_id > ?2 AND message.content_id <= ?2 + ?3",
    )?;
    statement.execute((PUT, above, most))?;
    Ok(())
}

/// All that is not in this file is in the list now: it is the index.
pub(super) fn trust(connection: &Connection, identity: i64) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO index_state (only, identity, batch) VALUES (1, ?1, 0)
         ON CONFLICT DO UPDATE SET identity = excluded.identity, batch = 0",
        [identity],
    )?;
    Ok(())
}
