//! The numbers of conversations.

use std::time::Duration;

/// How messages find their conversation, and how much of one is read for a list.
#[derive(Debug, Clone)]
pub struct ConversationLimits {
    /// Message-IDs of one message that are looked at: the first, which began the conversation, and the latest.
    pub references_max: usize,
    /// Conversations that one message may show to be one. A stranger who refers to everything he has seen ties no more together.
    pub joined_at_once_max: usize,
    /// How far in time a reply without references may be from the conversation that its subject names.
    pub subject_window: Duration,
    /// Messages that a conversation takes in for their subject alone.
    pub by_subject_max: u32,
    /// Conversations of one subject that are looked at, the youngest first.
    pub by_subject_tried_max: u32,
    /// Addresses remembered of a conversation, to be shared with a reply without references.
    pub participants_max: usize,
    /// Messages of one conversation that are counted for a line of the list, the newest.
    pub counted_max: usize,
    /// Messages of one conversation whose senders are named in a line of the list: the first and the newest.
    pub named_max: usize,
    /// Messages of one conversation that a line of the list names for doing something with all of them, the newest.
    pub places_max: usize,
    /// Lines of one page of the list.
    pub page_max: usize,
    /// Messages of one conversation that are shown, the newest.
    pub shown_max: usize,
}

impl Default for ConversationLimits {
    fn default() -> Self {
        Self {
            references_max: 20,
            joined_at_once_max: 4,
            subject_window: Duration::from_secs(30 * 24 * 3_600),
            by_subject_max: 50,
            by_subject_tried_max: 20,
            participants_max: 20,
            counted_max: 1_000,
            named_max: 20,
            places_max: 500,
            page_max: 200,
            shown_max: 1_000,
        }
    }
}
