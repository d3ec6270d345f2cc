//! A forgiving reader of HTML tags, linear in its input.
//!
//! Knows where tags, comments and raw text begin and end. Does not decide what is safe: what it reads is only put in
//! order (`balance`) and then parsed again by a real HTML parser (`policy`), so a mistake here can cost looks only.

/// One piece of HTML. Entities in text and attribute values are left as they stand.
#[derive(Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text between tags.
    Text(&'a str),
    /// `<name …>`
    Open(Tag<'a>),
    /// `</name>`
    Close(String),
}

/// A start tag.
#[derive(Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// In lower case.
    pub name: String,
    /// Names in lower case, values raw; the first of equal names; no more than [`ATTRIBUTES_MAX`].
    pub attributes: Vec<(String, &'a str)>,
}

/// How many attributes of one tag are read; html5ever compares each with all before it, so there must be a limit.
pub const ATTRIBUTES_MAX: usize = 64;

/// Elements whose content is not HTML but text up to their end tag (HTML §13.2.5).
const RAW_TEXT: &[&str] =
    &["script", "style", "xmp", "iframe", "noembed", "noframes", "title", "textarea"];

/// Walks over HTML.
pub struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// Starts at the beginning of `html`.
    pub fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Skips the content of a raw text element and its end tag. Without an end tag all the rest is its content.
    pub fn skip_raw_text(&mut self, name: &str) {
        let mut searched = self.rest;
        while let Some(at) = searched.find("</") {
            let after = searched.get(at + 2..).unwrap_or_default();
            let named =
                after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
            let ended = after
                .as_bytes()
                .get(name.len())
                .is_none_or(|o| o.is_ascii_whitespace() || matches!(o, b'>' | b'/'));
            if named && ended {
                self.rest =
                    after.find('>').and_then(|end| after.get(end + 1..)).unwrap_or_default();
                return;
            }
            searched = after;
        }
        self.rest = "";
    }

    /// Whether this element's content is text up to its end tag.
    pub fn is_raw_text(name: &str) -> bool {
        RAW_TEXT.contains(&name)
    }

    fn text_until(&mut self, end: usize) -> Token<'a> {
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        Token::Text(text)
    }

    fn skip_past(&mut self, mark: &str) {
        self.rest = self
            .rest
            .find(mark)
            .and_then(|at| self.rest.get(at + mark.len()..))
            .unwrap_or_default();
    }

    /// A comment, in all the forms in which browsers see one.
    fn skip_markup_declaration(&mut self) {
        if let Some(inside) = self.rest.strip_prefix("<!--") {
            if let Some(after) = inside.strip_prefix('>').or_else(|| inside.strip_prefix("->")) {
                self.rest = after;
                return;
            }
            // One walk for both ends, so that a thousand comments cost no more than one long one.
            let end = inside.match_indices("--").find_map(|(at, _)| {
                let after = inside.get(at + 2..)?;
                after.strip_prefix('>').or_else(|| after.strip_prefix("!>"))
            });
            self.rest = end.unwrap_or_default();
        } else {
            self.skip_past(">");
        }
    }

    fn open_tag(&mut self) -> Option<Token<'a>> {
        let inside = self.rest.get(1..)?;
        let length = inside.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
        let name = inside.get(..length)?.to_ascii_lowercase();
        let mut attributes = Attributes { rest: inside.get(length..)? };
        let mut read: Vec<(String, &'a str)> = Vec::new();
        while let Some((name, value)) = attributes.next_attribute()? {
            if read.len() < ATTRIBUTES_MAX && !read.iter().any(|(other, _)| *other == name) {
                read.push((name, value));
            }
        }
        self.rest = attributes.rest;
        Some(Token::Open(Tag { name, attributes: read }))
    }

    fn close_tag(&mut self) -> Option<Token<'a>> {
        let inside = self.rest.get(2..)?;
        let length = inside.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
        let name = inside.get(..length)?.to_ascii_lowercase();
        let mut attributes = Attributes { rest: inside.get(length..)? };
        while attributes.next_attribute()?.is_some() {}
        self.rest = attributes.rest;
        Some(Token::Close(name))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            match self.rest.find('<') {
                None => return Some(self.text_until(self.rest.len())),
                Some(0) => {}
                Some(at) => return Some(self.text_until(at)),
            }
            let tag = match self.rest.as_bytes() {
                [_, b'/', letter, ..] if letter.is_ascii_alphabetic() => self.close_tag(),
                [_, first, ..] if first.is_ascii_alphabetic() => self.open_tag(),
                [_, b'!' | b'?', ..] => {
                    self.skip_markup_declaration();
                    continue;
                }
                [_, b'/', _, ..] => {
                    self.skip_past(">");
                    continue;
                }
                // A lone `<` is text.
                _ => return Some(self.text_until(1)),
            };
            // A tag that never ends takes the rest of the page with it, as in a browser.
            if tag.is_none() {
                self.rest = "";
            }
            return tag;
        }
    }
}

struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    /// The next attribute; `Some(None)` at the tag's end, which is eaten; `None` when the input ends first.
    #[expect(clippy::option_option, reason = "the three outcomes are named in the line above")]
    fn next_attribute(&mut self) -> Option<Option<(String, &'a str)>> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = self.rest.strip_prefix('>') {
            self.rest = after;
            return Some(None);
        }
        // The first character belongs to the name even when it is `=` (HTML §13.2.5.32).
        let first = self.rest.chars().next()?.len_utf8();
        let tail = self.rest.get(first..)?;
        let length =
            tail.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='))? + first;
        let name = self.rest.get(..length)?.to_ascii_lowercase();
        self.rest = self.rest.get(length..)?.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(after) = self.rest.strip_prefix('=') else { return Some(Some((name, ""))) };
        self.rest = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let value = self.value()?;
        Some(Some((name, value)))
    }

    fn value(&mut self) -> Option<&'a str> {
        let quote = self.rest.chars().next()?;
        if matches!(quote, '"' | '\'') {
            let inside = self.rest.get(1..)?;
            let end = inside.find(quote)?;
            self.rest = inside.get(end + 1..)?;
            return inside.get(..end);
        }
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || c == '>')?;
        let value = self.rest.get(..end);
        self.rest = self.rest.get(end..)?;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> String {
        use std::fmt::Write as _;
        let mut shown = String::new();
        for token in Tokens::new(html) {
            let written = match token {
                Token::Text(text) => write!(shown, "[{text}]"),
                Token::Open(tag) => write!(shown, "<{} {:?}>", tag.name, tag.attributes),
                Token::Close(name) => write!(shown, "</{name}>"),
            };
            assert!(written.is_ok());
        }
        shown
    }

    #[test]
    fn tags_text_and_comments_are_told_apart() {
        for (html, expected) in [
            ("a<B>c</b >", "[a]<b []>[c]</b>"),
            ("1 < 2 <3", "[1 ][<][ 2 ][<][3]"),
            ("<a href=x title='y z' HREF=q>", r#"<a [("href", "x"), ("title", "y z")]>"#),
            ("<br/>", "<br []>"),
            ("<img src=a/b>", r#"<img [("src", "a/b")]>"#),
            ("<p =x>", r#"<p [("=x", "")]>"#),
            ("a<!-- x > y -->b", "[a][b]"),
            ("a<!-->b", "[a][b]"),
            ("a<!--->b", "[a][b]"),
            ("a<!-- x --!>b-->", "[a][b-->]"),
            ("a<![if !mso]>b<![endif]>c", "[a][b][c]"),
            ("a<?xml x>b", "[a][b]"),
            ("a</ x>b", "[a][b]"),
            ("a<b", "[a]"),
            ("a<b title='x>", "[a]"),
            ("a<!-- b", "[a]"),
            ("<svg/onload=alert(1)>", r#"<svg [("onload", "alert(1)")]>"#),
        ] {
            assert_eq!(read(html), expected, "{html}");
        }
    }

    #[test]
    fn raw_text_ends_at_its_own_end_tag_only() {
        let mut tokens = Tokens::new("</b></scriptx></SCRIPT >after");
        tokens.skip_raw_text("script");
        assert_eq!(tokens.next(), Some(Token::Text("after")));
        let mut endless = Tokens::new("no end </b>");
        endless.skip_raw_text("script");
        assert_eq!(endless.next(), None);
    }

    #[test]
    fn attributes_beyond_the_limit_are_not_kept() {
        let html = format!(
            "<p {}>x",
            (0..ATTRIBUTES_MAX + 1).map(|n| format!("a{n}=1 ")).collect::<String>()
        );
        let Some(Token::Open(tag)) = Tokens::new(&html).next() else {
            return assert_eq!(html, "a tag");
        };
        assert_eq!(tag.attributes.len(), ATTRIBUTES_MAX);
    }
}
