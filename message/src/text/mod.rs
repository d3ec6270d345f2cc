//! The text of a message for people and for searching.
//!
//! It knows which parts are the letter and which are enclosures, and makes text of HTML; it knows
//! nothing of showing HTML, which is cleaned where it is shown.

mod bodies;
mod flowed;
mod html;
mod normalise;
mod preview;
mod search;

use crate::Limits;
use crate::mime::{Part, PartTree};
use crate::unprintable::cut;

pub use bodies::Bodies;
pub use html::{html_charset, lay_out_html, strip_html, tame_html};
pub use normalise::normalise;
pub use preview::preview;
pub(crate) use preview::preview_of;
pub use search::{SearchText, search_text};

/// The letter as plain text: its `text/plain` parts, and for what exists in HTML only the HTML laid
/// out as text. Line ends are LF.
#[must_use]
pub fn plain(message: &[u8], tree: &PartTree, limits: &Limits) -> String {
    let mut out = String::new();
    for part in Bodies::of(tree).text {
        let text = if part.is("text/html") {
            lay_out_html(&part_text(message, part, limits.text_octets_max), limits)
        } else if part.media_type() == "text" {
            part_text(message, part, limits.text_octets_max)
        } else {
            continue;
        };
        let text = unix_line_ends(&text);
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
        let says = |name: &str, value: &str| {
            part.media.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        if part.is("text/plain") && says("format", "flowed") {
            out.push_str(&flowed::unflow(&text, says("delsp", "yes")));
        } else {
            out.push_str(&text);
        }
        if out.len() >= limits.text_octets_max {
            break;
        }
    }
    cut(&mut out, limits.text_octets_max);
    out
}

/// The letter as HTML, if it has any. It is tame (see [`tame_html`]), so that it may be given to an
/// HTML parser, and not clean. Plain parts among the HTML are put in as `<pre>`.
#[must_use]
pub fn html(message: &[u8], tree: &PartTree, limits: &Limits) -> Option<String> {
    let parts = Bodies::of(tree).html;
    if !parts.iter().any(|part| part.is("text/html")) {
        return None;
    }
    let mut out = String::new();
    for part in parts {
        if part.is("text/html") {
            out.push_str(&part_text(message, part, limits.text_octets_max));
        } else if part.media_type() == "text" {
            out.push_str("<pre>");
            push_escaped(&mut out, &part_text(message, part, limits.text_octets_max));
            out.push_str("</pre>");
        }
        if out.len() >= limits.text_octets_max {
            break;
        }
    }
    cut(&mut out, limits.text_octets_max);
    Some(tame_html(&out, limits))
}

/// The text of one part. HTML without a charset in its header may name one in itself.
#[must_use]
pub fn part_text(message: &[u8], part: &Part, octets_max: usize) -> String {
    let body = message.get(part.body()).unwrap_or_default();
    let named = part.media.get("charset").is_some_and(|charset| !charset.is_empty());
    if named || !part.is("text/html") {
        return part.decode_text(body, octets_max);
    }
    let octets = part.decode_prefix(body, octets_max);
    let charset = html_charset(&octets).unwrap_or_default();
    let mut text = crate::charset::decode(&charset, &octets).into_owned();
    cut(&mut text, octets_max);
    text
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
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
