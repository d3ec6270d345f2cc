//! POP3 (RFC 1939), with CAPA (RFC 2449), STLS (RFC 2595), AUTH (RFC 1734, RFC 5034), response codes
//! (RFC 2449 §8, RFC 3206) and UTF8 (RFC 6856).
//!
//! A line comes from the wire, `command` makes a value of it, `session` hands it to the handlers of
//! the state it is in, `replies` has the words. A maildrop is what it was at login; what is deleted
//! goes at QUIT, in one transaction.
//!
//! It does *not* lock the maildrop: several clients may read it at once, and each sees its own.

mod capability;
pub mod command;
mod limits;
mod maildrop;
mod refusal;
mod replies;
mod reply;
mod retrieval;
mod session;
mod top;

pub use limits::{Pop3Limits, connection_limits};
pub use session::{Reading, Session};
