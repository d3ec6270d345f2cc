//! Does anybody who may vouch for the author's domain do so, and what does that domain want done if not?
//! (RFC 9989, which replaced RFC 7489)
//!
//! It knows policies and alignment. It is told what SPF and DKIM found. Organizational domains are found
//! by walking up the tree of names, as RFC 9989 has it, not from a list of public suffixes.

mod discovery;
mod evaluation;
mod record;
#[cfg(test)]
mod tests;

use std::fmt;

pub(super) use evaluation::{Vouchers, evaluate};
pub use record::{Alignment, Record};

/// What came of it, for one author's domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dmarc {
    /// The result.
    pub result: DmarcResult,
    /// Why, in words, from our side.
    pub why: String,
    /// The author's domain, in A-labels and lower case; empty when there is none.
    pub domain: String,
    /// What the domain wants done with a failure.
    pub policy: Policy,
    /// The record that says so, and whose it is.
    pub record: Option<Published>,
    /// Whether SPF passed for a domain that may speak for the author's.
    pub spf_aligned: bool,
    /// Whether a signature passed of a domain that may speak for the author's.
    pub dkim_aligned: bool,
}

/// A record, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The domain that published it: the author's own or one above it.
    pub domain: String,
    /// What it says.
    pub record: Record,
}

/// The results of RFC 8601 §2.7.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DmarcResult {
    /// The domain has no policy.
    None,
    /// The author's domain is vouched for.
    Pass,
    /// It is not.
    Fail,
    /// It could not be found out now.
    TempError,
    /// The message has no author's domain, or too many.
    PermError,
}

/// What a domain wants done with mail that it does not vouch for, the mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// Nothing.
    #[default]
    None,
    /// Suspicion.
    Quarantine,
    /// Refusal.
    Reject,
}

/// How much of a stranger's names is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcLimits {
    /// Names that are asked on the way up from one domain (RFC 9989 §4.10).
    pub steps_max: usize,
    /// Different domains in From.
    pub authors_max: usize,
}

impl Default for DmarcLimits {
    fn default() -> Self {
        Self { steps_max: 8, authors_max: 3 }
    }
}

impl DmarcResult {
    /// As Authentication-Results has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        }
    }
}

impl Policy {
    /// As a record has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject]
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for DmarcResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
