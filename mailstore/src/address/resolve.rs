//! Who gets what is sent to an address.

use std::collections::{BTreeMap, BTreeSet, HashSet};

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
    /// The domain is ours, and somebody gets it, here or elsewhere in the world.
    Local(Targets),
    /// The domain is ours, the address is nobody's.
    Unknown,
    /// The domain is not ours.
    NotLocal,
}

/// Who gets what is sent to one of our addresses. At least one is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    /// Accounts, each once.
    pub here: Vec<LocalTarget>,
    /// Where it is to be sent on to, each once: an alias has these among its targets.
    pub elsewhere: Vec<Address>,
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
    let here = vec![LocalTarget { account, address }];
    Ok(Resolution::Local(Targets { here, elsewhere: Vec::new() }))
}

fn resolve(connection: &Connection, address: &Address) -> Result<Resolution, Error> {
    let ends = ends(connection, address)?;
    if ends.foreign {
        return Ok(Resolution::NotLocal);
    }
    if ends.accounts.is_empty() && ends.elsewhere.is_empty() {
        return Ok(Resolution::Unknown);
    }
    let target = |account| LocalTarget { account, address: address.clone() };
    let here = ends.accounts.into_iter().map(target).collect();
    Ok(Resolution::Local(Targets { here, elsewhere: ends.elsewhere }))
}

/// Where all ways from an address end.
pub(crate) struct Ends {
    /// Accounts, in order, each once.
    pub(crate) accounts: Vec<AccountId>,
    /// Addresses that aliases lead to and that are not ours, in order, each once.
    elsewhere: Vec<Address>,
    /// The address itself is not ours.
    foreign: bool,
}

/// Follows every way from an address, each alias once: aliases that were made when their target's
/// domain was not ours yet may lead in a circle.
pub(crate) fn ends(connection: &Connection, address: &Address) -> Result<Ends, Error> {
    let (mut ways, mut seen) = (vec![address.clone()], HashSet::new());
    let (mut accounts, mut elsewhere) = (BTreeSet::new(), BTreeMap::new());
    let mut foreign = false;
    while let Some(way) = ways.pop() {
        match lookup(connection, &way)? {
            Step::Account(account) => {
                accounts.insert(account);
            }
            Step::Alias(id) if seen.insert(id) => ways.extend(targets_of(connection, id)?),
            Step::Alias(_) | Step::Nobody => {}
            Step::Elsewhere if seen.is_empty() => foreign = true,
            Step::Elsewhere => {
                elsewhere.insert(way.canonical(), way);
            }
        }
    }
    let (accounts, elsewhere) = (accounts.into_iter().collect(), elsewhere.into_values().collect());
    Ok(Ends { accounts, elsewhere, foreign })
}

/// Whether mail to an address is taken: it is somebody's here, or not ours.
pub(crate) fn leads_somewhere(connection: &Connection, address: &Address) -> Result<bool, Error> {
    let ends = ends(connection, address)?;
    Ok(ends.foreign || !ends.accounts.is_empty() || !ends.elsewhere.is_empty())
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
