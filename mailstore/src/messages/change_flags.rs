//! Changing flags. Only messages that are different afterwards get a new modseq (RFC 7162 §3.1).

use rusqlite::params;

use super::FlagsChanged;
use super::keyword::{self, OnMissing};
use super::slice::{self, Cursor, Which};
use crate::change::What;
use crate::database::{Purpose, Write};
use crate::mailbox;
use crate::value::{FlagChange, Flags, MailboxId, ModSeq, UidSet};
use crate::{Error, Store};

/// Messages changed in one transaction.
const SLICE: usize = 2_000;

impl Store {
    /// Changes flags. With `unchanged_since`, messages that changed after it are left alone and
    /// named.
    pub async fn change_flags(
        &self,
        mailbox: MailboxId,
        uids: &UidSet,
        change: FlagChange,
        unchanged_since: Option<ModSeq>,
    ) -> Result<FlagsChanged, Error> {
        let mut all = FlagsChanged::default();
        let mut next = Some(Cursor::ALL);
        while let Some(cursor) = next {
            let (uids, change) = (uids.clone(), change.clone());
            // Marking for deletion frees space in the end; a full disk must not prevent it.
            let slice = self.write(Purpose::Frees, move |write| {
                change_slice(write, mailbox, &uids, cursor, &change, unchanged_since)
            });
            let (changed, behind) = slice.await?;
            all.changed.extend(changed.changed);
            all.modified.extend_set(&changed.modified);
            next = behind;
        }
        Ok(all)
    }
}

fn change_slice(
    write: &Write<'_>,
    mailbox: MailboxId,
    uids: &UidSet,
    cursor: Cursor,
    change: &FlagChange,
    unchanged_since: Option<ModSeq>,
) -> Result<(FlagsChanged, Option<Cursor>), Error> {
    let found = mailbox::find(write, mailbox)?;
    let apply = resolve(write, mailbox, change)?;
    let cursor = cursor.bounded(&found);
    let (rows, next) = slice::read(write, mailbox, uids, cursor, Which::All, SLICE)?;
    let mut result = FlagsChanged::default();
    let mut unseen = 0_i64;
    let modseq = ModSeq::new(found.highest_modseq.get() + 1);
    let mut update = write.prepare_cached(
        "UPDATE message SET flags = ?3, modseq = ?4 WHERE mailbox_id = ?1 AND uid = ?2",
    )?;
    for row in rows {
        // In a later slice the mailbox's own counter has moved on, the messages' have not.
        if unchanged_since.is_some_and(|since| row.modseq > since) {
            result.modified.insert(row.uid);
            continue;
        }
        let flags = apply(row.flags);
        if flags != row.flags {
            unseen += i64::from(!flags.contains(Flags::SEEN))
                - i64::from(!row.flags.contains(Flags::SEEN));
            update.execute(params![mailbox, row.uid, flags.stored(), modseq.stored()])?;
            result.changed.push((row.uid, flags, modseq));
        }
    }
    if !result.changed.is_empty() {
        write
            .prepare_cached(
                "UPDATE mailbox SET highest_modseq = ?2, unseen = unseen + ?3 WHERE id = ?1",
            )?
            .execute(params![mailbox, modseq.stored(), unseen])?;
        mailbox::changed(write, found.account, mailbox, modseq, What::Flags);
    }
    Ok((result, next))
}

/// What the change does to a message's flags.
fn resolve(
    write: &Write<'_>,
    mailbox: MailboxId,
    change: &FlagChange,
) -> Result<impl Fn(Flags) -> Flags + use<>, Error> {
    let (set, clear, keep) = match change {
        FlagChange::Add(list) => {
            (keyword::resolve(write, mailbox, list, OnMissing::Add)?, Flags::NONE, true)
        }
        FlagChange::Remove(list) => {
            (Flags::NONE, keyword::resolve(write, mailbox, list, OnMissing::Skip)?, true)
        }
        FlagChange::Replace(list) => {
            (keyword::resolve(write, mailbox, list, OnMissing::Add)?, Flags::NONE, false)
        }
    };
    Ok(move |flags: Flags| if keep { (flags - clear) | set } else { set })
}
