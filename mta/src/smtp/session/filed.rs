//! Where a message goes for those who get it here: what they want done with it, if the house asks for that.

use mailstore::{
    BodyType, Delivered, Error, FlagChange, FlagList, Outgoing, Staged, Store, UidSet,
};
use tracing::warn;

use super::super::intake::{Arrival, Nature};
use super::{Client, House, Letter, judged};
use crate::authentication::dmarc::DmarcResult;
use crate::authentication::{Action, Verdict};
use crate::filter::filing::{self, Arrived, Author, Plan};

/// What is read of a message to file it, before it is staged.
pub(super) async fn beginning(house: &House, arrival: &Arrival) -> Result<Vec<u8>, Error> {
    match house.role.filing() {
        Some(filing) => Ok(arrival.beginning(filing.junk.message_octets_max).await?),
        None => Ok(Vec::new()),
    }
}

/// What is to be done with it, and what of it leaves the house besides.
pub(super) async fn planned(
    house: &House,
    client: &Client,
    letter: &Letter,
    (staged, beginning): (&Staged, &[u8]),
    (verdict, nature): (Option<&Verdict>, Nature),
    submitted: Vec<Outgoing>,
) -> Result<Plan, Error> {
    let Some(filing) = house.role.filing() else {
        let local = judged::local_recipients(house, letter, verdict).await?;
        return Ok(Plan { local, outgoing: submitted, ..Plan::default() });
    };
    let arrived = Arrived {
        message: beginning,
        summary: staged.summary(),
        octets: staged.octets(),
        reverse_path: &letter.reverse_path,
        junk: verdict.filter(|verdict| verdict.action == Action::Junk).map(|one| one.why.as_str()),
        author: author(client, verdict),
        body: if nature.eight_bit { BodyType::EightBitMime } else { BodyType::SevenBit },
        smtputf8: letter.utf8,
        requiretls: letter.requiretls,
        now: house.store.now(),
    };
    let targets = letter.targets().cloned().collect();
    let mut plan = filing::plan(&house.store, filing, &arrived, targets).await?;
    plan.outgoing.extend(submitted);
    Ok(plan)
}

/// Who hands it in here has shown who they are.
fn author(client: &Client, verdict: Option<&Verdict>) -> Author {
    if client.login.is_some() {
        return Author::Proved;
    }
    match verdict.map(|verdict| verdict.dmarc.result) {
        Some(DmarcResult::Pass) => Author::Proved,
        Some(DmarcResult::Fail) => Author::Doubtful,
        _ => Author::Unknown,
    }
}

/// What can only be done when the message lies where it belongs: labels, and answers. None of it is
/// promised, so nobody waits for it.
pub(super) fn afterwards(store: &Store, plan: Plan, delivered: Delivered) {
    let Plan { labels, answers, .. } = plan;
    if labels.is_empty() && answers.is_empty() {
        return;
    }
    let store = store.clone();
    tokio::spawn(async move {
        for (account, label) in labels {
            let flags = FlagList { keywords: vec![label], ..FlagList::default() };
            for placed in delivered.placed.iter().filter(|placed| placed.account == account) {
                let uids: UidSet = [placed.uid].into_iter().collect();
                let change = FlagChange::Add(flags.clone());
                let changed = store.change_flags(placed.mailbox, &uids, change, None).await;
                if let Err(cause) = changed {
                    warn!(%cause, "cannot set a rule's label");
                }
            }
        }
        for answer in answers {
            if let Err(cause) = answer.send(&store).await {
                warn!(%cause, to = %answer.to, "cannot answer for somebody who is away");
            }
        }
    });
}
