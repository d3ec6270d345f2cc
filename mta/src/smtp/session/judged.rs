//! What follows from who sent a message: it is refused, or goes to Junk, or to where it was sent.

use mailstore::{Error, Flags, LocalRecipient, LocalTarget, MailboxId, SpecialUse};
use serde_json::json;
use tracing::info;

use super::super::intake::Arrival;
use super::super::refusal::Refusal;
use super::super::replies;
use super::{Client, House, Letter};
use crate::authentication::{Action, Verdict};

/// Who sent the message that has come, where that is to be found out. An author's domain may want it
/// refused (RFC 9989 §7.4).
pub(super) async fn judged(
    house: &House,
    client: &Client,
    arrival: &mut Arrival,
) -> Result<Option<Verdict>, Refusal> {
    let Some(origin) = arrival.take_origin() else { return Ok(None) };
    let verdict = origin.judged(client.address, &arrival.letter, house.store.now()).await;
    info!(
        trace = %arrival.trace,
        spf = verdict.spf.as_ref().unwrap_or(&verdict.spf_helo).result.as_str(),
        dkim = ?verdict.dkim.iter().map(|dkim| dkim.result).collect::<Vec<_>>(),
        dmarc = %verdict.dmarc.result,
        author = verdict.dmarc.domain,
        action = ?verdict.action,
        "judged"
    );
    if verdict.action == Action::Refuse {
        return Err(Refusal::nobody(replies::author_wants_refused(&verdict.dmarc.domain)));
    }
    Ok(Some(verdict))
}

/// Everybody who gets it here, and where.
pub(super) async fn local_recipients(
    house: &House,
    letter: &Letter,
    verdict: Option<&Verdict>,
) -> Result<Vec<LocalRecipient>, Error> {
    let suspicion = verdict.filter(|verdict| verdict.action == Action::Junk);
    let mut recipients = Vec::new();
    for target in letter.targets() {
        let mailbox = match suspicion {
            Some(_) => junk(house, target).await?,
            None => None,
        };
        recipients.push(LocalRecipient {
            account: target.account,
            address: target.address.clone(),
            mailbox,
            reason: suspicion.map(|verdict| verdict.why.clone()),
            flags: Flags::NONE,
        });
    }
    Ok(recipients)
}

/// Where an account has its Junk; none is INBOX.
async fn junk(house: &House, target: &LocalTarget) -> Result<Option<MailboxId>, Error> {
    match house.store.mailbox_for(target.account, SpecialUse::Junk).await {
        Ok(mailbox) => Ok(Some(mailbox.id)),
        Err(Error::NoSuchMailbox) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What was found out, for the store.
pub(super) fn findings(verdict: &Verdict) -> String {
    json!({ "authentication": verdict.findings() }).to_string()
}
