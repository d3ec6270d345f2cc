//! Rows of table mailbox.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Mailbox, SpecialUse};
use crate::Error;
use crate::change::{Change, What};
use crate::database::{Told, Write, length};
use crate::value::{AccountId, MailboxId, MailboxName, ModSeq, Uid, UidValidity};

/// What every query of mailboxes selects.
pub(super) const SELECT: &str =
    "SELECT id, account_id, name, special_use, subscribed, uid_validity, uid_next,
    highest_modseq, messages, unseen, octets FROM mailbox WHERE removed = 0";

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Mailbox> {
    Ok(Mailbox {
        id: row.get(0)?,
        account: row.get(1)?,
        name: MailboxName::from_stored(row.get(2)?),
        special_use: row.get::<_, Option<i64>>(3)?.and_then(SpecialUse::from_stored),
        subscribed: row.get(4)?,
        uid_validity: UidValidity::new(row.get(5)?),
        uid_next: u32::try_from(row.get::<_, i64>(6)?).ok().and_then(Uid::new),
        highest_modseq: ModSeq::from_stored(row.get(7)?),
        messages: row.get(8)?,
        unseen: row.get(9)?,
        octets: length(row.get(10)?),
    })
}

/// By id, whosever it is.
pub(crate) fn find(connection: &Connection, mailbox: MailboxId) -> Result<Mailbox, Error> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} AND id = ?1"))?;
    statement.query_row([mailbox], from_row).optional()?.ok_or(Error::NoSuchMailbox)
}

/// By id, if it is this account's.
pub(super) fn find_of(
    connection: &Connection,
    account: AccountId,
    mailbox: MailboxId,
) -> Result<Mailbox, Error> {
    find(connection, mailbox).and_then(|found| {
        if found.account == account { Ok(found) } else { Err(Error::NoSuchMailbox) }
    })
}

/// By name.
pub(super) fn find_name(
    connection: &Connection,
    account: AccountId,
    name: &MailboxName,
) -> Result<Option<Mailbox>, Error> {
    let mut statement =
        connection.prepare_cached(&format!("{SELECT} AND account_id = ?1 AND name = ?2"))?;
    Ok(statement.query_row(params![account, name.as_str()], from_row).optional()?)
}

/// The account's INBOX.
pub(crate) fn inbox(connection: &Connection, account: AccountId) -> Result<MailboxId, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM mailbox WHERE removed = 0 AND account_id = ?1 AND name = 'INBOX'",
    )?;
    statement.query_row([account], |row| row.get(0)).optional()?.ok_or(Error::NoSuchAccount)
}

/// Makes a mailbox. Whether the name is free and its parents are there is the caller's to know.
pub(crate) fn insert(
    write: &Write<'_>,
    account: AccountId,
    name: &MailboxName,
    special_use: Option<SpecialUse>,
    now: i64,
) -> Result<MailboxId, Error> {
    let uid_validity = next_uid_validity(write, now)?;
    write
        .prepare_cached("INSERT INTO mailbox (account_id, name, special_use, uid_validity) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![account, name.as_str(), special_use.map(SpecialUse::stored), uid_validity])?;
    Ok(MailboxId::new(write.last_insert_rowid()))
}

/// Never the same twice in the house, and later ones greater (RFC 9051 §2.3.1.1): a mailbox that is
/// deleted and made again under its name has another. Begins with the time, so that a restored
/// backup does not give what was given after it.
pub(super) fn next_uid_validity(write: &Write<'_>, now: i64) -> Result<u32, Error> {
    let floor = u32::try_from(now).unwrap_or(1).max(1);
    let mut statement = write.prepare_cached(
        "INSERT INTO counter (name, value) VALUES ('uid_validity', ?1)
         ON CONFLICT (name) DO UPDATE SET value = max(value + 1, ?1) RETURNING value",
    )?;
    Ok(statement.query_row([floor], |row| row.get(0))?)
}

pub(crate) fn set_subscribed(
    write: &Write<'_>,
    mailbox: MailboxId,
    subscribed: bool,
) -> Result<(), Error> {
    write
        .prepare_cached("UPDATE mailbox SET subscribed = ?2 WHERE id = ?1")?
        .execute(params![mailbox, subscribed])?;
    Ok(())
}

/// Tells that something happened to the mailbox itself.
pub(super) fn tell(write: &Write<'_>, mailbox: &Mailbox, what: What) {
    changed(write, mailbox.account, mailbox.id, mailbox.highest_modseq, what);
}

/// Tells that something happened in a mailbox.
pub(crate) fn changed(
    write: &Write<'_>,
    account: AccountId,
    mailbox: MailboxId,
    modseq: ModSeq,
    what: What,
) {
    write.tell(Told::Change(account, Change { mailbox, modseq, what }));
}
