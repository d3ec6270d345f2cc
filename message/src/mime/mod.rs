//! The parts of a message as offsets into its octets (RFC 2045, RFC 2046).
//!
//! Every octet belongs to the header or body of a part, to a delimiter, or to the preamble or
//! epilogue of a multipart; no part is copied or decoded before somebody asks. Delimiters are whole
//! lines: `--boundary` inside of a line parts nothing.

mod base64;
mod compact;
mod describe;
mod part;
mod quoted_printable;
mod skeleton;
#[cfg(test)]
mod tests;
mod transfer;

use std::borrow::Cow;

use crate::Limits;

pub(crate) use base64::decode_base64;
pub use part::{Part, PartKind};
pub(crate) use quoted_printable::hex_pair;
pub use transfer::{TransferDecoder, TransferEncoding};

/// All parts of a message, a container in front of what it contains. There is always a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartTree {
    parts: Vec<Part>,
}

impl PartTree {
    /// Takes a message apart. Never fails: octets without any sense are one text part.
    #[must_use]
    pub fn of(message: &[u8], limits: &Limits) -> Self {
        Self { parts: skeleton::parts(message, limits) }
    }

    /// The message itself.
    #[must_use]
    pub fn root(&self) -> &Part {
        static NOTHING: std::sync::LazyLock<Part> = std::sync::LazyLock::new(Part::default);
        self.parts.first().unwrap_or(&NOTHING)
    }

    /// All parts, a container in front of what it contains.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parts directly inside of a container.
    pub fn children<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = &'a Part> {
        part.children.iter().filter_map(|index| self.parts.get(*index))
    }

    /// The container of a part; the root has none.
    #[must_use]
    pub fn parent(&self, part: &Part) -> Option<&Part> {
        self.parts.get(part.parent?)
    }

    /// The message inside of a `message/rfc822` part.
    #[must_use]
    pub fn nested(&self, part: &Part) -> Option<&Part> {
        if part.kind == PartKind::Message { self.parts.get(*part.children.first()?) } else { None }
    }

    /// The part that IMAP calls `2.1` (RFC 9051 §6.4.5.1); the empty path is the message. The
    /// only part of a message without a multipart is its part 1.
    #[must_use]
    pub fn part(&self, path: &[u32]) -> Option<&Part> {
        let mut found = self.root();
        let mut is_message = true;
        for number in path {
            if let Some(nested) = self.nested(found).filter(|_| !is_message) {
                found = nested;
                is_message = true;
            }
            if found.kind == PartKind::Multipart {
                let place = usize::try_from(*number).ok()?.checked_sub(1)?;
                found = self.parts.get(*found.children.get(place)?)?;
            } else if !is_message || *number != 1 {
                return None;
            }
            is_message = false;
        }
        Some(found)
    }

    /// What IMAP calls this part: the inverse of [`PartTree::part`]. The multipart of a message has
    /// the path of that message.
    #[must_use]
    pub fn path(&self, part: &Part) -> Vec<u32> {
        let mut path = Vec::new();
        let mut part = part;
        loop {
            let parent = self.parent(part);
            match parent {
                Some(parent) if parent.kind == PartKind::Multipart => path.push(part.number),
                _ if part.kind == PartKind::Multipart => {}
                _ => path.push(1),
            }
            let Some(parent) = parent else { break };
            part = parent;
        }
        path.reverse();
        path
    }

    /// The octets of a part's body with its transfer encoding undone.
    #[must_use]
    pub fn decode_part<'a>(&self, message: &'a [u8], part: &Part) -> Cow<'a, [u8]> {
        part.decode_body(message.get(part.body()).unwrap_or_default())
    }

    /// The text of a part's body, decoded from transfer encoding and charset, cut to the limit.
    #[must_use]
    pub fn decode_text(&self, message: &[u8], part: &Part, octets_max: usize) -> String {
        part.decode_text(message.get(part.body()).unwrap_or_default(), octets_max)
    }

    /// The tree in few octets, to be stored beside the message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        compact::encode(&self.parts)
    }

    /// Reads what [`PartTree::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(octets: &[u8]) -> Option<Self> {
        compact::decode(octets).map(|parts| Self { parts })
    }
}
