//! The file `search.db` as a search reads it.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use zstd::bulk::Decompressor;

use super::document::Document;
use super::file::{CONTENT_BITS, holder_row};
use crate::Error;
use crate::database::{length, open_for_once};
use crate::value::{AccountId, ContentId};

/// No text is longer: it is some limits of `message::Limits` added up. A greater number is a damaged one.
const TEXT_OCTETS_MAX: usize = 64 << 20;

/// Which of the two indexes is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// That of whole texts.
    Text,
    /// That of what a person sees of headers.
    Glance,
}

/// A question to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) shelf: Shelf,
    /// An expression of FTS5, of strings of three letters.
    pub(crate) expression: String,
}

/// The file as a search reads it.
pub(crate) struct IndexReader {
    connection: Connection,
    state: (i64, i64),
    decompressor: Decompressor<'static>,
}

impl IndexReader {
    pub(super) fn open(path: &Path, cache_octets: usize) -> Result<Self, Error> {
        let connection = open_for_once(path)?;
        connection.execute_batch(&format!("PRAGMA cache_size = -{}", cache_octets / 1024))?;
        let state = connection.query_row("SELECT identity, batch FROM state", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(Self { connection, state, decompressor: Decompressor::new()? })
    }

    /// Which file this is, and the last batch that is in it.
    pub(super) fn state(&self) -> (i64, i64) {
        self.state
    }

    /// One snapshot until the next rest: locking and unlocking the file for each message takes a tenth of the time.
    pub(crate) fn begin(&self) -> Result<(), Error> {
        Ok(self.connection.execute_batch("BEGIN")?)
    }

    /// The end of the snapshot: the file's log can go on.
    pub(crate) fn rest(&self) -> Result<(), Error> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// The contents of an account that may match, lowest first; None when they are more than this.
    pub(crate) fn matching(
        &self,
        account: AccountId,
        asked: &Asked,
        most: usize,
    ) -> Result<Option<Vec<ContentId>>, Error> {
        let first = holder_row(account, ContentId::new(0))?;
        let last = first | ((1 << CONTENT_BITS) - 1);
        let mut statement = self.connection.prepare_cached(match asked.shelf {
            Shelf::Text => "SELECT rowid FROM text_trigram WHERE text_trigram MATCH ?1 AND rowid BETWEEN ?2 AND ?3",
            Shelf::Glance => "SELECT rowid FROM glance_trigram WHERE glance_trigram MATCH ?1 AND rowid BETWEEN ?2 AND ?3",
        })?;
        let mut rows = statement.query((&asked.expression, first, last))?;
        let mut contents = Vec::new();
        while let Some(row) = rows.next()? {
            if contents.len() >= most {
                return Ok(None);
            }
            contents.push(ContentId::new(row.get::<_, i64>(0)? - first));
        }
        Ok(Some(contents))
    }

    /// What a person sees of a message's header; None when it is not here (yet).
    pub(crate) fn glance(&self, content: ContentId) -> Result<Option<Vec<u8>>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT text FROM glance WHERE content_id = ?1")?;
        Ok(statement.query_row([content], |row| row.get(0)).optional()?)
    }

    /// The text of a message; None when it is not here (yet).
    pub(crate) fn document(&mut self, content: ContentId) -> Result<Option<Document>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT octets, glance_octets, header_octets, text FROM document WHERE content_id = ?1",
        )?;
        let decompressor = &mut self.decompressor;
        let found = statement
            .query_row([content], |row| {
                let capacity = octets(row.get(0)?).min(TEXT_OCTETS_MAX);
                let text = decompressor.decompress(row.get_ref(3)?.as_blob()?, capacity);
                Ok((octets(row.get(1)?), octets(row.get(2)?), text))
            })
            .optional()?;
        let Some((glance_octets, header_octets, text)) = found else { return Ok(None) };
        let text = text.map_err(|_| Error::corrupt("a text in the search index"))?;
        Ok(Some(Document::from_parts(text, glance_octets, header_octets)))
    }
}

fn octets(stored: i64) -> usize {
    usize::try_from(length(stored)).unwrap_or(usize::MAX)
}
