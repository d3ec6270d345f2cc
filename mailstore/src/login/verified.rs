//! Passwords that were verified a moment ago: mail clients log in all day, and hashing takes 60 ms.
//! Keeps neither password nor hash, only a keyed hash over both with a key that lives and dies with
//! the process; when the password is changed, in whatever process, the old one is not found any
//! more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::account::Password;
use crate::value::AccountId;

/// The memory of verified passwords.
pub(super) struct Verified {
    key: [u8; 32],
    kept: Duration,
    kept_max: usize,
    seen: Mutex<HashMap<[u8; 32], Instant>>,
}

impl Verified {
    pub(super) fn new(key: [u8; 32], kept: Duration, kept_max: usize) -> Self {
        Self { key, kept, kept_max, seen: Mutex::default() }
    }

    /// True when this was verified not long ago.
    pub(super) fn knows(&self, account: AccountId, phc: &str, password: &Password) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&self.mac(account, phc, password)).is_some_and(|at| at.elapsed() < self.kept)
    }

    /// Remembers that this was verified.
    pub(super) fn remember(&self, account: AccountId, phc: &str, password: &Password) {
        let mac = self.mac(account, phc, password);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= self.kept_max {
            seen.retain(|_, at| at.elapsed() < self.kept);
        }
        if seen.len() >= self.kept_max {
            seen.clear();
        }
        seen.insert(mac, Instant::now());
    }

    /// The lengths keep (hash, password) pairs apart that are one string together.
    fn mac(&self, account: AccountId, phc: &str, password: &Password) -> [u8; 32] {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        mac.update(&account.get().to_le_bytes());
        mac.update(&(phc.len() as u64).to_le_bytes());
        mac.update(phc.as_bytes());
        mac.update(password.as_bytes());
        *mac.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_of_the_same_account_and_hash_is_known() {
        let verified = Verified::new([7; 32], Duration::from_secs(60), 2);
        let ann = AccountId::new(1);
        verified.remember(ann, "hash", &"word".into());
        assert!(verified.knows(ann, "hash", &"word".into()));
        assert!(!verified.knows(ann, "hash", &"Word".into()));
        assert!(!verified.knows(ann, "hash2", &"word".into()), "the password was changed");
        assert!(!verified.knows(AccountId::new(2), "hash", &"word".into()));
    }

    #[test]
    fn what_is_old_is_not_known_and_the_memory_has_an_end() {
        let verified = Verified::new([7; 32], Duration::ZERO, 2);
        verified.remember(AccountId::new(1), "hash", &"word".into());
        assert!(!verified.knows(AccountId::new(1), "hash", &"word".into()));
        let verified = Verified::new([7; 32], Duration::from_secs(60), 2);
        for number in 0..10 {
            verified.remember(AccountId::new(number), "hash", &"word".into());
        }
        assert!(verified.seen.lock().is_ok_and(|seen| seen.len() <= 2));
    }
}
