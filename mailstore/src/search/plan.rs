//! The shortest way through the messages that may match: along a list when an index names few of them, by UID or by arrival through
//! all when it does not.

use rusqlite::{Connection, params};

use super::asking::union;
use super::scan::Way;
use super::scope::Searched;
use super::spot::{Entry, Spot};
use super::test::{RowTest, Test};
use super::walk::{DateWalk, Direction, UidWalk, Walk};
use crate::value::{ContentId, Flags, Uid, UidSet};
use crate::{Error, SearchLimits};

/// Finds the shortest way.
pub(super) struct Planning<'a> {
    pub(super) connection: &'a Connection,
    pub(super) mailboxes: &'a [Searched],
    pub(super) test: &'a Test,
    pub(super) unknown: &'a [ContentId],
    pub(super) limits: &'a SearchLimits,
}

impl Planning<'_> {
    pub(super) fn walk(&self, way: Way) -> Result<Walk, Error> {
        let ids = self.mailboxes.iter().map(|mailbox| mailbox.id);
        if let Some(entries) = self.listed()? {
            return Ok(list(entries, way));
        }
        Ok(match way {
            Way::Uid => Walk::Uids(UidWalk::new(
                ids,
                self.demanded_uids().cloned().unwrap_or_else(UidSet::all),
            )),
            Way::Dates(direction, from) => Walk::Dates(DateWalk::new(ids, direction, from)),
        })
    }

    fn demanded_uids(&self) -> Option<&UidSet> {
        self.test.demanded(&|test| match test {
            Test::Row(RowTest::Uids(uids)) => Some(uids),
            _ => None,
        })
    }

    /// The messages that an index names, if they are few.
    fn listed(&self) -> Result<Option<Vec<Entry>>, Error> {
        let most = self.limits.listed_max;
        if let Some(may) = self.test.may()
            && may.len() + self.unknown.len() <= most
        {
            return Ok(Some(self.of_contents(&union([may.as_slice(), self.unknown].into_iter()))?));
        }
        if self.demands(|test| matches!(test, Test::Not(inner) if matches!(**inner, Test::Row(RowTest::Flags(Flags::SEEN))))) {
            let unseen: u64 = self.mailboxes.iter().map(|mailbox| u64::from(mailbox.unseen)).sum();
            if usize::try_from(unseen).is_ok_and(|unseen| unseen <= most) {
                return self.flagged("SELECT uid FROM message INDEXED BY message_unseen WHERE mailbox_id = ?1 AND flags & 1 = 0 LIMIT ?2");
            }
        }
        if self.demands(|test| matches!(test, Test::Row(RowTest::Flags(flags)) if flags.contains(Flags::FLAGGED))) {
            return self.flagged("SELECT uid FROM message INDEXED BY message_flagged WHERE mailbox_id = ?1 AND flags & 4 <> 0 LIMIT ?2");
        }
        Ok(None)
    }

    fn demands(&self, is: impl Fn(&Test) -> bool) -> bool {
        self.test.demanded(&|test| is(test).then_some(())).is_some()
    }

    fn of_contents(&self, contents: &[ContentId]) -> Result<Vec<Entry>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT mailbox_id, uid, internal_date, conversation_id FROM message INDEXED BY message_content WHERE content_id = ?1",
        )?;
        let mut entries = Vec::new();
        for content in contents {
            let mut rows = statement.query([content])?;
            while let Some(row) = rows.next()? {
                let mailbox = row.get(0)?;
                if self.mailboxes.binary_search_by_key(&mailbox, |searched| searched.id).is_ok() {
                    let spot = Spot { date: row.get(2)?, mailbox, uid: row.get(1)? };
                    entries.push(Entry { spot, content: *content, conversation: row.get(3)? });
                }
            }
        }
        Ok(entries)
    }

    /// What a partial index names; None when it is too much.
    fn flagged(&self, select: &str) -> Result<Option<Vec<Entry>>, Error> {
        let most = self.limits.listed_max;
        let mut entries = Vec::new();
        let mut statement = self.connection.prepare_cached(select)?;
        let mut row_of = self.connection.prepare_cached(
            "SELECT internal_date, content_id, conversation_id FROM message WHERE mailbox_id = ?1 AND uid = ?2",
        )?;
        for mailbox in self.mailboxes {
            let left = i64::try_from(most + 1 - entries.len()).unwrap_or(i64::MAX);
            let mut uids = statement.query(params![mailbox.id, left])?;
            while let Some(row) = uids.next()? {
                let uid: Uid = row.get(0)?;
                entries.push(row_of.query_row(params![mailbox.id, uid], |row| {
                    let spot = Spot { date: row.get(0)?, mailbox: mailbox.id, uid };
                    Ok(Entry { spot, content: row.get(1)?, conversation: row.get(2)? })
                })?);
            }
            if entries.len() > most {
                return Ok(None);
            }
        }
        Ok(Some(entries))
    }
}

/// A list in the order of the way.
fn list(mut entries: Vec<Entry>, way: Way) -> Walk {
    match way {
        Way::Uid => entries.sort_unstable_by_key(|entry| (entry.spot.mailbox, entry.spot.uid)),
        Way::Dates(direction, from) => {
            entries.retain(|entry| from.is_none_or(|from| direction.leads(from, entry.spot)));
            entries.sort_unstable_by_key(|entry| entry.spot);
            if direction == Direction::Older {
                entries.reverse();
            }
        }
    }
    Walk::List(entries.into_iter())
}
