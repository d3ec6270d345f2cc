//! Where a page of a list begins or ends: a spot in time, not a number of lines, so that nothing is shown twice or passed over while
//! mail comes in.

use std::fmt;
use std::str::FromStr;

use crate::search::{Direction, Spot};
use crate::value::{MailboxId, Uid};

/// The way to another page of a list of conversations. Made by [`crate::Page`], written into a URL and read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(super) direction: Direction,
    pub(super) spot: Spot,
}

/// Not a cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the way to a page")]
pub struct CursorInvalid;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.direction {
            Direction::Older => 'o',
            Direction::Newer => 'n',
        };
        write!(f, "{way}{}.{}.{}", self.spot.date, self.spot.mailbox, self.spot.uid)
    }
}

impl FromStr for Cursor {
    type Err = CursorInvalid;

    fn from_str(text: &str) -> Result<Self, CursorInvalid> {
        let (direction, spot) = match text.strip_prefix('o') {
            Some(spot) => (Direction::Older, spot),
            None => (Direction::Newer, text.strip_prefix('n').ok_or(CursorInvalid)?),
        };
        let mut numbers = spot.splitn(3, '.').map(str::parse::<i64>);
        let mut number = || numbers.next().and_then(Result::ok).ok_or(CursorInvalid);
        let (date, mailbox) = (number()?, MailboxId::new(number()?));
        let uid = u32::try_from(number()?).ok().and_then(Uid::new).ok_or(CursorInvalid)?;
        Ok(Self { direction, spot: Spot { date, mailbox, uid } })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for text in ["o1795434018.3.17", "n-5.1.4294967295"] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "o",
            "x1.2.3",
            "o1.2",
            "o1.2.0",
            "o1.2.3.4",
            "n1.2.-3",
            "o1.2.4294967296",
            "o99999999999999999999.1.1",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorInvalid), "{text}");
        }
    }
}
