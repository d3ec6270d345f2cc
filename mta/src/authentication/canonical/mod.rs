//! What of a message is signed, in the form in which it survives its way (RFC 6376 §3.4).

mod body;
mod header;

pub(super) use body::{BodyHash, BodyHasher, body_hash};
pub(super) use header::{write_field, write_own, write_relaxed, write_signed};

/// How much may change on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Canonicalization {
    /// Nearly nothing.
    Simple,
    /// White space and the case of field names.
    Relaxed,
}

impl Canonicalization {
    /// One half of `c=`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "simple" => Some(Self::Simple),
            "relaxed" => Some(Self::Relaxed),
            _ => None,
        }
    }
}

/// The white space of RFC 6376 §2.8.
const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}
