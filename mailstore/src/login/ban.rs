//! Bans: kept in the database, so that they outlive the process and everybody who may can see and
//! lift them.

use std::net::IpAddr;

use message::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::database::Purpose;
use crate::value::BanId;
use crate::{Error, Store};

/// Whom a ban keeps out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BanScope {
    /// An address, whatever the name; for IPv6 its whole /64.
    Network(IpAddr),
    /// One account name from one address.
    Pair {
        /// The account's address, or the name that nobody has.
        name: String,
        /// From where; for IPv6 the whole /64.
        network: IpAddr,
    },
}

/// A ban that holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Which.
    pub id: BanId,
    /// Whom.
    pub scope: BanScope,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Store {
    /// The bans that hold now.
    pub async fn bans(&self) -> Result<Vec<Ban>, Error> {
        let now = self.now();
        self.read(move |connection| Ok(read(connection, now)?)).await
    }

    /// Ends a ban early.
    pub async fn lift_ban(&self, ban: BanId) -> Result<(), Error> {
        let lifted = self
            .write(Purpose::Frees, move |write| {
                Ok(write.prepare_cached("DELETE FROM ban WHERE id = ?1")?.execute([ban])?)
            })
            .await?;
        self.reread_bans().await?;
        if lifted == 0 { Err(Error::NotFound("ban")) } else { Ok(()) }
    }

    /// True when nobody from this address is let in. Costs no query: ask at every connection.
    pub fn is_banned(&self, peer: IpAddr) -> bool {
        self.door().network_banned_until(peer, self.now()).is_some()
    }

    pub(super) async fn reread_bans(&self) -> Result<(), Error> {
        let (store, now) = (self.clone(), self.now());
        self.read(move |connection| Ok(store.door().reload_bans(connection, now)?)).await
    }

    /// Writes bans that begin now. They hold from the moment they are in memory; a full disk only
    /// makes them forgotten sooner.
    pub(super) async fn keep_bans(
        &self,
        scopes: Vec<BanScope>,
        until: Timestamp,
    ) -> Result<(), Error> {
        let (now, kept) = (self.now(), scopes.clone());
        self.write(Purpose::Grows, move |write| {
            write.prepare_cached("DELETE FROM ban WHERE until <= ?1")?.execute([now.seconds()])?;
            for scope in &scopes {
                let (network, name) = columns(scope);
                write
                    .prepare_cached("INSERT OR REPLACE INTO ban (network, name, since, until) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![network.to_string(), name, now.seconds(), until.seconds()])?;
            }
            Ok(())
        })
        .await?;
        self.door().stored(&kept);
        Ok(())
    }
}

/// The bans that hold at this time.
pub(super) fn read(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Ban>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, network, name, since, until FROM ban WHERE until > ?1 ORDER BY since, id",
    )?;
    statement.query_map([now.seconds()], from_row)?.filter_map(Result::transpose).collect()
}

/// None for a row that no version of ours wrote.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<Ban>> {
    let Ok(network) = row.get_ref(1)?.as_str()?.parse() else { return Ok(None) };
    let name: String = row.get(2)?;
    let scope =
        if name.is_empty() { BanScope::Network(network) } else { BanScope::Pair { name, network } };
    let (since, until) = (Timestamp::new(row.get(3)?), Timestamp::new(row.get(4)?));
    Ok(Some(Ban { id: row.get(0)?, scope, since, until }))
}

fn columns(scope: &BanScope) -> (IpAddr, &str) {
    match scope {
        BanScope::Network(network) => (*network, ""),
        BanScope::Pair { name, network } => (*network, name),
    }
}
