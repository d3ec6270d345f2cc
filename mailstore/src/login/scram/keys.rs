//! The arithmetic of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677): keys from a password, proofs against
//! keys. Knows no account and no table.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use subtle::{Choice, ConstantTimeEq};

use super::prepare::prepared;
use crate::account::Password;

/// Octets of a SHA-256 hash.
pub(super) const KEY_OCTETS: usize = 32;

/// What a server keeps of a password: enough to verify that somebody knows it and to prove that the
/// server does, not enough to log in elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    pub(super) stored: [u8; KEY_OCTETS],
    pub(super) server: [u8; KEY_OCTETS],
}

impl Keys {
    /// Takes as long as the iterations do: not on an async thread.
    pub(crate) fn derive(password: &Password, salt: &[u8], iterations: u32) -> Self {
        let iterations = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
        let mut salted = [0; KEY_OCTETS];
        let secret = prepared(password.as_str());
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            iterations,
            salt,
            secret.as_bytes(),
            &mut salted,
        );
        let client = mac(&salted, b"Client Key");
        Self { stored: hash(&client), server: mac(&salted, b"Server Key") }
    }

    /// Whether the proof was made by somebody who knows the password: the proof is the client key,
    /// hidden by a signature that the stored key makes.
    pub(super) fn accepts(&self, auth_message: &[u8], proof: &[u8; KEY_OCTETS]) -> Choice {
        let mut client = mac(&self.stored, auth_message);
        for (octet, hidden) in client.iter_mut().zip(proof) {
            *octet ^= hidden;
        }
        hash(&client).ct_eq(&self.stored)
    }

    /// Proves to the client that we know it, too.
    pub(super) fn sign(&self, auth_message: &[u8]) -> [u8; KEY_OCTETS] {
        mac(&self.server, auth_message)
    }
}

fn mac(key: &[u8], text: &[u8]) -> [u8; KEY_OCTETS] {
    octets(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref())
}

fn hash(text: &[u8]) -> [u8; KEY_OCTETS] {
    octets(digest::digest(&digest::SHA256, text).as_ref())
}

/// SHA-256 gives 32.
fn octets(given: &[u8]) -> [u8; KEY_OCTETS] {
    given.try_into().unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// RFC 7677 §3.
    const AUTH_MESSAGE: &[u8] = b"n=user,r=rOprNGfwEbeRWgbNEkqO,\
        r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
        c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    fn decoded(text: &str) -> Vec<u8> {
        STANDARD.decode(text).unwrap()
    }

    #[test]
    fn the_example_of_rfc_7677_comes_out() {
        let salt = decoded("W22ZaJ0SNY7soEsUEjb6gQ==");
        let keys = Keys::derive(&"pencil".into(), &salt, 4_096);
        let proof: [u8; KEY_OCTETS] =
            decoded("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").try_into().unwrap();
        assert!(bool::from(keys.accepts(AUTH_MESSAGE, &proof)));
        let signature = decoded("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert_eq!(keys.sign(AUTH_MESSAGE).as_slice(), signature);

        assert!(!bool::from(keys.accepts(b"another exchange", &proof)));
        assert!(!bool::from(keys.accepts(AUTH_MESSAGE, &[0; KEY_OCTETS])));
        for wrong in [
            Keys::derive(&"Pencil".into(), &salt, 4_096),
            Keys::derive(&"pencil".into(), &salt, 4_097),
            Keys::derive(&"pencil".into(), b"salt", 4_096),
        ] {
            assert!(!bool::from(wrong.accepts(AUTH_MESSAGE, &proof)));
        }
    }
}
