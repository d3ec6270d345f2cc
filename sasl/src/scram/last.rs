//! The client's last message, and our answer to it: the proof, and ours.

use super::words;
use crate::{Fault, Step, decode, encode};

/// Octets of a proof: of SHA-256.
const PROOF_OCTETS: usize = 32;

/// Waits for `c=channel,r=nonce,p=proof`.
#[derive(Debug, PartialEq, Eq)]
pub struct LastMessage {
    pub(super) name: String,
    /// The messages so far, as they are signed.
    pub(super) said: String,
    pub(super) channel: Vec<u8>,
    pub(super) nonce: String,
}

/// Somebody must say whether the proof is right, and sign the same in return.
#[derive(Debug, PartialEq, Eq)]
pub struct ProofGiven {
    name: String,
    auth_message: String,
    proof: [u8; PROOF_OCTETS],
}

impl LastMessage {
    pub fn read(self, message: &[u8]) -> Result<ProofGiven, Fault> {
        let message = std::str::from_utf8(message).map_err(|_| Fault::Malformed)?;
        let (without_proof, proof) = message.rsplit_once(",p=").ok_or(Fault::Malformed)?;
        let mut words = without_proof.split(',');
        let channel = base64(words::attribute(words.next(), 'c')?)?;
        let nonce = words::attribute(words.next(), 'r')?;
        words::ignore_extensions(words)?;
        let proof = base64(proof)?.try_into().map_err(|_| Fault::Malformed)?;
        if nonce != self.nonce {
            return Err(Fault::Malformed);
        }
        if channel != self.channel {
            return Err(Fault::OtherChannel);
        }
        let auth_message = format!("{},{without_proof}", self.said);
        Ok(ProofGiven { name: self.name, auth_message, proof })
    }
}

impl ProofGiven {
    /// Whose.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What both sides sign (RFC 5802 §3).
    #[must_use]
    pub fn auth_message(&self) -> &str {
        &self.auth_message
    }

    /// The `ClientProof`.
    #[must_use]
    pub const fn proof(&self) -> [u8; PROOF_OCTETS] {
        self.proof
    }

    /// The proof was right; with our `ServerSignature` the client knows that we know it too. Until it
    /// has answered that, it is not logged in.
    #[must_use]
    pub fn given(self, server_signature: &[u8]) -> Step {
        Step::say_last_word(format!("v={}", encode(server_signature)))
    }
}

fn base64(text: &str) -> Result<Vec<u8>, Fault> {
    decode(text.as_bytes()).map_err(|_| Fault::Malformed)
}
