//! What every way in has in common: a message comes into an account, and into a mailbox.

use message::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::change::What;
use crate::content::Prepared;
use crate::conversation;
use crate::database::{Told, Write, stored};
use crate::mailbox;
use crate::value::{
    AccountId, ContentId, ConversationId, Flags, MailboxId, ModSeq, Uid, UidValidity,
};
use crate::{ConversationLimits, Error};

/// A content comes into an account, whichever mailboxes it is put into there: it gets its
/// conversation, can be found as a duplicate, and waits to be indexed.
pub(super) fn into_account(
    write: &Write<'_>,
    account: AccountId,
    content: ContentId,
    prepared: &Prepared,
    at: Timestamp,
    limits: &ConversationLimits,
) -> Result<ConversationId, Error> {
    let conversation = conversation::assign(write, account, &prepared.threading, at, limits)?;
    // The row is there already when the message has a Message-ID: the conversation was found by it.
    write
        .prepare_cached(
            "INSERT INTO message_reference (account_id, hash, conversation_id, content_id) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account_id, hash) DO UPDATE
             SET content_id = excluded.content_id, conversation_id = excluded.conversation_id",
        )?
        .execute(params![account, prepared.identity, conversation, content])?;
    write
        .prepare_cached("INSERT OR REPLACE INTO index_todo (content_id, account_id, operation) VALUES (?1, ?2, 1)")?
        .execute(params![content, account])?;
    write.tell(Told::ToIndex);
    Ok(conversation)
}

/// A row of table message, but for what the mailbox gives it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) flags: Flags,
    pub(super) internal_date: Timestamp,
    pub(super) save_date: Timestamp,
    pub(super) octets: u64,
    pub(super) content: ContentId,
    pub(super) conversation: ConversationId,
}

/// What the mailbox gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub(super) first: Uid,
    pub(super) modseq: ModSeq,
    pub(super) uid_validity: UidValidity,
}

/// Puts messages into a mailbox, with UIDs in a row and one modseq, and tells.
pub(super) fn into_mailbox(
    write: &Write<'_>,
    account: AccountId,
    mailbox: MailboxId,
    rows: &[Row],
) -> Result<Given, Error> {
    let given = count_in(write, mailbox, rows)?;
    let mut insert = write.prepare_cached(
        "INSERT INTO message (mailbox_id, uid, modseq, flags, internal_date, save_date, octets, content_id, conversation_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let uids = (given.first.get()..=u32::MAX).filter_map(Uid::new);
    for (row, uid) in rows.iter().zip(uids) {
        insert.execute(params![
            mailbox,
            uid,
            given.modseq.stored(),
            row.flags.stored(),
            row.internal_date.seconds(),
            row.save_date.seconds(),
            stored(row.octets),
            row.content,
            row.conversation,
        ])?;
    }
    mailbox::changed(write, account, mailbox, given.modseq, What::Arrived);
    Ok(given)
}

/// Counts messages in. The UIDs are the mailbox's next: one that was given is never given again.
fn count_in(write: &Write<'_>, mailbox: MailboxId, rows: &[Row]) -> Result<Given, Error> {
    let count = u32::try_from(rows.len()).map_err(|_| Error::NoUidLeft)?;
    let unseen = rows.iter().filter(|row| !row.flags.contains(Flags::SEEN)).count();
    let octets: u64 = rows.iter().map(|row| row.octets).sum();
    let mut statement = write.prepare_cached(
        "UPDATE mailbox SET uid_next = uid_next + ?2, highest_modseq = highest_modseq + 1, messages = messages + ?2,
                            unseen = unseen + ?3, octets = octets + ?4
         WHERE id = ?1 AND removed = 0 AND uid_next + ?2 <= 4294967296
         RETURNING uid_next - ?2, highest_modseq, uid_validity",
    )?;
    let given = statement.query_row(
        params![mailbox, count, u32::try_from(unseen).unwrap_or(count), stored(octets)],
        |row| {
            Ok(Given {
                first: row.get(0)?,
                modseq: ModSeq::from_stored(row.get(1)?),
                uid_validity: UidValidity::new(row.get(2)?),
            })
        },
    );
    match given.optional()? {
        Some(given) => Ok(given),
        None => mailbox::find(write, mailbox).and(Err(Error::NoUidLeft)),
    }
}
