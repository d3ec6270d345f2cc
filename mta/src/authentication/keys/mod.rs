//! The keys of signatures: ours, which are secret, and everybody's, which stand in DNS.
//!
//! It knows what a key record says and which keys are good enough. It does not know what is signed.

mod der;
mod keyring;
mod private;
mod public;
mod record;

use std::fmt;

pub(super) use keyring::{KeyFailure, Keys};
pub use private::{KeyError, SigningKey};
pub(super) use public::Unverified;
pub(super) use record::KeyRecord;

/// How a signature is made. There is no third way: RFC 8301 §3.1 forbids rsa-sha1, to verifiers too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA over SHA-256 (RFC 6376 §3.3.2).
    RsaSha256,
    /// Ed25519 over SHA-256 (RFC 8463).
    Ed25519Sha256,
}

/// Which keys are good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// The shortest RSA key whose signature is believed: RFC 8301 §3.2 says 1,024.
    pub rsa_bits_min: usize,
    /// The longest that is computed with: RFC 8301 §3.2 says at least 4,096.
    pub rsa_bits_max: usize,
    /// Different keys that are looked up for one message.
    pub lookups_max: usize,
}

impl Default for KeyLimits {
    fn default() -> Self {
        Self { rsa_bits_min: 1_024, rsa_bits_max: 4_096, lookups_max: 20 }
    }
}

impl Algorithm {
    /// The value of `a=`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::RsaSha256, Self::Ed25519Sha256]
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text))
    }

    /// As `a=` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
