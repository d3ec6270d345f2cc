//! What a mail is: address, envelope, header, date, MIME tree. Values only.
//!
//! Everything here takes octets and gives values. It knows the grammars of mail and what hostile or
//! broken mail looks like; it knows no socket, file, clock, account or mailbox, and no protocol
//! beyond the two IMAP forms (`ENVELOPE`, `BODYSTRUCTURE`) that are worth computing once.

mod address;
pub mod attachment;
pub mod charset;
pub mod envelope;
pub mod header;
pub mod imap;
mod limits;
pub mod mime;
pub mod structure;
mod summary;
pub mod text;
pub mod thread;
mod timestamp;
mod trace;
mod unprintable;

pub use address::{
    Address, AddressError, AddressLiteral, Domain, DomainError, Envelope, ForwardPath, Host,
    LocalPart, ReversePath,
};
pub use limits::Limits;
pub use summary::{Person, READY_FIELDS, Summary};
pub use timestamp::{Calendar, Timestamp, ZonedTime};
pub use trace::TraceId;
