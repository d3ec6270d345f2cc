//! What decides which conversation a message belongs to, computed before the writer is asked: hashes instead of texts.

use message::Summary;

use super::ConversationLimits;
use crate::content::short_hash;

/// What one message says of its place among others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Threading {
    /// Its own Message-ID.
    pub(super) own: Option<i64>,
    /// What it answers, the first of all in front, its parent at the end.
    pub(super) references: Vec<i64>,
    /// Its base subject (RFC 5256 §2.1); None when nothing is left of it.
    pub(super) subject: Option<i64>,
    /// Its subject says that it is a reply, and no field says to what.
    pub(super) lost_reply: bool,
    /// Lower-case addresses of those who wrote it and to whom.
    pub(super) participants: Vec<String>,
}

impl Threading {
    /// Takes it from what was read out of the message.
    pub(crate) fn of(summary: &Summary, limits: &ConversationLimits) -> Self {
        let own = summary.message_id.as_ref().map(|id| short_hash(id.as_bytes()));
        let mut references: Vec<i64> =
            summary.references.iter().map(|id| short_hash(id.as_bytes())).collect();
        if references.len() > limits.references_max {
            let latest = references.len() - limits.references_max.saturating_sub(1);
            references.drain(1.min(latest)..latest);
            references.truncate(limits.references_max);
        }
        let subject = Some(&summary.base_subject).filter(|subject| !subject.is_empty());
        Self {
            own,
            lost_reply: summary.is_reply && references.is_empty(),
            references,
            subject: subject.map(|subject| short_hash(subject.as_bytes())),
            participants: summary
                .participants
                .iter()
                .take(limits.participants_max)
                .cloned()
                .collect(),
        }
    }
}
