//! From messages to conversations: the matches of a search, in the order of arrival, become a page of conversations, each where its
//! newest match stands.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::members::{places, root};
use crate::Error;
use crate::search::{Direction, Entry, Reading, Scan, Spot};
use crate::value::ConversationId;

/// A page while it is being gathered.
#[derive(Debug)]
pub(super) struct Group {
    direction: Direction,
    /// The page begins behind this spot.
    from: Option<Spot>,
    most: usize,
    roots: HashMap<ConversationId, ConversationId>,
    /// Where the conversations that were met stand.
    stands: HashMap<ConversationId, Spot>,
    found: Vec<(ConversationId, Spot)>,
}

impl Group {
    pub(super) fn new(direction: Direction, from: Option<Spot>, most: usize) -> Self {
        Self {
            direction,
            from,
            most,
            roots: HashMap::new(),
            stands: HashMap::new(),
            found: Vec::new(),
        }
    }

    /// Takes a match in. True when there are enough.
    pub(super) fn take(
        &mut self,
        scan: &mut Scan,
        reading: &Reading<'_>,
        entry: Entry,
    ) -> Result<bool, Error> {
        let root = self.root(reading.mail, entry.conversation)?;
        let stands = match self.stands.get(&root) {
            Some(stands) => *stands,
            None => {
                let stands = self.newest(scan, reading, root, entry)?;
                self.stands.insert(root, stands);
                stands
            }
        };
        // A conversation that stands elsewhere is on another page, or comes later on this one.
        if stands == entry.spot {
            self.found.push((root, stands));
        }
        Ok(self.found.len() >= self.most)
    }

    /// The conversations, in the order in which they were met.
    pub(super) fn take_found(&mut self) -> Vec<(ConversationId, Spot)> {
        std::mem::take(&mut self.found)
    }

    fn root(
        &mut self,
        connection: &Connection,
        conversation: ConversationId,
    ) -> Result<ConversationId, Error> {
        if let Some(root) = self.roots.get(&conversation) {
            return Ok(*root);
        }
        let root = root(connection, conversation)?;
        self.roots.insert(conversation, root);
        Ok(root)
    }

    /// Where a conversation stands: at its newest match. Only what the way has not led past has to be looked at.
    fn newest(
        &self,
        scan: &mut Scan,
        reading: &Reading<'_>,
        root: ConversationId,
        met: Entry,
    ) -> Result<Spot, Error> {
        let passed = match (self.direction, self.from) {
            // The way began at the top: what is met first is the newest.
            (Direction::Older, None) => return Ok(met.spot),
            (Direction::Older, Some(from)) => from,
            (Direction::Newer, _) => met.spot,
        };
        let mut newer = members(reading.mail, scan, root)?;
        newer.retain(|entry| entry.spot > met.spot && entry.spot >= passed);
        newer.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.spot));
        for entry in newer {
            if scan.matches(reading, entry, None)? {
                return Ok(entry.spot);
            }
        }
        Ok(met.spot)
    }
}

/// The messages of a conversation in the mailboxes that are searched.
fn members(
    connection: &Connection,
    scan: &Scan,
    root: ConversationId,
) -> Result<Vec<Entry>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT internal_date, content_id, conversation_id FROM message WHERE mailbox_id = ?1 AND uid = ?2",
    )?;
    let mut members = Vec::new();
    for (mailbox, uid) in places(connection, root)? {
        if scan.covers(mailbox) {
            let entry = statement.query_row(params![mailbox, uid], |row| {
                let spot = Spot { date: row.get(0)?, mailbox, uid };
                Ok(Entry { spot, content: row.get(1)?, conversation: row.get(2)? })
            });
            members.extend(entry.optional()?);
        }
    }
    Ok(members)
}
