//! A stored message opened for reading: its parts, its text, its HTML, its pictures.
//!
//! Reads only what is shown: a large attachment behind the text is not touched.

use crate::config::Limits;
use crate::fault::Fault;
use crate::house::House;
use crate::html::{Gather, Images, escape};
use crate::reader::Reader;
use bytes::Bytes;
use mailstore::{Content, ContentId, Line, Overview, OverviewFields, Place};
use message::attachment::{Attachment, attachments};
use message::mime::{Part, PartTree};
use message::text::{Bodies, part_text};

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

/// The text of a message, both ways.
#[derive(Debug, Default)]
pub struct Texts {
    /// As plain text; of HTML alone, that laid out as text.
    pub plain: String,
    /// As HTML, not cleaned; nothing when it has none.
    pub html: Option<String>,
    /// It has a plain part of its own.
    pub has_plain_part: bool,
    /// More was in the message than is read.
    pub cut: bool,
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

    /// The text, both ways.
    pub async fn texts(&self, limits: &Limits) -> Result<Texts, Fault> {
        let bodies = Bodies::of(&self.tree);
        let ends = bodies.text.iter().chain(&bodies.html).map(|part| part.body().end);
        let needed = ends.max().unwrap_or(0) as u64;
        let octets = self.content.read(0..needed.min(limits.message_octets_read_max)).await?;
        let reading = message::Limits {
            text_octets_max: limits.html.octets_max,
            ..message::Limits::default()
        };
        let plain = message::text::plain(&octets, &self.tree, &reading);
        Ok(Texts {
            cut: needed > limits.message_octets_read_max || plain.len() >= reading.text_octets_max,
            html: html_of(&octets, &bodies.html, limits.html.octets_max),
            has_plain_part: bodies.text.iter().any(|part| part.is("text/plain")),
            plain,
        })
    }

    /// What is enclosed and not shown in the letter itself.
    pub fn files(&self, html_is_shown: bool) -> Vec<Attachment> {
        attachments(&self.tree)
            .into_iter()
            .filter(|file| !(file.is_inline && html_is_shown))
            .collect()
    }

    /// The pictures that the HTML may show.
    pub async fn pictures(&self, limits: &Limits) -> Result<Images, Fault> {
        let mut gather = Gather::new(limits.pictures.clone());
        for part in self.tree.parts() {
            let Some(id) = part.id.as_deref() else { continue };
            // Encoded pictures are a third larger; the exact size is judged when they are decoded.
            let fits = gather.has_room_for(part.body_octets() / 4 * 3);
            if part.media_type() == "image" && fits {
                gather.add(id, &part.decode_body(&self.octets_of(part).await?));
            }
        }
        Ok(gather.finish())
    }

    /// A part by its path, `1.2`.
    pub fn part(&self, path: &str) -> Option<&Part> {
        const DEPTH_MAX: usize = 60;
        let path: Option<Vec<u32>> =
            path.split('.').take(DEPTH_MAX).map(|number| number.parse().ok()).collect();
        self.tree.part(&path?)
    }

    async fn octets_of(&self, part: &Part) -> Result<Bytes, Fault> {
        let body = part.body();
        Ok(self.content.read(body.start as u64..body.end as u64).await?)
    }
}

fn html_of(message: &[u8], parts: &[&Part], octets_max: usize) -> Option<String> {
    if !parts.iter().any(|part| part.is("text/html")) {
        return None;
    }
    let mut html = String::new();
    for part in parts.iter().filter(|part| part.media_type() == "text") {
        let text = part_text(message, part, octets_max);
        if part.is("text/html") {
            html.push_str(&text);
        } else {
            html.push_str("<pre>");
            html.push_str(&escape(&text));
            html.push_str("</pre>");
        }
    }
    Some(html)
}
