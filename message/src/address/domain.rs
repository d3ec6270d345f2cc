//! Domain names of mail: letters, digits, hyphens, or their IDNA form.

use std::fmt;
use std::str::FromStr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// A domain name, kept in lower-case A-labels (`xn--…`), 253 octets at most.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

/// Why a text is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// Nothing there.
    #[error("the domain is empty")]
    Empty,
    /// A label over 63 octets, or the whole over 253.
    #[error("the domain is too long")]
    TooLong,
    /// A label is empty, or has a hyphen at its end, or a character that no domain has.
    #[error("the domain has a character or a label that no domain may have")]
    Malformed,
    /// Only digits in the last label: an IP address without its brackets (RFC 3696 §2).
    #[error("an IP address stands in square brackets")]
    Numeric,
}

impl Domain {
    /// Reads a domain name in ASCII or in any script (IDNA2008 with UTS 46 mapping).
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        // No domain needs more, in any script, and IDNA is not cheap.
        if text.len() > 1_024 {
            return Err(DomainError::TooLong);
        }
        let ascii = if is_plain(text) { text.to_ascii_lowercase() } else { to_ascii(text)? };
        check_lengths(&ascii)?;
        let last = ascii.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DomainError::Numeric);
        }
        Ok(Self(ascii))
    }

    /// The name in lower-case A-labels, as DNS and SMTP without SMTPUTF8 want it.
    #[must_use]
    pub fn as_ascii(&self) -> &str {
        &self.0
    }

    /// The name as a person reads it.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        if self.0.contains("xn--") {
            let (text, outcome) = idna::domain_to_unicode(&self.0);
            if outcome.is_ok() {
                return text;
            }
        }
        self.0.clone()
    }
}

/// Letters, digits and hyphens only, and no label that IDNA has a say in.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        && !text.split('.').any(|label| label.get(2..4) == Some("--"))
}

fn to_ascii(text: &str) -> Result<String, DomainError> {
    Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Ignore)
        .map(|ascii| ascii.into_owned())
        .map_err(|_| DomainError::Malformed)
}

fn check_lengths(ascii: &str) -> Result<(), DomainError> {
    if ascii.len() > 253 || ascii.split('.').any(|label| label.len() > 63) {
        return Err(DomainError::TooLong);
    }
    let malformed =
        |label: &str| label.is_empty() || label.starts_with('-') || label.ends_with('-');
    if ascii.split('.').any(malformed) { Err(DomainError::Malformed) } else { Ok(()) }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({})", self.0)
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_domain_is_kept_in_lower_case_ascii_and_shown_in_its_script() {
        for (text, ascii, unicode) in [
            ("Example.ORG", "example.org", "example.org"),
            ("Éxample.ORG", "xn--xample-9ua.org", "éxample.org"),
            ("xn--xample-9ua.org", "xn--xample-9ua.org", "éxample.org"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah", "例え.テスト"),
            ("localhost", "localhost", "localhost"),
            ("r3---sn.example.org", "r3---sn.example.org", "r3---sn.example.org"),
        ] {
            let domain = Domain::parse(text).unwrap();
            assert_eq!(domain.as_ascii(), ascii);
            assert_eq!(domain.to_unicode(), unicode);
        }
    }

    #[test]
    fn what_is_no_domain_is_refused_with_its_reason() {
        let long_label = format!("{}.org", "a".repeat(64));
        let long = format!("{}org", "abcdefg.".repeat(32));
        for (text, error) in [
            ("", DomainError::Empty),
            ("example.org.", DomainError::Malformed),
            (".example.org", DomainError::Malformed),
            ("a..b", DomainError::Malformed),
            ("-a.org", DomainError::Malformed),
            ("a-.org", DomainError::Malformed),
            ("a_b.org", DomainError::Malformed),
            ("a b.org", DomainError::Malformed),
            ("a\0.org", DomainError::Malformed),
            ("xn--a.org", DomainError::Malformed),
            ("192.0.2.1", DomainError::Numeric),
            (&long_label, DomainError::TooLong),
            (&long, DomainError::TooLong),
        ] {
            assert_eq!(Domain::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_longest_label_and_domain_pass() {
        Domain::parse(&format!("{}.org", "a".repeat(63))).unwrap();
        let longest = format!("{}.{}", vec!["a".repeat(62); 3].join("."), "b".repeat(253 - 189));
        assert_eq!(longest.len(), 253);
        assert_eq!(Domain::parse(&longest), Err(DomainError::TooLong));
        let longest = format!("{}.a", "abcdefgh.".repeat(28).trim_end_matches('.'));
        assert_eq!(longest.len(), 253);
        Domain::parse(&longest).unwrap();
    }
}
