//! The SPF record as a value (RFC 7208 §4.6.1, §5, §6). One syntax error anywhere makes it none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::macros::{MacroString, SyntaxError};
use super::network::{Network, PrefixLengths};

/// A record that has been read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub directives: Vec<Directive>,
    pub redirect: Option<MacroString>,
    pub explanation: Option<MacroString>,
}

/// A mechanism, and what it means when it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub qualifier: Qualifier,
    pub mechanism: Mechanism,
    /// As the record has it, for the reasons that we give.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Qualifier {
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    All,
    Include(MacroString),
    /// Without a domain it is about the domain that is being checked.
    A(Option<MacroString>, PrefixLengths),
    Mx(Option<MacroString>, PrefixLengths),
    Ptr(Option<MacroString>),
    Ip(Network),
    Exists(MacroString),
}

/// Whether a text of the domain is an SPF record at all (RFC 7208 §4.5).
pub(super) fn is_spf(text: &[u8]) -> bool {
    let (version, rest) = text.split_at_checked(6).unwrap_or_default();
    version.eq_ignore_ascii_case(b"v=spf1") && matches!(rest.first(), None | Some(b' '))
}

impl Record {
    /// Reads a text for which [`is_spf`] holds.
    pub fn parse(text: &[u8]) -> Result<Self, SyntaxError> {
        let text =
            std::str::from_utf8(text).ok().filter(|text| text.is_ascii()).ok_or(SyntaxError)?;
        let mut record = Self { directives: Vec::new(), redirect: None, explanation: None };
        for term in text.split(' ').skip(1).filter(|term| !term.is_empty()) {
            record.add(term)?;
        }
        Ok(record)
    }

    fn add(&mut self, term: &str) -> Result<(), SyntaxError> {
        let Some((name, value)) = modifier(term) else {
            self.directives.push(Directive::parse(term)?);
            return Ok(());
        };
        let known = match name.to_ascii_lowercase().as_str() {
            "redirect" => &mut self.redirect,
            "exp" => &mut self.explanation,
            // It says nothing to us, but has to be written well (RFC 7208 §6).
            _ => return MacroString::parse(value).map(drop),
        };
        // Each of the two at most once (RFC 7208 §6).
        if known.replace(MacroString::domain_spec(value)?).is_some() {
            return Err(SyntaxError);
        }
        Ok(())
    }
}

/// `name=value`, when the `=` comes before any `:` and `/` (RFC 7208 §4.6.1).
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let mut characters = name.bytes();
    let fits = characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters
            .all(|rest| rest.is_ascii_alphanumeric() || matches!(rest, b'-' | b'_' | b'.'));
    fits.then_some((name, value))
}

impl Directive {
    fn parse(term: &str) -> Result<Self, SyntaxError> {
        let (qualifier, rest) = match term.as_bytes().first() {
            Some(b'+') => (Qualifier::Pass, term.get(1..)),
            Some(b'-') => (Qualifier::Fail, term.get(1..)),
            Some(b'~') => (Qualifier::SoftFail, term.get(1..)),
            Some(b'?') => (Qualifier::Neutral, term.get(1..)),
            _ => (Qualifier::Pass, Some(term)),
        };
        let mechanism = Mechanism::parse(rest.ok_or(SyntaxError)?)?;
        Ok(Self { qualifier, mechanism, text: term.to_owned() })
    }
}

impl Mechanism {
    fn parse(text: &str) -> Result<Self, SyntaxError> {
        let end = text.find([':', '/']).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end).ok_or(SyntaxError)?;
        let argument = || rest.strip_prefix(':').ok_or(SyntaxError);
        match name.to_ascii_lowercase().as_str() {
            "all" if rest.is_empty() => Ok(Self::All),
            "include" => Ok(Self::Include(MacroString::domain_spec(argument()?)?)),
            "exists" => Ok(Self::Exists(MacroString::domain_spec(argument()?)?)),
            "ptr" if rest.is_empty() => Ok(Self::Ptr(None)),
            "ptr" => Ok(Self::Ptr(Some(MacroString::domain_spec(argument()?)?))),
            "a" => host(rest).map(|(domain, lengths)| Self::A(domain, lengths)),
            "mx" => host(rest).map(|(domain, lengths)| Self::Mx(domain, lengths)),
            "ip4" => network::<Ipv4Addr>(argument()?, 32),
            "ip6" => network::<Ipv6Addr>(argument()?, 128),
            _ => Err(SyntaxError),
        }
    }
}

/// `[ ":" domain-spec ] [ dual-cidr-length ]`. A slash may also stand in the domain: only what looks
/// like a length at the very end is one.
fn host(rest: &str) -> Result<(Option<MacroString>, PrefixLengths), SyntaxError> {
    let (rest, v6) = match cut_length(rest) {
        Some((before, length)) if before.ends_with('/') => {
            (before.strip_suffix('/').unwrap_or(before), Some(prefix_length(length, 128)?))
        }
        _ => (rest, None),
    };
    let (rest, v4) = match cut_length(rest) {
        Some((before, length)) => (before, Some(prefix_length(length, 32)?)),
        None => (rest, None),
    };
    let domain = match rest.strip_prefix(':') {
        Some(domain) => Some(MacroString::domain_spec(domain)?),
        None if rest.is_empty() => None,
        None => return Err(SyntaxError),
    };
    Ok((domain, PrefixLengths { v4: v4.unwrap_or(32), v6: v6.unwrap_or(128) }))
}

/// What stands in front of `/` and digits at the end, and the digits.
fn cut_length(text: &str) -> Option<(&str, &str)> {
    let (before, digits) = text.rsplit_once('/')?;
    (!digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
        .then_some((before, digits))
}

/// No sign, no leading zero (RFC 7208 §5.6).
fn prefix_length(digits: &str, max: u8) -> Result<u8, SyntaxError> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    let length = digits.parse().ok().filter(|length| plain && *length <= max);
    length.ok_or(SyntaxError)
}

fn network<A: std::str::FromStr + Into<IpAddr>>(
    text: &str,
    max: u8,
) -> Result<Mechanism, SyntaxError> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, prefix_length(length, max)?),
        None => (text, max),
    };
    let address = address.parse::<A>().map_err(|_| SyntaxError)?;
    Ok(Mechanism::Ip(Network { address: address.into(), length }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_record_is_known_by_its_version() {
        for (text, expected) in [
            ("v=spf1", true),
            ("V=SPF1 -all", true),
            ("v=spf1 ", true),
            ("v=spf10 -all", false),
            ("v=spf1-all", false),
            (" v=spf1", false),
            ("v=spf", false),
            ("", false),
        ] {
            assert_eq!(is_spf(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn every_term_is_read() {
        let text = "v=spf1 a mx/24 ?a:h.example/16//48 -mx:m.example//0 ~ptr ptr:p.example ip4:192.0.2.0/24 \
                    ip6:2001:db8::/32 include:_spf.example exists:%{ir}.e.example  x-new=%{d} \
                    redirect=r.example exp=why.example -ALL ";
        let record = Record::parse(text.as_bytes()).unwrap();
        let lengths: Vec<_> = record
            .directives
            .iter()
            .filter_map(|directive| match &directive.mechanism {
                Mechanism::A(domain, lengths) | Mechanism::Mx(domain, lengths) => {
                    Some((domain.is_some(), lengths.v4, lengths.v6))
                }
                _ => None,
            })
            .collect();
        assert_eq!(lengths, [(false, 32, 128), (false, 24, 128), (true, 16, 48), (true, 32, 0)]);
        assert_eq!(record.directives.len(), 11);
        assert!(record.redirect.is_some() && record.explanation.is_some());
        let last = record.directives.last().unwrap();
        assert_eq!((last.qualifier, &last.mechanism), (Qualifier::Fail, &Mechanism::All));
    }

    #[test]
    fn a_syntax_error_anywhere_spoils_all() {
        for term in [
            "al",
            "all:x.example",
            "all/8",
            "include",
            "include:",
            "include:nodot",
            "exists",
            "ptr:",
            "ptr/8",
            "a:",
            "a/33",
            "a//129",
            "a/032",
            "a/",
            "a//",
            "a/24/64",
            "a:host.example/",
            "a:host.example/x",
            "mx:1.2.3.4",
            "ip4",
            "ip4:192.0.2",
            "ip4:192.0.2.0/",
            "ip4:192.0.2.0/33",
            "ip4:192.0.2.0//24",
            "ip6:192.0.2.1",
            "ip6:2001:db8::/129",
            "ip4:2001:db8::1",
            "--all",
            "redirect=",
            "redirect:x.example",
            "redirect=a.example redirect=b.example",
            "exp=x.example EXP=x.example",
            "=x",
            "4x=a",
            "new=%",
            "a:%{x}.example",
            "\ta",
            "a\tmx",
        ] {
            let text = format!("v=spf1 {term} -all");
            assert_eq!(Record::parse(text.as_bytes()), Err(SyntaxError), "{term}");
        }
        assert_eq!(Record::parse("v=spf1 a:é.example -all".as_bytes()), Err(SyntaxError));
    }
}
