//! How sure a conversation with a host must be, and how sure it was.
//!
//! [`Policy::for_hop`] puts together what is known of a host (DANE, RFC 7672; MTA-STS, RFC 8461; whether
//! it had TLS before) into what its TLS must be; [`Check`] looks at certificates accordingly;
//! [`TlsRecord`] is what TLS-RPT (RFC 8460) wants to be told of it. It opens no connection but that of
//! [`sts`], which fetches policies.

mod check;
mod dane;
mod policy;
mod record;
pub mod sts;
#[cfg(test)]
mod tests;

pub use check::{Check, Verified};
pub use dane::{Dane, dane};
pub(crate) use policy::server_name;
pub use policy::{Demand, Policy};
pub use record::{FailureKind, PolicyKind, TlsFailure, TlsRecord};

use std::sync::Arc;

use rustls::RootCertStore;

/// The roots that this machine trusts.
#[must_use]
pub fn machine_roots() -> Arc<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a root certificate of this machine can't be read");
    }
    let mut roots = RootCertStore::empty();
    let (known, odd) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(known, odd, "root certificates");
    Arc::new(roots)
}
