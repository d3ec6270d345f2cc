//! A reply as it goes on the wire: three digits, an enhanced status, lines of text.
//!
//! Knows the form (RFC 5321 §4.2, RFC 2034 §4), not the wordings: those stand in `replies`.

use std::borrow::Cow;

use bytes::Bytes;

/// RFC 5321 §4.5.3.1.5: with the code and the CRLF.
const LINE_OCTETS_MAX: usize = 512;

/// A reply code with its enhanced status code. Only the last two numbers of that are kept: the
/// first must agree with the reply code (RFC 2034 §4), so it is taken from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    code: u16,
    enhanced: Option<(u16, u16)>,
}

impl Status {
    /// `enhanced(503, 5, 1)` is `503 5.5.1`.
    #[must_use]
    pub const fn enhanced(code: u16, subject: u16, detail: u16) -> Self {
        Self { code, enhanced: Some((subject, detail)) }
    }

    /// For the greeting, HELO, EHLO and 354, which carry none (RFC 2034 §4).
    #[must_use]
    pub const fn plain(code: u16) -> Self {
        Self { code, enhanced: None }
    }

    /// The three digits.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.code
    }

    /// What stands before the text of each line: `503-5.5.1 ` or `503 5.5.1 `.
    fn prefix(self, separator: char) -> String {
        match self.enhanced {
            Some((subject, detail)) => {
                format!("{}{separator}{}.{subject}.{detail} ", self.code, self.code / 100)
            }
            None => format!("{}{separator}", self.code),
        }
    }
}

/// One reply, of one or more lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    status: Status,
    lines: Vec<Cow<'static, str>>,
    utf8: bool,
}

impl Reply {
    /// A reply of one line.
    #[must_use]
    pub fn new(status: Status, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, lines: vec![text.into()], utf8: false }
    }

    /// The same with another line below.
    #[must_use]
    pub fn and(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.lines.push(text.into());
        self
    }

    /// The same, to a client that has said it reads UTF-8 (RFC 6531 §3.7.4).
    #[must_use]
    pub fn in_utf8(self) -> Self {
        Self { utf8: true, ..self }
    }

    /// The reply code and its enhanced status.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// As it is sent.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = String::new();
        let last = self.lines.len().saturating_sub(1);
        for (number, line) in self.lines.iter().enumerate() {
            let start = out.len();
            out.push_str(&self.status.prefix(if number == last { ' ' } else { '-' }));
            out.extend(line.chars().map(|character| self.harmless(character)));
            out.truncate(out.floor_char_boundary(start + LINE_OCTETS_MAX - 2));
            out.push_str("\r\n");
        }
        out.into()
    }

    /// Replies quote what strangers say. Here is the one place that keeps a quoted line end from becoming
    /// a reply of its own, and non-ASCII text out of replies (RFC 6531 §3.7.4.2).
    fn harmless(&self, character: char) -> char {
        let fits = matches!(character, ' '..='~')
            || (self.utf8 && !character.is_ascii() && !character.is_control());
        if fits { character } else { '?' }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_of_one_line_has_code_status_and_text() {
        let reply = Reply::new(Status::enhanced(503, 5, 1), "Say HELO first");
        assert_eq!(reply.to_bytes(), "503 5.5.1 Say HELO first\r\n");
    }

    #[test]
    fn each_line_of_a_long_reply_repeats_the_status() {
        let reply = Reply::new(Status::enhanced(214, 0, 0), "one").and("two");
        assert_eq!(reply.to_bytes(), "214-2.0.0 one\r\n214 2.0.0 two\r\n");
    }

    #[test]
    fn the_greeting_has_no_enhanced_status() {
        assert_eq!(Reply::new(Status::plain(220), "here").to_bytes(), "220 here\r\n");
    }

    #[test]
    fn a_quoted_line_end_does_not_become_a_second_reply() {
        let reply = Reply::new(Status::enhanced(550, 1, 1), "no\r\n250 é\u{0}yes");
        assert_eq!(reply.to_bytes(), "550 5.1.1 no??250 ??yes\r\n");
    }

    #[test]
    fn utf8_is_said_only_to_those_who_read_it() {
        let reply = Reply::new(Status::enhanced(250, 1, 5), "<jörg@example.org>\r\n");
        assert_eq!(reply.to_bytes(), "250 2.1.5 <j?rg@example.org>??\r\n");
        assert_eq!(reply.in_utf8().to_bytes(), "250 2.1.5 <jörg@example.org>??\r\n");
    }

    #[test]
    fn a_line_is_never_longer_than_512_octets() {
        let reply = Reply::new(Status::enhanced(500, 5, 2), "x".repeat(2_000));
        assert_eq!(reply.to_bytes().len(), 512);
        let whole = Reply::new(Status::enhanced(500, 5, 2), "x".repeat(500));
        assert_eq!(whole.to_bytes().len(), 512);
        let wide = Reply::new(Status::enhanced(500, 5, 2), "é".repeat(500)).in_utf8();
        assert_eq!(wide.to_bytes().len(), 512);
    }
}
