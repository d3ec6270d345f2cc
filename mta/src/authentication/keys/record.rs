//! A key record of DNS (RFC 6376 §3.6.1).

use super::super::tags::{Empty, Tags, base64, items};
use super::public::PublicKey;
use super::{Algorithm, KeyLimits, Unverified};

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    key: PublicKey,
    /// `t=s`: the identity has to be of the very domain, not of one below it.
    pub strict: bool,
    /// `t=y`: the domain is testing.
    pub testing: bool,
}

/// Why a record has no key for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("is no DKIM key record")]
    Syntax,
    #[error("is of an unknown type")]
    Type,
    #[error("cannot be read")]
    Key,
    #[error("was revoked")]
    Revoked,
    #[error("is not for SHA-256")]
    Hash,
    #[error("is not for mail")]
    Service,
}

impl KeyRecord {
    /// Reads the text of a record.
    pub fn parse(text: &[u8]) -> Result<Self, RecordError> {
        let tags = Tags::parse(text, Empty::Skipped).map_err(|_| RecordError::Syntax)?;
        if tags.get("v").is_some() && tags.first() != Some(("v", "DKIM1")) {
            return Err(RecordError::Syntax);
        }
        let named = |tag, wanted: &[&str]| {
            tags.get(tag).is_none_or(|list| {
                items(list).any(|item| wanted.iter().any(|one| item.eq_ignore_ascii_case(one)))
            })
        };
        let published = tags.get("p").ok_or(RecordError::Syntax)?;
        if published.is_empty() {
            return Err(RecordError::Revoked);
        }
        if !named("h", &["sha256"]) {
            return Err(RecordError::Hash);
        }
        if !named("s", &["*", "email"]) {
            return Err(RecordError::Service);
        }
        let octets = base64(published).ok_or(RecordError::Key)?;
        let key = match tags.get("k").unwrap_or("rsa").to_ascii_lowercase().as_str() {
            "rsa" => PublicKey::rsa(&octets),
            "ed25519" => PublicKey::ed25519(&octets),
            _ => return Err(RecordError::Type),
        };
        let flag = |flag| tags.get("t").is_some_and(|flags| items(flags).any(|one| one == flag));
        Ok(Self { key: key.ok_or(RecordError::Key)?, strict: flag("s"), testing: flag("y") })
    }

    /// Whether this is the key's signature of these octets.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
        limits: &KeyLimits,
    ) -> Result<(), Unverified> {
        self.key.verify(algorithm, signed, signature, limits)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// RFC 8463 §A.2, RFC 6376 §C.
    const ED25519: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const RSA: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

    #[test]
    fn records_are_read_as_they_are_found() {
        for text in [
            format!("v=DKIM1; k=rsa; p={RSA}"),
            format!("p={RSA}"),
            format!("v=DKIM1;; t=y:s; s=email; h=sha1:sha256; n=a note; x=unknown; p={RSA};"),
            format!("v=DKIM1; k=ed25519; p={ED25519}"),
            format!("k=Ed25519;p={}", ED25519.trim_end_matches('=')),
            format!("v=DKIM1; s=*; p=\r\n {}\r\n {}", &RSA[..40], &RSA[40..]),
        ] {
            let record = KeyRecord::parse(text.as_bytes()).unwrap();
            assert_eq!(
                (record.strict, record.testing),
                (text.contains("t=y:s"), text.contains("t=y:s")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_record_without_a_key_for_us_says_why() {
        for (text, error) in [
            ("v=spf1 -all".to_owned(), RecordError::Syntax),
            (String::new(), RecordError::Syntax),
            (format!("v=DKIM2; p={RSA}"), RecordError::Syntax),
            (format!("p={RSA}; v=DKIM1"), RecordError::Syntax),
            (format!("p={RSA}; p={RSA}"), RecordError::Syntax),
            ("v=DKIM1; k=rsa".to_owned(), RecordError::Syntax),
            ("v=DKIM1; p=".to_owned(), RecordError::Revoked),
            (format!("h=sha1; p={RSA}"), RecordError::Hash),
            (format!("s=other; p={RSA}"), RecordError::Service),
            (format!("k=dsa; p={RSA}"), RecordError::Type),
            (format!("k=ed25519; p={RSA}"), RecordError::Key),
            (format!("k=rsa; p={ED25519}"), RecordError::Key),
            ("p=%%%".to_owned(), RecordError::Key),
        ] {
            assert_eq!(KeyRecord::parse(text.as_bytes()), Err(error), "{text}");
        }
    }
}
