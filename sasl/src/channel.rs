//! What the connection brings along: randomness, and what a channel can be recognised by.

use std::fmt;

/// What a channel can be recognised by, at both of its ends and nowhere between (RFC 5056).
#[derive(Clone, PartialEq, Eq)]
pub struct Binding {
    /// As registered: `tls-exporter` (RFC 9266), `tls-server-end-point` (RFC 5929 §4).
    pub kind: &'static str,
    /// What only the two ends know.
    pub octets: Vec<u8>,
}

/// What an exchange stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// Our part of the nonce, fresh for every exchange. Only SCRAM looks at it.
    pub nonce: [u8; 24],
    /// All kinds of channel binding that can be had. When there are any, SCRAM-SHA-256-PLUS must have
    /// been offered: a client that says that it was not is taken for deceived.
    pub bindings: Vec<Binding>,
}

impl Ground {
    pub(crate) fn binding(&self, kind: &str) -> Option<&[u8]> {
        let found = self.bindings.iter().find(|binding| binding.kind == kind);
        found.map(|binding| binding.octets.as_slice())
    }
}

/// Without the octets, which have no business in a log.
impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binding({})", self.kind)
    }
}
