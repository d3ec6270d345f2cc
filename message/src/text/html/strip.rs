//! HTML without its tags, for previews and for searching.

use super::elements::is_block;
use super::entities::unescape;
use super::tokens::{Token, Tokens};

/// The text of HTML: blocks on lines of their own, white space folded, character references
/// resolved, scripts and styles gone. Stops soon after so many octets of text.
#[must_use]
pub fn strip_html(html: &str, octets_max: usize) -> String {
    let mut text = Stripped { out: String::new(), space: false, line: false };
    for token in Tokens::of(html) {
        match token {
            Token::Text(piece) => text.push(&unescape(piece)),
            Token::Open(name, _) | Token::Close(name) => match name.as_str() {
                "td" | "th" | "img" => text.space = true,
                "br" => text.line = true,
                name => text.line |= is_block(name),
            },
        }
        if text.out.len() > octets_max {
            break;
        }
    }
    text.out
}

struct Stripped {
    out: String,
    /// White space, or a line end, waits for the next character.
    space: bool,
    line: bool,
}

impl Stripped {
    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() && c != '\u{a0}' {
                self.space = true;
                continue;
            }
            if !self.out.is_empty() {
                if self.line {
                    self.out.push('\n');
                } else if self.space {
                    self.out.push(' ');
                }
            }
            (self.space, self.line) = (false, false);
            self.out.push(if c == '\u{a0}' { ' ' } else { c });
        }
    }
}
