//! What stands right of the `@`: a domain or an address literal (RFC 5321 §4.1.3).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{AddressError, Domain};

/// The right side of an address, or what a client calls itself in EHLO.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A domain name.
    Domain(Domain),
    /// An address in square brackets.
    Literal(AddressLiteral),
}

/// `[192.0.2.1]`, `[IPv6:2001:db8::1]` or a form yet to be registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressLiteral {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// `General-address-literal`: a tag, and content that only its standard understands.
    General {
        /// The registered tag, in lower case.
        tag: String,
        /// What follows the colon.
        content: String,
    },
}

impl Host {
    /// Reads a domain, or a literal when it begins with a bracket.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        match text.strip_prefix('[') {
            Some(rest) => {
                let inner = rest.strip_suffix(']').ok_or(AddressError::BadLiteral)?;
                AddressLiteral::parse(inner).map(Self::Literal)
            }
            None => Ok(Self::Domain(Domain::parse(text)?)),
        }
    }

    /// The domain, if it is one.
    #[must_use]
    pub fn domain(&self) -> Option<&Domain> {
        match self {
            Self::Domain(domain) => Some(domain),
            Self::Literal(_) => None,
        }
    }
}

impl AddressLiteral {
    /// Reads what stands between the brackets.
    fn parse(inner: &str) -> Result<Self, AddressError> {
        if let Ok(address) = inner.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(address.into()));
        }
        let (tag, content) = inner.split_once(':').ok_or(AddressError::BadLiteral)?;
        if tag.eq_ignore_ascii_case("IPv6") {
            let address = content.parse::<Ipv6Addr>().map_err(|_| AddressError::BadLiteral)?;
            return Ok(Self::Ip(address.into()));
        }
        // Ldh-str: it ends with a letter or a digit.
        let tag_ok = tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && tag.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric());
        // dcontent: printable, without brackets and backslash.
        let content_ok = !content.is_empty()
            && content.bytes().all(|b| matches!(b, 33..=90 | 94..=126))
            && inner.len() <= 253;
        if !tag_ok || !content_ok {
            return Err(AddressError::BadLiteral);
        }
        Ok(Self::General { tag: tag.to_ascii_lowercase(), content: content.to_owned() })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(domain) => domain.fmt(f),
            Self::Literal(literal) => literal.fmt(f),
        }
    }
}

impl fmt::Display for AddressLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(address)) => write!(f, "[{address}]"),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[IPv6:{address}]"),
            Self::General { tag, content } => write!(f, "[{tag}:{content}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn literals_read_and_print() {
        for (text, printed) in [
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[ipv6:2001:DB8::1]", "[IPv6:2001:db8::1]"),
            ("[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]"),
            ("[X-new:abc]", "[x-new:abc]"),
            ("Example.org", "example.org"),
        ] {
            assert_eq!(Host::parse(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn bad_literals_are_refused() {
        let texts = ["[", "[]", "[1.2.3]", "[1.2.3.4", "[256.1.1.1]", "[IPv6:]", "[IPv6:::1::]"];
        for text in texts.into_iter().chain(["[x-:a]", "[x:]", "[x:a]b]", "[x:a b]", "[:a]"]) {
            assert_eq!(Host::parse(text), Err(AddressError::BadLiteral), "{text}");
        }
    }
}
