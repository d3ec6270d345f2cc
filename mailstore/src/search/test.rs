//! A question made ready for asking: words folded, keywords turned into bits, days into seconds, what is cheap to find out in front.

use std::sync::Arc;

use message::Timestamp;
use rusqlite::Connection;

use super::needle::{Needle, Part};
use super::scope::Searched;
use super::view::View;
use super::{Day, Query};
use crate::Error;
use crate::index::{Asked, IndexReader, Shelf};
use crate::messages::read_keywords;
use crate::value::ConversationId;
use crate::value::{AccountId, ContentId, Flags, Keyword, MailboxId, ModSeq, UidSet};

/// A condition, ready to be tried on a message.
#[derive(Debug)]
pub(super) enum Test {
    Is(bool),
    And(Vec<Test>),
    Or(Vec<Test>),
    Not(Box<Test>),
    Row(RowTest),
    Facts(FactsTest),
    Text(Box<TextTest>),
}

/// What the message's row tells.
#[derive(Debug)]
pub(super) enum RowTest {
    Flags(Flags),
    /// The keyword's bit in each mailbox that knows it.
    Keyword(Vec<(MailboxId, Flags)>),
    Before(Timestamp),
    Since(Timestamp),
    SavedBefore(Timestamp),
    SavedSince(Timestamp),
    Larger(u64),
    Smaller(u64),
    Uids(UidSet),
    ModSeq(ModSeq),
    In(MailboxId),
    Content(ContentId),
    Conversation(ConversationId),
}

/// What is kept ready of the message tells.
#[derive(Debug)]
pub(super) enum FactsTest {
    SentBefore(Day),
    SentSince(Day),
    HasAttachment,
}

/// What only its text tells.
#[derive(Debug)]
pub(super) struct TextTest {
    needle: Needle,
    /// The index says that only these may have it, of those that it knows; lowest first. None when it does not say.
    may: Option<Arc<Vec<ContentId>>>,
}

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

    /// The dearest thing that it may have to look at.
    fn cost(&self) -> u8 {
        match self {
            Self::Is(_) => 0,
            Self::Row(_) => 1,
            Self::Facts(_) => 2,
            Self::Text(_) => 3,
            Self::Not(inner) => inner.cost(),
            Self::And(inner) | Self::Or(inner) => inner.iter().map(Self::cost).max().unwrap_or(0),
        }
    }

    /// True when the index can be of use.
    pub(super) fn looks_at_texts(&self) -> bool {
        self.cost() == 3
    }

    /// Asks the index about every text. Texts that must all be there are asked for together.
    pub(super) fn ask(&mut self, index: &IndexReader, asking: Asking) -> Result<(), Error> {
        match self {
            Self::Text(test) => {
                if let Some(asked) = test.needle.asked(asking.trigrams_max) {
                    test.may = Some(Arc::new(index.matching(asking.account, &asked)?));
                }
            }
            Self::And(all) => {
                for shelf in [Shelf::Text, Shelf::Glance] {
                    ask_together(all, index, asking, shelf)?;
                }
                for test in all.iter_mut().filter(|test| !matches!(test, Self::Text(_))) {
                    test.ask(index, asking)?;
                }
            }
            Self::Or(any) => {
                for test in any {
                    test.ask(index, asking)?;
                }
            }
            Self::Not(inner) => inner.ask(index, asking)?,
            Self::Is(_) | Self::Row(_) | Self::Facts(_) => {}
        }
        Ok(())
    }

    /// The contents that may match, of those that the index knows; None when any may.
    pub(super) fn may(&self) -> Option<Arc<Vec<ContentId>>> {
        match self {
            Self::Is(true) | Self::Not(_) | Self::Facts(_) => None,
            Self::Is(false) => Some(Arc::default()),
            Self::Row(RowTest::Content(content)) => Some(Arc::new(vec![*content])),
            Self::Row(_) => None,
            Self::Text(test) => test.may.clone(),
            Self::And(all) => {
                all.iter().filter_map(Self::may).reduce(|one, other| intersection(&one, &other))
            }
            Self::Or(any) => {
                let any: Option<Vec<_>> = any.iter().map(Self::may).collect();
                Some(any?.into_iter().reduce(|one, other| union(&one, &other)).unwrap_or_default())
            }
        }
    }

    /// A condition on the row that every match fulfils, if there is one of this kind.
    pub(super) fn demanded<'a, T>(&'a self, pick: &impl Fn(&'a Self) -> Option<T>) -> Option<T> {
        match self {
            Self::And(all) => all.iter().find_map(|test| test.demanded(pick)),
            test => pick(test),
        }
    }

    pub(super) fn holds(&self, view: &mut View<'_, '_>) -> Result<bool, Error> {
        match self {
            Self::Is(answer) => Ok(*answer),
            Self::Not(inner) => Ok(!inner.holds(view)?),
            Self::And(all) => {
                for test in all {
                    if !test.holds(view)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(any) => {
                for test in any {
                    if test.holds(view)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Row(test) => test.holds(view),
            Self::Facts(test) => test.holds(view),
            Self::Text(test) => test.holds(view),
        }
    }
}

/// Whose messages the index is asked for, and how closely.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    pub(super) account: AccountId,
    pub(super) trigrams_max: usize,
}

/// Asks for all texts at once that are on one shelf.
fn ask_together(
    all: &mut [Test],
    index: &IndexReader,
    asking: Asking,
    shelf: Shelf,
) -> Result<(), Error> {
    let mut texts: Vec<&mut TextTest> = Vec::new();
    let mut expressions = Vec::new();
    for test in all {
        if let Test::Text(test) = test
            && let Some(asked) =
                test.needle.asked(asking.trigrams_max).filter(|asked| asked.shelf == shelf)
        {
            expressions.push(asked.expression);
            texts.push(test);
        }
    }
    if !texts.is_empty() {
        let asked = Asked { shelf, expression: expressions.join(" AND ") };
        let together = Arc::new(index.matching(asking.account, &asked)?);
        for test in texts {
            test.may = Some(together.clone());
        }
    }
    Ok(())
}

impl RowTest {
    fn holds(&self, view: &mut View<'_, '_>) -> Result<bool, Error> {
        let mailbox = view.entry().spot.mailbox;
        match self {
            Self::In(wanted) => return Ok(*wanted == mailbox),
            Self::Content(content) => return Ok(*content == view.entry().content),
            Self::Conversation(conversation) => {
                return Ok(*conversation == view.entry().conversation);
            }
            Self::Uids(uids) => return Ok(uids.contains(view.entry().spot.uid)),
            Self::Before(moment) => return Ok(view.entry().spot.date < moment.seconds()),
            Self::Since(moment) => return Ok(view.entry().spot.date >= moment.seconds()),
            _ => {}
        }
        let row = view.row()?;
        Ok(match self {
            Self::Flags(flags) => row.flags.contains(*flags),
            Self::Keyword(bits) => {
                bits.iter().any(|(there, bit)| *there == mailbox && row.flags.contains(*bit))
            }
            Self::SavedBefore(moment) => row.save_date < *moment,
            Self::SavedSince(moment) => row.save_date >= *moment,
            Self::Larger(octets) => row.octets > *octets,
            Self::Smaller(octets) => row.octets < *octets,
            Self::ModSeq(modseq) => row.modseq >= *modseq,
            _ => false,
        })
    }
}

impl FactsTest {
    fn holds(&self, view: &mut View<'_, '_>) -> Result<bool, Error> {
        let facts = view.facts()?;
        Ok(match self {
            Self::SentBefore(day) => facts.sent.is_some_and(|sent| sent < *day),
            Self::SentSince(day) => facts.sent.is_some_and(|sent| sent >= *day),
            Self::HasAttachment => facts.has_attachment,
        })
    }
}

impl TextTest {
    fn holds(&self, view: &mut View<'_, '_>) -> Result<bool, Error> {
        if self.may.as_ref().is_some_and(|may| !view.may_be_among(may)) {
            return Ok(false);
        }
        if let Some(name) = self.needle.needs_message() {
            return Ok(view.field_values(name)?.iter().any(|value| self.needle.is_in(value)));
        }
        if self.needle.is_about_glances() {
            return Ok(self.needle.is_in_glance(view.glance()?));
        }
        Ok(self.needle.is_in_document(view.document()?))
    }
}

/// Both are sorted.
fn intersection(one: &[ContentId], other: &[ContentId]) -> Arc<Vec<ContentId>> {
    let (few, many) = if one.len() < other.len() { (one, other) } else { (other, one) };
    Arc::new(few.iter().copied().filter(|content| many.binary_search(content).is_ok()).collect())
}

/// Both are sorted, and so is what comes out.
pub(super) fn union(one: &[ContentId], other: &[ContentId]) -> Arc<Vec<ContentId>> {
    let mut all = [one, other].concat();
    // A merge of two sorted runs, which this sort notices.
    all.sort();
    all.dedup();
    Arc::new(all)
}
