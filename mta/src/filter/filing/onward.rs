//! Sending on: the message as it is, under a reverse-path that is ours.
//!
//! The next host asks whether we may send for the reverse-path's domain (SPF): the original sender's does
//! not know us. What comes back finds its way by the rewritten address (`srs`).

use mailstore::{
    DsnRequest, Error, LocalTarget, Notify, Outgoing, OutgoingRecipient, Priority, Store,
};
use message::{Address, ReversePath};

use super::srs::{self, Secret};
use super::{Arrived, FilingSettings};

/// The setting of the house that signs rewritten reverse-paths.
const SECRET: &str = "srs.secret";

/// Nothing, or one entry for all of them.
pub(super) async fn outgoing(
    store: &Store,
    settings: &FilingSettings,
    arrived: &Arrived<'_>,
    target: &LocalTarget,
    mut away: Vec<Address>,
) -> Result<Option<Outgoing>, Error> {
    away.sort();
    away.dedup();
    if away.is_empty() {
        return Ok(None);
    }
    let smtputf8 = arrived.smtputf8 || !away.iter().all(Address::is_ascii);
    // Nobody wants to hear that somebody else's forwarding worked (RFC 3461 §5.2.7).
    let recipient =
        |address| OutgoingRecipient { address, notify: Notify::NOT_GIVEN, original: None };
    Ok(Some(Outgoing {
        account: None,
        reverse_path: reverse_path(store, arrived, target).await?,
        recipients: away.into_iter().map(recipient).collect(),
        not_before: arrived.now,
        expires: arrived.now + settings.given_up_after,
        priority: Priority::Letter,
        body: arrived.body,
        smtputf8,
        requiretls: arrived.requiretls,
        dsn: DsnRequest::default(),
    }))
}

/// `<>` stays what it is; a sender of ours, too; all others become addresses of ours. One that does not
/// fit becomes the address that the message came to: who forwards hears of it.
async fn reverse_path(
    store: &Store,
    arrived: &Arrived<'_>,
    target: &LocalTarget,
) -> Result<ReversePath, Error> {
    let Some(sender) = arrived.reverse_path.address() else { return Ok(ReversePath::Null) };
    if is_ours(store, sender).await? {
        return Ok(arrived.reverse_path.clone());
    }
    let rewritten = match target.address.domain() {
        Some(domain) => srs::rewritten(sender, domain, &secret(store).await?, arrived.now),
        None => None,
    };
    Ok(ReversePath::Address(rewritten.unwrap_or_else(|| target.address.clone())))
}

pub(super) async fn is_ours(store: &Store, address: &Address) -> Result<bool, Error> {
    let Some(domain) = address.domain() else { return Ok(false) };
    Ok(store.domains().await?.contains(domain))
}

/// Drawn when it is first needed.
pub(super) async fn secret(store: &Store) -> Result<Secret, Error> {
    if let Some(kept) = store.setting(None, SECRET).await? {
        return Ok(Secret::new(kept.as_bytes()));
    }
    let drawn: [u8; 32] = store.random();
    let written: String = drawn.iter().map(|octet| format!("{octet:02x}")).collect();
    store.set_setting(None, SECRET, Some(&written)).await?;
    // Another process may have drawn one at the same moment: the one that is kept counts.
    let kept = store.setting(None, SECRET).await?.unwrap_or(written);
    Ok(Secret::new(kept.as_bytes()))
}
