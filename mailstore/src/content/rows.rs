//! Writing a prepared message's rows.

use rusqlite::params;

use super::people;
use super::prepare::{Bytes, Prepared};
use super::read::{CODEC_FILE, CODEC_RAW, CODEC_ZSTD};
use crate::Error;
use crate::database::{Write, stored};
use crate::value::ContentId;

/// Writes a message's content and blob, once, however many mailboxes will have it.
pub(crate) fn insert(write: &Write<'_>, prepared: &Prepared) -> Result<ContentId, Error> {
    let summary = &prepared.summary;
    let mut statement = write.prepare_cached(
        "INSERT INTO content (octets, header_octets, identity, sent, sent_offset, properties, subject, base_subject, from_name,
                              from_address, to_people, cc_people, message_id, list_id, preview, envelope, structure, parts,
                              header)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
    )?;
    statement.execute(params![
        stored(prepared.octets),
        stored(summary.header_octets as u64),
        prepared.identity,
        summary.sent.map(message::Timestamp::seconds),
        summary.sent_offset_minutes,
        properties(prepared),
        summary.subject,
        summary.base_subject,
        summary.from.as_ref().and_then(|from| from.name.as_ref()),
        summary.from.as_ref().map(|from| &from.address),
        people::encode(&summary.to),
        people::encode(&summary.cc),
        summary.message_id,
        summary.list_id,
        summary.preview,
        summary.envelope_imap,
        summary.structure_imap,
        summary.parts,
        summary.header_block,
    ])?;
    let content = ContentId::new(write.last_insert_rowid());
    insert_blob(write, content, prepared)?;
    Ok(content)
}

/// Bits of content.properties.
pub(crate) const HAS_ATTACHMENT: i64 = 1;
pub(crate) const HAS_HTML: i64 = 2;
pub(crate) const IS_REPLY: i64 = 4;
const UNENDED: i64 = 8;

fn properties(prepared: &Prepared) -> i64 {
    let summary = &prepared.summary;
    let bit = |set: bool, bit: i64| if set { bit } else { 0 };
    bit(summary.has_attachment, HAS_ATTACHMENT)
        | bit(summary.has_html, HAS_HTML)
        | bit(summary.is_reply, IS_REPLY)
        | bit(prepared.unended, UNENDED)
}

fn insert_blob(write: &Write<'_>, content: ContentId, prepared: &Prepared) -> Result<(), Error> {
    let (codec, sums, file, data) = match &prepared.bytes {
        Bytes::Raw { octets, sums } => (CODEC_RAW, Some(sums), None, Some(octets)),
        Bytes::Zstd(compressed) => (CODEC_ZSTD, None, None, Some(compressed)),
        Bytes::File { name, sums } => (CODEC_FILE, Some(sums), Some(name), None),
    };
    let mut statement = write.prepare_cached(
        "INSERT INTO blob (id, codec, octets, sums, file, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![content, codec, stored(prepared.octets), sums, file, data])?;
    Ok(())
}
