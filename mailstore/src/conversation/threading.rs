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
            lost_reply: summary.is_reply && summary.references.is_empty(),
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

#[cfg(test)]
mod tests {
    use message::Limits;

    use super::*;

    fn threading(header: &str, references_max: usize) -> Threading {
        let limits = ConversationLimits { references_max, ..ConversationLimits::default() };
        Threading::of(&Summary::of(header.as_bytes(), &Limits::default()), &limits)
    }

    fn hash(id: &str) -> i64 {
        short_hash(id.as_bytes())
    }

    #[test]
    fn of_too_many_references_the_first_and_the_latest_count() {
        let header = "Message-ID: <z@x>\r\nReferences: <a@x> <b@x> <c@x> <d@x>\r\nIn-Reply-To: <e@x>\r\n\r\n";
        for (most, kept) in [
            (5, vec!["a@x", "b@x", "c@x", "d@x", "e@x"]),
            (4, vec!["a@x", "c@x", "d@x", "e@x"]),
            (2, vec!["a@x", "e@x"]),
            (1, vec!["a@x"]),
            (0, vec![]),
        ] {
            let threading = threading(header, most);
            assert_eq!(threading.own, Some(hash("z@x")));
            assert_eq!(
                threading.references,
                kept.into_iter().map(hash).collect::<Vec<_>>(),
                "{most}"
            );
        }
    }

    #[test]
    fn only_a_reply_that_says_not_to_what_is_lost() {
        assert!(threading("Subject: Re: lunch\r\n\r\n", 20).lost_reply);
        assert!(!threading("Subject: lunch\r\n\r\n", 20).lost_reply);
        assert!(!threading("Subject: Re: lunch\r\nIn-Reply-To: <a@x>\r\n\r\n", 20).lost_reply);
        let plain = threading("Subject: lunch\r\n\r\n", 20).subject;
        assert!(plain.is_some());
        assert_eq!(threading("Subject: RE: Lunch\r\n\r\n", 20).subject, plain);
        assert_eq!(threading("Subject: Re:\r\n\r\n", 20).subject, None);
    }
}
