//! What is kept ready of messages: lines for lists, ENVELOPE and BODYSTRUCTURE as IMAP sends them,
//! part trees, header fields.

use bytes::Bytes;
use message::{Person, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::content::{HAS_ATTACHMENT, HAS_HTML, IS_REPLY, decode_people};
use crate::database::length;
use crate::value::ContentId;
use crate::{Error, Store};

/// Contents read in one job.
const SLICE: usize = 1_000;

/// Which fields of [`Overview`] to read: the others stay empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverviewFields(u8);

impl OverviewFields {
    /// Only the lengths.
    pub const LENGTHS: Self = Self(0);
    /// What a list shows: `line`.
    pub const LINE: Self = Self(1);
    /// ENVELOPE as IMAP sends it.
    pub const ENVELOPE: Self = Self(2);
    /// BODYSTRUCTURE as IMAP sends it.
    pub const STRUCTURE: Self = Self(4);
    /// The part tree.
    pub const PARTS: Self = Self(8);
    /// The header fields that clients ask for.
    pub const HEADER: Self = Self(16);
    /// Everything.
    pub const ALL: Self = Self(31);

    /// True when all of `other` are asked for.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for OverviewFields {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What is kept ready of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Which.
    pub content: ContentId,
    /// Octets of the message.
    pub octets: u64,
    /// Octets of the header with the empty line after it: the offset of the body.
    pub header_octets: u64,
    /// What a list shows. Asked for by [`OverviewFields::LINE`].
    pub line: Option<Line>,
    /// ENVELOPE as IMAP sends it. Asked for by [`OverviewFields::ENVELOPE`].
    pub envelope: Bytes,
    /// BODYSTRUCTURE with extension data, as IMAP sends it. Asked for by
    /// [`OverviewFields::STRUCTURE`].
    pub structure: Bytes,
    /// The part tree: see [`message::mime::PartTree::decode`]. Asked for by
    /// [`OverviewFields::PARTS`].
    pub parts: Bytes,
    /// The fields of [`message::READY_FIELDS`] as they stand in the message; None when not asked
    /// for by [`OverviewFields::HEADER`], or when they are too many: then they are read from the
    /// message.
    pub header: Option<Bytes>,
}

/// What a list shows of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Decoded, on one line.
    pub subject: String,
    /// Without `Re:` and its like, in normal form (RFC 5256 §2.1).
    pub base_subject: String,
    /// The first author.
    pub from: Option<Person>,
    /// `To`.
    pub to: Vec<Person>,
    /// `Cc`.
    pub cc: Vec<Person>,
    /// `Date`, if it has a readable one.
    pub sent: Option<Timestamp>,
    /// Minutes east of UTC that `Date` names.
    pub sent_offset_minutes: i16,
    /// The first words.
    pub preview: String,
    /// Something is enclosed that a person would call an attachment.
    pub has_attachment: bool,
    /// The letter has an HTML form.
    pub has_html: bool,
    /// The subject says that it answers.
    pub is_reply: bool,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// In lower case, without angle brackets.
    pub list_id: Option<String>,
}

impl Store {
    /// What is kept ready of these messages, in the order asked for; those that are gone are left
    /// out.
    pub async fn overviews(
        &self,
        contents: &[ContentId],
        fields: OverviewFields,
    ) -> Result<Vec<Overview>, Error> {
        let mut all = Vec::with_capacity(contents.len());
        for slice in contents.chunks(SLICE) {
            let slice = slice.to_vec();
            all.extend(self.read(move |connection| read(connection, &slice, fields)).await?);
        }
        Ok(all)
    }
}

/// In the order asked for.
pub(crate) fn read(
    connection: &Connection,
    contents: &[ContentId],
    fields: OverviewFields,
) -> Result<Vec<Overview>, Error> {
    let mut statement = connection.prepare_cached(&select(fields))?;
    let mut found = Vec::with_capacity(contents.len());
    for content in contents {
        found.extend(statement.query_row([content], |row| from_row(row, fields)).optional()?);
    }
    Ok(found)
}

const LINE_COLUMNS: &str =
    "sent, sent_offset, properties, subject, base_subject, from_name, from_address, to_people,
    cc_people, message_id, list_id, preview";

/// The columns not asked for are not read: they may lie on pages of their own.
fn select(fields: OverviewFields) -> String {
    let one = |field, column: &'static str| if fields.contains(field) { column } else { "NULL" };
    let line = if fields.contains(OverviewFields::LINE) {
        LINE_COLUMNS.to_owned()
    } else {
        ["NULL"; 12].join(", ")
    };
    format!(
        "SELECT id, octets, header_octets, {}, {}, {}, {}, {line} FROM content WHERE id = ?1",
        one(OverviewFields::ENVELOPE, "envelope"),
        one(OverviewFields::STRUCTURE, "structure"),
        one(OverviewFields::PARTS, "parts"),
        one(OverviewFields::HEADER, "header"),
    )
}

fn from_row(row: &Row<'_>, fields: OverviewFields) -> rusqlite::Result<Overview> {
    let line = if fields.contains(OverviewFields::LINE) { Some(line(row)?) } else { None };
    let octets = |at: usize| -> rusqlite::Result<Option<Bytes>> {
        Ok(row.get::<_, Option<Vec<u8>>>(at)?.map(Bytes::from))
    };
    Ok(Overview {
        content: row.get(0)?,
        octets: length(row.get(1)?),
        header_octets: length(row.get(2)?),
        envelope: octets(3)?.unwrap_or_default(),
        structure: octets(4)?.unwrap_or_default(),
        parts: octets(5)?.unwrap_or_default(),
        header: octets(6)?,
        line,
    })
}

fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    let properties: i64 = row.get(9)?;
    let name: Option<String> = row.get(12)?;
    let address: Option<String> = row.get(13)?;
    Ok(Line {
        sent: row.get::<_, Option<i64>>(7)?.map(Timestamp::new),
        sent_offset_minutes: row.get(8)?,
        has_attachment: properties & HAS_ATTACHMENT != 0,
        has_html: properties & HAS_HTML != 0,
        is_reply: properties & IS_REPLY != 0,
        subject: row.get(10)?,
        base_subject: row.get(11)?,
        from: address.map(|address| Person { name, address }),
        to: decode_people(row.get_ref(14)?.as_str()?),
        cc: decode_people(row.get_ref(15)?.as_str()?),
        message_id: row.get(16)?,
        list_id: row.get(17)?,
        preview: row.get(18)?,
    })
}
