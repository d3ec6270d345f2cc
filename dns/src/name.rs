//! A domain name to ask for.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A name, absolute and in lower case, without the dot at its end; the root is the empty text.
///
/// More than host names: `_dmarc.example.org` is one, and so is whatever printable ASCII an SPF macro
/// makes. Scripts beyond ASCII come as A-labels (`xn--…`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text is no name that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Over 253 characters (RFC 1035 §2.3.4: 255 octets on the wire).
    #[error("the name has over 253 characters")]
    TooLong,
    /// A label over 63 characters (RFC 1035 §2.3.4).
    #[error("a label of the name has over 63 characters")]
    LabelTooLong,
    /// Two dots in a row, or one at the front.
    #[error("a label of the name is empty")]
    EmptyLabel,
    /// A control character or something that is not ASCII.
    #[error("the name has a character that is not printable ASCII")]
    Character,
}

const NAME_OCTETS_MAX: usize = 253;
const LABEL_OCTETS_MAX: usize = 63;

impl Name {
    /// The root of all names. As an exchange of MX it says "no mail" (RFC 7505).
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Reads a name, with or without the dot at its end. It is always taken as absolute.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.len() > NAME_OCTETS_MAX {
            return Err(NameError::TooLong);
        }
        if !text.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' ') {
            return Err(NameError::Character);
        }
        for label in text.split('.').filter(|_| !text.is_empty()) {
            match label.len() {
                0 => return Err(NameError::EmptyLabel),
                1..=LABEL_OCTETS_MAX => {}
                _ => return Err(NameError::LabelTooLong),
            }
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// Where the names of an address stand (RFC 1035 §3.5, RFC 3596 §2.5).
    #[must_use]
    pub fn reverse(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                Self(format!("{d}.{c}.{b}.{a}.in-addr.arpa"))
            }
            IpAddr::V6(address) => {
                let mut text = String::with_capacity(72);
                for octet in address.octets().iter().rev() {
                    text.push_str(&format!("{:x}.{:x}.", octet & 15, octet >> 4));
                }
                Self(text + "ip6.arpa")
            }
        }
    }

    /// This name with labels in front, as `_dmarc` or `selector._domainkey`.
    pub fn prefixed(&self, labels: &str) -> Result<Self, NameError> {
        if self.is_root() { Self::parse(labels) } else { Self::parse(&format!("{labels}.{self}")) }
    }

    /// The name without the dot at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels from the left. The root has none.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.').filter(|label| !label.is_empty())
    }

    /// The name without its first label. The root has no parent.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(self.0.split_once('.').map_or(Self::root(), |(_, parent)| Self(parent.to_owned())))
    }

    /// Whether this is `other` or a name below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        other.is_root()
            || self
                .0
                .strip_suffix(other.as_str())
                .is_some_and(|left| left.is_empty() || left.ends_with('.'))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "." } else { &self.0 })
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_kept_in_lower_case_without_its_last_dot() {
        assert_eq!(name("_DMARC.Example.ORG.").as_str(), "_dmarc.example.org");
        assert_eq!(name("."), Name::root());
        assert_eq!(name(""), Name::root());
        assert_eq!(Name::root().to_string(), ".");
        // `%_` of an SPF macro.
        assert_eq!(name("a b.example").as_str(), "a b.example");
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused_with_its_reason() {
        for (text, error) in [
            ("a..b", NameError::EmptyLabel),
            (".a", NameError::EmptyLabel),
            ("..", NameError::EmptyLabel),
            ("a\tb", NameError::Character),
            ("é.org", NameError::Character),
            ("a\0", NameError::Character),
        ] {
            assert_eq!(Name::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn lengths_are_limited_from_both_sides() {
        let label = |octets| "a".repeat(octets);
        name(&label(63));
        assert_eq!(Name::parse(&label(64)), Err(NameError::LabelTooLong));
        let longest = [label(63), label(63), label(63), label(61)].join(".");
        assert_eq!(longest.len(), 253);
        name(&longest);
        name(&format!("{longest}."));
        assert_eq!(Name::parse(&format!("{longest}a")), Err(NameError::TooLong));
        assert_eq!(name(&longest).prefixed("_dmarc"), Err(NameError::TooLong));
    }

    #[test]
    fn an_address_has_a_name_in_reverse() {
        assert_eq!(
            Name::reverse("192.0.2.129".parse().unwrap()).as_str(),
            "129.2.0.192.in-addr.arpa"
        );
        assert_eq!(
            Name::reverse("2001:db8::cb01".parse().unwrap()).as_str(),
            "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        );
    }

    #[test]
    fn names_know_their_family() {
        let deep = name("a.b.example.org");
        assert_eq!(deep.parent(), Some(name("b.example.org")));
        assert_eq!(name("org").parent(), Some(Name::root()));
        assert_eq!(Name::root().parent(), None);
        assert_eq!(deep.labels().rev().collect::<Vec<_>>(), ["org", "example", "b", "a"]);
        assert_eq!(Name::root().labels().count(), 0);
        for (other, within) in
            [("example.org", true), ("a.b.example.org", true), (".", true), ("ample.org", false)]
        {
            assert_eq!(deep.is_within(&name(other)), within, "{other}");
        }
        assert_eq!(
            name("example.org").prefixed("s._domainkey"),
            Ok(name("s._domainkey.example.org"))
        );
        assert_eq!(Name::root().prefixed("org"), Ok(name("org")));
    }
}
