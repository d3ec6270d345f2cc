//! A list of conversations from the store, as rows of a page.

use crate::fault::Fault;
use crate::frame::name_of;
use crate::house::House;
use crate::markup::Time;
use crate::pages::Row;
use crate::people;
use crate::pick::Pick;
use crate::reader::Reader;
use mailstore::{ConversationSummary, Cursor, Mailbox, Scope, SpecialUse, Within};
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
}

impl Listing<'_> {
    /// Asks the store.
    pub async fn find(&self, house: &House, reader: &Reader) -> Result<Found, Fault> {
        let cursor: Option<Cursor> = self.cursor.parse().ok();
        let limit = house.config().limits.conversations_per_page;
        let page =
            house.store().conversations(reader.account.id, &self.scope, cursor, limit).await?;
        let at = |cursor: Cursor| with(&self.list, "page", &cursor.to_string());
        Ok(Found {
            here: cursor.map_or_else(|| self.list.clone(), at),
            newer: page.previous.map(at),
            older: page.next.map(at),
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
        unread: item.unread,
        starred: item.flagged,
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
    let mut pick = Pick::default();
    item.places.iter().for_each(|place| pick.add(place.mailbox, place.uid));
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
