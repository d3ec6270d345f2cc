//! The pages, as templates see them. Views only: whoever fills them has decided everything.

use crate::assets::Assets;
use crate::frame::{Face, Frame};
use crate::html::Height;
use crate::markup::{Icon, Markup, Time};
use crate::text::Letter;
use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use mailstore::{Mailbox, Place, SpecialUse};
use std::collections::HashSet;

/// A list of conversations: a mailbox or what a search found.
#[derive(Template)]
#[template(path = "list.html")]
pub struct ListPage<'a> {
    pub assets: &'a Assets,
    pub frame: Frame,
    /// Its name.
    pub heading: String,
    /// How much it holds, in words.
    pub summary: String,
    /// What a search could not make sense of.
    pub notes: Vec<String>,
    pub rows: Vec<Row>,
    /// This page's URL, to come back to.
    pub here: String,
    pub newer: Option<String>,
    pub older: Option<String>,
    /// This page with all ticked, or with none.
    pub tick_href: String,
    pub all_ticked: bool,
    pub tools: Tools,
    pub empty: Empty,
}

/// Which buttons there are for messages that lie in some mailboxes.
#[derive(Clone, Copy)]
pub struct Tools {
    /// Archiving changes something.
    pub archive: bool,
    /// They can be brought back to the inbox.
    pub inbox: bool,
    /// Deleting them is for good.
    pub for_good: bool,
}

impl Tools {
    /// For messages that lie here.
    pub fn for_places<'p>(
        places: impl IntoIterator<Item = &'p Place>,
        mailboxes: &[Mailbox],
    ) -> Self {
        let held: HashSet<_> = places.into_iter().map(|place| place.mailbox).collect();
        let holds = |mailbox: &&Mailbox| held.contains(&mailbox.id);
        Self::of(&mailboxes.iter().filter(holds).collect::<Vec<_>>())
    }

    /// For these mailboxes; none stands for all.
    pub fn of(mailboxes: &[&Mailbox]) -> Self {
        let all = |uses: &[SpecialUse]| {
            let one =
                |mailbox: &&Mailbox| mailbox.special_use.is_some_and(|used| uses.contains(&used));
            !mailboxes.is_empty() && mailboxes.iter().all(one)
        };
        Self {
            archive: !all(&[SpecialUse::Archive, SpecialUse::Sent, SpecialUse::Drafts]),
            inbox: all(&[SpecialUse::Trash, SpecialUse::Archive]),
            for_good: all(&[SpecialUse::Trash]),
        }
    }
}

/// One conversation in a list.
pub struct Row {
    pub href: String,
    /// The messages that are meant by ticking it.
    pub pick: String,
    pub who: String,
    pub subject: String,
    pub snippet: String,
    pub when: Time,
    pub messages: u32,
    pub unread: bool,
    pub starred: bool,
    pub has_attachment: bool,
    /// The mailbox, where lists mix them.
    pub place: Option<String>,
}

/// What an empty list says.
pub struct Empty {
    pub icon: &'static str,
    pub title: &'static str,
    pub words: String,
    pub link: Option<(String, &'static str)>,
}

/// A conversation.
#[derive(Template)]
#[template(path = "conversation.html")]
pub struct ConversationPage<'a> {
    pub assets: &'a Assets,
    pub frame: Frame,
    pub subject: String,
    pub summary: String,
    /// The messages that the buttons on top mean.
    pub pick: String,
    pub starred: bool,
    pub tools: Tools,
    /// The list that one came from.
    pub back: String,
    pub back_name: String,
    /// This page's URL.
    pub here: String,
    /// Where a message's own buttons lead.
    pub message_back: String,
    /// Messages further back than this page reaches.
    pub earlier: Option<(String, String)>,
    pub messages: Vec<MessageView>,
}

/// One message in a conversation.
pub struct MessageView {
    pub content: String,
    pub pick: String,
    pub open: bool,
    pub unread: bool,
    pub starred: bool,
    pub in_trash: bool,
    pub face: Face,
    pub from_name: String,
    pub from_address: String,
    pub from_full: String,
    pub to_short: String,
    pub to_full: String,
    pub cc_full: String,
    pub subject: String,
    pub preview: String,
    pub when: Time,
    pub date_full: Time,
    pub arrived_full: Time,
    /// The mailboxes it lies in.
    pub places: String,
    pub size: String,
    pub body: Body,
    pub remote_images: usize,
    pub remote_images_words: String,
    /// The letter in its other forms.
    pub other_views: Vec<(String, &'static str)>,
    pub attachments: Vec<AttachmentView>,
}

/// What of a letter stands in the page.
pub enum Body {
    /// Plain text, in the page itself.
    Text { letter: Letter, cut: bool },
    /// HTML, in a document of its own.
    Html { height: SheetHeight, is_plain: bool },
    /// It has no text.
    Empty,
    /// It is a click away.
    Elsewhere,
}

/// A frame's guessed height as classes of the stylesheet: `t3 u7 p6 q2` is 37 steps on a desk and 62 on a phone. Our pages
/// allow no style of an element's own.
pub struct SheetHeight {
    wide: usize,
    narrow: usize,
}

impl SheetHeight {
    /// For a message that stands so tall.
    pub fn of(height: Height) -> Self {
        const STEP_PIXELS: usize = 40;
        const STEPS_MAX: usize = 199;
        let steps = |pixels: usize| pixels.div_ceil(STEP_PIXELS).clamp(2, STEPS_MAX);
        Self { wide: steps(height.wide), narrow: steps(height.narrow) }
    }
}

impl std::fmt::Display for SheetHeight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { wide, narrow } = self;
        write!(f, "t{} u{} p{} q{}", wide / 10, wide % 10, narrow / 10, narrow % 10)
    }
}

/// A file that came with a message.
pub struct AttachmentView {
    pub path: String,
    pub name: String,
    pub size: String,
    pub icon: &'static str,
}

/// Where one signs in.
#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage<'a> {
    pub assets: &'a Assets,
    pub house: &'a str,
    pub trouble: Option<String>,
    pub is_signed_out: bool,
    pub notice: Option<&'a str>,
    pub csrf: String,
    pub next: &'a str,
    pub name: &'a str,
    pub keep: bool,
}

/// Something went wrong.
#[derive(Template)]
#[template(path = "trouble.html")]
pub struct TroublePage<'a> {
    pub assets: &'a Assets,
    pub title: &'a str,
    pub words: &'a str,
    pub href: &'a str,
    pub link: &'a str,
}

/// Before something that cannot be taken back.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage<'a> {
    pub assets: &'a Assets,
    pub frame: Frame,
    pub question: String,
    pub picks: Vec<String>,
    pub back: String,
}

/// Keys and search words.
#[derive(Template)]
#[template(path = "help.html")]
pub struct HelpPage<'a> {
    pub assets: &'a Assets,
    pub frame: Frame,
}

const WORDS: &[(&str, &str)] = &[
    ("from:ann", "The sender’s name or address has “ann” in it."),
    ("to:bob", "It went to somebody with “bob” in name or address."),
    ("subject:\"summer fair\"", "The subject has this phrase."),
    ("has:attachment", "Something is attached."),
    ("is:unread", "Not read yet. Also is:read, is:starred, is:answered."),
    (
        "in:archive",
        "In this mailbox. Without it Trash and Junk are left out; in:anywhere takes them in.",
    ),
    (
        "after:2026-03-12",
        "Arrived on that day or later. Also 2026, 2026-03, today, yesterday, 7d, 2w, 3m, 1y.",
    ),
    ("before:2026-03-12", "Arrived before that day."),
    ("larger:5M", "Larger than five megabytes. Also smaller:500K."),
    ("-from:ann", "Not from Ann. A minus turns round anything."),
];

const KEYS: &[(&str, &str)] = &[
    ("j", "Down: the next conversation or message"),
    ("k", "Up: the one before"),
    ("o", "Open it, or fold it"),
    ("u", "Back up to the list"),
    ("x", "Tick it"),
    ("s", "Star it"),
    ("e", "Archive"),
    ("#", "Delete"),
    ("z", "Undo what was just done"),
    ("/", "Search"),
    ("?", "This page"),
    ("Esc", "Close a menu"),
];

/// A template as a response.
pub fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            crate::fault::Fault::Crashed.into_response()
        }
    }
}
