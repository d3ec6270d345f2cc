//! Sealing what we pass on (RFC 8617 §5.1).

use message::Timestamp;

use super::super::canonical::{Canonicalization, write_field, write_relaxed, write_signed};
use super::super::dkim::{Signer, signed_names};
use super::super::keys::{Algorithm, KeyError};
use super::super::opened::Opened;
use super::super::written::Written;
use super::set::{RESULTS, SEAL, SIGNATURE};
use super::{Chain, ChainResult};

/// Why a message cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A sealer before us said that the chain is broken, and nobody seals it again (RFC 8617 §5.1).
    #[error("the chain was found broken before")]
    Ended,
    /// There are 50 links already (RFC 8617 §5.2).
    #[error("the chain has no room for another link")]
    TooLong,
    /// The hash of the body that a signature needs was not taken.
    #[error("the body was not hashed for signing")]
    BodyUnknown,
    /// The key would not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// RFC 8617 §4.2.1.
const INSTANCE_MAX: u32 = 50;

impl Signer {
    /// The three fields to put in front of the message, with their line ends. `chain` is what the
    /// message came with, `results` what we found: the value of our Authentication-Results field.
    ///
    /// All changes to the message, a DKIM-Signature too, come before.
    pub fn seal(
        &self,
        message: &[u8],
        chain: &Chain,
        results: &str,
        now: Timestamp,
    ) -> Result<String, SealError> {
        let opened = Opened::new(message, &message::Limits::default());
        let sealing = Sealing {
            opened: &opened,
            chain,
            results,
            domain: self.domain.as_ascii(),
            selector: &self.selector,
            algorithm: self.key.algorithm(),
            now,
        };
        // The signatures that are there are covered as well (RFC 8617 §4.1.2).
        let signatures = opened.all("DKIM-Signature").map(|_| "DKIM-Signature");
        let names: Vec<_> = signed_names(&opened).into_iter().chain(signatures).collect();
        sealing.fields(&names, |octets| self.key.sign(octets))
    }
}

/// What goes into a set.
pub(super) struct Sealing<'a> {
    pub opened: &'a Opened<'a>,
    pub chain: &'a Chain,
    pub results: &'a str,
    pub domain: &'a str,
    pub selector: &'a str,
    pub algorithm: Algorithm,
    pub now: Timestamp,
}

impl Sealing<'_> {
    /// The fields, the newest on top. The order of tags is that of the draft suite's signers.
    pub fn fields(
        &self,
        names: &[&str],
        sign: impl Fn(&[u8]) -> Result<Vec<u8>, KeyError>,
    ) -> Result<String, SealError> {
        if self.chain.ended {
            return Err(SealError::Ended);
        }
        let instance = self.chain.instance + 1;
        if instance > INSTANCE_MAX {
            return Err(SealError::TooLong);
        }
        let instance = instance.to_string();
        let results = self.results(&instance);
        let signature = self.signature(&instance, names, &sign)?;
        let seal = self.seal(&instance, &signature, &sign)?;
        Ok(format!("{seal}{signature}{RESULTS}:{results}\r\n"))
    }

    /// The value of the first field.
    fn results(&self, instance: &str) -> String {
        format!(" i={instance}; {}", self.results.trim())
    }

    /// The second field. It is about the message.
    pub fn signature(
        &self,
        instance: &str,
        names: &[&str],
        sign: &impl Fn(&[u8]) -> Result<Vec<u8>, KeyError>,
    ) -> Result<String, SealError> {
        let body = self.opened.body.hash((Canonicalization::Relaxed, None));
        let body = body.ok_or(SealError::BodyUnknown)?;
        let mut field = Written::new(SIGNATURE);
        field.tag("a", self.algorithm.as_str());
        field.signature();
        field.octets("bh", &body.digest);
        field.tag("c", "relaxed/relaxed");
        field.tag("d", self.domain);
        field.list("h", names);
        field.tag("i", instance);
        field.tag("s", self.selector);
        field.tag("t", &self.now.seconds().to_string());
        let mut signed = Vec::new();
        write_signed(names.iter().copied(), self.opened, Canonicalization::Relaxed, &mut signed);
        write_relaxed(field.name(), field.value().as_bytes(), &mut signed);
        Ok(field.signed(&sign(&signed)?))
    }

    /// The third field. It is about the other two, and the chain before them.
    pub fn seal(
        &self,
        instance: &str,
        signature: &str,
        sign: &impl Fn(&[u8]) -> Result<Vec<u8>, KeyError>,
    ) -> Result<String, SealError> {
        let mut field = Written::new(SEAL);
        field.tag("a", self.algorithm.as_str());
        field.signature();
        field.tag("cv", self.chain.result.as_str());
        field.tag("d", self.domain);
        field.tag("i", instance);
        field.tag("s", self.selector);
        field.tag("t", &self.now.seconds().to_string());
        let mut signed = Vec::new();
        // A broken chain cannot be covered: then the seal is about its own set only (RFC 8617 §5.1.2).
        if self.chain.result == ChainResult::Pass {
            self.write_chain(&mut signed);
        }
        write_relaxed(RESULTS, self.results(instance).as_bytes(), &mut signed);
        signed.extend_from_slice(b"\r\n");
        let (name, value) = signature.split_once(':').unwrap_or_default();
        write_relaxed(name, value.as_bytes(), &mut signed);
        signed.extend_from_slice(b"\r\n");
        write_relaxed(field.name(), field.value().as_bytes(), &mut signed);
        Ok(field.signed(&sign(&signed)?))
    }

    /// The sets that are there, the oldest first.
    fn write_chain(&self, out: &mut Vec<u8>) {
        for set in super::set::sets(self.opened).unwrap_or_default() {
            for field in [set.results, set.signature_field, set.seal_field] {
                write_field(field, self.opened, Canonicalization::Relaxed, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use message::Domain;

    use super::super::super::keys::SigningKey;
    use super::*;

    fn seal(instance: u32, ended: bool) -> Result<String, SealError> {
        let key = SigningKey::generate(Algorithm::Ed25519Sha256).unwrap();
        let signer =
            Signer { domain: Domain::parse("example.org").unwrap(), selector: "s".to_owned(), key };
        let chain = Chain {
            result: ChainResult::Fail,
            why: String::new(),
            links: Vec::new(),
            instance,
            ended,
        };
        signer.seal(b"From: a@example.net\r\n\r\n", &chain, "us.example; none", Timestamp::new(1))
    }

    #[test]
    fn a_chain_ends_with_its_fiftieth_link_or_when_it_is_broken() {
        assert!(seal(49, false).unwrap().contains("i=50; us.example; none\r\n"));
        assert_eq!(seal(50, false), Err(SealError::TooLong));
        assert_eq!(seal(3, true), Err(SealError::Ended));
    }
}
