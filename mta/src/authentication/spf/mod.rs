//! Sender Policy Framework: may this address send mail for this domain? (RFC 7208)
//!
//! Our own, because a check is mostly lookups, and they go through [`dns::Resolver`]. It knows the
//! record's grammar, the limits on lookups and the clock that it is given. What is done about a failure
//! is not its matter.

mod evaluation;
mod macros;
mod names;
mod network;
mod record;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use dns::Resolver;
use message::Timestamp;

use self::evaluation::{Evaluation, Stop};

/// Who wants to send for whom.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Whence the connection comes.
    pub peer: IpAddr,
    /// The local part of the sender, empty when it has none: the HELO name never has one.
    pub local_part: &'a str,
    /// The domain that is asked about: the sender's, or the HELO name.
    pub domain: &'a str,
    /// What the client called itself.
    pub helo: &'a str,
    /// Who we are, for texts that ask for it.
    pub receiver: &'a str,
    /// When.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spf {
    /// The result.
    pub result: SpfResult,
    /// The domain that was asked about.
    pub domain: String,
    /// Why, in words, from our side. It may quote the record.
    pub why: String,
    /// What the domain says about a failure: a stranger's text, printable ASCII.
    pub explanation: Option<String>,
}

/// The results of RFC 7208 §2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpfResult {
    /// The domain has no policy.
    None,
    /// The domain says nothing about this address.
    Neutral,
    /// The address may.
    Pass,
    /// The address may not.
    Fail,
    /// The address probably may not.
    SoftFail,
    /// It could not be found out now.
    TempError,
    /// The policy cannot be understood.
    PermError,
}

/// How much one check may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfLimits {
    /// Terms that need lookups (RFC 7208 §4.6.4).
    pub terms_max: usize,
    /// Such terms whose lookup finds nothing.
    pub void_lookups_max: usize,
    /// Hosts of one `mx` term; more are an error.
    pub exchanges_max: usize,
    /// Names of the address of which each is looked up; more are passed over.
    pub names_max: usize,
    /// How long the check may take. Never set it below 20 seconds.
    pub time_max: Duration,
    /// Octets of a domain's explanation; a longer one is left out.
    pub explanation_octets_max: usize,
}

impl Default for SpfLimits {
    fn default() -> Self {
        Self {
            terms_max: 10,
            void_lookups_max: 2,
            exchanges_max: 10,
            names_max: 10,
            time_max: Duration::from_secs(20),
            explanation_octets_max: 400,
        }
    }
}

/// `check_host()` (RFC 7208 §4).
pub async fn check(dns: &dyn Resolver, question: &Question<'_>, limits: &SpfLimits) -> Spf {
    let mut evaluation = Evaluation::new(dns, question, limits);
    let domain = question.domain;
    let outcome = tokio::time::timeout(limits.time_max, evaluation.check(domain)).await;
    let (result, why, explanation) = match outcome {
        Ok(Ok(outcome)) => (outcome.result, outcome.why, outcome.explanation),
        Ok(Err(Stop::Temporary(why))) => (SpfResult::TempError, why, None),
        Ok(Err(Stop::Permanent(why))) => (SpfResult::PermError, why, None),
        Err(_) => {
            let seconds = limits.time_max.as_secs();
            (
                SpfResult::TempError,
                format!("the policy of {domain} took over {seconds} seconds to look up"),
                None,
            )
        }
    };
    Spf { result, domain: domain.to_owned(), why, explanation }
}

impl SpfResult {
    /// As Authentication-Results has it (RFC 8601 §2.7.2).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "softfail",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        }
    }
}

impl fmt::Display for SpfResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
