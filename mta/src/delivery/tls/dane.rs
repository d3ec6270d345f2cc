//! DANE (RFC 7672): certificates that DNSSEC vouches for.

use std::sync::Arc;

use dns::{LookupError, Name, Proof, Resolver, Tlsa};

use super::record::{FailureKind, TlsFailure};

/// What TLSA records say of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dane {
    /// Nothing: there are none, or nothing proves them.
    None,
    /// These are there. None of them may be one that we can use: then TLS must be, with any certificate
    /// (RFC 7672 §2.2).
    Records {
        /// Those that we can use.
        usable: Arc<[Tlsa]>,
        /// The name at which they stand; certificates of a trust anchor must be for it.
        base: Name,
    },
    /// It can't be told now: the host may not be used (RFC 7672 §2.1.1).
    Unknown(TlsFailure),
}

/// Asks for the TLSA records of a host. `bases` are the names whose records speak of it.
pub async fn dane(dns: &dyn Resolver, bases: &[Name], port: u16) -> Dane {
    for base in bases {
        let Ok(name) = base.prefixed(&format!("_{port}._tcp")) else { continue };
        match dns.tlsa(&name).await {
            Ok(answer) if answer.proof == Proof::Secure => {
                let usable = answer.records.into_iter().filter(is_usable).collect();
                return Dane::Records { usable, base: base.clone() };
            }
            // Records that nothing proves are none, and so are those that are not there.
            Ok(_) | Err(LookupError::NoSuchName(_) | LookupError::NoSuchRecord(_)) => {}
            // Whoever can make the lookup fail could else make us forget DANE.
            Err(error) => {
                let detail = format!("TLSA of {name}: {error}");
                return Dane::Unknown(TlsFailure::new(FailureKind::DnssecInvalid, detail));
            }
        }
    }
    Dane::None
}

/// Usages 2 and 3 only: those of the web's authorities mean nothing for mail (RFC 7672 §3.1.3).
fn is_usable(tlsa: &Tlsa) -> bool {
    let octets = tlsa.association.len();
    let fits = match tlsa.matching {
        0 => octets > 0,
        1 => octets == 32,
        2 => octets == 64,
        _ => false,
    };
    matches!(tlsa.usage, DANE_TA | DANE_EE) && matches!(tlsa.selector, 0 | 1) && fits
}

/// The certificate, or its key, of somebody who signs others.
pub(super) const DANE_TA: u8 = 2;
/// The host's own.
pub(super) const DANE_EE: u8 = 3;
