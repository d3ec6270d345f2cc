//! Aliases and catch-alls: made, listed, removed. Targets elsewhere in the world join with the
//! outbound queue; the table can hold them already.

use std::collections::HashSet;

use message::{Address, Domain};
use rusqlite::{OptionalExtension, params};

use super::resolve::{Step, lookup, targets_of};
use super::rows::{
    CATCH_ALL, Owner, domain_id, find, folded_local, insert, insert_catch_all, leading_to,
};
use crate::database::{Purpose, Write};
use crate::{Error, Store};

/// What an alias stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasSource {
    /// One address.
    Address(Address),
    /// Every address of the domain that nobody else has.
    CatchAll(Domain),
}

/// An alias: mail for it goes to its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// What it stands for.
    pub source: AliasSource,
    /// Where its mail goes.
    pub targets: Vec<Address>,
}

impl Store {
    /// Makes an alias. Its domain and its targets must be here already; a way back to itself is
    /// refused.
    pub async fn add_alias(&self, source: AliasSource, targets: Vec<Address>) -> Result<(), Error> {
        let limit = self.options().limits.alias_targets_max;
        if targets.is_empty() || targets.len() > limit {
            return Err(Error::AliasTargets { limit });
        }
        let now = self.now().seconds();
        self.write(Purpose::Grows, move |write| add(write, &source, &targets, now)).await
    }

    /// All aliases and catch-alls, by domain and name.
    pub async fn aliases(&self) -> Result<Vec<Alias>, Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT address.id, domain.name, local_part, written FROM address
                 CROSS JOIN domain ON domain.id = address.domain_id
                 WHERE account_id IS NULL ORDER BY domain.name, local_part",
            )?;
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            let rows: Vec<(i64, String, String, String)> = rows.collect::<rusqlite::Result<_>>()?;
            let alias = |(id, domain, local_part, written): &(i64, String, String, String)| {
                let source = if local_part == CATCH_ALL {
                    AliasSource::CatchAll(Domain::parse(domain).map_err(Error::corrupt)?)
                } else {
                    AliasSource::Address(Address::parse(written).map_err(Error::corrupt)?)
                };
                Ok(Alias { source, targets: targets_of(connection, *id)? })
            };
            rows.iter().map(alias).collect()
        })
        .await
    }

    /// Removes an alias; refused while another alias leads to it.
    pub async fn remove_alias(&self, source: AliasSource) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let id = id_of(write, &source)?.ok_or(Error::NotFound("alias"))?;
            if let AliasSource::Address(address) = &source
                && let Some(other) = leads_here(write, address)?
            {
                return Err(Error::AliasInUse(Box::new(other)));
            }
            write
                .prepare_cached("DELETE FROM alias_target WHERE address_id = ?1")?
                .execute([id])?;
            write.prepare_cached("DELETE FROM address WHERE id = ?1")?.execute([id])?;
            Ok(())
        })
        .await
    }
}

fn add(
    write: &Write<'_>,
    source: &AliasSource,
    targets: &[Address],
    now: i64,
) -> Result<(), Error> {
    let id = match source {
        AliasSource::Address(address) => insert(write, address, Owner::Alias, now)?,
        AliasSource::CatchAll(domain) => insert_catch_all(write, domain, now)?,
    };
    for target in targets {
        check_target(write, id, target)?;
        write
            .prepare_cached("INSERT OR IGNORE INTO alias_target (address_id, folded, written) VALUES (?1, ?2, ?3)")?
            .execute(params![id, target.canonical(), target.to_string()])?;
    }
    Ok(())
}

/// Follows every way from a target: it must end at somebody, and never come by the new alias.
fn check_target(write: &Write<'_>, alias: i64, target: &Address) -> Result<(), Error> {
    let (mut ways, mut seen) = (vec![target.clone()], HashSet::new());
    while let Some(address) = ways.pop() {
        match lookup(write, &address)? {
            Step::Account(_) => {}
            Step::Alias(id) if id == alias => return Err(Error::AliasLoop(Box::new(address))),
            Step::Alias(id) if seen.insert(id) => ways.extend(targets_of(write, id)?),
            Step::Alias(_) => {}
            Step::Nobody | Step::Elsewhere => {
                return Err(Error::AliasTargetUnknown(Box::new(address)));
            }
        }
    }
    Ok(())
}

fn id_of(write: &Write<'_>, source: &AliasSource) -> Result<Option<i64>, Error> {
    let (domain, local_part) = match source {
        AliasSource::Address(address) => (address.domain().cloned(), folded_local(address)),
        AliasSource::CatchAll(domain) => (Some(domain.clone()), CATCH_ALL.to_owned()),
    };
    let Some(domain) = domain else { return Ok(None) };
    let Some(domain_id) = domain_id(write, &domain)? else { return Ok(None) };
    let found = find(write, domain_id, &local_part)?;
    Ok(found.filter(|found| found.account.is_none()).map(|found| found.id))
}

/// An alias that has this address among its targets.
fn leads_here(write: &Write<'_>, address: &Address) -> Result<Option<Address>, Error> {
    let Some(target) = leading_to(write, &address.canonical())?.pop() else { return Ok(None) };
    let written: Option<String> = write
        .prepare_cached(
            "SELECT address.written FROM alias_target CROSS JOIN address ON address.id = alias_target.address_id
             WHERE alias_target.folded = ?1 LIMIT 1",
        )?
        .query_row([target], |row| row.get(0))
        .optional()?;
    // A catch-all's name is no address: name the target instead.
    Ok(written.map(|written| Address::parse(&written).unwrap_or_else(|_| address.clone())))
}
