//! Reverse-path, forward-path and the envelope they make (RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.2).

use std::fmt;

use super::address_spec::local_part_end;
use super::{Address, AddressError, Domain};

/// Who gets the news when a message can't be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: a bounce or another automatic message; nothing is ever sent back.
    Null,
    /// Somebody.
    Address(Address),
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForwardPath {
    /// `<Postmaster>` without a domain, which every server takes (RFC 5321 §4.5.1).
    Postmaster,
    /// Somebody.
    Address(Address),
}

/// Sender and recipients as SMTP carries them; what the header says is another matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// From whom.
    pub reverse_path: ReversePath,
    /// To whom.
    pub recipients: Vec<ForwardPath>,
}

impl ReversePath {
    /// Reads `<>` or `<ann@example.org>`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        Self::parse_prefix(text).and_then(whole)
    }

    /// Reads a path at the beginning of a text, and gives the rest: the parameters of MAIL.
    pub fn parse_prefix(text: &str) -> Result<(Self, &str), AddressError> {
        let (inner, rest) = split_path(text)?;
        if inner.is_empty() {
            return Ok((Self::Null, rest));
        }
        Ok((Self::Address(Address::parse(inner)?), rest))
    }

    /// The address, if it is one.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Null => None,
            Self::Address(address) => Some(address),
        }
    }
}

impl ForwardPath {
    /// Reads `<ann@example.org>` or `<Postmaster>`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        Self::parse_prefix(text).and_then(whole)
    }

    /// Reads a path at the beginning of a text, and gives the rest: the parameters of RCPT.
    pub fn parse_prefix(text: &str) -> Result<(Self, &str), AddressError> {
        let (inner, rest) = split_path(text)?;
        if inner.eq_ignore_ascii_case("postmaster") {
            return Ok((Self::Postmaster, rest));
        }
        Ok((Self::Address(Address::parse(inner)?), rest))
    }

    /// The address, if it is one.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Postmaster => None,
            Self::Address(address) => Some(address),
        }
    }
}

fn whole<T>((path, rest): (T, &str)) -> Result<T, AddressError> {
    if rest.is_empty() { Ok(path) } else { Err(AddressError::BadPath) }
}

/// What stands between the angle brackets, without its source route, and what follows them. A `>`
/// or a space may stand in a quoted local part, so that looking for the bracket is not enough.
fn split_path(text: &str) -> Result<(&str, &str), AddressError> {
    let inner = text.strip_prefix('<').ok_or(AddressError::BadPath)?;
    let inner = without_source_route(inner)?;
    let quoted_end = if inner.starts_with('"') {
        local_part_end(inner).ok_or(AddressError::BadQuoting)?
    } else {
        0
    };
    let end = inner.get(quoted_end..).and_then(|tail| tail.find('>')).map(|at| at + quoted_end);
    let end = end.ok_or(AddressError::BadPath)?;
    match (inner.get(..end), inner.get(end + 1..)) {
        (Some(address), Some(rest)) => Ok((address, rest)),
        _ => Err(AddressError::BadPath),
    }
}

/// A source route (`@one,@two:`) must be understood and should be ignored (RFC 5321 §4.1.1.3).
fn without_source_route(inner: &str) -> Result<&str, AddressError> {
    if !inner.starts_with('@') {
        return Ok(inner);
    }
    let (route, rest) = inner.split_once(':').ok_or(AddressError::NoLocalPart)?;
    for hop in route.split(',') {
        Domain::parse(hop.strip_prefix('@').ok_or(AddressError::BadPath)?)?;
    }
    Ok(rest)
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("<>"),
            Self::Address(address) => write!(f, "<{address}>"),
        }
    }
}

impl fmt::Display for ForwardPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postmaster => f.write_str("<Postmaster>"),
            Self::Address(address) => write!(f, "<{address}>"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn paths_read_and_print() {
        for (text, printed) in [
            ("<>", "<>"),
            ("<Ann@Example.org>", "<Ann@example.org>"),
            ("<@one.example,@two.example:ann@example.org>", "<ann@example.org>"),
            ("<\"a > b\"@example.org>", "<\"a > b\"@example.org>"),
            ("<ann@[192.0.2.1]>", "<ann@[192.0.2.1]>"),
        ] {
            assert_eq!(ReversePath::parse(text).unwrap().to_string(), printed);
        }
        for text in ["<Postmaster>", "<POSTMASTER>"] {
            assert_eq!(ForwardPath::parse(text), Ok(ForwardPath::Postmaster));
        }
    }

    #[test]
    fn a_path_ends_at_its_bracket_and_the_parameters_follow() {
        let text = "<\"a>b\"@example.org> SIZE=10";
        assert_eq!(ReversePath::parse_prefix(text).unwrap().1, " SIZE=10");
        assert_eq!(ForwardPath::parse_prefix("<a@b.org>x").unwrap().1, "x");
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let texts = ["", "<", ">", "ann@example.org", "<ann@example.org", "<a@b.org>x", "<a b@c>"];
        for text in texts.into_iter().chain(["<\"a@b>", "<@one:a@b", "<@one>", "<@o ne:a@b>"]) {
            assert!(ReversePath::parse(text).is_err(), "{text}");
        }
        assert!(ForwardPath::parse("<>").is_err());
        assert!(ReversePath::parse("<postmaster>").is_err());
    }
}
