//! The text of a message for people and for searching.
//!
//! It knows which parts are the letter and which are enclosures, and makes text of HTML; it knows
//! nothing of showing HTML, which is cleaned where it is shown.

mod attribution;
mod bodies;
mod flowed;
mod html;
mod normalise;
mod preview;
mod search;

use crate::Limits;
use crate::mime::Part;
use crate::unprintable::cut;

pub use attribution::attribution;
pub use bodies::Bodies;
pub use html::{html_charset, lay_out_html, strip_html};
pub use normalise::normalise;
pub use preview::preview;
pub(crate) use preview::preview_of;
pub use search::{SearchText, search_text};

/// Text, or the beginning of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// As much as was asked for.
    pub text: String,
    /// There is more.
    pub cut: bool,
}

/// The letter as plain text, of its parts ([`Bodies::text`]) with their bodies: what is `text/plain`,
/// and what exists in HTML only laid out as text. Line ends are LF.
#[must_use]
pub fn plain(parts: &[(&Part, &[u8])], limits: &Limits) -> Text {
    let mut out = Text::default();
    for (part, body) in parts {
        if out.text.len() >= limits.text_octets_max {
            out.cut = true;
            break;
        }
        let read = part_text(part, body, limits.text_octets_max);
        let text = if part.is("text/html") { lay_out_html(&read.text, limits) } else { read.text };
        let text = unix_line_ends(&text);
        if !out.text.is_empty() && !out.text.ends_with("\n\n") {
            out.text.push('\n');
        }
        let says = |name: &str, value: &str| {
            part.media.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        if part.is("text/plain") && says("format", "flowed") {
            out.text.push_str(&flowed::unflow(&text, says("delsp", "yes")));
        } else {
            out.text.push_str(&text);
        }
        out.cut |= read.cut;
    }
    out.cut |= out.text.len() > limits.text_octets_max;
    cut(&mut out.text, limits.text_octets_max);
    out
}

/// The text of one part with this body, or its beginning. HTML without a charset in its header may
/// name one in itself.
#[must_use]
pub fn part_text(part: &Part, body: &[u8], octets_max: usize) -> Text {
    let (octets, is_whole) = part.decode_prefix(body, octets_max);
    let named = part.media.get("charset").filter(|charset| !charset.is_empty());
    let charset = match named {
        Some(charset) => charset.to_owned(),
        None if part.is("text/html") => html_charset(&octets).unwrap_or_default(),
        None => String::new(),
    };
    let mut text = crate::charset::decode(&charset, &octets).into_owned();
    let is_cut = !is_whole || text.len() > octets_max;
    cut(&mut text, octets_max);
    Text { text, cut: is_cut }
}

/// The same, of a part of this message.
fn text_within(message: &[u8], part: &Part, octets_max: usize) -> String {
    part_text(part, message.get(part.body()).unwrap_or_default(), octets_max).text
}

/// CRLF, and the lone CR of old machines, as LF; NUL goes.
fn unix_line_ends(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
