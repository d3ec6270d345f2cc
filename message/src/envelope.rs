//! ENVELOPE: the header fields of RFC 9051 §7.5.2 as data and as the octets that IMAP sends.
//! Encoded-words stay raw: decoding them is the client's part.

use crate::Limits;
use crate::header::{AddressItem, Correspondent, Field, Fields, address_items, unfold};
use crate::imap::{push_nstring, push_string};

/// What ENVELOPE tells of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeFields {
    /// `Date`, as written.
    pub date: Option<String>,
    /// `Subject`, unfolded, encoded-words raw.
    pub subject: Option<String>,
    /// `From`
    pub from: Vec<AddressItem>,
    /// `Sender`, or `From` when it says nothing.
    pub sender: Vec<AddressItem>,
    /// `Reply-To`, or `From` when it says nothing.
    pub reply_to: Vec<AddressItem>,
    /// `To`, of all fields of this name.
    pub to: Vec<AddressItem>,
    /// `Cc`, of all fields of this name.
    pub cc: Vec<AddressItem>,
    /// `Bcc`, of all fields of this name.
    pub bcc: Vec<AddressItem>,
    /// `In-Reply-To`, as written.
    pub in_reply_to: Option<String>,
    /// `Message-ID`, as written.
    pub message_id: Option<String>,
}

impl EnvelopeFields {
    /// Reads the header of a message. Of two fields of a kind the first counts, but for recipients,
    /// of which all do.
    #[must_use]
    pub fn of(message: &[u8], limits: &Limits) -> Self {
        let mut found = Self::default();
        for field in Fields::of(message, limits) {
            found.take(&field, limits);
        }
        for list in [&mut found.sender, &mut found.reply_to] {
            if list.is_empty() {
                list.clone_from(&found.from);
            }
        }
        found
    }

    fn take(&mut self, field: &Field<'_>, limits: &Limits) {
        let text = || Some(field.unfolded().into_owned());
        let items = || address_items(&unfold(field.raw_value()), limits);
        let more = |list: &mut Vec<AddressItem>| {
            if list.len() < limits.addresses_max {
                list.extend(items());
            }
        };
        match field.name().to_ascii_lowercase().as_str() {
            "date" if self.date.is_none() => self.date = text(),
            "subject" if self.subject.is_none() => self.subject = text(),
            "in-reply-to" if self.in_reply_to.is_none() => self.in_reply_to = text(),
            "message-id" if self.message_id.is_none() => self.message_id = text(),
            "from" if self.from.is_empty() => self.from = items(),
            "sender" if self.sender.is_empty() => self.sender = items(),
            "reply-to" if self.reply_to.is_empty() => self.reply_to = items(),
            "to" => more(&mut self.to),
            "cc" => more(&mut self.cc),
            "bcc" => more(&mut self.bcc),
            _ => {}
        }
    }

    /// The octets that stand behind `ENVELOPE ` in a FETCH response.
    #[must_use]
    pub fn to_imap(&self) -> Vec<u8> {
        let mut out = vec![b'('];
        push_nstring(&mut out, self.date.as_deref());
        out.push(b' ');
        push_nstring(&mut out, self.subject.as_deref());
        for list in [&self.from, &self.sender, &self.reply_to, &self.to, &self.cc, &self.bcc] {
            out.push(b' ');
            push_addresses(&mut out, list);
        }
        out.push(b' ');
        push_nstring(&mut out, self.in_reply_to.as_deref());
        out.push(b' ');
        push_nstring(&mut out, self.message_id.as_deref());
        out.push(b')');
        out
    }
}

fn push_addresses(out: &mut Vec<u8>, items: &[AddressItem]) {
    if items.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for item in items {
        match item {
            AddressItem::One(one) => push_address(out, one),
            // A group begins with its name in place of the mailbox and ends with four times NIL.
            AddressItem::Group { name, members } => {
                out.extend_from_slice(b"(NIL NIL ");
                push_string(out, name);
                out.extend_from_slice(b" NIL)");
                members.iter().for_each(|one| push_address(out, one));
                out.extend_from_slice(b"(NIL NIL NIL NIL)");
            }
        }
    }
    out.push(b')');
}

/// Name, source route (which nobody keeps), local part, domain. An address without a domain has an
/// empty one: NIL would make a group of it.
fn push_address(out: &mut Vec<u8>, one: &Correspondent) {
    out.push(b'(');
    push_nstring(out, one.name.as_deref());
    out.extend_from_slice(b" NIL ");
    push_string(out, &one.local);
    out.push(b' ');
    push_string(out, &one.domain);
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(message: &str) -> String {
        let octets = EnvelopeFields::of(message.as_bytes(), &Limits::default()).to_imap();
        String::from_utf8_lossy(&octets).into_owned()
    }

    #[test]
    fn the_example_of_the_standard_comes_out_as_the_standard_has_it() {
        // RFC 9051 §8.
        let message = "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n\
            From: Terry Gray <gray@cac.washington.edu>\r\n\
            Subject: IMAP4rev2 WG mtg summary and minutes\r\n\
            To: imap@cac.washington.edu\r\n\
            cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n\
            Message-Id: <B27397-0100000@cac.washington.ed>\r\n\r\n";
        assert_eq!(
            envelope(message),
            "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \
             \"IMAP4rev2 WG mtg summary and minutes\" \
             ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
             ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
             ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
             ((NIL NIL \"imap\" \"cac.washington.edu\")) \
             ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")\
             (\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \
             \"<B27397-0100000@cac.washington.ed>\")"
        );
    }

    #[test]
    fn absent_is_nil_and_empty_is_empty() {
        assert_eq!(envelope(""), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
        let message = "Date:\r\nSubject: \r\nFrom: \r\nTo:\r\nIn-Reply-To:\r\nMessage-ID:\r\n\r\n";
        assert_eq!(envelope(message), "(\"\" \"\" NIL NIL NIL NIL NIL NIL \"\" \"\")");
    }

    #[test]
    fn groups_encoded_words_and_eight_bit_text_are_sent_as_the_grammar_wants_them() {
        let message = "Subject: =?utf-8?Q?=C3=A9?=\r\n =?utf-8?Q?x?=\r\nFrom: J\u{fc} \"\\\"\" <j>\r\n\
            To: Friends: a@x, =?utf-8?Q?B?= <b@y>;, Nobody:;\r\nTo: c@z\r\n\r\n";
        let from = "(({4}\r\nJ\u{fc} \\\"\"".replace("\\\"\"", "\"");
        let expected = format!(
            "(NIL \"=?utf-8?Q?=C3=A9?= =?utf-8?Q?x?=\" {from} NIL \"j\" \"\")) \
             {from} NIL \"j\" \"\")) {from} NIL \"j\" \"\")) \
             ((NIL NIL \"Friends\" NIL)(NIL NIL \"a\" \"x\")(\"=?utf-8?Q?B?=\" NIL \"b\" \"y\")\
             (NIL NIL NIL NIL)(NIL NIL \"Nobody\" NIL)(NIL NIL NIL NIL)(NIL NIL \"c\" \"z\")) \
             NIL NIL NIL NIL)"
        );
        assert_eq!(envelope(message), expected.replace("{4}", "{5}"));
    }

    #[test]
    fn nothing_in_a_header_breaks_out_of_its_string() {
        let sent =
            envelope("Subject: a\rb\") x (\r\n\0\r\nFrom: \"x\\\" NIL) \0\" <a\\\"b@c>\r\n\r\n");
        assert!(sent.starts_with("(NIL {9}\r\na\rb\") x ("), "{sent:?}");
        assert!(!sent.contains('\0'));
    }
}
