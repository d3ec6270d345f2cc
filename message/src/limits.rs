//! Every limit of reading a message, in one place.

/// How much of a message is looked into. What lies beyond a limit stays in the message, byte for
/// byte; it is only not taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Parts within parts: a container below this depth is a leaf of unknown content.
    pub mime_depth_max: usize,
    /// Parts of one message: the last one reaches to the end of the message.
    pub mime_parts_max: usize,
    /// Octets of what the headers of all parts say of them, as kept in memory; behind the last that
    /// fits, a part has its media type and its encoding and nothing more.
    pub mime_described_octets_max: usize,
    /// Octets of one header block in which fields are looked for.
    pub header_octets_max: usize,
    /// Fields of one header block.
    pub header_fields_max: usize,
    /// Parameters of one `Content-Type` or `Content-Disposition`.
    pub parameters_max: usize,
    /// Octets of one parameter's value, of a media type, of a `Content-ID` and their like.
    pub parameter_octets_max: usize,
    /// Addresses of one address field.
    pub addresses_max: usize,
    /// Octets of the envelopes of messages within a message, as IMAP sends them, all together;
    /// behind the last that fits they are empty.
    pub nested_envelopes_octets_max: usize,
    /// People named in a [`crate::Summary`] (for each of to, cc, participants).
    pub people_max: usize,
    /// Message-IDs that one message may refer to; the first and the latest are kept.
    pub references_max: usize,
    /// Octets of one Message-ID; a longer one is none.
    pub message_id_octets_max: usize,
    /// Octets of a decoded subject or name as kept for display.
    pub subject_octets_max: usize,
    /// Octets of the block of header fields that is kept ready.
    pub ready_header_octets_max: usize,
    /// Characters of a preview.
    pub preview_chars_max: usize,
    /// Octets of a body that are read for its preview.
    pub preview_body_octets_max: usize,
    /// Octets of decoded text shown at once.
    pub text_octets_max: usize,
    /// Octets of text of one message that are searched.
    pub search_octets_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mime_depth_max: 50,
            mime_parts_max: 1_000,
            mime_described_octets_max: 1 << 20,
            header_octets_max: 1 << 20,
            header_fields_max: 1_000,
            parameters_max: 100,
            parameter_octets_max: 8_192,
            addresses_max: 10_000,
            nested_envelopes_octets_max: 1 << 20,
            people_max: 100,
            references_max: 100,
            message_id_octets_max: 998,
            subject_octets_max: 2_000,
            ready_header_octets_max: 64 << 10,
            preview_chars_max: 200,
            preview_body_octets_max: 64 << 10,
            text_octets_max: 1 << 20,
            search_octets_max: 1 << 20,
        }
    }
}
