//! The wire tried with a protocol of its own, over streams in memory and over real sockets.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod client;
mod conversation;
mod parrot;
mod sockets;
mod time;
