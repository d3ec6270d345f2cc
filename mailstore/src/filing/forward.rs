//! Forwarding: where all of an account's mail is sent on to. Knows nothing of how it is sent.

use std::collections::HashSet;

use message::{Address, Timestamp};
use rusqlite::{Connection, params};

use crate::account::check_exists;
use crate::address;
use crate::database::{Purpose, Write};
use crate::value::AccountId;
use crate::{Error, Store};

/// Where an account's mail is sent on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// Whether its owner wants it here, too.
    pub keep_copy: bool,
    /// Where to, the oldest first.
    pub targets: Vec<ForwardTarget>,
}

/// An address that mail is sent on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardTarget {
    /// Which.
    pub address: Address,
    /// Whether somebody there said that they want it. Before, nothing is sent.
    pub confirmed: bool,
    /// When it was added.
    pub created: Timestamp,
}

impl Forwarding {
    /// Where mail is sent on to now.
    pub fn confirmed(&self) -> impl Iterator<Item = &Address> {
        self.targets.iter().filter(|target| target.confirmed).map(|target| &target.address)
    }

    /// Whether a message stays here: it does, whatever is wanted, while it goes nowhere else.
    pub fn keeps_copy(&self) -> bool {
        self.keep_copy || self.confirmed().next().is_none()
    }
}

impl Store {
    /// Where the account's mail is sent on to.
    pub async fn forwarding(&self, account: AccountId) -> Result<Forwarding, Error> {
        self.read(move |connection| {
            check_exists(connection, account)?;
            let keep_copy = connection
                .prepare_cached("SELECT forward_keeps FROM account WHERE id = ?1")?
                .query_row([account], |row| row.get(0))?;
            Ok(Forwarding { keep_copy, targets: targets(connection, account)? })
        })
        .await
    }

    /// Adds an address to send on to; nothing is until it is confirmed. Refused when it would come
    /// back, as far as this host can tell.
    pub async fn add_forward_target(
        &self,
        account: AccountId,
        target: &Address,
    ) -> Result<(), Error> {
        let (target, now) = (target.clone(), self.now());
        let limit = self.options().limits.forward_targets_max;
        self.write(Purpose::Grows, move |write| add(write, account, &target, now, limit)).await
    }

    /// Somebody at the address said that they want it.
    pub async fn confirm_forward_target(
        &self,
        account: AccountId,
        target: &Address,
    ) -> Result<(), Error> {
        self.change_target(
            account,
            target,
            "UPDATE forward_target SET confirmed = 1 WHERE account_id = ?1 AND folded = ?2",
        )
        .await
    }

    /// Nothing is sent on to this address any more.
    pub async fn remove_forward_target(
        &self,
        account: AccountId,
        target: &Address,
    ) -> Result<(), Error> {
        self.change_target(
            account,
            target,
            "DELETE FROM forward_target WHERE account_id = ?1 AND folded = ?2",
        )
        .await
    }

    /// Whether what is sent on stays here, too.
    pub async fn set_forward_keeps_copy(
        &self,
        account: AccountId,
        keep_copy: bool,
    ) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            check_exists(write, account)?;
            write
                .prepare_cached("UPDATE account SET forward_keeps = ?2 WHERE id = ?1")?
                .execute(params![account, keep_copy])?;
            Ok(())
        })
        .await
    }

    async fn change_target(
        &self,
        account: AccountId,
        target: &Address,
        sql: &'static str,
    ) -> Result<(), Error> {
        let folded = target.canonical();
        self.write(Purpose::Frees, move |write| {
            let changed = write.prepare_cached(sql)?.execute(params![account, folded])?;
            if changed == 0 { Err(Error::NotFound("address to forward to")) } else { Ok(()) }
        })
        .await
    }
}

fn add(
    write: &Write<'_>,
    account: AccountId,
    target: &Address,
    now: Timestamp,
    limit: u32,
) -> Result<(), Error> {
    check_exists(write, account)?;
    let before = targets(write, account)?;
    if before.iter().any(|one| one.address == *target) {
        return Ok(());
    }
    if before.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(Error::TooMany { what: "addresses to forward to", limit });
    }
    check_target(write, account, target)?;
    write
        .prepare_cached(
            "INSERT INTO forward_target (account_id, folded, written, confirmed, created) VALUES (?1, ?2, ?3, 0, ?4)",
        )?
        .execute(params![account, target.canonical(), target.to_string(), now.seconds()])?;
    Ok(())
}

/// Follows aliases and what other accounts forward, confirmed or not: none of it may lead back. An
/// address literal may be this host's own, which nobody here could tell.
fn check_target(
    connection: &Connection,
    account: AccountId,
    target: &Address,
) -> Result<(), Error> {
    if target.domain().is_none() || !address::leads_somewhere(connection, target)? {
        return Err(Error::AliasTargetUnknown(Box::new(target.clone())));
    }
    let (mut ways, mut seen) = (vec![target.clone()], HashSet::new());
    while let Some(way) = ways.pop() {
        for next in address::ends(connection, &way)?.accounts {
            if next == account {
                return Err(Error::ForwardLoop(Box::new(target.clone())));
            }
            if seen.insert(next) {
                ways.extend(targets(connection, next)?.into_iter().map(|one| one.address));
            }
        }
    }
    Ok(())
}

fn targets(connection: &Connection, account: AccountId) -> Result<Vec<ForwardTarget>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT written, confirmed, created FROM forward_target WHERE account_id = ?1 ORDER BY created, folded",
    )?;
    let rows: Vec<(String, bool, i64)> = statement
        .query_map([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let target = |(written, confirmed, created): (String, bool, i64)| {
        let address = Address::parse(&written).map_err(Error::corrupt)?;
        Ok(ForwardTarget { address, confirmed, created: Timestamp::new(created) })
    };
    rows.into_iter().map(target).collect()
}
