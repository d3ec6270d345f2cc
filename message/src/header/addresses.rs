//! Address fields as mail has them (RFC 5322 §3.4, §4.4), far looser than [`crate::Address`].

mod lexer;
#[cfg(test)]
mod tests;

use lexer::{Lexer, Token, Word};

use super::words::decode_words;
use crate::{Address, Limits, unprintable};

/// One entry of an address field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressItem {
    /// Somebody.
    One(Correspondent),
    /// `Friends: ann@example.org, bob@example.org;` with no, one or more members.
    Group {
        /// The name in front of the colon, encoded-words as they are.
        name: String,
        /// Who is in it.
        members: Vec<Correspondent>,
    },
}

/// Somebody named in a header. The address may be anything, nothing included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correspondent {
    /// The display name or, without one, the comment behind the address: unquoted, encoded-words
    /// as they are.
    pub name: Option<String>,
    /// What stands in front of the last `@`, unquoted.
    pub local: String,
    /// What stands behind it; empty when there is none.
    pub domain: String,
}

impl Correspondent {
    /// The name as a person reads it.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        let name = decode_words(self.name.as_deref()?.as_bytes());
        Some(unprintable::one_line(&name)).filter(|name| !name.is_empty())
    }

    /// The address as written, on one line: not necessarily one that mail can be sent to.
    #[must_use]
    pub fn display_address(&self) -> String {
        let at = if self.domain.is_empty() { "" } else { "@" };
        unprintable::one_line(&format!("{}{at}{}", self.local, self.domain))
    }

    /// The address, if mail can be sent to it.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        let text = format!("{}@{}", self.local, self.domain);
        Address::parse(&text).ok().or_else(|| {
            let quoted = self.local.replace('\\', "\\\\").replace('"', "\\\"");
            Address::parse(&format!("\"{quoted}\"@{}", self.domain)).ok()
        })
    }
}

/// Takes an unfolded address field apart. Never fails: what is left of broken entries is kept.
#[must_use]
pub fn address_items(value: &[u8], limits: &Limits) -> Vec<AddressItem> {
    let mut list = List { left: limits.addresses_max, ..List::default() };
    for token in Lexer::new(value) {
        if list.left == 0 {
            break;
        }
        list.take(token);
    }
    list.end_entry();
    list.end_group();
    list.items
}

/// Everybody in these items, members of groups included.
pub fn correspondents(items: &[AddressItem]) -> impl Iterator<Item = &Correspondent> {
    items.iter().flat_map(|item| match item {
        AddressItem::One(one) => std::slice::from_ref(one),
        AddressItem::Group { members, .. } => members,
    })
}

#[derive(Default)]
struct List<'a> {
    items: Vec<AddressItem>,
    group: Option<(String, Vec<Correspondent>)>,
    entry: Entry<'a>,
    left: usize,
}

/// One entry while its tokens arrive.
#[derive(Default)]
struct Entry<'a> {
    /// Words outside of angle brackets.
    words: Vec<Word<'a>>,
    /// Where, among the words, an `@` without angle brackets stood.
    at: Option<usize>,
    angle: Option<Angle>,
    comment: Option<String>,
}

/// What stands in angle brackets.
#[derive(Default)]
struct Angle {
    local: String,
    domain: Option<String>,
    closed: bool,
}

impl<'a> List<'a> {
    fn take(&mut self, token: Token<'a>) {
        let inside = self.entry.angle.as_ref().is_some_and(|angle| !angle.closed);
        match token {
            Token::Comment(text) => self.entry.comment = Some(text),
            Token::Word(word) if !inside => self.entry.words.push(word),
            Token::Word(word) => self.entry.inside_word(&word.text),
            Token::Special(b'@') if inside => self.entry.inside_at(),
            Token::Special(b':') if inside => self.entry.angle = Some(Angle::default()),
            Token::Special(b'>') => self.entry.close_angle(),
            Token::Special(b',') if inside && self.entry.in_route() => {}
            Token::Special(b'<') => self.entry.angle = Some(Angle::default()),
            Token::Special(b'@') => self.entry.outside_at(),
            Token::Special(b':') if self.group.is_none() && self.entry.at.is_none() => {
                let name = join(&std::mem::take(&mut self.entry).words);
                self.group = Some((name, Vec::new()));
            }
            Token::Special(b',') => self.end_entry(),
            Token::Special(b';') => {
                self.end_entry();
                self.end_group();
            }
            Token::Special(_) => {}
        }
    }

    fn end_entry(&mut self) {
        let Some(one) = std::mem::take(&mut self.entry).finish() else { return };
        self.left = self.left.saturating_sub(1);
        match &mut self.group {
            Some((_, members)) => members.push(one),
            None => self.items.push(AddressItem::One(one)),
        }
    }

    fn end_group(&mut self) {
        if let Some((name, members)) = self.group.take() {
            self.left = self.left.saturating_sub(1);
            self.items.push(AddressItem::Group { name, members });
        }
    }
}

impl Entry<'_> {
    fn inside_word(&mut self, text: &str) {
        if let Some(angle) = &mut self.angle {
            angle.domain.as_mut().unwrap_or(&mut angle.local).push_str(text);
        }
    }

    fn inside_at(&mut self) {
        let Some(angle) = &mut self.angle else { return };
        if let Some(domain) = angle.domain.replace(String::new()) {
            // In place: a new string for each of a megabyte of these would take quadratic time.
            angle.local.push('@');
            angle.local.push_str(&domain);
        }
    }

    /// `<@one,@two:ann@example.org>`: only a route begins with `@` and has commas.
    fn in_route(&self) -> bool {
        self.angle.as_ref().is_some_and(|angle| angle.local.is_empty() && angle.domain.is_some())
    }

    /// The last `@` parts the address; those in front of it belong to the local part.
    fn outside_at(&mut self) {
        if let Some(earlier) = self.at {
            self.words.insert(earlier, Word { text: "@".into(), spaced: false });
        }
        self.at = Some(self.words.len());
    }

    fn close_angle(&mut self) {
        if let Some(angle) = &mut self.angle {
            angle.closed = true;
        }
    }

    fn finish(mut self) -> Option<Correspondent> {
        let (name, local, domain) = match self.angle.take() {
            Some(angle) => (join(&self.words), angle.local, angle.domain.unwrap_or_default()),
            None => self.without_angle()?,
        };
        let name = Some(name).filter(|name| !name.is_empty()).or(self.comment);
        Some(Correspondent { name, local, domain })
    }

    /// `ann@example.org`, also with white space around its dots and behind words that were meant
    /// as a name. A word alone is the name of a user of some machine.
    fn without_angle(&mut self) -> Option<(String, String, String)> {
        let Some(at) = self.at else {
            return match self.words.as_slice() {
                [] => None,
                [word] => Some((String::new(), word.text.to_string(), String::new())),
                words => Some((join(words), String::new(), String::new())),
            };
        };
        let (before, after) = self.words.split_at_checked(at)?;
        let parted = |pair: &[Word<'_>]| matches!(pair, [left, right] if !attached(left, right));
        let local_start = before.windows(2).rposition(parted).map_or(0, |place| place + 1);
        let domain_end = after.windows(2).position(parted).map_or(after.len(), |place| place + 1);
        let (name, local) = before.split_at_checked(local_start)?;
        let (domain, rest) = after.split_at_checked(domain_end)?;
        let text = |words: &[Word<'_>]| words.iter().map(|word| &*word.text).collect();
        Some((join(&[name, rest].concat()), text(local), text(domain)))
    }
}

/// Words that no white space parts, or that a dot joins over white space (RFC 5322 §4.4).
fn attached(left: &Word<'_>, right: &Word<'_>) -> bool {
    !right.spaced || right.text.starts_with('.') || left.text.ends_with('.')
}

/// The words of a phrase with single spaces.
fn join(words: &[Word<'_>]) -> String {
    let mut out = String::new();
    for word in words {
        if word.spaced && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.text);
    }
    out
}
