//! The fields we put on top of a message: Return-Path and Received (RFC 5321 §4.4).
//!
//! No Delivered-To: a message to several of us is stored once, with one top for all of them.

use std::net::IpAddr;

use message::{Address, AddressLiteral, ForwardPath, ReversePath, Timestamp, TraceId};
use wire::TlsFacts;

use super::session::Hello;

/// What the two fields tell.
#[derive(Debug)]
pub struct TraceFields<'a> {
    /// Who we are.
    pub hostname: &'a str,
    /// How the client named itself.
    pub hello: &'a Hello,
    /// Where it really came from.
    pub peer: IpAddr,
    /// How it was encrypted.
    pub tls: Option<&'a TlsFacts>,
    /// Whether MAIL had SMTPUTF8: only then may the fields have non-ASCII text (RFC 6531 §3.7.3).
    pub utf8: bool,
    /// From whom.
    pub reverse_path: &'a ReversePath,
    /// To whom.
    pub recipients: &'a [ForwardPath],
    /// The message's id.
    pub trace: &'a TraceId,
    /// When.
    pub at: Timestamp,
}

impl TraceFields<'_> {
    /// What is told of a message that an account handed in: that we have it, and when. From where, and for
    /// whom, is nobody's business. What goes out into the world has no Return-Path (RFC 5321 §4.4).
    #[must_use]
    pub fn to_text_of_submitted(&self, return_path: bool) -> String {
        let return_path = if return_path {
            format!("Return-Path: {}\r\n", self.reverse_path())
        } else {
            String::new()
        };
        format!(
            "{return_path}Received: by {} with {}{} id {};\r\n\t{}\r\n",
            self.hostname,
            protocol(self.hello, self.utf8, self.tls.is_some(), true),
            self.tls_clause(),
            self.trace,
            self.at.to_rfc5322(),
        )
    }

    /// Both fields, with their line ends.
    #[must_use]
    pub fn to_text(&self) -> String {
        let tls = self.tls_clause();
        format!(
            "Return-Path: {}\r\n\
             Received: from {} ({})\r\n\
             \tby {} with {}{tls} id {}{};\r\n\
             \t{}\r\n",
            self.reverse_path(),
            self.hello.name,
            AddressLiteral::Ip(self.peer.to_canonical()),
            self.hostname,
            protocol(self.hello, self.utf8, self.tls.is_some(), false),
            self.trace,
            self.for_clause(),
            self.at.to_rfc5322(),
        )
    }

    fn tls_clause(&self) -> String {
        self.tls.map_or_else(String::new, |tls| format!(" ({} {})", tls.version, tls.cipher))
    }

    fn reverse_path(&self) -> String {
        self.reverse_path.address().map_or_else(|| "<>".to_owned(), |address| self.written(address))
    }

    /// One recipient is named; of several, none, or blind copies would be blind no more
    /// (RFC 5321 §7.2, §7.6).
    fn for_clause(&self) -> String {
        match self.recipients {
            [ForwardPath::Address(address)] => format!("\r\n\tfor {}", self.written(address)),
            _ => String::new(),
        }
    }

    fn written(&self, address: &Address) -> String {
        if self.utf8 { format!("<{}>", address.to_unicode()) } else { format!("<{address}>") }
    }
}

/// The `with` protocol (RFC 3848, RFC 6531 §4.3). There is no name for HELO under TLS, nor for HELO
/// with AUTH.
#[must_use]
pub const fn protocol(hello: &Hello, utf8: bool, tls: bool, login: bool) -> &'static str {
    match (utf8, hello.extended, tls, login) {
        (true, _, true, true) => "UTF8SMTPSA",
        (true, _, true, false) => "UTF8SMTPS",
        (true, _, false, true) => "UTF8SMTPA",
        (true, _, false, false) => "UTF8SMTP",
        (false, true, true, true) => "ESMTPSA",
        (false, true, true, false) => "ESMTPS",
        (false, true, false, true) => "ESMTPA",
        (false, true, false, false) => "ESMTP",
        (false, false, _, _) => "SMTP",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::command::HelloName;
    use super::*;

    const AT: Timestamp = Timestamp::new(1_795_520_418);

    struct Case {
        hello: Hello,
        peer: &'static str,
        tls: Option<TlsFacts>,
        utf8: bool,
        reverse_path: &'static str,
        recipients: &'static [&'static str],
    }

    fn case() -> Case {
        Case {
            hello: Hello { name: HelloName::parse("crepes.fr").unwrap(), extended: true },
            peer: "192.0.2.1",
            tls: None,
            utf8: false,
            reverse_path: "<alice@crepes.fr>",
            recipients: &["<bob@hamburger.edu>"],
        }
    }

    fn tls() -> Option<TlsFacts> {
        let (version, cipher) = ("TLSv1.3", "TLS13_AES_256_GCM_SHA384");
        Some(TlsFacts { version, cipher, server_name: None, exporter: None })
    }

    fn id() -> TraceId {
        TraceId::from_parts(AT, [7; 6])
    }

    impl Case {
        fn text(&self) -> String {
            let paths = self.recipients.iter().map(|path| ForwardPath::parse(path).unwrap());
            TraceFields {
                hostname: "hamburger.edu",
                hello: &self.hello,
                peer: self.peer.parse().unwrap(),
                tls: self.tls.as_ref(),
                utf8: self.utf8,
                reverse_path: &ReversePath::parse(self.reverse_path).unwrap(),
                recipients: &paths.collect::<Vec<_>>(),
                trace: &id(),
                at: AT,
            }
            .to_text()
        }
    }

    #[test]
    fn one_recipient_is_named() {
        let expected = format!(
            "Return-Path: <alice@crepes.fr>\r\n\
             Received: from crepes.fr ([192.0.2.1])\r\n\
             \tby hamburger.edu with ESMTP id {}\r\n\
             \tfor <bob@hamburger.edu>;\r\n\
             \t{}\r\n",
            id(),
            AT.to_rfc5322(),
        );
        assert_eq!(case().text(), expected);
    }

    #[test]
    fn of_several_recipients_none_is_named() {
        let two = Case { recipients: &["<bob@hamburger.edu>", "<carol@hamburger.edu>"], ..case() };
        assert!(two.text().contains(&format!(" id {};\r\n", id())), "{}", two.text());
    }

    #[test]
    fn the_protocol_tells_how_it_came() {
        let helo = || Hello { extended: false, ..case().hello };
        for (case, expected) in [
            (Case { hello: helo(), ..case() }, " with SMTP id "),
            (Case { hello: helo(), tls: tls(), ..case() }, " with SMTP (TLSv1.3 "),
            (case(), " with ESMTP id "),
            (Case { tls: tls(), ..case() }, " with ESMTPS (TLSv1.3 TLS13_AES_256_GCM_SHA384) id "),
            (Case { utf8: true, ..case() }, " with UTF8SMTP id "),
            (Case { utf8: true, tls: tls(), ..case() }, " with UTF8SMTPS (TLSv1.3 "),
        ] {
            assert!(case.text().contains(expected), "{}", case.text());
        }
    }

    #[test]
    fn the_peer_is_a_literal() {
        for (peer, literal) in [
            ("192.0.2.9", "([192.0.2.9])"),
            ("2001:db8::1", "([IPv6:2001:db8::1])"),
            ("::ffff:192.0.2.9", "([192.0.2.9])"),
        ] {
            assert!(Case { peer, ..case() }.text().contains(literal), "{peer}");
        }
    }

    #[test]
    fn only_smtputf8_brings_utf8_into_the_fields() {
        let ascii = Case { reverse_path: "<joe@exämple.org>", ..case() };
        assert!(ascii.text().is_ascii(), "{}", ascii.text());
        let text = Case { utf8: true, ..ascii }.text();
        assert!(text.starts_with("Return-Path: <joe@exämple.org>\r\n"), "{text}");
    }

    #[test]
    fn nobody_is_an_empty_return_path() {
        let text = Case { reverse_path: "<>", ..case() }.text();
        assert!(text.starts_with("Return-Path: <>\r\n"), "{text}");
    }
}
