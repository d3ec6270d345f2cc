//! Which messages are meant: exactly those that the page showed, by mailbox and UID, not whatever has come since.
//!
//! Written `3:17,19;5:2`, mailbox before the first colon, with `;more` when there are older ones that the page did not
//! name. One pick is one ticked line.

use mailstore::{MailboxId, Place, Uid, UidSet};
use std::fmt;

/// Messages of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pick {
    sets: Vec<(MailboxId, UidSet)>,
    /// The line has older ones too, more than it can name.
    pub has_more: bool,
}

/// Mailboxes in one pick; a conversation spreads over a handful.
const MAILBOXES_MAX: usize = 100;

const MORE: &str = "more";

impl Pick {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut pick = Self::default();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            if part == MORE {
                pick.has_more = true;
                continue;
            }
            let (mailbox, uids) = part.split_once(':')?;
            if pick.sets.len() == MAILBOXES_MAX {
                return None;
            }
            pick.add_set(MailboxId::new(mailbox.parse().ok()?), &uids.parse().ok()?);
        }
        (!pick.is_empty()).then_some(pick)
    }

    /// Adds one message.
    pub fn add(&mut self, mailbox: MailboxId, uid: Uid) {
        self.add_set(mailbox, &UidSet::from(uid));
    }

    /// Adds messages of one mailbox.
    pub fn add_set(&mut self, mailbox: MailboxId, uids: &UidSet) {
        match self.sets.iter_mut().find(|(known, _)| *known == mailbox) {
            Some((_, set)) => set.extend_set(uids),
            None => self.sets.push((mailbox, uids.clone())),
        }
    }

    /// Adds all of another pick.
    pub fn add_pick(&mut self, other: &Self) {
        for (mailbox, uids) in other.sets() {
            self.add_set(mailbox, uids);
        }
        self.has_more |= other.has_more;
    }

    /// The newest of each mailbox: a star on a line is a star on its newest message.
    pub fn newest(&self) -> Self {
        let newest =
            self.sets().filter_map(|(mailbox, uids)| Some((mailbox, UidSet::from(uids.last()?))));
        Self { sets: newest.collect(), has_more: false }
    }

    /// Those in mailboxes of which `wanted` is true.
    pub fn only(&self, wanted: impl Fn(MailboxId) -> bool) -> Self {
        let sets = self.sets.iter().filter(|(mailbox, _)| wanted(*mailbox)).cloned().collect();
        Self { sets, ..*self }
    }

    /// Mailboxes and what is picked in each.
    pub fn sets(&self) -> impl Iterator<Item = (MailboxId, &UidSet)> {
        self.sets.iter().map(|(mailbox, uids)| (*mailbox, uids))
    }

    /// Nothing is picked.
    pub fn is_empty(&self) -> bool {
        self.sets.iter().all(|(_, uids)| uids.is_empty())
    }

    /// How many messages.
    pub fn messages(&self) -> u64 {
        self.sets.iter().map(|(_, uids)| uids.len()).sum()
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (mailbox, uids)) in self.sets.iter().enumerate() {
            let separator = if at == 0 { "" } else { ";" };
            write!(f, "{separator}{mailbox}:{uids}")?;
        }
        if self.has_more { write!(f, ";{MORE}") } else { Ok(()) }
    }
}

impl<'p> FromIterator<&'p Place> for Pick {
    fn from_iter<P: IntoIterator<Item = &'p Place>>(places: P) -> Self {
        let mut pick = Self::default();
        places.into_iter().for_each(|place| pick.add(place.mailbox, place.uid));
        pick
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_pick_is_read_as_it_was_written() {
        for text in ["3:17", "3:17,19", "3:17:20;5:2", "3:17;more"] {
            assert_eq!(Pick::parse(text).unwrap().to_string(), text);
        }
        let pick = Pick::parse("3:17:20;5:2").unwrap();
        assert_eq!(pick.messages(), 5);
        assert_eq!(pick.newest().to_string(), "3:20;5:2");
        assert_eq!(pick.only(|mailbox| mailbox == MailboxId::new(5)).to_string(), "5:2");
    }

    #[test]
    fn what_is_no_pick_is_none() {
        for text in [
            "",
            ";",
            "more",
            "3",
            "3:",
            "x:1",
            "3:0",
            "3:*",
            "3:1;x",
            "3:-1",
            "99999999999999999999:1",
            "3:4294967296",
        ] {
            assert_eq!(Pick::parse(text), None, "{text}");
        }
        let wide = |mailboxes: usize| (0..mailboxes).map(|n| format!("{n}:1;")).collect::<String>();
        assert!(Pick::parse(&wide(MAILBOXES_MAX)).is_some());
        assert!(Pick::parse(&wide(MAILBOXES_MAX + 1)).is_none());
    }
}
