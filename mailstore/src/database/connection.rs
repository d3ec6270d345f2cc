//! How a connection is set up. Every number here was measured or cost somebody a day.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// How long to wait for another process (the command line beside the server) to finish its
/// transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

/// Prepared statements kept per connection: more than there are different ones.
const STATEMENTS_KEPT: usize = 200;

/// The log's file is cut back to this when something made it grow beyond. Below it is overwritten
/// in place, which makes a commit twice as fast as appending.
const LOG_OCTETS_KEPT: u32 = 64 << 20;

/// The connection that writes. Makes the file if it is not there.
pub(crate) fn open_new(path: &Path, cache_octets: usize) -> rusqlite::Result<Connection> {
    // No SQLITE_OPEN_URI: a folder may be called "file:".
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    set_up(&connection, cache_octets)?;
    // The first three count only before the first table, and stay in the file.
    connection.execute_batch(&format!(
        "PRAGMA page_size = 4096;
         PRAGMA auto_vacuum = INCREMENTAL;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {LOG_OCTETS_KEPT};"
    ))?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn open_reader(path: &Path, cache_octets: usize) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    set_up(&connection, cache_octets)?;
    connection.execute_batch("PRAGMA query_only = 1;")?;
    Ok(connection)
}

/// A connection that reads for one long job, so that it stands in nobody's way.
pub(crate) fn open_for_once(path: &Path) -> rusqlite::Result<Connection> {
    open_reader(path, 8 << 20)
}

/// A connection that copies everything somewhere else.
pub(crate) fn open_for_backup(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

fn set_up(connection: &Connection, cache_octets: usize) -> rusqlite::Result<()> {
    // The bundled SQLite is built with STAT4, which prepares a bound join again at every use unless
    // plans are stable.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 0;
         PRAGMA cache_size = -{};",
        cache_octets / 1024
    ))
}
