//! A stored message opened for reading: its parts, its text, its HTML, its pictures.
//!
//! Reads only what is shown: a large attachment in front of the text or behind it is not touched.

use crate::config::Limits;
use crate::fault::Fault;
use crate::house::House;
use crate::html::{self, Glance, Images, Room, escape, picture_type, plain_id};
use crate::reader::Reader;
use crate::text;
use bytes::Bytes;
use mailstore::{Content, ContentId, Line, Overview, OverviewFields, Place};
use message::attachment::{Attachment, attachments};
use message::mime::{Part, PartKind, PartTree, TransferEncoding};
use message::text::{Bodies, Text, part_text};
use std::collections::HashSet;

/// A message that this reader may see.
#[derive(Debug)]
pub struct Opened {
    /// Its bytes.
    pub content: Content,
    /// Its parts.
    pub tree: PartTree,
    /// What lists show of it.
    pub line: Line,
    /// Where the reader has it.
    pub places: Vec<Place>,
}

/// Which form of a letter is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Whichever reads better.
    Best,
    /// Plain text.
    Plain,
    /// HTML.
    Html,
}

/// A letter in the form in which it is shown.
#[derive(Debug)]
pub enum Letter {
    /// HTML, in a document of its own.
    Html(Glance),
    /// Text for the page itself.
    Text {
        /// Its beginning, if it is long.
        letter: text::Letter,
        /// There is more.
        cut: bool,
    },
    /// There is none.
    Empty,
}

/// The message that a URL names, if this reader has it in a mailbox. Others' messages are not there.
pub async fn open(house: &House, reader: &Reader, content: ContentId) -> Result<Opened, Fault> {
    let store = house.store();
    let places = store.places(reader.account.id, content).await?;
    if places.is_empty() {
        return Err(Fault::NotFound);
    }
    let fields = OverviewFields::LINE | OverviewFields::PARTS;
    let overview = store.overviews(&[content], fields).await?.pop().ok_or(Fault::NotFound)?;
    Opened::of(store.content(content).await?, &overview, places)
}

impl Opened {
    /// From what the store keeps ready.
    pub fn of(content: Content, overview: &Overview, places: Vec<Place>) -> Result<Self, Fault> {
        let tree = PartTree::decode(&overview.parts).ok_or(Fault::NotFound)?;
        let line = overview.line.clone().ok_or(Fault::NotFound)?;
        Ok(Self { content, tree, line, places })
    }

    /// Whether there is HTML to see.
    pub fn has_html(&self) -> bool {
        Bodies::of(&self.tree).html.iter().any(|part| part.is("text/html"))
    }

    /// The letter in the form that is wanted, as far as it exists.
    pub async fn letter(&self, form: Form, limits: &Limits) -> Result<Letter, Fault> {
        let bodies = Bodies::of(&self.tree);
        let html = match form {
            Form::Best | Form::Html if self.has_html() => {
                Some(self.read(&bodies.html, limits).await?)
            }
            _ => None,
        };
        // Text that the HTML was made into says no more than the HTML.
        let has_plain_part = bodies.text.iter().any(|part| part.is("text/plain"));
        let plain = match form {
            Form::Html if html.is_some() => None,
            Form::Best if html.is_some() && !has_plain_part => None,
            _ => Some(self.read(&bodies.text, limits).await?),
        };
        let limits = limits.clone();
        aside(move || lay_out(html, plain, &limits)).await
    }

    /// The HTML as its sender wrote it.
    pub async fn html(&self, limits: &Limits) -> Result<Option<Text>, Fault> {
        if !self.has_html() {
            return Ok(None);
        }
        let source = self.read(&Bodies::of(&self.tree).html, limits).await?;
        let octets_max = limits.html.octets_max;
        Ok(Some(aside(move || source.html(octets_max)).await?))
    }

    /// What is enclosed but for the pictures of these names, when the letter shows them itself.
    pub async fn files(
        &self,
        shown: &HashSet<String>,
        limits: &Limits,
    ) -> Result<Vec<Attachment>, Fault> {
        let mut files = attachments(&self.tree);
        if !shown.is_empty() {
            for (id, part) in self.own_pictures(limits).await? {
                let path = self.tree.path(part);
                files.retain(|file| file.path != path || !shown.contains(&id));
            }
        }
        Ok(files)
    }

    /// The pictures that the HTML may show.
    pub async fn pictures(&self, limits: &Limits) -> Result<Images, Fault> {
        let mut pictures = Vec::new();
        for (id, part) in self.own_pictures(limits).await? {
            let octets = self.octets_of(part, u64::MAX).await?;
            pictures.push((id, part.decode_body(&octets).into_owned()));
        }
        Ok(Images::of(pictures, &limits.pictures))
    }

    /// The parts that HTML can show by their `Content-ID`: pictures by their first octets, as many as fit.
    async fn own_pictures(&self, limits: &Limits) -> Result<Vec<(String, &Part)>, Fault> {
        const HEAD_OCTETS: u64 = 64;
        let mut room = Room::of(&limits.pictures);
        let mut found: Vec<(String, &Part)> = Vec::new();
        for part in self.tree.parts().iter().filter(|part| part.kind == PartKind::Leaf) {
            let Some(id) = part.id.as_deref().map(plain_id) else { continue };
            let octets = decoded_octets_max(part);
            if found.iter().any(|(known, _)| *known == id) || !room.has(octets) {
                continue;
            }
            let head = self.octets_of(part, HEAD_OCTETS).await?;
            if picture_type(&part.decode_body(&head)).is_some() {
                room.take(octets);
                found.push((id, part));
            }
        }
        Ok(found)
    }

    /// A part by its path, `1.2`.
    pub fn part(&self, path: &str) -> Option<&Part> {
        const DEPTH_MAX: usize = 60;
        let path: Option<Vec<u32>> =
            path.split('.').take(DEPTH_MAX).map(|number| number.parse().ok()).collect();
        self.tree.part(&path?)
    }

    /// The text among these parts, as far as it is read.
    async fn read(&self, parts: &[&Part], limits: &Limits) -> Result<Read, Fault> {
        let mut left = limits.letter_octets_read_max;
        let mut read = Read::default();
        for part in parts {
            let octets = self.octets_of(part, left).await?;
            left -= octets.len() as u64;
            read.cut |= octets.len() < part.body_octets();
            read.parts.push(((*part).clone(), octets));
        }
        Ok(read)
    }

    async fn octets_of(&self, part: &Part, octets_max: u64) -> Result<Bytes, Fault> {
        let body = part.body();
        let start = body.start as u64;
        Ok(self.content.read(start..start.saturating_add(octets_max).min(body.end as u64)).await?)
    }
}

/// Parts of a letter and their bodies.
#[derive(Default)]
struct Read {
    parts: Vec<(Part, Bytes)>,
    /// Not all of them.
    cut: bool,
}

impl Read {
    fn html(&self, octets_max: usize) -> Text {
        let mut html = Text { text: String::new(), cut: self.cut };
        for (part, body) in &self.parts {
            if html.text.len() > octets_max {
                html.cut = true;
                break;
            }
            let read = part_text(part, body, octets_max);
            html.cut |= read.cut;
            if part.is("text/html") {
                html.text.push_str(&read.text);
            } else {
                html.text.push_str("<pre>");
                html.text.push_str(&escape(&read.text));
                html.text.push_str("</pre>");
            }
        }
        html
    }

    fn plain(&self, octets_max: usize) -> Text {
        let reading = message::Limits { text_octets_max: octets_max, ..message::Limits::default() };
        let parts: Vec<(&Part, &[u8])> =
            self.parts.iter().map(|(part, body)| (part, body.as_ref())).collect();
        let plain = message::text::plain(&parts, &reading);
        Text { cut: plain.cut || self.cut, ..plain }
    }
}

/// The HTML, unless the plain text beside it says as much.
fn lay_out(html: Option<Read>, plain: Option<Read>, limits: &Limits) -> Letter {
    let glance =
        html.map(|html| html::glance(&html.html(limits.html.octets_max).text, &limits.html));
    let plain = match (glance, plain) {
        (Some(glance), Some(_)) if glance.has_layout => return Letter::Html(glance),
        (Some(glance), None) => return Letter::Html(glance),
        (_, plain) => plain.unwrap_or_default().plain(limits.html.octets_max),
    };
    if plain.text.trim().is_empty() && !plain.cut {
        return Letter::Empty;
    }
    let end = plain.text.floor_char_boundary(limits.letter_octets_max);
    let shown = plain.text.get(..end).unwrap_or_default();
    Letter::Text { letter: text::render(shown), cut: plain.cut || end < plain.text.len() }
}

/// Works beside the threads that answer everybody: to lay out a long letter takes a while.
pub async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Fault::Crashed)
}

fn decoded_octets_max(part: &Part) -> usize {
    match part.transfer_encoding() {
        TransferEncoding::Base64 => part.body_octets().div_ceil(4) * 3,
        TransferEncoding::Identity | TransferEncoding::QuotedPrintable => part.body_octets(),
    }
}
