//! `Mailbox = Local-part "@" ( Domain / address-literal )` (RFC 5321 §4.1.2).

use std::fmt;
use std::str::FromStr;

use super::{Domain, DomainError, Host, LocalPart};

/// A path has 256 octets with its angle brackets (RFC 5321 §4.5.3.1.3).
const ADDRESS_OCTETS_MAX: usize = 254;

/// Where mail is sent to. Compared without regard to case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    // Hosts first: sorted addresses stand by domain.
    host: Host,
    local: LocalPart,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// No `@`.
    #[error("an address needs an @ and a domain after it")]
    NoHost,
    /// Nothing in front of the `@`.
    #[error("nothing stands in front of the @")]
    NoLocalPart,
    /// A character that must be quoted, or two dots in a row.
    #[error("the part in front of the @ has a character or a dot where none may be")]
    BadLocalPart,
    /// A quoted local part that does not end, or a character that not even quotes allow.
    #[error("the quoted part in front of the @ is malformed")]
    BadQuoting,
    /// Over 64 octets.
    #[error("the part in front of the @ is longer than 64 octets")]
    LocalPartTooLong,
    /// Over 254 octets.
    #[error("the address is longer than 254 octets")]
    TooLong,
    /// The domain is none.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// Square brackets without an IP address.
    #[error("the address literal in square brackets is malformed")]
    BadLiteral,
    /// A path without its angle brackets, or with a broken source route.
    #[error("a path stands in angle brackets")]
    BadPath,
}

impl Address {
    /// Reads `local@host`, without angle brackets.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let at = local_part_end(text).ok_or(AddressError::NoHost)?;
        let (local, host) = (text.get(..at), text.get(at + 1..));
        let (Some(local), Some(host)) = (local, host) else { return Err(AddressError::NoHost) };
        if host.is_empty() {
            return Err(AddressError::NoHost);
        }
        Self::new(LocalPart::parse(local)?, Host::parse(host)?)
    }

    /// Puts an address together; the parts are right, only the whole may be too long.
    pub fn new(local: LocalPart, host: Host) -> Result<Self, AddressError> {
        let address = Self { host, local };
        if address.to_string().len() > ADDRESS_OCTETS_MAX {
            return Err(AddressError::TooLong);
        }
        Ok(address)
    }

    /// What stands in front of the `@`.
    #[must_use]
    pub fn local(&self) -> &LocalPart {
        &self.local
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The domain, unless the host is a literal.
    #[must_use]
    pub fn domain(&self) -> Option<&Domain> {
        self.host.domain()
    }

    /// Whether the address can be sent to a server without SMTPUTF8.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.local.as_str().is_ascii()
    }

    /// The form to look an address up by: lower case, ASCII domain.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    /// The address as a person reads it: the domain in its script.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        match &self.host {
            Host::Domain(domain) => format!("{}@{}", self.local, domain.to_unicode()),
            Host::Literal(_) => self.to_string(),
        }
    }

    /// The tag of a plus-address: `news` of `ann+news@example.org`.
    #[must_use]
    pub fn tag(&self, separator: char) -> Option<&str> {
        self.local.tag(separator)
    }

    /// The address that a plus-address belongs to.
    #[must_use]
    pub fn without_tag(&self, separator: char) -> Self {
        Self { host: self.host.clone(), local: self.local.without_tag(separator) }
    }
}

/// Where the `@` between local part and host is: behind the closing quote if there is one.
pub(super) fn local_part_end(text: &str) -> Option<usize> {
    if !text.starts_with('"') {
        return text.find('@');
    }
    let mut escaped = false;
    for (place, octet) in text.bytes().enumerate().skip(1) {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (text.as_bytes().get(place + 1) == Some(&b'@')).then_some(place + 1),
            _ => {}
        }
    }
    None
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.host)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}
