//! SQLite as the store uses it: one connection that writes, on its own thread; a few that read, on
//! theirs. Knows transactions, batches and files; knows nothing of mail.

mod batch;
mod checkpoint;
mod connection;
mod migration;
mod reader;
mod reserve;
mod work;
mod writer;

pub(crate) use connection::{open_for_backup, open_for_once, open_new};
pub(crate) use migration::migrate;
pub(crate) use reader::Readers;
pub(crate) use reserve::Reserve;
pub(crate) use work::{Chore, Purpose, Told, Write};
pub(crate) use writer::{Writer, WriterSetup};

/// As SQLite keeps a length: nothing of ours reaches 2^63.
pub(crate) fn stored(octets: u64) -> i64 {
    i64::try_from(octets).unwrap_or(i64::MAX)
}

/// From what SQLite keeps as a length.
pub(crate) fn length(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}
