//! Where imported mail comes from: one trait for mbox files, Maildirs and single message files.
//!
//! Sources give octets in pieces and never hold a whole message. They know nothing of the store.

use std::fs::File;
use std::io::{self, Read};

use mailstore::Flags;
use message::Timestamp;

/// How many octets a source hands over at a time, at most.
pub const PIECE_OCTETS: usize = 64 * 1024;

/// What a source says of a message before its octets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Head {
    /// The mailbox it lay in, if the source has mailboxes.
    pub mailbox: Option<String>,
    /// What had been done with it.
    pub flags: Flags,
    /// When it was delivered, if the source knows.
    pub received: Option<Timestamp>,
}

/// A sequence of messages, read once from front to back.
pub trait Source {
    /// The next message, or `None` after the last. What was left of the message before it is passed over.
    fn next(&mut self) -> io::Result<Option<Head>>;
    /// Appends the next octets of this message; `false` when there are no more.
    fn piece(&mut self, into: &mut Vec<u8>) -> io::Result<bool>;
    /// Flags that only the message's own header could tell; asked after its last piece.
    fn flags_from_header(&self) -> Flags {
        Flags::NONE
    }
    /// How far it has read, on the scale of `total`.
    fn position(&self) -> u64;
    /// The position at the end.
    fn total(&self) -> u64;
    /// What to write down so as to go on from here another day; `None` when that cannot be done safely.
    fn bookmark(&self) -> Option<String> {
        None
    }
    /// Goes on at an earlier bookmark; `false`, and at the front, when the source is not what it was then.
    fn resume(&mut self, _bookmark: &str) -> io::Result<bool> {
        Ok(false)
    }
    /// Messages that were there at first and had gone when their turn came.
    fn vanished(&self) -> u64 {
        0
    }
}

/// Appends up to a piece of `file`; `false` at its end.
pub fn piece_of_file(file: &mut File, into: &mut Vec<u8>) -> io::Result<bool> {
    Ok(file.take(PIECE_OCTETS as u64).read_to_end(into)? > 0)
}
