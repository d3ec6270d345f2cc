//! All that was found out about who sent a message, and what follows.

use std::net::IpAddr;

use super::arc::{Chain, ChainResult};
use super::dkim::Dkim;
use super::dmarc::{Dmarc, DmarcResult, Policy};
use super::spf::Spf;
use super::{OnReject, Settings};

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whence the message came.
    pub peer: IpAddr,
    /// The sender's address, empty when it has none.
    pub sender: String,
    /// SPF of the sender's domain; none when it has none.
    pub spf: Option<Spf>,
    /// SPF of the name in HELO or EHLO.
    pub spf_helo: Spf,
    /// The signatures that were looked at.
    pub dkim: Vec<Dkim>,
    /// How many more there were.
    pub dkim_left_out: usize,
    /// Of the author's domain; of several authors the worst.
    pub dmarc: Dmarc,
    /// The chain of those who passed the message on.
    pub chain: Chain,
    /// What follows.
    pub action: Action,
    /// Why, in words.
    pub why: String,
}

impl Verdict {
    /// Everything that was found out, in words, a sentence each.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        let spf = self.spf.iter().chain([&self.spf_helo]).map(|spf| spf.why.as_str());
        let dkim = self.dkim.iter().map(|dkim| dkim.why.as_str());
        spf.chain(dkim).chain([self.dmarc.why.as_str(), self.chain.why.as_str()])
    }
}

/// What the policies ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: it is taken, and judged by other means.
    Take,
    /// It goes to Junk.
    Junk,
    /// It is refused.
    Refuse,
}

impl Action {
    /// What follows, and why.
    pub(super) fn of(dmarc: &Dmarc, chain: &Chain, settings: &Settings) -> (Self, String) {
        let why = dmarc.why.clone();
        let failed = matches!(dmarc.result, DmarcResult::Fail | DmarcResult::PermError);
        if !failed || dmarc.policy == Policy::None {
            return (Self::Take, why);
        }
        if let Some(sealer) = trusted_sealer(chain, settings) {
            return (
                Self::Take,
                format!("{why}; but {sealer}, whom we trust, got it when it was vouched for"),
            );
        }
        let action = match (dmarc.policy, settings.on_reject) {
            (Policy::Reject, OnReject::Refuse) => Self::Refuse,
            _ => Self::Junk,
        };
        (action, why)
    }
}

/// Who sealed the message when DMARC passed, if all since then are trusted (RFC 8617 §7.2).
fn trusted_sealer<'a>(chain: &'a Chain, settings: &Settings) -> Option<&'a str> {
    let first = chain.links.first().filter(|_| chain.result == ChainResult::Pass)?;
    let is_trusted =
        |sealer: &str| settings.trusted_sealers.iter().any(|trusted| trusted.as_ascii() == sealer);
    let vouched = first.results.split(';').map(str::trim).any(|result| {
        result
            .strip_prefix("dmarc=pass")
            .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
    });
    (vouched && chain.links.iter().all(|link| is_trusted(&link.sealer))).then_some(&first.sealer)
}
