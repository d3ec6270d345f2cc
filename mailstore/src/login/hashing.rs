//! Hashing passwords: argon2id, slow on purpose, so off the async threads and only a few at a time.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::account::Password;
use crate::{Entropy, Error};

/// 19 MiB, two passes, one lane: OWASP's choice for argon2id. Some 60 ms.
const MEMORY_KIB: u32 = 19 << 10;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const SALT_OCTETS: usize = 16;
const HASH_OCTETS: usize = 32;

/// The room asked for: more than the hash uses, because glibc gives back at once only what is over
/// 32 MiB, and an idle server is to be small. What is not touched costs nothing.
const ROOM_BLOCKS: usize = 34 << 10;

/// A name that nobody has takes as long as one that somebody has: its password is hashed with this.
const NOBODYS_SALT: [u8; SALT_OCTETS] = *b"nobody has this.";

/// Hashes passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hasher {
    turns: Arc<Semaphore>,
    entropy: Arc<dyn Entropy>,
}

impl Hasher {
    pub(crate) fn new(at_once: usize, entropy: Arc<dyn Entropy>) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once.max(1))), entropy }
    }

    /// A new hash, in PHC string form.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let mut salt = [0; SALT_OCTETS];
        self.entropy.fill(&mut salt);
        let password = password.clone();
        let hash = self
            .in_turn(|| true, move || compute(&password, &salt, MEMORY_KIB, PASSES, LANES))
            .await?;
        let hash = hash.ok_or_else(|| Error::unavailable("hashing was not wanted"))??;
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        Ok(format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}"))
    }

    /// True when it is the password of this hash; with no hash never, after the same time. `still`
    /// is asked when the turn comes: if it says no, the password is not looked at and the answer is
    /// None.
    pub(crate) async fn verify(
        &self,
        password: &Password,
        phc: Option<&str>,
        still: impl FnOnce() -> bool,
    ) -> Result<Option<bool>, Error> {
        let known = phc.and_then(Phc::parse);
        let password = password.clone();
        let verified = self
            .in_turn(still, move || match known {
                Some(phc) => {
                    let hash =
                        compute(&password, &phc.salt, phc.memory_kib, phc.passes, phc.lanes)?;
                    Ok(bool::from(hash.as_slice().ct_eq(&phc.hash)))
                }
                None => compute(&password, &NOBODYS_SALT, MEMORY_KIB, PASSES, LANES).map(|_| false),
            })
            .await?;
        verified.transpose()
    }

    /// Does something slow off the async threads, a few at a time. None when `still` says that it is
    /// not wanted any more when its turn comes.
    pub(super) async fn in_turn<T: Send + 'static>(
        &self,
        still: impl FnOnce() -> bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::unavailable)?;
        if !still() {
            return Ok(None);
        }
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map(Some).map_err(Error::unavailable)
    }
}

fn compute(
    password: &Password,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Result<[u8; HASH_OCTETS], Error> {
    let params =
        Params::new(memory_kib, passes, lanes, Some(HASH_OCTETS)).map_err(Error::unavailable)?;
    let mut blocks: Vec<Block> = Vec::with_capacity(params.block_count().max(ROOM_BLOCKS));
    blocks.resize(params.block_count(), Block::new());
    let mut hash = [0; HASH_OCTETS];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, &mut blocks)
        .map_err(Error::unavailable)?;
    Ok(hash)
}

/// A hash with what it was made with, so that the numbers can be raised later.
#[derive(Debug, PartialEq, Eq)]
struct Phc {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Phc {
    /// `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let mut numbers = fields.next()?.split(',');
        let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.parse().ok();
        let (memory_kib, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
        let mut octets = || STANDARD_NO_PAD.decode(fields.next()?).ok();
        Some(Self { memory_kib, passes, lanes, salt: octets()?, hash: octets()? })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    fn hasher() -> Hasher {
        Hasher::new(1, Arc::new(SystemEntropy))
    }

    #[tokio::test]
    async fn a_password_is_verified_by_its_hash_and_no_other_is() {
        let phc = hasher().hash(&"hungry".into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verify = |password: &'static str| {
            let phc = phc.clone();
            async move { hasher().verify(&password.into(), Some(&phc), || true).await.unwrap() }
        };
        assert_eq!(verify("hungry").await, Some(true));
        assert_eq!(verify("Hungry").await, Some(false));
        assert_eq!(verify("").await, Some(false));
    }

    #[tokio::test]
    async fn nobody_has_a_password_and_a_broken_hash_has_none() {
        assert_eq!(hasher().verify(&"x".into(), None, || true).await.unwrap(), Some(false));
        assert_eq!(hasher().verify(&"x".into(), Some("$1$x"), || true).await.unwrap(), Some(false));
        assert_eq!(hasher().verify(&"x".into(), None, || false).await.unwrap(), None);
    }

    #[test]
    fn the_reference_implementations_vector_comes_out() {
        // argon2 test.c: version 0x13, argon2id, t=2, m=2^16, p=1, "password", "somesalt".
        let hash = compute(&"password".into(), b"somesalt", 1 << 16, 2, 1).unwrap();
        let hex: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(hex, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }
}
