//! All that the store wants to know of a message, computed once when it arrives.

#[cfg(test)]
mod tests;

use crate::envelope::EnvelopeFields;
use crate::header::{AddressItem, Correspondent, Fields, correspondents, header_octets};
use crate::mime::PartTree;
use crate::structure::BodyStructure;
use crate::text::{Bodies, preview_of};
use crate::unprintable::cut;
use crate::{Limits, Timestamp, ZonedTime, attachment, thread};

/// The header fields that clients ask for in their lists, which [`Summary::header_block`] has.
/// Thunderbird asks for those up to `Received`, others for the rest.
pub const READY_FIELDS: [&str; 26] = [
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "priority",
    "x-priority",
    "references",
    "newsgroups",
    "in-reply-to",
    "content-type",
    "reply-to",
    "received",
    "sender",
    "list-id",
    "list-post",
    "list-unsubscribe",
    "importance",
    "x-mailer",
    "user-agent",
    "mime-version",
    "content-transfer-encoding",
    "disposition-notification-to",
    "x-label",
];

/// Somebody, as a list of messages shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The decoded name, if there is one.
    pub name: Option<String>,
    /// The address as written, on one line; perhaps empty.
    pub address: String,
}

/// What a message says, read once. Everything is bounded by [`Limits`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Octets of the header, its empty line included.
    pub header_octets: usize,
    /// ENVELOPE as IMAP sends it.
    pub envelope_imap: Vec<u8>,
    /// BODYSTRUCTURE as IMAP sends it, with the extension data.
    pub structure_imap: Vec<u8>,
    /// The parts: see [`PartTree::decode`].
    pub parts: Vec<u8>,
    /// The fields of [`READY_FIELDS`] as they stand in the message, in their order, without the
    /// empty line. `None` when they are too many: then they are read from the message.
    pub header_block: Option<Vec<u8>>,
    /// Decoded, on one line.
    pub subject: String,
    /// The first of `From`.
    pub from: Option<Person>,
    /// `To`, members of groups included.
    pub to: Vec<Person>,
    /// `Cc`, members of groups included.
    pub cc: Vec<Person>,
    /// `Date`.
    pub sent: Option<Timestamp>,
    /// Minutes east of UTC that `Date` names.
    pub sent_offset_minutes: i16,
    /// `Message-ID` without its brackets.
    pub message_id: Option<String>,
    /// What it answers, the parent last: see [`thread::references`].
    pub references: Vec<String>,
    /// The subject without `Re:` and its like, in normal form.
    pub base_subject: String,
    /// Whether the subject says that this is an answer.
    pub is_reply: bool,
    /// Addresses of `From`, `To` and `Cc`, each once, in lower case.
    pub participants: Vec<String>,
    /// The first words of the letter.
    pub preview: String,
    /// Whether something is enclosed that a person would call an attachment.
    pub has_attachment: bool,
    /// Whether the letter has an HTML form.
    pub has_html: bool,
    /// The identifier of `List-Id`, in lower case (RFC 2919).
    pub list_id: Option<String>,
}

impl Summary {
    /// Reads a message. Never fails: of octets without any sense it says what little there is.
    #[must_use]
    pub fn of(message: &[u8], limits: &Limits) -> Self {
        let tree = PartTree::of(message, limits);
        Self::with_tree(message, &tree, limits)
    }

    /// Reads a message whose parts are known already.
    #[must_use]
    pub fn with_tree(message: &[u8], tree: &PartTree, limits: &Limits) -> Self {
        let header_octets = header_octets(message);
        let header = message.get(..header_octets).unwrap_or(message);
        let fields = Fields::of(header, limits);
        let envelope = EnvelopeFields::of(header, limits);
        let subject = subject(&fields, limits);
        let base = thread::subject_key(&subject);
        let sent = envelope.date.as_deref().and_then(ZonedTime::parse_rfc5322);
        let message_id = envelope.message_id.as_deref();
        let bodies = Bodies::of(tree);
        Self {
            header_octets,
            envelope_imap: envelope.to_imap(),
            structure_imap: BodyStructure::of(tree, message, limits).to_imap(true),
            parts: tree.encode(),
            header_block: header_block(header, &fields, limits),
            subject,
            from: people(&envelope.from, 1, limits).pop(),
            to: people(&envelope.to, limits.people_max, limits),
            cc: people(&envelope.cc, limits.people_max, limits),
            sent: sent.map(|time| time.at),
            sent_offset_minutes: sent.map_or(0, |time| time.offset_minutes),
            message_id: message_id.and_then(|value| thread::message_id(value, limits)),
            references: thread::references(header, limits),
            base_subject: base.text,
            is_reply: base.is_reply,
            participants: participants(&envelope, limits),
            preview: preview_of(message, &bodies, limits),
            has_attachment: attachment::has_attachment(tree, &bodies),
            has_html: bodies.html.iter().any(|part| part.is("text/html")),
            list_id: list_id(&fields, limits),
        }
    }
}

fn subject(fields: &Fields<'_>, limits: &Limits) -> String {
    let mut subject = fields.get("Subject").map(|field| field.text()).unwrap_or_default();
    cut(&mut subject, limits.subject_octets_max);
    subject
}

fn people(items: &[AddressItem], most: usize, limits: &Limits) -> Vec<Person> {
    let person = |one: &Correspondent| {
        let mut name = one.display_name();
        if let Some(name) = &mut name {
            cut(name, limits.subject_octets_max);
        }
        let mut address = one.display_address();
        cut(&mut address, limits.subject_octets_max);
        Person { name, address }
    };
    correspondents(items).take(most).map(person).collect()
}

/// The addresses by which two messages are known to be of the same people.
fn participants(envelope: &EnvelopeFields, limits: &Limits) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for list in [&envelope.from, &envelope.to, &envelope.cc] {
        for one in correspondents(list).take(limits.people_max) {
            let address = match one.address() {
                Some(address) => address.canonical(),
                None if one.domain.is_empty() => continue,
                None => one.display_address().to_lowercase(),
            };
            let fits =
                found.len() < limits.people_max && address.len() <= limits.subject_octets_max;
            if fits && !found.contains(&address) {
                found.push(address);
            }
        }
    }
    found
}

/// The fields that clients ask for in lists, as they stand.
fn header_block(header: &[u8], fields: &Fields<'_>, limits: &Limits) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    // Fields beyond the limits would be missing from the block.
    if header.len() > limits.header_octets_max {
        return None;
    }
    let mut count = 0;
    for field in fields.clone() {
        count += 1;
        if READY_FIELDS.iter().any(|name| field.is(name)) {
            block.extend_from_slice(header.get(field.range()).unwrap_or_default());
            // The last field of a header without an end may lack its line end.
            if !block.ends_with(b"\n") {
                block.extend_from_slice(b"\r\n");
            }
        }
        if block.len() > limits.ready_header_octets_max {
            return None;
        }
    }
    (count < limits.header_fields_max).then_some(block)
}

/// RFC 2919 §2: the identifier stands in angle brackets behind an optional phrase.
fn list_id(fields: &Fields<'_>, limits: &Limits) -> Option<String> {
    let value = fields.get("List-Id")?.text();
    let inner = value.rsplit_once('<').map_or(value.as_str(), |(_, inner)| inner);
    let mut id = inner.trim_end_matches('>').trim().to_lowercase();
    cut(&mut id, limits.message_id_octets_max);
    Some(id).filter(|id| !id.is_empty())
}
