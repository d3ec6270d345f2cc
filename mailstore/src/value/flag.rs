//! Flags as a bit set: five of IMAP's own, then the mailbox's keywords from bit 8.
//! Knows nothing of which keyword a bit means in which mailbox: the mailbox's keyword table does.

use std::fmt;
use std::ops::{BitAnd, BitOr, Sub};

/// A mailbox's first keyword has this bit.
pub const FLAG_BIT_FIRST_KEYWORD: u8 = 8;

/// Keywords per mailbox: bits 8 to 61 of a signed 64-bit column.
pub const KEYWORDS_MAX: u8 = 54;

/// Octets in a keyword.
const KEYWORD_OCTETS_MAX: usize = 64;

/// A message's flags as bits. Bits from [`FLAG_BIT_FIRST_KEYWORD`] are keywords of *that* mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(u64);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// `\Seen`
    pub const SEEN: Self = Self(1);
    /// `\Answered`
    pub const ANSWERED: Self = Self(2);
    /// `\Flagged`
    pub const FLAGGED: Self = Self(4);
    /// `\Deleted`
    pub const DELETED: Self = Self(8);
    /// `\Draft`
    pub const DRAFT: Self = Self(16);
    /// The five together.
    pub const SYSTEM: Self = Self(31);

    /// The bit of one keyword; None when the number is none of a mailbox's keywords.
    pub const fn keyword(bit: u8) -> Option<Self> {
        if bit < FLAG_BIT_FIRST_KEYWORD || bit >= FLAG_BIT_FIRST_KEYWORD + KEYWORDS_MAX {
            return None;
        }
        Some(Self(1 << bit))
    }

    /// True when all of `other` are here.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The keyword bits set, lowest first.
    pub fn keyword_bits(self) -> impl Iterator<Item = u8> {
        (FLAG_BIT_FIRST_KEYWORD..FLAG_BIT_FIRST_KEYWORD + KEYWORDS_MAX)
            .filter(move |bit| self.0 >> bit & 1 == 1)
    }

    /// Only the five of IMAP's own.
    #[must_use]
    pub const fn system(self) -> Self {
        Self(self.0 & Self::SYSTEM.0)
    }

    /// The bits as a number, for a caller that keeps its own table.
    pub const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn stored(self) -> i64 {
        i64::try_from(self.0).unwrap_or(0)
    }

    pub(crate) fn from_stored(bits: i64) -> Self {
        Self(u64::try_from(bits).unwrap_or(0))
    }
}

impl BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Flags {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Flags {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// A keyword: an IMAP atom (RFC 9051 §9 flag-keyword), without a leading backslash. Compared
/// without regard to ASCII case.
#[derive(Debug, Clone)]
pub struct Keyword(String);

/// Not an atom, or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a keyword is an atom of at most 64 octets")]
pub struct KeywordInvalid;

impl Keyword {
    /// Checks that it can be sent as an atom.
    pub fn parse(text: &str) -> Result<Self, KeywordInvalid> {
        let atom = |c: char| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c);
        if text.is_empty() || text.len() > KEYWORD_OCTETS_MAX || !text.chars().all(atom) {
            return Err(KeywordInvalid);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was first written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Keyword {}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Flags as a client names them: IMAP's own as bits, keywords by name, so that they mean the same
/// in every mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagList {
    /// IMAP's own; keyword bits are ignored here.
    pub flags: Flags,
    /// Keywords by name.
    pub keywords: Vec<Keyword>,
}

impl From<Flags> for FlagList {
    fn from(flags: Flags) -> Self {
        Self { flags, keywords: Vec::new() }
    }
}

/// What to do to the flags of messages (RFC 9051 §6.4.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagChange {
    /// `+FLAGS`
    Add(FlagList),
    /// `-FLAGS`
    Remove(FlagList),
    /// `FLAGS`
    Replace(FlagList),
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_an_atom_and_nothing_else() {
        for good in ["$label1", "Work", "$MDNSent", "a", &"k".repeat(64)] {
            assert!(Keyword::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "\\Seen", "two words", "a(b", "é", "a]", "x*", &"k".repeat(65), "a\r\n"] {
            assert!(Keyword::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keywords_are_the_same_whatever_their_case() {
        assert_eq!(Keyword::parse("$Junk").unwrap(), Keyword::parse("$junk").unwrap());
    }

    #[test]
    fn keyword_bits_begin_at_eight_and_end_at_sixty_one() {
        assert_eq!(Flags::keyword(7), None);
        assert_eq!(Flags::keyword(62), None);
        let both = Flags::keyword(8).unwrap() | Flags::keyword(61).unwrap() | Flags::SEEN;
        assert_eq!(both.keyword_bits().collect::<Vec<_>>(), [8, 61]);
        assert_eq!(Flags::from_stored(both.stored()), both);
    }
}
