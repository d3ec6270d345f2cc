//! Our own signatures: the keys of this house's domains, and what is put in front of mail that leaves.
//!
//! Knows which mail is signed and keeps what was signed for the next destination. The store keeps the
//! keys, `authentication` computes; publishing the keys in DNS is their owner's.

pub mod keys;
mod signed;
#[cfg(test)]
mod tests;

pub use signed::{Signing, SigningLimits};
