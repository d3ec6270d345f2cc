//! A message opened: its header fields and its body, octet for octet.

use message::header::{Field, Fields, header_octets};

/// A message taken apart once for all signatures.
#[derive(Debug)]
pub(super) struct Opened<'a> {
    message: &'a [u8],
    /// In the order of the message.
    pub fields: Vec<Field<'a>>,
    /// What follows the empty line.
    pub body: &'a [u8],
    /// Whether there is more of a header than the limits let us see.
    pub is_cut: bool,
}

impl<'a> Opened<'a> {
    pub fn new(message: &'a [u8], limits: &message::Limits) -> Self {
        let header = header_octets(message);
        let one_more = limits.header_fields_max.saturating_add(1);
        let seen = message::Limits { header_fields_max: one_more, ..limits.clone() };
        let mut fields: Vec<_> = Fields::of(message, &seen).collect();
        let is_cut = fields.len() == one_more || header > limits.header_octets_max;
        fields.truncate(limits.header_fields_max);
        Self { message, fields, body: message.get(header..).unwrap_or_default(), is_cut }
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
