//! DomainKeys Identified Mail: which domains vouch for the message as it came? (RFC 6376, 8301, 8463)

mod sign;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;

pub(super) use sign::names as signed_names;
pub use sign::{SignError, Signer};
pub(super) use verify::{body_forms, verify};

use super::keys::Algorithm;

/// One signature, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// The result.
    pub result: DkimResult,
    /// Why, in words, from our side.
    pub why: String,
    /// What the signature says of itself, if that much could be read.
    pub claim: Option<Claim>,
}

/// What a signature says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who signs (`d=`), in A-labels and lower case.
    pub domain: String,
    /// With which key (`s=`).
    pub selector: String,
    /// In whose name (`i=`), when that is told.
    pub identity: Option<String>,
    /// How.
    pub algorithm: Algorithm,
    /// The first characters of `b=`, which tell signatures apart (RFC 6008).
    pub signature_start: String,
    /// Whether the domain says of its key that it is only tried out (`t=y`).
    pub testing: bool,
}

/// The results of RFC 8601 §2.7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DkimResult {
    /// The domain signed this message.
    Pass,
    /// The message is not what was signed.
    Fail,
    /// The signature may be right, and is not good enough for us.
    Policy,
    /// The signature cannot be understood.
    Neutral,
    /// It could not be found out now.
    TempError,
    /// It never will be found out.
    PermError,
}

/// How much of a stranger's signatures is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimLimits {
    /// Signatures of one message. Those of the author's domain come first.
    pub signatures_max: usize,
    /// Times that the body is hashed.
    pub body_hashes_max: usize,
}

impl Default for DkimLimits {
    fn default() -> Self {
        Self { signatures_max: 10, body_hashes_max: 4 }
    }
}

impl DkimResult {
    /// As Authentication-Results has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Policy => "policy",
            Self::Neutral => "neutral",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        }
    }
}

impl fmt::Display for DkimResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
