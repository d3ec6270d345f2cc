//! Authentication-Results: telling readers and filters what was found (RFC 8601).

mod findings;
mod forged;
mod text;

pub use forged::forged;
