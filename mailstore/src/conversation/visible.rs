//! The messages of a conversation that are to be seen: each content once, wherever it lies, without Trash and Junk unless one looks
//! there.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::members::places;
use crate::Error;
use crate::messages::Place;
use crate::search::{Within, searched_mailboxes};
use crate::value::{AccountId, ContentId, ConversationId, Flags, MailboxId, Uid};

/// Which mailboxes' messages are shown.
#[derive(Debug)]
pub(super) struct Sight {
    /// Of the account.
    all: HashSet<MailboxId>,
    /// In sight.
    shown: HashSet<MailboxId>,
    /// The one that is looked at: its copy of a message stands for all.
    here: Option<MailboxId>,
}

/// One message with all its places, the one that stands for it in front.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) content: ContentId,
    pub(super) date: i64,
    pub(super) places: Vec<Place>,
}

impl Seen {
    /// The flags that count.
    pub(super) fn flags(&self) -> Flags {
        self.places.first().map_or(Flags::NONE, |place| place.flags)
    }
}

impl Sight {
    pub(super) fn of(
        connection: &Connection,
        account: AccountId,
        within: Within,
    ) -> Result<Self, Error> {
        let here = match within {
            Within::Mailbox(mailbox) => Some(mailbox),
            Within::Account | Within::Everywhere => None,
        };
        let mailboxes = searched_mailboxes(connection, account)?;
        let in_sight = |searched: &&crate::search::Searched| {
            !searched.is_out_of_sight() || within == Within::Everywhere || here == Some(searched.id)
        };
        Ok(Self {
            shown: mailboxes.iter().filter(in_sight).map(|searched| searched.id).collect(),
            all: mailboxes.iter().map(|searched| searched.id).collect(),
            here,
        })
    }

    /// The same with everything in sight.
    pub(super) fn everywhere(self) -> Self {
        Self { shown: self.all.clone(), ..self }
    }

    /// The messages of a conversation, the oldest first, of too many the ones that came last; and how many there are in all.
    pub(super) fn messages(
        &self,
        connection: &Connection,
        root: ConversationId,
        most: usize,
    ) -> Result<(Vec<Seen>, usize), Error> {
        let mut places = places(connection, root)?;
        places.retain(|(mailbox, _)| self.shown.contains(mailbox));
        let beyond = places.len().saturating_sub(most);
        if beyond > 0 {
            // UIDs grow with time, near enough over all mailboxes.
            places.sort_unstable_by_key(|(mailbox, uid)| (*uid, *mailbox));
            places.drain(..beyond);
        }
        let messages = self.together(connection, &places)?;
        let count = messages.len() + beyond;
        Ok((messages, count))
    }

    fn together(
        &self,
        connection: &Connection,
        places: &[(MailboxId, Uid)],
    ) -> Result<Vec<Seen>, Error> {
        let mut statement = connection.prepare_cached(
            "SELECT flags, internal_date, content_id FROM message WHERE mailbox_id = ?1 AND uid = ?2",
        )?;
        let mut messages: Vec<Seen> = Vec::with_capacity(places.len());
        let mut known: HashMap<ContentId, usize> = HashMap::with_capacity(places.len());
        for (mailbox, uid) in places {
            let row = statement
                .query_row(params![mailbox, uid], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((flags, date, content)) = row else { continue };
            let place = Place { mailbox: *mailbox, uid: *uid, flags: Flags::from_stored(flags) };
            let at = *known.entry(content).or_insert(messages.len());
            match messages.get_mut(at) {
                None => messages.push(Seen { content, date, places: vec![place] }),
                Some(seen) if self.here == Some(*mailbox) => {
                    seen.places.insert(0, place);
                    seen.date = date;
                }
                Some(seen) => seen.places.push(place),
            }
        }
        messages.sort_by_key(|seen| (seen.date, seen.content));
        Ok(messages)
    }
}
