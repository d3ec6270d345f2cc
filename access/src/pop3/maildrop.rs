//! A maildrop: INBOX as it was at login, and what this session has marked as deleted.
//!
//! Pure: knows numbers, sizes and ids, and nothing of where they come from.

use mailstore::{ContentId, Mailbox, MailboxId, MessageRow, Uid, UidSet, UidValidity};

use super::command::Number;
use super::refusal::Refusal;
use super::replies;

const LINE_END_OCTETS: u64 = 2;

/// What a session sees.
pub(super) struct Maildrop {
    pub(super) mailbox: MailboxId,
    uid_validity: UidValidity,
    messages: Vec<Message>,
}

/// One message. Small: a maildrop may hold a hundred thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    uid: Uid,
    /// Exactly what RETR sends.
    pub(super) octets: u64,
    pub(super) content: ContentId,
    deleted: bool,
}

/// How many messages, and how large together; those marked as deleted are not counted (RFC 1939 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) messages: usize,
    pub(super) octets: u64,
}

impl Maildrop {
    /// A message that was imported without the end of its last line goes out with it.
    pub(super) fn new(mailbox: &Mailbox, rows: &[MessageRow], unended: &UidSet) -> Self {
        let message = |row: &MessageRow| Message {
            uid: row.uid,
            octets: row.octets + if unended.contains(row.uid) { LINE_END_OCTETS } else { 0 },
            content: row.content,
            deleted: false,
        };
        Self {
            mailbox: mailbox.id,
            uid_validity: mailbox.uid_validity,
            messages: rows.iter().map(message).collect(),
        }
    }

    pub(super) fn totals(&self) -> Totals {
        self.present().fold(Totals { messages: 0, octets: 0 }, |totals, (_, message)| Totals {
            messages: totals.messages + 1,
            octets: totals.octets + message.octets,
        })
    }

    /// The message with this number, unless it is marked as deleted: any reference to that one is an
    /// error (RFC 1939 §5, DELE).
    pub(super) fn message(&self, number: Number) -> Result<&Message, Refusal> {
        let message = index(number).and_then(|index| self.messages.get(index));
        match message {
            None => Err(Refusal::client(replies::no_such_message(self.messages.len()))),
            Some(message) if message.deleted => Err(Refusal::client(replies::is_deleted(number))),
            Some(message) => Ok(message),
        }
    }

    /// A scan listing for each message.
    pub(super) fn sizes(&self) -> String {
        self.listing(|number, message| format!("{number} {}\r\n", message.octets))
    }

    /// A unique-id listing for each message.
    pub(super) fn unique_ids(&self) -> String {
        self.listing(|number, message| format!("{number} {}\r\n", self.unique_id(message)))
    }

    /// RFC 1939 §7, UIDL: never used for another message, and the same in every session.
    pub(super) fn unique_id(&self, message: &Message) -> String {
        format!("{}.{}", self.uid_validity, message.uid)
    }

    pub(super) fn delete(&mut self, number: Number) -> Result<(), Refusal> {
        self.message(number)?;
        if let Some(message) = index(number).and_then(|index| self.messages.get_mut(index)) {
            message.deleted = true;
        }
        Ok(())
    }

    pub(super) fn undelete_all(&mut self) {
        for message in &mut self.messages {
            message.deleted = false;
        }
    }

    /// What QUIT will remove.
    pub(super) fn deleted(&self) -> UidSet {
        self.messages.iter().filter(|message| message.deleted).map(|message| message.uid).collect()
    }

    fn listing(&self, line: impl Fn(usize, &Message) -> String) -> String {
        self.present().map(|(number, message)| line(number, message)).collect()
    }

    fn present(&self) -> impl Iterator<Item = (usize, &Message)> {
        (1..).zip(&self.messages).filter(|(_, message)| !message.deleted)
    }
}

fn index(number: Number) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn maildrop() -> Maildrop {
        let message = |uid, octets| Message {
            uid: Uid::new(uid).unwrap(),
            octets,
            content: ContentId::new(1),
            deleted: false,
        };
        Maildrop {
            mailbox: MailboxId::new(1),
            uid_validity: UidValidity::new(1_700_000_000),
            messages: vec![message(3, 120), message(7, 200)],
        }
    }

    #[test]
    fn messages_are_numbered_from_one_whatever_their_uids() {
        assert_eq!(maildrop().sizes(), "1 120\r\n2 200\r\n");
        assert_eq!(maildrop().unique_ids(), "1 1700000000.3\r\n2 1700000000.7\r\n");
        assert_eq!(maildrop().message(2).unwrap().octets, 200);
    }

    #[test]
    fn numbers_outside_the_maildrop_are_refused() {
        for number in [0, 3, u64::MAX] {
            assert!(maildrop().message(number).is_err(), "{number}");
        }
    }

    #[test]
    fn what_is_deleted_keeps_its_number_but_cannot_be_referred_to() {
        let mut maildrop = maildrop();
        maildrop.delete(1).unwrap();
        assert!(maildrop.delete(1).is_err());
        assert!(maildrop.message(1).is_err());
        assert_eq!(maildrop.sizes(), "2 200\r\n");
        assert_eq!(maildrop.totals(), Totals { messages: 1, octets: 200 });
        assert_eq!(maildrop.deleted().to_string(), "3");
        maildrop.undelete_all();
        assert_eq!(maildrop.totals(), Totals { messages: 2, octets: 320 });
        assert!(maildrop.deleted().is_empty());
    }
}
