//! The file `search.db`: its tables, and how documents are put in and taken out.
//! Derived: whoever doubts it deletes it, and it is made again from the messages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, InterruptHandle, params};
use zstd::bulk::Compressor;

use super::document::Document;
use super::trigram::words_of;
use crate::Error;
use crate::database::{open_new, stored};
use crate::value::{AccountId, ContentId};

/// Changes whenever the tables or the text that is indexed change: a file of another version is made again.
const VERSION: u32 = 3;

const TABLES: &str = "
CREATE TABLE state (
  identity INTEGER NOT NULL,               -- drawn when the file was made: index_state in mail.db has the same
  batch    INTEGER NOT NULL                -- the last batch that is in it
) STRICT;
-- The searched text of a message, once, whoever has it.
CREATE TABLE document (
  content_id    INTEGER PRIMARY KEY,
  octets        INTEGER NOT NULL,          -- of the text
  glance_octets INTEGER NOT NULL,          -- of the part of it that a person sees of the header
  header_octets INTEGER NOT NULL,          -- of the part of it that is the header
  text          BLOB NOT NULL              -- zstd, with a checksum
) STRICT;
-- The part of it that a person sees of the header, again, to be read quickly.
CREATE TABLE glance (
  content_id INTEGER PRIMARY KEY,
  text       BLOB NOT NULL                 -- as it is
) STRICT;
-- Whose searches find it.
CREATE TABLE holder (
  content_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  PRIMARY KEY (content_id, account_id)
) STRICT, WITHOUT ROWID;
-- Which groups of three letters it has, as words; rows are numbered by holder_row.
CREATE VIRTUAL TABLE text_trigram USING fts5
  (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
CREATE VIRTUAL TABLE glance_trigram USING fts5
  (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
";

/// Level 3 gives the same size for twice the time.
const LEVEL: i32 = 1;

/// Bits of a row's number that are the content's; the rest is the account's, so that an account is one range of rows.
pub(super) const CONTENT_BITS: u32 = 36;

/// The file as its one writer holds it.
pub(super) struct IndexFile {
    connection: Connection,
    compressor: Compressor<'static>,
}

/// What happens to one document of one account.
pub(super) enum Change<'a> {
    Put(&'a Document),
    Take,
}

impl IndexFile {
    /// Opens the file, if it is one of ours and whole as far as can be seen at once.
    pub(super) fn open(path: &Path, cache_octets: usize) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::corrupt("there is no search index"));
        }
        let connection = set_up(path, cache_octets)?;
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != VERSION {
            return Err(Error::corrupt("the search index is of another version"));
        }
        Self::of(connection)
    }

    /// Makes a new file in the place of whatever is there.
    pub(super) fn make(path: &Path, cache_octets: usize, identity: i64) -> Result<Self, Error> {
        Self::remove(path)?;
        let mut connection = set_up(path, cache_octets)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.execute("INSERT INTO state (identity, batch) VALUES (?1, 0)", [identity])?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
        Self::of(connection)
    }

    /// Deletes the file. Searches that have it open finish with what it held.
    pub(super) fn remove(path: &Path) -> Result<(), Error> {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match fs::remove_file(PathBuf::from(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn of(connection: Connection) -> Result<Self, Error> {
        let mut compressor = Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        Ok(Self { connection, compressor })
    }

    /// Which file this is, and the last batch that is in it.
    pub(super) fn state(&self) -> Result<(i64, i64), Error> {
        Ok(self.connection.query_row("SELECT identity, batch FROM state", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?)
    }

    /// Makes changes, all or none, on disk when it returns: what asked for them is forgotten then. A change that was made
    /// before is made again, to the same end.
    pub(super) fn change(
        &mut self,
        batch: i64,
        changes: &mut [(AccountId, ContentId, Change<'_>)],
    ) -> Result<(), Error> {
        // The index writes out what it has in memory whenever a row's number is lower than the last.
        changes.sort_unstable_by_key(|(account, content, _)| (*account, *content));
        let transaction = self.connection.transaction()?;
        for (account, content, change) in changes {
            let row = holder_row(*account, *content)?;
            let held = delete_holder(&transaction, *account, *content)?;
            if held {
                for delete in [
                    "DELETE FROM text_trigram WHERE rowid = ?1",
                    "DELETE FROM glance_trigram WHERE rowid = ?1",
                ] {
                    transaction.prepare_cached(delete)?.execute([row])?;
                }
            }
            match change {
                Change::Put(document) => {
                    put(&transaction, &mut self.compressor, *account, *content, row, document)?
                }
                Change::Take => delete_document(&transaction, *content)?,
            }
        }
        transaction.execute("UPDATE state SET batch = ?1", [batch])?;
        transaction.commit()?;
        Ok(())
    }

    /// Breaks off what is being written, from another thread.
    pub(super) fn interrupt(&self) -> InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Gives memory back: nothing is being indexed.
    pub(super) fn rest(&self) {
        if let Err(error) = self.connection.release_memory() {
            tracing::debug!(%error, "the search index cannot give its cache back");
        }
    }
}

fn set_up(path: &Path, cache_octets: usize) -> Result<Connection, Error> {
    let connection = open_new(path, cache_octets)?;
    // Nobody waits for this writer: it may bring its log in by itself.
    connection.execute_batch("PRAGMA wal_autocheckpoint = 1000;")?;
    Ok(connection)
}

fn put(
    connection: &Connection,
    compressor: &mut Compressor<'_>,
    account: AccountId,
    content: ContentId,
    row: i64,
    document: &Document,
) -> Result<(), Error> {
    let compressed = compressor.compress(document.all())?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO document (content_id, octets, glance_octets, header_octets, text) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            content,
            stored(document.all().len() as u64),
            stored(document.glance().len() as u64),
            stored(document.header().len() as u64),
            compressed
        ])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO glance (content_id, text) VALUES (?1, ?2)")?
        .execute(params![content, document.glance()])?;
    connection
        .prepare_cached("INSERT INTO holder (content_id, account_id) VALUES (?1, ?2)")?
        .execute((content, account))?;
    for (insert, text) in [
        ("INSERT INTO text_trigram (rowid, words) VALUES (?1, ?2)", document.all()),
        ("INSERT INTO glance_trigram (rowid, words) VALUES (?1, ?2)", document.glance()),
    ] {
        let text = std::str::from_utf8(text).map_err(Error::unavailable)?;
        connection.prepare_cached(insert)?.execute((row, words_of(text)))?;
    }
    Ok(())
}

/// True when there was one.
fn delete_holder(
    connection: &Connection,
    account: AccountId,
    content: ContentId,
) -> Result<bool, Error> {
    let mut statement = connection
        .prepare_cached("DELETE FROM holder WHERE content_id = ?1 AND account_id = ?2")?;
    Ok(statement.execute((content, account))? > 0)
}

/// Deletes the text when nobody holds it any more.
fn delete_document(connection: &Connection, content: ContentId) -> Result<(), Error> {
    for delete in [
        "DELETE FROM document WHERE content_id = ?1 AND NOT EXISTS (SELECT 1 FROM holder WHERE content_id = ?1)",
        "DELETE FROM glance WHERE content_id = ?1 AND NOT EXISTS (SELECT 1 FROM holder WHERE content_id = ?1)",
    ] {
        connection.prepare_cached(delete)?.execute([content])?;
    }
    Ok(())
}

/// The number of an account's document in the index.
pub(super) fn holder_row(account: AccountId, content: ContentId) -> Result<i64, Error> {
    let fits = |number: i64, bits: u32| number >= 0 && number < 1_i64 << bits;
    if fits(account.get(), 63 - CONTENT_BITS) && fits(content.get(), CONTENT_BITS) {
        return Ok(account.get() << CONTENT_BITS | content.get());
    }
    Err(Error::unavailable("the search index has no number left"))
}
