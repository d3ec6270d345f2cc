//! A key that anybody may have.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::der::RsaNumbers;
use super::{Algorithm, KeyLimits};

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa(RsaNumbers),
    Ed25519(Vec<u8>),
}

/// Why a signature is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// The key is of another kind than the signature.
    OtherKind,
    /// So many bits are too few, or too many to compute with.
    Bits(usize),
    /// It is not a signature of this with this key.
    Wrong,
}

impl PublicKey {
    pub fn rsa(der: &[u8]) -> Option<Self> {
        RsaNumbers::from_der(der).map(Self::Rsa)
    }

    /// The 32 octets of RFC 8463 §4.2, or what some publish instead: the same in a SubjectPublicKeyInfo.
    pub fn ed25519(octets: &[u8]) -> Option<Self> {
        const INFO: &[u8] =
            &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let key = octets.strip_prefix(INFO).unwrap_or(octets);
        (key.len() == 32).then(|| Self::Ed25519(key.to_vec()))
    }

    /// Whether this is the signature of these octets.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
        limits: &KeyLimits,
    ) -> Result<(), Unverified> {
        match (self, algorithm) {
            (Self::Rsa(numbers), Algorithm::RsaSha256) => {
                let bits = numbers.bits();
                if bits < limits.rsa_bits_min || bits > limits.rsa_bits_max {
                    return Err(Unverified::Bits(bits));
                }
                RsaPublicKeyComponents { n: &numbers.modulus, e: &numbers.exponent }
                    .verify(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, signed, signature)
                    .map_err(|_| Unverified::Wrong)
            }
            // Ed25519 signs the hash as if it were the message (RFC 8463 §3).
            (Self::Ed25519(key), Algorithm::Ed25519Sha256) => UnparsedPublicKey::new(&ED25519, key)
                .verify(digest(&SHA256, signed).as_ref(), signature)
                .map_err(|_| Unverified::Wrong),
            _ => Err(Unverified::OtherKind),
        }
    }
}
