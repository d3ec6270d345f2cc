//! What TLS-RPT wants to be told of each attempt (RFC 8460 §4).

use std::fmt;
use std::net::IpAddr;

use super::super::client::reply::harmless;

const DETAIL_OCTETS_MAX: usize = 500;

/// One attempt to talk to a host, as far as TLS goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRecord {
    /// Which policy was looked at.
    pub policy: PolicyKind,
    /// The host's name, or its address in brackets; empty when the failure is about the domain.
    pub host: String,
    /// Its address, if there was a connection.
    pub address: Option<IpAddr>,
    /// What came of it.
    pub outcome: Result<(), TlsFailure>,
}

/// `policy-type` (RFC 8460 §4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// There is none.
    #[default]
    NoPolicyFound,
    /// MTA-STS.
    Sts,
    /// DANE.
    Tlsa,
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct TlsFailure {
    /// Of which kind.
    pub kind: FailureKind,
    /// In words, for `failure-reason-code`.
    pub detail: String,
}

/// `result-type` (RFC 8460 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The host does not offer STARTTLS, or refuses it.
    StarttlsNotSupported,
    /// The certificate is for other names.
    CertificateHostMismatch,
    /// The certificate is too old or too new.
    CertificateExpired,
    /// Nobody whom we trust has signed the certificate.
    CertificateNotTrusted,
    /// Anything else.
    ValidationFailure,
    /// The TLSA records are malformed or say nothing we can use.
    TlsaInvalid,
    /// The TLSA records could not be proved.
    DnssecInvalid,
    /// The MTA-STS policy could not be fetched.
    StsPolicyFetchError,
    /// The MTA-STS policy is malformed.
    StsPolicyInvalid,
    /// The certificate of the policy's own host could not be trusted.
    StsWebpkiInvalid,
}

impl TlsFailure {
    /// A failure in words, which are cut: they may hold all the names of a stranger's certificate.
    #[must_use]
    pub fn new(kind: FailureKind, detail: impl AsRef<str>) -> Self {
        let mut detail = harmless(detail.as_ref().as_bytes());
        detail.truncate(detail.floor_char_boundary(DETAIL_OCTETS_MAX));
        Self { kind, detail }
    }
}

impl PolicyKind {
    /// As a report writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPolicyFound => "no-policy-found",
            Self::Sts => "sts",
            Self::Tlsa => "tlsa",
        }
    }
}

impl FailureKind {
    /// As a report writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StarttlsNotSupported => "starttls-not-supported",
            Self::CertificateHostMismatch => "certificate-host-mismatch",
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateNotTrusted => "certificate-not-trusted",
            Self::ValidationFailure => "validation-failure",
            Self::TlsaInvalid => "tlsa-invalid",
            Self::DnssecInvalid => "dnssec-invalid",
            Self::StsPolicyFetchError => "sts-policy-fetch-error",
            Self::StsPolicyInvalid => "sts-policy-invalid",
            Self::StsWebpkiInvalid => "sts-webpki-invalid",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_failure_are_cut_and_without_control_characters() {
        let failure = |detail: &str| TlsFailure::new(FailureKind::ValidationFailure, detail).detail;
        assert_eq!(failure("a\r\nb\u{1b}"), "a??b?");
        assert_eq!(failure(&"x".repeat(500)).len(), 500);
        assert_eq!(failure(&"x".repeat(501)).len(), 500);
    }
}
