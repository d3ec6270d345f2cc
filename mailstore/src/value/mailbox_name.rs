//! Names of mailboxes: Unicode in NFC (RFC 9051 §5.1, RFC 5198 §2), hierarchy by `/`, INBOX in any
//! case is INBOX. Does not know which names exist.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Octets in a whole name.
const NAME_OCTETS_MAX: usize = 1_000;
/// Octets in one level of a name.
const LEVEL_OCTETS_MAX: usize = 255;
/// Levels in a name.
const LEVELS_MAX: usize = 20;

/// A mailbox's full name, checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxName(String);

/// Why a name cannot be a mailbox's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing at all, or nothing between two slashes.
    #[error("a level of the name is empty")]
    Empty,
    /// The whole name is over 1,000 octets or a level over 255.
    #[error("the name is too long")]
    TooLong,
    /// More than 20 levels.
    #[error("the name has too many levels")]
    TooDeep,
    /// A control character or a line or paragraph separator (RFC 5198 §2).
    #[error("the name has a character that no name may have")]
    Character,
}

impl MailboxName {
    /// INBOX.
    pub fn inbox() -> Self {
        Self(INBOX.to_owned())
    }

    /// Checks a name and brings it into its one form: NFC, and INBOX upper-case as a first level
    /// (RFC 9051 §5.1: case-insensitive). One slash at the end only says "will hold children"
    /// (§6.3.4) and is dropped.
    pub fn parse(name: &str) -> Result<Self, NameFault> {
        if name.len() > NAME_OCTETS_MAX {
            return Err(NameFault::TooLong);
        }
        let name: String = name.nfc().collect();
        let name = name.strip_suffix(SEPARATOR).unwrap_or(&name);
        if name.split(SEPARATOR).any(str::is_empty) {
            return Err(NameFault::Empty);
        }
        if name.len() > NAME_OCTETS_MAX
            || name.split(SEPARATOR).any(|level| level.len() > LEVEL_OCTETS_MAX)
        {
            return Err(NameFault::TooLong);
        }
        if name.split(SEPARATOR).count() > LEVELS_MAX {
            return Err(NameFault::TooDeep);
        }
        if name.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(NameFault::Character);
        }
        Ok(Self(with_inbox_upper(name)))
    }

    /// As stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for INBOX itself, not for what lies under it.
    pub fn is_inbox(&self) -> bool {
        self.0 == INBOX
    }

    /// The last level.
    pub fn leaf(&self) -> &str {
        self.0.rsplit(SEPARATOR).next().unwrap_or(&self.0)
    }

    /// The name one level up; None at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once(SEPARATOR).map(|(parent, _)| Self(parent.to_owned()))
    }

    /// True when this name lies below the other.
    pub fn is_under(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.starts_with(SEPARATOR))
    }

    /// From a row, which was checked when it was made.
    pub(crate) fn from_stored(name: String) -> Self {
        Self(name)
    }
}

const INBOX: &str = "INBOX";
const SEPARATOR: char = '/';

fn with_inbox_upper(name: &str) -> String {
    let (first, rest) = name.split_at(name.find(SEPARATOR).unwrap_or(name.len()));
    if first.eq_ignore_ascii_case(INBOX) { format!("{INBOX}{rest}") } else { name.to_owned() }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn parsed(name: &str) -> String {
        MailboxName::parse(name).unwrap().as_str().to_owned()
    }

    #[test]
    fn inbox_is_inbox_in_any_case_and_so_is_what_lies_under_it() {
        assert_eq!(parsed("inBox"), "INBOX");
        assert_eq!(parsed("inbox/Lists"), "INBOX/Lists");
        assert_eq!(parsed("Inboxes"), "Inboxes");
        assert_eq!(parsed("a/inbox"), "a/inbox");
    }

    #[test]
    fn two_spellings_of_one_letter_are_one_name() {
        assert_eq!(parsed("e\u{301}te\u{301}"), parsed("\u{e9}t\u{e9}"));
    }

    #[test]
    fn names_that_cannot_be_are_refused_with_their_fault() {
        let long = "x".repeat(256);
        let whole = ["x"; 600].join("/");
        let deep = ["x"; 21].join("/");
        for (name, fault) in [
            ("", NameFault::Empty),
            ("/", NameFault::Empty),
            ("/a", NameFault::Empty),
            ("a//b", NameFault::Empty),
            ("a\nb", NameFault::Character),
            ("a\u{0}b", NameFault::Character),
            ("a\u{2028}b", NameFault::Character),
            (&long, NameFault::TooLong),
            (&whole, NameFault::TooLong),
            (&deep, NameFault::TooDeep),
        ] {
            assert_eq!(MailboxName::parse(name), Err(fault), "{name}");
        }
        assert!(MailboxName::parse(&"x".repeat(255)).is_ok());
        assert!(MailboxName::parse(&["x"; 20].join("/")).is_ok());
    }

    #[test]
    fn a_name_knows_its_parent_and_what_lies_under_it() {
        let name = MailboxName::parse("a/b/c").unwrap();
        assert_eq!(name.parent().unwrap().as_str(), "a/b");
        assert_eq!(name.leaf(), "c");
        assert!(name.is_under(&MailboxName::parse("a").unwrap()));
        assert!(!MailboxName::parse("ab").unwrap().is_under(&MailboxName::parse("a").unwrap()));
        assert_eq!(MailboxName::parse("a/").unwrap().as_str(), "a");
    }
}
