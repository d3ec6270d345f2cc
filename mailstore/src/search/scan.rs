//! A search while it is being worked off: a way through messages, and a question put to each. It may rest between any two messages,
//! so that one search over a large mailbox does not keep the others waiting.

use std::sync::Arc;
use std::time::Instant;

use message::Timestamp;
use rusqlite::{Connection, params};

use super::scope::{self, Searched};
use super::spot::{Entry, Spot};
use super::test::{Asking, Making, RowTest, Test, union};
use super::view::{Reading, View};
use super::walk::{DateWalk, Direction, Step, UidWalk, Walk};
use super::{Query, Within};
use crate::index::{IndexReader, not_indexed};
use crate::messages::MessageRow;
use crate::value::{AccountId, ContentId, Flags, MailboxId, Uid, UidSet};
use crate::{Error, SearchLimits};

/// What is searched for, where, and in which order.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) account: AccountId,
    pub(crate) within: Within,
    pub(crate) query: Query,
    pub(crate) way: Way,
}

/// In which order messages are gone through.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// By mailbox and UID.
    Uid,
    /// By arrival, from a spot on or from the very beginning.
    Dates(Direction, Option<Spot>),
}

/// A search under way.
pub(crate) struct Scan {
    mailboxes: Vec<Searched>,
    test: Test,
    walk: Walk,
    index: Option<IndexReader>,
    /// What the index may not know, lowest first.
    unknown: Arc<Vec<ContentId>>,
    tried: u32,
    reached: Option<Spot>,
}

/// What came of a while of searching.
pub(crate) enum Found {
    /// This message matches.
    Match(Entry, Option<MessageRow>),
    /// Nothing yet: others want to search too.
    Pause,
    /// There is nothing more.
    End,
}

/// Messages tried between two looks at the clock.
const TRIED_AT_ONCE: u32 = 16;

impl Scan {
    /// Makes everything ready. The order of reading matters: first what the index may not know, then the index, then the messages;
    /// so no message falls in between.
    pub(crate) fn begin(
        reading: &Reading<'_>,
        wanted: &Wanted,
        now: Timestamp,
        limits: &SearchLimits,
    ) -> Result<Self, Error> {
        let all = scope::mailboxes(reading.mail, wanted.account)?;
        let mailboxes = scope::within(all, wanted.within)?;
        let making = Making { connection: reading.mail, mailboxes: &mailboxes, now };
        let mut test = making.test(&wanted.query)?;
        let mut unknown = Arc::default();
        let mut index = None;
        if test.looks_at_texts() {
            unknown = Arc::new(not_indexed(reading.mail, wanted.account)?);
            index = reading.index_path.open(reading.mail)?;
            if let Some(open) = &index
                && let Err(error) = test.ask(
                    open,
                    Asking { account: wanted.account, trigrams_max: limits.trigrams_max },
                )
            {
                reading.index_path.not_readable(&error);
                index = None;
                test = making.test(&wanted.query)?;
            }
        }
        let walk = Planning {
            connection: reading.mail,
            mailboxes: &mailboxes,
            test: &test,
            unknown: &unknown,
            limits,
        }
        .walk(wanted.way)?;
        Ok(Self { mailboxes, test, walk, index, unknown, tried: 0, reached: None })
    }

    /// A slice of the search begins.
    pub(crate) fn resume(&mut self, reading: &Reading<'_>) {
        self.with_index(reading, IndexReader::begin);
    }

    /// A slice of the search ends.
    pub(crate) fn rest(&mut self, reading: &Reading<'_>) {
        self.with_index(reading, IndexReader::rest);
    }

    fn with_index(
        &mut self,
        reading: &Reading<'_>,
        act: impl FnOnce(&IndexReader) -> Result<(), Error>,
    ) {
        if let Some(Err(error)) = self.index.as_ref().map(act) {
            reading.index_path.not_readable(&error);
            self.index = None;
        }
    }

    /// Searches on until there is a match, or the time is up.
    pub(crate) fn next(&mut self, reading: &Reading<'_>, until: Instant) -> Result<Found, Error> {
        loop {
            self.tried = self.tried.wrapping_add(1);
            if self.tried.is_multiple_of(TRIED_AT_ONCE) && Instant::now() >= until {
                return Ok(Found::Pause);
            }
            let Some((entry, row)) = self.step(reading.mail)? else { return Ok(Found::End) };
            self.reached = Some(entry.spot);
            let (matches, row) = self.judge(reading, entry, row)?;
            if matches {
                return Ok(Found::Match(entry, row));
            }
        }
    }

    /// The message that was looked at last.
    pub(crate) const fn reached(&self) -> Option<Spot> {
        self.reached
    }

    /// True when a message lies in the mailboxes that are searched.
    pub(crate) fn covers(&self, mailbox: MailboxId) -> bool {
        self.mailboxes.binary_search_by_key(&mailbox, |searched| searched.id).is_ok()
    }

    /// True when a message matches, wherever the search is.
    pub(crate) fn matches(
        &mut self,
        reading: &Reading<'_>,
        entry: Entry,
        row: Option<MessageRow>,
    ) -> Result<bool, Error> {
        Ok(self.judge(reading, entry, row)?.0)
    }

    fn step(&mut self, connection: &Connection) -> Result<Option<Step>, Error> {
        if matches!(self.test, Test::Is(false)) {
            return Ok(None);
        }
        self.walk.next(connection)
    }

    /// A message that went meanwhile does not match.
    fn judge(
        &mut self,
        reading: &Reading<'_>,
        entry: Entry,
        row: Option<MessageRow>,
    ) -> Result<(bool, Option<MessageRow>), Error> {
        let mut view = View::new(entry, row, reading, &mut self.index, &self.unknown);
        match self.test.holds(&mut view) {
            Ok(holds) => Ok((holds, view.into_row())),
            Err(Error::NoSuchMessage) => Ok((false, None)),
            Err(error) => Err(error),
        }
    }
}

/// Finds the shortest way.
struct Planning<'a> {
    connection: &'a Connection,
    mailboxes: &'a [Searched],
    test: &'a Test,
    unknown: &'a [ContentId],
    limits: &'a SearchLimits,
}

impl Planning<'_> {
    fn walk(&self, way: Way) -> Result<Walk, Error> {
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
            return Ok(Some(self.of_contents(&union(&may, self.unknown))?));
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
