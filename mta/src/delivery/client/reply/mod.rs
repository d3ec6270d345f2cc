//! A host's reply: its code, its enhanced status, its words.
//!
//! [`ReplyReader`] makes replies of octets as they come (RFC 5321 §4.2). It knows no command: which
//! reply answers what is for whoever asked.

mod reader;
mod status;

use std::fmt;

pub(in crate::delivery) use reader::harmless;
pub use reader::{ReplyFault, ReplyReader};
pub use status::Status;

/// One reply, of one line at least. No line has a control character in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    status: Option<Status>,
    lines: Vec<String>,
}

impl Reply {
    /// The three digits, from 200 to 599.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The enhanced status code, if there is one that agrees with the reply code (RFC 2034 §4).
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        self.status
    }

    /// The texts behind the codes, line by line.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.code / 100 == 2
    }

    /// 5xx.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// 421 may answer anything, and nothing follows it (RFC 5321 §3.8).
    #[must_use]
    pub const fn is_farewell(&self) -> bool {
        self.code == 421
    }
}

/// On one line, as far as a queue or a bounce has use for it: line by line with its code, as it came.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.lines.len().saturating_sub(1);
        for (number, line) in self.lines.iter().enumerate() {
            let separator = if number == last { ' ' } else { '-' };
            let gap = if number == 0 { "" } else { " " };
            write!(f, "{gap}{}{separator}{line}", self.code)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
