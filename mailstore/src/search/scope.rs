//! Which mailboxes are searched.

use rusqlite::Connection;

use super::Within;
use crate::Error;
use crate::mailbox::SpecialUse;
use crate::value::{AccountId, MailboxId};

/// A mailbox of the account, as far as searching cares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Searched {
    pub(crate) id: MailboxId,
    pub(crate) special_use: Option<SpecialUse>,
    /// Messages without `\Seen`.
    pub(crate) unseen: u32,
}

impl Searched {
    /// Trash and Junk are shown to those who ask for them.
    pub(crate) fn is_out_of_sight(self) -> bool {
        matches!(self.special_use, Some(SpecialUse::Trash | SpecialUse::Junk))
    }
}

/// All mailboxes of an account, by id.
pub(crate) fn mailboxes(
    connection: &Connection,
    account: AccountId,
) -> Result<Vec<Searched>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, special_use, unseen FROM mailbox WHERE account_id = ?1 AND removed = 0 ORDER BY id",
    )?;
    let rows = statement.query_map([account], |row| {
        let special_use: Option<i64> = row.get(1)?;
        Ok(Searched {
            id: row.get(0)?,
            special_use: special_use.and_then(SpecialUse::from_stored),
            unseen: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those of them that are searched.
pub(crate) fn within(mut all: Vec<Searched>, within: Within) -> Result<Vec<Searched>, Error> {
    match within {
        Within::Mailbox(wanted) => all.retain(|mailbox| mailbox.id == wanted),
        Within::Account => all.retain(|mailbox| !mailbox.is_out_of_sight()),
        Within::Everywhere => {}
    }
    if all.is_empty() && matches!(within, Within::Mailbox(_)) {
        return Err(Error::NoSuchMailbox);
    }
    Ok(all)
}
