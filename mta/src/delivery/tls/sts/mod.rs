//! MTA-STS (RFC 8461): what a domain says of its hosts, over HTTPS.

mod fetch;
mod policy;
mod record;
#[cfg(test)]
mod tests;

use dns::{Name, Resolver};
use message::Timestamp;

pub use fetch::{Fetcher, Fetching, Https, StsLimits};
pub use policy::{Mode, Policy, PolicyFault};

use super::record::{FailureKind, TlsFailure};

/// A policy, as it is remembered between deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The id that its TXT record had.
    pub id: String,
    /// What it says.
    pub policy: Policy,
    /// When it was fetched.
    pub fetched: Timestamp,
}

impl Known {
    /// Whether it still holds (RFC 8461 §3.2: `max_age`).
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        let age = now.seconds().saturating_sub(self.fetched.seconds());
        let max = i64::try_from(self.policy.max_age.as_secs()).unwrap_or(i64::MAX);
        // A clock that went back does not make a policy younger than it is for ever.
        (0..max).contains(&age)
    }
}

/// What is known of a domain's policy now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The policy that holds.
    pub known: Option<Known>,
    /// What went wrong while a newer one was looked for.
    pub failure: Option<TlsFailure>,
}

/// Finds the policy of a domain: the one that is known, as long as it holds and the domain names no newer
/// one, and it also when the newer one can't be had (RFC 8461 §3.3).
pub async fn find(
    dns: &dyn Resolver,
    fetcher: &dyn Fetcher,
    domain: &Name,
    known: Option<Known>,
    now: Timestamp,
) -> Finding {
    let known = known.filter(|known| known.holds(now));
    let Some(id) = record::id(dns, domain).await else {
        return Finding { known, failure: None };
    };
    if known.as_ref().is_some_and(|known| known.id == id) {
        return Finding { known, failure: None };
    }
    let fetched = fetcher.fetch(domain, &id).await.and_then(|text| {
        Policy::parse(&text)
            .map_err(|fault| TlsFailure::new(FailureKind::StsPolicyInvalid, fault.to_string()))
    });
    match fetched {
        Ok(policy) => Finding { known: Some(Known { id, policy, fetched: now }), failure: None },
        Err(failure) => Finding { known, failure: Some(failure) },
    }
}
