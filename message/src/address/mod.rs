//! Addresses as SMTP knows them (RFC 5321 §4.1.2, §4.1.3; RFC 6531 §3.3).
//!
//! A value of these types is right by the grammar and within the lengths, so that nobody checks
//! twice. What a header field holds is looser: see [`crate::header`].

mod address_spec;
mod domain;
mod host;
mod local_part;
mod path;

pub use address_spec::{Address, AddressError};
pub use domain::{Domain, DomainError};
pub use host::{AddressLiteral, Host};
pub use local_part::LocalPart;
pub use path::{Envelope, ForwardPath, ReversePath};

#[cfg(test)]
mod tests;
