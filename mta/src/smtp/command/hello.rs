//! The name a client gives itself in HELO and EHLO (RFC 5321 §4.1.1.1).

use std::fmt;

use super::{Fault, word};

/// RFC 5321 §4.5.3.1.2.
const NAME_OCTETS_MAX: usize = 255;

/// A client's own word for itself. Only ever repeated and logged, never believed, so it is held to
/// characters that are safe in a reply, a log and a Received field rather than to the grammar of
/// domains: Windows machines say names with underscores, and the mail behind them is welcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelloName(String);

impl HelloName {
    /// Reads a name; `None` when there is something in it that is in no name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let valid = match inner {
            Some(literal) => !literal.is_empty() && literal.bytes().all(is_literal_octet),
            None => !name.is_empty() && name.bytes().all(is_name_octet),
        };
        (valid && name.len() <= NAME_OCTETS_MAX).then(|| Self(name.to_owned()))
    }
}

impl fmt::Display for HelloName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the argument of HELO or EHLO. What follows the name is old practice, and ignored.
pub fn name(verb: &'static str, rest: &str) -> Result<HelloName, Fault> {
    let (name, _) = word::split(rest);
    if name.is_empty() {
        return Err(Fault::HelloNameless(verb));
    }
    HelloName::parse(name).ok_or(Fault::HelloInvalid(verb))
}

const fn is_name_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_')
}

/// Of `[192.0.2.1]`, `[IPv6:2001:db8::1%eth0]`.
const fn is_literal_octet(octet: u8) -> bool {
    is_name_octet(octet) || matches!(octet, b':' | b'%')
}
