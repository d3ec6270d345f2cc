//! Keywords: names to bits and back, per mailbox. A bit once given means the same for ever in that
//! mailbox.

use rusqlite::{Connection, params};

use crate::database::Write;
use crate::value::{FLAG_BIT_FIRST_KEYWORD, FlagList, Flags, KEYWORDS_MAX, Keyword, MailboxId};
use crate::{Error, Store};

/// What to do with a keyword that the mailbox does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnMissing {
    /// It gets a bit.
    Add,
    /// No message has it: passed over.
    Skip,
}

impl Store {
    /// The mailbox's keywords and their bits.
    pub async fn keywords(&self, mailbox: MailboxId) -> Result<Vec<(u8, Keyword)>, Error> {
        self.read(move |connection| {
            crate::mailbox::find(connection, mailbox)?;
            read(connection, mailbox)
        })
        .await
    }
}

/// The mailbox's keywords and their bits, lowest first.
pub(crate) fn read(
    connection: &Connection,
    mailbox: MailboxId,
) -> Result<Vec<(u8, Keyword)>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT bit, name FROM keyword WHERE mailbox_id = ?1 ORDER BY bit")?;
    let rows = statement.query_map([mailbox], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (bit, name): (u8, String) = row?;
        Ok((bit, Keyword::parse(&name).map_err(Error::corrupt)?))
    })
    .collect()
}

/// The bits of a list of flags in this mailbox.
pub(super) fn resolve(
    write: &Write<'_>,
    mailbox: MailboxId,
    list: &FlagList,
    on_missing: OnMissing,
) -> Result<Flags, Error> {
    let mut flags = list.flags.system();
    if list.keywords.is_empty() {
        return Ok(flags);
    }
    let mut known = read(write, mailbox)?;
    for keyword in &list.keywords {
        let bit = match known.iter().find(|(_, name)| name == keyword) {
            Some((bit, _)) => *bit,
            None if on_missing == OnMissing::Skip => continue,
            None => {
                let bit = add(write, mailbox, &known, keyword)?;
                known.push((bit, keyword.clone()));
                bit
            }
        };
        flags = flags | Flags::keyword(bit).unwrap_or_default();
    }
    Ok(flags)
}

fn add(
    write: &Write<'_>,
    mailbox: MailboxId,
    known: &[(u8, Keyword)],
    keyword: &Keyword,
) -> Result<u8, Error> {
    let bit = known.iter().map(|(bit, _)| bit + 1).max().unwrap_or(FLAG_BIT_FIRST_KEYWORD);
    if bit >= FLAG_BIT_FIRST_KEYWORD + KEYWORDS_MAX {
        return Err(Error::TooManyKeywords);
    }
    write
        .prepare_cached("INSERT INTO keyword (mailbox_id, bit, name) VALUES (?1, ?2, ?3)")?
        .execute(params![mailbox, bit, keyword.as_str()])?;
    Ok(bit)
}

/// Flags of one mailbox said in the bits of another.
pub(super) struct Translation {
    /// Bit there, by keyword bit here.
    bits: Vec<(u8, u8)>,
}

impl Translation {
    /// For these flags, which may have any keyword of the first mailbox. One that finds no bit in the
    /// second is left behind.
    pub(super) fn new(
        write: &Write<'_>,
        from: MailboxId,
        to: MailboxId,
        used: Flags,
    ) -> Result<Self, Error> {
        let mut bits = Vec::new();
        if used.keyword_bits().next().is_none() {
            return Ok(Self { bits });
        }
        for (bit, keyword) in read(write, from)? {
            if used.keyword_bits().any(|used| used == bit) {
                let list = FlagList { flags: Flags::NONE, keywords: vec![keyword] };
                let there = match resolve(write, to, &list, OnMissing::Add) {
                    // That Trash has all the keywords it can have must not keep anybody from deleting.
                    Err(Error::TooManyKeywords) => continue,
                    there => there?,
                };
                bits.extend(there.keyword_bits().map(|there| (bit, there)));
            }
        }
        Ok(Self { bits })
    }

    pub(super) fn of(&self, flags: Flags) -> Flags {
        let translate =
            |bit: u8| self.bits.iter().find(|(here, _)| *here == bit).map(|(_, there)| *there);
        flags
            .keyword_bits()
            .filter_map(translate)
            .filter_map(Flags::keyword)
            .fold(flags.system(), |all, one| all | one)
    }
}
