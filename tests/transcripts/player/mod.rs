//! Plays one transcript: `script` reads it, `stage` prepares the store, `actor` is a client,
//! `protocol` the sessions it can talk to, `performance` goes through it line by line.

mod actor;
mod escape;
mod pattern;
mod performance;
mod protocol;
mod script;
mod stage;

pub use performance::{Mode, Outcome, play};
pub use protocol::Theatre;
