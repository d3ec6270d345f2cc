//! Where a message stands among others in time: by its arrival, and by mailbox and UID among those of one second.

use crate::value::{ContentId, ConversationId, MailboxId, Uid};

/// A message's place in the order of arrival. Greater is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spot {
    /// INTERNALDATE in seconds.
    pub(crate) date: i64,
    pub(crate) mailbox: MailboxId,
    pub(crate) uid: Uid,
}

/// A message, as far as the indexes know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) spot: Spot,
    pub(crate) content: ContentId,
    pub(crate) conversation: ConversationId,
}
