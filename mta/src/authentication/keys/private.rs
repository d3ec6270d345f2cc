//! A key of ours.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Algorithm;

/// Signs. Kept as PKCS #8; what is published is [`record`](Self::record).
pub struct SigningKey(Secret);

enum Secret {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// Why a key cannot be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The octets are no PKCS #8 of an RSA key of 2,048 bits and more or of an Ed25519 key.
    #[error("this is no PKCS #8 of an RSA key of 2,048 bits and more or of an Ed25519 key")]
    Unreadable,
    /// The cryptography library failed.
    #[error("the cryptography library failed")]
    Library,
}

impl SigningKey {
    /// Makes a key: RSA with 2,048 bits, the most that fits into DNS without trouble, or Ed25519. Its
    /// randomness is the cryptography library's.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let secret = match algorithm {
            Algorithm::RsaSha256 => Secret::Rsa(Box::new(
                RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Library)?,
            )),
            Algorithm::Ed25519Sha256 => {
                Secret::Ed25519(Ed25519KeyPair::generate().map_err(|_| KeyError::Library)?)
            }
        };
        Ok(Self(secret))
    }

    /// Reads a key in DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            return Ok(Self(Secret::Rsa(Box::new(pair))));
        }
        let pair =
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Unreadable)?;
        Ok(Self(Secret::Ed25519(pair)))
    }

    /// The key in DER, for safe keeping.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        match &self.0 {
            Secret::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Library)?;
                Ok(der.as_ref().to_vec())
            }
            Secret::Ed25519(pair) => {
                let der = pair.to_pkcs8v1().map_err(|_| KeyError::Library)?;
                Ok(der.as_ref().to_vec())
            }
        }
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Secret::Rsa(_) => Algorithm::RsaSha256,
            Secret::Ed25519(_) => Algorithm::Ed25519Sha256,
        }
    }

    /// The text to publish at `selector._domainkey.domain` (RFC 6376 §3.6.1, RFC 8463 §4).
    pub fn record(&self) -> Result<String, KeyError> {
        match &self.0 {
            Secret::Rsa(pair) => {
                let der: PublicKeyX509Der<'_> =
                    pair.public_key().as_der().map_err(|_| KeyError::Library)?;
                Ok(format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(der.as_ref())))
            }
            Secret::Ed25519(pair) => {
                Ok(format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(pair.public_key().as_ref())))
            }
        }
    }

    /// Signs the SHA-256 of these octets.
    pub(crate) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.0 {
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut signature)
                    .map_err(|_| KeyError::Library)?;
                Ok(signature)
            }
            Secret::Ed25519(pair) => {
                let hash = digest(&SHA256, octets);
                Ok(pair.try_sign(hash.as_ref()).map_err(|_| KeyError::Library)?.as_ref().to_vec())
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}
