//! How much an account holds and may hold. Checked in the writer, where nobody can slip in between.

use rusqlite::{Connection, OptionalExtension, params};

use crate::database::{Purpose, Write, length, stored};
use crate::value::AccountId;
use crate::{Error, Store};

/// What an account holds and may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Octets held.
    pub used_octets: u64,
    /// Octets that it may hold; None for no limit.
    pub limit_octets: Option<u64>,
}

impl Quota {
    /// True when this many octets more may come.
    pub fn has_room_for(&self, octets: u64) -> bool {
        self.limit_octets.is_none_or(|limit| self.used_octets.saturating_add(octets) <= limit)
    }
}

impl Store {
    /// What an account holds and may hold.
    pub async fn quota(&self, account: AccountId) -> Result<Quota, Error> {
        self.read(move |connection| quota(connection, account)).await
    }

    /// Changes what an account may hold. Holding more already is no error: then nothing more comes
    /// in.
    pub async fn set_quota(
        &self,
        account: AccountId,
        limit_octets: Option<u64>,
    ) -> Result<(), Error> {
        self.write(Purpose::Grows, move |write| {
            let set = write
                .prepare_cached(
                    "UPDATE account SET quota_octets = ?2 WHERE id = ?1 AND removed = 0",
                )?
                .execute(params![account, limit_octets.map(stored)])?;
            if set == 0 { Err(Error::NoSuchAccount) } else { Ok(()) }
        })
        .await
    }
}

fn quota(connection: &Connection, account: AccountId) -> Result<Quota, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT used_octets, quota_octets FROM account WHERE id = ?1 AND removed = 0",
    )?;
    let quota = statement.query_row([account], |row| {
        let limit_octets = row.get::<_, Option<i64>>(1)?.map(length);
        Ok(Quota { used_octets: length(row.get(0)?), limit_octets })
    });
    quota.optional()?.ok_or(Error::NoSuchAccount)
}

/// These octets come: counted if there is room, refused if not.
pub(crate) fn take(write: &Write<'_>, account: AccountId, octets: u64) -> Result<(), Error> {
    take_if(write, account, octets, octets)
}

/// These octets are delivered: counted if there is any room at all. A message for several would
/// otherwise fail for all of them, again and again, because it does not fit into one's last corner.
pub(crate) fn take_delivered(
    write: &Write<'_>,
    account: AccountId,
    octets: u64,
) -> Result<(), Error> {
    take_if(write, account, octets, octets.min(1))
}

fn take_if(write: &Write<'_>, account: AccountId, octets: u64, room: u64) -> Result<(), Error> {
    let mut statement = write.prepare_cached(
        "UPDATE account SET used_octets = used_octets + ?2
         WHERE id = ?1 AND removed = 0 AND (quota_octets IS NULL OR used_octets + ?3 <= quota_octets)",
    )?;
    if statement.execute(params![account, stored(octets), stored(room)])? > 0 {
        return Ok(());
    }
    let quota = quota(write, account)?;
    Err(Error::OverQuota {
        account,
        used: quota.used_octets,
        limit: quota.limit_octets.unwrap_or(u64::MAX),
    })
}

/// These octets go.
pub(crate) fn give_back(write: &Write<'_>, account: AccountId, octets: u64) -> Result<(), Error> {
    write
        .prepare_cached("UPDATE account SET used_octets = used_octets - ?2 WHERE id = ?1")?
        .execute(params![account, stored(octets)])?;
    Ok(())
}
