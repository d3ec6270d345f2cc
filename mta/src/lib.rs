//! Mail in and out.
//!
//! Knows SMTP (RFC 5321), as the house that receives (`smtp`) and as the one that sends (`delivery`),
//! who sent what came (`authentication`), how ours shows that it is ours (`signing`), what becomes of what
//! came (`filter`), and when what waits is tried again (`queue`). It does *not*
//! know how a message is kept (`mailstore` does), nor who reads it afterwards. Receiving knows no
//! sockets, timeouts or TLS (`wire` owns those); only `delivery` opens connections of its own.

pub mod authentication;
pub mod delivery;
pub mod filter;
pub mod queue;
pub mod signing;
pub mod smtp;
