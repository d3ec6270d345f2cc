//! SCRAM-SHA-256 (RFC 5802, RFC 7677): client and server prove to each other that they know of a
//! password, and neither sends it.
//!
//! Knows the four messages and how the connection is bound into them. It computes no hash: keys and
//! passwords stay with whoever keeps them.

mod first;
mod last;
#[cfg(test)]
mod tests;
mod words;

pub use first::{FirstMessage, SaltWanted};
pub use last::{LastMessage, ProofGiven};
