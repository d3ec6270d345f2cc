//! A list of conversations from the store, as rows of a page.

use crate::fault::Fault;
use crate::frame::name_of;
use crate::house::House;
use crate::markup::Time;
use crate::pages::Row;
use crate::people;
use crate::pick::Pick;
use crate::reader::Reader;
use mailstore::{ConversationSummary, Cursor, Flags, Mailbox, Query, Scope, SpecialUse, Within};
use message::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is listed, and from where on.
#[derive(Debug)]
pub struct Listing<'a> {
    /// Which messages.
    pub scope: Scope,
    /// The `page` of the URL; a broken one is the first page.
    pub cursor: &'a str,
    /// The list's URL without page, tick and deed.
    pub list: String,
}

/// A page of it.
#[derive(Debug)]
pub struct Found {
    /// The conversations.
    pub items: Vec<ConversationSummary>,
    /// This page's URL, to come back to.
    pub here: String,
    /// The page of newer ones.
    pub newer: Option<String>,
    /// The page of older ones.
    pub older: Option<String>,
    /// The search takes long: what arrived before this has not been looked at yet, and `older` goes on there.
    pub searched_to: Option<Timestamp>,
}

impl Listing<'_> {
    /// Asks the store.
    pub async fn find(&self, house: &House, reader: &Reader) -> Result<Found, Fault> {
        let limit = house.config().limits.conversations_per_page;
        let store = house.store();
        let account = reader.account.id;
        let mut cursor: Option<Cursor> = self.cursor.parse().ok();
        let mut page = store.conversations(account, &self.scope, cursor, limit).await?;
        // All that stood on a last page was archived: the one before is the last now. A search may find nothing for
        // pages on end, and there the way back would be a way in circles.
        if self.scope.query == Query::All && page.items.is_empty() && page.previous.is_some() {
            cursor = page.previous;
            page = store.conversations(account, &self.scope, cursor, limit).await?;
        }
        let at = |cursor: Cursor| with(&self.list, "page", &cursor.to_string());
        Ok(Found {
            here: cursor.map_or_else(|| self.list.clone(), at),
            newer: page.previous.map(at),
            older: page.next.map(at),
            searched_to: page.searched_to,
            items: page.items,
        })
    }
}

/// A URL with one more pair in its query.
pub fn with(url: &str, name: &str, value: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{name}={}", in_query(value))
}

/// Text as a value in a URL's query.
pub fn in_query(value: &str) -> String {
    const NOT_IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~')
        .remove(b'/')
        .remove(b':')
        .remove(b',');
    utf8_percent_encode(value, NOT_IN_QUERY).to_string()
}

/// Rows for a reader, in a list at `here`.
pub fn rows(found: &Found, reader: &Reader, within: Within, mailboxes: &[Mailbox]) -> Vec<Row> {
    let shows_recipients = matches!(within, Within::Mailbox(here) if mailboxes.iter().any(|mailbox| {
        mailbox.id == here && matches!(mailbox.special_use, Some(SpecialUse::Sent | SpecialUse::Drafts))
    }));
    let back = in_query(&found.here);
    let row = |item: &ConversationSummary| Row {
        href: format!("/conversation/{}?back={back}", item.id),
        pick: pick_of(item).to_string(),
        who: who(item, reader, shows_recipients),
        subject: subject_or(&item.subject),
        snippet: item.snippet.clone(),
        when: Time::short(&reader.when(item.newest)),
        messages: item.messages,
        // Of what the line's buttons change, which is less than the conversation.
        unread: item.places.iter().any(|place| !place.flags.contains(Flags::SEEN)),
        starred: item.places.iter().any(|place| place.flags.contains(Flags::FLAGGED)),
        has_attachment: item.has_attachment,
        place: matches!(within, Within::Account | Within::Everywhere)
            .then(|| place_of(item, mailboxes))
            .flatten(),
    };
    found.items.iter().map(row).collect()
}

/// What stands where a subject should.
pub fn subject_or(subject: &str) -> String {
    if subject.trim().is_empty() { "(no subject)".to_owned() } else { subject.to_owned() }
}

fn pick_of(item: &ConversationSummary) -> Pick {
    let mut pick: Pick = item.places.iter().collect();
    pick.has_more = item.has_more_places;
    pick
}

fn who(item: &ConversationSummary, reader: &Reader, shows_recipients: bool) -> String {
    let me = &reader.account.address;
    let names = if shows_recipients {
        format!("To: {}", people::short_list(&item.to, me))
    } else {
        people::writers(&item.participants, me)
    };
    if item.has_draft && !shows_recipients { format!("Draft, {names}") } else { names }
}

/// Where the newest of it lies, unless that is the inbox, which goes without saying.
fn place_of(item: &ConversationSummary, mailboxes: &[Mailbox]) -> Option<String> {
    let newest = item.places.first()?;
    let mailbox = mailboxes.iter().find(|mailbox| mailbox.id == newest.mailbox)?;
    (!mailbox.name.is_inbox()).then(|| name_of(mailbox).to_owned())
}
