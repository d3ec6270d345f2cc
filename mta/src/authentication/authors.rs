//! The domains of those who wrote a message, as a reader sees them.

use dns::Name;
use message::Domain;
use message::header::{address_items, correspondents};

use super::opened::Opened;

/// The domains of all addresses in all From fields, each once, in A-labels and lower case
/// (RFC 9989 §5.3.1). There should be one field with one address; whoever writes more must not escape
/// with that.
pub(super) fn authors(opened: &Opened<'_>, limits: &message::Limits) -> Vec<String> {
    let mut domains = Vec::new();
    for field in opened.all("From") {
        let items = address_items(field.raw_value(), limits);
        for one in correspondents(&items) {
            if let Some(domain) = ascii(&one.domain)
                && !domains.contains(&domain)
            {
                domains.push(domain);
            }
        }
    }
    domains
}

/// The same, of a header.
#[must_use]
pub fn author_domains(header: &[u8]) -> Vec<String> {
    let limits = message::Limits::default();
    authors(&Opened::new(header, &limits), &limits)
}

/// The domain as DNS knows it. A name that no host may have, as one with an underscore, still has its
/// owner and its policy.
fn ascii(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    match Domain::parse(domain) {
        Ok(domain) => Some(domain.as_ascii().to_owned()),
        Err(_) => {
            let name = Name::parse(domain)
                .ok()
                .filter(|name| !name.is_root() && !name.as_str().starts_with('['));
            name.map(|name| name.as_str().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_domain_that_a_reader_may_see_is_found() {
        for (header, expected) in [
            ("From: a@example.org\r\n", &["example.org"][..]),
            ("From: \"ceo@bank.example\" <x@evil.example>\r\n", &["evil.example"]),
            (
                "From: a@Example.ORG, b@example.org, c@example.net\r\n",
                &["example.org", "example.net"],
            ),
            ("From: a@one.example\r\nFROM : b@two.example\r\n", &["one.example", "two.example"]),
            ("From: Friends: a@one.example, b@two.example;\r\n", &["one.example", "two.example"]),
            ("From: a@exämple.org\r\n", &["xn--exmple-cua.org"]),
            ("From: a@bank.example.\r\n", &["bank.example"]),
            ("From: a@my_bank.example\r\n", &["my_bank.example"]),
            ("From: a@[192.0.2.1]\r\n", &[]),
            ("From: undisclosed\r\n", &[]),
            ("From: <>\r\n", &[]),
            ("Sender: a@example.org\r\n", &[]),
        ] {
            let limits = message::Limits::default();
            let opened = Opened::new(header.as_bytes(), &limits);
            assert_eq!(authors(&opened, &limits), expected, "{header}");
        }
    }
}
