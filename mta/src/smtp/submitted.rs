//! The header of a message that an account hands in: what is missing is added, what is nobody's business
//! is taken away (RFC 6409 §8), and who it says it is from is read.
//!
//! Knows header fields as lines. Every field that stays keeps its octets and its place, and the body is
//! never seen: signatures are not ours to break. It does *not* know who may write in whose name.

use message::header::{address_items, correspondents, unfold};
use message::{Address, Limits, Timestamp, TraceId};

use super::header_watch::{field, is_mbox_separator};

/// Addresses in the From and Sender of a message. People write together now and then, not in crowds.
pub const AUTHORS_MAX: usize = 10;

/// What a field's name is looked for in.
const NAME_OCTETS_MAX: usize = 1_000;

/// What may be added.
#[derive(Debug)]
pub struct Additions {
    /// Our trace fields, with their line ends.
    pub trace_fields: String,
    /// Who hands it in: the From of a message without one.
    pub account: Address,
    /// When.
    pub at: Timestamp,
    /// The message's id,
    pub trace: TraceId,
    /// and ours, for a Message-ID; results of authentication in our name are forged.
    pub hostname: String,
}

/// A header as it goes on.
#[derive(Debug)]
pub struct Rewritten {
    /// With the empty line that ends it.
    pub octets: Vec<u8>,
    /// How much of what was given the header was; the rest is the body's beginning.
    pub read: usize,
    /// Whether it says that it goes to many.
    pub bulk: bool,
    /// In whose names it is written.
    pub authors: Result<Vec<Address>, AuthorFault>,
}

/// Why it cannot be said in whose name a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorFault {
    /// A From or Sender that stands there twice: readers would show one or the other.
    Twice(&'static str),
    /// A From or Sender without an address, or with something that is none.
    Nobody(&'static str),
    /// More than anybody looks at.
    TooMany,
}

/// Goes through the beginning of a message, which holds at least its whole header.
#[must_use]
pub fn rewrite(message: &[u8], additions: &Additions) -> Rewritten {
    let (fields, read) = split(message);
    let has = |name: &str| fields.iter().any(|field| field.is(name));
    let mut octets = additions.trace_fields.clone().into_bytes();
    let mut add = |text: String| octets.extend_from_slice(text.as_bytes());
    if !has("From") {
        add(format!("From: <{}>\r\n", additions.account));
    }
    if !has("Date") {
        add(format!("Date: {}\r\n", additions.at.to_rfc5322()));
    }
    if !has("Message-ID") {
        add(format!("Message-ID: <{}@{}>\r\n", additions.trace, additions.hostname));
    }
    for kept in fields.iter().filter(|field| !is_taken_away(field, &additions.hostname)) {
        octets.extend_from_slice(kept.octets);
    }
    octets.extend_from_slice(b"\r\n");
    let authors = authors(&fields, &additions.account);
    Rewritten { octets, read, authors, bulk: fields.iter().any(is_of_bulk_mail) }
}

/// A field with all its lines.
struct Field<'a> {
    name: &'a [u8],
    /// From its name to its last line end.
    octets: &'a [u8],
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    fn value(&self) -> Vec<u8> {
        let colon = self.octets.iter().position(|octet| *octet == b':').unwrap_or_default();
        unfold(self.octets.get(colon + 1..).unwrap_or_default()).trim_ascii().to_vec()
    }
}

/// The fields, and how many octets they take with the empty line behind them. A line that is no field
/// ends the header, as if an empty line stood in front of it: what readers that pass over it would
/// find behind it is text.
fn split(message: &[u8]) -> (Vec<Field<'_>>, usize) {
    let (mut fields, mut at) = (Vec::new(), 0);
    // Where the field begins that the last line belongs to.
    let mut start = None;
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        let end = at + line.len();
        let continued = matches!(line.first(), Some(b' ' | b'\t')) && at > 0;
        let known = line.get(..NAME_OCTETS_MAX).unwrap_or(line);
        if let (true, Some((start, name))) = (continued, start) {
            fields.pop();
            fields.push(Field { name, octets: message.get(start..end).unwrap_or_default() });
        } else if let Some((name, _)) = field(known) {
            start = Some((at, name));
            fields.push(Field { name, octets: line });
        } else if is_mbox_separator(line) {
            // Of a mailbox file, sent along by a careless program.
            start = None;
        } else {
            let ends = matches!(line, b"\r\n");
            return (fields, if ends { end } else { at });
        }
        at = end;
    }
    (fields, at)
}

/// Blind copies, and what only we may say (RFC 5321 §4.4, RFC 8601 §5). Received fields stay: they stop
/// what goes in circles.
fn is_taken_away(field: &Field<'_>, hostname: &str) -> bool {
    const BLIND: [&str; 2] = ["Bcc", "Resent-Bcc"];
    if field.is("Authentication-Results") {
        let value = field.value();
        let name = value.split(|octet| matches!(octet, b';' | b' ' | b'\t')).next();
        return name.is_some_and(|name| name.eq_ignore_ascii_case(hostname.as_bytes()));
    }
    field.is("Return-Path") || BLIND.iter().any(|name| field.is(name))
}

/// Newsletters and lists say so (RFC 2369, RFC 2919), or ought to.
fn is_of_bulk_mail(field: &Field<'_>) -> bool {
    const WORDS: [&[u8]; 3] = [b"bulk", b"list", b"junk"];
    let precedence = || WORDS.iter().any(|word| field.value().eq_ignore_ascii_case(word));
    field.is("List-Id") || field.is("List-Unsubscribe") || (field.is("Precedence") && precedence())
}

/// From, and Sender if there is one.
fn authors(fields: &[Field<'_>], account: &Address) -> Result<Vec<Address>, AuthorFault> {
    let mut authors = Vec::new();
    for name in ["From", "Sender"] {
        let mut found = fields.iter().filter(|field| field.is(name));
        let Some(one) = found.next() else {
            // The From that is added.
            authors.extend((name == "From").then(|| account.clone()));
            continue;
        };
        if found.next().is_some() {
            return Err(AuthorFault::Twice(name));
        }
        authors.extend(addresses(&one.value()).ok_or(AuthorFault::Nobody(name))?);
    }
    if authors.len() > AUTHORS_MAX {
        return Err(AuthorFault::TooMany);
    }
    Ok(authors)
}

/// The addresses of a field; `None` when there is none, or something that is none.
fn addresses(value: &[u8]) -> Option<Vec<Address>> {
    let limits = Limits { addresses_max: AUTHORS_MAX + 1, ..Limits::default() };
    let items = address_items(value, &limits);
    let addresses: Option<Vec<Address>> =
        correspondents(&items).map(message::header::Correspondent::address).collect();
    addresses.filter(|addresses| !addresses.is_empty())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const AT: Timestamp = Timestamp::new(1_795_520_418);

    fn additions() -> Additions {
        Additions {
            trace_fields: "Received: x\r\n".into(),
            account: Address::parse("ann@example.org").unwrap(),
            at: AT,
            trace: TraceId::from_parts(AT, [7; 6]),
            hostname: "mail.example.org".into(),
        }
    }

    fn rewritten(message: &str) -> String {
        let Rewritten { octets, read, .. } = rewrite(message.as_bytes(), &additions());
        String::from_utf8(octets).unwrap() + message.get(read..).unwrap()
    }

    fn authors_of(header: &str) -> Result<Vec<String>, AuthorFault> {
        let authors = rewrite(header.as_bytes(), &additions()).authors?;
        Ok(authors.iter().map(ToString::to_string).collect())
    }

    const WHOLE: &str = "From: ann@example.org\r\nDate: x\r\nMessage-ID: <y>\r\n";

    #[test]
    fn a_whole_header_keeps_every_octet_and_gets_only_our_field() {
        let message = format!(
            "{WHOLE}dkim-signature : v=1;\r\n\tb=abc\r\nSubject: caf\u{e9}\r\n\r\n Bcc: text\r\n"
        );
        assert_eq!(rewritten(&message), format!("Received: x\r\n{message}"));
    }

    #[test]
    fn what_is_missing_is_added() {
        let added = format!(
            "Received: x\r\nFrom: <ann@example.org>\r\nDate: {}\r\nMessage-ID: <{}@mail.example.org>\r\n",
            AT.to_rfc5322(),
            TraceId::from_parts(AT, [7; 6]),
        );
        assert_eq!(
            rewritten("Subject: x\r\n\r\ntext\r\n"),
            format!("{added}Subject: x\r\n\r\ntext\r\n")
        );
        assert_eq!(rewritten("only text\r\n"), format!("{added}\r\nonly text\r\n"));
        assert_eq!(rewritten(" indented\r\n"), format!("{added}\r\n indented\r\n"));
        assert_eq!(rewritten("\r\ntext\r\n"), format!("{added}\r\ntext\r\n"));
        assert_eq!(rewritten(""), format!("{added}\r\n"));
    }

    #[test]
    fn blind_copies_and_forged_fields_are_taken_away_with_all_their_lines() {
        let forged = "BCC : secret@example.com,\r\n more@example.com\r\n\
                      Resent-Bcc: z@example.com\r\n\
                      Return-Path: <forged@example.com>\r\n\
                      Authentication-Results: mail.example.org;\r\n\tdkim=pass\r\n\
                      From ann Mon Nov 23 2026\r\n";
        let kept = "Authentication-Results: mx.example.com; spf=pass\r\nReceived: by x\r\n";
        let message = format!("{WHOLE}{forged}{kept}\r\n");
        assert_eq!(rewritten(&message), format!("Received: x\r\n{WHOLE}{kept}\r\n"));
    }

    #[test]
    fn a_newsletter_is_told_from_a_letter() {
        let bulk =
            |field: &str| rewrite(format!("{WHOLE}{field}\r\n").as_bytes(), &additions()).bulk;
        for field in
            ["list-unsubscribe: <x>", "List-Id: <x>", "Precedence: BULK", "Precedence: list"]
        {
            assert!(bulk(field), "{field}");
        }
        assert!(!bulk("Precedence: first-class") && !bulk("Subject: List-Id: x"));
    }

    #[test]
    fn what_stands_behind_a_line_that_is_no_field_is_text() {
        let message = format!("{WHOLE}stray line\r\nBcc: x\r\n\r\n");
        let expected = format!("Received: x\r\n{WHOLE}\r\nstray line\r\nBcc: x\r\n\r\n");
        assert_eq!(rewritten(&message), expected);
    }

    #[test]
    fn everybody_in_from_and_sender_is_an_author() {
        let two =
            authors_of("From: Ann <ann@example.org>,\r\n bob@example.org\r\nSENDER: c@d.org\r\n");
        assert_eq!(two.unwrap(), ["ann@example.org", "bob@example.org", "c@d.org"]);
        assert_eq!(authors_of("Subject: x\r\n").unwrap(), ["ann@example.org"]);
        let spoofed = authors_of("From: \"boss@example.com\" <ann@example.org>\r\n");
        assert_eq!(spoofed.unwrap(), ["ann@example.org"]);
        let group = authors_of("From: us: ann@example.org, bob@example.org;\r\n");
        assert_eq!(group.unwrap().len(), 2);
    }

    #[test]
    fn a_message_that_is_nobodys_or_two_peoples_is_at_fault() {
        for (header, fault) in [
            ("From: a@b.org\r\nfrom : c@d.org\r\n", AuthorFault::Twice("From")),
            (
                "From: a@b.org\r\nSender: c@d.org\r\nSender: e@f.org\r\n",
                AuthorFault::Twice("Sender"),
            ),
            ("From:\r\n", AuthorFault::Nobody("From")),
            ("From: Ann\r\n", AuthorFault::Nobody("From")),
            ("From: undisclosed:;\r\n", AuthorFault::Nobody("From")),
            ("From: a@b.org, Ann\r\n", AuthorFault::Nobody("From")),
            ("Sender: Ann\r\n", AuthorFault::Nobody("Sender")),
        ] {
            assert_eq!(authors_of(header), Err(fault), "{header}");
        }
        let crowd = |count: usize| {
            let addresses: Vec<String> = (0..count).map(|one| format!("a{one}@b.org")).collect();
            authors_of(&format!("From: {}\r\n", addresses.join(", "))).map(drop)
        };
        assert_eq!(crowd(AUTHORS_MAX), Ok(()));
        assert_eq!(crowd(AUTHORS_MAX + 1), Err(AuthorFault::TooMany));
        assert_eq!(crowd(AUTHORS_MAX + 100), Err(AuthorFault::TooMany));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]
        /// What every reader of the house finds in the result, however odd the message was.
        #[test]
        fn readers_find_no_blind_copy_and_nobody_but_the_authors(
            lines in proptest::collection::vec(
                "(From|from |Sender|Bcc|Return-Path|Subject|>From x|From x|x y|\u{e9}|:|)(:| |: |)(a@b\\.org|c@d\\.org|)",
                0..12,
            ),
            folded in proptest::collection::vec(proptest::bool::weighted(0.2), 12),
        ) {
            let line = |(line, folded): (&String, &bool)| {
                format!("{}{line}\r\n", if *folded { " " } else { "" })
            };
            let message: String = lines.iter().zip(&folded).map(line).collect();
            let Rewritten { octets, read, authors, .. } = rewrite(message.as_bytes(), &additions());
            let whole = [&octets, message.as_bytes().get(read..).unwrap()].concat();
            let limits = Limits::default();
            let fields = message::header::Fields::of(&whole, &limits);
            for name in ["Bcc", "Return-Path"] {
                proptest::prop_assert!(fields.get(name).is_none(), "{}", String::from_utf8_lossy(&whole));
            }
            let Ok(authors) = authors else { return Ok(()) };
            proptest::prop_assert_eq!(fields.all("From").count(), 1);
            for field in fields.all("From").chain(fields.all("Sender")) {
                for address in addresses(&unfold(field.raw_value())).unwrap() {
                    proptest::prop_assert!(authors.contains(&address));
                }
            }
        }
    }
}
