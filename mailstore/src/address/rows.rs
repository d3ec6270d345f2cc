//! Rows of table address: looked up folded, shown as written.

use message::{Address, Domain};
use rusqlite::{Connection, OptionalExtension, params};

use crate::Error;
use crate::database::Write;
use crate::value::AccountId;

/// What follows it in an address is the reader's own note: `ann+news@example.org` is ann's.
pub(super) const TAG_SEPARATOR: char = '+';

/// The local part of a row that stands for all of a domain's others.
pub(super) const CATCH_ALL: &str = "";

/// Whose an address is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owner {
    /// An account's.
    Account {
        /// Whose.
        id: AccountId,
        /// The one it logs in with.
        main: bool,
    },
    /// An alias: it has targets.
    Alias,
}

/// A row that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) account: Option<AccountId>,
    pub(super) enabled: bool,
}

/// Makes an address somebody's. Its domain must be here.
pub(crate) fn insert(
    write: &Write<'_>,
    address: &Address,
    owner: Owner,
    now: i64,
) -> Result<i64, Error> {
    let domain =
        address.domain().ok_or_else(|| Error::AddressInvalid(Box::new(address.clone())))?;
    let domain_id = domain_id(write, domain)?.ok_or_else(|| Error::NoSuchDomain(domain.clone()))?;
    let local_part = folded_local(address);
    // A quoted empty local part would be the catch-all.
    if local_part == CATCH_ALL {
        return Err(Error::AddressInvalid(Box::new(address.clone())));
    }
    if find(write, domain_id, &local_part)?.is_some() {
        return Err(Error::AddressTaken(Box::new(address.clone())));
    }
    insert_row(write, domain_id, &local_part, &address.to_string(), owner, now)
}

/// Makes a domain's catch-all.
pub(super) fn insert_catch_all(write: &Write<'_>, domain: &Domain, now: i64) -> Result<i64, Error> {
    let domain_id = domain_id(write, domain)?.ok_or_else(|| Error::NoSuchDomain(domain.clone()))?;
    if find(write, domain_id, CATCH_ALL)?.is_some() {
        return Err(Error::CatchAllTaken(domain.clone()));
    }
    insert_row(write, domain_id, CATCH_ALL, &format!("*@{}", domain.as_ascii()), Owner::Alias, now)
}

fn insert_row(
    write: &Write<'_>,
    domain_id: i64,
    local_part: &str,
    written: &str,
    owner: Owner,
    now: i64,
) -> Result<i64, Error> {
    let (account, main) = match owner {
        Owner::Account { id, main } => (Some(id), main),
        Owner::Alias => (None, false),
    };
    write
        .prepare_cached(
            "INSERT INTO address (domain_id, local_part, written, account_id, main, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![domain_id, local_part, written, account, main, now])?;
    Ok(write.last_insert_rowid())
}

pub(super) fn domain_id(connection: &Connection, domain: &Domain) -> Result<Option<i64>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM domain WHERE name = ?1")?;
    Ok(statement.query_row([domain.as_ascii()], |row| row.get(0)).optional()?)
}

pub(super) fn find(
    connection: &Connection,
    domain_id: i64,
    local_part: &str,
) -> Result<Option<Found>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, account_id, enabled FROM address WHERE domain_id = ?1 AND local_part = ?2",
    )?;
    let found = statement.query_row(params![domain_id, local_part], |row| {
        Ok(Found { id: row.get(0)?, account: row.get(1)?, enabled: row.get(2)? })
    });
    Ok(found.optional()?)
}

/// As looked up.
pub(super) fn folded_local(address: &Address) -> String {
    address.local().as_str().to_ascii_lowercase()
}

/// Takes an account's addresses away, and what led only to them.
pub(crate) fn remove_of_account(write: &Write<'_>, account: AccountId) -> Result<(), Error> {
    let addresses: Vec<String> = write
        .prepare_cached("SELECT written FROM address WHERE account_id = ?1")?
        .query_map([account], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    write.prepare_cached("DELETE FROM address WHERE account_id = ?1")?.execute([account])?;
    for address in addresses {
        remove_targets(write, &address.to_ascii_lowercase())?;
    }
    Ok(())
}

/// Nobody has this address any more: aliases do not lead to it, and those that led only to it go,
/// and so on.
fn remove_targets(write: &Write<'_>, folded: &str) -> Result<(), Error> {
    for target in leading_to(write, folded)? {
        write.prepare_cached("DELETE FROM alias_target WHERE folded = ?1")?.execute([target])?;
    }
    let orphans: Vec<(i64, String)> = write
        .prepare_cached(
            "SELECT id, written FROM address WHERE account_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM alias_target WHERE address_id = address.id)",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, written) in orphans {
        write.prepare_cached("DELETE FROM address WHERE id = ?1")?.execute([id])?;
        remove_targets(write, &written.to_ascii_lowercase())?;
    }
    Ok(())
}

/// The targets, folded, that mean this address: itself, and itself with a tag unless somebody has
/// that as an address of its own.
pub(super) fn leading_to(connection: &Connection, folded: &str) -> Result<Vec<String>, Error> {
    let address = Address::parse(folded).ok();
    let Some(domain) = address.as_ref().and_then(Address::domain) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT folded FROM alias_target WHERE folded = ?1
         OR (instr(folded, ?2) > 0 AND substr(folded, -length(?3)) = ?3)",
    )?;
    let host = format!("@{}", domain.as_ascii());
    let alike: Vec<String> = statement
        .query_map(params![folded, TAG_SEPARATOR.to_string(), host], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut leading = Vec::new();
    for target in alike {
        let Ok(tagged) = Address::parse(&target) else { continue };
        let is_tagged = tagged.without_tag(TAG_SEPARATOR).canonical() == folded;
        if target == folded || (is_tagged && !is_own(connection, &tagged)?) {
            leading.push(target);
        }
    }
    Ok(leading)
}

fn is_own(connection: &Connection, address: &Address) -> Result<bool, Error> {
    let Some(domain) = address.domain() else { return Ok(false) };
    let Some(domain_id) = domain_id(connection, domain)? else { return Ok(false) };
    Ok(find(connection, domain_id, &folded_local(address))?.is_some())
}
