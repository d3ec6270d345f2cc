//! A message as a page shows it: which of its forms, which words around it.

use crate::config::Limits;
use crate::fault::Fault;
use crate::frame::{Face, name_of, size_in_words};
use crate::letter::{Form, Letter, Opened};
use crate::markup::Time;
use crate::pages::{AttachmentView, Body, MessageView, SheetHeight};
use crate::people;
use crate::pick::Pick;
use crate::reader::Reader;
use mailstore::{Flags, Mailbox, MailboxId, Place, SpecialUse};
use message::attachment::Attachment;
use message::{Person, Timestamp};
use std::collections::HashSet;

/// What is known of a message before it is opened.
#[derive(Debug)]
pub struct Known<'a> {
    /// Its number in URLs.
    pub content: mailstore::ContentId,
    /// What lists show of it.
    pub line: &'a mailstore::Line,
    /// Octets of it.
    pub octets: u64,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Where it lies, the place that counts in front.
    pub places: &'a [Place],
    /// The mailbox that is looked at.
    pub here: Option<MailboxId>,
    /// Unfolded.
    pub open: bool,
}

/// Makes views for one reader.
#[derive(Debug, Clone, Copy)]
pub struct Views<'a> {
    /// Who reads.
    pub reader: &'a Reader,
    /// Their mailboxes.
    pub mailboxes: &'a [Mailbox],
    /// How much is shown.
    pub limits: &'a Limits,
}

impl Views<'_> {
    /// A message that is not opened: its text is a click away.
    pub fn closed(&self, known: &Known<'_>) -> MessageView {
        self.view(known, Body::Elsewhere, 0, Vec::new(), Vec::new())
    }

    /// A message with its text.
    pub async fn opened(
        &self,
        known: &Known<'_>,
        opened: &Opened,
        form: Form,
    ) -> Result<MessageView, Fault> {
        let letter = opened.letter(form, self.limits).await?;
        let other = other_views(known, opened.has_html(), matches!(letter, Letter::Html(_)));
        let (body, remote_images, shown) = match letter {
            Letter::Html(glance) => {
                let body = Body::Html {
                    height: SheetHeight::of(glance.height),
                    is_plain: !glance.sets_colour,
                };
                (body, glance.remote_images, glance.own_images)
            }
            Letter::Text { letter, cut } => (Body::Text { letter, cut }, 0, HashSet::new()),
            Letter::Empty => (Body::Empty, 0, HashSet::new()),
        };
        let files = opened.files(&shown, self.limits).await?;
        let files = files.into_iter().map(attachment).collect();
        Ok(self.view(known, body, remote_images, other, files))
    }

    fn view(
        &self,
        known: &Known<'_>,
        body: Body,
        remote_images: usize,
        other_views: Vec<(String, &'static str)>,
        attachments: Vec<AttachmentView>,
    ) -> MessageView {
        let line = known.line;
        let nobody = Person { name: None, address: "(nobody named)".to_owned() };
        let from = line.from.as_ref().unwrap_or(&nobody);
        let me = &self.reader.account.address;
        let flags = known.places.first().map_or(Flags::NONE, |place| place.flags);
        let sent = line.sent.unwrap_or(known.arrived);
        MessageView {
            content: known.content.to_string(),
            pick: self.pick(known).to_string(),
            open: known.open,
            unread: !flags.contains(Flags::SEEN),
            starred: flags.contains(Flags::FLAGGED),
            in_trash: known.places.iter().any(|place| self.is(place.mailbox, SpecialUse::Trash)),
            face: Face::of(people::full_name(from), &from.address),
            from_name: if people::is_me(from, me) {
                "me".to_owned()
            } else {
                people::full_name(from).to_owned()
            },
            from_address: from.address.clone(),
            from_full: people::with_address(from),
            to_short: people::short_list(&line.to, me),
            to_full: people::all(&line.to),
            cc_full: people::all(&line.cc),
            subject: line.subject.clone(),
            preview: line.preview.clone(),
            when: Time::long(&self.reader.when(known.arrived)),
            date_full: Time::full(&self.reader.when(sent)),
            arrived_full: Time::full(&self.reader.when(known.arrived)),
            places: self.place_names(known.places),
            size: size_in_words(known.octets),
            body,
            remote_images_words: hidden_pictures(remote_images),
            remote_images,
            other_views,
            attachments,
        }
    }

    /// The message in the mailbox that is looked at, or wherever it lies.
    fn pick(&self, known: &Known<'_>) -> Pick {
        let here = known.places.iter().filter(|place| Some(place.mailbox) == known.here);
        let pick: Pick = here.collect();
        if pick.is_empty() { known.places.iter().collect() } else { pick }
    }

    fn is(&self, mailbox: MailboxId, special_use: SpecialUse) -> bool {
        self.mailboxes.iter().any(|one| one.id == mailbox && one.special_use == Some(special_use))
    }

    fn place_names(&self, places: &[Place]) -> String {
        let named = places
            .iter()
            .filter_map(|place| self.mailboxes.iter().find(|one| one.id == place.mailbox));
        named.map(name_of).collect::<Vec<_>>().join(", ")
    }
}

fn other_views(known: &Known<'_>, has_html: bool, as_html: bool) -> Vec<(String, &'static str)> {
    let content = known.content;
    match (as_html, has_html) {
        (true, _) => vec![
            (format!("/message/{content}?view=plain"), "Read it as plain text"),
            (format!("/message/{content}/html"), "Open the sheet alone"),
        ],
        (false, true) => {
            vec![(format!("/message/{content}?view=html"), "See it as its sender laid it out")]
        }
        (false, false) => Vec::new(),
    }
}

fn hidden_pictures(count: usize) -> String {
    let what = match count {
        1 => "A picture from elsewhere is".to_owned(),
        count => format!("{count} pictures from elsewhere are"),
    };
    format!("{what} not loaded, so the sender does not learn that you have read this.")
}

fn attachment(file: Attachment) -> AttachmentView {
    let path: Vec<String> = file.path.iter().map(u32::to_string).collect();
    AttachmentView {
        path: path.join("."),
        size: size_in_words(file.octets as u64),
        icon: match file.media_type.split('/').next() {
            Some("image") => "picture",
            Some("text") => "text",
            Some("message") => "unread",
            _ => "file",
        },
        name: file.name,
    }
}
