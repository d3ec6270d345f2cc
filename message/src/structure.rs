//! BODYSTRUCTURE: the parts of a message as data and as the octets that IMAP sends
//! (RFC 9051 §7.5.2).

use crate::Limits;
use crate::envelope::EnvelopeFields;
use crate::header::Parameters;
use crate::imap::{push_nstring, push_string};
use crate::mime::{Part, PartKind, PartTree};

/// The structure of a message or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyStructure {
    /// Media type, encoding, size and so on, as the part has them.
    pub part: Part,
    /// What is inside.
    pub inside: Inside,
}

/// What a part has inside, as far as IMAP tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Nothing but content.
    Nothing,
    /// The parts of a multipart, one at least.
    Parts(Vec<BodyStructure>),
    /// The message of a `message/rfc822`: its ENVELOPE as IMAP sends it, its structure.
    Message(Vec<u8>, Box<BodyStructure>),
}

impl BodyStructure {
    /// The structure of a whole message. The message itself is needed for the envelopes of the
    /// messages in it.
    #[must_use]
    pub fn of(tree: &PartTree, message: &[u8], limits: &Limits) -> Self {
        let envelope_octets = limits.nested_envelopes_octets_max;
        Self::of_part(&mut Source { tree, message, limits, envelope_octets }, tree.root())
    }

    /// As deep as the tree is, which its limit bounds.
    fn of_part(source: &mut Source<'_>, part: &Part) -> Self {
        let tree = source.tree;
        let inside = match part.kind {
            PartKind::Leaf => Inside::Nothing,
            PartKind::Multipart => {
                Inside::Parts(tree.children(part).map(|c| Self::of_part(source, c)).collect())
            }
            PartKind::Message => match tree.nested(part) {
                Some(nested) => Inside::Message(
                    source.envelope(nested),
                    Box::new(Self::of_part(source, nested)),
                ),
                None => Inside::Nothing,
            },
        };
        Self { part: part.clone(), inside }
    }

    /// The octets that stand behind `BODYSTRUCTURE ` in a FETCH response or, without the extension
    /// data, behind `BODY `.
    #[must_use]
    pub fn to_imap(&self, extended: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.push(&mut out, extended);
        out
    }

    fn push(&self, out: &mut Vec<u8>, extended: bool) {
        let part = &self.part;
        out.push(b'(');
        if let Inside::Parts(parts) = &self.inside {
            parts.iter().for_each(|inner| inner.push(out, extended));
            out.push(b' ');
            push_string(out, part.subtype());
            if extended {
                out.push(b' ');
                push_parameters(out, &part.media);
            }
        } else {
            self.push_single(out, extended);
            if extended {
                out.push(b' ');
                push_nstring(out, part.md5.as_deref());
            }
        }
        if extended {
            push_extension(out, part);
        }
        out.push(b')');
    }

    /// `body-fields` and what its media type adds.
    fn push_single(&self, out: &mut Vec<u8>, extended: bool) {
        let part = &self.part;
        push_string(out, part.media_type());
        out.push(b' ');
        push_string(out, part.subtype());
        out.push(b' ');
        push_parameters(out, &part.media);
        for text in [part.id.as_deref(), part.description.as_deref()] {
            out.push(b' ');
            push_nstring(out, text);
        }
        out.push(b' ');
        push_string(out, &part.encoding);
        push_number(out, part.body_octets());
        if let Inside::Message(envelope, structure) = &self.inside {
            out.push(b' ');
            out.extend_from_slice(envelope);
            out.push(b' ');
            structure.push(out, extended);
            push_number(out, part.lines);
        } else if part.media_type() == "text" {
            push_number(out, part.lines);
        }
    }
}

/// What a structure is made of.
struct Source<'a> {
    tree: &'a PartTree,
    message: &'a [u8],
    limits: &'a Limits,
    /// Octets that envelopes may still take: five hundred small messages of nothing but addresses
    /// would make a hundred times as much of them.
    envelope_octets: usize,
}

impl Source<'_> {
    fn envelope(&mut self, nested: &Part) -> Vec<u8> {
        if self.envelope_octets > 0 {
            let header = self.message.get(nested.header()).unwrap_or_default();
            let envelope = EnvelopeFields::of(header, self.limits).to_imap();
            let left = self.envelope_octets.checked_sub(envelope.len());
            self.envelope_octets = left.unwrap_or(0);
            if left.is_some() {
                return envelope;
            }
        }
        EnvelopeFields::default().to_imap()
    }
}

/// Disposition, languages, location.
fn push_extension(out: &mut Vec<u8>, part: &Part) {
    match &part.disposition {
        Some(disposition) => {
            out.extend_from_slice(b" (");
            push_string(out, &disposition.value);
            out.push(b' ');
            push_parameters(out, disposition);
            out.push(b')');
        }
        None => out.extend_from_slice(b" NIL"),
    }
    match part.language.as_slice() {
        [] => out.extend_from_slice(b" NIL"),
        tags => {
            out.extend_from_slice(b" (");
            for (place, tag) in tags.iter().enumerate() {
                if place > 0 {
                    out.push(b' ');
                }
                push_string(out, tag);
            }
            out.push(b')');
        }
    }
    out.push(b' ');
    push_nstring(out, part.location.as_deref());
}

/// As written, RFC 2231 forms included: decoding them is the client's part.
fn push_parameters(out: &mut Vec<u8>, parameters: &Parameters) {
    if parameters.list.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for (place, (name, value)) in parameters.list.iter().enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        push_string(out, name);
        out.push(b' ');
        push_string(out, value);
    }
    out.push(b')');
}

fn push_number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(format!(" {number}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure(message: &str, extended: bool) -> String {
        let limits = Limits::default();
        let tree = PartTree::of(message.as_bytes(), &limits);
        let octets = BodyStructure::of(&tree, message.as_bytes(), &limits).to_imap(extended);
        String::from_utf8_lossy(&octets).into_owned()
    }

    #[test]
    fn a_plain_message_is_text() {
        let message = "Subject: x\r\n\r\none\r\ntwo\r\n";
        let plain = "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 10 2";
        assert_eq!(structure(message, false), format!("{plain})"));
        assert_eq!(structure(message, true), format!("{plain} NIL NIL NIL NIL)"));
        assert_eq!(structure("", false), plain.replace("10 2", "0 0") + ")");
    }

    #[test]
    fn a_multipart_with_a_message_and_an_attachment_is_told_whole() {
        let message = "Content-Type: multipart/mixed; boundary=b\r\nContent-Language: en, de\r\n\r\n\
            preamble\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
            Subject: in\r\n\r\nbody\r\n--b\r\nContent-Type: image/png; name*=utf-8''%C3%A9\r\n\
            Content-Transfer-Encoding: BASE64\r\nContent-ID: <1@x>\r\n\
            Content-Description: a picture\r\nContent-MD5: Q2hlY2s=\r\n\
            Content-Disposition: attachment; filename=\"a \\\"b\"\r\n\
            Content-Location: http://x/\r\n\r\nAAAA\r\n--b--\r\nepilogue\r\n";
        assert_eq!(
            structure(message, true),
            "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 1 NIL NIL NIL NIL)\
             (\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 19 \
             (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) \
             (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 4 1 NIL NIL NIL NIL) \
             3 NIL NIL NIL NIL)\
             (\"image\" \"png\" (\"name*\" \"utf-8''%C3%A9\") \"<1@x>\" \"a picture\" \"base64\" 4 \
             \"Q2hlY2s=\" (\"attachment\" (\"filename\" \"a \\\"b\")) NIL \"http://x/\") \
             \"mixed\" (\"boundary\" \"b\") NIL (\"en\" \"de\") NIL)"
        );
    }

    #[test]
    fn envelopes_within_a_message_are_empty_behind_the_last_that_fits() {
        let part =
            "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a,a,a\r\nSubject: in\r\n\r\nx\r\n";
        let message =
            format!("Content-Type: multipart/digest; boundary=b\r\n\r\n{}--b--", part.repeat(3));
        let tree = PartTree::of(message.as_bytes(), &Limits::default());
        let envelopes = |octets| {
            let limits = Limits { nested_envelopes_octets_max: octets, ..Limits::default() };
            let structure = BodyStructure::of(&tree, message.as_bytes(), &limits).to_imap(true);
            String::from_utf8_lossy(&structure).matches("NIL \"in\" ((NIL NIL \"a\"").count()
        };
        let one = EnvelopeFields::of(b"From: a,a,a\r\nSubject: in\r\n\r\n", &Limits::default());
        let octets = one.to_imap().len();
        assert_eq!([2 * octets - 1, 2 * octets, 3 * octets].map(envelopes), [1, 2, 3]);
    }
}
