//! Reading mail over line protocols: POP3.
//!
//! Knows the protocols by which mail programs fetch mail. It does *not* know how mail comes in
//! (`mta`), how it is kept (`mailstore`) nor how a socket is read (`wire`): a session takes lines and
//! gives replies.

pub mod pop3;
