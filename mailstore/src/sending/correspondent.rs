//! Those an account has written to: what they send is not junk, and they are known when the next
//! letter is begun.

use std::collections::BTreeMap;

use message::{Address, Timestamp};
use rusqlite::{Connection, params};

use crate::database::Write;
use crate::value::AccountId;
use crate::{Error, Store};

/// Somebody the account has written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondent {
    /// Who.
    pub address: Address,
    /// When the account last wrote to them.
    pub last: Timestamp,
    /// How many messages.
    pub times: u32,
}

impl Store {
    /// Whether the account has written to this address.
    pub async fn is_correspondent(
        &self,
        account: AccountId,
        address: &Address,
    ) -> Result<bool, Error> {
        let folded = address.canonical();
        self.read(move |connection| is_known(connection, account, &folded)).await
    }

    /// Those the account has written to, the latest first.
    pub async fn correspondents(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<Correspondent>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT written, last, times FROM correspondent WHERE account_id = ?1 ORDER BY last DESC LIMIT ?2",
            )?;
            let rows: Vec<(String, i64, u32)> = statement
                .query_map(params![account, limit], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let correspondent = |(written, last, times): (String, i64, u32)| {
                let address = Address::parse(&written).map_err(Error::corrupt)?;
                Ok(Correspondent { address, last: Timestamp::new(last), times })
            };
            rows.into_iter().map(correspondent).collect()
        })
        .await
    }
}

pub(super) fn is_known(
    connection: &Connection,
    account: AccountId,
    folded: &str,
) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM correspondent WHERE account_id = ?1 AND folded = ?2)",
    )?;
    Ok(statement.query_row(params![account, folded], |row| row.get(0))?)
}

/// The account writes to these. Those it wrote to longest ago make room.
pub(super) fn remember(
    write: &Write<'_>,
    account: AccountId,
    recipients: &BTreeMap<String, String>,
    now: Timestamp,
    correspondents_max: u32,
) -> Result<(), Error> {
    for (folded, written) in recipients {
        write
            .prepare_cached(
                "INSERT INTO correspondent (account_id, folded, written, last, times) VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT (account_id, folded) DO UPDATE SET last = excluded.last, times = times + 1",
            )?
            .execute(params![account, folded, written, now.seconds()])?;
    }
    write
        .prepare_cached(
            "DELETE FROM correspondent WHERE account_id = ?1 AND folded IN (
               SELECT folded FROM correspondent WHERE account_id = ?1 ORDER BY last DESC LIMIT -1 OFFSET ?2)",
        )?
        .execute(params![account, correspondents_max])?;
    Ok(())
}
