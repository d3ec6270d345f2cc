//! Ways through the messages of some mailboxes: by arrival, by UID, or along a list that an index gave.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use rusqlite::{Connection, params};

use super::spot::{Entry, Spot};
use crate::Error;
use crate::messages::{MESSAGE_COLUMNS, MessageRow, message_row};
use crate::value::{MailboxId, Uid, UidSet};

/// Which way through time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the latest arrival back.
    Older,
    /// From the earliest arrival on.
    Newer,
}

impl Direction {
    /// True when the way leads from one to the other.
    pub(super) fn leads(self, from: Spot, to: Spot) -> bool {
        match self {
            Self::Older => to < from,
            Self::Newer => to > from,
        }
    }
}

/// The next message on a way, with its row if that was read anyway.
pub(super) type Step = (Entry, Option<MessageRow>);

/// A way.
#[derive(Debug)]
pub(super) enum Walk {
    List(std::vec::IntoIter<Entry>),
    Dates(DateWalk),
    Uids(UidWalk),
}

impl Walk {
    pub(super) fn next(&mut self, connection: &Connection) -> Result<Option<Step>, Error> {
        match self {
            Self::List(entries) => Ok(entries.next().map(|entry| (entry, None))),
            Self::Dates(dates) => Ok(dates.next(connection)?.map(|entry| (entry, None))),
            Self::Uids(uids) => uids.next(connection),
        }
    }
}

/// Entries read at once from one mailbox, first and later.
const FIRST_LOAD: u32 = 64;
const LOAD: u32 = 512;

/// Through several mailboxes at once in the order of arrival. Holds no cursor open: it may rest between two steps.
#[derive(Debug)]
pub(super) struct DateWalk {
    direction: Direction,
    lanes: Vec<Lane>,
    heads: BinaryHeap<Head>,
    begun: bool,
}

#[derive(Debug)]
struct Lane {
    mailbox: MailboxId,
    /// Where to read on; None at the end.
    from: Option<(i64, i64)>,
    read: VecDeque<Entry>,
    load: u32,
}

/// The next entry of a lane.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    direction: Direction,
    spot: Spot,
    lane: usize,
}

impl Ord for Head {
    /// What comes first on the way is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        match self.direction {
            Direction::Older => self.spot.cmp(&other.spot),
            Direction::Newer => other.spot.cmp(&self.spot),
        }
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl DateWalk {
    /// From this spot on, itself left out; from the very beginning without.
    pub(super) fn new(
        mailboxes: impl Iterator<Item = MailboxId>,
        direction: Direction,
        from: Option<Spot>,
    ) -> Self {
        let lanes = mailboxes.map(|mailbox| Lane {
            mailbox,
            from: Some(begin(mailbox, direction, from)),
            read: VecDeque::new(),
            load: FIRST_LOAD,
        });
        Self { direction, lanes: lanes.collect(), heads: BinaryHeap::new(), begun: false }
    }

    fn next(&mut self, connection: &Connection) -> Result<Option<Entry>, Error> {
        if !self.begun {
            self.begun = true;
            for lane in 0..self.lanes.len() {
                self.refill(connection, lane)?;
            }
        }
        let Some(Head { lane, .. }) = self.heads.pop() else { return Ok(None) };
        let entry = self.lanes.get_mut(lane).and_then(|lane| lane.read.pop_front());
        self.refill(connection, lane)?;
        Ok(entry)
    }

    /// Puts the lane's next entry among the heads.
    fn refill(&mut self, connection: &Connection, number: usize) -> Result<(), Error> {
        let Some(lane) = self.lanes.get_mut(number) else { return Ok(()) };
        if lane.read.is_empty() {
            lane.load(connection, self.direction)?;
        }
        if let Some(entry) = lane.read.front() {
            self.heads.push(Head { direction: self.direction, spot: entry.spot, lane: number });
        }
        Ok(())
    }
}

/// The date and UID behind which a mailbox's way begins. Mailboxes are in order within one second.
fn begin(mailbox: MailboxId, direction: Direction, from: Option<Spot>) -> (i64, i64) {
    match (direction, from) {
        (Direction::Older, None) => (i64::MAX, i64::MAX),
        (Direction::Newer, None) => (i64::MIN, i64::MIN),
        (_, Some(spot)) => {
            let uid = match mailbox.cmp(&spot.mailbox) {
                Ordering::Less => i64::MAX,
                Ordering::Equal => i64::from(spot.uid.get()),
                Ordering::Greater => i64::MIN,
            };
            (spot.date, uid)
        }
    }
}

impl Lane {
    fn load(&mut self, connection: &Connection, direction: Direction) -> Result<(), Error> {
        let Some((date, uid)) = self.from else { return Ok(()) };
        let mut statement = connection.prepare_cached(match direction {
            Direction::Older => {
                "SELECT internal_date, uid, content_id, conversation_id FROM message INDEXED BY message_date
                 WHERE mailbox_id = ?1 AND (internal_date, uid) < (?2, ?3)
                 ORDER BY internal_date DESC, uid DESC LIMIT ?4"
            }
            Direction::Newer => {
                "SELECT internal_date, uid, content_id, conversation_id FROM message INDEXED BY message_date
                 WHERE mailbox_id = ?1 AND (internal_date, uid) > (?2, ?3)
                 ORDER BY internal_date, uid LIMIT ?4"
            }
        })?;
        let mut rows = statement.query(params![self.mailbox, date, uid, self.load])?;
        while let Some(row) = rows.next()? {
            let spot = Spot { date: row.get(0)?, mailbox: self.mailbox, uid: row.get(1)? };
            self.read.push_back(Entry { spot, content: row.get(2)?, conversation: row.get(3)? });
        }
        let is_full = u32::try_from(self.read.len()).unwrap_or(u32::MAX) >= self.load;
        self.from = self
            .read
            .back()
            .filter(|_| is_full)
            .map(|last| (last.spot.date, i64::from(last.spot.uid.get())));
        self.load = LOAD;
        Ok(())
    }
}

/// Rows read at once.
const ROWS: u32 = 1_000;

/// Through mailboxes one after the other, by UID.
#[derive(Debug)]
pub(super) struct UidWalk {
    mailboxes: VecDeque<MailboxId>,
    uids: UidSet,
    from: Uid,
    read: VecDeque<MessageRow>,
}

impl UidWalk {
    pub(super) fn new(mailboxes: impl Iterator<Item = MailboxId>, uids: UidSet) -> Self {
        Self { mailboxes: mailboxes.collect(), uids, from: Uid::FIRST, read: VecDeque::new() }
    }

    fn next(&mut self, connection: &Connection) -> Result<Option<Step>, Error> {
        while let Some(mailbox) = self.mailboxes.front().copied() {
            if self.read.is_empty() {
                self.load(connection, mailbox)?;
            }
            if let Some(row) = self.read.pop_front() {
                let spot = Spot { date: row.internal_date.seconds(), mailbox, uid: row.uid };
                let entry = Entry { spot, content: row.content, conversation: row.conversation };
                self.leave_behind(row.uid);
                return Ok(Some((entry, Some(row))));
            }
            self.next_mailbox();
        }
        Ok(None)
    }

    fn leave_behind(&mut self, uid: Uid) {
        match uid.next() {
            Some(next) => self.from = next,
            None => self.next_mailbox(),
        }
    }

    fn next_mailbox(&mut self) {
        self.mailboxes.pop_front();
        self.from = Uid::FIRST;
    }

    fn load(&mut self, connection: &Connection, mailbox: MailboxId) -> Result<(), Error> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {MESSAGE_COLUMNS} FROM message WHERE mailbox_id = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid LIMIT ?4"
        ))?;
        for range in self.uids.ranges() {
            let first = (*range.start()).max(self.from);
            if first > *range.end() {
                continue;
            }
            let mut rows = statement.query(params![mailbox, first, range.end(), ROWS])?;
            while let Some(row) = rows.next()? {
                self.read.push_back(message_row(row)?);
            }
            if !self.read.is_empty() {
                break;
            }
        }
        Ok(())
    }
}
