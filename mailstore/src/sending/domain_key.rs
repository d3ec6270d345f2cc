//! The keys that a domain's mail is signed with (DKIM, RFC 6376): kept, put into use one after the
//! other, retired. Knows nothing of signing; a key is octets here.

use std::fmt;

use message::{Domain, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::address::domain_id;
use crate::database::{Purpose, Write};
use crate::value::DomainKeyId;
use crate::{Error, Store};

/// What kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// `rsa-sha256` (RFC 6376 §3.3.2).
    Rsa,
    /// `ed25519-sha256` (RFC 8463).
    Ed25519,
}

/// What a key is used for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Its public half is to be in the DNS before it is used.
    Next,
    /// Signs.
    Active,
    /// Signs no more; what it signed is still on its way, so its public half stays in the DNS for a
    /// while.
    Retired,
}

/// A key to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDomainKey {
    /// Whose mail it signs.
    pub domain: Domain,
    /// Its name in the DNS: `selector._domainkey.domain`. A label or several.
    pub selector: String,
    /// What kind.
    pub algorithm: KeyAlgorithm,
    /// The private key, PKCS #8 (RFC 5958).
    pub pkcs8: Vec<u8>,
}

/// A key that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainKey {
    /// Which.
    pub id: DomainKeyId,
    /// The key.
    pub key: NewDomainKey,
    /// What it is used for now.
    pub state: KeyState,
    /// When it was made.
    pub created: Timestamp,
    /// When its state last changed.
    pub changed: Timestamp,
}

/// Private keys are never shown.
impl fmt::Debug for NewDomainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewDomainKey")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Keeps a key, to be used later: `Next`.
    pub async fn add_domain_key(&self, key: NewDomainKey) -> Result<DomainKeyId, Error> {
        let now = self.now();
        let limits = &self.options().limits;
        let (octets_max, keys_max) = (limits.domain_key_octets_max, limits.domain_keys_max);
        if !is_selector(&key.selector) {
            return Err(Error::SelectorInvalid);
        }
        if key.pkcs8.len() > octets_max {
            return Err(Error::TooLong { what: "the key", limit: octets_max });
        }
        self.write(Purpose::Grows, move |write| insert(write, &key, now, keys_max)).await
    }

    /// A domain's keys, the oldest first.
    pub async fn domain_keys(&self, domain: &Domain) -> Result<Vec<DomainKey>, Error> {
        let domain = domain.clone();
        self.read(move |connection| {
            let Some(id) = domain_id(connection, &domain)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT id, selector, algorithm, pkcs8, state, created, changed FROM domain_key
                 WHERE domain_id = ?1 ORDER BY id",
            )?;
            let keys = statement.query_map([id], |row| from_row(row, &domain))?;
            Ok(keys.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Signs with this key from now on. The one of its kind that the domain signed with retires.
    pub async fn activate_domain_key(&self, key: DomainKeyId) -> Result<(), Error> {
        let now = self.now();
        self.write(Purpose::Grows, move |write| {
            write
                .prepare_cached(
                    "UPDATE domain_key SET state = 3, changed = ?2 WHERE state = 2 AND id <> ?1
                     AND (domain_id, algorithm) = (SELECT domain_id, algorithm FROM domain_key WHERE id = ?1)",
                )?
                .execute(params![key, now.seconds()])?;
            set_state(write, key, KeyState::Active, now)
        })
        .await
    }

    /// Signs with this key no more.
    pub async fn retire_domain_key(&self, key: DomainKeyId) -> Result<(), Error> {
        let now = self.now();
        self.write(Purpose::Frees, move |write| set_state(write, key, KeyState::Retired, now)).await
    }

    /// Forgets a key that signs nothing: what it signed can only be verified with the DNS's help.
    pub async fn remove_domain_key(&self, key: DomainKeyId) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let removed = write
                .prepare_cached("DELETE FROM domain_key WHERE id = ?1 AND state <> 2")?
                .execute([key])?;
            if removed == 0 { Err(Error::NotFound("key that does not sign")) } else { Ok(()) }
        })
        .await
    }
}

fn insert(
    write: &Write<'_>,
    key: &NewDomainKey,
    now: Timestamp,
    keys_max: u32,
) -> Result<DomainKeyId, Error> {
    let domain =
        domain_id(write, &key.domain)?.ok_or_else(|| Error::NoSuchDomain(key.domain.clone()))?;
    let selector = key.selector.to_ascii_lowercase();
    let taken: Option<i64> = write
        .prepare_cached("SELECT id FROM domain_key WHERE domain_id = ?1 AND selector = ?2")?
        .query_row(params![domain, selector], |row| row.get(0))
        .optional()?;
    if taken.is_some() {
        return Err(Error::SelectorTaken);
    }
    let count: u32 = write
        .prepare_cached("SELECT count(*) FROM domain_key WHERE domain_id = ?1")?
        .query_row([domain], |row| row.get(0))?;
    if count >= keys_max {
        return Err(Error::TooManyDomainKeys { limit: keys_max });
    }
    write
        .prepare_cached(
            "INSERT INTO domain_key (domain_id, selector, algorithm, pkcs8, state, created, changed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        )?
        .execute(params![
            domain,
            selector,
            code(&ALGORITHMS, key.algorithm),
            key.pkcs8,
            code(&STATES, KeyState::Next),
            now.seconds()
        ])?;
    Ok(DomainKeyId::new(write.last_insert_rowid()))
}

fn set_state(
    write: &Write<'_>,
    key: DomainKeyId,
    state: KeyState,
    now: Timestamp,
) -> Result<(), Error> {
    let changed = write
        .prepare_cached("UPDATE domain_key SET state = ?2, changed = ?3 WHERE id = ?1")?
        .execute(params![key, code(&STATES, state), now.seconds()])?;
    if changed == 0 { Err(Error::NotFound("key")) } else { Ok(()) }
}

/// A domain goes, and its keys with it.
pub(crate) fn forget(connection: &Connection, domain_id: i64) -> Result<(), Error> {
    connection
        .prepare_cached("DELETE FROM domain_key WHERE domain_id = ?1")?
        .execute([domain_id])?;
    Ok(())
}

/// None for a row that no version of ours wrote.
fn from_row(row: &Row<'_>, domain: &Domain) -> rusqlite::Result<Option<DomainKey>> {
    let (algorithm, state) = (of_code(&ALGORITHMS, row.get(2)?), of_code(&STATES, row.get(4)?));
    let (Some(algorithm), Some(state)) = (algorithm, state) else { return Ok(None) };
    let (selector, pkcs8) = (row.get(1)?, row.get(3)?);
    Ok(Some(DomainKey {
        id: row.get(0)?,
        key: NewDomainKey { domain: domain.clone(), selector, algorithm, pkcs8 },
        state,
        created: Timestamp::new(row.get(5)?),
        changed: Timestamp::new(row.get(6)?),
    }))
}

const ALGORITHMS: [(KeyAlgorithm, i64); 2] = [(KeyAlgorithm::Rsa, 1), (KeyAlgorithm::Ed25519, 2)];
const STATES: [(KeyState, i64); 3] =
    [(KeyState::Next, 1), (KeyState::Active, 2), (KeyState::Retired, 3)];

fn code<T: Copy + PartialEq>(codes: &[(T, i64)], value: T) -> i64 {
    codes.iter().find(|(one, _)| *one == value).map_or(0, |(_, code)| *code)
}

fn of_code<T: Copy>(codes: &[(T, i64)], code: i64) -> Option<T> {
    codes.iter().find(|(_, one)| *one == code).map(|(value, _)| *value)
}

/// Labels of a domain name (RFC 6376 §3.1), at most 63 octets in all: the domain comes after it.
fn is_selector(selector: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    };
    selector.len() <= 63 && selector.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_labels_of_a_domain_name() {
        for good in ["a", "2026e", "mail-1", "a.b", &"a".repeat(63)] {
            assert!(is_selector(good), "{good}");
        }
        for bad in ["", ".", "a.", "-a", "a-", "a_b", "é", "a b", &"a".repeat(64)] {
            assert!(!is_selector(bad), "{bad}");
        }
    }
}
