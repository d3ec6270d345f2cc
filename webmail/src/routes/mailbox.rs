//! A mailbox as a list of conversations.

use crate::fault::Fault;
use crate::frame::{Frame, grouped, icon_of, name_of};
use crate::house::House;
use crate::listing::{Listing, rows, with};
use crate::pages::{Empty, ListPage, Tools, render};
use crate::reader::{Asked, Reader};
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use mailstore::{Mailbox, MailboxId, Scope, SpecialUse, Within};

/// `GET /`
pub async fn inbox(State(house): State<House>, reader: Reader) -> Result<Redirect, Fault> {
    let inbox = house.store().mailbox_by_name(reader.account.id, "INBOX").await?;
    Ok(Redirect::to(&format!("/mailbox/{}", inbox.id)))
}

/// `GET /mailbox/{mailbox}?page=…&tick=all`
pub async fn show(
    State(house): State<House>,
    reader: Reader,
    Path(mailbox): Path<String>,
    Asked(asked): Asked,
) -> Result<Response, Fault> {
    let id = MailboxId::new(mailbox.parse().map_err(|_| Fault::NotFound)?);
    let mailboxes = house.store().mailboxes(reader.account.id).await?;
    let mailbox = mailboxes.iter().find(|mailbox| mailbox.id == id).ok_or(Fault::NotFound)?;
    let listing = Listing {
        scope: Scope::mailbox(id),
        cursor: asked.get("page"),
        list: format!("/mailbox/{id}"),
    };
    let found = listing.find(&house, &reader).await?;
    let all_ticked = asked.get("tick") == "all";
    let mut frame = Frame::with(&house, &reader, &title(mailbox), Some(id), &mailboxes);
    frame.tell(&reader, asked.get("done"), &found.here);
    let page = ListPage {
        assets: house.assets(),
        frame,
        heading: name_of(mailbox).to_owned(),
        summary: summary(mailbox),
        notes: Vec::new(),
        rows: rows(&found, &reader, Within::Mailbox(id), &mailboxes),
        tick_href: if all_ticked { found.here.clone() } else { with(&found.here, "tick", "all") },
        here: found.here,
        newer: found.newer,
        older: found.older,
        all_ticked,
        tools: Tools::of(&[mailbox]),
        empty: empty(mailbox),
    };
    Ok(render(&page))
}

fn title(mailbox: &Mailbox) -> String {
    match mailbox.unseen {
        0 => name_of(mailbox).to_owned(),
        unseen => format!("{} ({})", name_of(mailbox), grouped(u64::from(unseen))),
    }
}

fn summary(mailbox: &Mailbox) -> String {
    let messages = match mailbox.messages {
        0 => return String::new(),
        1 => "1 message".to_owned(),
        messages => format!("{} messages", grouped(u64::from(messages))),
    };
    match mailbox.unseen {
        0 => messages,
        unseen => format!("{messages}, {} unread", grouped(u64::from(unseen))),
    }
}

fn empty(mailbox: &Mailbox) -> Empty {
    let (title, words) = match mailbox.special_use {
        _ if mailbox.name.is_inbox() => ("All done", "New letters will come to stand here."),
        Some(SpecialUse::Drafts) => ("No drafts", "Letters that you have begun will wait here."),
        Some(SpecialUse::Sent) => ("Nothing sent yet", "What you send is kept here."),
        Some(SpecialUse::Junk) => ("No junk", "That is how it should be."),
        Some(SpecialUse::Trash) => {
            ("Trash is empty", "What you delete lies here until it is deleted for good.")
        }
        Some(SpecialUse::Archive) => {
            ("Nothing archived yet", "What you have dealt with and want to keep goes here.")
        }
        None => ("Nothing in here", "No letter lies in this mailbox."),
    };
    Empty { icon: icon_of(mailbox), title, words: words.to_owned(), link: None }
}
