//! Making a question ready for asking: words folded, keywords turned into bits, days into seconds, what is cheap to find out in
//! front.

use message::Timestamp;
use rusqlite::Connection;

use super::Query;
use super::needle::{Needle, Part};
use super::scope::Searched;
use super::test::{FactsTest, RowTest, Test, TextTest};
use crate::Error;
use crate::messages::read_keywords;
use crate::value::{Flags, Keyword, MailboxId};

/// What is to be known to make a question ready.
pub(super) struct Making<'a> {
    pub(super) connection: &'a Connection,
    pub(super) mailboxes: &'a [Searched],
    pub(super) now: Timestamp,
}

impl Making<'_> {
    pub(super) fn test(&self, query: &Query) -> Result<Test, Error> {
        let field = |name: &str| Part::Field(message::text::normalise(name));
        Ok(match query {
            Query::All => Test::Is(true),
            Query::And(all) => Test::and(self.tests(all)?),
            Query::Or(any) => Test::or(self.tests(any)?),
            Query::Not(inner) => Test::not(self.test(inner)?),
            Query::Text(text) => Test::text(Needle::new(Part::All, text)),
            Query::Body(text) => Test::text(Needle::new(Part::Body, text)),
            Query::Words(text) => Test::text(Needle::new(Part::Seen, text)),
            Query::Header { name, needle } => Test::text(Needle::new(field(name), needle)),
            Query::SentBefore(day) => Test::Facts(FactsTest::SentBefore(*day)),
            Query::SentSince(day) => Test::Facts(FactsTest::SentSince(*day)),
            Query::HasAttachment => Test::Facts(FactsTest::HasAttachment),
            row => Test::Row(self.row_test(row)?),
        })
    }

    fn tests(&self, queries: &[Query]) -> Result<Vec<Test>, Error> {
        queries.iter().map(|query| self.test(query)).collect()
    }

    fn row_test(&self, query: &Query) -> Result<RowTest, Error> {
        let ago = |seconds: &u32| self.now - i64::from(*seconds);
        Ok(match query {
            Query::Flags(flags) => RowTest::Flags(flags.system()),
            Query::Keyword(keyword) => RowTest::Keyword(self.keyword(keyword)?),
            Query::Before(moment) => RowTest::Before(*moment),
            Query::Since(moment) => RowTest::Since(*moment),
            Query::SavedBefore(moment) => RowTest::SavedBefore(*moment),
            Query::SavedSince(moment) => RowTest::SavedSince(*moment),
            // RFC 5032 §3: OLDER is at least so old, YOUNGER at most.
            Query::Older(seconds) => RowTest::Before(ago(seconds) + 1),
            Query::Younger(seconds) => RowTest::Since(ago(seconds)),
            Query::Larger(octets) => RowTest::Larger(*octets),
            Query::Smaller(octets) => RowTest::Smaller(*octets),
            Query::Uids(uids) => RowTest::Uids(uids.clone()),
            Query::ModSeq(modseq) => RowTest::ModSeq(*modseq),
            Query::In(mailbox) => RowTest::In(*mailbox),
            Query::Content(content) => RowTest::Content(*content),
            Query::Conversation(conversation) => RowTest::Conversation(*conversation),
            // Not of the row: `test` has dealt with it.
            _ => RowTest::Larger(u64::MAX),
        })
    }

    fn keyword(&self, wanted: &Keyword) -> Result<Vec<(MailboxId, Flags)>, Error> {
        let mut bits = Vec::new();
        for mailbox in self.mailboxes {
            let known = read_keywords(self.connection, mailbox.id)?;
            let bit = known
                .iter()
                .find(|(_, keyword)| keyword == wanted)
                .and_then(|(bit, _)| Flags::keyword(*bit));
            bits.extend(bit.map(|bit| (mailbox.id, bit)));
        }
        Ok(bits)
    }
}

impl Test {
    fn text(needle: Needle) -> Self {
        if needle.is_everywhere() {
            Self::Is(true)
        } else {
            Self::Text(Box::new(TextTest { needle, may: None }))
        }
    }

    fn not(inner: Self) -> Self {
        match inner {
            Self::Is(answer) => Self::Is(!answer),
            Self::Not(inner) => *inner,
            inner => Self::Not(Box::new(inner)),
        }
    }

    fn and(mut all: Vec<Self>) -> Self {
        if all.iter().any(|test| matches!(test, Self::Is(false))) {
            return Self::Is(false);
        }
        all.retain(|test| !matches!(test, Self::Is(true)));
        match all.len() {
            0 => Self::Is(true),
            1 => all.pop().unwrap_or(Self::Is(true)),
            _ => {
                all.sort_by_key(Self::cost);
                Self::And(all)
            }
        }
    }

    fn or(mut any: Vec<Self>) -> Self {
        if any.iter().any(|test| matches!(test, Self::Is(true))) {
            return Self::Is(true);
        }
        any.retain(|test| !matches!(test, Self::Is(false)));
        match any.len() {
            0 => Self::Is(false),
            1 => any.pop().unwrap_or(Self::Is(false)),
            _ => {
                any.sort_by_key(Self::cost);
                Self::Or(any)
            }
        }
    }
}
