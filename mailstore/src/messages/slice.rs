//! Going through a set of messages some at a time, so that nobody else waits long for the writer or
//! a reader.

use message::Timestamp;
use rusqlite::{Connection, Row, params};

use super::MessageRow;
use crate::Error;
use crate::database::length;
use crate::mailbox::Mailbox;
use crate::value::{Flags, MailboxId, ModSeq, Uid, UidSet};

/// Where in a set one is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    /// The next UID to be looked at.
    pub(super) from: Uid,
    /// The last: what comes in while one goes through is not of the set.
    pub(super) last: Uid,
}

impl Cursor {
    /// All, to be [bounded](Self::bounded).
    pub(super) const ALL: Self = Self { from: Uid::FIRST, last: Uid::LAST };

    /// Without what comes in from now on, copies into the same mailbox among it. For the first slice;
    /// later ones are bounded by it.
    pub(super) fn bounded(self, mailbox: &Mailbox) -> Self {
        if self.last != Uid::LAST {
            return self;
        }
        let last = match mailbox.uid_next {
            Some(next) => Uid::new(next.get() - 1).unwrap_or(Uid::FIRST),
            None => Uid::LAST,
        };
        Self { last, ..self }
    }

    /// What is left behind this message.
    pub(super) fn behind(self, uid: Uid) -> Option<Self> {
        uid.next().filter(|next| *next <= self.last).map(|from| Self { from, ..self })
    }
}

/// Which messages of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    All,
    /// Those with `\Deleted`.
    Deleted,
}

/// The columns that `row` reads.
pub(crate) const COLUMNS: &str =
    "uid, modseq, flags, internal_date, save_date, octets, content_id, conversation_id";

pub(crate) fn row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        uid: row.get(0)?,
        modseq: ModSeq::from_stored(row.get(1)?),
        flags: Flags::from_stored(row.get(2)?),
        internal_date: Timestamp::new(row.get(3)?),
        save_date: Timestamp::new(row.get(4)?),
        octets: length(row.get(5)?),
        content: row.get(6)?,
        conversation: row.get(7)?,
    })
}

/// The next messages of the set, at most `limit`, and where to go on, if there may be more.
pub(super) fn read(
    connection: &Connection,
    mailbox: MailboxId,
    uids: &UidSet,
    cursor: Cursor,
    which: Which,
    limit: usize,
) -> Result<(Vec<MessageRow>, Option<Cursor>), Error> {
    let condition = match which {
        Which::All => "",
        Which::Deleted => "AND flags & 8 <> 0",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM message WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3 {condition} ORDER BY uid LIMIT ?4"
    ))?;
    let mut found: Vec<MessageRow> = Vec::new();
    for range in uids.ranges() {
        let (first, last) = ((*range.start()).max(cursor.from), (*range.end()).min(cursor.last));
        if first > last {
            continue;
        }
        let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![mailbox, first, last, left])?;
        while let Some(next) = rows.next()? {
            found.push(row(next)?);
        }
        if found.len() >= limit {
            let next = found.last().and_then(|last| cursor.behind(last.uid));
            return Ok((found, next));
        }
    }
    Ok((found, None))
}
