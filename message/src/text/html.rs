//! HTML without its tags, in linear time and without a tree: for previews, for searching, and for
//! display where the HTML is too deep or too large to be laid out.

use mail_parser::decoders::html::add_html_token;
use memchr::{memchr, memchr2, memmem};

/// The longest name of a character entity has 31 letters.
const ENTITY_OCTETS_MAX: usize = 34;

/// The text of HTML: blocks on lines of their own, white space folded, entities resolved, scripts
/// and styles gone. Stops soon after so many octets of text.
#[must_use]
pub fn strip_html(html: &str, octets_max: usize) -> String {
    let mut text = Text { out: String::new(), space: false, line: false };
    let mut rest = html;
    while let Some(at) = memchr2(b'<', b'&', rest.as_bytes()) {
        let (before, mark) = rest.split_at(at);
        text.push(before);
        if text.out.len() > octets_max {
            rest = "";
            break;
        }
        rest = if mark.starts_with('&') { text.entity(mark) } else { text.markup(mark) };
    }
    text.push(rest);
    text.out
}

struct Text {
    out: String,
    /// White space, or a line end, waits for the next character.
    space: bool,
    line: bool,
}

impl Text {
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

    /// `&eacute;`, `&#233;`, or an `&` that is itself.
    fn entity<'a>(&mut self, text: &'a str) -> &'a str {
        let window = text.as_bytes().get(..ENTITY_OCTETS_MAX).unwrap_or(text.as_bytes());
        let end = window
            .iter()
            .skip(1)
            .position(|octet| !octet.is_ascii_alphanumeric() && *octet != b'#')
            .map(|at| at + 1)
            .filter(|at| window.get(*at) == Some(&b';'));
        let Some((entity, rest)) = end.and_then(|at| text.split_at_checked(at + 1)) else {
            self.push("&");
            return text.get(1..).unwrap_or_default();
        };
        let mut resolved = String::new();
        add_html_token(&mut resolved, entity.as_bytes(), false);
        self.push(&resolved.replace(char::is_control, " "));
        rest
    }

    /// A tag, a comment, or a `<` that is itself.
    fn markup<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(comment) = text.strip_prefix("<!--") {
            return after(comment, "-->");
        }
        let inner = text.get(1..).unwrap_or_default();
        let closes = inner.starts_with('/');
        let name_at = inner.get(usize::from(closes)..).unwrap_or_default();
        if !closes && name_at.starts_with(['!', '?']) {
            return after(inner, ">");
        }
        let name_end = name_at.bytes().position(|b| !b.is_ascii_alphanumeric());
        let name = name_at.get(..name_end.unwrap_or(name_at.len())).unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            self.push("<");
            return inner;
        }
        let rest = after_tag(inner);
        let name = name.get(..12).unwrap_or(name).to_ascii_lowercase();
        if is_block(&name) {
            self.line = true;
        } else if matches!(name.as_str(), "td" | "th" | "img") {
            self.space = true;
        }
        if !closes && matches!(name.as_str(), "script" | "style" | "title" | "template") {
            return from_closing_tag(rest, &name);
        }
        rest
    }
}

/// The rest behind a mark, or nothing: what opens and never closes hides all that follows.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    let found = memmem::find(text.as_bytes(), mark.as_bytes());
    found.and_then(|at| text.get(at + mark.len()..)).unwrap_or_default()
}

/// Behind the `>` of a tag; one in a quoted attribute does not count.
fn after_tag(inner: &str) -> &str {
    let mut rest = inner.as_bytes();
    let mut at = 0;
    loop {
        let Some(next) = rest.iter().position(|octet| matches!(octet, b'>' | b'"' | b'\'')) else {
            return "";
        };
        let mark = rest.get(next).copied().unwrap_or_default();
        at += next + 1;
        rest = rest.get(next + 1..).unwrap_or_default();
        if mark == b'>' {
            return inner.get(at..).unwrap_or_default();
        }
        // A quote that is not an attribute's is a slip: so is one that nothing closes.
        let quote_opens = inner
            .as_bytes()
            .get(..at - 1)
            .is_some_and(|before| before.trim_ascii_end().ends_with(b"="));
        if quote_opens && let Some(close) = memchr(mark, rest) {
            at += close + 1;
            rest = rest.get(close + 1..).unwrap_or_default();
        }
    }
}

/// From the closing tag of an element whose content is no text.
fn from_closing_tag<'a>(text: &'a str, name: &str) -> &'a str {
    for at in memmem::find_iter(text.as_bytes(), b"</") {
        let tail = text.as_bytes().get(at + 2..at + 2 + name.len());
        if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name.as_bytes())) {
            return text.get(at..).unwrap_or_default();
        }
    }
    ""
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "br"
            | "tr"
            | "li"
            | "ul"
            | "ol"
            | "dl"
            | "dt"
            | "dd"
            | "table"
            | "hr"
            | "pre"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "blockquote"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "body"
            | "form"
            | "center"
            | "address"
            | "figure"
            | "option"
    )
}

/// The charset that HTML names in a `<meta>` near its beginning.
#[must_use]
pub fn html_charset(html: &[u8]) -> Option<String> {
    let head = html.get(..2_048).unwrap_or(html);
    let head = head.to_ascii_lowercase();
    let meta = memmem::find(&head, b"<meta")?;
    let at = memmem::find(head.get(meta..)?, b"charset=")? + meta + 8;
    let value: Vec<u8> = head
        .get(at..)?
        .iter()
        .copied()
        .skip_while(|octet| matches!(octet, b'"' | b'\'' | b' '))
        .take_while(|octet| octet.is_ascii_alphanumeric() || b"-_:.".contains(octet))
        .collect();
    String::from_utf8(value).ok().filter(|name| !name.is_empty() && !name.starts_with("utf-16"))
}
