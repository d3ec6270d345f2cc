//! What was just done, and how to take it back.
//!
//! It travels in the URL of the page that comes after, under the session's seal, so that undo needs no JavaScript, no
//! memory of ours, and survives a restart. A forged one does not open.

use crate::seal::Seal;
use mailstore::{Flags, MailboxId, UidSet};

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What.
    pub deed: Deed,
    /// To how many lines.
    pub lines: u64,
    /// Of how many messages together.
    pub messages: u64,
    /// A line had older messages than those.
    pub has_more: bool,
    /// What takes it back; empty when nothing can.
    pub steps: Vec<Step>,
    /// It took more steps than a URL can hold.
    pub is_too_long: bool,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Moved to Archive.
    Archived,
    /// Moved to Trash.
    Deleted,
    /// Gone for good.
    Destroyed,
    /// Moved to the inbox.
    ToInbox,
    /// Marked read.
    Read,
    /// Marked unread.
    Unread,
    /// Got a star.
    Starred,
    /// Lost it.
    Unstarred,
    /// Taken back.
    Undone,
    /// A button was pressed with nothing ticked.
    NothingTicked,
    /// What was meant is not there any more, or is so already.
    NothingChanged,
}

/// One step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Move these back.
    Move {
        /// Where they are now.
        from: MailboxId,
        /// As what.
        uids: UidSet,
        /// Where they were.
        to: MailboxId,
    },
    /// Set or clear a flag again.
    Flag {
        /// Where they are.
        mailbox: MailboxId,
        /// Those that were changed.
        uids: UidSet,
        /// Which.
        flag: Flag,
        /// Whether it is to be set.
        set: bool,
    },
}

/// The flags that lists can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `\Seen`
    Seen,
    /// `\Flagged`
    Starred,
}

impl Flag {
    /// As the store knows it.
    pub fn bits(self) -> Flags {
        match self {
            Self::Seen => Flags::SEEN,
            Self::Starred => Flags::FLAGGED,
        }
    }
}

/// A URL should not be longer; what would take more steps back than fit has no undo, and says so. Messages that were
/// moved lie side by side where they are now and take few octets: it happens to flags of very many messages only.
const SEALED_OCTETS_MAX: usize = 6_000;

const PURPOSE: &str = "done";

const MORE: &str = "more";

const TOO_LONG: &str = "long";

const DEEDS: [(Deed, &str); 11] = [
    (Deed::Archived, "archived"),
    (Deed::Deleted, "deleted"),
    (Deed::Destroyed, "destroyed"),
    (Deed::ToInbox, "inbox"),
    (Deed::Read, "read"),
    (Deed::Unread, "unread"),
    (Deed::Starred, "starred"),
    (Deed::Unstarred, "unstarred"),
    (Deed::Undone, "undone"),
    (Deed::NothingTicked, "no-tick"),
    (Deed::NothingChanged, "no-change"),
];

impl Done {
    /// A deed with nothing to say but its name.
    pub fn bare(deed: Deed) -> Self {
        Self { deed, lines: 0, messages: 0, has_more: false, steps: Vec::new(), is_too_long: false }
    }

    /// Written and sealed, to be put into a URL as it is.
    pub fn sealed(&self, seal: &Seal) -> String {
        let name = DEEDS.iter().find(|(deed, _)| *deed == self.deed).map_or("", |(_, name)| name);
        let more = if self.has_more { MORE } else { "" };
        let head = format!("{name}~{}~{}{more}", self.lines, self.messages);
        let whole =
            self.steps.iter().fold(head.clone(), |words, step| words + "~" + &step.written());
        let words = if whole.len() <= SEALED_OCTETS_MAX { whole } else { head + "~" + TOO_LONG };
        seal.seal(PURPOSE, &words)
    }

    /// Reads what this session sealed.
    pub fn open(sealed: &str, seal: &Seal) -> Option<Self> {
        let mut parts = seal.open(PURPOSE, sealed)?.split('~');
        let name = parts.next()?;
        let deed = DEEDS.iter().find(|(_, known)| *known == name).map(|(deed, _)| *deed)?;
        let (lines, messages) = (parts.next()?, parts.next()?);
        let steps: Vec<&str> = parts.collect();
        let is_too_long = steps == [TOO_LONG];
        let steps = if is_too_long { Vec::new() } else { steps };
        Some(Self {
            deed,
            lines: lines.parse().ok()?,
            messages: messages.trim_end_matches(MORE).parse().ok()?,
            has_more: messages.ends_with(MORE),
            steps: steps.into_iter().map(Step::read).collect::<Option<_>>()?,
            is_too_long,
        })
    }

    /// For the person.
    pub fn words(&self) -> String {
        let what = match (self.lines, self.messages) {
            (0 | 1, messages) if self.has_more => format!("The newest {messages} messages"),
            (1, 1) => "Message".to_owned(),
            (0 | 1, _) => "Conversation".to_owned(),
            (lines, _) => format!("{lines} conversations"),
        };
        let told = match self.deed {
            Deed::Archived => format!("{what} archived."),
            Deed::Deleted => format!("{what} moved to Trash."),
            Deed::Destroyed => format!("{what} deleted for good."),
            Deed::ToInbox => format!("{what} moved to the inbox."),
            Deed::Read => format!("{what} marked read."),
            Deed::Unread => format!("{what} marked unread."),
            Deed::Starred => format!("{what} starred."),
            Deed::Unstarred => format!("{what}: star taken off."),
            Deed::Undone => "Taken back.".to_owned(),
            Deed::NothingTicked => "Nothing was ticked, so nothing was done.".to_owned(),
            Deed::NothingChanged => "There was nothing left to change.".to_owned(),
        };
        let left = match self.lines {
            _ if !self.has_more => "",
            0 | 1 => " The conversation has more.",
            _ => " Of the longest only the newest messages.",
        };
        let undo = if self.is_too_long { " It was too much to be taken back at once." } else { "" };
        format!("{told}{left}{undo}")
    }
}

impl Step {
    fn written(&self) -> String {
        match self {
            Self::Move { from, uids, to } => format!("m_{from}_{uids}_{to}"),
            Self::Flag { mailbox, uids, flag, set } => {
                let flag = if *flag == Flag::Seen { "seen" } else { "star" };
                format!("f_{mailbox}_{uids}_{flag}_{}", u8::from(*set))
            }
        }
    }

    fn read(written: &str) -> Option<Self> {
        let fields: Vec<&str> = written.split('_').collect();
        let mailbox = |text: &str| Some(MailboxId::new(text.parse().ok()?));
        match fields.as_slice() {
            ["m", from, uids, to] => Some(Self::Move {
                from: mailbox(from)?,
                uids: uids.parse().ok()?,
                to: mailbox(to)?,
            }),
            ["f", place, uids, flag @ ("seen" | "star"), set @ ("0" | "1")] => Some(Self::Flag {
                mailbox: mailbox(place)?,
                uids: uids.parse().ok()?,
                flag: if *flag == "seen" { Flag::Seen } else { Flag::Starred },
                set: *set == "1",
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn done() -> Done {
        let uids: UidSet = "3,5:9".parse().unwrap();
        Done {
            deed: Deed::Archived,
            lines: 2,
            messages: 6,
            has_more: true,
            is_too_long: false,
            steps: vec![
                Step::Move { from: MailboxId::new(6), uids: uids.clone(), to: MailboxId::new(1) },
                Step::Flag { mailbox: MailboxId::new(1), uids, flag: Flag::Starred, set: false },
            ],
        }
    }

    #[test]
    fn a_deed_comes_back_from_its_url_as_it_was() {
        let seal = Seal::new("secret");
        let sealed = done().sealed(&seal);
        assert_eq!(Done::open(&sealed, &seal), Some(done()));
        assert!(
            sealed.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"~_:,.-".contains(&octet)),
            "{sealed}"
        );
    }

    #[test]
    fn nobody_elses_deed_is_believed() {
        let sealed = done().sealed(&Seal::new("secret"));
        assert_eq!(Done::open(&sealed, &Seal::new("other")), None);
        assert_eq!(Done::open(&sealed.replace("m_6", "m_7"), &Seal::new("secret")), None);
        assert_eq!(Done::open("archived~1~1", &Seal::new("secret")), None);
    }

    #[test]
    fn too_many_steps_for_a_url_leave_the_words_without_undo_and_say_so() {
        let seal = Seal::new("secret");
        let step = done().steps.first().unwrap().clone();
        let many = Done { steps: vec![step; 1000], ..done() };
        let read = Done::open(&many.sealed(&seal), &seal).unwrap();
        assert_eq!((read.lines, read.steps.len(), read.is_too_long), (2, 0, true));
        assert!(read.words().ends_with("It was too much to be taken back at once."));
    }

    #[test]
    fn deeds_are_told_in_words() {
        for (lines, messages, has_more, words) in [
            (1, 1, false, "Message archived."),
            (1, 4, false, "Conversation archived."),
            (3, 9, false, "3 conversations archived."),
            (1, 500, true, "The newest 500 messages archived. The conversation has more."),
            (3, 509, true, "3 conversations archived. Of the longest only the newest messages."),
        ] {
            assert_eq!(Done { lines, messages, has_more, ..done() }.words(), words);
        }
    }
}
