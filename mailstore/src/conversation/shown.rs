//! One conversation with all its messages.

use message::Timestamp;
use rusqlite::Connection;

use super::members::root_of;
use super::visible::{Seen, Sight};
use crate::messages::{Overview, OverviewFields, Place, read_overviews};
use crate::search::Within;
use crate::value::{AccountId, ContentId, ConversationId};
use crate::{ConversationLimits, Error, Store};

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationMessage {
    /// When it arrived.
    pub internal_date: Timestamp,
    /// Where it lies, the mailbox that is looked at in front; its flags count.
    pub places: Vec<Place>,
    /// What it says: [`OverviewFields::LINE`].
    pub overview: Overview,
}

impl Store {
    /// The messages of a conversation in all mailboxes, the oldest first, each once. Those in Trash and Junk are left out, unless
    /// that is the mailbox looked at, or everywhere is, or there are no others. `NotFound` when there is none.
    pub async fn conversation(
        &self,
        account: AccountId,
        conversation: ConversationId,
        within: Within,
    ) -> Result<Vec<ConversationMessage>, Error> {
        let limits = self.options().conversation.clone();
        self.read(move |connection| read(connection, account, conversation, within, &limits)).await
    }
}

fn read(
    connection: &Connection,
    account: AccountId,
    conversation: ConversationId,
    within: Within,
    limits: &ConversationLimits,
) -> Result<Vec<ConversationMessage>, Error> {
    let root = root_of(connection, account, conversation)?.ok_or(NOT_FOUND)?;
    let sight = Sight::of(connection, account, within)?;
    let (mut messages, _) = sight.messages(connection, root, limits.shown_max)?;
    if messages.is_empty() {
        (messages, _) = sight.everywhere().messages(connection, root, limits.shown_max)?;
    }
    if messages.is_empty() {
        return Err(NOT_FOUND);
    }
    let contents: Vec<ContentId> = messages.iter().map(|seen| seen.content).collect();
    let overviews = read_overviews(connection, &contents, OverviewFields::LINE)?;
    // Those that are gone are left out: each is put beside its own.
    let mut overviews = overviews.into_iter().peekable();
    let mut shown = Vec::with_capacity(messages.len());
    for seen in messages {
        if let Some(overview) = overviews.next_if(|overview| overview.content == seen.content) {
            shown.push(message(seen, overview));
        }
    }
    Ok(shown)
}

const NOT_FOUND: Error = Error::NotFound("conversation");

fn message(seen: Seen, overview: Overview) -> ConversationMessage {
    ConversationMessage { internal_date: Timestamp::new(seen.date), places: seen.places, overview }
}
