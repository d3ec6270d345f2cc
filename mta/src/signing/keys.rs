//! The keys of a domain: made when there are none, followed by others when the owner wants that.

use mailstore::{DomainKey, DomainKeyId, KeyAlgorithm, KeyState, NewDomainKey, Store};
use message::{Domain, Timestamp};

use crate::authentication::dkim::Signer;
use crate::authentication::keys::{Algorithm, KeyError, SigningKey};

/// Each domain has both: not everybody can verify Ed25519 yet (RFC 8463 §4.1).
const ALGORITHMS: [KeyAlgorithm; 2] = [KeyAlgorithm::Rsa, KeyAlgorithm::Ed25519];

/// A retired key is forgotten after so many days: what it signed is delivered or given up.
const RETIRED_DAYS: i64 = 30;

/// Selectors that are tried for one key: `ph202611r`, `ph202611r-2` and so on.
const SELECTORS_MAX: u32 = 100;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store cannot give or keep it.
    #[error(transparent)]
    Store(#[from] mailstore::Error),
    /// It cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The thread that should make it is gone.
    #[error("a key was not made to its end")]
    Unfinished,
}

/// Makes what a domain lacks to sign, and says whether that was anything.
pub async fn make_missing(store: &Store, domain: &Domain) -> Result<bool, KeysError> {
    let keys = store.domain_keys(domain).await?;
    let is_there = |algorithm| in_state(&keys, KeyState::Active).any(|key| key == algorithm);
    let missing: Vec<_> = ALGORITHMS.into_iter().filter(|one| !is_there(*one)).collect();
    for algorithm in &missing {
        let key = make(store, domain, *algorithm).await?;
        store.activate_domain_key(key).await?;
    }
    Ok(!missing.is_empty())
}

/// Makes the keys that will follow those in use. Nothing is signed with them before [`use_next`].
pub async fn make_next(store: &Store, domain: &Domain) -> Result<(), KeysError> {
    let keys = store.domain_keys(domain).await?;
    let is_there = |algorithm| in_state(&keys, KeyState::Next).any(|key| key == algorithm);
    for algorithm in ALGORITHMS.into_iter().filter(|one| !is_there(*one)) {
        make(store, domain, algorithm).await?;
    }
    Ok(())
}

/// Signs with the next keys from now on. Those that signed retire, and those that did so long ago go.
pub async fn use_next(store: &Store, domain: &Domain) -> Result<(), KeysError> {
    let now = store.now();
    for key in store.domain_keys(domain).await? {
        match key.state {
            KeyState::Next => store.activate_domain_key(key.id).await?,
            KeyState::Retired if is_old(&key, now) => store.remove_domain_key(key.id).await?,
            KeyState::Active | KeyState::Retired => {}
        }
    }
    Ok(())
}

/// Name and text of the TXT record that publishes a key.
pub fn record(key: &DomainKey) -> Result<(String, String), KeysError> {
    let name = format!("{}._domainkey.{}", key.key.selector, key.key.domain.as_ascii());
    Ok((name, SigningKey::from_pkcs8(&key.key.pkcs8)?.record()?))
}

/// The domain's keys in use, ready to sign.
pub(super) async fn signers(store: &Store, domain: &Domain) -> Result<Vec<Signer>, KeysError> {
    let mut signers = Vec::new();
    for DomainKey { key, state, .. } in store.domain_keys(domain).await? {
        if state == KeyState::Active {
            let (domain, selector) = (key.domain, key.selector);
            signers.push(Signer { domain, selector, key: SigningKey::from_pkcs8(&key.pkcs8)? });
        }
    }
    Ok(signers)
}

fn in_state(keys: &[DomainKey], state: KeyState) -> impl Iterator<Item = KeyAlgorithm> {
    keys.iter().filter(move |key| key.state == state).map(|key| key.key.algorithm)
}

fn is_old(key: &DomainKey, now: Timestamp) -> bool {
    now.seconds().saturating_sub(key.changed.seconds()) > RETIRED_DAYS * 24 * 3_600
}

/// Making an RSA key takes a good part of a second.
async fn make(
    store: &Store,
    domain: &Domain,
    algorithm: KeyAlgorithm,
) -> Result<DomainKeyId, KeysError> {
    let kind = match algorithm {
        KeyAlgorithm::Rsa => Algorithm::RsaSha256,
        KeyAlgorithm::Ed25519 => Algorithm::Ed25519Sha256,
    };
    let made = tokio::task::spawn_blocking(move || SigningKey::generate(kind)?.to_pkcs8());
    let pkcs8 = made.await.map_err(|_| KeysError::Unfinished)??;
    let usual = Signer::selector(kind, store.now());
    for number in 1..=SELECTORS_MAX {
        let selector = if number == 1 { usual.clone() } else { format!("{usual}-{number}") };
        let key =
            NewDomainKey { domain: domain.clone(), selector, algorithm, pkcs8: pkcs8.clone() };
        match store.add_domain_key(key).await {
            Err(mailstore::Error::SelectorTaken) => {}
            kept => return Ok(kept?),
        }
    }
    Err(mailstore::Error::SelectorTaken.into())
}
