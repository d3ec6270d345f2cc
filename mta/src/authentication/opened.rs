//! A message opened: its header fields and its body, octet for octet.

use message::header::{Field, Fields, header_octets};

use super::body_watch::{BodyForm, BodyHashes};
use super::canonical::{BodyHash, body_hash};

/// A message taken apart once for all signatures.
#[derive(Debug)]
pub(super) struct Opened<'a> {
    message: &'a [u8],
    /// In the order of the message.
    pub fields: Vec<Field<'a>>,
    /// What follows the empty line.
    pub body: Body<'a>,
    /// Whether there is more of a header than the limits let us see.
    pub is_cut: bool,
}

/// A body as far as it is there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body<'a> {
    /// All of it.
    Octets(&'a [u8]),
    /// It went by, and these hashes were taken.
    Hashes(&'a BodyHashes),
}

impl Body<'_> {
    /// Its hash; none if that one was not taken.
    pub fn hash(self, form: BodyForm) -> Option<BodyHash> {
        match self {
            Self::Octets(octets) => Some(body_hash(octets, form.0, form.1)),
            Self::Hashes(hashes) => hashes.get(form),
        }
    }
}

impl<'a> Opened<'a> {
    /// A message that is in memory whole.
    pub fn new(message: &'a [u8], limits: &message::Limits) -> Self {
        let header = header_octets(message);
        let body = Body::Octets(message.get(header..).unwrap_or_default());
        Self::of(message, header, body, limits)
    }

    /// A message whose body went by.
    pub fn of_header(header: &'a [u8], body: &'a BodyHashes, limits: &message::Limits) -> Self {
        Self::of(header, header.len(), Body::Hashes(body), limits)
    }

    fn of(message: &'a [u8], header: usize, body: Body<'a>, limits: &message::Limits) -> Self {
        let one_more = limits.header_fields_max.saturating_add(1);
        let seen = message::Limits { header_fields_max: one_more, ..limits.clone() };
        let mut fields: Vec<_> = Fields::of(message, &seen).collect();
        let is_cut = fields.len() == one_more || header > limits.header_octets_max;
        fields.truncate(limits.header_fields_max);
        Self { message, fields, body, is_cut }
    }

    /// A field as it stands, with its last line end.
    pub fn raw(&self, field: &Field<'_>) -> &'a [u8] {
        self.message.get(field.range()).unwrap_or_default()
    }

    /// The fields of this name, in the order of the message.
    pub fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |field| field.is(name))
    }
}
