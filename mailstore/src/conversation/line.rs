//! One conversation as a line of a list.

use message::{Person, Timestamp};
use rusqlite::Connection;

use super::ConversationLimits;
use super::visible::{Seen, Sight};
use crate::Error;
use crate::messages::{Line, OverviewFields, Place, read_overviews};
use crate::search::Spot;
use crate::value::{ContentId, ConversationId, Flags, MailboxId};

/// Somebody who wrote in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub person: Person,
    /// Wrote something that has not been read.
    pub unread: bool,
}

/// A conversation as a line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationSummary {
    /// Which.
    pub id: ConversationId,
    /// When its newest message of the list arrived: what the list is ordered by.
    pub newest: Timestamp,
    /// The subject of its first message.
    pub subject: String,
    /// Who wrote, each once, in the order in which they first did.
    pub participants: Vec<Participant>,
    /// To whom its newest message is: what one wants to see of what one sent.
    pub to: Vec<Person>,
    /// Messages, wherever in the account they lie.
    pub messages: u32,
    /// Those without `\Seen`, among the newest [`ConversationLimits::counted_max`].
    pub unread: u32,
    /// One of them is flagged.
    pub flagged: bool,
    /// One of them is a draft.
    pub has_draft: bool,
    /// One of them has something enclosed.
    pub has_attachment: bool,
    /// The first words of its newest message that has not been read, or else of its newest.
    pub snippet: String,
    /// Where its messages lie in the mailboxes of the list, the newest first: what is done to the line is done to these.
    pub places: Vec<Place>,
    /// There are more of them: see [`crate::Store::conversation`].
    pub has_more_places: bool,
}

/// Reads one. None when all of its messages went meanwhile.
pub(super) fn read(
    connection: &Connection,
    sight: &Sight,
    covered: &impl Fn(MailboxId) -> bool,
    (root, spot): (ConversationId, Spot),
    limits: &ConversationLimits,
) -> Result<Option<ConversationSummary>, Error> {
    let (messages, count) = sight.messages(connection, root, limits.counted_max)?;
    let unread = |seen: &&Seen| !seen.flags().contains(Flags::SEEN);
    let Some(newest) = messages.last() else { return Ok(None) };
    let quoted = messages.iter().rev().find(unread).unwrap_or(newest);
    let named = named(&messages, limits.named_max);
    let lines = lines(connection, &named)?;
    let line_of = |wanted: ContentId| {
        lines.iter().find(|(seen, _)| seen.content == wanted).map(|(_, line)| line)
    };
    let snippet = match line_of(quoted.content) {
        Some(line) => Some(line.preview.clone()),
        None => one_line(connection, quoted.content)?.map(|line| line.preview),
    };
    let mut places = places(&messages, covered);
    let has_more_places = places.len() > limits.places_max || count > messages.len();
    places.truncate(limits.places_max);
    let any = |flag: Flags| messages.iter().any(|seen| seen.flags().contains(flag));
    Ok(Some(ConversationSummary {
        id: root,
        newest: Timestamp::new(spot.date),
        subject: lines.first().map(|(_, line)| line.subject.clone()).unwrap_or_default(),
        participants: participants(&lines),
        to: line_of(newest.content).map(|line| line.to.clone()).unwrap_or_default(),
        messages: u32::try_from(count).unwrap_or(u32::MAX),
        unread: u32::try_from(messages.iter().filter(unread).count()).unwrap_or(u32::MAX),
        flagged: any(Flags::FLAGGED),
        has_draft: any(Flags::DRAFT),
        has_attachment: lines.iter().any(|(_, line)| line.has_attachment),
        snippet: snippet.unwrap_or_default(),
        places,
        has_more_places,
    }))
}

/// Those in the mailboxes of the list, the newest first.
fn places(messages: &[Seen], covered: &impl Fn(MailboxId) -> bool) -> Vec<Place> {
    let all = messages.iter().rev().flat_map(|seen| &seen.places);
    all.filter(|place| covered(place.mailbox)).copied().collect()
}

/// The first and the newest, if they are too many to name them all.
fn named(messages: &[Seen], most: usize) -> Vec<&Seen> {
    let left_out = messages.len().saturating_sub(most);
    messages.iter().take(1).chain(messages.iter().skip(1 + left_out)).collect()
}

fn lines<'a>(connection: &Connection, named: &[&'a Seen]) -> Result<Vec<(&'a Seen, Line)>, Error> {
    let contents: Vec<ContentId> = named.iter().map(|seen| seen.content).collect();
    let overviews = read_overviews(connection, &contents, OverviewFields::LINE)?;
    let seen = |content: ContentId| named.iter().copied().find(|seen| seen.content == content);
    Ok(overviews.into_iter().filter_map(|one| Some((seen(one.content)?, one.line?))).collect())
}

fn one_line(connection: &Connection, content: ContentId) -> Result<Option<Line>, Error> {
    Ok(read_overviews(connection, &[content], OverviewFields::LINE)?.pop().and_then(|one| one.line))
}

fn participants(lines: &[(&Seen, Line)]) -> Vec<Participant> {
    let mut participants: Vec<Participant> = Vec::new();
    for (seen, line) in lines {
        let Some(person) = &line.from else { continue };
        let unread = !seen.flags().contains(Flags::SEEN);
        match participants
            .iter_mut()
            .find(|known| known.person.address.eq_ignore_ascii_case(&person.address))
        {
            Some(known) => known.unread |= unread,
            None => participants.push(Participant { person: person.clone(), unread }),
        }
    }
    participants
}
