//! Looking at a host's certificate.
//!
//! A [`Check`] is made for one connection: it remembers what it found, whether it insists on it or not.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ::aws_lc_rs::digest;
use dns::Tlsa;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::dane::{DANE_EE, DANE_TA};
use super::record::{FailureKind, TlsFailure};

/// Who vouches for a host's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verified {
    /// Nobody.
    No,
    /// An authority that this machine trusts.
    Web,
    /// DNSSEC.
    Dane,
}

/// As a timeline shows it.
impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::No => "unverified",
            Self::Web => "verified",
            Self::Dane => "verified by DANE",
        })
    }
}

/// What is looked for, and what was found.
#[derive(Debug)]
pub struct Check {
    wanted: Wanted,
    /// Whether a certificate that is not right ends the handshake.
    insists: bool,
    provider: Arc<CryptoProvider>,
    found: Mutex<Option<Result<Verified, TlsFailure>>>,
}

#[derive(Debug)]
enum Wanted {
    Web(Arc<RootCertStore>),
    Dane { records: Arc<[Tlsa]>, names: Vec<ServerName<'static>> },
}

impl Check {
    /// A certificate by an authority, for the name that is connected to.
    #[must_use]
    pub fn web(roots: Arc<RootCertStore>, insists: bool) -> Arc<Self> {
        Self::new(Wanted::Web(roots), insists)
    }

    /// A certificate that one of these records vouches for. `names` are those that one by a trust anchor
    /// may be for (RFC 7672 §3.2.2).
    #[must_use]
    pub fn dane(records: Arc<[Tlsa]>, names: Vec<ServerName<'static>>) -> Arc<Self> {
        Self::new(Wanted::Dane { records, names }, true)
    }

    fn new(wanted: Wanted, insists: bool) -> Arc<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        Arc::new(Self { wanted, insists, provider, found: Mutex::default() })
    }

    /// What was found; [`Verified::No`] when no certificate came.
    pub fn found(&self) -> Result<Verified, TlsFailure> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.clone().unwrap_or(Ok(Verified::No))
    }

    /// A client's configuration with this check in it. Nothing is resumed: that would skip the check.
    pub fn config(self: &Arc<Self>) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Self>::clone(self))
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }

    fn look(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<Verified, TlsFailure> {
        match &self.wanted {
            Wanted::Web(roots) => {
                self.chain(own, others, roots, std::slice::from_ref(name), now)?;
                Ok(Verified::Web)
            }
            Wanted::Dane { records, names } => self.match_records(own, others, records, names, now),
        }
    }

    /// A chain to one of the roots, for one of the names.
    fn chain(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        roots: &RootCertStore,
        names: &[ServerName<'_>],
        now: UnixTime,
    ) -> Result<(), TlsFailure> {
        let parsed = ParsedCertificate::try_from(own).map_err(failure)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, others, now, algorithms)
            .map_err(failure)?;
        let mut outcome = Err(rustls::Error::General("no name to look for".to_owned()));
        for name in names {
            outcome = verify_server_name(&parsed, name);
            if outcome.is_ok() {
                break;
            }
        }
        outcome.map_err(failure)
    }

    fn match_records(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        records: &[Tlsa],
        names: &[ServerName<'_>],
        now: UnixTime,
    ) -> Result<Verified, TlsFailure> {
        let of_usage = |usage| records.iter().filter(move |tlsa| tlsa.usage == usage);
        // The host's own: neither its names nor its dates matter (RFC 7672 §3.1.1).
        if of_usage(DANE_EE).any(|tlsa| matches(tlsa, own)) {
            return Ok(Verified::Dane);
        }
        let mut anchors = RootCertStore::empty();
        for tlsa in of_usage(DANE_TA) {
            let in_chain = others.iter().filter(|certificate| matches(tlsa, certificate)).cloned();
            anchors.add_parsable_certificates(in_chain.map(CertificateDer::into_owned));
            // A whole certificate in the record need not come with the handshake.
            if (tlsa.selector, tlsa.matching) == (0, 0) {
                let in_record = CertificateDer::from(tlsa.association.clone());
                anchors.add_parsable_certificates([in_record]);
            }
        }
        if anchors.is_empty() {
            let detail = "no TLSA record matches the certificate";
            return Err(TlsFailure::new(FailureKind::ValidationFailure, detail));
        }
        self.chain(own, others, &anchors, names, now)?;
        Ok(Verified::Dane)
    }
}

/// Whether a record is about this certificate (RFC 6698 §2.1).
fn matches(tlsa: &Tlsa, certificate: &CertificateDer<'_>) -> bool {
    let parsed = ParsedCertificate::try_from(certificate);
    let key = match (tlsa.selector, parsed) {
        (0, _) => None,
        (_, Ok(parsed)) => Some(parsed.subject_public_key_info()),
        (_, Err(_)) => return false,
    };
    let octets = key.as_ref().map_or(certificate.as_ref(), |key| key.as_ref());
    let hashed = |algorithm| digest::digest(algorithm, octets).as_ref() == tlsa.association;
    match tlsa.matching {
        0 => octets == tlsa.association,
        1 => hashed(&digest::SHA256),
        2 => hashed(&digest::SHA512),
        _ => false,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failure(error: rustls::Error) -> TlsFailure {
    use rustls::Error::InvalidCertificate;
    let kind = match &error {
        InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => FailureKind::CertificateExpired,
        InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => FailureKind::CertificateHostMismatch,
        InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            FailureKind::CertificateNotTrusted
        }
        _ => FailureKind::ValidationFailure,
    };
    TlsFailure::new(kind, error.to_string())
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = self.look(own, others, name, now);
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        match found {
            Err(failure) if self.insists => Err(rustls::Error::General(failure.to_string())),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
