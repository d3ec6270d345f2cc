//! Bringing the write-ahead log into the database, at the moments that the writer chooses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

const PAGE_OCTETS: u64 = 4_096;

/// Part of the file that may be free pages before they are given back.
const FREE_PAGES_DIVISOR: i64 = 10;
/// Free pages below this are not worth giving back.
const FREE_PAGES_MIN: i64 = 256;
/// Pages given back in one step: 1 MB takes some 16 ms.
const PAGES_GIVEN_BACK: u32 = 256;

/// How long the log is, as SQLite tells after each commit.
#[derive(Debug, Clone, Default)]
pub(super) struct LogLength(Arc<AtomicU64>);

impl LogLength {
    /// Listens to a connection's commits.
    pub(super) fn of(connection: &mut Connection) -> rusqlite::Result<Self> {
        let length = Self::default();
        let heard = length.0.clone();
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            heard.store(u64::try_from(pages).unwrap_or(0) * PAGE_OCTETS, Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(length)
    }

    pub(super) fn octets(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Brings as much of the log into the database as no reader still needs. Then the log begins again
/// from its start, in place.
pub(super) fn checkpoint(connection: &Connection, log: &LogLength) {
    let done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok(row.get::<_, i64>(1)? == row.get::<_, i64>(2)?)
    });
    match done {
        Ok(true) => log.forget(),
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "cannot bring the log into the database"),
    }
}

/// The same at the end, and empties the log's file. Not possible while another process reads; that
/// is no harm.
pub(super) fn checkpoint_last(connection: &Connection) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "cannot bring the log into the database");
    }
}

/// Gives some free pages back to the disk when there are many. True when there are more.
pub(super) fn give_pages_back(connection: &Connection) -> rusqlite::Result<bool> {
    let free: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    let all: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if free < FREE_PAGES_MIN || free < all / FREE_PAGES_DIVISOR {
        return Ok(false);
    }
    let mut statement =
        connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES_GIVEN_BACK})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(true)
}
