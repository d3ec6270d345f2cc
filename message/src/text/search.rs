//! What of a message is searched, in normal form.

use super::normalise::push_normalised;
use super::{strip_html, text_within};
use crate::header::{Field, Fields, address_items, correspondents, decode_words, unfold};
use crate::mime::{Part, PartKind, PartTree};
use crate::{Limits, attachment};

/// The searched text of a message, normalised as [`super::normalise`] does it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchText {
    /// A line for each header field: its name, a colon, a space, its decoded value.
    pub header: String,
    /// The text of all text parts, the headers of messages inside, and the names of attachments;
    /// each part on a line of its own.
    pub body: String,
}

impl SearchText {
    /// The values of the fields of this name (in lower case), one after the other.
    pub fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.header.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Everything of a message that can be searched for.
#[must_use]
pub fn search_text(message: &[u8], tree: &PartTree, limits: &Limits) -> SearchText {
    let mut found = SearchText::default();
    push_header(&mut found.header, message, tree.root(), limits);
    for part in tree.parts() {
        if found.body.len() >= limits.search_octets_max {
            break;
        }
        let is_nested = tree.parent(part).is_some_and(|p| p.kind == PartKind::Message);
        if is_nested {
            push_header(&mut found.body, message, part, limits);
        }
        push_body(&mut found.body, message, part, limits);
    }
    crate::unprintable::cut(&mut found.body, limits.search_octets_max);
    found
}

fn push_body(out: &mut String, message: &[u8], part: &Part, limits: &Limits) {
    if part.kind != PartKind::Leaf {
        return;
    }
    if let Some(name) = part.raw_file_name() {
        push_line(out, &attachment::safe_name(&name, &part.media.value));
    }
    if part.media_type() != "text" {
        return;
    }
    let left = limits.search_octets_max.saturating_sub(out.len());
    if part.is("text/html") {
        // Tags are more than half of HTML.
        let html = text_within(message, part, left.saturating_mul(4));
        push_line(out, &strip_html(&html, left));
    } else {
        push_line(out, &text_within(message, part, left));
    }
}

fn push_header(out: &mut String, message: &[u8], part: &Part, limits: &Limits) {
    let header = message.get(part.header()).unwrap_or_default();
    let enough = out.len() + limits.search_octets_max;
    for field in Fields::of(header, limits) {
        if out.len() >= enough {
            return;
        }
        let before = out.len();
        push_normalised(out, field.name());
        out.push_str(": ");
        let value_at = out.len();
        push_normalised(out, &searched_value(&field, limits));
        if out.len() == value_at {
            out.truncate(before);
        } else {
            out.push('\n');
        }
    }
}

/// The decoded value. Of an address field also the names as they are read, without the quotes and
/// comments of their writing.
fn searched_value(field: &Field<'_>, limits: &Limits) -> String {
    let value = unfold(field.raw_value());
    let mut text = decode_words(&value);
    let is_address_field =
        ["from", "to", "cc", "bcc", "sender", "reply-to"].iter().any(|name| field.is(name));
    if is_address_field {
        let items = address_items(&value, limits);
        for one in correspondents(&items).take(limits.people_max) {
            if let Some(name) = one.display_name().filter(|name| !text.contains(name.as_str())) {
                text.push(' ');
                text.push_str(&name);
            }
        }
    }
    text
}

fn push_line(out: &mut String, text: &str) {
    let before = out.len();
    push_normalised(out, text);
    if out.len() > before {
        out.push('\n');
    }
}
