//! Authenticated Received Chain: what those who passed the message on found when they got it (RFC 8617).
//!
//! A chain says nothing about whom to believe. That is for whoever knows the sealers.

mod seal;
mod set;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;

pub use seal::SealError;
pub(super) use verify::{body_form, verify};

/// The chain of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whether it holds.
    pub result: ChainResult,
    /// Why, in words, from our side.
    pub why: String,
    /// Its links, the oldest first; none unless it holds.
    pub links: Vec<Link>,
    /// The highest instance that anything in the message claims.
    pub(crate) instance: u32,
    /// Whether a sealer before us said already that it is broken. Nobody seals it again
    /// (RFC 8617 §5.1).
    pub(crate) ended: bool,
}

/// What one sealer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who sealed (`d=` of the ARC-Seal), in A-labels and lower case.
    pub sealer: String,
    /// What it found, as Authentication-Results say it, on one line.
    pub results: String,
}

/// The results of RFC 8617 §4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainResult {
    /// There is none.
    None,
    /// It holds.
    Pass,
    /// It is broken: as good as none (RFC 8617 §5.2).
    Fail,
}

/// How long a chain is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcLimits {
    /// Links. RFC 8617 §5.2 allows 50.
    pub links_max: usize,
}

impl Default for ArcLimits {
    fn default() -> Self {
        Self { links_max: 50 }
    }
}

impl ChainResult {
    /// As Authentication-Results and `cv=` have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Pass, Self::Fail]
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for ChainResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
