//! What can be asked of messages: a tree of conditions, as IMAP's SEARCH and the search box of the webmail need it. Values only.

use message::Timestamp;

use crate::SearchLimits;
use crate::value::{ContentId, ConversationId, Flags, Keyword, MailboxId, ModSeq, UidSet};
use crate::{Error, value};

/// A condition on a message. Texts are looked for as parts of words too, whatever their case, their accents' way of writing and
/// their white space: see [`message::text::normalise`]. The empty text is in every message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Every message.
    All,
    /// All of these; of none, every message.
    And(Vec<Query>),
    /// One of these at least; of none, no message.
    Or(Vec<Query>),
    /// Not this.
    Not(Box<Query>),
    /// All of these flags are set. Of a keyword's bit: see [`Query::Keyword`].
    Flags(Flags),
    /// This keyword is set.
    Keyword(Keyword),
    /// In the header or the body (RFC 9051 §6.4.4 TEXT). Signatures of machines are passed over.
    Text(String),
    /// In the body, the headers of messages inside and the names of attachments included.
    Body(String),
    /// In what a person sees: subject, the people, the list, the body, the names of attachments.
    Words(String),
    /// In a header field. Of the empty text: the field is there.
    Header {
        /// The field's name, in any case.
        name: String,
        /// What is looked for in its decoded value.
        needle: String,
    },
    /// Arrived before this moment (INTERNALDATE).
    Before(Timestamp),
    /// Arrived at this moment or later.
    Since(Timestamp),
    /// Its Date is of an earlier day, at the place where it was written (RFC 9051 §6.4.4 SENTBEFORE).
    SentBefore(Day),
    /// Its Date is of this day or a later one.
    SentSince(Day),
    /// Came into this mailbox before this moment (RFC 8514).
    SavedBefore(Timestamp),
    /// Came into this mailbox at this moment or later.
    SavedSince(Timestamp),
    /// More octets than this.
    Larger(u64),
    /// Fewer octets than this.
    Smaller(u64),
    /// One of these, in whichever mailbox is searched.
    Uids(UidSet),
    /// Changed at this modseq or later (RFC 7162 §3.1.5).
    ModSeq(ModSeq),
    /// Has something enclosed that a person would call an attachment.
    HasAttachment,
    /// Arrived this many seconds ago or earlier (RFC 5032 OLDER).
    Older(u32),
    /// Arrived within this many seconds (RFC 5032 YOUNGER).
    Younger(u32),
    /// Lies in this mailbox.
    In(MailboxId),
    /// Of this content (RFC 8474 EMAILID).
    Content(ContentId),
    /// Was given this conversation when it arrived (RFC 8474 THREADID).
    Conversation(ConversationId),
}

impl Query {
    /// Not this.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads as in RFC 9051; `!query` would not")]
    pub fn not(query: Self) -> Self {
        Self::Not(Box::new(query))
    }

    /// Without `\Seen`.
    pub fn unseen() -> Self {
        Self::not(Self::Flags(Flags::SEEN))
    }

    /// In the decoded Subject.
    pub fn subject(needle: impl Into<String>) -> Self {
        Self::header("subject", needle)
    }

    /// In From, names and addresses.
    pub fn from(needle: impl Into<String>) -> Self {
        Self::header("from", needle)
    }

    /// In To, names and addresses.
    pub fn to(needle: impl Into<String>) -> Self {
        Self::header("to", needle)
    }

    /// In Cc, names and addresses.
    pub fn cc(needle: impl Into<String>) -> Self {
        Self::header("cc", needle)
    }

    /// In Bcc, names and addresses.
    pub fn bcc(needle: impl Into<String>) -> Self {
        Self::header("bcc", needle)
    }

    /// In a header field.
    pub fn header(name: impl Into<String>, needle: impl Into<String>) -> Self {
        Self::Header { name: name.into(), needle: needle.into() }
    }

    /// Arrived on this day, in UTC.
    pub fn on(day: Day) -> Self {
        Self::And(vec![Self::Since(day.begin()), Self::Before(day.next().begin())])
    }

    /// Its Date is of this day, at the place where it was written.
    pub fn sent_on(day: Day) -> Self {
        Self::And(vec![Self::SentSince(day), Self::SentBefore(day.next())])
    }

    /// Came into this mailbox on this day, in UTC.
    pub fn saved_on(day: Day) -> Self {
        Self::And(vec![Self::SavedSince(day.begin()), Self::SavedBefore(day.next().begin())])
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, other) => other,
            (one, Self::All) => one,
            (one, other) => Self::And(vec![one, other]),
        }
    }

    /// Refuses what is too deep, too wide or too long to be answered.
    pub(super) fn check(&self, limits: &SearchLimits) -> Result<(), Error> {
        // Not by recursion: what is too deep for the limit may be too deep for the stack.
        let mut waiting = vec![(self, 1)];
        let mut terms = 0;
        while let Some((query, depth)) = waiting.pop() {
            terms += 1;
            if depth > limits.depth_max {
                return Err(Error::TooComplex { what: "levels", limit: limits.depth_max });
            }
            if terms > limits.terms_max {
                return Err(Error::TooComplex { what: "conditions", limit: limits.terms_max });
            }
            match query {
                Self::And(inner) | Self::Or(inner) => {
                    waiting.extend(inner.iter().map(|one| (one, depth + 1)))
                }
                Self::Not(inner) => waiting.push((inner, depth + 1)),
                Self::Text(needle) | Self::Body(needle) | Self::Words(needle) => {
                    check_needle(needle, limits)?
                }
                Self::Header { name, needle } => {
                    check_needle(name, limits)?;
                    check_needle(needle, limits)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn check_needle(needle: &str, limits: &SearchLimits) -> Result<(), Error> {
    if needle.len() > limits.needle_octets_max {
        return Err(Error::TooComplex {
            what: "octets in a word",
            limit: limits.needle_octets_max,
        });
    }
    Ok(())
}

/// A day of the calendar, wherever it is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

const SECONDS: i64 = 86_400;

impl Day {
    /// A day of the years 1900 to 9999, if there is such a day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = MONTHS.get(usize::from(month).checked_sub(1)?)?;
        if year < 1_000 {
            return None;
        }
        Timestamp::parse_rfc5322(&format!("{day} {month} {year} 00:00:00 +0000")).map(Self::of)
    }

    /// The day in UTC of a moment.
    pub const fn of(moment: Timestamp) -> Self {
        Self(moment.seconds().div_euclid(SECONDS))
    }

    /// The day, at a place so many minutes east of UTC, of a moment.
    pub fn at(moment: Timestamp, offset_minutes: i16) -> Self {
        Self::of(moment + i64::from(offset_minutes) * 60)
    }

    /// Midnight in UTC.
    pub const fn begin(self) -> Timestamp {
        Timestamp::new(self.0.saturating_mul(SECONDS))
    }

    /// The day after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Where to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// In one mailbox.
    Mailbox(value::MailboxId),
    /// In the whole account but for Trash and Junk.
    Account,
    /// In the whole account.
    Everywhere,
}

/// In which order matches are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By mailbox and UID.
    Uid,
    /// The latest arrival first.
    NewestFirst,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let day = Day::new(2026, 11, 23).unwrap();
        assert_eq!(day, Day::of(Timestamp::new(1_795_434_018)));
        assert_eq!(day.next(), Day::new(2026, 11, 24).unwrap());
        assert_eq!(Day::new(2026, 2, 29), None);
        assert_eq!(Day::new(2026, 0, 1), None);
        assert_eq!(Day::new(26, 1, 1), None);
        assert!(Day::at(day.begin(), -60) < day);
    }

    #[test]
    fn searches_are_bounded_in_depth_width_and_length() {
        let limits = SearchLimits {
            depth_max: 3,
            terms_max: 4,
            needle_octets_max: 5,
            ..SearchLimits::default()
        };
        let what = |query: &Query| match query.check(&limits) {
            Err(Error::TooComplex { what, .. }) => what,
            other => {
                other.unwrap();
                ""
            }
        };
        let deep = |levels| (1..levels).fold(Query::All, |inner, _| Query::not(inner));
        assert_eq!(what(&deep(3)), "");
        assert_eq!(what(&deep(4)), "levels");
        assert_eq!(what(&Query::Or(vec![Query::All; 3])), "");
        assert_eq!(what(&Query::Or(vec![Query::All; 4])), "conditions");
        assert_eq!(what(&Query::Text("12345".into())), "");
        assert_eq!(what(&Query::subject("123456")), "octets in a word");
        assert_eq!(what(&Query::header("1234567", "")), "octets in a word");
    }
}
