//! The left side of an address: a dot-string or a quoted string (RFC 5321 §4.1.2, RFC 6531 §3.3).

use std::fmt;
use std::hash::{Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use super::AddressError;

/// Octets of a local part as written, quotes included (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_OCTETS_MAX: usize = 64;

/// The local part of an address, without its quoting. The case is kept as written and does not
/// count when two are compared: no mail system of today gives `Ann` and `ann` to different people.
#[derive(Clone)]
pub struct LocalPart(String);

impl LocalPart {
    /// Reads a local part as written in an address, quoted or not.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let content = match text.strip_prefix('"') {
            Some(rest) => unquote(rest.strip_suffix('"').ok_or(AddressError::BadQuoting)?)?,
            None if is_dot_string(text) => text.to_owned(),
            None if text.is_empty() => return Err(AddressError::NoLocalPart),
            None => return Err(AddressError::BadLocalPart),
        };
        Self::of_content(content)
    }

    fn of_content(content: String) -> Result<Self, AddressError> {
        // RFC 6532 §3.1: two ways of writing é are one address.
        let content = if content.is_ascii() { content } else { content.nfc().collect() };
        let local = Self(content);
        if local.to_string().len() > LOCAL_PART_OCTETS_MAX {
            return Err(AddressError::LocalPartTooLong);
        }
        Ok(local)
    }

    /// The content, without quotes and backslashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the first separator: the tag of `ann+tag`. `None` without one, or when nothing
    /// stands in front of it.
    #[must_use]
    pub fn tag(&self, separator: char) -> Option<&str> {
        self.split(separator).map(|(_, tag)| tag)
    }

    /// The local part in front of the first separator, or all of it.
    #[must_use]
    pub fn without_tag(&self, separator: char) -> Self {
        self.split(separator).map_or_else(|| self.clone(), |(base, _)| Self(base.to_owned()))
    }

    fn split(&self, separator: char) -> Option<(&str, &str)> {
        self.0.split_once(separator).filter(|(base, _)| !base.is_empty())
    }
}

/// `Dot-string = Atom *("." Atom)`
fn is_dot_string(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_international(c)
}

/// RFC 6531 allows all of UTF-8; controls and what turns the reading direction only serve deceit.
fn is_international(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace() && !crate::unprintable::is_deceptive(c)
}

/// `QcontentSMTP = qtextSMTP / quoted-pairSMTP`
fn unquote(inner: &str) -> Result<String, AddressError> {
    let mut content = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => chars.next().filter(char::is_ascii).ok_or(AddressError::BadQuoting)?,
            '"' => return Err(AddressError::BadQuoting),
            other => other,
        };
        if !matches!(c, ' '..='~') && !is_international(c) {
            return Err(AddressError::BadQuoting);
        }
        content.push(c);
    }
    Ok(content)
}

impl fmt::Display for LocalPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_string(&self.0) {
            return f.write_str(&self.0);
        }
        f.write_str("\"")?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

impl fmt::Debug for LocalPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalPart({self})")
    }
}

impl PartialEq for LocalPart {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for LocalPart {}

impl Ord for LocalPart {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lower = |text: &Self| text.0.to_ascii_lowercase();
        lower(self).cmp(&lower(other))
    }
}

impl PartialOrd for LocalPart {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for LocalPart {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for octet in self.0.bytes() {
            state.write_u8(octet.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}
