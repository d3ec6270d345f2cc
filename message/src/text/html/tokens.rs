//! Tags and text, as the HTML standard's tokenizer parts them (§13.2.5), without its errors.

use memchr::{memchr, memmem};

/// A piece of HTML. Comments, declarations and the content of scripts and styles are left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text with its character references as they are. It may have a `<` that begins no tag.
    Text(&'a str),
    /// A start tag, its name in lower case.
    Open(String, Vec<(&'a str, &'a str)>),
    /// An end tag, its name in lower case.
    Close(String),
}

pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Takes a comment, a tag or the like from the front; the outer `None` says that the `<` there
    /// is text, the inner one that nothing comes of it.
    fn markup(&mut self) -> Option<Option<Token<'a>>> {
        let inner = self.rest.get(1..)?;
        if let Some(comment) = inner.strip_prefix("!--") {
            // `<!-->` and `<!--->` are whole comments.
            let from = if comment.starts_with('>') { 0 } else { comment.starts_with("->").into() };
            self.rest = if comment.get(from..).is_some_and(|c| c.starts_with('>')) {
                comment.get(from + 1..)?
            } else {
                after(comment, "-->")
            };
            return Some(None);
        }
        let closes = inner.starts_with('/');
        let name_at = inner.get(usize::from(closes)..)?;
        match name_at.bytes().next()? {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'!' | b'?' if !closes => {
                self.rest = after(inner, ">");
                return Some(None);
            }
            b'\0'..=b'\x7f' if closes => {
                self.rest = after(inner, ">");
                return Some(None);
            }
            _ => return None,
        }
        let end = name_at.bytes().position(|o| o.is_ascii_whitespace() || matches!(o, b'/' | b'>'));
        let (name, tail) = name_at.split_at_checked(end.unwrap_or(name_at.len()))?;
        let name = name.to_ascii_lowercase();
        let mut attributes = Attributes { rest: tail, ended: false };
        let list: Vec<_> = attributes.by_ref().collect();
        if !attributes.ended {
            // A tag that does not end swallows all that follows.
            self.rest = "";
            return Some(None);
        }
        self.rest = attributes.rest;
        if closes {
            return Some(Some(Token::Close(name)));
        }
        if super::elements::is_hidden(&name) {
            self.rest = from_closing_tag(self.rest, &name);
        }
        Some(Some(Token::Open(name, list)))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while self.rest.starts_with('<') {
            match self.markup() {
                Some(Some(token)) => return Some(token),
                Some(None) => {}
                None => break,
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let next = memchr(b'<', self.rest.as_bytes().get(1..)?).map(|at| at + 1);
        let (text, rest) = self.rest.split_at_checked(next.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        Some(Token::Text(text))
    }
}

/// The attributes behind a tag's name, up to its `>`.
struct Attributes<'a> {
    rest: &'a str,
    ended: bool,
}

impl<'a> Attributes<'a> {
    fn take(&mut self, octets: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(octets).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes everything up to the first octet that ends it, or up to the end.
    fn take_until(&mut self, ends: impl Fn(u8) -> bool) -> &'a str {
        let octets = self.rest.bytes().position(ends).unwrap_or(self.rest.len());
        self.take(octets)
    }

    /// A quote counts only where a value begins.
    fn value(&mut self) -> &'a str {
        match self.rest.bytes().next() {
            Some(quote @ (b'"' | b'\'')) => {
                self.take(1);
                let value = self.take_until(|octet| octet == quote);
                self.take(1);
                value
            }
            _ => self.take_until(|octet| octet.is_ascii_whitespace() || octet == b'>'),
        }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        self.take_until(|octet| !octet.is_ascii_whitespace() && octet != b'/');
        match self.rest.bytes().next()? {
            b'>' => {
                self.take(1);
                self.ended = true;
                return None;
            }
            // An equals sign in front of a name belongs to it.
            b'=' => self.rest = self.rest.get(1..)?,
            _ => {}
        }
        let ends_name = |o: u8| o.is_ascii_whitespace() || matches!(o, b'=' | b'/' | b'>');
        let name = self.take_until(ends_name);
        let spaced = self.rest;
        self.take_until(|octet| !octet.is_ascii_whitespace());
        if !self.rest.starts_with('=') {
            self.rest = spaced;
            return Some((name, ""));
        }
        self.take(1);
        self.take_until(|octet| !octet.is_ascii_whitespace());
        Some((name, self.value()))
    }
}

/// The rest behind a mark, or nothing: what opens and never closes hides all that follows.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    let found = memmem::find(text.as_bytes(), mark.as_bytes());
    found.and_then(|at| text.get(at + mark.len()..)).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_end_where_the_standard_ends_them() {
        for (html, text) in [
            ("<a title='>' href=\"x>y\">z", "z"),
            ("<a b=c'>z'>", "z'>"),
            ("<a b=c=\"x>z\">", "z\">"),
            ("<a \"b>z\">", "z\">"),
            ("<a b = 'c>d'>z", "z"),
            ("<a/b/>z", "z"),
            ("<a =b>z", "z"),
            ("<!-->z", "z"),
            ("<!--->z", "z"),
            ("<!-- > -->z", "z"),
            ("<!x '>z", "z"),
            ("</ x>z", "z"),
            ("<a b='c>z", ""),
            ("<style><b>z</style>", ""),
            ("< z", "< z"),
            ("<", "<"),
        ] {
            let found: String = Tokens::of(html)
                .filter_map(|token| if let Token::Text(text) = token { Some(text) } else { None })
                .collect();
            assert_eq!(found, text, "{html}");
        }
    }

    #[test]
    fn attributes_are_read() {
        let token = Tokens::of("<IMG SRC=a.png alt = 'x y' b='' checked>").next();
        let list = vec![("SRC", "a.png"), ("alt", "x y"), ("b", ""), ("checked", "")];
        assert_eq!(token, Some(Token::Open("img".to_owned(), list)));
    }
}
