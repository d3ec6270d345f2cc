//! Enhanced status codes (RFC 3463).

use std::fmt;
use std::str::FromStr;

/// `5.1.1`: class, subject, detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status {
    /// 2, 4 or 5.
    pub class: u16,
    /// What it is about, up to 999.
    pub subject: u16,
    /// What of it, up to 999.
    pub detail: u16,
}

impl Status {
    /// A status of ours.
    #[must_use]
    pub const fn new(class: u16, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.').map(number);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Some(class @ (2 | 4 | 5))), Some(Some(subject)), Some(Some(detail)), None) => {
                Ok(Self { class, subject, detail })
            }
            _ => Err(()),
        }
    }
}

/// RFC 3463 §2: one to three digits.
fn number(text: &str) -> Option<u16> {
    let fits = (1..=3).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}
