//! The field that we write.

use std::fmt::Write;

use super::super::dkim::Dkim;
use super::super::dmarc::{Dmarc, DmarcResult};
use super::super::spf::Spf;
use super::super::verdict::Verdict;

/// Characters of a reason; strangers' records may be quoted in it.
const REASON_CHARS_MAX: usize = 160;
/// Characters of a property: an address has at most 254 (RFC 5321 §4.5.3.1.3).
const PROPERTY_CHARS_MAX: usize = 254;

impl Verdict {
    /// The whole field, with its line end, to put in front of the message.
    #[must_use]
    pub fn field(&self, authserv_id: &str) -> String {
        format!("Authentication-Results: {}\r\n", self.results(authserv_id))
    }

    /// The value of the field, folded: what a seal carries on too (RFC 8617 §4.1.1).
    #[must_use]
    pub fn results(&self, authserv_id: &str) -> String {
        let mut out = Results(authserv_id.to_owned());
        if let Some(spf) = &self.spf {
            out.spf(spf, "smtp.mailfrom", &self.sender);
        }
        out.spf(&self.spf_helo, "smtp.helo", &self.spf_helo.domain);
        if self.dkim.is_empty() {
            out.method("dkim", "none");
        }
        for dkim in &self.dkim {
            out.dkim(dkim);
        }
        out.dmarc(&self.dmarc);
        out.method("arc", self.chain.result.as_str());
        out.property("smtp.remote-ip", &self.peer.to_canonical().to_string());
        out.0
    }
}

struct Results(String);

impl Results {
    fn method(&mut self, method: &str, result: &str) {
        self.add(format_args!(";\r\n\t{method}={result}"));
    }

    fn spf(&mut self, spf: &Spf, property: &str, value: &str) {
        self.method("spf", spf.result.as_str());
        self.reason(&spf.why);
        self.property(property, value);
    }

    fn dkim(&mut self, dkim: &Dkim) {
        self.method("dkim", dkim.result.as_str());
        self.reason(&dkim.why);
        let Some(claim) = &dkim.claim else { return };
        self.property("header.d", &claim.domain);
        if let Some(identity) = &claim.identity {
            self.property("header.i", identity);
        }
        self.property("header.s", &claim.selector);
        self.property("header.a", claim.algorithm.as_str());
        self.property("header.b", &claim.signature_start);
    }

    fn dmarc(&mut self, dmarc: &Dmarc) {
        self.method("dmarc", dmarc.result.as_str());
        self.reason(&dmarc.why);
        if !dmarc.domain.is_empty() {
            self.property("header.from", &dmarc.domain);
        }
        if !matches!(dmarc.result, DmarcResult::None | DmarcResult::PermError) {
            self.property("policy.dmarc", dmarc.policy.as_str());
        }
    }

    fn reason(&mut self, why: &str) {
        let why: String = why.chars().take(REASON_CHARS_MAX).collect();
        self.add(format_args!("\r\n\t\treason={}", quoted(&why)));
    }

    fn property(&mut self, property: &str, value: &str) {
        let value: String = value.chars().take(PROPERTY_CHARS_MAX).collect();
        let value = if is_plain(&value) { value } else { quoted(&value) };
        self.add(format_args!("\r\n\t\t{property}={value}"));
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a String does not fail.
        self.0.write_fmt(text).unwrap_or_default();
    }
}

/// What may stand without quotes: a domain, an address, or a word (RFC 8601 §2.2).
fn is_plain(value: &str) -> bool {
    let fits =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b'+');
    let (local, domain) = value.rsplit_once('@').unwrap_or(("", value));
    !domain.is_empty() && domain.bytes().all(fits) && local.bytes().all(fits)
}

/// A quoted string of ASCII on one line. What else a stranger wrote becomes a question mark: our field
/// must not be broken by it, nor made into another one.
fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ => out.push('?'),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_write_cannot_break_out_of_its_quotes() {
        for (value, written) in [
            ("ann@example.org", "ann@example.org"),
            ("@lists.example.org", "@lists.example.org"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "\"2001:db8::1\""),
            ("", "\"\""),
            ("a b@example.org", "\"a b@example.org\""),
            ("\"x\\y\"@example.org", "\"\\\"x\\\\y\\\"@example.org\""),
            ("a\r\n\tdmarc=pass", "\"a???dmarc=pass\""),
            ("a;dkim=pass", "\"a;dkim=pass\""),
            ("exämple", "\"ex?mple\""),
            ("abc/+=", "\"abc/+=\""),
        ] {
            let mut out = Results(String::new());
            out.property("p", value);
            assert_eq!(out.0, format!("\r\n\t\tp={written}"));
        }
    }

    #[test]
    fn what_strangers_write_is_cut() {
        for (octets, written) in [(254, 254), (255, 254), (100_000, 254)] {
            let mut out = Results(String::new());
            out.property("p", &"x".repeat(octets));
            assert_eq!(out.0.trim(), format!("p={}", "x".repeat(written)));
        }
    }
}
