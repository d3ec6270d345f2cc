//! Finding accounts: by id, by address, by the name that somebody logs in with.

use message::{Address, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Account;
use crate::database::length;
use crate::value::AccountId;
use crate::{Error, Store};

const SELECT: &str = "SELECT account.id, address.written, display_name, quota_octets, used_octets, owner, account.created
    FROM account CROSS JOIN address ON address.account_id = account.id AND address.main = 1
    WHERE account.removed = 0";

impl Store {
    /// All accounts, by address.
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(SELECT)?;
            let mut accounts = statement
                .query_map([], from_row)?
                .collect::<rusqlite::Result<Result<Vec<_>, Error>>>()??;
            accounts.sort_by(|one, other| one.address.cmp(&other.address));
            Ok(accounts)
        })
        .await
    }

    /// One account.
    pub async fn account(&self, account: AccountId) -> Result<Account, Error> {
        self.read(move |connection| by_id(connection, account)).await
    }

    /// By its full address, or by the part before the `@` when only one account has it.
    pub async fn account_by_login(&self, name: &str) -> Result<Account, Error> {
        let name = name.to_owned();
        self.read(move |connection| {
            let id = id_by_login(connection, &name)?.ok_or(Error::NoSuchAccount)?;
            by_id(connection, id)
        })
        .await
    }
}

fn by_id(connection: &Connection, account: AccountId) -> Result<Account, Error> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} AND account.id = ?1"))?;
    statement.query_row([account], from_row).optional()?.ok_or(Error::NoSuchAccount)?
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Result<Account, Error>> {
    let written: String = row.get(1)?;
    let Ok(address) = Address::parse(&written) else {
        return Ok(Err(Error::corrupt("an address that cannot be read")));
    };
    Ok(Ok(Account {
        id: row.get(0)?,
        address,
        display_name: row.get(2)?,
        quota_octets: row.get::<_, Option<i64>>(3)?.map(length),
        used_octets: length(row.get(4)?),
        owner: row.get(5)?,
        created: Timestamp::new(row.get(6)?),
    }))
}

/// What is needed to let somebody in.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) account: AccountId,
    pub(crate) address: Address,
    pub(crate) phc: String,
}

/// Of the account with this name, if it is one's.
pub(crate) fn credentials(
    connection: &Connection,
    name: &str,
) -> Result<Option<Credentials>, Error> {
    let Some(account) = id_by_login(connection, name)? else { return Ok(None) };
    let (phc, written): (String, String) = connection
        .prepare_cached(
            "SELECT password, written FROM account CROSS JOIN address ON address.account_id = account.id AND address.main = 1
             WHERE account.id = ?1",
        )?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let address =
        Address::parse(&written).map_err(|_| Error::corrupt("an address that cannot be read"))?;
    Ok(Some(Credentials { account, address, phc }))
}

/// Whether this is still the hash of the account's password.
pub(crate) fn has_hash(
    connection: &Connection,
    account: AccountId,
    phc: &str,
) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM account WHERE id = ?1 AND password = ?2 AND removed = 0)",
    )?;
    Ok(statement.query_row(params![account, phc], |row| row.get(0))?)
}

/// A full address of an account, main or not, but no mask, which strangers know; or its local part, when only one account has it.
fn id_by_login(connection: &Connection, name: &str) -> Result<Option<AccountId>, Error> {
    let name = name.trim();
    if let Ok(address) = Address::parse(name) {
        let Some(domain) = address.domain() else { return Ok(None) };
        let mut statement = connection.prepare_cached(
            "SELECT account_id FROM address CROSS JOIN domain ON domain.id = address.domain_id
             WHERE address.local_part = ?1 AND domain.name = ?2 AND account_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM mask WHERE mask.address_id = address.id)",
        )?;
        let local_part = address.local().as_str().to_ascii_lowercase();
        return Ok(statement
            .query_row([local_part.as_str(), domain.as_ascii()], |row| row.get(0))
            .optional()?);
    }
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT account_id FROM address WHERE local_part = ?1 AND account_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM mask WHERE mask.address_id = address.id) LIMIT 2",
    )?;
    let ids: Vec<AccountId> = statement
        .query_map([name.to_ascii_lowercase()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    // An empty name would find nobody: '' is a catch-all, which is no account's.
    Ok(if let [only] = ids.as_slice() { Some(*only) } else { None })
}

/// Fails when there is no such account.
pub(crate) fn check_exists(connection: &Connection, account: AccountId) -> Result<(), Error> {
    let mut statement = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM account WHERE id = ?1 AND removed = 0)")?;
    if statement.query_row([account], |row| row.get(0))? {
        Ok(())
    } else {
        Err(Error::NoSuchAccount)
    }
}
