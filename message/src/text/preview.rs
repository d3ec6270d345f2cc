//! The first words of a letter, for the list of conversations.

use super::{Bodies, attribution, strip_html};
use crate::Limits;
use crate::mime::{Part, PartTree};
use crate::unprintable::one_line;

/// The first words of the letter on one line: no quoted lines and who wrote them, no rulers, no
/// signature.
#[must_use]
pub fn preview(message: &[u8], tree: &PartTree, limits: &Limits) -> String {
    let bodies = Bodies::of(tree);
    preview_of(message, &bodies, limits)
}

pub(crate) fn preview_of(message: &[u8], bodies: &Bodies<'_>, limits: &Limits) -> String {
    let mut out = String::new();
    for part in bodies.text.iter().filter(|part| part.media_type() == "text") {
        push_part(&mut out, message, part, limits);
        if out.chars().nth(limits.preview_chars_max).is_some() {
            break;
        }
    }
    first_chars(one_line(&out), limits.preview_chars_max)
}

/// Reads a little of the part, and more of it only if that little has no words: the style sheet of
/// a newsletter is longer than most letters.
fn push_part(out: &mut String, message: &[u8], part: &Part, limits: &Limits) {
    let already = out.len();
    let mut octets = 2_048.min(limits.preview_body_octets_max);
    loop {
        out.truncate(already);
        let text = super::text_within(message, part, octets);
        let enough = limits.preview_chars_max * 4;
        if part.is("text/html") {
            out.push(' ');
            out.push_str(&strip_html(&text, enough));
        } else {
            push_own_words(out, &text, already + enough);
        }
        let words = out.get(already..).unwrap_or_default();
        let satisfied = words.chars().nth(limits.preview_chars_max).is_some();
        if satisfied || octets >= part.body_octets() || octets >= limits.preview_body_octets_max {
            return;
        }
        octets = (octets * 8).min(limits.preview_body_octets_max);
    }
}

fn push_own_words(out: &mut String, text: &str, enough: usize) {
    let mut own: Vec<&str> = Vec::new();
    let mut octets = out.len();
    for line in text.lines() {
        // RFC 3676 §4.3: the mark in front of a signature.
        if line == "-- " || octets > enough {
            break;
        }
        if line.starts_with('>') {
            own.truncate(attribution(&own).unwrap_or(own.len()));
        } else if !line.trim().is_empty() {
            octets += line.len();
            own.push(line);
        }
    }
    for line in own.iter().filter(|line| line.contains(char::is_alphanumeric)) {
        out.push(' ');
        out.push_str(line);
    }
}

fn first_chars(mut text: String, chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
        text.truncate(text.trim_end().len());
    }
    text
}
