//! Signing what goes out (RFC 6376 §5).

use std::collections::HashMap;

use message::{Domain, Timestamp};

use super::super::body_watch::BodyHashes;
use super::super::canonical::{Canonicalization, write_relaxed, write_signed};
use super::super::keys::{Algorithm, KeyError, SigningKey};
use super::super::opened::Opened;
use super::super::written::Written;

/// Signs in the name of a domain.
#[derive(Debug)]
pub struct Signer {
    /// In whose name.
    pub domain: Domain,
    /// Where the key is published: `selector._domainkey.domain`.
    pub selector: String,
    /// The key.
    pub key: SigningKey,
}

/// Why a message cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// RFC 6376 §5.4: From has to be signed.
    #[error("the message has no From field")]
    NoFrom,
    /// The hash of the body that a signature needs was not taken.
    #[error("the body was not hashed for signing")]
    BodyUnknown,
    /// The key would not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Fields that are signed once more than they are there: nobody can add one that a reader would show
/// instead (RFC 6376 §8.15).
const GUARDED: [&str; 7] = ["From", "To", "Cc", "Subject", "Date", "Reply-To", "Content-Type"];
/// Fields that are signed when they are there: what a reader sees or acts upon, and nothing that is
/// added or changed on the way (RFC 6376 §5.4.1).
const SIGNED: [&str; 16] = [
    "Sender",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
    "Content-Description",
    "List-Id",
    "List-Post",
    "List-Help",
    "List-Subscribe",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
];

impl Signer {
    /// A name for a key that is made now, as `ph202611r`: keys of other months and kinds have others, so
    /// that the old one stays published while letters signed with it are still on their way.
    #[must_use]
    pub fn selector(algorithm: Algorithm, now: Timestamp) -> String {
        let date = now.calendar();
        let kind = match algorithm {
            Algorithm::RsaSha256 => 'r',
            Algorithm::Ed25519Sha256 => 'e',
        };
        format!("ph{:04}{:02}{kind}", date.year, date.month)
    }

    /// The DKIM-Signature field to put in front of the message, with its line end.
    pub fn sign(&self, message: &[u8], now: Timestamp) -> Result<String, SignError> {
        self.sign_opened(&Opened::new(message, &message::Limits::default()), now)
    }

    /// The same for a message whose body went by a watch that was made for signing.
    pub fn sign_header(
        &self,
        header: &[u8],
        body: &BodyHashes,
        now: Timestamp,
    ) -> Result<String, SignError> {
        self.sign_opened(&Opened::of_header(header, body, &message::Limits::default()), now)
    }

    fn sign_opened(&self, opened: &Opened<'_>, now: Timestamp) -> Result<String, SignError> {
        if opened.all("From").next().is_none() {
            return Err(SignError::NoFrom);
        }
        let names = names(opened);
        let body =
            opened.body.hash((Canonicalization::Relaxed, None)).ok_or(SignError::BodyUnknown)?;
        let mut field = Written::new("DKIM-Signature");
        field.tag("v", "1");
        field.tag("a", self.key.algorithm().as_str());
        field.tag("c", "relaxed/relaxed");
        field.tag("d", self.domain.as_ascii());
        field.tag("s", &self.selector);
        field.tag("t", &now.seconds().to_string());
        field.list("h", &names);
        field.octets("bh", &body.digest);
        field.signature();
        let mut signed = Vec::new();
        write_signed(names.iter().copied(), opened, Canonicalization::Relaxed, &mut signed);
        write_relaxed(field.name(), field.value().as_bytes(), &mut signed);
        let signature = self.key.sign(&signed)?;
        Ok(field.signed(&signature))
    }
}

/// The names to sign, in lower case: each as often as it is there, and the guarded ones once more.
pub(crate) fn names(opened: &Opened<'_>) -> Vec<&'static str> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for field in &opened.fields {
        *counts.entry(field.name().to_ascii_lowercase()).or_default() += 1;
    }
    let count = |name: &str| counts.get(&name.to_ascii_lowercase()).copied().unwrap_or_default();
    let guarded = GUARDED.into_iter().flat_map(|name| std::iter::repeat_n(name, count(name) + 1));
    let signed = SIGNED.into_iter().flat_map(|name| std::iter::repeat_n(name, count(name)));
    guarded.chain(signed).collect()
}
