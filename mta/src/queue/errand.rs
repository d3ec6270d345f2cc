//! One go to one destination: mailboxes of this house, or hosts of the world.

use mailstore::{
    DeliveredHere, Error, Flags, Leased, LeasedRecipient, LocalRecipient, Outgoing,
    OutgoingRecipient, Priority, Resolution, Targets,
};
use message::{ForwardPath, Host};
use tracing::{debug, info, warn};

use super::bounce::{self, Tried};
use super::desk::QueueDesk;
use super::worker::Queue;
use crate::delivery::client::reply::Status;
use crate::delivery::{Destination, Outcome};

/// Tries what is due at a destination, until nothing is or the connection has served long enough.
///
/// # Errors
/// When it had to end for a fault of ours: going there again at once would not help.
pub(super) async fn run(queue: &Queue, domain: &str) -> Result<(), Error> {
    let mut desk = QueueDesk::new(queue, domain);
    if is_ours(queue, domain).await? {
        file(queue, &mut desk).await;
    } else {
        carry(queue, domain, &mut desk).await;
    }
    debug!(domain, settled = desk.settled, "back");
    desk.close().await
}

async fn is_ours(queue: &Queue, domain: &str) -> Result<bool, Error> {
    let domains = queue.store.domains().await?;
    Ok(domains.iter().any(|ours| ours.as_ascii() == domain))
}

async fn carry(queue: &Queue, domain: &str, desk: &mut QueueDesk<'_>) {
    let Ok(host) = Host::parse(domain) else {
        let nowhere = Outcome::ours(Status::new(5, 1, 2), format!("{domain} is no domain"));
        return settle_rest(desk, &nowhere).await;
    };
    let memory = queue.memory(domain);
    let destination = Destination { host, memory: memory.clone() };
    let report = queue.courier.serve(queue.store.now(), &destination, desk).await;
    if report.memory != memory {
        queue.remember(domain, report.memory);
    }
    for record in &report.tls {
        debug!(domain, ?record, "TLS");
    }
    // Nobody was there: what else is due need not knock at the same door.
    if !report.was_served
        && let Some(obstacle) = report.obstacle
    {
        settle_rest(desk, &obstacle).await;
    }
}

async fn settle_rest(desk: &mut QueueDesk<'_>, outcome: &Outcome) {
    while let Some(leased) = desk.lease().await {
        let outcomes = vec![outcome.clone(); leased.recipients.len()];
        desk.settle_leased(leased, outcomes).await;
    }
}

/// Mail that was queued for somebody here: sent later, or to be undone until now.
async fn file(queue: &Queue, desk: &mut QueueDesk<'_>) {
    while let Some(leased) = desk.lease().await {
        let mut not_filed = Vec::new();
        for recipient in &leased.recipients {
            match file_one(queue, &leased, recipient).await {
                Ok(filed) => {
                    let (trace, to) = (&leased.trace, &recipient.address);
                    info!(%trace, %to, placed = filed.placed.len(), "delivered here");
                    desk.settled += 1;
                }
                Err(outcome) => not_filed.push(Tried::new(recipient.clone(), outcome)),
            }
        }
        bounce::settle(queue, &leased, not_filed).await;
    }
}

async fn file_one(
    queue: &Queue,
    leased: &Leased,
    recipient: &LeasedRecipient,
) -> Result<DeliveredHere, Outcome> {
    let address = &recipient.address;
    let resolution = queue.store.resolve(&ForwardPath::Address(address.clone())).await;
    let Targets { here, elsewhere } = match resolution.map_err(|cause| our_fault(&cause))? {
        Resolution::Local(targets) => targets,
        Resolution::Unknown | Resolution::NotLocal => {
            let nobody = "there is nobody with this address here";
            return Err(Outcome::ours(Status::new(5, 1, 1), nobody.to_owned()));
        }
    };
    let file = |target: mailstore::LocalTarget| LocalRecipient {
        account: target.account,
        address: target.address,
        mailbox: None,
        flags: Flags::NONE,
        reason: None,
    };
    let local = here.into_iter().map(file).collect();
    let next_hops = if elsewhere.is_empty() {
        Vec::new()
    } else {
        let onward = |address| OutgoingRecipient {
            address,
            notify: recipient.notify,
            original: recipient.original.clone(),
        };
        vec![again(leased, elsewhere.into_iter().map(onward).collect())]
    };
    let filed = queue.store.deliver_outbound_here(recipient.id, local, next_hops).await;
    filed.map_err(|cause| match cause {
        Error::OverQuota { .. } => {
            Outcome::ours(Status::new(4, 2, 2), "the mailbox is full".to_owned())
        }
        cause => our_fault(&cause),
    })
}

/// The same message, to others.
fn again(leased: &Leased, recipients: Vec<OutgoingRecipient>) -> Outgoing {
    Outgoing {
        account: leased.account,
        reverse_path: leased.reverse_path.clone(),
        recipients,
        not_before: leased.not_before,
        expires: leased.expires,
        priority: Priority::Letter,
        body: leased.body,
        smtputf8: leased.smtputf8,
        requiretls: leased.requiretls,
        dsn: leased.dsn.clone(),
    }
}

fn our_fault(cause: &Error) -> Outcome {
    warn!(%cause, "cannot deliver here");
    Outcome::ours(Status::new(4, 3, 0), "something is wrong here".to_owned())
}
