//! What of a letter leaves this house: a value for the store's queue.

use std::time::Duration;

use mailstore::{BodyType, Outgoing, OutgoingRecipient, Priority};
use message::Timestamp;

use super::super::intake::Nature;
use super::{Addressee, Client, House, Letter};

/// Nothing, or one entry for all who are elsewhere. It is their account's, whose name it is written in.
pub(super) fn outgoing(
    house: &House,
    client: &Client,
    letter: &Letter,
    nature: Nature,
) -> Vec<Outgoing> {
    let (Some(login), Some(submission)) = (&client.login, house.role.submission()) else {
        return Vec::new();
    };
    let recipients: Vec<OutgoingRecipient> = letter.addressees.iter().flat_map(sent_on).collect();
    if recipients.is_empty() {
        return Vec::new();
    }
    let now = house.store.now();
    vec![Outgoing {
        account: Some(login.account),
        reverse_path: letter.reverse_path.clone(),
        recipients,
        not_before: now,
        expires: later(now, submission.queue_lifetime),
        priority: if nature.bulk { Priority::Bulk } else { Priority::Letter },
        body: if nature.eight_bit { BodyType::EightBitMime } else { BodyType::SevenBit },
        smtputf8: letter.utf8,
        requiretls: letter.requiretls,
        dsn: letter.dsn.clone(),
    }]
}

fn sent_on(addressee: &Addressee) -> impl Iterator<Item = OutgoingRecipient> {
    addressee.elsewhere.iter().map(|address| OutgoingRecipient {
        address: address.clone(),
        notify: addressee.wish.notify,
        original: addressee.wish.original.clone(),
    })
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp::new(now.seconds().saturating_add(i64::try_from(by.as_secs()).unwrap_or(i64::MAX)))
}
