//! Mail in and out.
//!
//! Knows SMTP (RFC 5321), as the house that receives. It does *not* know sockets, timeouts or TLS
//! (`wire` owns those), nor how a message is kept (`mailstore` does), nor who reads it afterwards.

pub mod authentication;
pub mod queue;
pub mod smtp;
