//! Who gets what is sent to an address.

use std::collections::HashSet;

use message::{Address, ForwardPath};
use rusqlite::{Connection, OptionalExtension};

use super::rows::{CATCH_ALL, TAG_SEPARATOR, domain_id, find, folded_local};
use crate::value::AccountId;
use crate::{Error, Store};

/// Every host takes mail for it (RFC 5321 §4.5.1).
const POSTMASTER: &str = "postmaster";

/// Who gets what is sent to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// These accounts, each once.
    Local(Vec<LocalTarget>),
    /// The domain is ours, the address is nobody's.
    Unknown,
    /// The domain is not ours.
    NotLocal,
}

/// An account that gets what is sent to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTarget {
    /// Whose.
    pub account: AccountId,
    /// The address it came to, before aliases and with its tag.
    pub address: Address,
}

impl Store {
    /// Who gets what is sent to an address: an account's or alias's own, then the same without its
    /// tag (`ann+news` is `ann`), then for postmaster the owner (RFC 5321 §4.5.1), then the
    /// domain's catch-all.
    pub async fn resolve(&self, path: &ForwardPath) -> Result<Resolution, Error> {
        let path = path.clone();
        self.read(move |connection| match &path {
            ForwardPath::Postmaster => postmaster(connection),
            ForwardPath::Address(address) => resolve(connection, address),
        })
        .await
    }
}

fn postmaster(connection: &Connection) -> Result<Resolution, Error> {
    let Some(account) = owner(connection)? else { return Ok(Resolution::Unknown) };
    let written: String = connection
        .prepare_cached("SELECT written FROM address WHERE account_id = ?1 AND main = 1")?
        .query_row([account], |row| row.get(0))?;
    let address = Address::parse(&written).map_err(Error::corrupt)?;
    Ok(Resolution::Local(vec![LocalTarget { account, address }]))
}

fn resolve(connection: &Connection, address: &Address) -> Result<Resolution, Error> {
    let (mut ways, mut seen) = (vec![address.clone()], HashSet::new());
    let mut accounts: Vec<AccountId> = Vec::new();
    let mut elsewhere = false;
    while let Some(way) = ways.pop() {
        match lookup(connection, &way)? {
            Step::Account(account) if accounts.contains(&account) => {}
            Step::Account(account) => accounts.push(account),
            Step::Alias(id) if seen.insert(id) => ways.extend(targets_of(connection, id)?),
            Step::Alias(_) | Step::Nobody => {}
            Step::Elsewhere => elsewhere = true,
        }
    }
    if accounts.is_empty() {
        return Ok(if elsewhere && seen.is_empty() {
            Resolution::NotLocal
        } else {
            Resolution::Unknown
        });
    }
    accounts.sort_unstable();
    let target = |account| LocalTarget { account, address: address.clone() };
    Ok(Resolution::Local(accounts.into_iter().map(target).collect()))
}

/// One step on the way from an address to accounts.
pub(super) enum Step {
    /// It ends here.
    Account(AccountId),
    /// It goes on at the targets of this row.
    Alias(i64),
    /// Ours, but nobody's.
    Nobody,
    /// Not ours.
    Elsewhere,
}

pub(super) fn lookup(connection: &Connection, address: &Address) -> Result<Step, Error> {
    let Some(domain) = address.domain() else { return Ok(Step::Elsewhere) };
    let Some(domain_id) = domain_id(connection, domain)? else { return Ok(Step::Elsewhere) };
    let (whole, base) = (folded_local(address), folded_local(&address.without_tag(TAG_SEPARATOR)));
    let mut found = match find(connection, domain_id, &whole)? {
        None if base != whole => find(connection, domain_id, &base)?,
        found => found,
    };
    if found.is_none() && base == POSTMASTER {
        return Ok(owner(connection)?.map_or(Step::Nobody, Step::Account));
    }
    if found.is_none() {
        found = find(connection, domain_id, CATCH_ALL)?;
    }
    Ok(match found {
        // An address that its owner has switched off is nobody's, catch-all or not.
        Some(found) if !found.enabled => Step::Nobody,
        Some(found) => found.account.map_or(Step::Alias(found.id), Step::Account),
        None => Step::Nobody,
    })
}

/// Where an alias leads.
pub(super) fn targets_of(connection: &Connection, alias: i64) -> Result<Vec<Address>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT written FROM alias_target WHERE address_id = ?1 ORDER BY folded")?;
    let written: Vec<String> =
        statement.query_map([alias], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    written.iter().map(|address| Address::parse(address).map_err(Error::corrupt)).collect()
}

fn owner(connection: &Connection) -> Result<Option<AccountId>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM account WHERE owner = 1 AND removed = 0")?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?)
}
