//! A conversation: all its messages wherever they lie, the newest and the unread open, the others folded.
//!
//! Looking at a message marks it read; asking for its head, or a browser's guess at what will be clicked, does not.

use crate::done::Flag;
use crate::fault::Fault;
use crate::form::{Fields, local_path};
use crate::frame::{Frame, name_of};
use crate::house::House;
use crate::letter::{Form, Opened};
use crate::listing::{subject_or, with};
use crate::pages::{ConversationPage, MessageView, Tools, render};
use crate::pick::Pick;
use crate::reader::{Asked, Looks, Reader};
use crate::routes::deed::flag_change;
use crate::routes::search::Question;
use crate::view::{Known, Views};
use axum::extract::{Path, State};
use axum::response::Response;
use mailstore::{
    ContentId, ConversationId, ConversationMessage, Flags, Mailbox, MailboxId, OverviewFields,
    Place, Within,
};

/// `GET /conversation/{conversation}?back=…&earlier=…`
pub async fn show(
    State(house): State<House>,
    reader: Reader,
    Path(conversation): Path<String>,
    Asked(asked): Asked,
    Looks(looks): Looks,
) -> Result<Response, Fault> {
    let id = ConversationId::new(conversation.parse().map_err(|_| Fault::NotFound)?);
    let store = house.store();
    let mailboxes = store.mailboxes(reader.account.id).await?;
    let list = List::named(local_path(asked.get("back"), "/"), &reader, &mailboxes);
    let messages = store.conversation(reader.account.id, id, list.within).await?;
    let page = Window::of(&messages, &asked, &house);
    let open = open_ones(page.messages, &house);
    if looks {
        let opened =
            page.messages.iter().filter(|message| open.contains(&message.overview.content));
        mark_read(&house, opened.flat_map(|message| &message.places)).await;
    }
    let here = with(&format!("/conversation/{id}"), "back", list.back);
    let mailboxes = store.mailboxes(reader.account.id).await?;
    let subject =
        subject_or(messages.first().and_then(line_of).map_or("", |line| line.subject.as_str()));
    let mut frame = Frame::with(&house, &reader, &subject, list.here(), &mailboxes);
    frame.tell(&reader, asked.get("done"), &here);
    let views = Views { reader: &reader, mailboxes: &mailboxes, limits: &house.config().limits };
    let shown = show_messages(&house, &views, &list, page.messages, &open).await?;
    let meant = meant(&messages, &list);
    let page = ConversationPage {
        assets: house.assets(),
        frame,
        subject,
        summary: summary(&messages),
        pick: meant.iter().copied().collect::<Pick>().to_string(),
        starred: meant.iter().any(|place| place.flags.contains(Flags::FLAGGED)),
        tools: Tools::for_places(meant.iter().copied(), &mailboxes),
        back: list.back.to_owned(),
        back_name: list.name.clone(),
        message_back: if messages.len() == 1 { list.back.to_owned() } else { here.clone() },
        earlier: page.earlier.map(|from| {
            (with(&here, "earlier", &from.to_string()), format!("{from} earlier messages"))
        }),
        here,
        messages: shown,
    };
    Ok(render(&page))
}

/// The list that one came from, by its URL.
struct List<'a> {
    back: &'a str,
    within: Within,
    name: String,
}

impl<'a> List<'a> {
    fn named(back: &'a str, reader: &Reader, mailboxes: &[Mailbox]) -> Self {
        let (path, query) = back.split_once('?').unwrap_or((back, ""));
        let id = path.strip_prefix("/mailbox/").and_then(|id| id.parse().ok()).map(MailboxId::new);
        if let Some(mailbox) = id.and_then(|id| mailboxes.iter().find(|mailbox| mailbox.id == id)) {
            return Self {
                back,
                within: Within::Mailbox(mailbox.id),
                name: name_of(mailbox).to_owned(),
            };
        }
        if path == "/search" {
            let within =
                Question::of(&Fields::parse(query.as_bytes()), reader, mailboxes).scope.within;
            return Self { back, within, name: "Search".to_owned() };
        }
        Self { back: "/", within: Within::Account, name: "Inbox".to_owned() }
    }

    fn here(&self) -> Option<MailboxId> {
        match self.within {
            Within::Mailbox(mailbox) => Some(mailbox),
            Within::Account | Within::Everywhere => None,
        }
    }
}

/// As many messages as one page holds: the newest, or those before a place in the conversation.
struct Window<'m> {
    messages: &'m [ConversationMessage],
    /// How many come before.
    earlier: Option<usize>,
}

impl<'m> Window<'m> {
    fn of(all: &'m [ConversationMessage], asked: &Fields, house: &House) -> Self {
        let end = asked.get("earlier").parse().unwrap_or(all.len()).clamp(1, all.len());
        let begin = end.saturating_sub(house.config().limits.messages_per_page);
        Self {
            messages: all.get(begin..end).unwrap_or_default(),
            earlier: (begin > 0).then_some(begin),
        }
    }
}

/// The newest, and what has not been read: all of them within the limit of letters in a page.
fn open_ones(messages: &[ConversationMessage], house: &House) -> Vec<ContentId> {
    let newest = messages.last().map(|message| message.overview.content);
    let unread = messages.iter().rev().filter(|message| !flags_of(message).contains(Flags::SEEN));
    let mut open: Vec<ContentId> = newest.into_iter().collect();
    open.extend(
        unread.map(|message| message.overview.content).filter(|content| Some(*content) != newest),
    );
    open.truncate(house.config().limits.letters_per_page);
    open
}

/// Marks read what has not been.
pub async fn mark_read(house: &House, places: impl Iterator<Item = &Place>) {
    let unread: Pick = places.filter(|place| !place.flags.contains(Flags::SEEN)).collect();
    for (mailbox, uids) in unread.sets() {
        // Reading goes on even when nothing can be written, as on a full disk.
        if let Err(error) =
            house.store().change_flags(mailbox, uids, flag_change(Flag::Seen, true), None).await
        {
            tracing::warn!(%error, "a message could not be marked read");
        }
    }
}

/// The newest first, as long as there is room for letters; then in their order.
async fn show_messages(
    house: &House,
    views: &Views<'_>,
    list: &List<'_>,
    messages: &[ConversationMessage],
    open: &[ContentId],
) -> Result<Vec<MessageView>, Fault> {
    let limits = &house.config().limits;
    let (mut letters, mut octets) = (0, 0);
    let mut shown = Vec::with_capacity(messages.len());
    for message in messages.iter().rev() {
        let Some(line) = line_of(message) else { continue };
        let known = Known {
            content: message.overview.content,
            line,
            octets: message.overview.octets,
            arrived: message.internal_date,
            places: &message.places,
            here: list.here(),
            open: open.contains(&message.overview.content),
        };
        if known.open || (letters < limits.letters_per_page && octets < limits.letters_octets) {
            let opened = open_message(house, message).await?;
            let view = views.opened(&known, &opened, Form::Best).await?;
            (letters, octets) = (letters + 1, octets + weight(&view));
            shown.push(view);
        } else {
            shown.push(views.closed(&known));
        }
    }
    shown.reverse();
    Ok(shown)
}

async fn open_message(house: &House, message: &ConversationMessage) -> Result<Opened, Fault> {
    let content = message.overview.content;
    let fields = OverviewFields::LINE | OverviewFields::PARTS;
    let overview =
        house.store().overviews(&[content], fields).await?.pop().ok_or(Fault::NotFound)?;
    Opened::of(house.store().content(content).await?, &overview, message.places.clone())
}

fn weight(view: &MessageView) -> usize {
    match &view.body {
        crate::pages::Body::Text { letter, .. } => letter.html.len(),
        _ => 0,
    }
}

/// What the buttons on top mean: the messages in the mailbox that one came from, or all that are in sight.
fn meant<'m>(messages: &'m [ConversationMessage], list: &List<'_>) -> Vec<&'m Place> {
    let all = || messages.iter().flat_map(|message| &message.places);
    let here: Vec<&Place> = all().filter(|place| Some(place.mailbox) == list.here()).collect();
    if here.is_empty() { all().collect() } else { here }
}

fn summary(messages: &[ConversationMessage]) -> String {
    let unread = messages.iter().filter(|message| !flags_of(message).contains(Flags::SEEN)).count();
    let count = match messages.len() {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    if unread > 0 && messages.len() > 1 { format!("{count}, {unread} of them new") } else { count }
}

fn flags_of(message: &ConversationMessage) -> Flags {
    message.places.first().map_or(Flags::NONE, |place| place.flags)
}

fn line_of(message: &ConversationMessage) -> Option<&mailstore::Line> {
    message.overview.line.as_ref()
}
