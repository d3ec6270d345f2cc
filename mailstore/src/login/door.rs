//! What the store keeps in memory for logging in.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use message::Timestamp;
use rusqlite::Connection;

use super::ban;
use super::guard::{Cost, Guard};
use super::hashing::Hasher;
use super::network::{is_this_machine, network_of};
use super::refused::Refused;
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
    refused: Arc<Mutex<Refused<Kind>>>,
}

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

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
