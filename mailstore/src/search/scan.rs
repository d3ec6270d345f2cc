//! A search while it is being worked off: a way through messages, and a question put to each. It may rest between any two messages,
//! so that one search over a large mailbox does not keep the others waiting.

use std::sync::Arc;
use std::time::Instant;

use message::Timestamp;
use rusqlite::Connection;

use super::asking::Asking;
use super::making::Making;
use super::plan::Planning;
use super::scope::{self, Searched};
use super::spot::{Entry, Spot};
use super::test::Test;
use super::view::{Known, Reading, View, youngest};
use super::walk::{Direction, Step, Walk};
use super::{Query, Within};
use crate::index::{IndexReader, not_indexed};
use crate::messages::MessageRow;
use crate::value::{AccountId, ContentId, MailboxId};
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
    /// Nor what came after this one.
    youngest: ContentId,
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
        let (mut unknown, youngest) = (Arc::default(), youngest(reading.mail)?);
        let mut index = None;
        if test.looks_at_texts() {
            unknown = Arc::new(not_indexed(reading.mail, wanted.account)?);
            index = reading.index_path.open(reading.mail)?;
            if let Some(open) = &index
                && let Err(error) = ask(&mut test, open, wanted.account, limits)
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
        Ok(Self { mailboxes, test, walk, index, unknown, youngest, tried: 0, reached: None })
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
        let known = Known { unknown: &self.unknown, youngest: self.youngest };
        let mut view = View::new(entry, row, reading, &mut self.index, known);
        match self.test.holds(&mut view) {
            Ok(holds) => Ok((holds, view.into_row())),
            Err(Error::NoSuchMessage) => Ok((false, None)),
            Err(error) => Err(error),
        }
    }
}

fn ask(
    test: &mut Test,
    index: &IndexReader,
    account: AccountId,
    limits: &SearchLimits,
) -> Result<(), Error> {
    let (trigrams_max, room) = (limits.trigrams_max, limits.named_max);
    Asking { index, account, trigrams_max, room }.ask(test)
}
