//! Words, comments and specials of an address field.

use std::borrow::Cow;

use crate::charset;

/// A piece of an address field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// One of `< > @ , ; :`.
    Special(u8),
    /// An atom with its dots, an encoded-word, a domain literal, or the content of a quoted string.
    Word(Word<'a>),
    /// The content of a comment.
    Comment(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: Cow<'a, str>,
    /// White space or a comment stood in front of it.
    pub(super) spaced: bool,
}

pub(super) struct Lexer<'a> {
    rest: &'a [u8],
    /// A quote, parenthesis or bracket that never closes is a character like others. It is looked for
    /// once: again for each of a megabyte of quotes would take quadratic time.
    unclosed_quote: bool,
    unclosed_comment: bool,
    unclosed_literal: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        Self {
            rest: value,
            unclosed_quote: false,
            unclosed_comment: false,
            unclosed_literal: false,
        }
    }

    fn skip_space(&mut self) -> bool {
        let trimmed = self.rest.trim_ascii_start();
        let spaced = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        spaced
    }

    /// A quoted string whose opening quote stands at the front.
    fn quoted(&mut self) -> Option<String> {
        let (content, rest) = enclosed(self.rest.get(1..)?, b'"', None)?;
        self.rest = rest;
        Some(charset::guess(&content).into_owned())
    }

    fn comment(&mut self) -> Option<String> {
        let (content, rest) = enclosed(self.rest.get(1..)?, b')', Some(b'('))?;
        self.rest = rest;
        Some(charset::guess(&content).trim().to_owned())
    }

    /// Everything up to the next special or white space; an encoded-word and a domain literal may
    /// have specials in them.
    fn word(&mut self) -> &'a [u8] {
        let mut end = match self.rest {
            [b'[', ..] if !self.unclosed_literal => {
                let end = self.rest.iter().position(|octet| matches!(octet, b']' | b',' | b'>'));
                self.unclosed_literal = end.is_none();
                end
            }
            _ => encoded_word_octets(self.rest),
        }
        .unwrap_or(0);
        end += self
            .rest
            .get(end..)
            .unwrap_or_default()
            .iter()
            .position(ends_word)
            .unwrap_or(self.rest.len().saturating_sub(end));
        let (word, rest) = self.rest.split_at_checked(end.max(1)).unwrap_or((self.rest, &[]));
        self.rest = rest;
        word
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let spaced = self.skip_space();
        match *self.rest.first()? {
            special @ (b'<' | b'>' | b'@' | b',' | b';' | b':') => {
                self.rest = self.rest.get(1..)?;
                return Some(Token::Special(special));
            }
            b'"' if !self.unclosed_quote => match self.quoted() {
                Some(text) => return Some(Token::Word(Word { text: text.into(), spaced })),
                None => self.unclosed_quote = true,
            },
            b'(' if !self.unclosed_comment => match self.comment() {
                Some(text) => return Some(Token::Comment(text)),
                None => self.unclosed_comment = true,
            },
            _ => {}
        }
        Some(Token::Word(Word { text: charset::guess(self.word()), spaced }))
    }
}

fn ends_word(octet: &u8) -> bool {
    octet.is_ascii_whitespace() || b"<>@,;:\"(".contains(octet)
}

/// The content up to the closing octet, quoted pairs resolved, and what follows.
fn enclosed(text: &[u8], close: u8, open: Option<u8>) -> Option<(Vec<u8>, &[u8])> {
    let mut content = Vec::new();
    let (mut escaped, mut depth) = (false, 0_usize);
    for (place, octet) in text.iter().enumerate() {
        match *octet {
            b'\\' if !escaped => {
                escaped = true;
                continue;
            }
            octet if octet == close && !escaped && depth == 0 => {
                return Some((content, text.get(place + 1..)?));
            }
            octet if octet == close && !escaped => depth -= 1,
            octet if Some(octet) == open && !escaped => depth += 1,
            _ => {}
        }
        escaped = false;
        content.push(*octet);
    }
    None
}

/// How long the encoded-word at the front is; none with white space in it.
fn encoded_word_octets(text: &[u8]) -> Option<usize> {
    let mut marks = 0;
    let rest = text.strip_prefix(b"=?")?;
    for (place, octet) in rest.iter().enumerate() {
        match octet {
            b'?' if marks == 2 => {
                return (rest.get(place + 1) == Some(&b'=')).then_some(place + 4);
            }
            b'?' => marks += 1,
            octet if octet.is_ascii_whitespace() => return None,
            _ => {}
        }
    }
    None
}
