//! A question that is ready, and how it is put to a message: what is cheap to find out first, and no more than is needed.

use message::Timestamp;

use super::Day;
use super::asking::Contents;
use super::needle::Needle;
use super::view::View;
use crate::Error;
use crate::value::{ContentId, ConversationId, Flags, MailboxId, ModSeq, UidSet};

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
    pub(super) needle: Needle,
    /// The index says that only these may have it, of those that it knows; lowest first. None when it does not say.
    pub(super) may: Option<Contents>,
}

impl Test {
    /// The dearest thing that it may have to look at.
    pub(super) fn cost(&self) -> u8 {
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
