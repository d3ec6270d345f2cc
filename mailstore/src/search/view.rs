//! One message while it is being judged: what has to be looked up is looked up once, and only when a condition asks for it.

use message::Timestamp;
use message::header::Fields;
use rusqlite::{Connection, OptionalExtension, params};

use super::Day;
use super::spot::Entry;
use crate::Error;
use crate::content::{Content, ContentFolder, HAS_ATTACHMENT};
use crate::index::{Document, IndexPath, IndexReader};
use crate::messages::{MESSAGE_COLUMNS, MessageRow, message_row};
use crate::value::ContentId;

/// What a search reads from.
pub(crate) struct Reading<'a> {
    pub(crate) mail: &'a Connection,
    pub(crate) contents: &'a ContentFolder,
    pub(crate) message: &'a message::Limits,
    pub(crate) index_path: &'a IndexPath,
}

/// What is kept ready of a message and asked for by searches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// The day of its Date at the place where it was written.
    pub(super) sent: Option<Day>,
    pub(super) has_attachment: bool,
}

/// A message that is being judged.
pub(super) struct View<'a, 'r> {
    entry: Entry,
    row: Option<MessageRow>,
    facts: Option<Facts>,
    glance: Option<Vec<u8>>,
    document: Option<Document>,
    reading: &'a Reading<'r>,
    index: &'a mut Option<IndexReader>,
    known: Known<'a>,
}

/// What the index knew when it was asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// Not these, lowest first.
    pub(super) unknown: &'a [ContentId],
    /// Nor what came after this one.
    pub(super) youngest: ContentId,
}

impl Known<'_> {
    fn has(self, content: ContentId) -> bool {
        content <= self.youngest && self.unknown.binary_search(&content).is_err()
    }
}

impl<'a, 'r> View<'a, 'r> {
    pub(super) fn new(
        entry: Entry,
        row: Option<MessageRow>,
        reading: &'a Reading<'r>,
        index: &'a mut Option<IndexReader>,
        known: Known<'a>,
    ) -> Self {
        Self { entry, row, facts: None, glance: None, document: None, reading, index, known }
    }

    pub(super) fn entry(&self) -> Entry {
        self.entry
    }

    /// The message's row; `NoSuchMessage` when it went meanwhile.
    pub(super) fn row(&mut self) -> Result<&MessageRow, Error> {
        match &mut self.row {
            Some(row) => Ok(row),
            none => Ok(none.insert(read_row(self.reading.mail, self.entry)?)),
        }
    }

    pub(super) fn facts(&mut self) -> Result<Facts, Error> {
        match self.facts {
            Some(facts) => Ok(facts),
            None => {
                let facts = read_facts(self.reading.mail, self.entry.content)?;
                self.facts = Some(facts);
                Ok(facts)
            }
        }
    }

    /// True when the index names it, or does not know it.
    pub(super) fn may_be_among(&self, named: &[ContentId]) -> bool {
        let content = self.entry.content;
        named.binary_search(&content).is_ok() || !self.known.has(content)
    }

    /// What a person sees of its header: from the index, or from the message itself.
    pub(super) fn glance(&mut self) -> Result<&[u8], Error> {
        if self.document.is_none() && self.glance.is_none() {
            let content = self.entry.content;
            self.glance = kept(self.reading, self.index, |index| index.glance(content));
        }
        if self.glance.is_some() {
            return Ok(self.glance.as_deref().unwrap_or_default());
        }
        Ok(self.document()?.glance())
    }

    /// Its text: from the index, or from the message itself.
    pub(super) fn document(&mut self) -> Result<&Document, Error> {
        match &mut self.document {
            Some(document) => Ok(document),
            none => {
                let content = self.entry.content;
                let kept = kept(self.reading, self.index, |index| index.document(content));
                let document = match kept {
                    Some(document) => document,
                    None => Document::of(
                        &read_message(self.reading, self.entry.content)?,
                        self.reading.message,
                    ),
                };
                Ok(none.insert(document))
            }
        }
    }

    /// The decoded values of the header fields of a name, from the message itself.
    pub(super) fn field_values(&self, name: &str) -> Result<Vec<String>, Error> {
        let message = read_message(self.reading, self.entry.content)?;
        Ok(Fields::of(&message, self.reading.message).all(name).map(|field| field.text()).collect())
    }

    pub(super) fn into_row(self) -> Option<MessageRow> {
        self.row
    }
}

/// Something from the index. One that cannot be read is put away for the rest of this search.
fn kept<T>(
    reading: &Reading<'_>,
    index: &mut Option<IndexReader>,
    read: impl FnOnce(&mut IndexReader) -> Result<Option<T>, Error>,
) -> Option<T> {
    match read(index.as_mut()?) {
        Ok(found) => found,
        Err(error) => {
            reading.index_path.not_readable(&error);
            *index = None;
            None
        }
    }
}

/// A message that cannot be read has no text: it must not keep the others from being found.
fn read_message(reading: &Reading<'_>, content: ContentId) -> Result<bytes::Bytes, Error> {
    let read = Content::open(reading.mail, reading.contents, content)
        .and_then(|content| content.read_all_now());
    match read {
        Err(Error::Corrupt(what)) => {
            tracing::error!(%what, %content, "a message that cannot be read is not searched");
            Ok(bytes::Bytes::new())
        }
        other => other,
    }
}

/// The message that came last, whoever got it.
pub(super) fn youngest(connection: &Connection) -> Result<ContentId, Error> {
    let mut statement = connection.prepare_cached("SELECT ifnull(max(id), 0) FROM content")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

pub(crate) fn read_row(connection: &Connection, entry: Entry) -> Result<MessageRow, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS} FROM message WHERE mailbox_id = ?1 AND uid = ?2"
    ))?;
    let row =
        statement.query_row(params![entry.spot.mailbox, entry.spot.uid], message_row).optional()?;
    row.ok_or(Error::NoSuchMessage)
}

fn read_facts(connection: &Connection, content: ContentId) -> Result<Facts, Error> {
    let mut statement = connection
        .prepare_cached("SELECT sent, sent_offset, properties FROM content WHERE id = ?1")?;
    let facts = statement
        .query_row([content], |row| {
            let (sent, offset): (Option<i64>, i16) = (row.get(0)?, row.get(1)?);
            Ok(Facts {
                sent: sent.map(|sent| Day::at(Timestamp::new(sent), offset)),
                has_attachment: row.get::<_, i64>(2)? & HAS_ATTACHMENT != 0,
            })
        })
        .optional()?;
    facts.ok_or(Error::NoSuchMessage)
}
