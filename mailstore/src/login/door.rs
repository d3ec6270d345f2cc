//! What the store keeps in memory for logging in.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use message::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::ban;
use super::guard::{Cost, Guard};
use super::hashing::Hasher;
use super::network::{is_this_machine, network_of};
use super::refused::Refused;
use super::scram;
use super::verified::Verified;
use super::{BanScope, Service};
use crate::value::AccountId;
use crate::{LoginLimits, Outside};

/// What attempts that were refused have in common: whose account, from where, what to.
type Kind = (Option<AccountId>, IpAddr, Service);

/// The door: the hasher, the memory of verified passwords, the count of failures. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Door {
    pub(super) hasher: Hasher,
    pub(super) verified: Arc<Verified>,
    guard: Arc<Mutex<Guard>>,
    /// Drawn once in the life of the store: what strangers are told depends on it.
    secret: [u8; SECRET_OCTETS],
    refused: Arc<Mutex<Refused<Kind>>>,
}

const SECRET_OCTETS: usize = 32;
const SECRET_NAME: &str = "nobodys_salt";

impl Door {
    pub(crate) fn open(
        limits: &LoginLimits,
        outside: &Outside,
        connection: &Connection,
    ) -> rusqlite::Result<Self> {
        let mut key = [0; 32];
        outside.entropy.fill(&mut key);
        let door = Self {
            hasher: Hasher::new(limits.hashing_at_once, outside.entropy.clone()),
            verified: Arc::new(Verified::new(key, limits.verified_kept, limits.verified_max)),
            guard: Arc::new(Mutex::new(Guard::new(limits))),
            secret: secret(connection, outside)?,
            refused: Arc::new(Mutex::new(Refused::new(
                i64::try_from(limits.refused_noted.as_secs()).unwrap_or(i64::MAX),
                limits.counted_max,
            ))),
        };
        door.reload_bans(connection, outside.clock.now())?;
        Ok(door)
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// Reads the bans again: somebody else may have made or lifted some.
    pub(crate) fn reload_bans(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let bans = ban::read(connection, now)?;
        self.guard().set_bans(bans.into_iter().map(|ban| (ban.scope, ban.until)));
        Ok(())
    }

    /// The database has these bans now.
    pub(super) fn stored(&self, scopes: &[BanScope]) {
        self.guard().stored(scopes);
    }

    pub(super) fn banned_until(
        &self,
        name: &str,
        peer: IpAddr,
        now: Timestamp,
    ) -> Option<Timestamp> {
        self.guard().banned_until(name, network_of(peer), now)
    }

    pub(super) fn network_banned_until(&self, peer: IpAddr, now: Timestamp) -> Option<Timestamp> {
        self.guard().network_banned_until(network_of(peer), now)
    }

    /// What a failure costs, and until when a ban that it brings holds.
    pub(super) fn failed(&self, name: &str, peer: IpAddr, now: Timestamp) -> (Cost, Timestamp) {
        let mut guard = self.guard();
        (guard.failed(name, network_of(peer), !is_this_machine(peer), now), guard.ban_end(now))
    }

    /// Somebody was refused unseen. How many such are to be written down now, if any.
    pub(super) fn refused(
        &self,
        account: Option<AccountId>,
        peer: IpAddr,
        service: Service,
        now: Timestamp,
    ) -> Option<u32> {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.add((account, network_of(peer), service), now)
    }

    pub(super) fn succeeded(&self, name: &str, peer: IpAddr) {
        self.guard().succeeded(name, network_of(peer));
    }

    /// The salt that a name gets which nobody has.
    pub(super) fn nobodys_salt(&self, name: &str) -> Vec<u8> {
        let hash = blake3::keyed_hash(&self.secret, name.as_bytes());
        hash.as_bytes().iter().copied().take(scram::SALT_OCTETS).collect()
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The secret, drawn when it is not there yet.
fn secret(connection: &Connection, outside: &Outside) -> rusqlite::Result<[u8; SECRET_OCTETS]> {
    let read = || {
        connection
            .query_row("SELECT octets FROM secret WHERE name = ?1", [SECRET_NAME], |row| row.get(0))
            .optional()
    };
    if let Some(secret) = read()? {
        return Ok(secret);
    }
    let mut drawn = [0; SECRET_OCTETS];
    outside.entropy.fill(&mut drawn);
    // Another process may have drawn one just now.
    connection.execute(
        "INSERT OR IGNORE INTO secret (name, octets) VALUES (?1, ?2)",
        params![SECRET_NAME, drawn],
    )?;
    Ok(read()?.unwrap_or(drawn))
}
