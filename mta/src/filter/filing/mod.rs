//! Filing: into which mailboxes a message goes, whom it is sent on to, who is answered.
//!
//! [`plan`] looks and changes nothing; what it gives belongs into the one transaction that takes the
//! message. An [`Answer`] is sent after that. Whoever forwards to somebody else here is followed at once,
//! each account once, so that no letter goes round in this house; one that comes back from elsewhere is
//! known by our own name in its `Received` fields. Junk is neither sent on nor answered.

mod answer;
mod decide;
mod letter;
mod onward;
pub mod srs;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::OnceLock;

use mailstore::{
    AccountId, BodyType, Error, Keyword, LocalRecipient, LocalTarget, Outgoing, Resolution, Store,
    Targets,
};
use message::{Address, Domain, ForwardPath, ReversePath, Summary, Timestamp};

pub use answer::Answer;

use super::junk::JunkLimits;
use decide::Decision;

/// How mail is filed.
#[derive(Clone, Debug)]
pub struct FilingSettings {
    /// Our own name.
    pub hostname: Domain,
    /// Seconds after which mail that cannot be sent on, or an answer, is given up.
    pub given_up_after: i64,
    /// How much is looked at.
    pub limits: FilingLimits,
    /// How junk is told.
    pub junk: JunkLimits,
}

/// How much is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilingLimits {
    /// How often one message is sent on, all its recipients together; then it stays with them.
    pub forwards_max: usize,
    /// How often a message may have been here before: more, and it is not sent on again.
    pub visits_max: usize,
    /// Octets of the message that are quoted in an answer's subject.
    pub subject_octets_max: usize,
}

impl Default for FilingLimits {
    fn default() -> Self {
        Self { forwards_max: 50, visits_max: 2, subject_octets_max: 200 }
    }
}

/// What is known of the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The domain vouches for the message (DMARC passed).
    Proved,
    /// The domain says nothing.
    Unknown,
    /// The domain does not vouch for it, although it does so for its mail.
    Doubtful,
}

/// A message that is being taken.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// The message, or its beginning, its header at least.
    pub message: &'a [u8],
    /// What was read out of it.
    pub summary: &'a Summary,
    /// Octets of all of it.
    pub octets: u64,
    /// From whom.
    pub reverse_path: &'a ReversePath,
    /// Why it is junk, when its author's domain says so.
    pub junk: Option<&'a str>,
    /// What is known of its author.
    pub author: Author,
    /// What its bytes need of a peer.
    pub body: BodyType,
    /// It needs SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// It must not leave unencrypted (RFC 8689).
    pub requiretls: bool,
    /// When.
    pub now: Timestamp,
}

/// What is to be done with a message.
#[derive(Debug, Default)]
pub struct Plan {
    /// Into which mailboxes it goes; none when all who get it have it sent on.
    pub local: Vec<LocalRecipient>,
    /// To whom it is sent on, under a reverse-path of ours.
    pub outgoing: Vec<Outgoing>,
    /// Who may be answered, once the message is taken.
    pub answers: Vec<Answer>,
    /// Labels that rules give, to be set once the message lies in its mailbox.
    pub labels: Vec<(AccountId, Keyword)>,
}

/// What is to be done with a message for these, who get it here. Whatever they want, it is kept or sent on
/// for each of them.
///
/// # Errors
/// The store cannot be read.
pub async fn plan(
    store: &Store,
    settings: &FilingSettings,
    arrived: &Arrived<'_>,
    targets: Vec<LocalTarget>,
) -> Result<Plan, Error> {
    let limits = &settings.limits;
    let letter = letter::Facts::of(arrived, settings);
    // Read when the first account that knows junk wants to know.
    let words = OnceLock::new();
    let mut plan = Plan::default();
    let mut seen: HashSet<AccountId> = HashSet::new();
    let mut waiting: Vec<LocalTarget> = targets.into_iter().rev().collect();
    let mut room = limits.forwards_max;
    while let Some(target) = waiting.pop() {
        // The same account by another address: it has it once, as it was filed first.
        if !seen.insert(target.account) {
            continue;
        }
        let decision = decide::decide(store, settings, arrived, &letter, &words, &target).await?;
        let Decision { mut kept, forward, answer, labels } = decision;
        let mut away = Vec::new();
        for address in forward {
            let Some(way) = way(store, address, &seen).await?.filter(|way| way.len() <= room)
            else {
                kept.stays = true;
                continue;
            };
            room -= way.len();
            waiting.extend(way.here.into_iter().rev());
            away.extend(way.elsewhere);
        }
        if let Some(outgoing) = onward::outgoing(store, settings, arrived, &target, away).await? {
            plan.outgoing.push(outgoing);
        }
        if kept.stays {
            plan.local.push(kept.recipient);
        }
        plan.answers.extend(answer);
        plan.labels.extend(labels.into_iter().map(|label| (target.account, label)));
    }
    Ok(plan)
}

/// Where a letter goes that is sent on to this address. `None` when that is nowhere new: then it stays
/// with whoever wanted it sent on, and is never lost.
async fn way(
    store: &Store,
    address: Address,
    seen: &HashSet<AccountId>,
) -> Result<Option<Way>, Error> {
    let resolution = store.resolve(&ForwardPath::Address(address.clone())).await?;
    let mut way = match resolution {
        Resolution::Local(Targets { here, elsewhere }) => Way { here, elsewhere },
        Resolution::NotLocal => Way { here: Vec::new(), elsewhere: vec![address] },
        Resolution::Unknown => return Ok(None),
    };
    way.here.retain(|target| !seen.contains(&target.account));
    Ok(Some(way).filter(|way| way.len() > 0))
}

/// Where a letter is sent on to.
struct Way {
    here: Vec<LocalTarget>,
    elsewhere: Vec<Address>,
}

impl Way {
    fn len(&self) -> usize {
        self.here.len() + self.elsewhere.len()
    }
}

/// Where a message for this address goes instead: back to the sender whose reverse-path we rewrote.
/// `None` when the address is none of ours, or is forged, or too old.
///
/// # Errors
/// The store cannot be read.
pub async fn returned_to(
    store: &Store,
    address: &Address,
    now: Timestamp,
) -> Result<Option<Address>, Error> {
    if !srs::is_rewritten(address) || !onward::is_ours(store, address).await? {
        return Ok(None);
    }
    let secret = onward::secret(store).await?;
    Ok(srs::original(address, &secret, now))
}
