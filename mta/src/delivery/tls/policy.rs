//! What a host's TLS must be.

use std::sync::Arc;

use dns::{Name, Tlsa};
use rustls::RootCertStore;
use rustls::pki_types::ServerName;

use super::check::Check;
use super::dane::Dane;
use super::record::{FailureKind, PolicyKind, TlsFailure};
use super::sts::{Mode, Policy as StsPolicy};

/// What a conversation with one host must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What a report calls it.
    pub kind: PolicyKind,
    /// What must be.
    pub demand: Demand,
    /// The name that is said in the handshake (SNI).
    pub server_name: Option<Name>,
    /// What already speaks against the host, where that is only reported (MTA-STS in `testing`).
    pub complaint: Option<TlsFailure>,
}

/// What TLS must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: TLS where it is offered, whatever the certificate, and else in clear.
    Nothing,
    /// TLS, whatever the certificate.
    Encrypted,
    /// TLS, with a certificate by an authority of this machine for the host's name.
    Web,
    /// TLS, with a certificate that DNSSEC vouches for.
    Dane {
        /// The records.
        records: Arc<[Tlsa]>,
        /// Names that a certificate by a trust anchor may be for.
        names: Vec<Name>,
    },
}

impl Policy {
    /// What is demanded of a host of `domain`, or why it can't be used at all.
    ///
    /// DANE comes first: MTA-STS may add to it and never take away (RFC 8461 §2).
    pub fn for_hop(
        domain: Option<&Name>,
        host: Option<&Name>,
        dane: &Dane,
        sts: Option<&StsPolicy>,
        had_tls: bool,
    ) -> Result<Self, TlsFailure> {
        let mut policy = Self::by_sts(host, sts, had_tls)?;
        match dane {
            Dane::None => {}
            Dane::Unknown(failure) => return Err(failure.clone()),
            Dane::Records { usable, base } => {
                let mut names = vec![base.clone()];
                names.extend(host.into_iter().chain(domain).cloned());
                names.dedup();
                policy.kind = PolicyKind::Tlsa;
                policy.server_name = Some(base.clone());
                policy.complaint = None;
                // Records that say nothing to us still say that there is TLS (RFC 7672 §2.2).
                if !usable.is_empty() {
                    policy.demand = Demand::Dane { records: Arc::clone(usable), names };
                } else if policy.demand == Demand::Nothing {
                    policy.demand = Demand::Encrypted;
                }
            }
        }
        Ok(policy)
    }

    fn by_sts(
        host: Option<&Name>,
        sts: Option<&StsPolicy>,
        had_tls: bool,
    ) -> Result<Self, TlsFailure> {
        let demand = if had_tls { Demand::Encrypted } else { Demand::Nothing };
        let kind = PolicyKind::NoPolicyFound;
        let policy = Self { kind, demand, server_name: host.cloned(), complaint: None };
        let Some(sts) = sts.filter(|sts| sts.mode != Mode::None) else { return Ok(policy) };
        let policy = Self { kind: PolicyKind::Sts, ..policy };
        let mismatch = || {
            let label = host.map_or_else(|| "an address".to_owned(), ToString::to_string);
            let detail = format!("{label} is not among the hosts of the MTA-STS policy");
            TlsFailure::new(FailureKind::ValidationFailure, detail)
        };
        let is_listed = host.is_some_and(|host| sts.lists(host));
        match (sts.mode, is_listed) {
            (Mode::Enforce, false) => Err(mismatch()),
            (Mode::Enforce, true) => Ok(Self { demand: Demand::Web, ..policy }),
            (_, false) => Ok(Self { complaint: Some(mismatch()), ..policy }),
            (_, true) => Ok(policy),
        }
    }

    /// Whether mail may go in clear.
    #[must_use]
    pub fn allows_clear(&self) -> bool {
        self.demand == Demand::Nothing
    }

    /// How the certificate is looked at.
    #[must_use]
    pub fn check(&self, roots: &Arc<RootCertStore>) -> Arc<Check> {
        match &self.demand {
            Demand::Nothing | Demand::Encrypted => Check::web(Arc::clone(roots), false),
            Demand::Web => Check::web(Arc::clone(roots), true),
            Demand::Dane { records, names } => {
                let names = names.iter().filter_map(server_name).collect();
                Check::dane(Arc::clone(records), names)
            }
        }
    }
}

/// A name as TLS knows it; none for one that no certificate can have.
pub(crate) fn server_name(name: &Name) -> Option<ServerName<'static>> {
    ServerName::try_from(name.as_str().to_owned()).ok()
}
